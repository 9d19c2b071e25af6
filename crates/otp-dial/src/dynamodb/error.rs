//! Errors of the ledger, with advice for the operator.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use sign_in::error::LedgerError;

/// The error of a request, from what the SDK reports.
pub(super) fn ledger_error<E: ProvideErrorMetadata>(error: &SdkError<E>, table_name: &str) -> LedgerError {
    let code = match error {
        SdkError::TimeoutError(_) => return busy("Timeout"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => return busy("ConnectTimeout"),
        SdkError::DispatchFailure(_) => return busy("Dispatch"),
        SdkError::ConstructionFailure(_) => "Construction",
        SdkError::ResponseError(_) => return busy("Response"),
        _ => error.code().unwrap_or("Unknown"),
    };
    let server = error.raw_response().is_some_and(|response| response.status().is_server_error());
    let advice = match code {
        "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "ThrottlingException"
        | "TransactionInProgressException"
        | "ReplicatedWriteConflictException" => return busy(code),
        _ if server => return busy(code),
        "AccessDeniedException" => {
            format!("allow this function's role the item actions of the template on the table {table_name}")
        }
        "ResourceNotFoundException" => {
            format!("check LEDGER_TABLE_NAME: in this Region there is no table {table_name}")
        }
        "UnrecognizedClientException" | "InvalidSignatureException" | "ExpiredTokenException" => {
            "check the role of this function: DynamoDB does not know its credentials".to_owned()
        }
        "ValidationException" => {
            format!("check that the table {table_name} has the partition key pk, a string, and no sort key")
        }
        _ => "look the error code up in the API reference of DynamoDB, Common Error Types".to_owned(),
    };
    LedgerError { passes: false, cause: code.to_owned(), advice: advice.into() }
}

/// The error of a transaction that was cancelled for this reason, if it was neither a condition nor a conflict
/// (`API_TransactWriteItems`, `CancellationReasons`).
pub(super) fn canceled(code: &str) -> LedgerError {
    let passes = matches!(code, "ProvisionedThroughputExceeded" | "ThrottlingError");
    let error = busy(code);
    if passes {
        return error;
    }
    let advice = "look the reason up in the API reference of TransactWriteItems, and report it as a bug".into();
    LedgerError { passes, advice, ..error }
}

/// An error that may pass without the operator's help.
pub(crate) fn busy(cause: &str) -> LedgerError {
    LedgerError {
        passes: true,
        cause: cause.to_owned(),
        advice: "if it lasts, look for an event of DynamoDB in this Region (AWS Health), and at the table's throttled requests"
            .into(),
    }
}

/// A row that this version did not write.
pub(super) fn unreadable(key: &str) -> LedgerError {
    LedgerError {
        passes: false,
        cause: "Unreadable".to_owned(),
        advice: format!("delete the row {key} of the ledger: it is not as this version writes it").into(),
    }
}

//! The errors of requests to `DynamoDB`, by what the SDK reports.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use sign_in::error::LedgerError;

/// The error of a request to the table.
pub(super) fn ledger_error<E: ProvideErrorMetadata>(error: &SdkError<E>, table_name: &str) -> LedgerError {
    let code = match error {
        SdkError::TimeoutError(_) => return LedgerError::busy("Timeout"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => return LedgerError::busy("ConnectTimeout"),
        SdkError::DispatchFailure(_) => return LedgerError::busy("Dispatch"),
        SdkError::ConstructionFailure(_) => "Construction",
        SdkError::ResponseError(_) => return LedgerError::busy("Response"),
        _ => error.code().unwrap_or("Unknown"),
    };
    let is_server_error = error.raw_response().is_some_and(|response| response.status().is_server_error());
    LedgerError::of(code, is_server_error, table_name)
}

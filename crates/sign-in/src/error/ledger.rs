//! Why the ledger can't be used, by DynamoDB's error code.

use std::borrow::Cow;

/// The ledger can't be used.
#[derive(Debug, PartialEq, Eq)]
pub struct LedgerError {
    /// Whether it may pass without the operator's help.
    pub passes: bool,
    /// AWS's error code, or a word for why there is none.
    pub cause: String,
    /// What the operator can do about it.
    pub advice: Cow<'static, str>,
}

impl LedgerError {
    /// The error for DynamoDB's error code, after a request to this table. `is_server_error`: the HTTP status is 500 or
    /// more.
    #[must_use]
    pub fn of(code: &str, is_server_error: bool, table_name: &str) -> Self {
        let advice = match code {
            "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ThrottlingException"
            | "TransactionInProgressException"
            | "ReplicatedWriteConflictException" => return Self::busy(code),
            _ if is_server_error => return Self::busy(code),
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
        Self { passes: false, cause: code.to_owned(), advice: advice.into() }
    }

    /// An error that may pass without the operator's help. `cause`: AWS's error code, or a word for why there is none.
    #[must_use]
    pub fn busy(cause: &str) -> Self {
        Self {
            passes: true,
            cause: cause.to_owned(),
            advice: "if it lasts, look for an event of DynamoDB in this Region (AWS Health), and at the table's throttled requests"
                .into(),
        }
    }

    /// The error of a transaction that was cancelled for this reason, if it was neither a condition nor a conflict
    /// (`API_TransactWriteItems`, `CancellationReasons`).
    #[must_use]
    pub fn canceled(code: &str) -> Self {
        if matches!(code, "ProvisionedThroughputExceeded" | "ThrottlingError") {
            return Self::busy(code);
        }
        Self {
            passes: false,
            cause: code.to_owned(),
            advice: "look the reason up in the API reference of TransactWriteItems, and report it as a bug".into(),
        }
    }

    /// A row that this version did not write.
    #[must_use]
    pub fn unreadable(key: &str) -> Self {
        Self {
            passes: false,
            cause: "Unreadable".to_owned(),
            advice: format!("delete the row {key} of the ledger: it is not as this version writes it").into(),
        }
    }
}

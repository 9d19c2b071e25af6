//! Errors of AWS's APIs. Each service writes them in its own wire format.

use axum::http::StatusCode;

/// A refused API request.
#[derive(Debug)]
pub(crate) struct ApiError {
    pub(crate) kind: &'static Kind,
    pub(crate) message: String,
}

/// One error of an API. Some are of the API's own model, the others are what AWS answers before a request reaches the
/// service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    /// The default text.
    pub(crate) message: &'static str,
}

impl Kind {
    /// This error, with a text that says why.
    pub(crate) fn because(&'static self, message: impl Into<String>) -> ApiError {
        ApiError { kind: self, message: message.into() }
    }
}

/// IAM's words for a right that a caller doesn't have.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
pub(crate) fn not_allowed(caller_arn: &str, action: &str, resource: &str) -> String {
    format!(
        "User: {caller_arn} is not authorized to perform: {action} on resource: {resource} because no identity-based policy \
         allows the {action} action"
    )
}

impl From<&'static Kind> for ApiError {
    fn from(kind: &'static Kind) -> Self {
        kind.because(kind.message)
    }
}

/// Makes a constant of each error of a service, and `KINDS`, the list of them.
macro_rules! kinds {
    ($($constant:ident = $status:ident $name:expr, $message:expr;)*) => {
        $(pub(super) static $constant: $crate::aws_error::Kind = $crate::aws_error::Kind {
            name: $name,
            status: axum::http::StatusCode::$status,
            message: $message,
        };)*
        pub(super) static KINDS: [&$crate::aws_error::Kind; [$(stringify!($constant)),*].len()] = [$(&$constant),*];
    };
}

pub(crate) use kinds;

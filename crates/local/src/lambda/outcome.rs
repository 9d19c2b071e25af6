//! How an invocation ended.

use super::runtime_api::Failure;

/// How an invocation ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The function answered, with this body.
    Answered(Vec<u8>),
    /// The function reported an error.
    Failed {
        /// As the function named it.
        error_type: String,
        /// As the function worded it.
        error_message: String,
    },
    /// The process ended without an answer.
    Crashed {
        /// In Lambda's words.
        error_message: String,
    },
    /// The time limit passed without an answer; the process has been killed.
    TimedOut {
        /// In Lambda's words.
        error_message: String,
    },
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self::Failed { error_type: failure.error_type, error_message: failure.error_message }
    }
}

/// The result of an invocation.
pub(super) struct Invoked {
    pub(super) outcome: Outcome,
    /// The end of what the process wrote during it, at most 4 KiB.
    pub(super) tail: String,
}

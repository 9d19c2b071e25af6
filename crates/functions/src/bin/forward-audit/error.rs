//! Why a batch was not forwarded whole.

use std::fmt;

use lambda_runtime::Diagnostic;
use serde_json::json;

/// What keeps records out of the audit. Lambda then sends the event again, twice; what stays out stands in the trigger's own log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ForwardError {
    /// What was compressed is no batch of lines.
    BatchMalformed,
    /// It is larger than a batch may be.
    BatchTooLarge,
    /// What the event holds is no Base64.
    DataNotBase64,
    /// It is no gzip, or was cut.
    DataNotGzip,
    /// The event isn't one that CloudWatch Logs sends.
    EventMalformed,
    /// Standard output takes nothing.
    LogNotWritten,
    /// So many records are none of ours. The others were written.
    RecordsMalformed(usize),
}

impl ForwardError {
    /// A line for the operator. Never of what was read: it may hold anything.
    pub(crate) fn line(&self, request_id: &str) -> String {
        json!({ "level": "ERROR", "message": "not forwarded", "requestId": request_id, "cause": self.word(), "advice": self.to_string() })
            .to_string()
    }

    fn word(&self) -> &'static str {
        match self {
            Self::BatchMalformed => "BatchMalformed",
            Self::BatchTooLarge => "BatchTooLarge",
            Self::DataNotBase64 => "DataNotBase64",
            Self::DataNotGzip => "DataNotGzip",
            Self::EventMalformed => "EventMalformed",
            Self::LogNotWritten => "LogNotWritten",
            Self::RecordsMalformed(_) => "RecordsMalformed",
        }
    }
}

impl fmt::Display for ForwardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BatchMalformed | Self::DataNotBase64 | Self::DataNotGzip | Self::EventMalformed => {
                f.write_str("invoke this function only by a subscription filter of CloudWatch Logs")
            }
            Self::BatchTooLarge => {
                f.write_str("its lines are in the function's own log; raise MAX_BYTES, and MemorySize with it")
            }
            Self::LogNotWritten => f.write_str("Lambda takes no log line: look at AWS's health"),
            Self::RecordsMalformed(count) => {
                write!(f, "{count} lines lack timestamp, requestId, trigger or outcome; the others were forwarded")
            }
        }
    }
}

impl std::error::Error for ForwardError {}

impl From<ForwardError> for Diagnostic {
    fn from(error: ForwardError) -> Self {
        Self { error_type: error.word().to_owned(), error_message: error.to_string() }
    }
}

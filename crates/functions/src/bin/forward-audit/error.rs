//! Why a batch was not forwarded whole.

use std::fmt;

use lambda_runtime::Diagnostic;
use serde_json::json;

/// Why records are missing from the audit. Lambda sends the event two more times. Lines that are missing after that
/// are still in the trigger's own log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ForwardError {
    /// The decompressed data is not a batch of lines.
    BatchMalformed,
    /// The batch is larger than allowed.
    BatchTooLarge,
    /// The event's data is not Base64.
    DataNotBase64,
    /// The data is not gzip, or was cut.
    DataNotGzip,
    /// The event isn't one that CloudWatch Logs sends.
    EventMalformed,
    /// Standard output can't be written.
    LogNotWritten,
    /// This many records are not of our triggers. The others were written.
    RecordsMalformed(usize),
}

impl ForwardError {
    /// A line for the operator. It contains nothing from the batch, which may hold anything.
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
            Self::LogNotWritten => f.write_str("Lambda does not take log lines: look at the AWS Health Dashboard"),
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

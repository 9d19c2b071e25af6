//! One line of the audit.

use serde::{Deserialize, Serialize};

/// The fields of a function's line that the audit keeps. All other fields are left out. In particular, `_aws` must be
/// left out: with it, CloudWatch would count each metric twice.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    /// When the function wrote the line. Lambda uses it as the time of the audit's line.
    timestamp: String,
    request_id: String,
    trigger: String,
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
    /// The number, masked except for its calling code and last two digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_pool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    /// The app client, of a line of the token gate.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    /// Why Cognito has sent a code, of a line of `send-code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// The id of a trusted device that was asked for, used or enrolled.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// The log group of the line. It is not read from the line.
    #[serde(skip_deserializing)]
    log_group: String,
}

impl Record {
    pub(crate) fn of(message: &str, log_group: &str) -> Option<Self> {
        let record = serde_json::from_str(message).ok()?;
        Some(Self { log_group: log_group.to_owned(), ..record })
    }

    pub(crate) fn line(&self) -> Option<String> {
        // Strings always serialise.
        serde_json::to_string(self).ok()
    }
}

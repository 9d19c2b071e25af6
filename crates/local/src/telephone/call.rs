//! Calls as `GET /local/calls` shows them.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::lambda::{ACCOUNT, REGION};

/// One call, from the request that placed it to its end.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The contact, as the API named it: a UUID.
    pub contact_id: String,
    /// Who is called: E.164.
    pub destination: String,
    /// Who calls: E.164; the number of the queue if the request named a queue only.
    pub source: String,
    /// The `ClientToken` of the request, if it had one.
    pub client_token: Option<String>,
    /// When the request was accepted.
    pub started_at: Timestamp,
    /// Whether somebody has answered yet.
    pub state: State,
    /// The page on which it was answered, by the name that the page gave itself, while that page is there to speak.
    pub answered_by: Option<String>,
    /// Who or what ended it, once it has.
    pub ended_by: Option<EndedBy>,
    /// What was said and pressed, oldest first.
    pub transcript: Vec<Line>,
    /// How many lines of the transcript a page has spoken out. None are, where no page has taken the call.
    pub heard: usize,
    /// The contact's attributes as they are now.
    pub attributes: BTreeMap<String, String>,
    /// When it was answered, and when it ended, for the API alone.
    #[serde(skip)]
    pub(super) moments: Moments,
}

/// When something happened to a call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    answered: Option<Timestamp>,
    ended: Option<Timestamp>,
}

impl Call {
    /// `DescribeContact`'s `Contact`, as far as it is known here.
    /// <https://docs.aws.amazon.com/connect/latest/APIReference/API_Contact.html>
    pub(super) fn describe(&self, instance: &str) -> Value {
        let reason = self.ended_by.map(|by| match by {
            EndedBy::Callee => "CUSTOMER_DISCONNECT",
            EndedBy::Flow => "CONTACT_FLOW_DISCONNECT",
            EndedBy::Declined => "TELECOM_BUSY",
            EndedBy::NoAnswer => "TELECOM_TIMEOUT",
        });
        let mut contact = json!({
            "Id": self.contact_id,
            "Arn": format!("arn:aws:connect:{REGION}:{ACCOUNT}:instance/{instance}/contact/{}", self.contact_id),
            "InitiationMethod": "API",
            "Channel": "VOICE",
            "InitiationTimestamp": self.started_at.seconds(),
        });
        if let Some(answered) = self.moments.answered {
            contact["ConnectedToSystemTimestamp"] = json!(answered.seconds());
        }
        if let (Some(reason), Some(ended)) = (reason, self.moments.ended) {
            contact["DisconnectReason"] = json!(reason);
            contact["DisconnectTimestamp"] = json!(ended.seconds());
        }
        contact
    }

    /// Has it answered.
    pub(super) fn talk(&mut self) {
        self.state = State::Talking;
        self.moments.answered = Some(Timestamp::now());
    }

    /// Ends it, unless it has ended.
    pub(super) fn end(&mut self, by: EndedBy) {
        if self.state != State::Ended {
            self.state = State::Ended;
            self.ended_by = Some(by);
            self.moments.ended = Some(Timestamp::now());
        }
    }
}

/// Where a call is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Nobody has answered yet.
    Ringing,
    /// The flow is running.
    Talking,
    /// Somebody hung up, or nobody answered.
    Ended,
}

/// Why a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndedBy {
    /// The one who was called hung up, or the page that had taken the call was closed.
    Callee,
    /// The one who was called didn't want it.
    Declined,
    /// The flow hung up, or had nothing more to do.
    Flow,
    /// It rang until the ring timeout.
    NoAnswer,
}

/// One thing that happened in a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Line {
    /// The telephone began to say something.
    Says {
        /// When it began.
        at: Timestamp,
        /// The words, with no markup.
        says: String,
    },
    /// The one who was called pressed keys.
    Hears {
        /// When they were pressed.
        at: Timestamp,
        /// Keys of 0 to 9, `*` and `#`.
        hears: String,
    },
}

/// A moment. In JSON it is RFC 3339 in UTC with milliseconds, such as `2026-11-22T10:31:23.045Z`: all are of the same
/// length and sort as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub(super) SystemTime);

impl Timestamp {
    /// The moment of the call of this function.
    #[must_use]
    pub fn now() -> Self {
        Self(SystemTime::now())
    }

    /// Seconds since 1970, as the API tells a moment.
    fn seconds(self) -> f64 {
        self.0.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        let text = OffsetDateTime::from(self.0).format(format).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_are_written_with_milliseconds_in_utc() {
        let moment = Timestamp(SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_343_483_040));
        assert_eq!(serde_json::to_value(moment).unwrap(), "2026-11-22T10:31:23.040Z");
    }
}

//! Calls as `GET /local/calls` shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::region::{ACCOUNT, REGION};
use crate::time::Timestamp;

/// One call, from the request that placed it to its end.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// The contact, as the API named it: a UUID.
    pub contact_id: String,
    /// The number that is called, in E.164.
    pub destination: String,
    /// The number that calls, in E.164; the queue's if the request named only a queue.
    pub source: String,
    /// The `ClientToken` of the request, if it had one.
    pub client_token: Option<String>,
    /// When the request was accepted.
    pub started_at: Timestamp,
    /// Whether somebody has answered yet.
    pub state: State,
    /// The page on which it was answered, by the name that the page gave itself, while that page is there to speak.
    pub answered_by: Option<String>,
    /// What ended the call, once it has ended.
    pub ended_by: Option<EndedBy>,
    /// What was said and pressed, oldest first.
    pub transcript: Vec<TranscriptLine>,
    /// How many lines of the transcript a page has spoken; 0 if no page has taken the call.
    pub heard: usize,
    /// The contact's attributes as they are now.
    pub attributes: BTreeMap<String, String>,
    /// When it was answered, and when it ended. Only the API shows these.
    #[serde(skip)]
    pub(super) moments: Moments,
}

/// The times of a call.
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
            "InitiationTimestamp": self.started_at.as_secs_f64(),
        });
        if let Some(answered) = self.moments.answered {
            contact["ConnectedToSystemTimestamp"] = json!(answered.as_secs_f64());
        }
        if let (Some(reason), Some(ended)) = (reason, self.moments.ended) {
            contact["DisconnectReason"] = json!(reason);
            contact["DisconnectTimestamp"] = json!(ended.as_secs_f64());
        }
        contact
    }

    /// Marks it as answered.
    pub(super) fn talk(&mut self) {
        self.state = State::Talking;
        self.moments.answered = Some(Timestamp::now());
    }

    /// Ends it, unless it has ended already.
    pub(super) fn end(&mut self, by: EndedBy) {
        if self.state != State::Ended {
            self.state = State::Ended;
            self.ended_by = Some(by);
            self.moments.ended = Some(Timestamp::now());
        }
    }
}

/// The state of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It rings.
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
    /// The callee hung up, or the page that had taken the call was closed.
    Callee,
    /// The callee declined.
    Declined,
    /// The flow hung up, or reached its end.
    Flow,
    /// It rang until the ring timeout.
    NoAnswer,
}

/// One thing that happened in a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum TranscriptLine {
    /// The stand-in began to say something.
    Says {
        /// When it began.
        at: Timestamp,
        /// The words, with no markup.
        says: String,
    },
    /// The callee pressed keys.
    Hears {
        /// When they were pressed.
        at: Timestamp,
        /// Keys of 0 to 9, `*` and `#`.
        hears: String,
    },
}

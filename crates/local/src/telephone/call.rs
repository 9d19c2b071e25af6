//! Calls as `GET /local/calls` shows them.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::macros::format_description;

/// How many calls are remembered.
const MAX_CALLS: usize = 1_000;
/// How many client tokens are remembered. They outlive their calls, so that a repeated request stays one call.
const MAX_TOKENS: usize = 10_000;
/// How long a client token stands for its call (API reference of `StartOutboundVoiceContact`).
const TOKEN_VALIDITY: Duration = Duration::from_hours(7 * 24);

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
    /// What was said and pressed, oldest first.
    pub transcript: Vec<Line>,
    /// The contact's attributes as they are now.
    pub attributes: BTreeMap<String, String>,
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
pub struct Timestamp(SystemTime);

impl Timestamp {
    /// The moment of the call of this function.
    #[must_use]
    pub fn now() -> Self {
        Self(SystemTime::now())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        let text = OffsetDateTime::from(self.0).format(format).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

/// The calls and client tokens that are remembered; the oldest are forgotten first.
#[derive(Default)]
pub(super) struct Calls {
    calls: VecDeque<Entry>,
    tokens: VecDeque<Token>,
}

/// A call and who is listening to its keys.
pub(super) struct Entry {
    pub(super) call: Call,
    /// Set while the flow asks for a key.
    pub(super) keypad: Keypad,
}

/// What becomes of a pressed key.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Keypad {
    /// It is lost: a flow hears keys only while it asks for one.
    #[default]
    Idle,
    /// It is the answer.
    Asked,
    /// The answer has come.
    Pressed(char),
}

struct Token {
    text: String,
    contact_id: String,
    placed_at: SystemTime,
}

impl Calls {
    /// Remembers a new call.
    pub(super) fn add(&mut self, call: Call) {
        if let Some(text) = call.client_token.clone() {
            let Timestamp(placed_at) = call.started_at;
            self.tokens.push_back(Token { text, contact_id: call.contact_id.clone(), placed_at });
        }
        self.calls.push_back(Entry { call, keypad: Keypad::Idle });
        while self.calls.len() > MAX_CALLS {
            self.calls.pop_front();
        }
        while self.tokens.len() > MAX_TOKENS {
            self.tokens.pop_front();
        }
    }

    /// The contact that this client token stands for, if it was used within the last seven days.
    pub(super) fn placed_with(&self, token: &str, now: Timestamp) -> Option<&str> {
        let valid = |entry: &&Token| {
            entry.text == token && now.0.duration_since(entry.placed_at).unwrap_or_default() < TOKEN_VALIDITY
        };
        self.tokens.iter().rev().find(valid).map(|entry| entry.contact_id.as_str())
    }

    /// A call by its contact id.
    pub(super) fn find(&mut self, contact_id: &str) -> Option<&mut Entry> {
        self.calls.iter_mut().find(|entry| entry.call.contact_id == contact_id)
    }

    /// The calls, oldest first; only those to `number`, if one is given.
    pub(super) fn list(&self, number: Option<&str>) -> Vec<Call> {
        let wanted = |call: &&Call| number.is_none_or(|number| call.destination == number);
        self.calls.iter().map(|entry| &entry.call).filter(wanted).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(contact_id: &str, token: &str, started_at: Timestamp) -> Call {
        Call {
            contact_id: contact_id.to_owned(),
            destination: "+12065550107".to_owned(),
            source: "+12065550100".to_owned(),
            client_token: Some(token.to_owned()),
            started_at,
            state: State::Ringing,
            transcript: Vec::new(),
            attributes: BTreeMap::new(),
        }
    }

    #[test]
    fn a_client_token_stands_for_its_call_for_seven_days() {
        let start = Timestamp(SystemTime::UNIX_EPOCH);
        let mut calls = Calls::default();
        calls.add(call("a", "token", start));
        let week = Duration::from_hours(7 * 24);
        let last_moment = Timestamp(start.0 + week - Duration::from_millis(1));
        assert_eq!(calls.placed_with("token", start), Some("a"));
        assert_eq!(calls.placed_with("token", last_moment), Some("a"));
        assert_eq!(calls.placed_with("token", Timestamp(start.0 + week)), None);
        assert_eq!(calls.placed_with("Token", start), None);
    }

    #[test]
    fn forgets_the_oldest_calls_before_their_tokens() {
        let now = Timestamp::now();
        let mut calls = Calls::default();
        for number in 0..=MAX_TOKENS {
            calls.add(call(&format!("contact-{number}"), &format!("token-{number}"), now));
        }
        assert_eq!(calls.list(None).len(), MAX_CALLS);
        assert!(calls.find("contact-1").is_none());
        assert_eq!(calls.placed_with("token-1", now), Some("contact-1"));
        assert_eq!(calls.placed_with("token-0", now), None);
    }

    #[test]
    fn moments_are_written_with_milliseconds_in_utc() {
        let moment = Timestamp(SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_343_483_040));
        assert_eq!(serde_json::to_value(moment).unwrap(), "2026-11-22T10:31:23.040Z");
    }
}

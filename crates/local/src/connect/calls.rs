//! The calls that are kept, with the state of each.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use super::call::{Call, EndedBy, State, TranscriptLine};
use super::phone::Phones;
use crate::time::Timestamp;

/// How many calls are remembered.
const MAX_CALLS: usize = 1_000;
/// How many client tokens are remembered. They outlive their calls, so that a repeated request stays one call.
const MAX_TOKENS: usize = 10_000;
/// How long a client token stands for its call (API reference of `StartOutboundVoiceContact`).
const TOKEN_VALIDITY: Duration = Duration::from_hours(7 * 24);

/// The calls and client tokens that are remembered; the oldest are forgotten first.
#[derive(Default)]
pub(super) struct Calls {
    entries: VecDeque<Entry>,
    tokens: VecDeque<Token>,
    /// How many changes there have been to calls.
    changes: u64,
    /// The pages that watch for calls.
    pub(super) phones: Phones,
}

/// A call, with the state that the API doesn't show.
pub(super) struct Entry {
    pub(super) call: Call,
    /// Set while the flow asks for a key.
    pub(super) keypad: Keypad,
    /// Whether a page has taken the call: the page answers, and reports which lines were spoken.
    pub(super) taken: bool,
    /// Whether the stand-in presses the gate's digit by itself: not in a taken call, not once somebody has pressed a
    /// key, and at the first question only.
    pub(super) presses: bool,
    /// The number of its latest change.
    changed: u64,
}

/// How a pressed key is handled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Keypad {
    /// It is ignored: a flow takes keys only while it asks for one.
    #[default]
    Idle,
    /// The flow asks for a key: this one is the answer.
    Asked,
    /// The answer has come.
    Pressed(char),
}

impl Entry {
    /// Records pressed keys. The first is the answer if the flow asks for one.
    pub(super) fn press(&mut self, keys: String) {
        if let (Keypad::Asked, Some(key)) = (self.keypad, keys.chars().next()) {
            self.keypad = Keypad::Pressed(key);
        }
        self.call.transcript.push(TranscriptLine::Hears { at: Timestamp::now(), hears: keys });
    }
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
        let taken = self.phones.is_watched(&call.destination);
        self.changes += 1;
        let entry = Entry { call, keypad: Keypad::Idle, taken, presses: !taken, changed: self.changes };
        self.entries.push_back(entry);
        while self.entries.len() > MAX_CALLS {
            self.entries.pop_front();
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

    /// A call by its contact id. It searches from the end, since most requests are about the latest calls.
    pub(super) fn find(&self, contact_id: &str) -> Option<&Entry> {
        self.entries.iter().rfind(|entry| entry.call.contact_id == contact_id)
    }

    /// Changes a call, if it is still remembered. An error means that nothing was changed.
    pub(super) fn change<T, E>(
        &mut self,
        contact_id: &str,
        change: impl FnOnce(&mut Entry, &Phones) -> Result<T, E>,
    ) -> Option<Result<T, E>> {
        let entry = self.entries.iter_mut().rfind(|entry| entry.call.contact_id == contact_id)?;
        let result = change(entry, &self.phones);
        if result.is_ok() {
            self.changes += 1;
            entry.changed = self.changes;
        }
        Some(result)
    }

    /// How many changes there have been.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Of the calls to a number that have changed after change number `seen`, the one that did so first, and the number
    /// of its latest change. One that had ended by change number `opened` is left out.
    pub(super) fn next_change(&self, number: &str, seen: u64, opened: u64) -> Option<(u64, Call)> {
        let news = |entry: &&Entry| {
            entry.call.destination == number
                && entry.changed > seen
                && (entry.changed > opened || entry.call.state != State::Ended)
        };
        self.entries
            .iter()
            .filter(news)
            .min_by_key(|entry| entry.changed)
            .map(|entry| (entry.changed, entry.call.clone()))
    }

    /// Ends the answered calls to a number that pages had taken, since no page watches any more.
    pub(super) fn hang_up_taken(&mut self, number: &str) {
        let talks =
            |entry: &&mut Entry| entry.taken && entry.call.destination == number && entry.call.state == State::Talking;
        for entry in self.entries.iter_mut().filter(talks) {
            entry.call.end(EndedBy::Callee);
            self.changes += 1;
            entry.changed = self.changes;
        }
    }

    /// Lets the other pages speak the calls that were answered on this page, which is closed.
    pub(super) fn release(&mut self, number: &str, page: &str) {
        let speaks =
            |entry: &&mut Entry| entry.call.destination == number && entry.call.answered_by.as_deref() == Some(page);
        for entry in self.entries.iter_mut().filter(speaks) {
            entry.call.answered_by = None;
            self.changes += 1;
            entry.changed = self.changes;
        }
    }

    /// The calls, oldest first; only those to `number`, if one is given.
    pub(super) fn list(&self, number: Option<&str>) -> Vec<Call> {
        let wanted = |call: &&Call| number.is_none_or(|number| call.destination == number);
        self.entries.iter().map(|entry| &entry.call).filter(wanted).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::call::Moments;
    use super::*;

    fn call(contact_id: &str, token: &str, started_at: Timestamp) -> Call {
        Call {
            contact_id: contact_id.to_owned(),
            destination: "+12065550107".to_owned(),
            source: "+12065550100".to_owned(),
            client_token: Some(token.to_owned()),
            started_at,
            state: State::Ringing,
            answered_by: None,
            ended_by: None,
            transcript: Vec::new(),
            heard: 0,
            attributes: BTreeMap::new(),
            moments: Moments::default(),
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
}

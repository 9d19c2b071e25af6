//! The token gate, which Cognito asks before it issues tokens: one read of the user's row.

use std::time::Duration;

use serde_json::json;
use sign_in::event::Event as CognitoEvent;
use sign_in::gate::Tokens;

use super::{Event, World};
use crate::functions::{CLIENT, POOL};
use crate::stats::End;
use crate::visit::Source;

/// An app client that allows another flow than the call.
const OTHER_CLIENT: &str = "other";

impl World<'_> {
    /// Cognito is about to issue tokens.
    pub(super) fn ask_gate(&mut self, index: usize, now: Duration) {
        self.stats(index).gated += 1;
        self.queue.at(now + self.scenario.latency.ledger, Event::Gate(index));
    }

    /// The gate answers.
    pub(super) fn gate(&mut self, index: usize, now: Duration) {
        let visit = &self.visits[index];
        let (account, is_attacker) = (&visit.account, visit.source == Source::Attacker);
        let client = if is_attacker && self.is_past_the_call() { OTHER_CLIENT } else { CLIENT };
        let event: Result<CognitoEvent, _> = serde_json::from_value(json!({
            "triggerSource": "TokenGeneration_Authentication",
            "userPoolId": POOL,
            "callerContext": { "clientId": client },
            "request": { "userAttributes": { "sub": account.sub() } },
        }));
        let rule = &self.functions.gate;
        let refused = match rule.decide(&event.expect("an event is any JSON")) {
            Tokens::Allowed(_) => None,
            Tokens::NeedPass(_, client) => {
                rule.by_pass(self.table.pass(account.keys(None), &client), self.seconds(now)).err()
            }
            Tokens::Refused(reason) => Some(reason),
        };
        if let Some(reason) = refused {
            self.stats(index).refuse(reason.word());
        }
        let end = match refused {
            None => End::Completed,
            Some(_) if is_attacker => End::Stopped,
            Some(_) => End::NoPass,
        };
        self.end(index, end, now);
    }
}

#[cfg(test)]
mod tests;

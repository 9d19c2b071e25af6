//! Events of many users: what is kept of one user after another would go unseen with a single one.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::contender::Contender;
use crate::stage::Stage;

/// Where the users' numbers are. There is a sample of a number in Great Britain, which may not be called.
pub(crate) const COUNTRIES: [&str; 9] = ["US", "IT", "DE", "FR", "IN", "BR", "JP", "AU", "ES"];

/// What their numbers begin with, and how many digits are left to count. Those that count from 0 are all valid.
const NUMBERS: [(&str, usize); COUNTRIES.len()] = [
    ("+1206556", 4),
    ("+39312345", 4),
    ("+49151234", 5),
    ("+3361234", 4),
    ("+9181234", 5),
    ("+551196123", 4),
    ("+819012", 6),
    ("+6141234", 4),
    ("+3461234", 4),
];

/// Whose number stands in the sample events where it has no say of its own.
const DEMO_NUMBER: &str = "+12065550100";

/// The sample events of a function, for one user after another.
#[derive(Debug)]
pub(crate) struct Variations {
    contender: Contender,
    events: Vec<Value>,
}

impl Variations {
    /// All samples in turns, the one that the contender is weighed with first.
    pub(crate) fn of(contender: Contender, stage: &Stage) -> Result<Self> {
        let mut events = vec![serde_json::from_slice(&stage.event(contender)?)?];
        for text in stage.events_of(contender)? {
            let event: Value = serde_json::from_slice(&text).context("an event is no JSON")?;
            if !events.contains(&event) {
                events.push(event);
            }
        }
        Ok(Self { contender, events })
    }

    /// Which of the samples comes at a turn.
    pub(crate) fn place(&self, turn: u32) -> usize {
        turn as usize % self.events.len()
    }

    /// The event of a turn.
    pub(crate) fn event(&self, turn: u32) -> Value {
        let mut event = self.events[self.place(turn)].clone();
        // Each user goes through all of the samples.
        let user = turn as usize / self.events.len();
        let name = format!("user-{user}");
        let sub = format!("3f6a1c52-7b1e-4d35-9a0e-{user:012x}");
        let (pointer, value) = if self.contender == Contender::Verify {
            // The code is that of the sample's user. Which row it is looked up in is free.
            let row = format!("USER#us-east-1_Example01#{sub}");
            ("/request/privateChallengeParameters/ledgerRow", row)
        } else {
            ("/request/userAttributes/sub", sub)
        };
        if let Some(known) = event.pointer_mut(pointer) {
            *known = json!(value);
        }
        if let Some(known) = event.pointer_mut("/request/userAttributes/phone_number")
            && known == DEMO_NUMBER
        {
            *known = json!(number_of(user));
        }
        event["userName"] = json!(name);
        event
    }
}

/// A number of a user, of the countries in turns.
fn number_of(user: usize) -> String {
    let (prefix, digits) = NUMBERS[user % NUMBERS.len()];
    let line = user / NUMBERS.len() % 10_usize.pow(u32::try_from(digits).unwrap_or_default());
    format!("{prefix}{line:0digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn variations(contender: Contender) -> Variations {
        let attributes = json!({ "sub": "s", "phone_number": DEMO_NUMBER });
        let private = json!({ "ledgerRow": "USER#s" });
        let event = json!({ "request": { "userAttributes": attributes, "privateChallengeParameters": private } });
        Variations { contender, events: vec![event, json!({ "request": {} })] }
    }

    #[test]
    fn each_user_has_a_name_a_number_and_a_row_of_their_own() {
        let (create, verify) = (variations(Contender::Create), variations(Contender::Verify));
        let turns = || (0..200).step_by(2);
        let different = |variations: &Variations, pointer: &str| {
            turns().map(|turn| variations.event(turn).pointer(pointer).unwrap().to_string()).collect::<BTreeSet<_>>()
        };
        for pointer in ["/userName", "/request/userAttributes/sub", "/request/userAttributes/phone_number"] {
            assert_eq!(different(&create, pointer).len(), 100, "{pointer}");
        }
        assert_eq!(different(&verify, "/request/privateChallengeParameters/ledgerRow").len(), 100);
        assert_eq!(different(&verify, "/request/userAttributes/sub").len(), 1);
    }

    #[test]
    fn nothing_is_put_where_nothing_was() {
        for contender in [Contender::Create, Contender::Define] {
            assert_eq!(variations(contender).event(1), json!({ "request": {}, "userName": "user-0" }));
        }
    }

    #[test]
    fn numbers_keep_their_length() {
        for user in [0, 8, 12_345, 99_999] {
            let (prefix, digits) = NUMBERS[user % NUMBERS.len()];
            assert_eq!(number_of(user).len(), prefix.len() + digits, "{user}");
        }
    }
}

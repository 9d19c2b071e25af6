//! The rows as DynamoDB's items.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use sign_in::code::{Challenge, Digits};
use sign_in::error::LedgerError;
use sign_in::ledger::{CallTimes, Hearing, Issued, Listener, NumberKey, Used, UserKey, UserRow};

use super::Versioned;

/// The partition key.
pub(super) const KEY: &str = "pk";

/// The number of the call whose code was heard; 0 if that is awaited. Missing if nobody needs to ask for the code.
pub(super) const HEARD_CALL: &str = "heardCall";

/// The contact that heard it.
pub(super) const HEARD_CONTACT: &str = "heardContact";

/// When the user denied a sign-in. Missing if never, or if that was cleared.
pub(super) const DENIED_AT: &str = "deniedAt";

/// An item to write.
pub(super) struct Item(HashMap<String, AttributeValue>);

impl Item {
    pub(super) fn of_user(key: &UserKey, row: &UserRow, now: u64) -> Self {
        let mut item = Self::new(key.as_str());
        item.set_times(&row.calls);
        item.set("failures", number(row.failures.into()));
        if row.failures > 0 {
            item.set("failedAt", number(row.failed_at));
        }
        if let Some(denied_at) = row.denied_at {
            item.set(DENIED_AT, number(denied_at));
        }
        // A user's failures must not expire: otherwise waiting two days would reset the count. Those of unknown users
        // must, since anyone can create such rows.
        if row.failures == 0 || key.is_unknown_user() {
            item.set("deleteAfter", number(keep_for_days(now)));
        }
        if let Some(Issued { challenge, number: called, attempts_left, calls, refused, hearing, used }) = row.issued {
            item.set("challengeId", id(challenge.id));
            item.set("issuedAt", number(challenge.issued_at));
            item.set("expiresAt", number(challenge.expires_at));
            item.set("digits", AttributeValue::N(challenge.digits.to_string()));
            item.set("calledNumber", hash(called));
            item.set("attemptsLeft", number(attempts_left.into()));
            item.set("challengeCalls", number(calls.into()));
            if refused > 0 {
                item.set("challengeCallsRefused", number(refused.into()));
            }
            match hearing {
                Hearing::NotNeeded => {}
                // No call has this number.
                Hearing::Awaited => item.set(HEARD_CALL, number(0)),
                Hearing::Heard(Listener { call, contact }) => {
                    item.set(HEARD_CALL, number(call.into()));
                    item.set(HEARD_CONTACT, id(contact));
                }
            }
            if let Some(used) = used {
                item.set("usedBy", hash(used.sign_in));
                item.set("usedAt", number(used.at));
            }
        }
        item
    }

    pub(super) fn of_number(key: &NumberKey, calls: &CallTimes, now: u64) -> Self {
        let mut item = Self::new(key.as_str());
        item.set_times(calls);
        item.set("deleteAfter", number(keep_for_days(now)));
        item
    }

    pub(super) fn with_revision(mut self, revision: u64) -> HashMap<String, AttributeValue> {
        self.set("revision", number(revision));
        self.0
    }

    fn new(key: &str) -> Self {
        Self(HashMap::from([(KEY.to_owned(), AttributeValue::S(key.to_owned()))]))
    }

    fn set_times(&mut self, times: &CallTimes) {
        self.set("calls", AttributeValue::L(times.as_slice().iter().copied().map(number).collect()));
        if let Some(refused) = times.refused() {
            self.set("callRefusedAt", number(refused));
        }
    }

    fn set(&mut self, name: &str, value: AttributeValue) {
        self.0.insert(name.to_owned(), value);
    }
}

/// Reads a user's row.
pub(super) fn user(item: &HashMap<String, AttributeValue>) -> Result<Versioned<UserRow>, LedgerError> {
    Fields(item).user().ok_or_else(|| LedgerError::unreadable(&Fields(item).key()))
}

/// Reads a number's row.
pub(super) fn number_row(item: &HashMap<String, AttributeValue>) -> Result<Versioned<CallTimes>, LedgerError> {
    let fields = Fields(item);
    let read = || Some(Versioned { row: fields.times()?, revision: Some(fields.number("revision")?) });
    read().ok_or_else(|| LedgerError::unreadable(&fields.key()))
}

/// When DynamoDB may delete a row that was last used at `time`, in seconds since the Unix epoch. Calls count for a
/// day, so two days are plenty. No decision depends on whether a row is deleted, except for the wrong codes of an
/// unknown user.
pub(super) fn keep_for_days(time: u64) -> u64 {
    time.saturating_add(2 * 24 * 60 * 60)
}

pub(super) fn id(id: u128) -> AttributeValue {
    AttributeValue::S(format!("{id:032x}"))
}

pub(super) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A hash, or the id of a sign-in.
pub(super) fn hash(hash: u64) -> AttributeValue {
    AttributeValue::S(format!("{hash:016x}"))
}

/// An item to read. If a field is not as this version writes it, the whole item is refused: a guess could let somebody
/// in.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a HashMap<String, AttributeValue>);

impl Fields<'_> {
    fn user(self) -> Option<Versioned<UserRow>> {
        let failures = self.number("failures")?;
        let row = UserRow {
            issued: if self.has("challengeId") { Some(self.issued()?) } else { None },
            calls: self.times()?,
            failures,
            failed_at: if failures > 0 { self.number("failedAt")? } else { 0 },
            denied_at: if self.has(DENIED_AT) { Some(self.number(DENIED_AT)?) } else { None },
        };
        Some(Versioned { row, revision: Some(self.number("revision")?) })
    }

    fn issued(self) -> Option<Issued> {
        let challenge = Challenge {
            id: u128::from_str_radix(self.text("challengeId")?, 16).ok()?,
            issued_at: self.number("issuedAt")?,
            expires_at: self.number("expiresAt")?,
            digits: self.number::<Digits>("digits")?,
        };
        let used =
            || Some(Used { sign_in: u64::from_str_radix(self.text("usedBy")?, 16).ok()?, at: self.number("usedAt")? });
        Some(Issued {
            challenge,
            number: u64::from_str_radix(self.text("calledNumber")?, 16).ok()?,
            attempts_left: self.number("attemptsLeft")?,
            calls: self.number("challengeCalls")?,
            // Written only if there are such calls.
            refused: if self.has("challengeCallsRefused") { self.number("challengeCallsRefused")? } else { 0 },
            hearing: self.hearing()?,
            used: if self.has("usedBy") { Some(used()?) } else { None },
        })
        .filter(|issued| issued.challenge.is_possible())
    }

    fn hearing(self) -> Option<Hearing> {
        // Earlier versions write neither.
        if !self.has(HEARD_CALL) {
            return (!self.has(HEARD_CONTACT)).then_some(Hearing::NotNeeded);
        }
        Some(match self.number(HEARD_CALL)? {
            0 => Hearing::Awaited,
            call => {
                let contact = u128::from_str_radix(self.text(HEARD_CONTACT)?, 16).ok()?;
                Hearing::Heard(Listener { call, contact })
            }
        })
    }

    fn times(self) -> Option<CallTimes> {
        let times = self.0.get("calls")?.as_l().ok()?;
        let times = times.iter().map(|time| time.as_n().ok()?.parse().ok());
        let refused = if self.has("callRefusedAt") { Some(self.number("callRefusedAt")?) } else { None };
        Some(CallTimes::new(times.collect::<Option<_>>()?, refused))
    }

    fn number<T: FromStr>(self, name: &str) -> Option<T> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_s().ok().map(String::as_str)
    }

    fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn key(self) -> String {
        self.text(KEY).unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hearings() -> impl Strategy<Value = Hearing> {
        let heard = (1..u32::MAX, any::<u128>()).prop_map(|(call, contact)| Hearing::Heard(Listener { call, contact }));
        prop_oneof![Just(Hearing::NotNeeded), Just(Hearing::Awaited), heard]
    }

    fn rows() -> impl Strategy<Value = UserRow> {
        let issued = (
            any::<u128>(),
            0..u64::MAX / 2,
            0..600_u64,
            any::<[u32; 3]>(),
            any::<Option<(u64, u64)>>(),
            any::<u64>(),
            hearings(),
        );
        let issued =
            issued.prop_map(|(id, now, validity, [attempts_left, calls, refused], used, number, hearing)| Issued {
                challenge: Challenge::issue(id, now, validity, Digits::SIX),
                number,
                attempts_left,
                calls,
                refused,
                hearing,
                used: used.map(|(sign_in, at)| Used { sign_in, at }),
            });
        let times = (prop::collection::vec(any::<u64>(), 0..5), any::<Option<u64>>());
        let times = times.prop_map(|(counted, refused)| CallTimes::new(counted, refused));
        let denied_at = any::<Option<u64>>();
        (prop::option::of(issued), times, any::<u32>(), any::<u64>(), denied_at).prop_map(
            |(issued, calls, failures, at, denied_at)| UserRow {
                issued,
                calls,
                failures,
                failed_at: if failures > 0 { at } else { 0 },
                denied_at,
            },
        )
    }

    proptest! {
        #[test]
        fn a_row_survives_the_round_trip(row in rows(), revision: u64) {
            let key = UserKey::of("pool", "sub");
            let item = Item::of_user(&key, &row, 1_000).with_revision(revision);
            let read = user(&item).unwrap();
            prop_assert_eq!((&read.row, read.revision), (&row, Some(revision)));
            // A missing field is never replaced by a guess.
            let without_meaning = ["pk", "deleteAfter", "usedBy", "challengeId", DENIED_AT];
            for name in item.keys().filter(|name| !without_meaning.contains(&name.as_str())) {
                let mut partial = item.clone();
                partial.remove(name);
                let of_earlier_versions = match name.as_str() {
                    "callRefusedAt" | "challengeCallsRefused" => true,
                    HEARD_CALL => !item.contains_key(HEARD_CONTACT),
                    _ => false,
                };
                prop_assert_eq!(user(&partial).is_ok(), of_earlier_versions, "{}", name);
                partial.insert(name.clone(), AttributeValue::Bool(true));
                prop_assert!(user(&partial).is_err(), "{name}");
            }
        }
    }

    #[test]
    fn failures_are_kept_for_good_unless_they_are_nobodys() {
        let failed = UserRow { failures: 1, failed_at: 900, ..UserRow::default() };
        let unknown = UserKey::from_text("UNKNOWN#pool#x");
        for (key, row, kept) in [
            (&UserKey::of("pool", "sub"), &failed, true),
            (&UserKey::of("pool", "sub"), &UserRow::default(), false),
            (&unknown, &failed, false),
        ] {
            let item = Item::of_user(key, row, 1_000).with_revision(1);
            assert_eq!(!item.contains_key("deleteAfter"), kept, "{key:?}");
        }
    }
}

//! The rows as DynamoDB's items.

use std::collections::HashMap;
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use sign_in::code::{Challenge, Digits};
use sign_in::device::Device;
use sign_in::error::LedgerError;
use sign_in::ledger::{
    CallTimes, ClientId, DeviceUse, Devices, Hearing, Issued, Listener, Messages, NumberKey, NumberRow, PassLife,
    Passes, Used, UserKey, UserRow,
};

use super::Versioned;

/// The partition key.
pub(super) const KEY: &str = "pk";

/// The number of the call whose code was heard; 0 if that is awaited. Missing if nobody needs to ask for the code.
pub(super) const HEARD_CALL: &str = "heardCall";

/// The contact that heard it.
pub(super) const HEARD_CONTACT: &str = "heardContact";

/// When the user denied a sign-in. Missing if never, or if that was cleared.
pub(super) const DENIED_AT: &str = "deniedAt";

/// The trusted devices: a set of texts. Missing if there are none. Enrolment adds to it unread, so it may have a device
/// twice, and more than [`Devices::MAX`].
const DEVICES: &str = "devices";

/// The nonce that a device has signed last.
const DEVICE_NONCE: &str = "deviceNonce";

/// The messages of Cognito's that the user was called for, oldest first. Missing if there are none.
const MESSAGES: &str = "messages";

/// What the name of a pass's attribute begins with. The app client's id follows.
const PASS: &str = "pass:";

/// An item to write.
pub(super) struct Item(HashMap<String, AttributeValue>);

impl Item {
    pub(super) fn of_user(key: &UserKey, row: &UserRow, pass_life: PassLife, now: u64) -> Self {
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
            // A device notes passes until it expires.
            let last_pass = row.passes.latest().max(row.devices.latest_expiry());
            let passes_end = last_pass.map_or(0, |noted_at| pass_life.ends_at(noted_at));
            item.set("deleteAfter", number(keep_for_days(now.max(passes_end))));
        }
        for (client, noted_at) in row.passes.iter() {
            item.set(&pass_name(client), number(noted_at));
        }
        if !row.devices.is_empty() {
            item.set(DEVICES, AttributeValue::Ss(row.devices.iter().map(Device::to_string).collect()));
        }
        if let Some(DeviceUse { nonce, issued_at, at }) = row.device_used {
            item.set(DEVICE_NONCE, id(nonce));
            item.set("deviceNonceAt", number(issued_at));
            item.set("deviceUsedAt", number(at));
        }
        if !row.messages.is_empty() {
            item.set(MESSAGES, AttributeValue::L(row.messages.iter().map(id).collect()));
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

    pub(super) fn of_number(key: &NumberKey, row: &NumberRow, now: u64) -> Self {
        let mut item = Self::new(key.as_str());
        item.set_times(&row.calls);
        if let Some(denied_at) = row.denied_at {
            item.set(DENIED_AT, number(denied_at));
        }
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

/// The devices of a user's row as they are kept. What is no device is left out: it lets nobody in, and the next call drops
/// it.
pub(super) fn devices(item: &HashMap<String, AttributeValue>) -> impl Iterator<Item = Device> {
    let texts = item.get(DEVICES).and_then(|texts| texts.as_ss().ok()).into_iter().flatten();
    texts.filter_map(|text| text.parse().ok())
}

/// Reads a number's row.
pub(super) fn number_row(item: &HashMap<String, AttributeValue>) -> Result<Versioned<NumberRow>, LedgerError> {
    let fields = Fields(item);
    let read = || {
        let denied_at = if fields.has(DENIED_AT) { Some(fields.number(DENIED_AT)?) } else { None };
        let row = NumberRow { calls: fields.times()?, denied_at };
        Some(Versioned { row, revision: Some(fields.number("revision")?) })
    };
    read().ok_or_else(|| LedgerError::unreadable(&fields.key()))
}

/// When DynamoDB may delete a row that was last used at `time`, or whose passes end then, in seconds since the Unix
/// epoch. Calls count for a day, so two days are plenty. No decision depends on whether a row is deleted after that, except
/// for the wrong codes of an unknown user.
pub(super) fn keep_for_days(time: u64) -> u64 {
    time.saturating_add(2 * 24 * 60 * 60)
}

/// The name of the attribute that holds this client's pass.
pub(super) fn pass_name(client: &ClientId) -> String {
    format!("{PASS}{}", client.as_str())
}

/// When a pass was noted.
pub(super) fn pass_of(value: &AttributeValue) -> Option<u64> {
    value.as_n().ok()?.parse().ok()
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
            passes: self.passes()?,
            devices: devices(self.0).collect::<Devices>(),
            device_used: if self.has(DEVICE_NONCE) { Some(self.device_used()?) } else { None },
            messages: if self.has(MESSAGES) { self.messages()? } else { Messages::default() },
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

    fn device_used(self) -> Option<DeviceUse> {
        let nonce = u128::from_str_radix(self.text(DEVICE_NONCE)?, 16).ok()?;
        Some(DeviceUse { nonce, issued_at: self.number("deviceNonceAt")?, at: self.number("deviceUsedAt")? })
    }

    fn messages(self) -> Option<Messages> {
        let ids = self.0.get(MESSAGES)?.as_l().ok()?;
        ids.iter().map(|id| u128::from_str_radix(id.as_s().ok()?, 16).ok()).collect()
    }

    fn passes(self) -> Option<Passes> {
        let passes = self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(PASS)?, value)));
        passes.map(|(client, value)| Some((ClientId::parse(client)?, pass_of(value)?))).collect()
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
mod tests;

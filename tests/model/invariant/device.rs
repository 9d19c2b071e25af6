//! Trusted devices: who enrols one, and what one is worth.

use std::collections::{BTreeMap, BTreeSet};

use sign_in::ledger::Devices;

use super::{DELIVERY_SECONDS, calls_of};
use crate::device::{Key, Trusted};
use crate::policy::Policy;
use crate::trace::{Call, Event, Fact, Nonce};

/// The devices of each user.
#[derive(Clone, Debug, Default, Hash)]
pub(crate) struct Known(BTreeMap<usize, BTreeSet<Trusted>>);

/// Right codes enrol devices, and nothing else does: for the number that was called with the code, once for each answer.
pub(super) fn enrolled(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut enrolled = BTreeSet::new();
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::Enrolled { event, user, device, challenge, at } = fact else { return None };
        let right = trace[index..].iter().any(|fact| match fact {
            Fact::Judged { event: of, user: by, challenge: with, verdict: "right", at: when, .. } => {
                (*of, *by, *with, *when) == (event, user, challenge, at)
            }
            _ => false,
        });
        let called = calls_of(challenge, &trace[..index]).last().map(|call| call.keys.number as u64);
        let in_time = device.until <= at + u64::from(policy.device_days) * 24 * 60 * 60;
        let due = right
            && called == Some(device.number)
            && in_time
            && key_of(trace, event) == Some(device.key)
            && enrolled.insert(event);
        (!due).then(|| format!("{fact:?}, called: {called:?}"))
    })
}

/// Only the first round of a sign-in asks a device, which the sign-in has named, which the user has had, and which is for
/// the user's number. Nobody is called for that round.
pub(super) fn asked(_: &Policy, trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::SignatureAsked { event, user, number, device, nonce } = fact else { return None };
        let had = trace[..index].iter().any(|fact| match fact {
            Fact::Had { user: of, device: known } | Fact::Enrolled { user: of, device: known, .. } => {
                (*of, *known) == (user, device)
            }
            _ => false,
        });
        let is_fit = device.number == number as u64 && nonce.issued_at < device.until;
        let due = event.round == 0 && key_of(trace, event) == Some(device.key) && had && is_fit;
        (!due).then(|| format!("{fact:?}"))
    })
}

/// A user who begins on a trusted device is not called, and no limit refuses the sign-in.
pub(super) fn not_called(_: &Policy, trace: &[Fact]) -> Option<String> {
    let mut known = Known::default();
    trace.iter().find_map(|fact| {
        let decided = match fact {
            Fact::Counted(Call { event, keys, at, .. }) | Fact::Refused { event, keys, at, .. } => {
                Some((event, keys.number, *at))
            }
            Fact::Joined { event, number, at, .. } => Some((event, *number, *at)),
            _ => None,
        };
        let trusted = decided.filter(|(event, ..)| event.round == 0).and_then(|(event, number, at)| {
            let (user, key) = named(trace, *event)?;
            known.of(user).find(|device| device.key == key && device.number == number as u64 && at < device.until)
        });
        let broken = trusted.map(|device| format!("{fact:?} on {device:?}"));
        known.note(fact);
        broken
    })
}

/// A device is accepted only by a valid signature of what it was asked to sign, while it is trusted.
pub(super) fn accepted(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut known = Known::default();
    trace.iter().enumerate().find_map(|(index, fact)| {
        let broken = match fact {
            Fact::Signed { event, user, device, nonce, valid, verdict: "device", written: true, at, .. } => {
                let asked = trace[..index].iter().any(|fact| match fact {
                    Fact::SignatureAsked { event: of, user: by, device: which, nonce: with, .. } => {
                        (of, by, which, with) == (event, user, device, nonce)
                    }
                    _ => false,
                });
                let trusted = known.of(*user).any(|known| known == device);
                let in_time = !is_late(policy, *device, *nonce, *at);
                (!(asked && *valid && trusted && in_time)).then(|| format!("{fact:?}"))
            }
            // Nothing is accepted without a write, but for what was written before: `nonce_once` has that.
            Fact::Signed { verdict, written: true, .. } if *verdict != "device" => Some(format!("{fact:?}")),
            _ => None,
        };
        known.note(fact);
        broken
    })
}

/// A nonce is accepted once. Cognito may have missed that it was.
pub(super) fn nonce_once(_: &Policy, trace: &[Fact]) -> Option<String> {
    let mut used: BTreeMap<u128, (Event, u64)> = BTreeMap::new();
    trace.iter().find_map(|fact| {
        let &Fact::Signed { event, nonce, verdict: "device", written, at, .. } = fact else { return None };
        let before = used.get(&nonce.nonce).copied();
        let due = match before {
            None => written,
            Some((by, first)) => !written && by == event && at < first + DELIVERY_SECONDS,
        };
        used.entry(nonce.nonce).or_insert((event, at));
        (!due).then(|| format!("{fact:?}, before: {before:?}"))
    })
}

/// A signature is refused for a reason, and a lock on the user is none.
pub(super) fn refused(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let (mut known, mut latest) = (Known::default(), BTreeMap::<usize, Nonce>::new());
    trace.iter().find_map(|fact| {
        let mut broken = None;
        if let &Fact::Signed { user, device, nonce, valid, verdict, written, at, .. } = fact {
            let late = is_late(policy, device, nonce, at);
            let due = match verdict {
                "device" => true,
                "device-refused" => !valid,
                "device-expired" => valid && late,
                "device-used" => {
                    valid && !late && latest.get(&user).is_some_and(|latest| latest.issued_at >= nonce.issued_at)
                }
                "device-forgotten" => valid && !late && !known.of(user).any(|known| *known == device),
                _ => false,
            };
            if written {
                latest.insert(user, nonce);
            }
            broken = (!due).then(|| format!("{fact:?}"));
        }
        known.note(fact);
        broken
    })
}

/// The answer of a device changes which nonce was used and notes a pass, and nothing else in the user's row.
pub(super) fn alone(_: &Policy, trace: &[Fact]) -> Option<String> {
    let more = |fact: &&Fact| matches!(fact, Fact::Signed { alone: false, .. });
    trace.iter().find(more).map(|fact| format!("{fact:?}"))
}

/// The round of a device costs no attempt.
pub(super) fn no_attempt(_: &Policy, trace: &[Fact]) -> Option<String> {
    trace.iter().find_map(|fact| {
        let &Fact::Asked { event, used, .. } = fact else { return None };
        let of_device =
            |fact: &Fact| matches!(fact, Fact::SignatureAsked { event: of, .. } if of.sign_in == event.sign_in);
        let rounds = event.round - usize::from(trace.iter().any(of_device));
        (used as usize > rounds).then(|| format!("{fact:?} after {rounds} rounds with a call"))
    })
}

impl Known {
    /// The devices of a user.
    pub(crate) fn of(&self, user: usize) -> impl Iterator<Item = &Trusted> {
        self.0.get(&user).into_iter().flatten()
    }

    /// Notes what became of devices.
    pub(crate) fn note(&mut self, fact: &Fact) {
        match *fact {
            Fact::Had { user, device } => {
                self.0.entry(user).or_default().insert(device);
            }
            Fact::Enrolled { user, mut device, .. } => {
                let devices = self.0.entry(user).or_default();
                let same = |known: &Trusted| (known.key, known.number) == (device.key, device.number);
                // It may be enrolled with an older code than before.
                let until = devices.iter().find(|known| same(known)).map_or(0, |known| known.until);
                devices.retain(|known| !same(known));
                device.until = device.until.max(until);
                devices.insert(device);
                if devices.len() > Devices::MAX {
                    let first = devices.iter().min_by_key(|known| (known.until, known.number, known.key)).copied();
                    first.map(|first| devices.remove(&first));
                }
            }
            Fact::Forgotten { user, key } => {
                let forgotten = |known: &Trusted| key.is_none_or(|key| known.key == key);
                self.0.entry(user).or_default().retain(|known| !forgotten(known));
            }
            // A call forgets what is of no use any more.
            Fact::Counted(Call { keys, at, .. }) => {
                let useful = |known: &Trusted| known.number == keys.number as u64 && at < known.until;
                self.0.entry(keys.user).or_default().retain(useful);
            }
            _ => {}
        }
    }
}

fn is_late(policy: &Policy, device: Trusted, nonce: Nonce, at: u64) -> bool {
    at >= device.until || at >= nonce.issued_at + policy.rules.challenge.validity_seconds
}

/// The user of the event's sign-in, and the device that it has named.
fn named(trace: &[Fact], event: Event) -> Option<(usize, Key)> {
    trace.iter().find_map(|fact| match *fact {
        Fact::Named { sign_in, user, key } if sign_in == event.sign_in => Some((user, key)),
        _ => None,
    })
}

fn key_of(trace: &[Fact], event: Event) -> Option<Key> {
    named(trace, event).map(|(_, key)| key)
}

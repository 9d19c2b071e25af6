//! Locks after wrong codes.

use std::collections::BTreeMap;

use super::compared;
use crate::policy::Policy;
use crate::trace::{Call, Fact};

/// The wrong codes of each user since the latest right one, or since they were cleared.
#[derive(Default)]
pub(super) struct Failures(BTreeMap<usize, Vec<u64>>);

/// How a user is locked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    ForGood,
    Seconds(u64),
}

pub(super) fn respected(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut failures = Failures::default();
    let mut compared = compared(trace).peekable();
    trace.iter().find_map(|fact| {
        let user = match fact {
            Fact::Counted(Call { keys, at, .. }) => Some((keys.user, *at)),
            Fact::Judged { user, at, .. } => {
                compared.next_if(|compared| std::ptr::eq(*compared, fact)).map(|_| (*user, *at))
            }
            _ => None,
        };
        let locked = user.is_some_and(|(user, at)| failures.lock(policy, user, at).is_some());
        failures.note(fact);
        locked.then(|| format!("{fact:?}"))
    })
}

pub(super) fn failures(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let most = policy.rules.failures.max as usize;
    let mut failures = Failures::default();
    trace.iter().find_map(|fact| {
        failures.note(fact);
        let user = failures.0.iter().find(|(_, times)| most > 0 && times.len() > most)?;
        Some(format!("{user:?}"))
    })
}

impl Failures {
    pub(super) fn note(&mut self, fact: &Fact) {
        match *fact {
            Fact::Judged { user, verdict: "wrong", at, .. } => self.0.entry(user).or_default().push(at),
            Fact::Judged { user, verdict: "right", .. } | Fact::Cleared { user } => {
                self.0.entry(user).or_default().clear();
            }
            _ => {}
        }
    }

    pub(super) fn lock(&self, policy: &Policy, user: usize, now: u64) -> Option<Lock> {
        let limits = policy.rules.failures;
        let times = self.0.get(&user)?;
        let reached = |limit: u32| limit > 0 && times.len() >= limit as usize;
        if reached(limits.max) {
            return Some(Lock::ForGood);
        }
        let until = times.last()? + limits.lockout_seconds;
        (reached(limits.lockout) && now < until).then(|| Lock::Seconds(until - now))
    }
}

//! Locks after wrong codes, and after a denial.

use std::collections::BTreeMap;

use super::compared;
use crate::policy::Policy;
use crate::trace::{Call, Fact};

/// What locks each user.
#[derive(Default)]
pub(super) struct Failures {
    /// The wrong codes since the latest right one, or since they were cleared.
    wrong: BTreeMap<usize, Vec<u64>>,
    /// The latest denial, unless it was cleared.
    denied: BTreeMap<usize, u64>,
}

/// How a user is locked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    ForGood,
    /// For so long by a denial and by wrong codes. 0: not by that.
    Seconds {
        denied: u64,
        wrong: u64,
    },
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
        let user = failures.wrong.iter().find(|(_, times)| most > 0 && times.len() > most)?;
        Some(format!("{user:?}"))
    })
}

impl Failures {
    pub(super) fn note(&mut self, fact: &Fact) {
        match *fact {
            Fact::Judged { user, verdict: "wrong", at, .. } => self.wrong.entry(user).or_default().push(at),
            Fact::Judged { user, verdict: "right", .. } => {
                self.wrong.remove(&user);
            }
            Fact::Denied { call, at, .. } => {
                self.denied.insert(call.user, at);
            }
            Fact::Cleared { user } => {
                self.wrong.remove(&user);
                self.denied.remove(&user);
            }
            _ => {}
        }
    }

    pub(super) fn lock(&self, policy: &Policy, user: usize, now: u64) -> Option<Lock> {
        let limits = policy.rules.failures;
        let times = self.wrong.get(&user).map(Vec::as_slice).unwrap_or_default();
        let reached = |limit: u32| limit > 0 && times.len() >= limit as usize;
        if reached(limits.max) {
            return Some(Lock::ForGood);
        }
        let wait = |at: Option<&u64>, seconds: u64| at.map_or(0, |at| (at + seconds).saturating_sub(now));
        let denied = wait(self.denied.get(&user), limits.denied_seconds);
        let wrong = wait(times.last().filter(|_| reached(limits.lockout)), limits.lockout_seconds);
        (denied.max(wrong) > 0).then_some(Lock::Seconds { denied, wrong })
    }
}

impl Lock {
    /// Whether the function may say this of the lock: the one that ends last, and when.
    pub(super) fn is(self, limit: &str, said: Option<u64>) -> bool {
        match self {
            Self::ForGood => limit == "max-failures" && said.is_none(),
            Self::Seconds { denied, wrong } => {
                said == Some(denied.max(wrong)) && said == Some(if limit == "denied" { denied } else { wrong })
            }
        }
    }
}

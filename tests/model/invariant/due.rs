//! Nobody is refused without need, nor told to wait for longer.

use super::kept;
use super::lock::{Failures, Lock};
use super::window::{periods, same, windows};
use crate::policy::Policy;
use crate::trace::{Call, Fact};

pub(super) fn refusals(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut failures = Failures::default();
    trace.iter().enumerate().find_map(|(index, fact)| {
        failures.note(fact);
        let Fact::Refused { user, limit, wait, at } = fact else { return None };
        let lock = failures.lock(policy, *user, *at);
        let due = match &**limit {
            "max-failures" => lock == Some(Lock::ForGood) && wait.is_none(),
            "lockout" => wait.is_some_and(|wait| lock == Some(Lock::Seconds(wait))),
            limit => wait.is_some() && *wait == seconds(policy, &trace[..index], limit, *user, *at),
        };
        (!due).then(|| format!("{fact:?}"))
    })
}

/// For how long this limit on calls lasts.
fn seconds(policy: &Policy, trace: &[Fact], limit: &str, user: usize, now: u64) -> Option<u64> {
    let (scope, window) = limit.split_once('-')?;
    let calls = kept(trace).filter(|call| same(scope, call.user, user));
    let mut times: Vec<_> = calls.map(|Call { at, .. }| at).collect();
    times.sort_unstable();
    if let Some((_, seconds, most)) = periods(policy).into_iter().find(|(name, ..)| *name == limit) {
        let count = times.iter().filter(|&time| time / seconds == now / seconds).count();
        return (count >= most as usize).then(|| seconds - now % seconds);
    }
    let (_, seconds, most) = windows(policy).into_iter().find(|(name, ..)| *name == window)?;
    // There is room again when this one is long enough ago.
    let oldest = times.get(times.len().checked_sub(most as usize)?)?;
    (oldest + seconds).checked_sub(now).filter(|&wait| wait > 0)
}

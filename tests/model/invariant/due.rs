//! No refusal is without a reason or says a longer wait than necessary.

use super::lock::Failures;
use super::window::{periods, same, windows};
use super::{counted, kept};
use crate::policy::Policy;
use crate::table::Keys;
use crate::trace::{Call, Fact};

pub(super) fn refusals(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut failures = Failures::default();
    trace.iter().enumerate().find_map(|(index, fact)| {
        failures.note(fact);
        let Fact::Refused { keys, limit, wait, at, .. } = fact else { return None };
        let due = match &**limit {
            "denied" | "lockout" | "max-failures" => {
                failures.lock(policy, keys.user, *at).is_some_and(|lock| lock.is(limit, *wait))
            }
            limit => wait.is_some_and(|wait| waits(policy, &trace[..index], limit, *keys, *at).contains(&wait)),
        };
        (!due).then(|| format!("{fact:?}"))
    })
}

/// How long this limit on calls may last, if it has been reached.
fn waits(policy: &Policy, trace: &[Fact], limit: &str, keys: Keys, now: u64) -> Vec<u64> {
    let Some((scope, window)) = limit.split_once('-') else { return Vec::new() };
    // The pause holds after a call that Connect refused, too. And a call tries the rows of a counter one after the other: one may
    // have got room again once the next is found full.
    let also_given_back = window == "pause" || scope == "all" && policy.nearly_full;
    let calls: Vec<_> = if also_given_back { counted(trace).collect() } else { kept(trace).collect() };
    let calls = calls.into_iter().filter(|call| same(scope, call.keys, keys));
    let mut times: Vec<_> = calls.map(|Call { at, .. }| at).collect();
    times.sort_unstable();
    if let Some((_, seconds, most)) = periods(policy).into_iter().find(|(name, ..)| *name == limit) {
        let count = times.iter().filter(|&time| time / seconds == now / seconds).count();
        return (count >= most as usize).then(|| seconds - now % seconds).into_iter().collect();
    }
    let windows = windows(policy).into_iter().filter(|&(name, _, most)| name == window && most > 0);
    let waits = windows.filter_map(|(_, seconds, most)| {
        // There is room again once this call is old enough.
        let oldest = times.get(times.len().checked_sub(most as usize)?)?;
        (oldest + seconds).checked_sub(now)
    });
    waits.filter(|&wait| wait > 0).collect()
}

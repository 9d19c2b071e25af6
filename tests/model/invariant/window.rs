//! How many calls there are in a time, and how close together.

use std::collections::BTreeMap;

use sign_in::ledger::Counter;

use super::{counted, kept};
use crate::policy::Policy;
use crate::table::Keys;
use crate::trace::{Call, Fact};
use crate::world::COUNTRIES;

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// The limits on the calls to a user and to a number: name, seconds, calls. 0 calls is no limit.
pub(super) fn windows(policy: &Policy) -> [(&'static str, u64, u32); 4] {
    let limits = policy.rules.calls;
    [
        ("pause", limits.seconds_between_calls, 1),
        ("quarter-hour", 15 * 60, limits.quarter_hour),
        ("hour", HOUR, limits.hour),
        ("day", DAY, limits.day),
    ]
}

/// The limits on the calls of an hour or a day of the clock: name, seconds, calls.
pub(super) fn periods(policy: &Policy) -> [(&'static str, u64, u32); 3] {
    let budget = policy.budget;
    let all_hour = if policy.nearly_full { Counter::rows(budget.all_hour) } else { budget.all_hour };
    [("country-hour", HOUR, budget.country_hour), ("all-hour", HOUR, all_hour), ("all-day", DAY, budget.all_day)]
}

/// Whether two calls count in the same scope: user, number, country or all.
pub(super) fn same(scope: &str, one: Keys, other: Keys) -> bool {
    match scope {
        "user" => one.user == other.user,
        "number" => one.number == other.number,
        "country" => COUNTRIES[one.number] == COUNTRIES[other.number],
        _ => true,
    }
}

/// In any time, not only in hours and days of the clock.
pub(super) fn calls(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut users: BTreeMap<(&str, usize), Vec<u64>> = BTreeMap::new();
    for Call { keys, at, .. } in kept(trace) {
        users.entry(("user", keys.user)).or_default().push(at);
        users.entry(("number", keys.number)).or_default().push(at);
    }
    users.into_iter().find_map(|(whose, mut times)| {
        times.sort_unstable();
        windows(policy).into_iter().filter(|&(_, _, most)| most > 0).find_map(|(name, seconds, most)| {
            let most = most as usize;
            let crowded = times.windows(most + 1).find(|times| times[most] - times[0] < seconds)?;
            Some(format!("{name} of {whose:?}: {crowded:?}"))
        })
    })
}

/// For the user and for the number.
pub(super) fn pause(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let pause = policy.rules.calls.seconds_between_calls;
    let mut times: BTreeMap<(&str, usize), Vec<u64>> = BTreeMap::new();
    for Call { keys, at, .. } in counted(trace) {
        times.entry(("user", keys.user)).or_default().push(at);
        times.entry(("number", keys.number)).or_default().push(at);
    }
    times.into_iter().find_map(|(whose, mut times)| {
        times.sort_unstable();
        let close = times.windows(2).find(|times| times[1] - times[0] < pause)?;
        Some(format!("{whose:?}: {close:?}"))
    })
}

pub(super) fn budget(policy: &Policy, trace: &[Fact]) -> Option<String> {
    periods(policy).into_iter().filter(|&(_, _, most)| most > 0).find_map(|(name, seconds, most)| {
        let mut counts: BTreeMap<(u64, &str), u32> = BTreeMap::new();
        for Call { keys, at, .. } in kept(trace) {
            let whose = if name.starts_with("country") { COUNTRIES[keys.number] } else { "" };
            *counts.entry((at / seconds, whose)).or_default() += 1;
        }
        let full = counts.into_iter().find(|&(_, count)| count > most)?;
        Some(format!("{name}: {full:?}"))
    })
}

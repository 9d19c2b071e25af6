//! Who hears a code, and what that allows.

use sign_in::ledger::Hearing;

use super::lock::Failures;
use super::{compared, counted, is_open, issued_at};
use crate::policy::Policy;
use crate::telephone::Ringing;
use crate::trace::Fact;

/// An answer is compared only after a contact has heard the code of its challenge. After that, it is never said that
/// nobody has heard it. If the code is an attribute of the call, nobody asks for it.
pub(super) fn before_compared(policy: &Policy, trace: &[Fact]) -> Option<String> {
    if policy.rules.challenge.hearing == Hearing::NotNeeded {
        return None;
    }
    let mut compared = compared(trace).peekable();
    trace.iter().enumerate().find_map(|(index, fact)| {
        let Fact::Judged { challenge, verdict, .. } = fact else { return None };
        let is_compared = compared.next_if(|compared| std::ptr::eq(*compared, fact)).is_some();
        let is_heard = hearings(&trace[..index]).any(|(call, _)| call.challenge == *challenge);
        let right = if is_heard { *verdict != "not-heard" } else { !is_compared };
        (!right).then(|| format!("{fact:?}, heard: {is_heard}"))
    })
}

/// A call has one listener, and once a later call was heard, an earlier one has none.
pub(super) fn one_listener(_: &Policy, trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let Fact::Heard { call, contact, .. } = fact else { return None };
        another(&trace[..index], *call, *contact)
            .or(later(&trace[..index], *call))
            .map(|other| format!("{fact:?} and {other:?}"))
    })
}

/// A code that is heard can be answered at that time, and its phone has rung.
pub(super) fn live(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut failures = Failures::default();
    trace.iter().enumerate().find_map(|(index, fact)| {
        failures.note(fact);
        let Fact::Heard { call, at, .. } = fact else { return None };
        let before = &trace[..index];
        let rang = |fact: &Fact| matches!(fact, Fact::Rang(rang) if rang.challenge == call.challenge);
        let live = has_time(policy, before, *call, *at)
            && is_latest(before, *call)
            && is_open(call.challenge, policy, before)
            && failures.lock(policy, call.user, *at).is_none()
            && before.iter().any(rang);
        (!live).then(|| format!("{fact:?}"))
    })
}

/// Hearing a code changes who has heard it, and nothing else in the user's row. A denial changes the attempts and its
/// own time.
pub(super) fn alone(_: &Policy, trace: &[Fact]) -> Option<String> {
    let more = |fact: &&Fact| matches!(fact, Fact::Heard { alone: false, .. } | Fact::Denied { alone: false, .. });
    trace.iter().find(more).map(|fact| format!("{fact:?}"))
}

/// A denial counts while the code of the call has time, and its phone has rung. It ends the user's latest challenge.
pub(super) fn denied(policy: &Policy, trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let Fact::Denied { call, challenge, at, .. } = fact else { return None };
        let before = &trace[..index];
        let rang = |fact: &Fact| matches!(fact, Fact::Rang(rang) if rang.challenge == call.challenge);
        let latest = is_latest(before, Ringing { challenge: *challenge, ..*call });
        let counts = has_time(policy, before, *call, *at) && latest && before.iter().any(rang);
        (!counts).then(|| format!("{fact:?}"))
    })
}

/// A call is refused what it asks for by a reason that there is.
pub(super) fn withheld(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut failures = Failures::default();
    trace.iter().enumerate().find_map(|(index, fact)| {
        failures.note(fact);
        let Fact::Withheld { call, contact, reason, at } = fact else { return None };
        let before = &trace[..index];
        let due = match *reason {
            "other-contact" => another(before, *call, *contact).is_some(),
            "older-call" => later(before, *call).is_some(),
            "expired" => !has_time(policy, before, *call, *at),
            "used" | "attempts-used-up" => !is_open(call.challenge, policy, before),
            "denied" | "lockout" | "max-failures" => failures.lock(policy, call.user, *at).is_some(),
            // The database may have deleted the row.
            "replaced" => !is_latest(before, *call) || !has_time(policy, before, *call, *at),
            _ => false,
        };
        (!due).then(|| format!("{fact:?}"))
    })
}

/// The hearings: the call and the contact of each.
fn hearings(trace: &[Fact]) -> impl Iterator<Item = (Ringing, u128)> + '_ {
    trace
        .iter()
        .filter_map(|fact| if let Fact::Heard { call, contact, .. } = fact { Some((*call, *contact)) } else { None })
}

/// Another contact that has heard this call.
fn another(before: &[Fact], call: Ringing, contact: u128) -> Option<(Ringing, u128)> {
    hearings(before).find(|&(heard, by)| heard == call && by != contact)
}

/// A later call of the same challenge that was heard.
fn later(before: &[Fact], call: Ringing) -> Option<(Ringing, u128)> {
    hearings(before).find(|(heard, _)| heard.challenge == call.challenge && heard.call > call.call)
}

fn has_time(policy: &Policy, before: &[Fact], call: Ringing, at: u64) -> bool {
    issued_at(before, call.challenge).is_some_and(|issued| at < issued + policy.rules.challenge.validity_seconds)
}

/// Whether the user's latest call is for this challenge.
fn is_latest(before: &[Fact], call: Ringing) -> bool {
    let latest = counted(before).filter(|counted| counted.keys.user == call.user).last();
    latest.is_some_and(|latest| latest.challenge == call.challenge)
}

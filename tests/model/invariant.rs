//! What must be true of every trace, by the settings and the facts alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::Policy;
use crate::trace::{Call, Event, Fact};

pub(crate) mod again;
mod code;
pub(crate) mod device;
mod due;
mod gate;
mod heard;
mod live;
mod lock;
mod window;

/// Returns where a trace breaks the invariant, if it does.
type Invariant = fn(&Policy, &[Fact]) -> Option<String>;

/// All of them, by the promise of SECURITY.md that each is a part of.
const ALL: [(&str, Invariant); 31] = [
    ("1: tokens after the right answer and only then", tokens),
    ("1: tokens by another way only for a user who has given a right answer on that app client", gate::tokens),
    ("1: a device is enrolled by a right code, for the number that was called", device::enrolled),
    ("1: a device is asked that the user has had", device::asked),
    ("1: a device is accepted while it is trusted", device::accepted),
    ("1: a device is refused for a reason, and a lock is none", device::refused),
    ("1: a user on a trusted device is not called", device::not_called),
    ("2: only so many answers of a challenge are compared", attempts),
    ("2: a code is compared only after a call for it", paid),
    ("2: a code is compared only once somebody has heard it", heard::before_compared),
    ("2: a call has one listener", heard::one_listener),
    ("2: a code that is heard can be answered", heard::live),
    ("2: a denial is of a call whose code has time, and ends the latest challenge", heard::denied),
    ("2: who hears a code or denies it changes nothing else", heard::alone),
    ("2: a code is withheld for a reason", heard::withheld),
    ("2: the answer of a device changes nothing else", device::alone),
    ("2: the round of a device costs no attempt", device::no_attempt),
    ("2: a locked user is not compared and not called", lock::respected),
    ("2: only so many wrong codes in a row", lock::failures),
    ("3: a code works in one sign-in", used_once),
    ("3: a code works until it expires", expiry),
    ("3: a nonce works once", device::nonce_once),
    ("4: an event brings one call and one code", one_call),
    ("4: a sign-in joins a call that may still ring and a code that still takes answers", joined),
    ("4: a call that is due rings", again::rings),
    ("4: a user who is asked for a code has a live one", live::at_decision),
    ("4: a sign-in whose call is refused goes on with the code that there is", code::joined),
    ("7: only so many calls to a user and to a number", window::calls),
    ("7: Connect is asked once in a pause, whether it takes the call or not", window::pause),
    ("7: only so many calls in an hour and a day", window::budget),
    ("7: a refusal names a limit that is reached", due::refusals),
];

/// How long Cognito delivers an event.
const DELIVERY_SECONDS: u64 = 15;

/// The first invariant that the trace breaks.
pub(crate) fn broken(policy: &Policy, trace: &[Fact]) -> Option<String> {
    ALL.iter().find_map(|(name, invariant)| Some(format!("{name}: {}", invariant(policy, trace)?)))
}

fn tokens(_: &Policy, trace: &[Fact]) -> Option<String> {
    trace.iter().find_map(|fact| match fact {
        Fact::Over { event, right, tokens } if right != tokens => Some(format!("{event:?} tokens: {tokens}")),
        _ => None,
    })
}

fn attempts(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut counts: BTreeMap<u128, u32> = BTreeMap::new();
    compared(trace).find_map(|fact| {
        let &Fact::Judged { challenge, .. } = fact else { return None };
        let count = counts.entry(challenge).or_default();
        *count += 1;
        (*count > policy.rules.challenge.attempts).then(|| format!("{count} answers of challenge {challenge}"))
    })
}

/// A code is compared only after a call for its challenge was counted that Connect has not refused, as far as the
/// ledger knows by then. If Connect refuses the last call afterwards, that call stays counted.
fn paid(_: &Policy, trace: &[Fact]) -> Option<String> {
    let called: BTreeSet<u128> = kept(trace).map(|call| call.challenge).collect();
    let mut compared = compared(trace).peekable();
    trace.iter().enumerate().find_map(|(index, fact)| {
        let Fact::Judged { challenge, .. } = fact else { return None };
        compared.next_if(|compared| std::ptr::eq(*compared, fact))?;
        let is_called = not_refused(&trace[..index]).any(|call| call.challenge == *challenge);
        (!is_called || !called.contains(challenge)).then(|| format!("{fact:?}"))
    })
}

fn used_once(_: &Policy, trace: &[Fact]) -> Option<String> {
    let mut used: BTreeMap<u128, (Event, u64)> = BTreeMap::new();
    trace.iter().find_map(|fact| {
        let &Fact::Judged { event, challenge, verdict: "right", at, .. } = fact else { return None };
        let &mut (by, first) = used.entry(challenge).or_insert((event, at));
        // Cognito may have missed that it was right.
        let again = by == event && at < first + DELIVERY_SECONDS;
        (!again).then(|| format!("challenge {challenge} is right for {event:?} at {at} and was for {by:?} at {first}"))
    })
}

fn expiry(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut issued: BTreeMap<u128, u64> = BTreeMap::new();
    for fact in trace {
        if let &Fact::Counted(Call { challenge, at, .. }) = fact {
            issued.entry(challenge).or_insert(at);
        }
    }
    let lives = |challenge, at| {
        let issued = issued.get(challenge);
        issued.is_some_and(|issued| (*issued..issued + policy.rules.challenge.validity_seconds).contains(at))
    };
    compared(trace).find_map(|fact| match fact {
        Fact::Judged { challenge, at, .. } if !lives(challenge, at) => Some(format!("{fact:?}")),
        _ => None,
    })
}

fn one_call(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let mut rung: BTreeMap<Event, Call> = BTreeMap::new();
    for fact in trace {
        let &Fact::Rang(call) = fact else { continue };
        let Some(before) = rung.insert(call.event, call) else { continue };
        // With such a short pause, another delivery looks like another sign-in of a user who has a new number or whose
        // code is used up.
        let counted = trace.iter().position(|fact| *fact == Fact::Counted(call))?;
        let spent = !is_open(before.challenge, policy, &trace[..counted]) || before.keys.number != call.keys.number;
        if !(spent && policy.rules.calls.seconds_between_calls < DELIVERY_SECONDS) {
            return Some(format!("{:?} rang twice", call.event));
        }
    }
    trace.iter().enumerate().find_map(|(index, fact)| match fact {
        Fact::Asked { event, number, challenge, .. } => {
            let rung = rung.get(event).filter(|rung| rung.challenge != *challenge)?;
            // A challenge whose only call was given back is gone: no phone has heard it.
            let heard = kept(trace).any(|call| call.challenge == *challenge);
            // Before the event is delivered again, another sign-in may use the code up, or the user may get a new
            // number.
            let can_still = is_open(rung.challenge, policy, &trace[..index]) && rung.keys.number == *number;
            (heard && can_still).then(|| format!("{event:?} rang for another code than challenge {challenge}"))
        }
        Fact::GivenBack(call) if trace.contains(&Fact::Rang(*call)) => {
            Some(format!("{call:?} rang and was given back"))
        }
        _ => None,
    })
}

fn joined(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let ringing = policy.rules.calls.seconds_between_calls.max(DELIVERY_SECONDS);
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::Joined { event, number, challenge, at, .. } = fact else { return None };
        let before = &trace[..index];
        let rings = |call: Call| call.keys.number == number && call.challenge == challenge && at < call.at + ringing;
        let joins = is_open(challenge, policy, before) && kept(before).any(rings);
        (!joins).then(|| format!("{event:?} joins challenge {challenge} at {at}"))
    })
}

/// When the challenge was issued.
fn issued_at(trace: &[Fact], challenge: u128) -> Option<u64> {
    calls_of(challenge, trace).next().map(|call| call.at)
}

/// Whether attempts are left, no answer was right and nobody denied it.
fn is_open(challenge: u128, policy: &Policy, before: &[Fact]) -> bool {
    let is_denied = |fact: &Fact| matches!(fact, Fact::Denied { challenge: dead, .. } if *dead == challenge);
    if before.iter().any(is_denied) {
        return false;
    }
    let answers = compared(before).filter_map(|fact| match fact {
        Fact::Judged { challenge: of, verdict, .. } if *of == challenge => Some(*verdict),
        _ => None,
    });
    let answers: Vec<_> = answers.collect();
    !answers.contains(&"right") && answers.len() < policy.rules.challenge.attempts as usize
}

/// The answers that were compared. A right one counts once: for another delivery, the ledger repeats its verdict.
fn compared(trace: &[Fact]) -> impl Iterator<Item = &Fact> {
    let mut right = BTreeSet::new();
    trace.iter().filter(move |fact| match fact {
        Fact::Judged { event, verdict: "right", .. } => right.insert(*event),
        Fact::Judged { verdict: "wrong", .. } => true,
        _ => false,
    })
}

/// What the ledger said last to this delivery of an event, and where, if it was asked and the sign-in goes on.
fn decision(trace: &[Fact], event: Event, delivery: u8) -> Option<(usize, &Fact)> {
    let of = (event, delivery);
    trace.iter().enumerate().rfind(|(_, fact)| match fact {
        Fact::Counted(call) => (call.event, call.delivery) == of,
        Fact::Joined { event, delivery, .. } | Fact::Refused { event, delivery, joins: Some(_), .. } => {
            (*event, *delivery) == of
        }
        _ => false,
    })
}

/// The calls of a challenge that were counted.
fn calls_of(challenge: u128, trace: &[Fact]) -> impl Iterator<Item = Call> + '_ {
    counted(trace).filter(move |call| call.challenge == challenge)
}

/// All calls that were counted.
fn counted(trace: &[Fact]) -> impl Iterator<Item = Call> + '_ {
    trace.iter().filter_map(|fact| if let Fact::Counted(call) = fact { Some(*call) } else { None })
}

/// The calls that were not given back: those that rang, those that may have, and those that paid for a guess.
pub(crate) fn kept(trace: &[Fact]) -> impl Iterator<Item = Call> + '_ {
    let given_back = trace.iter().filter_map(|fact| if let Fact::GivenBack(call) = fact { Some(*call) } else { None });
    let given_back: BTreeSet<_> = given_back.collect();
    counted(trace).filter(move |call| !given_back.contains(call))
}

/// The kept calls that Connect has not refused, as far as the ledger knows.
fn not_refused(trace: &[Fact]) -> impl Iterator<Item = Call> + '_ {
    let stays_counted = |call: &Call| trace.contains(&Fact::StaysCounted(*call));
    kept(trace).filter(move |call| !stays_counted(call))
}

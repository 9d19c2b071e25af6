//! What must be true of every trace of messages, by the settings and the facts alone.

use sign_in::ledger::{Budget, CallLimits, Limit, Scope, Verdict, Window, Withheld};

use super::{Fact, Message, id};
use crate::policy::Policy;

/// Returns where a trace breaks the invariant, if it does.
type Invariant = fn(&Policy, &[Message], &[Fact]) -> Option<String>;

/// All of them, by the promise of SECURITY.md that each is a part of.
const ALL: [(&str, Invariant); 10] = [
    ("3: the call of a message speaks while no newer one was called", heard),
    ("4: a message brings one call, and Connect sees one client token", one_call),
    ("4: a call that rings was counted, and stays so", counted_first),
    ("4: a message that is done has rung, or is void", done),
    ("4: a message that comes again does not take the place of a newer one", in_order),
    ("7: only so many calls to a user and to a number, for each purpose", windows),
    ("7: only two calls in a day to a number that nobody has verified", unverified),
    ("7: only so many calls in an hour", budget),
    ("7: a number that denies is left alone for a day, for that purpose", denied),
    ("7: a refusal names a limit that this purpose has reached", refused),
];

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

/// The first invariant that the trace breaks.
pub(super) fn broken(policy: &Policy, messages: &[Message], trace: &[Fact]) -> Option<String> {
    ALL.iter().find_map(|(name, invariant)| Some(format!("{name}: {}", invariant(policy, messages, trace)?)))
}

fn heard(policy: &Policy, messages: &[Message], trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::Heard { message, result, at } = fact else { return None };
        let before = &trace[..index];
        let of_user = kept(before).filter(|&(other, _)| of_user(messages, message, other));
        let expected = match of_user.last() {
            Some((latest, counted)) if latest == message && !is_after_given_back(before, messages, message) => {
                if at < counted + policy.rules.challenge.validity_seconds { Ok(()) } else { Err(Verdict::Expired) }
            }
            _ => Err(Verdict::Replaced),
        };
        (result != expected.map_err(Withheld::Challenge)).then(|| format!("{fact:?}, and not {expected:?}"))
    })
}

/// Whether a newer call of the user was counted and given back. Then no message can be spoken.
fn is_after_given_back(trace: &[Fact], messages: &[Message], message: usize) -> bool {
    let counted = trace.iter().rposition(|fact| matches!(fact, Fact::Counted { message: of, .. } if *of == message));
    trace[counted.unwrap_or(0)..]
        .iter()
        .any(|fact| matches!(fact, Fact::GivenBack { message: of, .. } if of_user(messages, message, *of)))
}

fn one_call(_: &Policy, _: &[Message], trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::Rang { message, token, .. } = fact else { return None };
        let twice = trace[..index].iter().any(|fact| fact.is_ring_of(message));
        (twice || token != (id(message), 1)).then(|| format!("{fact:?}"))
    })
}

fn counted_first(_: &Policy, _: &[Message], trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::Rang { message, .. } = fact else { return None };
        let is_kept = |trace| kept(trace).any(|(of, _)| of == message);
        (!is_kept(&trace[..index]) || !is_kept(trace)).then(|| format!("{fact:?}"))
    })
}

fn done(policy: &Policy, messages: &[Message], trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let before = &trace[..index];
        let is_right = match *fact {
            Fact::Called { message, .. } => before.iter().any(|fact| fact.is_ring_of(message)),
            Fact::Void { message, at } => {
                let latest = counted(before).filter(|&(of, _)| of_user(messages, message, of)).last();
                latest.is_some_and(|(latest, counted)| {
                    latest != message || at >= counted + policy.rules.challenge.validity_seconds
                })
            }
            _ => true,
        };
        (!is_right).then(|| format!("{fact:?}"))
    })
}

fn in_order(_: &Policy, messages: &[Message], trace: &[Fact]) -> Option<String> {
    let counted: Vec<_> = counted(trace).collect();
    counted.iter().enumerate().find_map(|(index, &(message, at))| {
        let first = counted[..index].iter().position(|&(of, _)| of == message)?;
        let is_void = counted[first..index].iter().any(|&(of, _)| of != message && of_user(messages, message, of));
        is_void.then(|| format!("message {message} is called again at {at}"))
    })
}

fn windows(policy: &Policy, messages: &[Message], trace: &[Fact]) -> Option<String> {
    crowded(policy.rules.calls, messages, trace, of_user)
        .or_else(|| crowded(policy.rules.calls, messages, trace, of_number))
}

fn unverified(_: &Policy, messages: &[Message], trace: &[Fact]) -> Option<String> {
    let limits = CallLimits { seconds_between_calls: 0, quarter_hour: 0, hour: 0, day: 2 };
    crowded(limits, messages, trace, |messages, one, other| {
        messages[one].purpose.verifies_number() && of_number(messages, one, other)
    })
}

fn budget(policy: &Policy, _: &[Message], trace: &[Fact]) -> Option<String> {
    let most = policy.budget.all_hour as usize;
    kept(trace).find_map(|(_, at)| {
        let count = kept(trace).filter(|&(_, other)| other / HOUR == at / HOUR).count();
        (count > most).then(|| format!("{count} calls in the hour of {at}"))
    })
}

/// A call that the function has counted already, and places at that moment, still rings.
fn denied(_: &Policy, messages: &[Message], trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let (message, at, known) = match *fact {
            Fact::Counted { message, at } => (message, at, denials(&trace[..index]).count()),
            Fact::Rang { message, at, denials, .. } => (message, at, denials),
            _ => return None,
        };
        is_denied(messages, trace, known, message, at).then(|| format!("{fact:?}"))
    })
}

fn refused(policy: &Policy, messages: &[Message], trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::Refused { message, limit, at } = fact else { return None };
        let before = &trace[..index];
        let reached = |of: fn(&[Message], usize, usize) -> bool, seconds, most: u32| {
            let calls = kept(before).filter(|&(other, time)| of(messages, message, other) && at < time + seconds);
            most > 0 && calls.count() >= most as usize
        };
        let calls = policy.rules.calls;
        let is_unverified = messages[message].purpose.verifies_number();
        let is_right = match limit {
            Limit::Denied => is_denied(messages, before, before.len(), message, at),
            // All numbers are in one country.
            Limit::Calls(scope @ (Scope::All | Scope::Country), Window::Hour) => {
                let Budget { country_hour, all_hour, .. } = policy.budget;
                let limit = if scope == Scope::All { all_hour } else { country_hour };
                reached(|_, _, _| true, HOUR, if is_unverified { limit.div_ceil(2) } else { limit })
            }
            Limit::Calls(Scope::Number, Window::Day) if is_unverified => reached(of_number, DAY, 2),
            Limit::Calls(Scope::User, window) => reached(of_user, seconds(window), most(calls, window)),
            Limit::Calls(Scope::Number, window) => reached(of_number, seconds(window), most(calls, window)),
            _ => false,
        };
        (!is_right).then(|| format!("{fact:?}"))
    })
}

/// Whether one of the first `known` denials was in a call to this number, for this purpose and not a day before.
fn is_denied(messages: &[Message], trace: &[Fact], known: usize, message: usize, now: u64) -> bool {
    denials(trace).take(known).any(|(of, at)| of_number(messages, message, of) && now < at + DAY)
}

/// The calls of one scope that are too close together.
fn crowded(
    limits: CallLimits,
    messages: &[Message],
    trace: &[Fact],
    same: fn(&[Message], usize, usize) -> bool,
) -> Option<String> {
    kept(trace).find_map(|(message, _)| {
        let mut times: Vec<_> = kept(trace).filter(|&(of, _)| same(messages, message, of)).map(|(_, at)| at).collect();
        times.sort_unstable();
        [Window::QuarterHour, Window::Hour, Window::Day].into_iter().find_map(|window| {
            let most = most(limits, window) as usize;
            let mut groups = times.windows(most + 1).filter(|_| most > 0);
            let crowded = groups.find(|times| times[most] - times[0] < seconds(window))?;
            Some(format!("{window:?} of message {message}: {crowded:?}"))
        })
    })
}

fn seconds(window: Window) -> u64 {
    match window {
        Window::Pause => 0,
        Window::QuarterHour => 15 * 60,
        Window::Hour => HOUR,
        Window::Day => DAY,
    }
}

fn most(limits: CallLimits, window: Window) -> u32 {
    match window {
        // A newer code makes the one before it void.
        Window::Pause => 0,
        Window::QuarterHour => limits.quarter_hour,
        Window::Hour => limits.hour,
        Window::Day => limits.day,
    }
}

/// Whether both messages are for one user and purpose.
fn of_user(messages: &[Message], one: usize, other: usize) -> bool {
    let (one, other) = (&messages[one], &messages[other]);
    (one.user, one.purpose) == (other.user, other.purpose)
}

/// Whether both messages go to one number, for one purpose.
fn of_number(messages: &[Message], one: usize, other: usize) -> bool {
    let (one, other) = (&messages[one], &messages[other]);
    (one.number, one.purpose) == (other.number, other.purpose)
}

/// The denials: message and time.
pub(super) fn denials(trace: &[Fact]) -> impl Iterator<Item = (usize, u64)> {
    trace.iter().filter_map(|fact| match *fact {
        Fact::Denied { message, at } => Some((message, at)),
        _ => None,
    })
}

/// The calls that were counted: message and time.
fn counted(trace: &[Fact]) -> impl Iterator<Item = (usize, u64)> {
    trace.iter().filter_map(|fact| match *fact {
        Fact::Counted { message, at } => Some((message, at)),
        _ => None,
    })
}

/// Those that were not given back. A message whose call was given back may be counted once more.
fn kept(trace: &[Fact]) -> impl Iterator<Item = (usize, u64)> {
    let mut given_back: Vec<_> = trace
        .iter()
        .filter_map(|fact| match *fact {
            Fact::GivenBack { message, at } => Some((message, at)),
            _ => None,
        })
        .collect();
    counted(trace).filter(move |call| {
        let index = given_back.iter().position(|back| back == call);
        index.map(|index| given_back.swap_remove(index)).is_none()
    })
}

impl Fact {
    /// Whether the phone rings for this message.
    pub(super) fn is_ring_of(&self, of: usize) -> bool {
        matches!(self, Self::Rang { message, .. } if *message == of)
    }

    /// When it was.
    pub(super) fn at(&self) -> u64 {
        match *self {
            Self::Conflicted => 0,
            Self::Counted { at, .. }
            | Self::GivenBack { at, .. }
            | Self::Called { at, .. }
            | Self::Void { at, .. }
            | Self::Refused { at, .. }
            | Self::Rang { at, .. }
            | Self::Heard { at, .. }
            | Self::Denied { at, .. } => at,
        }
    }
}

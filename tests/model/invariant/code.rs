//! When a sign-in goes on with the code that there is.

use super::{counted, is_open, not_refused};
use crate::policy::Policy;
use crate::table::Keys;
use crate::trace::{Call, Event, Fact};

/// A limit on calls refuses the call, and not the sign-in, exactly as long as there is a code to go on with.
pub(super) fn joined(policy: &Policy, trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let Fact::Refused { event, keys, limit, joins, at, .. } = fact else { return None };
        let is_lock = ["denied", "lockout", "max-failures"].contains(&&**limit);
        let code = if is_lock { None } else { code(policy, &trace[..index], *event, *keys, *at) };
        (*joins != code).then(|| format!("{fact:?}, and there is {code:?}"))
    })
}

/// The challenge of the user's latest call, if this number has heard it. There must be time enough to type its code,
/// unless the sign-in has it already.
fn code(policy: &Policy, trace: &[Fact], event: Event, keys: Keys, now: u64) -> Option<u128> {
    let validity = policy.rules.challenge.validity_seconds;
    let Call { challenge, keys: called, .. } = counted(trace).filter(|call| call.keys.user == keys.user).last()?;
    let issued = counted(trace).find(|call| call.challenge == challenge)?.at;
    let is_heard = not_refused(trace).any(|call| call.challenge == challenge) && called.number == keys.number;
    let own = trace.iter().rev().find_map(|fact| match fact {
        Fact::Asked { event: Event { sign_in, .. }, challenge, .. } if *sign_in == event.sign_in => Some(*challenge),
        _ => None,
    });
    let needed = if own == Some(challenge) { 0 } else { (validity / 2).min(60) };
    let has_time = now + needed <= issued + validity && now < issued + validity;
    (is_heard && has_time && is_open(challenge, policy, trace)).then_some(challenge)
}

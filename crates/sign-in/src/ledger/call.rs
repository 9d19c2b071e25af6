//! Whether a user is called now.
//!
//! The order of the rules: a locked user is refused. If the latest call is so recent that it may still ring, the
//! sign-in joins it and nobody is called. If a limit on calls is reached, the sign-in goes on with the code that the
//! phone was called with, or is refused if there is none. Otherwise there is a call: another one for the live challenge if
//! its code works long enough, else one for a new challenge.

use super::user::DELIVERY_SECONDS;
use super::{
    CallLimits, CallTimes, ChallengeForm, FailureLimits, Hearing, Issued, Limit, PassLife, Refusal, Scope, UserRow,
};
use crate::code::Challenge;
use crate::history::Round;

/// A round of a sign-in asks for a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallRequest<'a> {
    /// The round in which the user asked for another call. `None` at the start of a sign-in.
    pub(crate) again: Option<&'a Round>,
    /// 128 random bits: the id of a new challenge, if one is issued.
    pub(crate) id: u128,
    /// The number to call, by its hash.
    pub(crate) number: u64,
    /// Seconds since the Unix epoch.
    pub(crate) now: u64,
}

/// The ledger's rules, from the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The form of a new challenge.
    pub challenge: ChallengeForm,
    /// Limits on the calls to one user and to one number.
    pub calls: CallLimits,
    /// Limits on wrong codes in a row.
    pub failures: FailureLimits,
    /// For how long a pass is good.
    pub pass_life: PassLife,
}

/// The decision about a request for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Decision {
    /// The sign-in goes on with the challenge in the row. Nothing is written and nobody is called. `None`: the phone
    /// rings already. `Some`: this limit refuses another call, and the code that the phone was called with still works.
    Join(Option<Refusal>),
    /// A call is placed after these are written: the user's row and the number's calls.
    Call(UserRow, CallTimes),
    /// The limit refuses the call, and there is no code to go on with. The sign-in ends.
    Refuse(Refusal),
}

/// Decides about a request for a call, from the user's row and the calls to the number.
#[must_use]
pub(crate) fn decide(user: &UserRow, number: &CallTimes, request: &CallRequest<'_>, rules: &Rules) -> Decision {
    let &CallRequest { id, now, .. } = request;
    if let Some(refusal) = user.locked(&rules.failures, now) {
        return Decision::Refuse(refusal);
    }
    if user.issued.is_some_and(|issued| rings_already(user, &issued, request, &rules.calls)) {
        return Decision::Join(None);
    }
    if let Some(refusal) = retry_after(user, number, &rules.calls, now) {
        return if has_code(user, request) { Decision::Join(Some(refusal)) } else { Decision::Refuse(refusal) };
    }
    let ChallengeForm { attempts, digits, validity_seconds, hearing } = rules.challenge;
    let worth_a_call = called(user, request).filter(|live| is_worth_a_call(&live.challenge, now));
    let issued = worth_a_call.unwrap_or_else(|| {
        Issued::new(Challenge::issue(id, now, validity_seconds, digits), request.number, attempts, hearing)
    });
    // A call that carries the code is heard without asking.
    let hearing = if hearing == Hearing::NotNeeded { hearing } else { issued.hearing };
    let issued = Issued { hearing, ..issued };
    Decision::Call(user.with_call(issued, rules, now), number.with(&rules.calls, now))
}

/// Whether a sign-in can go on without another call. If so, a limit on calls refuses the call and not the sign-in. A
/// sign-in that already has the code keeps it until the code expires. Any other sign-in needs enough time left to type
/// it. All sign-ins with one code share its attempts.
#[must_use]
pub(crate) fn has_code(user: &UserRow, request: &CallRequest<'_>) -> bool {
    let is_own = |live: &Issued| request.again.is_some_and(|round| round.challenge.id == live.challenge.id);
    called(user, request).is_some_and(|live| is_own(&live) || is_worth_a_call(&live.challenge, request.now))
}

/// The limit that keeps this user or number from a call now, with the seconds until it ends. Of several limits, the
/// one that ends last. `None` if a call is allowed.
#[must_use]
pub(crate) fn retry_after(user: &UserRow, number: &CallTimes, limits: &CallLimits, now: u64) -> Option<Refusal> {
    let waits = [(Scope::Number, number), (Scope::User, &user.calls)].into_iter().filter_map(|(scope, calls)| {
        let (window, wait) = calls.retry_after(limits, now)?;
        Some((Limit::Calls(scope, window), wait))
    });
    let (limit, wait) = waits.max_by_key(|&(_, wait)| wait)?;
    Some(Refusal { limit, retry_after: Some(wait) })
}

/// The live challenge, if this number was called with it.
fn called(user: &UserRow, request: &CallRequest<'_>) -> Option<Issued> {
    user.live(request.now).filter(|live| live.number == request.number)
}

/// Whether the latest call serves this request too. Another delivery of the same event may have placed it, or another
/// sign-in at the same time.
fn rings_already(user: &UserRow, issued: &Issued, request: &CallRequest<'_>, limits: &CallLimits) -> bool {
    if !issued.is_open() || issued.number != request.number {
        return false;
    }
    let is_over =
        request.again.is_some_and(|round| round.challenge.id == issued.challenge.id && round.call == issued.calls);
    // Three deliveries of one event make one call, even with a short pause or validity.
    let pause = if issued.challenge.expired(request.now) { 0 } else { limits.seconds_between_calls };
    let seconds = pause.max(DELIVERY_SECONDS);
    !is_over && user.calls.latest().is_some_and(|called_at| request.now < called_at.saturating_add(seconds))
}

/// Whether there is enough time to hear and type the code: a minute, or half of a short validity.
fn is_worth_a_call(challenge: &Challenge, now: u64) -> bool {
    let validity = challenge.expires_at.saturating_sub(challenge.issued_at);
    challenge.expires_at.saturating_sub(now) >= (validity / 2).min(60)
}

#[cfg(test)]
mod tests;

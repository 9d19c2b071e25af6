//! Whether a user is called now. Pure.

use super::call_times::CallTimes;
use super::limits::{CallLimits, ChallengeForm, FailureLimits, Limit, Refusal, Scope};
use super::user::{DELIVERY_SECONDS, Issued, UserRow};
use crate::code::Challenge;
use crate::history::Round;

/// What the create trigger asks: a round of a sign-in wants a call.
#[derive(Clone, Copy, Debug)]
pub struct CallRequest<'a> {
    /// The round whose user asks for another call; without it, the sign-in begins.
    pub again: Option<&'a Round>,
    /// The id of a new challenge, if there is one: 128 random bits.
    pub id: u128,
    /// The number to call, by its hash.
    pub number: u64,
    /// Seconds since the Unix epoch.
    pub now: u64,
}

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What a new challenge is like.
    pub challenge: ChallengeForm,
    /// What a user and a number may have.
    pub calls: CallLimits,
    /// What a user may get wrong.
    pub failures: FailureLimits,
}

/// What comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The sign-in goes on with the challenge that is in the row: nothing is written, nobody is called. Either the phone
    /// rings already, or this limit refuses another call, and the code that the phone has said is still good.
    Join(Option<Refusal>),
    /// A call is placed once this is written: the user's row and the number's calls.
    Call(UserRow, CallTimes),
    /// Nobody is called.
    Refuse(Refusal),
}

/// Decides by the row of the user and the calls to the number.
#[must_use]
pub fn decide(user: &UserRow, number: &CallTimes, request: &CallRequest<'_>, rules: &Rules) -> Decision {
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
    let ChallengeForm { attempts, digits, validity_seconds } = rules.challenge;
    let worth_a_call = spoken(user, request).filter(|live| is_worth_a_call(&live.challenge, now));
    let issued = worth_a_call.unwrap_or_else(|| Issued {
        challenge: Challenge::issue(id, now, validity_seconds, digits),
        number: request.number,
        attempts_left: attempts,
        calls: 0,
        refused: 0,
        used: None,
    });
    Decision::Call(user.with_call(issued, &rules.calls, now), number.with(&rules.calls, now))
}

/// Whether a sign-in can go on without another call if a limit on calls refuses one: the limit refuses the call, and not
/// the sign-in. All who share a code share its attempts. A sign-in keeps the code that it has to its last second; another
/// one needs the time to type it.
#[must_use]
pub fn has_code(user: &UserRow, request: &CallRequest<'_>) -> bool {
    let is_own = |live: &Issued| request.again.is_some_and(|round| round.challenge.id == live.challenge.id);
    spoken(user, request).is_some_and(|live| is_own(&live) || is_worth_a_call(&live.challenge, request.now))
}

/// The limit on the calls to this user or this number that lasts longest.
#[must_use]
pub fn retry_after(user: &UserRow, number: &CallTimes, limits: &CallLimits, now: u64) -> Option<Refusal> {
    let waits = [(Scope::Number, number), (Scope::User, &user.calls)].into_iter().filter_map(|(scope, calls)| {
        let (window, wait) = calls.retry_after(limits, now)?;
        Some((Limit::Calls(scope, window), wait))
    });
    let (limit, wait) = waits.max_by_key(|&(_, wait)| wait)?;
    Some(Refusal { limit, retry_after: Some(wait) })
}

/// The live challenge whose code was spoken to this number.
fn spoken(user: &UserRow, request: &CallRequest<'_>) -> Option<Issued> {
    user.live(request.now).filter(|live| live.number == request.number)
}

/// Whether the latest call is this one: another delivery of the event placed it, or a sign-in beside this one.
fn rings_already(user: &UserRow, issued: &Issued, request: &CallRequest<'_>, limits: &CallLimits) -> bool {
    if !issued.is_open() || issued.number != request.number {
        return false;
    }
    let heard =
        request.again.is_some_and(|round| round.challenge.id == issued.challenge.id && round.call == issued.calls);
    // However short the pause and the validity, three deliveries of one event make one call.
    let pause = if issued.challenge.expired(request.now) { 0 } else { limits.seconds_between_calls };
    let seconds = pause.max(DELIVERY_SECONDS);
    !heard && user.calls.latest().is_some_and(|called_at| request.now < called_at.saturating_add(seconds))
}

/// Whether there is time enough to hear the code and type it: a minute, or half of a short validity.
fn is_worth_a_call(challenge: &Challenge, now: u64) -> bool {
    let validity = challenge.expires_at.saturating_sub(challenge.issued_at);
    challenge.expires_at.saturating_sub(now) >= (validity / 2).min(60)
}

#[cfg(test)]
mod tests;

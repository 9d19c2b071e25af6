//! One invocation of the custom SMS sender: Cognito has a code of its own for a user, and a call speaks it.
//!
//! Cognito's message is encrypted, and stays so here: only its header is read. Its id makes deliveries of one message the same.
//! A call carries the message sealed in its handle. [`announcement`](crate::announcement) opens it once somebody listens.
//!
//! Cognito invokes the sender asynchronously, and tells the user that the code was sent whatever happens. So a refusal is not
//! an error: nothing would come of trying again. After an error, Lambda delivers the event once more.
//!
//! The calls are counted and placed by the state machine of [`calling`](crate::calling), which says what to do. There are two
//! rows: one for the user and the kind of code, and one for the number and the kind of code, whoever has the number. So what
//! is sent for one purpose uses up nothing of another's limits on a user and a number. All calls share the budget. Strangers
//! who sign up can use half of it: the rest is left to sign-ins.

use crate::calling::{Calling, Decision, Delivery, Failed, Occasion, Rows};
use crate::code::Challenge;
use crate::ledger::{CallLimits, ChallengeForm, Hearing, Issued, Limit, Part, Refusal, Rules, Scope, UserRow, Window};

pub use crate::purpose::{Purpose, Source};

/// A message between its event and its end.
pub type Sending = Calling<MessageCall>;

/// A message of Cognito's for which a user is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageCall {
    /// The message's id, 128 of its random bits.
    id: u128,
}

/// The settings that decide.
#[derive(Clone, Copy, Debug)]
pub struct SendPolicy {
    /// The ledger's rules. The validity of a challenge is how long a call may speak the code.
    pub rules: Rules,
    /// Limits on the calls to one number, over all users.
    pub number: CallLimits,
}

/// What became of a message that no limit has refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// A call was placed, by this delivery or an earlier one.
    Called,
    /// Nobody is called: the code's time is over, or a newer message has made it void.
    Void,
}

impl SendPolicy {
    /// Calls in a day to a number that nobody has verified yet: strangers can have it called.
    const UNVERIFIED_DAY: u32 = 2;

    /// For how long a number is not called for a purpose after somebody said that the code is not for them.
    pub const DENIED_SECONDS: u64 = 24 * 60 * 60;

    /// The policy for codes of this purpose. There is no pause between two calls: each new code makes the one before it
    /// void, so the first call's would be of no use.
    #[must_use]
    pub fn of(rules: Rules, purpose: Purpose) -> Self {
        let calls = CallLimits { seconds_between_calls: 0, ..rules.calls };
        let number = if purpose.verifies_number() {
            let day = if calls.day == 0 { Self::UNVERIFIED_DAY } else { calls.day.min(Self::UNVERIFIED_DAY) };
            CallLimits { day, ..calls }
        } else {
            calls
        };
        Self { rules: Rules { calls, ..rules }, number }
    }

    /// The part of the budget of all calls that codes of this purpose may use: for a number that nobody has verified, half.
    #[must_use]
    pub fn part(purpose: Purpose) -> Part {
        if purpose.verifies_number() { Part::Half } else { Part::Whole }
    }

    /// What the operator can do about a code of this purpose that a limit has refused.
    #[must_use]
    pub fn advice(limit: Limit, purpose: Purpose) -> &'static str {
        match limit {
            Limit::Denied => {
                "somebody said in a call to this number that the code is not for them, so it is not called for this purpose for a \
                 day. voice-otp unlock USER ends that, if this user was called there before"
            }
            Limit::Calls(Scope::Number, Window::Day) if purpose.verifies_number() => {
                "a number that nobody has verified is called twice a day at most. Wait, or confirm the user or the number yourself, \
                 when you know that it is theirs"
            }
            limit => limit.advice(),
        }
    }
}

impl Sending {
    /// Starts with a message of this id. The id of a new challenge in `delivery` is not used.
    #[must_use]
    pub fn new(id: u128, delivery: Delivery) -> Self {
        Self::begin(MessageCall { id }, delivery, None)
    }
}

impl Occasion for MessageCall {
    type Started = Sent;
    type Policy = SendPolicy;

    fn rules(policy: &SendPolicy) -> &Rules {
        &policy.rules
    }

    fn decide(&self, rows: &Rows, delivery: &Delivery, policy: &SendPolicy) -> Decision<Sent> {
        let &Delivery { now, number, .. } = delivery;
        if rows.user.messages.is_void(self.id) {
            return Decision::Done(Ok(Sent::Void));
        }
        // This goes before a call that was counted earlier: the denial may have come since.
        if let Some(refusal) = denied(rows, now) {
            return Decision::Done(Err(Failed::Limit(refusal)));
        }
        // Lambda delivers an event again if the function has died. It may have died before the call was placed.
        let of_message = |issued: &Issued| issued.challenge.id == self.id && issued.number == number;
        if let Some(issued) = rows.user.issued.filter(of_message) {
            return match issued.hearing {
                _ if issued.challenge.expired(now) => Decision::Done(Ok(Sent::Void)),
                Hearing::Heard(_) => Decision::Done(Ok(Sent::Called)),
                Hearing::Awaited | Hearing::NotNeeded => Decision::Again(issued),
            };
        }
        if let Some(refusal) = refusal(rows, policy, now) {
            return Decision::Done(Err(Failed::Limit(refusal)));
        }
        let Rules { challenge: ChallengeForm { attempts, digits, validity_seconds, hearing }, .. } = policy.rules;
        let challenge = Challenge::issue(self.id, now, validity_seconds, digits);
        let issued = Issued::new(challenge, number, attempts, hearing);
        let user = rows.user.with_call(issued, &policy.rules, now);
        let user = UserRow { messages: rows.user.messages.with(self.id), ..user };
        Decision::Call(user, rows.number.with_calls(rows.number.calls.with(&policy.number, now)))
    }

    fn called(&self, _: &Rows, _: &Issued, _: &Delivery, _: &SendPolicy) -> Sent {
        Sent::Called
    }

    fn refused(&self, _: &Rows, refusal: Refusal, _: &Delivery, _: &SendPolicy) -> Result<Sent, Failed> {
        Err(Failed::Limit(refusal))
    }
}

/// The refusal while the number is not called for this purpose, since somebody said there that the code is not for them.
fn denied(rows: &Rows, now: u64) -> Option<Refusal> {
    let wait = rows.number.denied_at?.saturating_add(SendPolicy::DENIED_SECONDS).saturating_sub(now);
    (wait > 0).then_some(Refusal { limit: Limit::Denied, retry_after: Some(wait) })
}

/// The limit on calls that keeps the number from being called now. Of several, the one that ends last.
fn refusal(rows: &Rows, policy: &SendPolicy, now: u64) -> Option<Refusal> {
    let of = |scope, calls: Option<(_, u64)>| calls.map(|(window, wait)| (wait, Limit::Calls(scope, window)));
    let user = of(Scope::User, rows.user.calls.retry_after(&policy.rules.calls, now));
    let number = of(Scope::Number, rows.number.calls.retry_after(&policy.number, now));
    let (wait, limit) = [user, number].into_iter().flatten().max_by_key(|&(wait, _)| wait)?;
    Some(Refusal { limit, retry_after: Some(wait) })
}

#[cfg(test)]
mod tests;

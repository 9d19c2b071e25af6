//! One invocation of the create trigger: it issues the challenge and has the call placed.
//!
//! Cognito invokes the trigger once a round. The trigger reads two rows of the ledger, the user's and the number's.
//! `decide` then decides from them: the sign-in joins a call that rings already, a limit refuses it, or there is a new
//! call. If the first round names a device that is trusted, nothing is decided: the device is asked to sign, and nothing is
//! written. A call forgets the devices that are trusted no more.
//!
//! The calls are counted and placed by the state machine of [`calling`](crate::calling), which says what to do.

use crate::calling::{Calling, Occasion};
use crate::device::{Device, DeviceId, DeviceTerms};
use crate::history::{ChallengeResult, DeviceRound, Round, Rounds, SignInLimits};
use crate::ledger::{
    CallRequest, Decision as OfLedger, Devices, Issued, Refusal, Rules, UserRow, decide, has_code, retry_after,
};

pub use crate::calling::{Decision, Delivery, Failed, NotPlaced, Pause, Rows, Step, Written};
pub use round_outcome::RoundOutcome;

mod round_outcome;

/// By how much the clocks of two sandboxes may differ.
const CLOCK_SKEW_SECONDS: u64 = 60;

/// The settings that decide an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// The ledger's rules: form of a challenge, limits on calls, limits on wrong codes.
    pub rules: Rules,
    /// Attempts and calls of one sign-in.
    pub limits: SignInLimits,
    /// For how many days a device is trusted. 0: no device is.
    pub device_days: u32,
}

/// What the client asks for with its latest answer. It can't be trusted.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Another call.
    pub call_again: bool,
    /// To sign with this trusted device instead of a call. Only the first round of a sign-in can.
    pub device: Option<DeviceId>,
}

/// A round starts. It holds the round, for the triggers after this one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RoundStarted {
    /// The user is asked for a code.
    Call {
        /// The round.
        round: Round,
        /// Whether the user was called for it.
        outcome: RoundOutcome,
    },
    /// A trusted device is asked for a signature. Nobody is called.
    Device {
        /// The round.
        round: DeviceRound,
        /// The device.
        device: Device,
    },
}

/// A round between its event and its answer.
pub type Creation = Calling<SignInRound>;

/// A round of a sign-in, which may call the user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SignInRound {
    /// The sign-in's previous round.
    latest: Option<Round>,
    /// The trusted device that may sign in this round, if the user has it.
    device: Option<DeviceId>,
    /// Answers that earlier rounds of the sign-in compared.
    compared: u32,
}

impl Policy {
    /// On which terms a device can be enrolled that was called by this number's hash. `None`: no device can. `now` is in
    /// seconds since the Unix epoch.
    #[must_use]
    pub fn device_terms(&self, number: u64, now: u64) -> Option<DeviceTerms> {
        let seconds = u64::from(self.device_days) * 24 * 60 * 60;
        (seconds > 0).then(|| DeviceTerms { number, expires_at: now.saturating_add(seconds) })
    }

    /// The devices of these that are trusted now, for a number of this hash. None is trusted for longer than one that is
    /// enrolled now would be: so fewer days end the trust in earlier devices too.
    fn trusted<'a>(&self, devices: &'a Devices, number: u64, now: u64) -> impl Iterator<Item = &'a Device> {
        let latest = self.device_terms(number, now).map_or(0, |terms| terms.expires_at);
        devices.trusted(number, now, latest.saturating_add(CLOCK_SKEW_SECONDS))
    }
}

impl Creation {
    /// Starts an invocation. After the first round, a round gets a call only if the user asked for one and the sign-in's
    /// limits grant it. If the latest round is not one of ours, the round counts as the first with a call.
    #[must_use]
    pub fn new(history: &[ChallengeResult], wishes: Wishes, delivery: Delivery, policy: &Policy) -> Self {
        let Wishes { call_again, device } = wishes;
        let rounds = Rounds::of(history);
        let latest = rounds.latest();
        let compared = rounds.attempts_used(call_again, &policy.limits, delivery.now);
        let granted = call_again && rounds.grants_call_again(&policy.limits, delivery.now);
        let device = device.filter(|_| rounds.is_empty() && policy.device_days > 0);
        let known = latest
            .clone()
            .filter(|_| !granted)
            .map(|round| RoundStarted::Call { round, outcome: RoundOutcome::SameCode });
        Self::begin(SignInRound { latest, device, compared }, delivery, known)
    }
}

impl Occasion for SignInRound {
    type Started = RoundStarted;
    type Policy = Policy;

    fn rules(policy: &Policy) -> &Rules {
        &policy.rules
    }

    fn decide(&self, rows: &Rows, delivery: &Delivery, policy: &Policy) -> Decision<RoundStarted> {
        if let Some(started) = self.signing(rows, delivery, policy) {
            return Decision::Done(Ok(started));
        }
        match decide(&rows.user, &rows.number.calls, &self.request(delivery), &policy.rules) {
            OfLedger::Join(refusal) => Decision::Done(self.joined(rows, refusal, delivery, policy)),
            OfLedger::Refuse(refusal) => Decision::Done(Err(Failed::Limit(refusal))),
            OfLedger::Call(user, calls) => {
                let devices = policy.trusted(&user.devices, delivery.number, delivery.now).cloned().collect();
                Decision::Call(UserRow { devices, ..user }, rows.number.with_calls(calls))
            }
        }
    }

    fn called(&self, rows: &Rows, issued: &Issued, delivery: &Delivery, policy: &Policy) -> RoundStarted {
        let round = self.round(rows, issued, None, delivery, policy);
        RoundStarted::Call { round, outcome: RoundOutcome::Called }
    }

    fn refused(
        &self,
        rows: &Rows,
        refusal: Refusal,
        delivery: &Delivery,
        policy: &Policy,
    ) -> Result<RoundStarted, Failed> {
        if has_code(&rows.user, &self.request(delivery)) {
            self.joined(rows, Some(refusal), delivery, policy)
        } else {
            Err(Failed::Limit(refusal))
        }
    }
}

impl SignInRound {
    /// The sign-in goes on with the challenge in the row. `refusal`: the limit that refused another call, if one did.
    fn joined(
        &self,
        rows: &Rows,
        refusal: Option<Refusal>,
        delivery: &Delivery,
        policy: &Policy,
    ) -> Result<RoundStarted, Failed> {
        // `decide` joins only a challenge that is in the row.
        let issued = rows.user.issued.ok_or(Failed::Ledger)?;
        let outcome = refusal.map_or(RoundOutcome::Joined, RoundOutcome::Refused);
        Ok(RoundStarted::Call { round: self.round(rows, &issued, refusal, delivery, policy), outcome })
    }

    /// The round in which the device signs, if the user has it. The locks on the user are not asked.
    fn signing(&self, rows: &Rows, delivery: &Delivery, policy: &Policy) -> Option<RoundStarted> {
        let &Delivery { now, number, callable, new_challenge, .. } = delivery;
        let id = self.device.as_ref().filter(|_| callable)?;
        let device = policy.trusted(&rows.user.devices, number, now).find(|device| device.key.id() == *id)?.clone();
        let round = DeviceRound::issue(new_challenge, now, policy.rules.challenge.validity_seconds);
        Some(RoundStarted::Device { round, device })
    }

    fn request(&self, delivery: &Delivery) -> CallRequest<'_> {
        let &Delivery { now, number, new_challenge: id, .. } = delivery;
        CallRequest { again: self.latest.as_ref(), id, number, now }
    }

    /// The round that starts. `refusal`: the limit that refused its call, if one did.
    fn round(
        &self,
        rows: &Rows,
        issued: &Issued,
        refusal: Option<Refusal>,
        delivery: &Delivery,
        policy: &Policy,
    ) -> Round {
        let now = delivery.now;
        let refusal = refusal.or_else(|| retry_after(&rows.user, &rows.number.calls, &policy.rules.calls, now));
        let (sign_in, calls) =
            self.latest.as_ref().map_or((delivery.new_sign_in, 0), |latest| (latest.sign_in, latest.calls));
        Round {
            challenge: issued.challenge,
            sign_in,
            attempts: self.compared.saturating_add(issued.attempts_left),
            calls: calls.saturating_add(1),
            call: issued.calls,
            call_again_at: refusal.map_or(now, |refusal| refusal.ends_at(now)),
        }
    }
}

#[cfg(test)]
mod tests;

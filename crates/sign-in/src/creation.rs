//! One invocation of the create trigger, as a state machine: it issues the challenge and places the call.
//!
//! Cognito invokes the trigger once a round. The trigger reads two rows of the ledger, the user's and the number's.
//! `decide` then decides from them: the sign-in joins a call that rings already, a limit refuses it, or there is a new
//! call. If the first round names a device that is trusted, nothing is decided: the device is asked to sign, and nothing is
//! written. A call forgets the devices that are trusted no more.
//! A new call is counted first and placed after that. So a function that dies in between has counted a call that
//! never rings, and no call rings uncounted. If Connect certainly did not take the call, the counting is undone.
//!
//! None of that happens here. [`Creation::next`] says which request comes next, the caller makes it, and hands the
//! reply to [`read`](Creation::read), [`written`](Creation::written) or [`dialled`](Creation::dialled). The reply
//! leads to the next step, until [`Step::Done`] holds the answer for Cognito. The function makes the requests on AWS,
//! the simulator on a virtual clock, the model checker in every order and with every reply. All three run the code
//! below, so the order of requests, the retries and the undoing of a call exist once.

use crate::device::{Device, DeviceId, DeviceTerms};
use crate::error::DialErrorKind;
use crate::history::{ChallengeResult, DeviceRound, Round, Rounds, SignInLimits};
use crate::ledger::conflict::MAX_CONFLICTS;
use crate::ledger::{
    CallRequest, CountedCall, Counter, Decision, Devices, Issued, Refusal, Rules, TakenBack, UserRow, decide, has_code,
    retry_after, take_back,
};

pub use round_outcome::RoundOutcome;
pub use rows::{Rows, Written};
pub use step::{Pause, Step};

mod round_outcome;
mod rows;
mod step;

/// By how much the clocks of two sandboxes may differ.
const CLOCK_SKEW_SECONDS: u64 = 60;

/// Attempts to place one call. All have the same client token, so Connect places one call at most.
const MAX_DIALS: u32 = 2;

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

/// One delivery of an event to the trigger. Cognito delivers an event up to three times.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// Seconds since the Unix epoch.
    pub now: u64,
    /// The number to call, by its hash.
    pub number: u64,
    /// Whether there is a number to call. It is false for an unknown user, for whom every request except the call is
    /// made too.
    pub callable: bool,
    /// The counters that bound all calls together. The call counts in each of them.
    pub counters: Vec<Counter>,
    /// 128 random bits: the id of a new challenge, if one is issued.
    pub new_challenge: u128,
    /// 64 random bits: the id of the sign-in, if this is its first round.
    pub new_sign_in: u64,
}

/// An attempt to place a call failed, or its answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotPlaced {
    /// Why Connect did not take the call.
    pub kind: DialErrorKind,
    /// Whether the phone may ring anyway: Connect may have taken the call, and its answer was lost.
    pub may_ring: bool,
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

/// The sign-in ends with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failed {
    /// Connect did not take the call, or may not have taken it.
    Call(NotPlaced),
    /// The ledger could not be read or written.
    Ledger,
    /// A limit refused the call, and there is no code to go on with.
    Limit(Refusal),
}

/// An invocation between its event and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Creation {
    delivery: Delivery,
    /// The sign-in's previous round.
    latest: Option<Round>,
    /// The trusted device that may sign in this round, if the user has it.
    device: Option<DeviceId>,
    /// Answers that earlier rounds of the sign-in compared.
    compared: u32,
    /// Conflicts in a row: other writes came between this invocation's reads and writes.
    conflicts: u32,
    pause: Option<Pause>,
    state: State,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    Reading,
    Counting { read: Box<Rows>, new: Box<Rows> },
    Dialling { issued: Issued, round: Round, dials: u32, may_ring: bool },
    ReadingBack { challenge: u128, reason: NotPlaced },
    CountingBack { challenge: u128, reason: NotPlaced, rows: Box<Rows>, given_back: bool },
    Done(Result<RoundStarted, Failed>),
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
        let state = match &latest {
            Some(round) if !granted => {
                State::Done(Ok(RoundStarted::Call { round: round.clone(), outcome: RoundOutcome::SameCode }))
            }
            _ => State::Reading,
        };
        let device = device.filter(|_| rounds.is_empty() && policy.device_days > 0);
        Self { delivery, latest, device, compared, conflicts: 0, pause: None, state }
    }

    /// The next step. Calling it twice gives the same step.
    #[must_use]
    pub fn next(&self) -> Step<'_> {
        if let Some(pause) = self.pause {
            return Step::Pause(pause);
        }
        let counters = &*self.delivery.counters;
        match &self.state {
            State::Reading | State::ReadingBack { .. } => Step::Read { first: self.conflicts == 0 },
            State::Counting { new, .. } => Step::Count(new, counters),
            State::Dialling { issued, .. } if self.delivery.callable => Step::Dial(issued),
            State::Dialling { .. } => Step::Pretend,
            State::CountingBack { rows, given_back, .. } => {
                Step::CountBack(rows, if *given_back { counters } else { &[] })
            }
            State::Done(answer) => Step::Done(answer),
        }
    }

    /// Takes the rows that [`Step::Read`] asked for.
    pub fn read(&mut self, rows: Rows, policy: &Policy) {
        self.state = match self.state {
            State::Reading if let Some(started) = self.signing(&rows, policy) => State::Done(Ok(started)),
            State::Reading => match decide(&rows.user, &rows.number, &self.request(), &policy.rules) {
                Decision::Join(refusal) => self.joined(&rows, refusal, policy),
                Decision::Refuse(refusal) => State::Done(Err(Failed::Limit(refusal))),
                Decision::Call(user, number) => {
                    let &Delivery { number: called, now, .. } = &self.delivery;
                    let devices = policy.trusted(&user.devices, called, now).cloned().collect();
                    let user = UserRow { devices, ..user };
                    let new = Box::new(Rows { user, number, revisions: rows.revisions });
                    State::Counting { read: Box::new(rows), new }
                }
            },
            State::ReadingBack { challenge, reason } => {
                let attempts = policy.rules.challenge.attempts;
                let call = CountedCall { challenge, at: self.delivery.now, attempts };
                match take_back(&rows.user, &rows.number, &call) {
                    None => State::Done(Err(Failed::Call(reason))),
                    Some(TakenBack { user, number, given_back }) => {
                        let rows = Box::new(Rows { user, number, ..rows });
                        State::CountingBack { challenge, reason, rows, given_back }
                    }
                }
            }
            _ => return,
        };
    }

    /// Takes the result of [`Step::Count`] or [`Step::CountBack`].
    pub fn written(&mut self, written: Written, policy: &Policy) {
        let state = std::mem::replace(&mut self.state, State::Reading);
        self.state = match (state, written) {
            (State::Counting { .. }, Written::Conflict) => self.after_conflict(State::Reading, Failed::Ledger),
            (State::Counting { read, .. }, Written::Full(index)) => self.full(&read, index, policy),
            (State::Counting { new: rows, .. }, Written::Done) => match rows.user.issued {
                Some(issued) => {
                    self.conflicts = 0;
                    let round = self.round(&rows, &issued, None, policy);
                    State::Dialling { issued, round, dials: 0, may_ring: false }
                }
                // `decide` puts a challenge into every row that it counts a call in.
                None => State::Done(Err(Failed::Ledger)),
            },
            (State::CountingBack { reason, .. }, Written::Done) => State::Done(Err(Failed::Call(reason))),
            // Nothing was written. No counter is too full to count back.
            (State::CountingBack { challenge, reason, .. }, Written::Conflict | Written::Full(_)) => {
                self.after_conflict(State::ReadingBack { challenge, reason }, Failed::Call(reason))
            }
            (state, _) => state,
        };
    }

    /// Takes the result of [`Step::Dial`] or [`Step::Pretend`].
    pub fn dialled(&mut self, placed: Result<(), NotPlaced>) {
        let State::Dialling { issued, round, dials, may_ring } = &mut self.state else { return };
        let NotPlaced { kind, may_ring: this_may_ring } = match placed {
            Ok(()) => {
                self.state =
                    State::Done(Ok(RoundStarted::Call { round: round.clone(), outcome: RoundOutcome::Called }));
                return;
            }
            Err(reason) => reason,
        };
        *dials += 1;
        // Connect may refuse the second attempt because it took the first.
        *may_ring |= this_may_ring;
        if kind.passes() && *dials < MAX_DIALS {
            self.pause = Some(Pause::BeforeRedial);
            return;
        }
        let reason = NotPlaced { kind, may_ring: *may_ring };
        self.state = if reason.may_ring {
            State::Done(Err(Failed::Call(reason)))
        } else {
            State::ReadingBack { challenge: issued.challenge.id, reason }
        };
    }

    /// The pause of [`Step::Pause`] is over.
    pub fn waited(&mut self) {
        self.pause = None;
    }

    /// The ledger did not answer, or there was no time left to ask it. A call that could not be taken back stays
    /// counted.
    pub fn unreachable(&mut self) {
        self.pause = None;
        self.state = State::Done(Err(match self.state {
            State::Done(_) => return,
            State::ReadingBack { reason, .. } | State::CountingBack { reason, .. } => Failed::Call(reason),
            _ => Failed::Ledger,
        }));
    }

    /// After a conflict: pauses and continues in the state `again`, or ends with `over` after too many conflicts.
    fn after_conflict(&mut self, again: State, over: Failed) -> State {
        self.conflicts += 1;
        if self.conflicts == MAX_CONFLICTS {
            return State::Done(Err(over));
        }
        self.pause = Some(Pause::AfterConflict(self.conflicts));
        again
    }

    /// A counter is full: the limit on all calls refuses the call, as a limit on the user's calls would.
    fn full(&self, read: &Rows, index: usize, policy: &Policy) -> State {
        let Some(counter) = self.delivery.counters.get(index) else { return State::Done(Err(Failed::Ledger)) };
        let refusal = counter.refusal(self.delivery.now);
        if has_code(&read.user, &self.request()) {
            self.joined(read, Some(refusal), policy)
        } else {
            State::Done(Err(Failed::Limit(refusal)))
        }
    }

    /// The sign-in goes on with the challenge in the row. `refusal`: the limit that refused another call, if one did.
    fn joined(&self, rows: &Rows, refusal: Option<Refusal>, policy: &Policy) -> State {
        State::Done(match rows.user.issued {
            Some(issued) => {
                let outcome = refusal.map_or(RoundOutcome::Joined, RoundOutcome::Refused);
                Ok(RoundStarted::Call { round: self.round(rows, &issued, refusal, policy), outcome })
            }
            // `decide` joins only a challenge that is in the row.
            None => Err(Failed::Ledger),
        })
    }

    /// The round in which the device signs, if the user has it. The locks on the user are not asked.
    fn signing(&self, rows: &Rows, policy: &Policy) -> Option<RoundStarted> {
        let &Delivery { now, number, callable, new_challenge, .. } = &self.delivery;
        let id = self.device.as_ref().filter(|_| callable)?;
        let device = policy.trusted(&rows.user.devices, number, now).find(|device| device.key.id() == *id)?.clone();
        let round = DeviceRound::issue(new_challenge, now, policy.rules.challenge.validity_seconds);
        Some(RoundStarted::Device { round, device })
    }

    fn request(&self) -> CallRequest<'_> {
        let &Delivery { now, number, new_challenge: id, .. } = &self.delivery;
        CallRequest { again: self.latest.as_ref(), id, number, now }
    }

    /// The round that starts. `refusal`: the limit that refused its call, if one did.
    fn round(&self, rows: &Rows, issued: &Issued, refusal: Option<Refusal>, policy: &Policy) -> Round {
        let now = self.delivery.now;
        let refusal = refusal.or_else(|| retry_after(&rows.user, &rows.number, &policy.rules.calls, now));
        let (sign_in, calls) =
            self.latest.as_ref().map_or((self.delivery.new_sign_in, 0), |latest| (latest.sign_in, latest.calls));
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

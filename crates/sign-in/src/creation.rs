//! One invocation of the create trigger, as a state machine. Pure.
//!
//! [`Creation::next`] says what to ask of the ledger or of Connect, and [`read`](Creation::read),
//! [`written`](Creation::written), [`dialled`](Creation::dialled) and the others take the reply. Each reply leads to the next
//! step, up to [`Step::Done`], which has what Cognito is answered. So the order of the requests, what is tried again and
//! what is taken back are decided here, and nowhere else: the function makes the requests on AWS, the simulator on a
//! virtual clock, and the model checker in every order and with every reply.
//!
//! Both rows are read, [`decide`] says whether the user is called, and a call is counted before it is placed: a function that dies
//! in between has counted a call that nobody gets, and never placed one that nobody counted. A write that another write
//! comes between starts again with reading. A call that Connect certainly did not take is taken back in the same way.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use crate::error::DialErrorKind;
use crate::history::{ChallengeResult, Round, Rounds, SignInLimits};
use crate::ledger::call::{Rules, retry_after};
use crate::ledger::conflict::{MAX_CONFLICTS, pause_before};
use crate::ledger::{
    CallRequest, CallTimes, CountedCall, Counter, Decision, Issued, Refusal, TakenBack, UserRow, decide, has_code,
    take_back,
};

pub use round_outcome::RoundOutcome;

mod round_outcome;

/// Attempts to place one call. All have the same client token, so that Connect places one call at most.
pub const MAX_DIALS: u32 = 2;

/// From an attempt to place a call to the next one.
const REDIAL_PAUSE: Duration = Duration::from_millis(300);

/// The settings that an invocation is decided by.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// What the ledger decides by.
    pub rules: Rules,
    /// What a sign-in may use up.
    pub limits: SignInLimits,
}

/// One delivery of an event to the trigger.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// Seconds since the Unix epoch.
    pub now: u64,
    /// The number to call, by its hash.
    pub number: u64,
    /// Whether there is somebody to call. For an unknown user all requests are the same, but for the call.
    pub callable: bool,
    /// What a call counts in besides the two rows.
    pub counters: Vec<Counter>,
    /// The id of a new challenge, if there is to be one: 128 random bits.
    pub new_challenge: u128,
    /// The id of the sign-in, if it begins with this round: 64 random bits.
    pub new_sign_in: u64,
}

/// The user's row, the calls to the number, and which state of each was read. `None` is a row that is not there; each
/// write makes another state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The user's row.
    pub user: UserRow,
    /// The calls to the number.
    pub number: CallTimes,
    /// The states of both.
    pub revisions: (Option<u64>, Option<u64>),
}

/// What came of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Another write came between: nothing was written.
    Conflict,
    /// All was written.
    Done,
    /// The counter of this index has no room: nothing was written.
    Full(usize),
}

/// What to do next.
#[derive(Debug)]
pub enum Step<'a> {
    /// Read both rows. The reply goes to [`Creation::read`].
    Read {
        /// The time that the ledger has starts now: [`TIMEOUT`](crate::ledger::conflict::TIMEOUT) for this request and those
        /// that follow until the ledger is done.
        first: bool,
    },
    /// Replace both rows if they are as they were read, and count one more in each counter that has room: all of it or
    /// nothing. The reply goes to [`Creation::written`].
    Count(&'a Rows, &'a [Counter]),
    /// Replace both rows if they are as they were read, and count one less in each counter: all of it or nothing. The
    /// reply goes to [`Creation::written`].
    CountBack(&'a Rows, &'a [Counter]),
    /// Place the latest call of this challenge. The reply goes to [`Creation::dialled`].
    Dial(&'a Issued),
    /// Place no call, and take as long. [`Creation::dialled`] is told that it was placed.
    Pretend,
    /// Wait. Then [`Creation::waited`] is told so.
    Pause(Pause),
    /// Answer Cognito.
    Done(&'a Result<RoundStarted, Failed>),
}

/// What a pause is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pause {
    /// So many writes were tried, and others came between.
    AfterConflict(u32),
    /// Connect did not take the call, and may take it the next time.
    BeforeRedial,
}

/// An attempt to place a call that came to nothing, or seems to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NotPlaced {
    /// What kept Connect from taking it.
    pub kind: DialErrorKind,
    /// Whether the phone may ring all the same: Connect may have taken the call, and its answer was lost.
    pub may_ring: bool,
}

/// The user is asked for a code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoundStarted {
    /// The round that starts.
    pub round: Round,
    /// What was done for it.
    pub outcome: RoundOutcome,
}

/// The sign-in ends with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failed {
    /// Connect did not take the call, or may not have taken it.
    Call(NotPlaced),
    /// The ledger could not be read or written.
    Ledger,
    /// This limit refused the call.
    Limit(Refusal),
}

/// An invocation, somewhere between its event and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Creation {
    delivery: Delivery,
    /// The round before.
    latest: Option<Round>,
    /// Answers that were compared in the sign-in before.
    compared: u32,
    /// Writes of the present kind that others came between.
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

impl Creation {
    /// Begins. A round that is not the sign-in's first asks for a call only if the user did and may have one.
    #[must_use]
    pub fn new(history: &[ChallengeResult], call_again: bool, delivery: Delivery, policy: &Policy) -> Self {
        let rounds = Rounds::of(history);
        let latest = rounds.latest();
        let compared = rounds.attempts_used(call_again, &policy.limits, delivery.now);
        let granted = call_again && rounds.grants_call_again(&policy.limits, delivery.now);
        let state = match &latest {
            Some(round) if !granted => {
                State::Done(Ok(RoundStarted { round: round.clone(), outcome: RoundOutcome::SameCode }))
            }
            _ => State::Reading,
        };
        Self { delivery, latest, compared, conflicts: 0, pause: None, state }
    }

    /// What to do next. To ask again changes nothing.
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

    /// The rows were read.
    pub fn read(&mut self, rows: Rows, policy: &Policy) {
        self.state = match self.state {
            State::Reading => match decide(&rows.user, &rows.number, &self.request(), &policy.rules) {
                Decision::Join(refusal) => self.joined(&rows, refusal, policy),
                Decision::Refuse(refusal) => State::Done(Err(Failed::Limit(refusal))),
                Decision::Call(user, number) => {
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

    /// A write was tried.
    pub fn written(&mut self, written: Written, policy: &Policy) {
        let state = std::mem::replace(&mut self.state, State::Reading);
        self.state = match (state, written) {
            (State::Counting { .. }, Written::Conflict) => self.after_conflict(State::Reading, Failed::Ledger),
            (State::Counting { read, .. }, Written::Full(index)) => self.full(&read, index, policy),
            (State::Counting { new: rows, .. }, Written::Done) => match rows.user.issued {
                Some(issued) => {
                    let round = self.round(&rows, &issued, None, policy);
                    State::Dialling { issued, round, dials: 0, may_ring: false }
                }
                // A call is counted for a challenge, always.
                None => State::Done(Err(Failed::Ledger)),
            },
            (State::CountingBack { challenge, reason, .. }, Written::Conflict) => {
                self.after_conflict(State::ReadingBack { challenge, reason }, Failed::Call(reason))
            }
            (State::CountingBack { reason, .. }, _) => State::Done(Err(Failed::Call(reason))),
            (state, _) => state,
        };
        if written != Written::Conflict {
            self.conflicts = 0;
        }
    }

    /// Connect has answered an attempt to place the call, or has not in time.
    pub fn dialled(&mut self, placed: Result<(), NotPlaced>) {
        let State::Dialling { issued, round, dials, may_ring } = &mut self.state else { return };
        let NotPlaced { kind, may_ring: this_may_ring } = match placed {
            Ok(()) => {
                self.state = State::Done(Ok(RoundStarted { round: round.clone(), outcome: RoundOutcome::Called }));
                return;
            }
            Err(reason) => reason,
        };
        *dials += 1;
        // The second attempt may be refused because the first was taken.
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

    /// The pause is over.
    pub fn waited(&mut self) {
        self.pause = None;
    }

    /// The ledger was out of reach, or had no time left. A call that could not be taken back stays counted: that errs on
    /// the safe side.
    pub fn unreachable(&mut self) {
        self.pause = None;
        self.state = State::Done(Err(match self.state {
            State::ReadingBack { reason, .. } | State::CountingBack { reason, .. } => Failed::Call(reason),
            _ => Failed::Ledger,
        }));
    }

    /// Where a write that others came between goes on, or how it ends when that has happened too often.
    fn after_conflict(&mut self, again: State, over: Failed) -> State {
        self.conflicts += 1;
        if self.conflicts == MAX_CONFLICTS {
            return State::Done(Err(over));
        }
        self.pause = Some(Pause::AfterConflict(self.conflicts));
        again
    }

    /// This counter has no room: a limit on all calls refuses the call, as one on the user's calls would have.
    fn full(&self, read: &Rows, index: usize, policy: &Policy) -> State {
        let Some(counter) = self.delivery.counters.get(index) else { return State::Done(Err(Failed::Ledger)) };
        let refusal = counter.refusal(self.delivery.now);
        if has_code(&read.user, &self.request()) {
            self.joined(read, Some(refusal), policy)
        } else {
            State::Done(Err(Failed::Limit(refusal)))
        }
    }

    /// The sign-in goes on with the challenge that is in the row.
    fn joined(&self, rows: &Rows, refusal: Option<Refusal>, policy: &Policy) -> State {
        State::Done(match rows.user.issued {
            Some(issued) => {
                let outcome = refusal.map_or(RoundOutcome::Joined, RoundOutcome::Refused);
                Ok(RoundStarted { round: self.round(rows, &issued, refusal, policy), outcome })
            }
            // Who joins, joins a challenge.
            None => Err(Failed::Ledger),
        })
    }

    fn request(&self) -> CallRequest<'_> {
        let &Delivery { now, number, new_challenge: id, .. } = &self.delivery;
        CallRequest { again: self.latest.as_ref(), id, number, now }
    }

    /// The round that starts. `refusal`: of its call.
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

impl Pause {
    /// How long it is. `random`: which part of the longest pause after a conflict.
    #[must_use]
    pub fn duration(self, random: u32) -> Duration {
        match self {
            Self::AfterConflict(conflicts) => pause_before(conflicts, random),
            Self::BeforeRedial => REDIAL_PAUSE,
        }
    }
}

/// Without the revisions: for a model checker, rows of the same content are alike.
impl Hash for Rows {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.user, &self.number).hash(state);
    }
}

#[cfg(test)]
mod tests;

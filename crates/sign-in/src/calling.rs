//! Counts a call in the ledger and places it, as a state machine.
//!
//! It reads two rows of the ledger. What the call is for, an [`Occasion`], decides from them whether there is one. A call is
//! counted first and placed after that. So a function that dies in between has counted a call that never rings, and no call
//! rings uncounted. If Connect certainly did not take the call, the counting is undone.
//!
//! None of that happens here. [`Calling::next`] says which request comes next, the caller makes it, and hands the reply to
//! [`read`](Calling::read), [`written`](Calling::written) or [`dialled`](Calling::dialled). The reply leads to the next step,
//! until [`Step::Done`] says how it ended. The function makes the requests on AWS, the simulator on a virtual clock, the
//! model checker in every order and with every reply. All three run the code below, so the order of requests, the retries
//! and the undoing of a call exist once.

use std::fmt::Debug;
use std::hash::Hash;

use crate::error::DialErrorKind;
use crate::ledger::conflict::MAX_CONFLICTS;
use crate::ledger::{CountedCall, Counter, Issued, NumberRow, Refusal, Rules, TakenBack, UserRow, take_back};

pub use rows::{Rows, Written};
pub use step::{Pause, Step};

mod rows;
mod step;

/// Attempts to place one call. All have the same client token, so Connect places one call at most.
const MAX_DIALS: u32 = 2;

/// What a call is for. It decides whether there is one, and says what has started once it is placed.
pub trait Occasion: Clone + Debug + PartialEq + Eq + Hash {
    /// What has started.
    type Started: Clone + Debug + PartialEq + Eq + Hash;
    /// The settings that decide.
    type Policy;

    /// The ledger's rules among the settings.
    fn rules(policy: &Self::Policy) -> &Rules;

    /// Decides from the rows.
    fn decide(&self, rows: &Rows, delivery: &Delivery, policy: &Self::Policy) -> Decision<Self::Started>;

    /// What has started with the call of this challenge, which was counted in these rows.
    fn called(&self, rows: &Rows, issued: &Issued, delivery: &Delivery, policy: &Self::Policy) -> Self::Started;

    /// What becomes of it if a limit on the calls of all users refuses the call. The rows are as they were read.
    fn refused(
        &self,
        rows: &Rows,
        refusal: Refusal,
        delivery: &Delivery,
        policy: &Self::Policy,
    ) -> Result<Self::Started, Failed>;
}

/// What the rows lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Decision<S> {
    /// It ends without a new call.
    Done(Result<S, Failed>),
    /// A call is placed after these are written: the user's row and the number's.
    Call(UserRow, NumberRow),
    /// The call of this challenge was counted by an earlier delivery of the event. It is placed with the same client token.
    Again(Issued),
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
    /// The counters that bound all calls together. The call counts in a row of each of them.
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

/// It ends with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failed {
    /// Connect did not take the call, or may not have taken it.
    Call(NotPlaced),
    /// The ledger could not be read or written.
    Ledger,
    /// A limit refused the call, and there is no code to go on with.
    Limit(Refusal),
}

/// A call between what asks for it and its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Calling<O: Occasion> {
    delivery: Delivery,
    occasion: O,
    /// Conflicts in a row: other writes came between this invocation's reads and writes.
    conflicts: u32,
    pause: Option<Pause>,
    state: State<O::Started>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State<S> {
    Reading,
    Counting { read: Box<Rows>, new: Box<Rows> },
    Dialling { issued: Issued, started: S, dials: u32, may_ring: bool },
    ReadingBack { challenge: u128, reason: NotPlaced },
    CountingBack { challenge: u128, reason: NotPlaced, rows: Box<Rows>, given_back: bool },
    Done(Result<S, Failed>),
}

impl<O: Occasion> Calling<O> {
    /// Starts with an event. `known`: what has started already, so that no rows are read.
    pub(crate) fn begin(occasion: O, delivery: Delivery, known: Option<O::Started>) -> Self {
        let state = known.map_or(State::Reading, |started| State::Done(Ok(started)));
        Self { delivery, occasion, conflicts: 0, pause: None, state }
    }

    /// The next step. Calling it twice gives the same step.
    #[must_use]
    pub fn next(&self) -> Step<'_, O::Started> {
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
    pub fn read(&mut self, rows: Rows, policy: &O::Policy) {
        self.state = match self.state {
            State::Reading => match self.occasion.decide(&rows, &self.delivery, policy) {
                Decision::Done(answer) => State::Done(answer),
                // The earlier delivery may have placed it.
                Decision::Again(issued) => self.dialling(&rows, issued, true, policy),
                Decision::Call(user, number) => {
                    let new = Box::new(Rows { user, number, revisions: rows.revisions });
                    State::Counting { read: Box::new(rows), new }
                }
            },
            State::ReadingBack { challenge, reason } => {
                let attempts = O::rules(policy).challenge.attempts;
                let call = CountedCall { challenge, at: self.delivery.now, attempts };
                match take_back(&rows.user, &rows.number.calls, &call) {
                    None => State::Done(Err(Failed::Call(reason))),
                    Some(TakenBack { user, number, given_back }) => {
                        let number = rows.number.with_calls(number);
                        let rows = Box::new(Rows { user, number, ..rows });
                        State::CountingBack { challenge, reason, rows, given_back }
                    }
                }
            }
            _ => return,
        };
    }

    /// Takes the result of [`Step::Count`] or [`Step::CountBack`].
    pub fn written(&mut self, written: Written, policy: &O::Policy) {
        let state = std::mem::replace(&mut self.state, State::Reading);
        self.state = match (state, written) {
            (State::Counting { .. }, Written::Conflict) => self.after_conflict(State::Reading, Failed::Ledger),
            (State::Counting { read, new }, Written::Full(index)) => self.full(read, new, index, policy),
            (State::Counting { new: rows, .. }, Written::Done) => match rows.user.issued {
                Some(issued) => {
                    self.conflicts = 0;
                    self.dialling(&rows, issued, false, policy)
                }
                // A decision puts a challenge into every row that it counts a call in.
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
        let State::Dialling { issued, started, dials, may_ring } = &mut self.state else { return };
        let NotPlaced { kind, may_ring: this_may_ring } = match placed {
            Ok(()) => {
                self.state = State::Done(Ok(started.clone()));
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
    fn after_conflict(&mut self, again: State<O::Started>, over: Failed) -> State<O::Started> {
        self.conflicts += 1;
        if self.conflicts == MAX_CONFLICTS {
            return State::Done(Err(over));
        }
        self.pause = Some(Pause::AfterConflict(self.conflicts));
        again
    }

    fn dialling(&self, rows: &Rows, issued: Issued, may_ring: bool, policy: &O::Policy) -> State<O::Started> {
        let started = self.occasion.called(rows, &issued, &self.delivery, policy);
        State::Dialling { issued, started, dials: 0, may_ring }
    }

    /// The row of a counter is full. The call tries another, or the counter's limit refuses it.
    fn full(&mut self, read: Box<Rows>, new: Box<Rows>, index: usize, policy: &O::Policy) -> State<O::Started> {
        let Some(counter) = self.delivery.counters.get_mut(index) else { return State::Done(Err(Failed::Ledger)) };
        if counter.try_next() {
            return State::Counting { read, new };
        }
        let refusal = counter.refusal(self.delivery.now);
        State::Done(self.occasion.refused(&read, refusal, &self.delivery, policy))
    }
}

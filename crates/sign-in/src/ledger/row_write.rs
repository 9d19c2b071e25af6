//! One conditional write of a user's row, as a state machine.
//!
//! The row must still allow the write. The rule is [`UserRow::judge`] for an answer, [`UserRow::hear`] for a call that
//! asks for the code, [`UserRow::deny`] for one that denies the sign-in, and [`UserRow::use_device`] for the signature of a
//! trusted device. The database checks the rule in the
//! condition of the write. If the condition fails, the row that came back says why.
//!
//! [`RowWrite::next`] says what to do, and the caller does it, as in [`creation`](crate::creation).

use super::conflict::MAX_CONFLICTS;
use super::{FailureLimits, UserRow};

/// What one conditional write counts in a user's row.
pub trait Attempt {
    /// What became of it.
    type Verdict: Copy;

    /// The verdict once it is written.
    fn accepted(&self) -> Self::Verdict;

    /// The verdict by this row, and the row as it is afterwards. `None`: the row does not allow the write.
    fn judge(&self, row: &UserRow, limits: &FailureLimits) -> (Self::Verdict, Option<UserRow>);
}

/// What the caller of [`RowWrite`] does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a, A: Attempt> {
    /// Write what this attempt changes in the user's row, if the row allows it. The reply goes to
    /// [`RowWrite::written`].
    Write(&'a A),
    /// Pause after this many conflicts, for as long as [`pause_before`](super::conflict::pause_before) says. Then call
    /// [`RowWrite::waited`].
    Pause(u32),
    /// Answer.
    Done(Result<A::Verdict, Failed>),
}

/// The result of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Written {
    /// Another write used the row at the same time: nothing was written.
    Conflict,
    /// It was written.
    Done,
    /// The row does not allow it. This is the row; `None` if there is none.
    Refused(Option<UserRow>),
}

/// Why there is no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failed {
    /// The row was not written although its rule allows it. The condition in the database differs from the rule here,
    /// or the row was not written by this program.
    Disagreement,
    /// The ledger could not be written.
    Ledger,
}

/// An attempt between its event and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RowWrite<A: Attempt> {
    attempt: A,
    conflicts: u32,
    paused: bool,
    done: Option<Result<A::Verdict, Failed>>,
}

impl<A: Attempt> RowWrite<A> {
    /// Starts with an attempt.
    #[must_use]
    pub fn new(attempt: A) -> Self {
        Self { attempt, conflicts: 0, paused: false, done: None }
    }

    /// The same, if this verdict is known. Then the ledger need not be asked.
    pub(crate) fn known(self, verdict: Option<A::Verdict>) -> Self {
        Self { done: verdict.map(Ok), ..self }
    }

    /// What is to be written.
    pub(crate) fn attempt(&self) -> &A {
        &self.attempt
    }

    /// The next step. Calling it twice gives the same step.
    #[must_use]
    pub fn next(&self) -> Step<'_, A> {
        match self.done {
            Some(done) => Step::Done(done),
            None if self.paused => Step::Pause(self.conflicts),
            None => Step::Write(&self.attempt),
        }
    }

    /// Takes the result of [`Step::Write`].
    pub fn written(&mut self, written: Written, limits: &FailureLimits) {
        if self.done.is_some() {
            return;
        }
        self.done = match written {
            Written::Done => Some(Ok(self.attempt.accepted())),
            Written::Refused(row) => Some(match self.attempt.judge(&row.unwrap_or_default(), limits) {
                (verdict, None) => Ok(verdict),
                (_, Some(_)) => Err(Failed::Disagreement),
            }),
            Written::Conflict => {
                self.conflicts += 1;
                self.paused = true;
                (self.conflicts == MAX_CONFLICTS).then_some(Err(Failed::Ledger))
            }
        };
    }

    /// The pause of [`Step::Pause`] is over.
    pub fn waited(&mut self) {
        self.paused = false;
    }

    /// The ledger did not answer, or there was no time left to ask it.
    pub fn unreachable(&mut self) {
        self.done.get_or_insert(Err(Failed::Ledger));
    }
}

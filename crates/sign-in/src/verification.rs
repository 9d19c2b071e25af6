//! One answer of a user, as a state machine. Pure.
//!
//! An answer is judged by one conditional write: the condition is that the row still allows a comparison
//! ([`UserRow::answer`] says when), and the write takes the comparison into account. So an answer is told to be right or wrong
//! only once that is written. [`Verification::next`] says what to do, as in [`creation`](crate::creation).

use crate::history::Round;
use crate::ledger::conflict::MAX_CONFLICTS;
use crate::ledger::{Answer, FailureLimits, UserRow, Verdict};

pub use compare::{CALL_AGAIN, compare};

mod compare;

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Write what this answer changes in the user's row, if the row allows it. The reply goes to
    /// [`Verification::written`].
    Write(&'a Answer),
    /// So many writes were tried, and others came between: wait
    /// ([`pause_before`](crate::ledger::conflict::pause_before)). Then [`Verification::waited`] is told so.
    Pause(u32),
    /// Answer Cognito.
    Done(Result<Verdict, Failed>),
}

/// What came of the write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Another write came between: nothing was written.
    Conflict,
    /// It was written.
    Done,
    /// The row does not allow it, and is this one. `None`: there is no row.
    Refused(Option<UserRow>),
}

/// Why there is no verdict. The sign-in ends with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failed {
    /// The row was not written, and by [`UserRow::answer`] it should have been: what the database was asked is not what is
    /// decided here, or the row is not ours.
    Disagreement,
    /// The ledger could not be written.
    Ledger,
}

/// An answer, somewhere between its event and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Verification {
    answer: Answer,
    conflicts: u32,
    paused: bool,
    done: Option<Result<Verdict, Failed>>,
}

impl Verification {
    /// Begins. `is_right` compares the answer with the code, and is not asked once the code has expired. `now` is in
    /// seconds since the Unix epoch.
    #[must_use]
    pub fn new(round: &Round, now: u64, is_right: impl FnOnce() -> bool) -> Self {
        let &Round { challenge, sign_in, .. } = round;
        // The ledger would say so too, but need not be asked.
        let expired = challenge.expired(now);
        let answer = Answer { challenge: challenge.id, sign_in, right: !expired && is_right(), now };
        Self { answer, conflicts: 0, paused: false, done: expired.then_some(Ok(Verdict::Expired)) }
    }

    /// What to do next. To ask again changes nothing.
    #[must_use]
    pub fn next(&self) -> Step<'_> {
        match self.done {
            Some(done) => Step::Done(done),
            None if self.paused => Step::Pause(self.conflicts),
            None => Step::Write(&self.answer),
        }
    }

    /// The write was tried.
    pub fn written(&mut self, written: Written, limits: &FailureLimits) {
        if self.done.is_some() {
            return;
        }
        self.done = match written {
            Written::Done => Some(Ok(if self.answer.right { Verdict::Right } else { Verdict::Wrong })),
            Written::Refused(row) => Some(match row.unwrap_or_default().answer(&self.answer, limits) {
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

    /// The pause is over.
    pub fn waited(&mut self) {
        self.paused = false;
    }

    /// The ledger was out of reach, or had no time left.
    pub fn unreachable(&mut self) {
        self.done.get_or_insert(Err(Failed::Ledger));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Challenge, Digits};
    use crate::ledger::Issued;

    const NOW: u64 = 1_000;
    const LIMITS: FailureLimits = FailureLimits { lockout: 10, lockout_seconds: 900, max: 100 };

    fn round() -> Round {
        let challenge = Challenge::issue(1, NOW, 300, Digits::default());
        Round { challenge, sign_in: 9, attempts: 3, calls: 1, call: 1, call_again_at: NOW }
    }

    fn row() -> UserRow {
        let challenge = round().challenge;
        let issued = Issued { challenge, number: 5, attempts_left: 3, calls: 1, refused: 0, used: None };
        UserRow { issued: Some(issued), ..UserRow::default() }
    }

    #[test]
    fn an_answer_counts_for_its_challenge_and_its_sign_in() {
        for right in [true, false] {
            let verification = Verification::new(&round(), NOW, || right);
            let answer = Answer { challenge: 1, sign_in: 9, right, now: NOW };
            assert_eq!(verification.next(), Step::Write(&answer));
        }
    }

    /// Invariant 3, as far as time goes.
    #[test]
    fn invariant_3_an_expired_code_is_not_compared() {
        assert!(matches!(Verification::new(&round(), NOW + 299, || true).next(), Step::Write(_)));
        let late = Verification::new(&round(), NOW + 300, || panic!("it is compared"));
        assert_eq!(late.next(), Step::Done(Ok(Verdict::Expired)));
    }

    #[test]
    fn the_verdict_is_told_once_it_is_written() {
        for (right, verdict) in [(true, Verdict::Right), (false, Verdict::Wrong)] {
            let mut verification = Verification::new(&round(), NOW, || right);
            verification.written(Written::Done, &LIMITS);
            assert_eq!(verification.next(), Step::Done(Ok(verdict)));
            // What comes later changes nothing.
            verification.unreachable();
            verification.written(Written::Refused(None), &LIMITS);
            assert_eq!(verification.next(), Step::Done(Ok(verdict)));
        }
    }

    #[test]
    fn the_row_says_why_it_does_not_allow_an_answer() {
        let used_up = Issued { attempts_left: 0, ..row().issued.unwrap() };
        for (row, done) in [
            (None, Ok(Verdict::Replaced)),
            (Some(UserRow { issued: Some(used_up), ..row() }), Ok(Verdict::AttemptsUsedUp)),
            (Some(row()), Err(Failed::Disagreement)),
        ] {
            let mut verification = Verification::new(&round(), NOW, || true);
            verification.written(Written::Refused(row), &LIMITS);
            assert_eq!(verification.next(), Step::Done(done));
        }
    }

    #[test]
    fn after_a_conflict_it_waits_and_tries_again_eight_times_in_all() {
        let mut verification = Verification::new(&round(), NOW, || true);
        for conflict in 1..MAX_CONFLICTS {
            verification.written(Written::Conflict, &LIMITS);
            assert_eq!(verification.next(), Step::Pause(conflict));
            verification.waited();
            assert!(matches!(verification.next(), Step::Write(_)));
        }
        verification.written(Written::Conflict, &LIMITS);
        assert_eq!(verification.next(), Step::Done(Err(Failed::Ledger)));
    }

    #[test]
    fn a_ledger_out_of_reach_gives_no_verdict() {
        let mut verification = Verification::new(&round(), NOW, || true);
        verification.unreachable();
        assert_eq!(verification.next(), Step::Done(Err(Failed::Ledger)));
    }
}

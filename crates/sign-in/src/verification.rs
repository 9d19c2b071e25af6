//! One invocation of the verify trigger, as a state machine: it judges an answer.
//!
//! The answer is compared with the code first, but the result is withheld. It becomes a [`CodeAttempt`], which one
//! conditional write counts in the user's row: the row must still allow a comparison, as [`UserRow::judge`] says. The
//! answer counts as right or wrong only once that is written. So parallel answers can't get more comparisons than the
//! attempts allow. If the condition fails, the row that came back says why.
//!
//! [`Verification::next`] says what to do, and the caller does it, as in [`creation`](crate::creation).

use crate::history::Round;
use crate::ledger::conflict::MAX_CONFLICTS;
use crate::ledger::{CodeAttempt, FailureLimits, UserRow, Verdict};

pub use compare::{CALL_AGAIN, compare};

mod compare;

/// What the caller of [`Verification`] does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Write what this attempt changes in the user's row, if the row allows it. The reply goes to
    /// [`Verification::written`].
    Write(&'a CodeAttempt),
    /// Pause after this many conflicts, for as long as [`pause_before`](crate::ledger::conflict::pause_before) says.
    /// Then call [`Verification::waited`].
    Pause(u32),
    /// Answer Cognito.
    Done(Result<Verdict, Failed>),
}

/// The result of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Another write used the row at the same time: nothing was written.
    Conflict,
    /// It was written.
    Done,
    /// The row does not allow it. This is the row; `None` if there is none.
    Refused(Option<UserRow>),
}

/// Why there is no verdict. The sign-in ends with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failed {
    /// The row was not written although [`UserRow::judge`] allows it. The condition in the database differs from the
    /// rule here, or the row was not written by this program.
    Disagreement,
    /// The ledger could not be written.
    Ledger,
}

/// An answer between its event and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Verification {
    attempt: CodeAttempt,
    conflicts: u32,
    paused: bool,
    done: Option<Result<Verdict, Failed>>,
}

impl Verification {
    /// Starts with an answer for this round. `is_right` compares it with the code, and is not called once the code has
    /// expired. `now` is in seconds since the Unix epoch.
    #[must_use]
    pub fn new(round: &Round, now: u64, is_right: impl FnOnce() -> bool) -> Self {
        let &Round { challenge, sign_in, .. } = round;
        // The ledger would give the same verdict, but need not be asked.
        let expired = challenge.expired(now);
        let attempt = CodeAttempt { challenge: challenge.id, sign_in, right: !expired && is_right(), now };
        Self { attempt, conflicts: 0, paused: false, done: expired.then_some(Ok(Verdict::Expired)) }
    }

    /// The next step. Calling it twice gives the same step.
    #[must_use]
    pub fn next(&self) -> Step<'_> {
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
            Written::Done => Some(Ok(if self.attempt.right { Verdict::Right } else { Verdict::Wrong })),
            Written::Refused(row) => Some(match row.unwrap_or_default().judge(&self.attempt, limits) {
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
            let attempt = CodeAttempt { challenge: 1, sign_in: 9, right, now: NOW };
            assert_eq!(verification.next(), Step::Write(&attempt));
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
            // Later results change nothing.
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

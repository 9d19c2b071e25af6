//! One invocation of the verify trigger, as a state machine: it judges an answer.
//!
//! The answer is compared with the code first, but the result is withheld. It becomes a [`CodeAttempt`], which one
//! conditional write counts in the user's row: the row must still allow a comparison, as [`UserRow::judge`](crate::ledger::UserRow::judge) says. The
//! answer counts as right or wrong only once that is written. So parallel answers can't get more comparisons than the
//! attempts allow. If the condition fails, the row that came back says why.
//!
//! [`Verification::next`] says what to do, and the caller does it, as in [`creation`](crate::creation).

use crate::history::Round;
use crate::ledger::row_write::RowWrite;
use crate::ledger::{ClientId, CodeAttempt, Verdict};

pub use crate::ledger::row_write::{Failed, Step, Written};
pub use compare::{CALL_AGAIN, compare};

mod compare;

/// An answer between its event and its verdict.
pub type Verification = RowWrite<CodeAttempt>;

impl Verification {
    /// Starts with an answer for this round, on this app client. `is_right` compares it with the code, and is not called
    /// once the code has expired. `now` is in seconds since the Unix epoch.
    #[must_use]
    pub fn of_answer(round: &Round, client: Option<ClientId>, now: u64, is_right: impl FnOnce() -> bool) -> Self {
        let &Round { challenge, sign_in, .. } = round;
        // The ledger would give the same verdict, but need not be asked.
        let expired = challenge.expired(now);
        let attempt = CodeAttempt { challenge: challenge.id, sign_in, client, right: !expired && is_right(), now };
        Self::new(attempt).known(expired.then_some(Verdict::Expired))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Challenge, Digits};
    use crate::ledger::conflict::MAX_CONFLICTS;
    use crate::ledger::{FailureLimits, Hearing, Issued, UserRow};

    const NOW: u64 = 1_000;
    const LIMITS: FailureLimits = FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 900 };

    fn round() -> Round {
        let challenge = Challenge::issue(1, NOW, 300, Digits::default());
        Round { challenge, sign_in: 9, attempts: 3, calls: 1, call: 1, call_again_at: NOW }
    }

    fn row() -> UserRow {
        let challenge = round().challenge;
        let issued = Issued { calls: 1, ..Issued::new(challenge, 5, 3, Hearing::NotNeeded) };
        UserRow { issued: Some(issued), ..UserRow::default() }
    }

    #[test]
    fn an_answer_counts_for_its_challenge_and_its_sign_in() {
        for right in [true, false] {
            let client = ClientId::parse("app");
            let verification = Verification::of_answer(&round(), client.clone(), NOW, || right);
            let attempt = CodeAttempt { challenge: 1, sign_in: 9, client, right, now: NOW };
            assert_eq!(verification.next(), Step::Write(&attempt));
        }
    }

    /// Invariant 3, as far as time goes.
    #[test]
    fn invariant_3_an_expired_code_is_not_compared() {
        assert!(matches!(Verification::of_answer(&round(), None, NOW + 299, || true).next(), Step::Write(_)));
        let late = Verification::of_answer(&round(), None, NOW + 300, || panic!("it is compared"));
        assert_eq!(late.next(), Step::Done(Ok(Verdict::Expired)));
    }

    #[test]
    fn the_verdict_is_told_once_it_is_written() {
        for (right, verdict) in [(true, Verdict::Right), (false, Verdict::Wrong)] {
            let mut verification = Verification::of_answer(&round(), None, NOW, || right);
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
            let mut verification = Verification::of_answer(&round(), None, NOW, || true);
            verification.written(Written::Refused(row), &LIMITS);
            assert_eq!(verification.next(), Step::Done(done));
        }
    }

    #[test]
    fn after_a_conflict_it_waits_and_tries_again_eight_times_in_all() {
        let mut verification = Verification::of_answer(&round(), None, NOW, || true);
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
        let mut verification = Verification::of_answer(&round(), None, NOW, || true);
        verification.unreachable();
        assert_eq!(verification.next(), Step::Done(Err(Failed::Ledger)));
    }
}

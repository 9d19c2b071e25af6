//! The user says in a call that they are not signing in.
//!
//! Then somebody else started the sign-in, and may know the password. So its code is no longer good, and the user is not
//! called for a while: [`UserRow::locked`].

use super::row_write::Attempt;
use super::{FailureLimits, Issued, UserRow, Verdict, Withheld};

/// A call denies the sign-in that it was placed for. The code of that call must not have expired: so a call that is
/// replayed later stops nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DenialAttempt {
    /// When, in seconds since the Unix epoch.
    pub now: u64,
}

impl UserRow {
    /// Judges a denial. Returns the row as it is afterwards, if it counts. That holds only once the row is written.
    ///
    /// It is about the user's latest challenge, even if the call was placed for an earlier one, and even if the code was
    /// used. The same denial may come several times.
    pub fn deny(&self, attempt: &DenialAttempt) -> Result<Self, Withheld> {
        let issued = self.issued.ok_or(Withheld::Challenge(Verdict::Replaced))?;
        // The lock can be shorter than the code's validity, and can be cleared. The code stays dead.
        let issued = Some(Issued { attempts_left: 0, ..issued });
        Ok(Self { issued, denied_at: Some(attempt.now), ..self.clone() })
    }
}

impl Attempt for DenialAttempt {
    type Verdict = Result<(), Withheld>;

    fn accepted(&self) -> Self::Verdict {
        Ok(())
    }

    fn judge(&self, row: &UserRow, _: &FailureLimits) -> (Self::Verdict, Option<UserRow>) {
        match row.deny(self) {
            Ok(row) => (Ok(()), Some(row)),
            Err(withheld) => (Err(withheld), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Challenge, Digits};
    use crate::device::Enrolment;
    use crate::ledger::{CodeAttempt, Hearing, HearingAttempt, Limit, Listener, Used};

    const NOW: u64 = 1_000;
    const LIMITS: FailureLimits = FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 60 };
    const DENIAL: DenialAttempt = DenialAttempt { now: NOW };

    fn row() -> UserRow {
        let challenge = Challenge::issue(1, NOW, 300, Digits::SIX);
        let listener = Listener { call: 1, contact: 7 };
        let issued = Some(Issued { calls: 1, ..Issued::new(challenge, 5, 3, Hearing::Heard(listener)) });
        UserRow { issued, ..UserRow::default() }
    }

    #[test]
    fn a_denied_code_is_neither_compared_nor_spoken() {
        let denied = row().deny(&DENIAL).unwrap();
        // The lock ends before the code would expire, and can be cleared.
        for (row, now, verdict) in [
            (denied.clone(), NOW + 59, Verdict::Locked(Limit::Denied)),
            (denied.clone(), NOW + 60, Verdict::AttemptsUsedUp),
            (UserRow { denied_at: None, ..denied }, NOW, Verdict::AttemptsUsedUp),
        ] {
            let answer =
                CodeAttempt { challenge: 1, sign_in: 9, client: None, enrolment: Enrolment::NONE, right: true, now };
            assert_eq!(row.judge(&answer, &LIMITS), (verdict, None));
            let hearing = HearingAttempt { challenge: 1, listener: Listener { call: 2, contact: 8 }, now };
            assert_eq!(row.hear(&hearing, &LIMITS), Err(Withheld::Challenge(verdict)));
            assert_eq!(row.live(now), None);
        }
    }

    #[test]
    fn the_same_denial_may_come_again() {
        let denied = row().deny(&DENIAL).unwrap();
        let again = denied.deny(&DenialAttempt { now: NOW + 2 }).unwrap();
        assert_eq!(again, UserRow { denied_at: Some(NOW + 2), ..denied });
    }

    #[test]
    fn a_code_that_was_used_is_denied_too() {
        let used = Some(Used { sign_in: 9, at: NOW });
        let issued = Some(Issued { used, ..row().issued.unwrap() });
        let denied = UserRow { issued, ..row() }.deny(&DENIAL).unwrap();
        assert_eq!((denied.denied_at, denied.issued.unwrap().used), (Some(NOW), used));
    }

    #[test]
    fn without_a_challenge_there_is_nothing_to_deny() {
        assert_eq!(UserRow::default().deny(&DENIAL), Err(Withheld::Challenge(Verdict::Replaced)));
    }
}

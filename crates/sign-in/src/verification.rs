//! One invocation of the verify trigger, as a state machine: it judges an answer.
//!
//! The answer is compared with the code first, but the result is withheld. It becomes a [`CodeAttempt`], which one
//! conditional write counts in the user's row: the row must still allow a comparison, as [`UserRow::judge`](crate::ledger::UserRow::judge) says. The
//! answer counts as right or wrong only once that is written. So parallel answers can't get more comparisons than the
//! attempts allow. If the condition fails, the row that came back says why.
//!
//! A trusted device answers by a signature instead. A valid one becomes a [`DeviceAttempt`], by the same kind of write. Any
//! other answer to its round is not counted, and leads to a call.
//!
//! [`Verification::next`] says what to do, and the caller does it, as in [`creation`](crate::creation).

use crate::device::{Device, Enrolment};
use crate::history::{DeviceRound, Round};
use crate::ledger::row_write::RowWrite;
use crate::ledger::{ClientId, CodeAttempt, DeviceAttempt, DeviceVerdict, Verdict};

pub use crate::ledger::row_write::{Failed, Step, Written};
pub use compare::{Answer, CALL_AGAIN, compare};

mod compare;

/// An answer between its event and its verdict.
pub type Verification = RowWrite<CodeAttempt>;

/// A trusted device's valid signature between its event and its verdict.
pub type DeviceVerification = RowWrite<DeviceAttempt>;

impl Verification {
    /// Starts with an answer for this round, on this app client. `is_right` compares it with the code, and is not called
    /// once the code has expired. `now` is in seconds since the Unix epoch.
    #[must_use]
    pub fn of_answer(
        round: &Round,
        client: Option<ClientId>,
        enrolment: Enrolment,
        now: u64,
        is_right: impl FnOnce() -> bool,
    ) -> Self {
        let &Round { challenge, sign_in, .. } = round;
        // The ledger would give the same verdict, but need not be asked.
        let expired = challenge.expired(now);
        let right = !expired && is_right();
        Self::new(CodeAttempt { challenge: challenge.id, sign_in, client, enrolment, right, now })
            .known(expired.then_some(Verdict::Expired))
    }
}

impl Verification {
    /// The same answer, which enrols no device. For a user whose number has changed since the call: the code is good, and no
    /// device is trusted for a number that was not called.
    #[must_use]
    pub fn without_device(&self) -> Self {
        let CodeAttempt { enrolment, .. } = self.attempt();
        let enrolment = Enrolment { device: None, ..enrolment.clone() };
        Self::new(CodeAttempt { enrolment, ..self.attempt().clone() })
    }
}

impl DeviceVerification {
    /// Starts with a valid signature of this device in this round, on this app client. `now` is in seconds since the Unix
    /// epoch.
    #[must_use]
    pub fn of_signature(round: DeviceRound, device: Device, client: ClientId, now: u64) -> Self {
        let expired = round.expired(now) || device.expired(now);
        let DeviceRound { nonce, issued_at, .. } = round;
        let attempt = DeviceAttempt { device, nonce, issued_at, client, now };
        Self::new(attempt).known(expired.then_some(DeviceVerdict::Expired))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Challenge, Digits};
    use crate::device::DeviceTerms;
    use crate::device::tests::TestDevice;
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
            let verification = Verification::of_answer(&round(), client.clone(), Enrolment::NONE, NOW, || right);
            let attempt = CodeAttempt { challenge: 1, sign_in: 9, client, enrolment: Enrolment::NONE, right, now: NOW };
            assert_eq!(verification.next(), Step::Write(&attempt));
        }
    }

    /// Invariant 3, as far as time goes.
    #[test]
    fn invariant_3_an_expired_code_is_not_compared() {
        assert!(matches!(
            Verification::of_answer(&round(), None, Enrolment::NONE, NOW + 299, || true).next(),
            Step::Write(_)
        ));
        let late = Verification::of_answer(&round(), None, Enrolment::NONE, NOW + 300, || panic!("it is compared"));
        assert_eq!(late.next(), Step::Done(Ok(Verdict::Expired)));
    }

    #[test]
    fn the_verdict_is_told_once_it_is_written() {
        for (right, verdict) in [(true, Verdict::Right), (false, Verdict::Wrong)] {
            let mut verification = Verification::of_answer(&round(), None, Enrolment::NONE, NOW, || right);
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
            let mut verification = Verification::of_answer(&round(), None, Enrolment::NONE, NOW, || true);
            verification.written(Written::Refused(row), &LIMITS);
            assert_eq!(verification.next(), Step::Done(done));
        }
    }

    #[test]
    fn after_a_conflict_it_waits_and_tries_again_eight_times_in_all() {
        let mut verification = Verification::of_answer(&round(), None, Enrolment::NONE, NOW, || true);
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
        let mut verification = Verification::of_answer(&round(), None, Enrolment::NONE, NOW, || true);
        verification.unreachable();
        assert_eq!(verification.next(), Step::Done(Err(Failed::Ledger)));
    }

    #[test]
    fn without_its_device_the_answer_is_the_same() {
        let terms = DeviceTerms { number: 6, expires_at: NOW + 200 };
        let device = Device { expires_at: NOW + 200, number: 6, key: TestDevice::new().key(), seal: 7 };
        let enrolment = Enrolment { device: Some(device), terms: Some(terms) };
        for right in [false, true] {
            let answer = Verification::of_answer(&round(), None, enrolment.clone(), NOW, || right).without_device();
            let enrolment = Enrolment { device: None, terms: Some(terms) };
            let expected = CodeAttempt { challenge: 1, sign_in: 9, client: None, enrolment, right, now: NOW };
            assert_eq!(answer.next(), Step::Write(&expected));
        }
    }

    /// The ledger is not asked for a nonce or a device that has expired.
    #[test]
    fn a_signature_that_comes_too_late_is_not_written() {
        let client = ClientId::parse("app").unwrap();
        let device = Device { expires_at: NOW + 200, number: 5, key: TestDevice::new().key(), seal: 7 };
        let round = DeviceRound::issue(7, NOW, 100);
        let of = |device: &Device, now| DeviceVerification::of_signature(round, device.clone(), client.clone(), now);
        assert!(matches!(of(&device, NOW + 99).next(), Step::Write(_)));
        let shorter = Device { expires_at: NOW + 50, ..device.clone() };
        for (device, now) in [(&device, NOW + 100), (&shorter, NOW + 50)] {
            assert_eq!(of(device, now).next(), Step::Done(Ok(DeviceVerdict::Expired)));
        }
    }
}

//! What the ledger has on Cognito's own codes for a user: a row for each purpose, and one for the number that was called.

use std::time::Instant;

use anyhow::Result;
use otp_dial::dynamodb::Store;
use sign_in::ledger::{NumberKey, UserKey, UserRow};
use sign_in::sending::{Purpose, SendPolicy};

use super::report::time;
use super::{LEDGER_TIMEOUT, error};
use crate::terminal::say;

/// The calls for codes of one purpose.
pub(super) struct Codes {
    purpose: Purpose,
    row: UserRow,
    /// The row of the number that was called last. Its key is made of the number's hash: it takes `OTP_KEY` to find the row
    /// of any other number.
    number: Option<NumberKey>,
    /// When somebody said at that number that a code is not for them.
    denied_at: Option<u64>,
}

impl Codes {
    /// Reads the rows of a user, of those purposes that have one.
    pub(super) async fn read(store: &Store, user: &UserKey) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        let Some(subject) = user.user() else { return Ok(all) };
        for purpose in Purpose::ALL {
            let key = UserKey::of_codes(subject.user_pool, subject.sub, purpose);
            let Some(row) = store.user(&key).await.map_err(error)? else { continue };
            let number = row.issued.map(|issued| NumberKey::of_hash(issued.number).for_codes(purpose));
            let denied_at = match &number {
                Some(key) => store.number(key).await.map_err(error)?.and_then(|row| row.denied_at),
                None => None,
            };
            all.push(Self { purpose, row, number, denied_at });
        }
        Ok(all)
    }

    /// A line on the calls, and on a denial. `now` is in seconds since the Unix epoch.
    pub(super) fn report(&self, now: u64) -> String {
        let calls: Vec<_> = self.row.calls.as_slice().iter().map(|call| time(*call)).collect();
        let calls = if calls.is_empty() { "none lately".to_owned() } else { calls.join(", ") };
        format!(
            "Codes      {}, calls: {calls}{}",
            self.name(),
            self.denied_at.map_or_else(String::new, |at| denied(at, now))
        )
    }

    /// Lets the number be called again for this purpose. Returns `false` if nobody denied a code there.
    pub(super) async fn clear(&self, store: &Store) -> Result<bool> {
        let (Some(number), Some(at)) = (&self.number, self.denied_at) else { return Ok(false) };
        if !store.clear_denial(number, Instant::now() + LEDGER_TIMEOUT).await.map_err(error)? {
            return Ok(false);
        }
        say(&format!("Cleared the denial of {}: the number is called for it again ({}).", time(at), self.name()));
        Ok(true)
    }

    fn name(&self) -> &'static str {
        match self.purpose {
            Purpose::PasswordReset => "password reset",
            Purpose::SignIn => "sign-in by Cognito",
            Purpose::Verification => "sign-up or number check",
        }
    }
}

/// A call in which somebody said that the code is not for them. It blocks the number, whoever has it.
fn denied(at: u64, now: u64) -> String {
    let ends = at.saturating_add(SendPolicy::DENIED_SECONDS);
    let ends_or_ended = if ends > now { "ends" } else { "ended" };
    format!("\n           a code was denied at {}; the block of the number {ends_or_ended} at {}", time(at), time(ends))
}

#[cfg(test)]
mod tests {
    use sign_in::ledger::CallTimes;

    use super::*;

    /// 2026-11-22 13:20:00 UTC
    const NOW: u64 = 1_795_353_600;

    fn codes(calls: &[u64], denied_at: Option<u64>) -> Codes {
        let row = UserRow { calls: CallTimes::new(calls.to_vec(), None), ..UserRow::default() };
        Codes { purpose: Purpose::PasswordReset, row, number: None, denied_at }
    }

    #[test]
    fn the_calls_are_listed() {
        assert_eq!(codes(&[], None).report(NOW), "Codes      password reset, calls: none lately");
        let calls = "Codes      password reset, calls: 2026-11-22 13:18:30 UTC, 2026-11-22 13:20:00 UTC";
        assert_eq!(codes(&[NOW - 90, NOW], None).report(NOW), calls);
    }

    #[test]
    fn a_denial_blocks_the_number_for_a_day() {
        let denied = |seconds| codes(&[], Some(NOW - seconds)).report(NOW);
        let within =
            "a code was denied at 2026-11-21 13:20:01 UTC; the block of the number ends at 2026-11-22 13:20:01 UTC";
        assert!(denied(86_399).ends_with(within), "{}", denied(86_399));
        assert!(denied(86_400).ends_with("ended at 2026-11-22 13:20:00 UTC"), "{}", denied(86_400));
    }
}

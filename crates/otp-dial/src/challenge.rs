//! One code for one user: when it was issued, when it expires, how often it was spoken. Pure.

use std::fmt;
use std::str::FromStr;

use crate::code::Digits;

/// A challenge. It travels through Cognito as text, in `challengeMetadata` and in `privateChallengeParameters`, and
/// never holds the code: that is derived again from the key when it is needed.
///
/// All times are in seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    id: u128,
    issued_at: u64,
    expires_at: u64,
    digits: Digits,
    calls: u32,
    called_at: u64,
}

/// What a sign-in may use up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Answers that are compared, in one sign-in.
    pub attempts: u32,
    /// Calls in one sign-in, the first included.
    pub calls: u32,
    /// Seconds from one call to the next.
    pub seconds_between_calls: u64,
}

/// A text that is no challenge of this version.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAChallenge;

impl Challenge {
    /// NIST SP 800-63B section 5.1.3.2 lets an out-of-band secret live for ten minutes.
    pub const MAX_VALIDITY_SECONDS: u64 = 600;

    /// Version of the text form; a newer one is refused, not guessed at.
    const VERSION: &'static str = "1";

    /// A new challenge with its first call. `id` must be random: 128 bits that nobody can foresee.
    #[must_use]
    pub fn issue(id: u128, now: u64, validity_seconds: u64, digits: Digits) -> Self {
        let expires_at = now.saturating_add(validity_seconds.min(Self::MAX_VALIDITY_SECONDS));
        Self { id, issued_at: now, expires_at, digits, calls: 1, called_at: now }
    }

    /// The challenge with one more call. A live one stays the same code with the same expiry; in place of an
    /// expired one `renewal` is issued, and the calls go on counting.
    #[must_use]
    pub fn call_again(&self, now: u64, renewal: impl FnOnce() -> Self) -> Self {
        let challenge = if self.expired(now) { renewal() } else { self.clone() };
        Self { calls: self.calls.saturating_add(1), called_at: now, ..challenge }
    }

    /// Whether the code has stopped working.
    #[must_use]
    pub fn expired(&self, now: u64) -> bool {
        now >= self.expires_at
    }

    /// Whether a call-again is granted now.
    #[must_use]
    pub fn allows_call_again(&self, limits: &Limits, now: u64) -> bool {
        self.calls_left(limits) > 0 && self.seconds_until_call_again(limits, now) == 0
    }

    /// Calls that the sign-in has left.
    #[must_use]
    pub fn calls_left(&self, limits: &Limits) -> u32 {
        limits.calls.saturating_sub(self.calls)
    }

    /// Seconds until the pause between two calls is over.
    #[must_use]
    pub fn seconds_until_call_again(&self, limits: &Limits, now: u64) -> u64 {
        self.called_at.saturating_add(limits.seconds_between_calls).saturating_sub(now)
    }

    /// Calls-again that were granted so far in the sign-in.
    #[must_use]
    pub fn calls_again(&self) -> u32 {
        self.calls.saturating_sub(1)
    }

    /// When the code stops working. Fixed when the challenge is issued.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }

    /// How many digits the code has.
    #[must_use]
    pub fn digits(&self) -> Digits {
        self.digits
    }

    /// The `ClientToken` of the latest call: a repeated delivery of the same trigger event asks Connect for the
    /// same call, not for a second one.
    #[must_use]
    pub fn client_token(&self) -> String {
        format!("{:032x}-{}", self.id, self.calls)
    }

    /// What the code is derived from, apart from the key and the user. Calls are left out: a call-again speaks the
    /// same code.
    pub(crate) fn code_fields(&self) -> [[u8; 16]; 3] {
        [self.id.to_be_bytes(), u128::from(self.issued_at).to_be_bytes(), u128::from(self.expires_at).to_be_bytes()]
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, issued_at, expires_at, digits, calls, called_at } = self;
        write!(f, "{}.{id:032x}.{issued_at}.{expires_at}.{digits}.{calls}.{called_at}", Self::VERSION)
    }
}

impl FromStr for Challenge {
    type Err = NotAChallenge;

    fn from_str(text: &str) -> Result<Self, NotAChallenge> {
        let mut fields = text.split('.');
        let mut next = || fields.next().ok_or(NotAChallenge);
        if next()? != Self::VERSION {
            return Err(NotAChallenge);
        }
        let challenge = Self {
            id: u128::from_str_radix(next()?, 16).map_err(|_| NotAChallenge)?,
            issued_at: number(next()?)?,
            expires_at: number(next()?)?,
            digits: number(next()?).and_then(|digits| Digits::new(digits).ok_or(NotAChallenge))?,
            calls: number(next()?)?,
            called_at: number(next()?)?,
        };
        let validity = challenge.expires_at.checked_sub(challenge.issued_at).ok_or(NotAChallenge)?;
        // One text for each challenge: a sign, a leading zero or a further field is not ours.
        if validity > Self::MAX_VALIDITY_SECONDS || challenge.calls == 0 || challenge.to_string() != text {
            return Err(NotAChallenge);
        }
        Ok(challenge)
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, NotAChallenge> {
    text.parse().map_err(|_| NotAChallenge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits { attempts: 3, calls: 3, seconds_between_calls: 30 };

    fn issued(id: u128, now: u64) -> Challenge {
        Challenge::issue(id, now, 300, Digits::default())
    }

    #[test]
    fn a_call_again_never_moves_the_expiry_of_a_live_challenge() {
        let first = issued(1, 1_000);
        let again = first.call_again(1_299, || unreachable!("it is live"));
        assert_eq!(again.expires_at(), first.expires_at());
        assert_eq!(again.code_fields(), first.code_fields());
        assert_ne!(again.client_token(), first.client_token());
    }

    #[test]
    fn a_call_again_after_the_expiry_makes_a_new_challenge_and_goes_on_counting() {
        let again = issued(1, 1_000).call_again(1_300, || issued(2, 1_300));
        assert_eq!(again.expires_at(), 1_600);
        assert_ne!(again.code_fields(), issued(1, 1_000).code_fields());
        assert_eq!(again.calls_left(&LIMITS), 1);
    }

    #[test]
    fn a_call_again_waits_for_the_pause_and_ends_with_the_limit() {
        let mut challenge = issued(1, 1_000);
        assert!(!challenge.allows_call_again(&LIMITS, 1_029));
        assert_eq!(challenge.seconds_until_call_again(&LIMITS, 1_029), 1);
        assert!(challenge.allows_call_again(&LIMITS, 1_030));
        challenge = challenge.call_again(1_030, || unreachable!());
        challenge = challenge.call_again(1_060, || unreachable!());
        assert_eq!(challenge.calls_left(&LIMITS), 0);
        assert!(!challenge.allows_call_again(&LIMITS, 1_200));
    }

    #[test]
    fn the_text_form_is_fixed() {
        let text = "1.0000000000000000000000000000002a.1000.1300.6.1.1000";
        assert_eq!(issued(42, 1_000).to_string(), text);
        assert_eq!(text.parse(), Ok(issued(42, 1_000)));
    }

    #[test]
    fn other_texts_are_no_challenge() {
        for text in [
            "",
            "VOICE-1",
            "CODE-123456",
            "2.0000000000000000000000000000002a.1000.1300.6.1.1000",
            "1.2a.1000.1300.6.1.1000",
            "1.+000000000000000000000000000002a.1000.1300.6.1.1000",
            "1.0000000000000000000000000000002A.1000.1300.6.1.1000",
            "1.0000000000000000000000000000002a.1000.1300.6.1",
            "1.0000000000000000000000000000002a.1000.1300.6.1.1000.",
            "1.0000000000000000000000000000002a.1000.1300.6.1.1000.9",
            "1.0000000000000000000000000000002a.1000.1300.06.1.1000",
            "1.0000000000000000000000000000002a.1000.1300.3.1.1000",
            "1.0000000000000000000000000000002a.1000.1300.6.0.1000",
            "1.0000000000000000000000000000002a.1000.999.6.1.1000",
            "1.0000000000000000000000000000002a.1000.1601.6.1.1000",
            "1.0000000000000000000000000000002a.-1.1300.6.1.1000",
            "1.0000000000000000000000000000002a.1000.99999999999999999999.6.1.1000",
        ] {
            assert_eq!(text.parse::<Challenge>(), Err(NotAChallenge), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_text_form_survives_the_round_trip(id: u128, now in 0..u64::MAX - 600, validity in 0..700_u64, calls in 1..u32::MAX) {
            let challenge = Challenge { calls, ..Challenge::issue(id, now, validity, Digits::default()) };
            prop_assert_eq!(challenge.to_string().parse(), Ok(challenge));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Challenge>();
        }
    }
}

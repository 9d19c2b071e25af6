//! One round of a sign-in: the user is asked for a code.

use std::fmt;
use std::str::FromStr;

use crate::code::Challenge;

/// One round of a sign-in. It travels through Cognito as text, in `challengeMetadata` and in
/// `privateChallengeParameters`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Round {
    /// The challenge whose code the user is asked for.
    pub challenge: Challenge,
    /// The sign-in's id: 64 random bits. Sign-ins of one user share a challenge, but its code works in only one of
    /// them.
    pub sign_in: u64,
    /// How many answers may be compared in the whole sign-in, earlier rounds included.
    pub attempts: u32,
    /// Calls that the sign-in has asked for, the first included. At least 1.
    pub calls: u32,
    /// The number of the challenge's latest call, from 1. Another sign-in may have asked for it.
    pub call: u32,
    /// When the user may have another call, in seconds since the Unix epoch.
    pub call_again_at: u64,
}

/// The limits of one sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInLimits {
    /// Answers that are compared, 1 to 10: for one challenge, and in one sign-in.
    pub attempts: u32,
    /// Calls in one sign-in, 1 to 10, the first included.
    pub calls: u32,
}

/// The text is not a round of this version.
#[derive(Debug, PartialEq, Eq)]
pub struct NotARound;

impl Round {
    /// Version of the text form. Other versions are refused.
    const VERSION: &'static str = "1";

    /// Whether the sign-in's own limits grant another call now. The ledger may still refuse it.
    #[must_use]
    pub fn allows_call_again(&self, limits: &SignInLimits, now: u64) -> bool {
        self.calls_left(limits) > 0 && self.seconds_until_call_again(now) == 0
    }

    /// Calls that the sign-in has left.
    #[must_use]
    pub fn calls_left(&self, limits: &SignInLimits) -> u32 {
        limits.calls.saturating_sub(self.calls)
    }

    /// Seconds until the user may have another call.
    #[must_use]
    pub fn seconds_until_call_again(&self, now: u64) -> u64 {
        self.call_again_at.saturating_sub(now)
    }

    /// Further calls that the sign-in was granted, beyond the first.
    #[must_use]
    pub(crate) fn calls_again(&self) -> u32 {
        self.calls.saturating_sub(1)
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { challenge, sign_in, attempts, calls, call, call_again_at } = self;
        let Challenge { id, issued_at, expires_at, digits } = challenge;
        write!(f, "{}.{id:032x}.{issued_at}.{expires_at}.{digits}", Self::VERSION)?;
        write!(f, ".{sign_in:016x}.{attempts}.{calls}.{call}.{call_again_at}")
    }
}

impl FromStr for Round {
    type Err = NotARound;

    fn from_str(text: &str) -> Result<Self, NotARound> {
        let mut fields = text.split('.');
        let mut next = || fields.next().ok_or(NotARound);
        if next()? != Self::VERSION {
            return Err(NotARound);
        }
        let challenge = Challenge {
            id: u128::from_str_radix(next()?, 16).map_err(|_| NotARound)?,
            issued_at: number(next()?)?,
            expires_at: number(next()?)?,
            digits: number(next()?)?,
        };
        let round = Self {
            challenge,
            sign_in: u64::from_str_radix(next()?, 16).map_err(|_| NotARound)?,
            attempts: number(next()?)?,
            calls: number(next()?)?,
            call: number(next()?)?,
            call_again_at: number(next()?)?,
        };
        // Each round has exactly one text: a sign, a leading zero or a further field is refused.
        if !challenge.is_possible() || round.calls == 0 || round.to_string() != text {
            return Err(NotARound);
        }
        Ok(round)
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, NotARound> {
    text.parse().map_err(|_| NotARound)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::code::Digits;

    const LIMITS: SignInLimits = SignInLimits { attempts: 3, calls: 3 };

    fn round(calls: u32) -> Round {
        let challenge = Challenge::issue(42, 1_000, 300, Digits::default());
        Round { challenge, sign_in: 7, attempts: 3, calls, call: calls, call_again_at: 1_030 }
    }

    #[test]
    fn a_call_again_waits_for_its_time_and_ends_with_the_limit() {
        assert!(!round(1).allows_call_again(&LIMITS, 1_029));
        assert_eq!(round(1).seconds_until_call_again(1_029), 1);
        assert!(round(1).allows_call_again(&LIMITS, 1_030));
        assert_eq!((round(2).calls_left(&LIMITS), round(3).calls_left(&LIMITS)), (1, 0));
        assert!(!round(3).allows_call_again(&LIMITS, 1_200));
    }

    #[test]
    fn the_text_form_is_fixed() {
        let text = "1.0000000000000000000000000000002a.1000.1300.6.0000000000000007.3.1.1.1030";
        assert_eq!(round(1).to_string(), text);
        assert_eq!(text.parse(), Ok(round(1)));
    }

    #[test]
    fn other_texts_are_no_round() {
        for text in [
            "",
            "VOICE-1",
            "CODE-123456",
            "2.0000000000000000000000000000002a.1000.1300.6.0000000000000007.3.1.1.1030",
            "1.2a.1000.1300.6.0000000000000007.3.1.1.1030",
            "1.+000000000000000000000000000002a.1000.1300.6.0000000000000007.3.1.1.1030",
            "1.0000000000000000000000000000002A.1000.1300.6.0000000000000007.3.1.1.1030",
            "1.0000000000000000000000000000002a.1000.1300.6.7.3.1.1.1030",
            "1.0000000000000000000000000000002a.1000.1300.6.0000000000000007.3.1.1",
            "1.0000000000000000000000000000002a.1000.1300.6.0000000000000007.3.1.1.1030.",
            "1.0000000000000000000000000000002a.1000.1300.6.0000000000000007.3.1.1.1030.9",
            "1.0000000000000000000000000000002a.1000.1300.06.0000000000000007.3.1.1.1030",
            "1.0000000000000000000000000000002a.1000.1300.3.0000000000000007.3.1.1.1030",
            "1.0000000000000000000000000000002a.1000.1300.6.0000000000000007.3.0.1.1030",
            "1.0000000000000000000000000000002a.1000.999.6.0000000000000007.3.1.1.1030",
            "1.0000000000000000000000000000002a.1000.1601.6.0000000000000007.3.1.1.1030",
            "1.0000000000000000000000000000002a.-1.1300.6.0000000000000007.3.1.1.1030",
            "1.0000000000000000000000000000002a.1000.99999999999999999999.6.0000000000000007.3.1.1.1030",
        ] {
            assert_eq!(text.parse::<Round>(), Err(NotARound), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_text_form_survives_the_round_trip(
            id: u128, now in 0..u64::MAX - 600, validity in 0..700_u64, sign_in: u64,
            attempts: u32, calls in 1..u32::MAX, call: u32, call_again_at: u64,
        ) {
            let challenge = Challenge::issue(id, now, validity, Digits::default());
            let round = Round { challenge, sign_in, attempts, calls, call, call_again_at };
            prop_assert_eq!(round.to_string().parse(), Ok(round));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Round>();
        }
    }
}

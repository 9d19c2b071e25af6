//! A round in which a trusted device signs, and nobody is called.

use std::fmt;
use std::str::FromStr;

use super::NotARound;
use crate::code::Challenge;

/// The first round of a sign-in, if it asks a trusted device for a signature. It travels through Cognito as text, as a
/// [`Round`](super::Round) does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceRound {
    /// What is to be signed: 128 random bits.
    pub nonce: u128,
    /// When it was issued, in seconds since the Unix epoch.
    pub issued_at: u64,
    /// When a signature comes too late, in seconds since the Unix epoch.
    pub expires_at: u64,
}

impl DeviceRound {
    /// What the text form begins with. No round with a call does.
    const VERSION: &'static str = "D1";

    /// A new round. The nonce is good for as long as a code, at most
    /// [`MAX_VALIDITY_SECONDS`](Challenge::MAX_VALIDITY_SECONDS).
    #[must_use]
    pub fn issue(nonce: u128, now: u64, validity_seconds: u64) -> Self {
        let expires_at = now.saturating_add(validity_seconds.min(Challenge::MAX_VALIDITY_SECONDS));
        Self { nonce, issued_at: now, expires_at }
    }

    /// Whether it is too late for a signature. `now` is in seconds since the Unix epoch.
    #[must_use]
    pub fn expired(&self, now: u64) -> bool {
        now >= self.expires_at
    }

    /// Seconds until it is too late.
    #[must_use]
    pub fn seconds_left(&self, now: u64) -> u64 {
        self.expires_at.saturating_sub(now)
    }
}

impl fmt::Display for DeviceRound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { nonce, issued_at, expires_at } = self;
        write!(f, "{}.{nonce:032x}.{issued_at}.{expires_at}", Self::VERSION)
    }
}

impl FromStr for DeviceRound {
    type Err = NotARound;

    fn from_str(text: &str) -> Result<Self, NotARound> {
        let fields: Vec<_> = text.split('.').collect();
        let [Self::VERSION, nonce, issued_at, expires_at] = fields[..] else { return Err(NotARound) };
        let round = Self {
            nonce: u128::from_str_radix(nonce, 16).map_err(|_| NotARound)?,
            issued_at: issued_at.parse().map_err(|_| NotARound)?,
            expires_at: expires_at.parse().map_err(|_| NotARound)?,
        };
        // Each round has exactly one text.
        if round.to_string() == text { Ok(round) } else { Err(NotARound) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::history::Round;

    #[test]
    fn the_text_form_is_fixed_and_no_other_round_has_it() {
        let text = "D1.0000000000000000000000000000002a.1000.1300";
        assert_eq!(DeviceRound::issue(42, 1_000, 300).to_string(), text);
        assert_eq!(text.parse(), Ok(DeviceRound::issue(42, 1_000, 300)));
        assert_eq!(text.parse::<Round>(), Err(NotARound));
        let call = "1.0000000000000000000000000000002a.1000.1300.6.0000000000000007.3.1.1.1030";
        for other in
            ["", "D1", &text[1..], &text.replace('D', "d"), &format!("{text}."), &text.replace("2a", "2A"), call]
        {
            assert_eq!(other.parse::<DeviceRound>(), Err(NotARound), "{other}");
        }
    }

    #[test]
    fn a_nonce_lives_as_long_as_a_code_and_ten_minutes_at_most() {
        let round = DeviceRound::issue(42, 1_000, 300);
        assert!(!round.expired(1_299) && round.expired(1_300));
        assert_eq!((round.seconds_left(1_299), round.seconds_left(1_301)), (1, 0));
        assert_eq!(DeviceRound::issue(42, 1_000, 9_999).expires_at, 1_600);
    }

    proptest! {
        #[test]
        fn the_text_form_survives_the_round_trip(nonce: u128, issued_at: u64, expires_at: u64) {
            let round = DeviceRound { nonce, issued_at, expires_at };
            prop_assert_eq!(round.to_string().parse(), Ok(round));
        }

        #[test]
        fn invariant_8_no_text_panics(text in ".*") {
            let _ = text.parse::<DeviceRound>();
        }
    }
}

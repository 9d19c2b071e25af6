//! A challenge: what a code is derived from, and how long it works.

use std::fmt;
use std::str::FromStr;

/// A challenge identifies one code of one user. It does not hold the code.
///
/// All times are in seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Challenge {
    /// 128 random bits.
    pub id: u128,
    /// When it was issued. Part of what the code is derived from.
    pub issued_at: u64,
    /// When the code stops working: at most [`MAX_VALIDITY_SECONDS`](Self::MAX_VALIDITY_SECONDS) after its issue.
    /// Nothing extends it.
    pub expires_at: u64,
    /// The number of digits of the code.
    pub digits: Digits,
}

/// The number of digits of a code: 4 to 10, by default 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digits(u8);

impl Challenge {
    /// NIST SP 800-63B section 5.1.3.2 lets an out-of-band secret live for ten minutes.
    pub const MAX_VALIDITY_SECONDS: u64 = 600;

    /// A new challenge. `id` must be 128 random bits. A longer validity is cut to the maximum.
    #[must_use]
    pub fn issue(id: u128, now: u64, validity_seconds: u64, digits: Digits) -> Self {
        let expires_at = now.saturating_add(validity_seconds.min(Self::MAX_VALIDITY_SECONDS));
        Self { id, issued_at: now, expires_at, digits }
    }

    /// Whether the code has expired. `now` is in seconds since the Unix epoch.
    #[must_use]
    pub fn expired(&self, now: u64) -> bool {
        now >= self.expires_at
    }

    /// Seconds until the code expires; 0 once it has.
    #[must_use]
    pub fn seconds_left(&self, now: u64) -> u64 {
        self.expires_at.saturating_sub(now)
    }

    /// Whether the validity is within the maximum. A challenge that was read from text or from a row may hold any
    /// times.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.expires_at.checked_sub(self.issued_at).is_some_and(|seconds| seconds <= Self::MAX_VALIDITY_SECONDS)
    }

    /// The fields that the code is derived from, besides the key and the user.
    pub(crate) fn code_fields(&self) -> [[u8; 16]; 3] {
        [self.id.to_be_bytes(), u128::from(self.issued_at).to_be_bytes(), u128::from(self.expires_at).to_be_bytes()]
    }
}

impl Digits {
    /// About 20 bits, the minimum of NIST SP 800-63B section 5.1.3.2.
    pub const SIX: Self = Self(6);

    /// The number, 4 to 10.
    pub(crate) fn get(self) -> u8 {
        self.0
    }

    /// Takes a number of digits, or gives `None` if it isn't 4 to 10.
    #[must_use]
    pub fn new(digits: u8) -> Option<Self> {
        (4..=10).contains(&digits).then_some(Self(digits))
    }
}

impl Default for Digits {
    fn default() -> Self {
        Self::SIX
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Digits {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().ok().and_then(Self::new).ok_or(())
    }
}

//! One code for one user: when it was issued, when it expires. Pure.

use crate::code::Digits;

/// A challenge. It never holds the code: that is derived again from the key when it is needed.
///
/// All times are in seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Challenge {
    /// 128 bits that nobody can foresee.
    pub id: u128,
    /// When it was issued.
    pub issued_at: u64,
    /// When the code stops working. Fixed when the challenge is issued.
    pub expires_at: u64,
    /// How many digits the code has.
    pub digits: Digits,
}

impl Challenge {
    /// NIST SP 800-63B section 5.1.3.2 lets an out-of-band secret live for ten minutes.
    pub const MAX_VALIDITY_SECONDS: u64 = 600;

    /// A new challenge. `id` must be random.
    #[must_use]
    pub fn issue(id: u128, now: u64, validity_seconds: u64, digits: Digits) -> Self {
        let expires_at = now.saturating_add(validity_seconds.min(Self::MAX_VALIDITY_SECONDS));
        Self { id, issued_at: now, expires_at, digits }
    }

    /// Whether the code has stopped working.
    #[must_use]
    pub fn expired(&self, now: u64) -> bool {
        now >= self.expires_at
    }

    /// Seconds that the code still works; 0 once it has expired.
    #[must_use]
    pub fn seconds_left(&self, now: u64) -> u64 {
        self.expires_at.saturating_sub(now)
    }

    /// Whether there can be such a challenge: it doesn't live longer than one may.
    #[must_use]
    pub(crate) fn is_possible(&self) -> bool {
        self.expires_at.checked_sub(self.issued_at).is_some_and(|seconds| seconds <= Self::MAX_VALIDITY_SECONDS)
    }

    /// What the code is derived from, apart from the key and the user.
    pub(crate) fn code_fields(&self) -> [[u8; 16]; 3] {
        [self.id.to_be_bytes(), u128::from(self.issued_at).to_be_bytes(), u128::from(self.expires_at).to_be_bytes()]
    }
}

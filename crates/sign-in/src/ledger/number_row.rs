//! A number's row: the calls to it, whoever has it.

use super::CallTimes;

/// What the ledger knows about a number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NumberRow {
    /// The calls of the last day.
    pub calls: CallTimes,
    /// When somebody said in a call that the code is not for them, in seconds since the Unix epoch. Of Cognito's own codes
    /// alone: in a call of a sign-in, that is the user's to say.
    pub denied_at: Option<u64>,
}

impl NumberRow {
    /// The row with other calls.
    #[must_use]
    pub fn with_calls(&self, calls: CallTimes) -> Self {
        Self { calls, ..*self }
    }
}

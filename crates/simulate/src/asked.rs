//! What the create trigger answers.

use otp_dial::fault::CallFaultKind;
use otp_dial::ledger::{Limit, Refusal};
use otp_dial::round::Round;

/// The user is asked for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The round.
    pub round: Round,
    /// What was done for it.
    pub how: How,
}

/// What was done for a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A call was placed. Whether any phone rings.
    Called {
        /// Connect may have dropped the call.
        rings: bool,
    },
    /// The phone rings already.
    Joined,
    /// A limit refuses the call, and the code of an earlier one is still good.
    Refused(Limit),
    /// Nothing: the code is still good.
    SameCode,
}

/// The sign-in ends by an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// Connect did not take the call.
    Call(CallFaultKind),
    /// The ledger could not be written.
    Ledger,
    /// A limit was reached.
    Limit(Refusal),
}

impl Failed {
    /// The error word, or the name that the log has for the limit.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Call(kind) => {
                let word = match kind {
                    CallFaultKind::Busy => "CALL_BUSY",
                    CallFaultKind::Misconfigured => "CALL_MISCONFIGURED",
                    CallFaultKind::Refused => "CALL_REFUSED",
                    CallFaultKind::Unreachable => "CALL_UNREACHABLE",
                };
                word.to_owned()
            }
            Self::Ledger => "SIGN_IN_BUSY".to_owned(),
            Self::Limit(refusal) => refusal.limit.to_string(),
        }
    }
}

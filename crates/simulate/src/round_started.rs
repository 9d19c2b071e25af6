//! A round of a sign-in that asks for a code.

pub use sign_in::creation::{Failed, RoundOutcome};
use sign_in::history::Round;

/// The user is asked for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundStarted {
    /// The round.
    pub round: Round,
    /// Whether the user was called for it.
    pub outcome: RoundOutcome,
    /// Whether a phone rings for it. Connect may have taken the call and dropped it.
    pub rings: bool,
}

/// The error word or, for a limit, its name in the log.
#[must_use]
pub fn word(failed: Failed) -> String {
    match failed {
        Failed::Call(reason) => reason.kind.word().as_str().to_owned(),
        Failed::Ledger => "SIGN_IN_BUSY".to_owned(),
        Failed::Limit(refusal) => refusal.limit.to_string(),
    }
}

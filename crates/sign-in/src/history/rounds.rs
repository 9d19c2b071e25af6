//! What Cognito keeps of a sign-in: the steps that are over, our rounds among them. Pure.

use std::fmt;

use serde::Deserialize;

use super::round::{Round, SignInLimits};
use crate::attributes::or_default;

/// Cognito's name of a round of ours.
pub const CUSTOM_CHALLENGE: &str = "CUSTOM_CHALLENGE";
/// Cognito's name of its own check of the password.
pub const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";

/// One step of a sign-in that is over, as Cognito reports it in `session`. Missing or null fields are read as the
/// form that lets nobody in.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ChallengeResult {
    /// Which step it was.
    #[serde(deserialize_with = "or_default")]
    pub challenge_name: String,
    /// Whether the user passed it.
    #[serde(deserialize_with = "or_default")]
    pub challenge_result: bool,
    /// What the create trigger noted for it.
    pub challenge_metadata: Option<String>,
}

/// The rounds of a sign-in so far, oldest first.
#[derive(Clone, Copy)]
pub struct Rounds<'a>(&'a [ChallengeResult]);

impl<'a> Rounds<'a> {
    /// Whether there was none yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rounds at the end of a history. What comes before them is for [`Mode::next`] to judge.
    #[must_use]
    pub fn of(history: &'a [ChallengeResult]) -> Self {
        let rounds = history.iter().rev().take_while(|step| step.challenge_name == CUSTOM_CHALLENGE).count();
        Self(&history[history.len() - rounds..])
    }

    /// The latest round and those before it.
    pub(crate) fn split_last(&self) -> Option<(&'a ChallengeResult, &'a [ChallengeResult])> {
        self.0.split_last()
    }

    /// What the create trigger noted for the latest round, if there was one and it is one of ours.
    #[must_use]
    pub fn latest(&self) -> Option<Round> {
        self.0.last()?.challenge_metadata.as_deref()?.parse().ok()
    }

    /// How many answers may still be compared, or were left when a right one came.
    #[must_use]
    pub fn attempts_left(&self, call_again: bool, limits: &SignInLimits, now: u64) -> u32 {
        // Other sign-ins may have used up some of the challenge's before this one joined it.
        let allowed = self.latest().map_or(limits.attempts, |round| round.attempts.min(limits.attempts));
        allowed.saturating_sub(self.attempts_used(call_again, limits, now))
    }

    /// How many answers were compared. A round that was granted another call took none: the verify trigger doesn't
    /// compare it.
    #[must_use]
    pub fn attempts_used(&self, call_again: bool, limits: &SignInLimits, now: u64) -> u32 {
        let wrong = self.0.iter().filter(|round| !round.challenge_result).count();
        let wrong = u32::try_from(wrong).unwrap_or(u32::MAX);
        let granted_now = call_again && self.grants_call_again(limits, now);
        wrong.saturating_sub(self.calls_again()).saturating_sub(granted_now.into())
    }

    /// Whether the latest round gets the call that it asked for.
    #[must_use]
    pub fn grants_call_again(&self, limits: &SignInLimits, now: u64) -> bool {
        self.0.last().is_some_and(|latest| !latest.challenge_result)
            && self.latest().is_some_and(|round| round.allows_call_again(limits, now))
    }

    /// Calls-again that were granted before the latest round.
    pub(crate) fn calls_again(&self) -> u32 {
        self.latest().map_or(0, |round| round.calls_again())
    }
}

impl ChallengeResult {
    pub(crate) fn passed(&self, name: &str) -> bool {
        self.challenge_result && self.challenge_name == name
    }
}

/// Without the metadata: other functions put codes into it, and a pool may have been theirs a moment ago.
impl fmt::Debug for ChallengeResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.challenge_name, self.challenge_result)
    }
}

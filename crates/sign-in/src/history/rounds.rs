//! The finished steps of a sign-in, as Cognito reports them, and the rounds among them.

use std::fmt;

use serde::Deserialize;

use super::{DeviceRound, Round, SignInLimits};
use crate::attributes::or_default;

/// Cognito's name for each of our steps.
pub const CUSTOM_CHALLENGE: &str = "CUSTOM_CHALLENGE";
/// Cognito's name for its own check of the password.
pub const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";

/// One finished step of a sign-in, as Cognito reports it in `session`. A missing or null field is read as a step that
/// was not passed.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ChallengeResult {
    /// Cognito's name of the step.
    #[serde(deserialize_with = "or_default")]
    pub challenge_name: String,
    /// Whether the user passed it.
    #[serde(deserialize_with = "or_default")]
    pub challenge_result: bool,
    /// The round as text, from the create trigger. Other functions may have written something else.
    pub challenge_metadata: Option<String>,
}

/// The rounds of a sign-in so far, oldest first. Those with a call count. A round of a trusted device, which can only be
/// the first, does not.
#[derive(Clone, Copy)]
pub struct Rounds<'a> {
    device: Option<&'a ChallengeResult>,
    calls: &'a [ChallengeResult],
}

impl<'a> Rounds<'a> {
    /// Whether there is no round yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.device.is_none() && self.calls.is_empty()
    }

    /// The rounds at the end of a history. [`Mode::next`](crate::define::Mode::next) judges the steps before them.
    #[must_use]
    pub fn of(history: &'a [ChallengeResult]) -> Self {
        let rounds = history.iter().rev().take_while(|step| step.challenge_name == CUSTOM_CHALLENGE).count();
        let rounds = &history[history.len() - rounds..];
        match rounds.split_first() {
            Some((first, calls)) if first.is_of_device() => Self { device: Some(first), calls },
            _ => Self { device: None, calls: rounds },
        }
    }

    /// Whether a trusted device has signed.
    #[must_use]
    pub fn signed_by_device(&self) -> bool {
        self.device.is_some_and(|round| round.challenge_result)
    }

    /// Whether a round of a device comes after the first, where create never makes one.
    pub(crate) fn has_late_device(&self) -> bool {
        self.calls.iter().any(ChallengeResult::is_of_device)
    }

    /// The latest round with a call, and those before it.
    pub(crate) fn split_last(&self) -> Option<(&'a ChallengeResult, &'a [ChallengeResult])> {
        self.calls.split_last()
    }

    /// The latest round with a call. `None` if there is none, or if its metadata are not one of our rounds.
    #[must_use]
    pub fn latest(&self) -> Option<Round> {
        self.calls.last()?.challenge_metadata.as_deref()?.parse().ok()
    }

    /// Answers that may still be compared. If the latest answer was right, this is how many were left before it.
    #[must_use]
    pub fn attempts_left(&self, call_again: bool, limits: &SignInLimits, now: u64) -> u32 {
        // Other sign-ins may have used some of the challenge's attempts before this one joined it.
        let allowed = self.latest().map_or(limits.attempts, |round| round.attempts.min(limits.attempts));
        allowed.saturating_sub(self.attempts_used(call_again, limits, now))
    }

    /// Answers that were compared: the wrong rounds, less those in which another call was granted. The verify trigger
    /// does not compare the answer of such a round. The latest round records the calls granted before it; whether it
    /// was granted one itself is computed here from `call_again` and the time.
    #[must_use]
    pub fn attempts_used(&self, call_again: bool, limits: &SignInLimits, now: u64) -> u32 {
        let wrong = self.calls.iter().filter(|round| !round.challenge_result).count();
        let wrong = u32::try_from(wrong).unwrap_or(u32::MAX);
        let granted_now = call_again && self.grants_call_again(limits, now);
        wrong.saturating_sub(self.calls_again()).saturating_sub(granted_now.into())
    }

    /// Whether the latest round is granted the call that it asked for.
    #[must_use]
    pub fn grants_call_again(&self, limits: &SignInLimits, now: u64) -> bool {
        self.calls.last().is_some_and(|latest| !latest.challenge_result)
            && self.latest().is_some_and(|round| round.allows_call_again(limits, now))
    }

    /// Further calls that were granted before the latest round.
    pub(crate) fn calls_again(&self) -> u32 {
        self.latest().map_or(0, |round| round.calls_again())
    }
}

impl ChallengeResult {
    pub(crate) fn passed(&self, name: &str) -> bool {
        self.challenge_result && self.challenge_name == name
    }

    fn is_of_device(&self) -> bool {
        self.challenge_metadata.as_deref().is_some_and(|metadata| metadata.parse::<DeviceRound>().is_ok())
    }
}

/// Omits the metadata: triggers that were attached to the pool before may have written plain codes there.
impl fmt::Debug for ChallengeResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.challenge_name, self.challenge_result)
    }
}

//! From the history of a sign-in to its next step. Pure.

use std::fmt;

use serde::Deserialize;

use crate::round::{Limits, Round};

/// Cognito's name of a round of ours.
pub const CUSTOM_CHALLENGE: &str = "CUSTOM_CHALLENGE";
const SRP_A: &str = "SRP_A";
/// Cognito's name of its own check of the password.
pub const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";

/// Steps that Cognito itself may put between the password and the first round.
const STEPS_OF_COGNITO: [&str; 3] = ["DEVICE_PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "SMS_MFA"];

/// What a user has to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The call is the whole sign-in. Whoever answers the phone gets in.
    CallOnly,
    /// The password first, then the call.
    PasswordThenCall,
}

/// One step of a sign-in that is over, as Cognito reports it in `session`. Missing or null fields are read as the
/// form that lets nobody in.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ChallengeResult {
    /// Which step it was.
    #[serde(deserialize_with = "crate::event::or_default")]
    pub challenge_name: String,
    /// Whether the user passed it.
    #[serde(deserialize_with = "crate::event::or_default")]
    pub challenge_result: bool,
    /// What the create trigger noted for it.
    pub challenge_metadata: Option<String>,
}

/// What Cognito does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask for a code.
    CustomChallenge,
    /// Let Cognito check the password.
    PasswordVerifier,
    /// End the sign-in.
    Refuse(Refusal),
    /// Issue tokens.
    Tokens,
}

/// Why a sign-in ends without tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Too many wrong codes.
    AttemptsUsedUp,
    /// A history that no sign-in of this mode has.
    OddHistory,
    /// The password was wrong, or a step of Cognito's own failed.
    PasswordFailed,
    /// The client went straight to the call, which this mode doesn't allow.
    PasswordSkipped,
}

/// The rounds of a sign-in so far, oldest first.
#[derive(Clone, Copy)]
pub struct Rounds<'a>(&'a [ChallengeResult]);

impl Mode {
    /// What comes after `history`. `call_again` says that the latest round asked for another call in place of an
    /// answer. Anything that isn't known to be right is refused.
    #[must_use]
    pub fn next(self, history: &[ChallengeResult], call_again: bool, limits: &Limits, now: u64) -> Next {
        let rounds = match self.rounds(history) {
            Ok(rounds) => rounds,
            Err(next) => return next,
        };
        let Some((latest, earlier)) = rounds.0.split_last() else {
            return Next::CustomChallenge;
        };
        let odd = earlier.iter().any(|round| round.challenge_result)
            || rounds.calls_again() as usize > earlier.len()
            || (call_again && latest.challenge_result);
        if odd {
            return Next::Refuse(Refusal::OddHistory);
        }
        if rounds.attempts_left(call_again, limits, now) == 0 {
            return Next::Refuse(Refusal::AttemptsUsedUp);
        }
        if latest.challenge_result { Next::Tokens } else { Next::CustomChallenge }
    }

    /// The rounds in a history whose steps before them are as this mode wants them, or what to do if it has none.
    fn rounds(self, history: &[ChallengeResult]) -> Result<Rounds<'_>, Next> {
        let after_password = match (self, history) {
            // Some clients send `SRP_A` although no password follows. It proves nothing, and nothing rests on it.
            (Self::CallOnly, [srp_a, rest @ ..]) if srp_a.passed(SRP_A) => rest,
            (Self::CallOnly, history) => history,
            (Self::PasswordThenCall, [srp_a]) if srp_a.passed(SRP_A) => return Err(Next::PasswordVerifier),
            (Self::PasswordThenCall, [srp_a, password, rest @ ..])
                if srp_a.passed(SRP_A) && password.passed(PASSWORD_VERIFIER) =>
            {
                let steps = rest.iter().take_while(|step| STEPS_OF_COGNITO.contains(&&*step.challenge_name)).count();
                let (steps, rest) = rest.split_at(steps);
                if !steps.iter().all(|step| step.challenge_result) {
                    return Err(Next::Refuse(Refusal::PasswordFailed));
                }
                rest
            }
            (Self::PasswordThenCall, [srp_a, password])
                if srp_a.passed(SRP_A) && password.challenge_name == PASSWORD_VERIFIER =>
            {
                return Err(Next::Refuse(Refusal::PasswordFailed));
            }
            (Self::PasswordThenCall, []) => return Err(Next::Refuse(Refusal::PasswordSkipped)),
            (Self::PasswordThenCall, _) => return Err(Next::Refuse(Refusal::OddHistory)),
        };
        if after_password.iter().all(|step| step.challenge_name == CUSTOM_CHALLENGE) {
            Ok(Rounds(after_password))
        } else {
            Err(Next::Refuse(Refusal::OddHistory))
        }
    }
}

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

    /// What the create trigger noted for the latest round, if there was one and it is one of ours.
    #[must_use]
    pub fn latest(&self) -> Option<Round> {
        self.0.last()?.challenge_metadata.as_deref()?.parse().ok()
    }

    /// How many answers may still be compared, or were left when a right one came.
    #[must_use]
    pub fn attempts_left(&self, call_again: bool, limits: &Limits, now: u64) -> u32 {
        // Other sign-ins may have used up some of the challenge's before this one joined it.
        let allowed = self.latest().map_or(limits.attempts, |round| round.attempts.min(limits.attempts));
        allowed.saturating_sub(self.attempts_used(call_again, limits, now))
    }

    /// How many answers were compared. A round that was granted another call took none: the verify trigger doesn't
    /// compare it.
    #[must_use]
    pub fn attempts_used(&self, call_again: bool, limits: &Limits, now: u64) -> u32 {
        let wrong = self.0.iter().filter(|round| !round.challenge_result).count();
        let wrong = u32::try_from(wrong).unwrap_or(u32::MAX);
        let granted_now = call_again && self.grants_call_again(limits, now);
        wrong.saturating_sub(self.calls_again()).saturating_sub(granted_now.into())
    }

    /// Whether the latest round gets the call that it asked for.
    #[must_use]
    pub fn grants_call_again(&self, limits: &Limits, now: u64) -> bool {
        self.0.last().is_some_and(|latest| !latest.challenge_result)
            && self.latest().is_some_and(|round| round.allows_call_again(limits, now))
    }

    /// Calls-again that were granted before the latest round.
    fn calls_again(&self) -> u32 {
        self.latest().map_or(0, |round| round.calls_again())
    }
}

impl ChallengeResult {
    fn passed(&self, name: &str) -> bool {
        self.challenge_result && self.challenge_name == name
    }
}

/// Without the metadata: other functions put codes into it, and a pool may have been theirs a moment ago.
impl fmt::Debug for ChallengeResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.challenge_name, self.challenge_result)
    }
}

#[cfg(test)]
mod tests;

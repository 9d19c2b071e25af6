//! From the history of a sign-in to its next step. Pure.

use crate::history::{CUSTOM_CHALLENGE, ChallengeResult, Limits, PASSWORD_VERIFIER, Rounds};

const SRP_A: &str = "SRP_A";

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

impl Mode {
    /// What comes after `history`. `call_again` says that the latest round asked for another call in place of an
    /// answer. Anything that isn't known to be right is refused.
    #[must_use]
    pub fn next(self, history: &[ChallengeResult], call_again: bool, limits: &Limits, now: u64) -> Next {
        let rounds = match self.rounds(history) {
            Ok(rounds) => rounds,
            Err(next) => return next,
        };
        let Some((latest, earlier)) = rounds.split_last() else {
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
            Ok(Rounds::of(after_password))
        } else {
            Err(Next::Refuse(Refusal::OddHistory))
        }
    }
}

#[cfg(test)]
mod tests;

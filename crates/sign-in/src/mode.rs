//! Decides the next step of a sign-in from its history.

use crate::history::{CUSTOM_CHALLENGE, ChallengeResult, PASSWORD_VERIFIER, Rounds, SignInLimits};

const SRP_A: &str = "SRP_A";

/// Steps that Cognito itself may insert between the password and the first round.
const STEPS_OF_COGNITO: [&str; 3] = ["DEVICE_PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "SMS_MFA"];

/// What a user must prove to get tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The call is the whole sign-in: anybody who answers the user's phone gets in.
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
    Refuse(RefusalReason),
    /// Issue tokens.
    Tokens,
}

/// The reason why a sign-in ends without tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalReason {
    /// Too many wrong codes.
    AttemptsUsedUp,
    /// No sign-in of this mode has such a history.
    OddHistory,
    /// The password was wrong, or a step of Cognito's own failed.
    PasswordFailed,
    /// The client went straight to the call, which this mode doesn't allow.
    PasswordSkipped,
}

impl RefusalReason {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::AttemptsUsedUp, Self::OddHistory, Self::PasswordFailed, Self::PasswordSkipped];

    /// The word for the log and the metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AttemptsUsedUp => "attempts-used-up",
            Self::OddHistory => "odd-history",
            Self::PasswordFailed => "password-failed",
            Self::PasswordSkipped => "password-skipped",
        }
    }
}

impl Mode {
    /// The step after `history`. `call_again`: the latest answer asked for another call instead. `now` is in seconds
    /// since the Unix epoch. A history that is not known to be right is refused.
    #[must_use]
    pub fn next(self, history: &[ChallengeResult], call_again: bool, limits: &SignInLimits, now: u64) -> Next {
        let rounds = match self.rounds(history) {
            Ok(rounds) => rounds,
            Err(next) => return next,
        };
        let signed = rounds.signed_by_device();
        let Some((latest, earlier)) = rounds.split_last() else {
            return match self {
                _ if !signed => Next::CustomChallenge,
                // A device stands in for the call, and never for the password.
                Self::PasswordThenCall if !call_again => Next::Tokens,
                _ => Next::Refuse(RefusalReason::OddHistory),
            };
        };
        let odd = signed
            || rounds.has_late_device()
            || earlier.iter().any(|round| round.challenge_result)
            || rounds.calls_again() as usize > earlier.len()
            || (call_again && latest.challenge_result);
        if odd {
            return Next::Refuse(RefusalReason::OddHistory);
        }
        if rounds.attempts_left(call_again, limits, now) == 0 {
            return Next::Refuse(RefusalReason::AttemptsUsedUp);
        }
        if latest.challenge_result { Next::Tokens } else { Next::CustomChallenge }
    }

    /// The rounds of a history, if the steps before them are those of this mode. `Err`: the step to take before the
    /// first round, or the refusal.
    fn rounds(self, history: &[ChallengeResult]) -> Result<Rounds<'_>, Next> {
        let after_password = match (self, history) {
            // Some clients send `SRP_A` although no password follows. It proves nothing, so it is ignored.
            (Self::CallOnly, [srp_a, rest @ ..]) if srp_a.passed(SRP_A) => rest,
            (Self::CallOnly, history) => history,
            (Self::PasswordThenCall, [srp_a]) if srp_a.passed(SRP_A) => return Err(Next::PasswordVerifier),
            (Self::PasswordThenCall, [srp_a, password, rest @ ..])
                if srp_a.passed(SRP_A) && password.passed(PASSWORD_VERIFIER) =>
            {
                let steps = rest.iter().take_while(|step| STEPS_OF_COGNITO.contains(&&*step.challenge_name)).count();
                let (steps, rest) = rest.split_at(steps);
                if !steps.iter().all(|step| step.challenge_result) {
                    return Err(Next::Refuse(RefusalReason::PasswordFailed));
                }
                rest
            }
            (Self::PasswordThenCall, [srp_a, password])
                if srp_a.passed(SRP_A) && password.challenge_name == PASSWORD_VERIFIER =>
            {
                return Err(Next::Refuse(RefusalReason::PasswordFailed));
            }
            (Self::PasswordThenCall, []) => return Err(Next::Refuse(RefusalReason::PasswordSkipped)),
            (Self::PasswordThenCall, _) => return Err(Next::Refuse(RefusalReason::OddHistory)),
        };
        if after_password.iter().all(|step| step.challenge_name == CUSTOM_CHALLENGE) {
            Ok(Rounds::of(after_password))
        } else {
            Err(Next::Refuse(RefusalReason::OddHistory))
        }
    }
}

#[cfg(test)]
mod tests;

//! What attackers do. They ignore waiting times, and know the passwords or need none.

use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;
use sign_in::history::SignInLimits;
use sign_in::sending::Purpose;

use crate::round_started::{RoundOutcome, RoundStarted};
use crate::stats::End;
use crate::user_model::{Intent, Next};

/// An attack that lasts as long as visits begin.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attack {
    /// The kind of attack.
    pub kind: Kind,
    /// Sign-ins that they start per minute.
    pub per_minute: f64,
    /// Users whose passwords they know.
    pub accounts: u32,
    /// The countries of these users' numbers, in rotation.
    pub countries: Vec<String>,
}

/// The kinds of attacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Answers the calls and draws them out, to numbers that earn by it
    Fraud,
    /// Makes phones ring that nobody answers; all users have one number
    Flood,
    /// Guesses codes; nobody answers the calls
    Guess,
    /// Guesses codes of users who answer the calls and press the key
    GuessHeard,
    /// Makes up names, in call-only mode
    Names,
    /// Asks for calls to a number that Connect refuses
    NotPermitted,
    /// Signs up with numbers that earn by calls, and draws out Cognito's own codes
    FraudSignUp,
    /// Signs up with other people's numbers, which nobody answers
    FloodSignUp,
    /// Signs in with a password by another flow, past the call
    OtherFlow,
}

/// The longest that a user can make a call: docs/operate/cost.md.
const DRAWN_OUT: Duration = Duration::from_mins(2);

impl Kind {
    /// How long the phone rings and how long the call lasts after that. `None` if nobody answers.
    #[must_use]
    pub fn takes(self) -> Option<(Duration, Duration)> {
        match self {
            Self::Fraud | Self::FraudSignUp => Some((Duration::from_secs(2), DRAWN_OUT)),
            Self::GuessHeard => Some((Duration::from_secs(9), Duration::from_secs(34))),
            _ => None,
        }
    }

    /// What Cognito's own code is good for that they ask for. `None`: they sign in.
    #[must_use]
    pub fn purpose(self) -> Option<Purpose> {
        matches!(self, Self::FraudSignUp | Self::FloodSignUp).then_some(Purpose::Verification)
    }

    /// Whether the attacked user tries to sign in meanwhile, once in three hours.
    #[must_use]
    pub fn has_victim(self) -> bool {
        matches!(self, Self::Flood | Self::FloodSignUp | Self::Guess | Self::GuessHeard)
    }

    /// The attackers' next step when they are asked for a code.
    #[must_use]
    pub fn asked(self, asked: &RoundStarted, limits: &SignInLimits, now: u64) -> Next {
        match (self, asked.outcome) {
            (Self::Guess | Self::GuessHeard, RoundOutcome::Refused(_)) => Next::End(End::Stopped),
            (Self::Fraud | Self::Flood | Self::GuessHeard, RoundOutcome::Called) if asked.rings => Next::Listen,
            (Self::Guess | Self::GuessHeard, _) => Next::Act(Duration::from_secs(1), Intent::Answer),
            (Self::Fraud | Self::Flood, _) => self.called(asked, limits, now),
            _ => Next::End(End::Stopped),
        }
    }

    /// The attackers' next step when a call is over: they guess its code, or ask for the next one.
    #[must_use]
    pub fn called(self, asked: &RoundStarted, limits: &SignInLimits, now: u64) -> Next {
        if self == Self::GuessHeard {
            return Next::Act(Duration::from_secs(1), Intent::Answer);
        }
        let wait = asked.round.seconds_until_call_again(now);
        if asked.round.calls_left(limits) == 0 || wait > 60 {
            return Next::End(End::Stopped);
        }
        Next::Act(Duration::from_secs(wait), Intent::CallAgain)
    }
}

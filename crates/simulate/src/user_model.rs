//! What users do. Only the times of a call are measured. The rest are assumptions, collected here so that they can be
//! changed.

use std::time::Duration;

use serde::Serialize;
use sign_in::history::{Round, SignInLimits};
use sign_in::ledger::{Limit, Refusal};

use crate::rng::Rng;
use crate::round_started::{Failed, RoundOutcome, RoundStarted};
use crate::stats::End;

/// The assumptions about users. Times are in seconds, as a range; probabilities are from 0 to 1.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserModel {
    /// The probability that a user answers a call.
    pub takes: f64,
    /// How long a phone rings before the user answers.
    pub rings: (f64, f64),
    /// How long a call lasts after it is answered: docs/reference/languages.md.
    pub talks: (f64, f64),
    /// From being answered to the gate's key.
    pub passes: f64,
    /// From the end of a call to the answer, and between any two actions of a user.
    pub types: (f64, f64),
    /// The probability that an answer has a wrong digit.
    pub mistypes: f64,
    /// The probability that a user asks for another call after an unanswered one.
    pub asks_again: f64,
    /// The probability that a user starts another sign-in after an error that asks them to try again.
    pub returns: f64,
    /// The most sign-ins of one user, the first included.
    pub sign_ins: u32,
    /// How long a user waits after an error that says "in a minute".
    pub minute: (f64, f64),
    /// The longest wait, in seconds, that a user accepts if the error says how long it is.
    pub patience: u64,
    /// The share of users who sign in by a trusted device.
    pub devices: f64,
    /// The share of visits for a code of Cognito's own that verifies a number: sign-ups, and new numbers.
    pub verifies: f64,
    /// The share of visits for a code of Cognito's own that sets a new password.
    pub resets: f64,
    /// How long a user waits for the phone to ring with a code of Cognito's own. No error says that it won't.
    pub waits: (f64, f64),
}

/// A user's next action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// An action, after this time.
    Act(Duration, Intent),
    /// Nothing more.
    End(End),
    /// The user waits for the end of the call.
    Listen,
}

/// What a user is going to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Give an answer.
    Answer,
    /// Ask for another call.
    CallAgain,
    /// Start a sign-in, or have Cognito send a code.
    SignIn,
}

impl Default for UserModel {
    fn default() -> Self {
        Self {
            takes: 0.9,
            rings: (3.0, 15.0),
            talks: (33.0, 35.0),
            passes: 10.0,
            types: (3.0, 10.0),
            mistypes: 0.05,
            asks_again: 0.8,
            returns: 0.8,
            sign_ins: 4,
            minute: (60.0, 90.0),
            patience: 120,
            // Quotas must do for the day on which nobody has one yet.
            devices: 0.0,
            verifies: 0.0,
            resets: 0.0,
            waits: (30.0, 60.0),
        }
    }
}

impl UserModel {
    /// How long the phone rings and how long the call lasts after that. `None` if the user does not answer.
    pub fn take(&self, longest: Duration, rng: &mut Rng) -> Option<(Duration, Duration)> {
        let times = (rng.within(self.rings).min(longest), rng.within(self.talks));
        rng.chance(self.takes).then_some(times)
    }

    /// What a user does when asked for a code. `now` is in seconds since the Unix epoch.
    pub fn asked(&self, asked: &RoundStarted, limits: &SignInLimits, now: u64, rng: &mut Rng) -> Next {
        match asked.outcome {
            RoundOutcome::Called => Next::Listen,
            RoundOutcome::SameCode => Next::Act(rng.within(self.types), Intent::Answer),
            RoundOutcome::Joined => self.again(&asked.round, *limits, now, rng, End::Unanswered),
            RoundOutcome::Refused(_) => self.again(&asked.round, *limits, now, rng, End::Limit),
        }
    }

    /// What a user does when a call is over, with its code or without.
    pub fn called(&self, heard: bool, round: &Round, limits: &SignInLimits, now: u64, rng: &mut Rng) -> Next {
        if heard {
            return Next::Act(rng.within(self.types), Intent::Answer);
        }
        if !rng.chance(self.asks_again) {
            return Next::End(End::Unanswered);
        }
        self.again(round, *limits, now, rng, End::Unanswered)
    }

    /// What a user does after a sign-in that ended with an error. `sign_ins`: how many the user has started.
    pub fn failed(&self, failed: Failed, sign_ins: u32, rng: &mut Rng) -> Next {
        let (end, wait) = match failed {
            Failed::Call(reason) if reason.kind.passes() => (End::Busy, Some(self.minute)),
            Failed::Call(_) => (End::NotPermitted, None),
            Failed::Ledger => (End::Ledger, Some(self.minute)),
            Failed::Limit(Refusal { limit, retry_after: wait }) => {
                let end = if matches!(limit, Limit::Calls(..)) { End::Limit } else { End::Locked };
                let wait = wait.filter(|wait| *wait <= self.patience).map(Duration::from_secs);
                (end, wait.map(|wait| (wait.as_secs_f64() + self.types.0, wait.as_secs_f64() + self.types.1)))
            }
        };
        self.try_again(end, wait, sign_ins, rng)
    }

    /// What a user does when the call with a code of Cognito's own is over. `codes`: how many the user has asked for.
    pub fn told(&self, heard: bool, codes: u32, rng: &mut Rng) -> Next {
        if heard {
            return Next::Act(rng.within(self.types), Intent::Answer);
        }
        self.try_again_if(self.asks_again, End::Unanswered, Some(self.types), codes, rng)
    }

    /// What a user does for whom no phone has rung. `codes`: how many the user has asked for.
    pub fn waited(&self, codes: u32, rng: &mut Rng) -> Next {
        self.try_again_if(self.asks_again, End::Silence, Some((0.0, 0.0)), codes, rng)
    }

    /// What a user does without attempts left. `sign_ins`: how many the user has started.
    pub fn refused(&self, sign_ins: u32, rng: &mut Rng) -> Next {
        self.try_again(End::Attempts, Some(self.types), sign_ins, rng)
    }

    fn try_again(&self, end: End, wait: Option<(f64, f64)>, sign_ins: u32, rng: &mut Rng) -> Next {
        self.try_again_if(self.returns, end, wait, sign_ins, rng)
    }

    fn try_again_if(&self, chance: f64, end: End, wait: Option<(f64, f64)>, sign_ins: u32, rng: &mut Rng) -> Next {
        match wait {
            Some(wait) if sign_ins < self.sign_ins && rng.chance(chance) => Next::Act(rng.within(wait), Intent::SignIn),
            _ => Next::End(end),
        }
    }

    /// Asks for another call as soon as one is allowed.
    fn again(&self, round: &Round, limits: SignInLimits, now: u64, rng: &mut Rng, end: End) -> Next {
        let wait = round.seconds_until_call_again(now);
        if round.calls_left(&limits) == 0 || wait > self.patience {
            return Next::End(end);
        }
        Next::Act(rng.within(self.types).max(Duration::from_secs(wait)), Intent::CallAgain)
    }
}

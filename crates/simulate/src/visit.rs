//! Somebody who wants in.

use std::time::Duration;

use sign_in::call::spoken;
use sign_in::code::{Code, Subject};
use sign_in::define::Mode;
use sign_in::history::{CUSTOM_CHALLENGE, ChallengeResult, PASSWORD_VERIFIER, Round};
use sign_in::verification::Verification;

use crate::account::Account;
use crate::creation::Creation;
use crate::functions::{Functions, POOL};
use crate::round_started::RoundStarted;
use crate::stats::End;
use crate::user_model::Intent;

/// One visit: a sign-in, or several one after the other.
#[derive(Debug)]
pub struct Visit {
    /// Whose it is.
    pub source: Source,
    /// Who they are, or say that they are.
    pub account: Account,
    /// When it began.
    pub began: Duration,
    /// Whether a phone has rung.
    pub rung: bool,
    /// Which sign-in it is at, from 1 on.
    pub sign_ins: u32,
    /// What they are about to do.
    pub intent: Intent,
    /// The sign-in.
    pub sign_in: SignIn,
    /// How it ended.
    pub end: Option<End>,
}

/// Who visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An attacker.
    Attacker,
    /// Any user.
    User,
    /// The user whom the attack is on.
    Victim,
}

/// What Cognito keeps of a sign-in, and where it is.
#[derive(Debug, Default)]
pub struct SignIn {
    /// The steps that are over.
    pub history: Vec<ChallengeResult>,
    /// The create trigger, while it works.
    pub creation: Option<Creation>,
    /// What the user was asked last.
    pub asked: Option<RoundStarted>,
    /// The call that the user waits for, by its number.
    pub listens: Option<usize>,
    /// The verify trigger, while it judges the latest answer, and when the ledger must be done.
    pub verification: Option<(Verification, Duration)>,
    /// The latest answer.
    pub answer: String,
}

impl Visit {
    /// One that begins.
    #[must_use]
    pub fn new(source: Source, account: Account, began: Duration) -> Self {
        let (intent, sign_in) = (Intent::SignIn, SignIn::default());
        Self { source, account, began, rung: false, sign_ins: 0, intent, sign_in, end: None }
    }

    /// Whether an answer is the code of a round.
    #[must_use]
    pub fn is_code(&self, functions: &Functions, round: &Round, answer: &str) -> bool {
        self.code(functions, round).is_answered_by(answer)
    }

    /// The code as somebody types it who has heard it.
    #[must_use]
    pub fn heard(&self, functions: &Functions, round: &Round) -> String {
        spoken(&self.code(functions, round), functions.language).replace(", ", "")
    }

    fn code(&self, functions: &Functions, round: &Round) -> Code {
        let sub = self.account.sub();
        Code::derive(&functions.key, Subject { user_pool: POOL, sub: &sub }, &round.challenge)
    }
}

impl SignIn {
    /// One that has come to its first round.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        let passed = |name: &str| ChallengeResult {
            challenge_name: name.to_owned(),
            challenge_result: true,
            challenge_metadata: None,
        };
        let history = match mode {
            Mode::CallOnly => Vec::new(),
            Mode::PasswordThenCall => vec![passed("SRP_A"), passed(PASSWORD_VERIFIER)],
        };
        Self { history, ..Self::default() }
    }

    /// Puts a round down as over.
    pub fn over(&mut self, round: &Round, right: bool) {
        self.history.push(ChallengeResult {
            challenge_name: CUSTOM_CHALLENGE.to_owned(),
            challenge_result: right,
            challenge_metadata: Some(round.to_string()),
        });
    }
}

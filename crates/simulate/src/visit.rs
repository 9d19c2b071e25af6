//! A visit: a person tries to sign in, or waits for a code of Cognito's own.

use std::time::Duration;

use sign_in::call::spoken;
use sign_in::code::{Code, Subject};
use sign_in::creation::SignInRound;
use sign_in::define::Mode;
use sign_in::history::DeviceRound;
use sign_in::history::{CUSTOM_CHALLENGE, ChallengeResult, PASSWORD_VERIFIER, Round};
use sign_in::ledger::{CodeAttempt, DeviceAttempt};
use sign_in::sending::Purpose;

use crate::account::Account;
use crate::functions::{Functions, POOL};
use crate::invocation::{Placing, Writing};
use crate::round_started::RoundStarted;
use crate::stats::End;
use crate::user_model::Intent;

/// A visit: one sign-in or several in a row, or one code of Cognito's own or several.
#[derive(Debug)]
pub struct Visit {
    /// The kind of visitor.
    pub source: Source,
    /// The user, or the unknown user that the visitor claims to be.
    pub account: Account,
    /// What Cognito's own code is good for that the visitor wants. `None`: a sign-in.
    pub purpose: Option<Purpose>,
    /// When it began.
    pub began: Duration,
    /// Whether a phone has rung.
    pub rung: bool,
    /// The number of the current sign-in, or of the code that was asked for, from 1.
    pub sign_ins: u32,
    /// What the visitor does next.
    pub intent: Intent,
    /// The sign-in.
    pub sign_in: SignIn,
    /// The number of the latest message with a code of Cognito's own.
    pub message: Option<usize>,
    /// The number of the call that the visitor waits for.
    pub listens: Option<usize>,
    /// How it ended.
    pub end: Option<End>,
}

/// The kinds of visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An attacker.
    Attacker,
    /// Any user.
    User,
    /// The user under attack.
    Victim,
}

/// A sign-in: what Cognito keeps of it, and its current state.
#[derive(Debug, Default)]
pub struct SignIn {
    /// The finished steps.
    pub history: Vec<ChallengeResult>,
    /// The create trigger's invocation, while it runs.
    pub creation: Option<Placing<SignInRound>>,
    /// The round that the user is asked in.
    pub asked: Option<RoundStarted>,
    /// The verify trigger's invocation, while it runs.
    pub verification: Option<Writing<CodeAttempt>>,
    /// The same with the signature of a trusted device, in this round.
    pub signature: Option<(DeviceRound, Writing<DeviceAttempt>)>,
    /// The latest answer.
    pub answer: String,
}

impl Visit {
    /// A new visit.
    #[must_use]
    pub fn new(source: Source, account: Account, purpose: Option<Purpose>, began: Duration) -> Self {
        Self {
            source,
            account,
            purpose,
            began,
            rung: false,
            sign_ins: 0,
            intent: Intent::SignIn,
            sign_in: SignIn::default(),
            message: None,
            listens: None,
            end: None,
        }
    }

    /// Whether an answer is the code of this round.
    #[must_use]
    pub fn is_code(&self, functions: &Functions, round: &Round, answer: &str) -> bool {
        self.code(functions, round).is_answered_by(answer)
    }

    /// The code of a round, as the user heard it.
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
    /// A sign-in in its first round.
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

    /// Adds a finished round to the history.
    pub fn over(&mut self, round: &impl ToString, right: bool) {
        self.history.push(ChallengeResult {
            challenge_name: CUSTOM_CHALLENGE.to_owned(),
            challenge_result: right,
            challenge_metadata: Some(round.to_string()),
        });
    }
}

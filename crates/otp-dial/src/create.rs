//! The create trigger: makes the challenge and has it called.

use rand::TryRng;
use rand::rngs::SysRng;
use serde::Serialize;

use crate::challenge::{Challenge, Limits};
use crate::code::Code;
use crate::dial::Dialer;
use crate::event::CreateRequest;
use crate::fault::Fault;
use crate::phone::{Masked, PhoneNumber};
use crate::settings::{ChallengeSettings, CreateSettings, SettingsError};
use crate::sign_in::{Mode, Rounds};
use crate::speech::Speech;
use crate::trigger::{Answer, Invocation};

/// The private challenge parameter that holds the challenge, for the verify trigger.
pub(crate) const CHALLENGE: &str = "challenge";

/// The create trigger of one sandbox.
#[derive(Debug)]
pub struct Create {
    settings: ChallengeSettings,
    dialer: Dialer,
}

/// What Cognito gets.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateResponse {
    /// What the client gets, to draw its page.
    pub public_challenge_parameters: PublicParameters,
    /// What the verify trigger gets.
    pub private_challenge_parameters: PrivateParameters,
    /// What the define and create triggers find in the history. It is the challenge again.
    pub challenge_metadata: String,
}

/// The parameters for the client: all are strings, as Cognito's API has them.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicParameters {
    delivery: &'static str,
    destination: String,
    code_length: String,
    expires_at: String,
    attempts_left: String,
    calls_left: String,
    call_again_in_seconds: String,
}

/// The parameters for the verify trigger. Not the code: that is derived again.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct PrivateParameters {
    challenge: String,
}

impl Create {
    /// Reads the settings from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let CreateSettings { challenge, connect } = CreateSettings::read(environment)?;
        Ok(Self { settings: challenge, dialer: Dialer::new(connect) })
    }

    /// Answers the trigger.
    pub async fn answer(&self, invocation: &Invocation) -> Result<Answer<CreateResponse>, Fault> {
        let mut id = [0; 16];
        SysRng.try_fill_bytes(&mut id).map_err(|_| Fault::Internal)?;
        self.answer_with(invocation, u128::from_be_bytes(id)).await
    }

    /// `random` becomes the id of the challenge, if there is a new one.
    async fn answer_with(&self, invocation: &Invocation, random: u128) -> Result<Answer<CreateResponse>, Fault> {
        let Self { settings, dialer } = self;
        let &Invocation { ref event, now, deadline } = invocation;
        let request: CreateRequest = event.request()?;
        let callee = Callee::of(settings, &request)?;
        let rounds = Rounds::of(&request.session);
        let call_again = request.client_metadata.call_again();
        let issue = || Challenge::issue(random, now, settings.validity_seconds, settings.digits);
        let (challenge, calls) = match rounds.challenge() {
            None => (issue(), true),
            Some(latest) if call_again && rounds.grants_call_again(&settings.limits, now) => {
                (latest.call_again(now, issue), true)
            }
            Some(latest) => (latest, false),
        };

        let outcome = match (calls, &callee) {
            (false, Callee::Phone(_)) => "same-code",
            (false, Callee::Nobody(why)) => why,
            (true, Callee::Nobody(why)) => {
                dialer.pretend_to_call(random, deadline).await;
                why
            }
            (true, Callee::Phone(phone)) => {
                let subject = event.subject(&request.user_attributes);
                let speech = Speech::new(&Code::derive(&settings.key, subject, &challenge), &settings.brand);
                let placed = dialer.call(phone, speech, challenge.client_token(), deadline).await;
                placed.map_err(|fault| Fault::Call(fault, phone.masked()))?;
                "called"
            }
        };

        let masked = match &callee {
            Callee::Phone(phone) => phone.masked(),
            Callee::Nobody(_) => Masked::made_up(&settings.key, event.user_pool(), event.user_name(), dialer.caller()),
        };
        let attempts_left = rounds.attempts_left(call_again, &settings.limits, now);
        let response = CreateResponse {
            public_challenge_parameters: PublicParameters::new(
                &challenge,
                &masked,
                attempts_left,
                &settings.limits,
                now,
            ),
            private_challenge_parameters: PrivateParameters { challenge: challenge.to_string() },
            challenge_metadata: challenge.to_string(),
        };
        Ok(Answer { response, outcome, destination: Some(masked) })
    }
}

/// Whom to call.
enum Callee {
    /// Nobody, and why, for the log: a client must not learn it.
    Nobody(&'static str),
    Phone(PhoneNumber),
}

impl Callee {
    fn of(settings: &ChallengeSettings, request: &CreateRequest) -> Result<Self, Fault> {
        if request.user_not_found {
            return Ok(Self::Nobody("unknown-user"));
        }
        match PhoneNumber::of(&request.user_attributes, &settings.phone_attribute).map_err(Fault::from) {
            Ok(phone) => Ok(Self::Phone(phone)),
            // Without a password before it, the error would tell a stranger that the user exists.
            Err(fault) if settings.mode == Mode::CallOnly => Ok(Self::Nobody(fault.word())),
            Err(fault) => Err(fault),
        }
    }
}

impl PublicParameters {
    fn new(challenge: &Challenge, destination: &Masked, attempts_left: u32, limits: &Limits, now: u64) -> Self {
        Self {
            delivery: "VOICE",
            destination: destination.to_string(),
            code_length: challenge.digits().to_string(),
            expires_at: challenge.expires_at().to_string(),
            attempts_left: attempts_left.to_string(),
            calls_left: challenge.calls_left(limits).to_string(),
            call_again_in_seconds: challenge.seconds_until_call_again(limits, now).to_string(),
        }
    }
}

#[cfg(test)]
mod tests;

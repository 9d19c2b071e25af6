//! The create trigger: issues the challenge and places the call.

use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use serde::Serialize;
use sign_in::call::Nonce;
use sign_in::creation::{Policy, RoundOutcome, RoundStarted};
use sign_in::define::Mode;
use sign_in::device::{Device, nonce_text};
use sign_in::error::{Failure, TriggerError};
use sign_in::event::CreateRequest;
use sign_in::handled::Handled;
use sign_in::history::{DeviceRound, Round, Rounds};
use sign_in::ledger::{CallKeys, Rules};
use sign_in::metric::UNKNOWN_USER;
use sign_in::phone::{Masked, PhoneNumber};
use sign_in::settings::{CallPolicy, ChallengeSettings, CreateSettings, SettingsError, SpeechSettings};

use crate::connect::{Dialer, as_millis_u64};
use crate::dynamodb::Store;
use crate::https::{Endpoint, Https};
use crate::trigger::Invocation;

use requests::Requests;

mod requests;

/// The create trigger of one sandbox.
#[derive(Debug)]
pub struct Create {
    settings: ChallengeSettings,
    speech: SpeechSettings,
    calls: CallPolicy,
    policy: Policy,
    ledger: Store,
    dialer: Dialer,
    dynamodb: Endpoint,
    connect: Endpoint,
}

/// The trigger's answer.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateResponse {
    /// For the client, which needs them to draw its page.
    pub public_challenge_parameters: PublicParameters,
    /// For the verify trigger. The client never sees them.
    pub private_challenge_parameters: PrivateParameters,
    /// The round, for the history that the later triggers get.
    pub challenge_metadata: String,
}

/// The parameters for the client. All are strings, as in Cognito's API.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PublicParameters {
    /// The user is asked for a code.
    Call(CallParameters),
    /// A trusted device is asked for a signature.
    Device(DeviceParameters),
}

/// The parameters of a round with a call.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallParameters {
    delivery: &'static str,
    destination: String,
    code_length: String,
    expires_at: String,
    expires_in_seconds: String,
    attempts_left: String,
    calls_left: String,
    call_again_in_seconds: String,
    /// Why the requested call was not placed, as an error word. A sign-in that is just starting would have ended with
    /// that error.
    #[serde(skip_serializing_if = "Option::is_none")]
    call_refused: Option<&'static str>,
    /// For how many days a device is trusted that is enrolled with the code. `None`: no device can be enrolled.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_days: Option<String>,
}

/// The parameters of a round in which a trusted device signs.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceParameters {
    delivery: &'static str,
    nonce: String,
    expires_in_seconds: String,
}

/// The parameters for the verify trigger. The code is not among them: it is derived again.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivateParameters {
    challenge: String,
    ledger_row: String,
    /// The device that is asked to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    /// The terms on which a device can be enrolled with the code.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_terms: Option<String>,
}

/// Random numbers for one invocation. Some stay unused.
struct Random {
    challenge: u128,
    sign_in: u64,
    gate: u64,
    handle: Nonce,
}

impl Create {
    /// Reads the settings from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let CreateSettings { challenge: settings, speech, connect: of_connect, policy: calls, failures, ledger, https } =
            CreateSettings::read(environment)?;
        let https = Https::new(&https);
        let (dynamodb, connect) = (https.dynamodb(&ledger), https.connect(&of_connect));
        let rules = Rules { challenge: settings.form, calls: calls.calls, failures, pass_life: ledger.pass_life };
        let policy = Policy { rules, limits: settings.limits, device_days: settings.device_days };
        let ledger = Store::new(&ledger, dynamodb.client());
        let dialer = Dialer::new(of_connect, connect.client());
        Ok(Self { settings, speech, calls, policy, ledger, dialer, dynamodb, connect })
    }

    /// Opens the connections, before there is an event.
    pub async fn open(&self) {
        tokio::join!(self.dynamodb.open(), self.connect.open());
    }

    /// Answers the trigger.
    pub async fn answer(&self, invocation: &Invocation) -> Result<Handled<CreateResponse>, Failure> {
        let random = Random::draw().map_err(|_| TriggerError::Internal)?;
        // Boxed: the future is large, and the runtime moves what holds it.
        Box::pin(self.answer_with(invocation, &random)).await
    }

    async fn answer_with(&self, invocation: &Invocation, random: &Random) -> Result<Handled<CreateResponse>, Failure> {
        let settings = &self.settings;
        let &Invocation { ref event, now, .. } = invocation;
        let request: CreateRequest = event.request()?;
        let callee = Callee::of(settings, &self.calls, &request)?;
        let subject = event.subject(&request.user_attributes);
        let (keys, masked) = match &callee {
            Callee::Phone(phone) => {
                (CallKeys::of(&settings.key, subject.user_pool, subject.sub, phone), phone.masked())
            }
            Callee::UnknownUser(_) => {
                let (user_pool, user_name) = (event.user_pool(), event.user_name());
                let masked = Masked::made_up(&settings.key, user_pool, user_name, self.dialer.caller());
                (CallKeys::of_unknown_user(&settings.key, user_pool, user_name), masked)
            }
        };
        let destination = callee.number();
        let requests = Requests { create: self, invocation, request: &request, callee: &callee, keys: &keys, random };
        let (started, latency) = match requests.make().await {
            Ok(started) => started,
            Err(error) => return Err(Failure { error, destination, user: None }),
        };
        let answer = match started {
            RoundStarted::Device { round, device } => Self::signature_asked(round, &device, &keys, now),
            RoundStarted::Call { round, outcome } => {
                let response = self.code_asked(&round, outcome, &request, &keys, &masked, now);
                let not_called = callee.not_called();
                let limit = outcome.refusal().map(|refusal| refusal.limit);
                let metrics = outcome.metrics(as_millis_u64(latency), not_called);
                let answer = Handled::of(response, not_called.unwrap_or(outcome.word()));
                Handled { limit, advice: callee.advice(), metrics, ..answer }
            }
        };
        Ok(Handled { destination, ..answer })
    }

    /// The answer for a round with a call.
    fn code_asked(
        &self,
        round: &Round,
        outcome: RoundOutcome,
        request: &CreateRequest,
        keys: &CallKeys,
        destination: &Masked,
        now: u64,
    ) -> CreateResponse {
        let limits = &self.settings.limits;
        let rounds = Rounds::of(&request.session);
        let compared = rounds.attempts_used(request.client_metadata.call_again(), limits, now);
        let attempts_left = round.attempts.min(limits.attempts).saturating_sub(compared);
        let terms = self.policy.device_terms(keys.number.hash(), now);
        CreateResponse {
            public_challenge_parameters: PublicParameters::Call(CallParameters {
                delivery: "VOICE",
                destination: destination.to_string(),
                code_length: round.challenge.digits.to_string(),
                expires_at: round.challenge.expires_at.to_string(),
                expires_in_seconds: round.challenge.seconds_left(now).to_string(),
                attempts_left: attempts_left.to_string(),
                calls_left: round.calls_left(limits).to_string(),
                call_again_in_seconds: round.seconds_until_call_again(now).to_string(),
                call_refused: outcome.refusal().map(|_| "CALL_LIMIT"),
                device_days: terms.map(|_| self.policy.device_days.to_string()),
            }),
            private_challenge_parameters: PrivateParameters {
                challenge: round.to_string(),
                ledger_row: keys.user.as_str().to_owned(),
                device: None,
                device_terms: terms.map(|terms| terms.to_string()),
            },
            challenge_metadata: round.to_string(),
        }
    }

    /// The answer for a round in which this device signs.
    fn signature_asked(round: DeviceRound, device: &Device, keys: &CallKeys, now: u64) -> Handled<CreateResponse> {
        let response = CreateResponse {
            public_challenge_parameters: PublicParameters::Device(DeviceParameters {
                delivery: "DEVICE",
                nonce: nonce_text(round.nonce),
                expires_in_seconds: round.seconds_left(now).to_string(),
            }),
            private_challenge_parameters: PrivateParameters {
                challenge: round.to_string(),
                ledger_row: keys.user.as_str().to_owned(),
                device: Some(device.to_string()),
                device_terms: None,
            },
            challenge_metadata: round.to_string(),
        };
        Handled { device: Some(device.key.id()), ..Handled::of(response, "device") }
    }
}

impl Random {
    fn draw() -> Result<Self, SysError> {
        let (mut challenge, mut sign_in, mut gate, mut handle) = ([0; 16], [0; 8], [0; 8], Nonce::default());
        SysRng.try_fill_bytes(&mut challenge)?;
        SysRng.try_fill_bytes(&mut sign_in)?;
        SysRng.try_fill_bytes(&mut gate)?;
        SysRng.try_fill_bytes(&mut handle)?;
        let (sign_in, gate) = (u64::from_be_bytes(sign_in), u64::from_be_bytes(gate));
        Ok(Self { challenge: u128::from_be_bytes(challenge), sign_in, gate, handle })
    }
}

/// Who is called.
enum Callee {
    /// Nobody is called. `None`: the user is unknown. `Some`: the user has no number that can be called, and is
    /// treated as unknown, since a client without the password must not learn that they exist.
    UnknownUser(Option<Failure>),
    Phone(PhoneNumber),
}

impl Callee {
    fn of(settings: &ChallengeSettings, policy: &CallPolicy, request: &CreateRequest) -> Result<Self, Failure> {
        if request.user_not_found {
            return Ok(Self::UnknownUser(None));
        }
        let phone = PhoneNumber::of(&request.user_attributes, &settings.phone_attribute, &policy.prefixes);
        let error = match phone.and_then(|phone| phone.allowed(&policy.countries)) {
            Ok(phone) => return Ok(Self::Phone(phone)),
            Err(error) => error.into(),
        };
        let destination = request.user_attributes.value(&settings.phone_attribute).and_then(Masked::of);
        let failure = Failure { error, destination, user: None };
        // In this mode no password comes first: the error would tell a stranger that the user exists.
        if settings.mode == Mode::CallOnly { Ok(Self::UnknownUser(Some(failure))) } else { Err(failure) }
    }

    /// The reason why nobody is called, in a word for the log.
    fn not_called(&self) -> Option<&'static str> {
        match self {
            Self::UnknownUser(failure) => {
                Some(failure.as_ref().map_or(UNKNOWN_USER, |failure| failure.error.word().as_str()))
            }
            Self::Phone(_) => None,
        }
    }

    /// The user's masked number, for the log.
    fn number(&self) -> Option<Masked> {
        match self {
            Self::UnknownUser(failure) => failure.as_ref()?.destination.clone(),
            Self::Phone(phone) => Some(phone.masked()),
        }
    }

    /// Advice to the operator about a user who can't be called.
    fn advice(&self) -> Option<String> {
        match self {
            Self::UnknownUser(Some(failure)) => Some(failure.error.advice().into_owned()),
            Self::UnknownUser(None) | Self::Phone(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;

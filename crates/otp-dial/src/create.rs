//! The create trigger: makes the challenge and has it called.

use std::time::Instant;

use rand::TryRng;
use rand::rngs::SysRng;
use serde::Serialize;

use crate::aws::https;
use crate::code::Code;
use crate::dial::Dialer;
use crate::event::CreateRequest;
use crate::fault::Fault;
use crate::ledger::call::{Rules, wait};
use crate::ledger::dynamodb::Outcome;
use crate::ledger::{Ask, CallKeys, CallTimes, Counter, Store, UserRow};
use crate::phone::{Masked, PhoneNumber};
use crate::round::{Limits, Round};
use crate::settings::{CallPolicy, ChallengeSettings, CreateSettings, SettingsError};
use crate::sign_in::{Mode, Rounds};
use crate::speech::Speech;
use crate::trigger::{Answer, Invocation};

/// The private challenge parameter that holds the round, for the verify trigger.
pub(crate) const CHALLENGE: &str = "challenge";
/// The one that holds the key of the row in which the ledger counts for the user.
pub(crate) const LEDGER_ROW: &str = "ledgerRow";

/// The create trigger of one sandbox.
#[derive(Debug)]
pub struct Create {
    settings: ChallengeSettings,
    policy: CallPolicy,
    rules: Rules,
    ledger: Store,
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
#[serde(rename_all = "camelCase")]
pub struct PrivateParameters {
    challenge: String,
    ledger_row: String,
}

/// Random numbers for one invocation, used if there is something new.
#[derive(Clone, Copy, Debug)]
struct Random {
    challenge: u128,
    sign_in: u64,
}

impl Create {
    /// Reads the settings from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let CreateSettings { challenge: settings, connect, policy, failures, ledger } =
            CreateSettings::read(environment)?;
        let https = https();
        let rules = Rules { challenge: settings.form, calls: policy.calls, failures };
        let ledger = Store::new(&ledger, https.clone());
        Ok(Self { settings, policy, rules, ledger, dialer: Dialer::new(connect, https) })
    }

    /// Answers the trigger.
    pub async fn answer(&self, invocation: &Invocation) -> Result<Answer<CreateResponse>, Fault> {
        let (mut challenge, mut sign_in) = ([0; 16], [0; 8]);
        SysRng.try_fill_bytes(&mut challenge).map_err(|_| Fault::Internal)?;
        SysRng.try_fill_bytes(&mut sign_in).map_err(|_| Fault::Internal)?;
        let random = Random { challenge: u128::from_be_bytes(challenge), sign_in: u64::from_be_bytes(sign_in) };
        self.answer_with(invocation, random).await
    }

    async fn answer_with(&self, invocation: &Invocation, random: Random) -> Result<Answer<CreateResponse>, Fault> {
        let settings = &self.settings;
        let &Invocation { ref event, now, .. } = invocation;
        let request: CreateRequest = event.request()?;
        let callee = Callee::of(settings, &self.policy, &request)?;
        let rounds = Rounds::of(&request.session);
        let call_again = request.client_metadata.call_again();
        let subject = event.subject(&request.user_attributes);
        let (keys, masked) = match &callee {
            Callee::Phone(phone) => {
                (CallKeys::of(&settings.key, subject.user_pool, subject.sub, phone), phone.masked())
            }
            Callee::Nobody(_) => {
                let (user_pool, user_name) = (event.user_pool(), event.user_name());
                let masked = Masked::made_up(&settings.key, user_pool, user_name, self.dialer.caller());
                (CallKeys::of_nobody(&settings.key, user_pool, user_name), masked)
            }
        };

        let latest = rounds.latest();
        let granted = call_again && rounds.grants_call_again(&settings.limits, now);
        let (round, outcome) = match latest {
            Some(latest) if !granted => (latest, "same-code"),
            latest => {
                let ask = Ask { again: latest.as_ref(), id: random.challenge, now };
                let (user, number, outcome) = self.call(invocation, &request, &callee, &keys, &ask).await?;
                let sign_in = latest.as_ref().map_or(random.sign_in, |round| round.sign_in);
                let calls = latest.as_ref().map_or(0, |round| round.calls).saturating_add(1);
                let compared = rounds.attempts_used(call_again, &settings.limits, now);
                (Round { sign_in, calls, ..self.round(&user, &number, now, compared)? }, outcome)
            }
        };
        let outcome = if let Callee::Nobody(why) = callee { why } else { outcome };

        let attempts_left = round.attempts.min(settings.limits.attempts);
        let attempts_left = attempts_left.saturating_sub(rounds.attempts_used(call_again, &settings.limits, now));
        let response = CreateResponse {
            public_challenge_parameters: PublicParameters::new(&round, &masked, attempts_left, settings.limits, now),
            private_challenge_parameters: PrivateParameters {
                challenge: round.to_string(),
                ledger_row: keys.user.as_str().to_owned(),
            },
            challenge_metadata: round.to_string(),
        };
        Ok(Answer { response, outcome, destination: Some(masked) })
    }

    /// Has the user called if the ledger lets them be: gives the rows as they are then, and what happened. For nobody
    /// all is done alike, but for the call.
    async fn call(
        &self,
        invocation: &Invocation,
        request: &CreateRequest,
        callee: &Callee,
        keys: &CallKeys,
        ask: &Ask<'_>,
    ) -> Result<(UserRow, CallTimes, &'static str), Fault> {
        let &Invocation { ref event, now, deadline } = invocation;
        let counters = match callee {
            Callee::Phone(phone) => self.policy.budget.counters(phone.country(), now),
            // Nobody costs nothing: whoever makes names up must not use up what there is for others.
            Callee::Nobody(_) => Vec::new(),
        };
        let (user, number) = match self.ledger.call(keys, &counters, ask, &self.rules, deadline).await? {
            Outcome::Refused(refusal) => return Err(Fault::Limit(refusal)),
            Outcome::Joined(user, number) => return Ok((user, number, "joined")),
            Outcome::Called(user, number) => (user, number),
        };
        let Callee::Phone(phone) = callee else {
            self.dialer.pretend_to_call(ask.id, deadline).await;
            return Ok((user, number, "called"));
        };
        let issued = user.issued.ok_or(Fault::Internal)?;
        let code = Code::derive(&self.settings.key, event.subject(&request.user_attributes), &issued.challenge);
        let speech = Speech::new(&code, &self.settings.brand);
        // A repeated request for this call, and for this one only, has the same token.
        let client_token = format!("{:032x}-{}", issued.challenge.id, issued.calls);
        let Err(fault) = self.dialer.call(phone, speech, client_token, deadline).await else {
            return Ok((user, number, "called"));
        };
        if !fault.may_ring {
            self.give_back(keys, &counters, issued.challenge.id, now, deadline).await;
        }
        Err(Fault::Call(fault, phone.masked()))
    }

    /// A call that was not placed takes nothing. If the ledger can't be told, it stays counted: that errs on the safe
    /// side.
    async fn give_back(&self, keys: &CallKeys, counters: &[Counter], challenge: u128, now: u64, deadline: Instant) {
        if let Err(fault) = self.ledger.give_back(keys, counters, challenge, now, deadline).await {
            tracing::warn!(cause = fault.cause, advice = %fault.advice, "call stays counted");
        }
    }

    /// The round that starts now. `compared`: the answers of this sign-in that were compared before it.
    fn round(&self, user: &UserRow, number: &CallTimes, now: u64, compared: u32) -> Result<Round, Fault> {
        let issued = user.issued.ok_or(Fault::Internal)?;
        let wait = wait(user, number, &self.rules.calls, now).and_then(|refusal| refusal.wait).unwrap_or(0);
        Ok(Round {
            challenge: issued.challenge,
            sign_in: 0,
            attempts: compared.saturating_add(issued.attempts_left),
            calls: 1,
            call: issued.calls,
            call_again_at: now.saturating_add(wait),
        })
    }
}

/// Whom to call.
enum Callee {
    /// Nobody, and why, for the log: a client must not learn it.
    Nobody(&'static str),
    Phone(PhoneNumber),
}

impl Callee {
    fn of(settings: &ChallengeSettings, policy: &CallPolicy, request: &CreateRequest) -> Result<Self, Fault> {
        if request.user_not_found {
            return Ok(Self::Nobody("unknown-user"));
        }
        let phone = PhoneNumber::of(&request.user_attributes, &settings.phone_attribute);
        match phone.and_then(|phone| phone.allowed(&policy.countries)).map_err(Fault::from) {
            Ok(phone) => Ok(Self::Phone(phone)),
            // Without a password before it, the error would tell a stranger that the user exists.
            Err(fault) if settings.mode == Mode::CallOnly => Ok(Self::Nobody(fault.word())),
            Err(fault) => Err(fault),
        }
    }
}

impl PublicParameters {
    fn new(round: &Round, destination: &Masked, attempts_left: u32, limits: Limits, now: u64) -> Self {
        Self {
            delivery: "VOICE",
            destination: destination.to_string(),
            code_length: round.challenge.digits.to_string(),
            expires_at: round.challenge.expires_at.to_string(),
            attempts_left: attempts_left.to_string(),
            calls_left: round.calls_left(&limits).to_string(),
            call_again_in_seconds: round.seconds_until_call_again(now).to_string(),
        }
    }
}

#[cfg(test)]
mod tests;

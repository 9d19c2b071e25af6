//! The create trigger: makes the challenge and has it called.

use std::time::{Duration, Instant};

use rand::TryRng;
use rand::rngs::{SysError, SysRng};
use serde::Serialize;

use crate::aws::https;
use crate::challenge::Challenge;
use crate::code::Code;
use crate::dial::Dialer;
use crate::event::{CreateRequest, Event};
use crate::fault::Fault;
use crate::language::Language;
use crate::ledger::call::{Rules, wait};
use crate::ledger::dynamodb::{Outcome, PlacedCall};
use crate::ledger::{Ask, CallKeys, CallTimes, Counter, Limit, Refusal, Store, UserRow};
use crate::phone::{Masked, PhoneNumber};
use crate::round::Round;
use crate::settings::{CallPolicy, ChallengeSettings, CreateSettings, SettingsError, SpeechSettings};
use crate::sign_in::{Mode, Rounds};
use crate::speech::{GateDigit, Speech};
use crate::trigger::{Answer, Invocation};

use done::Done;

mod done;

/// The private challenge parameter that holds the round, for the verify trigger.
pub(crate) const CHALLENGE: &str = "challenge";
/// The one that holds the key of the row in which the ledger counts for the user.
pub(crate) const LEDGER_ROW: &str = "ledgerRow";

/// The create trigger of one sandbox.
#[derive(Debug)]
pub struct Create {
    settings: ChallengeSettings,
    speech: SpeechSettings,
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
    expires_in_seconds: String,
    attempts_left: String,
    calls_left: String,
    call_again_in_seconds: String,
    /// Why the call that was asked for is not placed, by the error word that it would be at the start of a sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    call_refused: Option<&'static str>,
}

/// The parameters for the verify trigger. Not the code: that is derived again.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivateParameters {
    challenge: String,
    ledger_row: String,
}

/// Random numbers for one invocation, used if there is something new.
struct Random {
    challenge: u128,
    sign_in: u64,
    gate: u64,
}

impl Create {
    /// Reads the settings from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let CreateSettings { challenge: settings, speech, connect, policy, failures, ledger, trust } =
            CreateSettings::read(environment)?;
        let https = https(trust);
        let rules = Rules { challenge: settings.form, calls: policy.calls, failures };
        let ledger = Store::new(&ledger, https.clone());
        Ok(Self { settings, speech, policy, rules, ledger, dialer: Dialer::new(connect, https) })
    }

    /// Answers the trigger.
    pub async fn answer(&self, invocation: &Invocation) -> Result<Answer<CreateResponse>, Fault> {
        let random = Random::draw().map_err(|_| Fault::Internal)?;
        self.answer_with(invocation, &random).await
    }

    async fn answer_with(&self, invocation: &Invocation, random: &Random) -> Result<Answer<CreateResponse>, Fault> {
        let settings = &self.settings;
        let &Invocation { ref event, now, .. } = invocation;
        let request: CreateRequest = event.request()?;
        let callee = Callee::of(settings, &self.policy, &request)?;
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
        let (round, done) = self.next_round(invocation, &request, &callee, &keys, random).await?;

        let rounds = Rounds::of(&request.session);
        let compared = rounds.attempts_used(request.client_metadata.call_again(), &settings.limits, now);
        let attempts_left = round.attempts.min(settings.limits.attempts).saturating_sub(compared);
        let response = CreateResponse {
            public_challenge_parameters: PublicParameters {
                delivery: "VOICE",
                destination: masked.to_string(),
                code_length: round.challenge.digits.to_string(),
                expires_at: round.challenge.expires_at.to_string(),
                expires_in_seconds: round.challenge.seconds_left(now).to_string(),
                attempts_left: attempts_left.to_string(),
                calls_left: round.calls_left(&settings.limits).to_string(),
                call_again_in_seconds: round.seconds_until_call_again(now).to_string(),
                call_refused: matches!(done, Done::Refused(_)).then_some("CALL_LIMIT"),
            },
            private_challenge_parameters: PrivateParameters {
                challenge: round.to_string(),
                ledger_row: keys.user.as_str().to_owned(),
            },
            challenge_metadata: round.to_string(),
        };
        let nobody = if let Callee::Nobody(why) = callee { Some(why) } else { None };
        let limit = if let Done::Refused(limit) = done { Some(limit) } else { None };
        let answer = Answer::of(response, nobody.unwrap_or(done.word()));
        Ok(Answer { destination: Some(masked), limit, metrics: done.metrics(nobody), ..answer })
    }

    /// The round that starts now, and what was done for it.
    async fn next_round(
        &self,
        invocation: &Invocation,
        request: &CreateRequest,
        callee: &Callee,
        keys: &CallKeys,
        random: &Random,
    ) -> Result<(Round, Done), Fault> {
        let (limits, now) = (&self.settings.limits, invocation.now);
        let rounds = Rounds::of(&request.session);
        let call_again = request.client_metadata.call_again();
        let latest = rounds.latest();
        if let Some(latest) = &latest
            && !(call_again && rounds.grants_call_again(limits, now))
        {
            return Ok((latest.clone(), Done::SameCode));
        }
        let (sign_in, calls) = latest.as_ref().map_or((random.sign_in, 0), |round| (round.sign_in, round.calls));
        let calls = calls.saturating_add(1);
        let ask = Ask { again: latest.as_ref(), id: random.challenge, number: keys.number.hash(), now };
        match (self.call(invocation, request, callee, keys, &ask, random).await, &latest) {
            // The code that the user has is still good. The refused call takes one of the sign-in's, and no attempt.
            (Err(Fault::Limit(Refusal { limit, wait: Some(wait) })), Some(latest))
                if matches!(limit, Limit::Calls(..)) && !latest.challenge.expired(now) =>
            {
                let call_again_at = now.saturating_add(wait);
                Ok((Round { calls, call_again_at, ..latest.clone() }, Done::Refused(limit)))
            }
            (result, _) => {
                let (user, number, done) = result?;
                let compared = rounds.attempts_used(call_again, limits, now);
                Ok((Round { sign_in, calls, ..self.round(&user, &number, now, compared)? }, done))
            }
        }
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
        random: &Random,
    ) -> Result<(UserRow, CallTimes, Done), Fault> {
        let &Invocation { ref event, now, deadline } = invocation;
        let counters = match callee {
            Callee::Phone(phone) => self.policy.budget.counters(phone.country(), now),
            // Nobody costs nothing: whoever makes names up must not use up what there is for others.
            Callee::Nobody(_) => Vec::new(),
        };
        let (user, number) = match self.ledger.call(keys, &counters, ask, &self.rules, deadline).await? {
            Outcome::Refused(refusal) => return Err(Fault::Limit(refusal)),
            Outcome::Joined(user, number) => return Ok((user, number, Done::Joined)),
            Outcome::Called(user, number) => (user, number),
        };
        let Callee::Phone(phone) = callee else {
            self.dialer.pretend_to_call(ask.id, deadline).await;
            return Ok((user, number, Done::Called(Duration::ZERO)));
        };
        let issued = user.issued.ok_or(Fault::Internal)?;
        let speech = self.speech(event, request, phone, &issued.challenge, random);
        // A repeated request for this call, and for this one only, has the same token.
        let client_token = format!("{:032x}-{}", issued.challenge.id, issued.calls);
        let fault = match self.dialer.call(phone, speech, client_token, deadline).await {
            Ok(placed) => return Ok((user, number, Done::Called(placed.latency))),
            Err(fault) => fault,
        };
        if !fault.may_ring {
            let call = PlacedCall { challenge: issued.challenge.id, at: now, attempts: self.rules.challenge.attempts };
            self.give_back(keys, &counters, &call, deadline).await;
        }
        Err(Fault::Call(fault, phone.masked()))
    }

    /// What the call says, in the user's language.
    fn speech(
        &self,
        event: &Event,
        request: &CreateRequest,
        phone: &PhoneNumber,
        challenge: &Challenge,
        random: &Random,
    ) -> Speech {
        let SpeechSettings { brand, gate, language } = &self.speech;
        let code = Code::derive(&self.settings.key, event.subject(&request.user_attributes), challenge);
        let language = Language::of_user(request.user_attributes.value("locale"), phone.country(), language);
        Speech::new(&code, language, brand, gate.then(|| GateDigit::draw(random.gate)))
    }

    /// A call that was not placed takes nothing. If the ledger can't be told, it stays counted: that errs on the safe
    /// side.
    async fn give_back(&self, keys: &CallKeys, counters: &[Counter], call: &PlacedCall, deadline: Instant) {
        if let Err(fault) = self.ledger.give_back(keys, counters, call, deadline).await {
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

impl Random {
    fn draw() -> Result<Self, SysError> {
        let (mut challenge, mut sign_in, mut gate) = ([0; 16], [0; 8], [0; 8]);
        SysRng.try_fill_bytes(&mut challenge)?;
        SysRng.try_fill_bytes(&mut sign_in)?;
        SysRng.try_fill_bytes(&mut gate)?;
        let (sign_in, gate) = (u64::from_be_bytes(sign_in), u64::from_be_bytes(gate));
        Ok(Self { challenge: u128::from_be_bytes(challenge), sign_in, gate })
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

#[cfg(test)]
mod tests;

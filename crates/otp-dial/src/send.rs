//! The custom SMS sender: has Cognito's own codes spoken in a call.
//!
//! Cognito invokes it asynchronously and tells the user that the code was sent, whatever happens. [`sign_in::sending`] has the
//! rules. What no call speaks, such as a temporary password, goes as a text message if the settings name where from.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use sign_in::call::{Carried, GateDigit, Handle, Language, Speech};
use sign_in::calling::Delivery;
use sign_in::code::Key;
use sign_in::error::{DialError, DialErrorKind, Failure, ServiceError, TriggerError};
use sign_in::event::{Event, SendRequest};
use sign_in::handled::Handled;
use sign_in::ledger::{CallKeys, ClientId, Issued, Refusal, Rules, Withheld};
use sign_in::message::Message;
use sign_in::metric::Metric;
use sign_in::phone::{Masked, PhoneError, PhoneNumber};
use sign_in::sending::{Purpose, SendPolicy, Sending, Sent, Source};
use sign_in::settings::{CallPolicy, SendSettings, SettingsError, SpeechSettings};

use crate::aws::time_left;
use crate::calling::{Requests, client_token};
use crate::codes::Codes;
use crate::connect::{Call, Dialer, as_millis_u64};
use crate::dynamodb::Store;
use crate::https::{Endpoint, Https};
use crate::sandbox::{self, Payload};
use text::Texts;

mod text;

/// The `Timeout` of the function in the template. Nobody waits for the answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The function of one sandbox.
#[derive(Debug)]
struct Sender {
    key: Key,
    rules: Rules,
    speech: SpeechSettings,
    calls: CallPolicy,
    ledger: Store,
    dialer: Dialer,
    codes: Codes,
    /// `None`: what no call speaks is not sent.
    texts: Option<Texts>,
    dynamodb: Endpoint,
    connect: Endpoint,
}

/// The sender's event.
#[derive(Deserialize)]
#[serde(transparent)]
struct SendEvent(Event);

/// A code on its way.
struct Code<'a> {
    event: &'a Event,
    request: &'a SendRequest,
    purpose: Purpose,
    /// The message's id.
    id: &'a [u8],
    /// Cognito's message.
    bytes: &'a [u8],
}

/// Serves the function until Lambda ends the sandbox.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    sandbox::serve("send", TIMEOUT, Sender::read, Sender::open, async |sender, SendEvent(event), now, deadline| {
        // Boxed: the future is large, and the runtime moves what holds it.
        Box::pin(sender.answer(&event, now, deadline)).await
    })
    .await
}

impl Sender {
    fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let SendSettings { key, rules, speech, connect: of_connect, policy: calls, ledger, codes, texts, https } =
            SendSettings::read(environment)?;
        let https = Https::new(&https);
        let (dynamodb, connect) = (https.dynamodb(&ledger), https.connect(&of_connect));
        let texts = texts.map(|texts| Texts::new(texts, &ledger, &https));
        let codes = Codes::new(codes, &https);
        let (ledger, dialer) = (Store::new(&ledger, dynamodb.client()), Dialer::new(of_connect, connect.client()));
        Ok(Self { key, rules, speech, calls, ledger, dialer, codes, texts, dynamodb, connect })
    }

    /// Opens the connections of a call, before there is an event. Only a text message needs more.
    async fn open(&self) {
        tokio::join!(self.dynamodb.open(), self.connect.open());
    }

    async fn answer(&self, event: &Event, now: u64, deadline: Instant) -> Result<Handled<Value>, Failure> {
        let request: SendRequest = event.request()?;
        if !event.trigger_source().starts_with(Source::PREFIX) || request.form != SendRequest::FORM {
            return Err(TriggerError::TriggerMixedUp.into());
        }
        let source = Source::parse(event.trigger_source());
        let destination = request.user_attributes.value(PHONE_NUMBER).and_then(Masked::of);
        let bytes = STANDARD.decode(&request.code).unwrap_or_default();
        let sent = match (self.message(event, &bytes), source.and_then(Source::purpose)) {
            (Err((cause, advice)), _) => Ok(not_sent("message", cause, advice)),
            (Ok(message), Some(purpose)) => {
                let code = Code { event, request: &request, purpose, id: message.id(), bytes: &bytes };
                self.call(&code, now, deadline).await
            }
            (Ok(message), None) => self.text(event, &request, source, &message, deadline).await,
        };
        match sent {
            Ok(answer) => Ok(Handled { destination, ..answer }),
            Err(error) => Err(Failure { error, destination, user: None }),
        }
    }

    /// The header of Cognito's message. If it can't be read, or says that another key or pool made it, no call could speak it:
    /// cause and advice.
    fn message<'a>(&self, event: &Event, bytes: &'a [u8]) -> Result<Message<'a>, (&'static str, &'static str)> {
        let message = Message::parse(bytes).ok_or(("Unreadable", UNREADABLE))?;
        let is_ours = message.is_of(event.user_pool(), self.codes.key_arn());
        is_ours.then_some(message).ok_or(("OtherKey", Withheld::Message.advice().unwrap_or_default()))
    }

    /// Has the code spoken in a call, unless the number may not be called or a limit refuses it.
    async fn call(&self, code: &Code<'_>, now: u64, deadline: Instant) -> Result<Handled<Value>, TriggerError> {
        let &Code { event, request, purpose, id, .. } = code;
        let id = u128::from_be_bytes(*id.first_chunk().ok_or(TriggerError::EventMalformed)?);
        let sub = request.user_attributes.value("sub").ok_or(TriggerError::EventMalformed)?;
        let phone = match self.number(request, Some(purpose)) {
            Ok(phone) => phone,
            Err(error) => return Ok(refused(&error.into())),
        };
        let keys = CallKeys::of_codes(&self.key, event.user_pool(), sub, &phone, purpose);
        let policy = SendPolicy::of(self.rules, purpose);
        // The upper half of the id is as random as the rest.
        let draw = u64::try_from(id >> 64).unwrap_or(0);
        let delivery = Delivery {
            now,
            number: keys.number.hash(),
            callable: true,
            counters: self.calls.budget.counters(phone.country(), now, SendPolicy::part(purpose), draw),
            new_challenge: id,
            new_sign_in: 0,
        };
        let Self { ledger, dialer, connect, .. } = self;
        let requests = Requests { ledger, dialer, connect, policy: &policy, keys: &keys, now, deadline, random: 0 };
        let placed =
            requests.make(Sending::new(id, delivery), |issued| Some(self.dial(code, &phone, &keys, issued))).await;
        match placed {
            Ok(Ok((Sent::Void, _))) => Ok(Handled::of(Value::Null, "code-void")),
            Ok(Ok((Sent::Called, latency))) => {
                let metrics = vec![Metric::CallsPlaced, Metric::CallLatency(as_millis_u64(latency))];
                Ok(Handled { metrics, ..Handled::of(Value::Null, "called") })
            }
            Ok(Err(Refusal { limit, .. })) => {
                let metrics = vec![Metric::CallsRefused(limit.to_string().into())];
                let advice = Some(SendPolicy::advice(limit, purpose).to_owned());
                Ok(Handled { limit: Some(limit), advice, metrics, ..Handled::of(Value::Null, REFUSED) })
            }
            // It would refuse the number again.
            Err(error @ TriggerError::Dial(DialError { kind: DialErrorKind::Refused, .. })) => Ok(refused(&error)),
            Err(error) => Err(error),
        }
    }

    /// The number to send to. Cognito's own codes go to `phone_number`. One that nobody has verified gets only codes that verify
    /// it, and what an operator has sent.
    fn number(&self, request: &SendRequest, purpose: Option<Purpose>) -> Result<PhoneNumber, PhoneError> {
        let CallPolicy { prefixes, countries, .. } = &self.calls;
        let attributes = &request.user_attributes;
        let phone = if purpose.is_none_or(Purpose::verifies_number) {
            let number = attributes.value(PHONE_NUMBER).ok_or(PhoneError::Missing)?;
            PhoneNumber::parse_with(number, prefixes)
        } else {
            PhoneNumber::of(attributes, PHONE_NUMBER, prefixes)
        };
        phone?.allowed(countries)
    }

    /// The call of a code. It is the same each time.
    fn dial<'a>(&'a self, code: &Code<'_>, phone: &'a PhoneNumber, keys: &CallKeys, issued: &Issued) -> Call<'a> {
        let SpeechSettings { brand, gate, language } = &self.speech;
        let wish = code.request.client_metadata.language();
        let locale = code.request.user_attributes.value("locale");
        let language = Language::of_user(wish, locale, phone.country(), language);
        let handle = Handle {
            user: keys.user.clone(),
            challenge: issued.challenge,
            call: issued.calls,
            number: keys.number.hash(),
            language,
            message: Some(code.bytes.to_vec()),
        };
        let (nonce, digit) = handle.randoms(&self.key);
        let carried = Carried::Handle(handle.seal(&self.key, nonce));
        let speech = Speech::new(carried, language, brand, gate.then(|| GateDigit::draw(digit)), Some(code.purpose));
        self.dialer.call(phone, speech, client_token(issued))
    }

    /// Sends what no call speaks as a text message.
    async fn text(
        &self,
        event: &Event,
        request: &SendRequest,
        source: Option<Source>,
        message: &Message<'_>,
        deadline: Instant,
    ) -> Result<Handled<Value>, TriggerError> {
        let Some(texts) = &self.texts else {
            return Ok(not_sent("not-for-voice", source.map_or("UnknownSource", Source::name), NOT_FOR_VOICE));
        };
        // Only an operator has something sent to a number that nobody has verified.
        let purpose = if source == Some(Source::AdminCreateUser) { None } else { Some(Purpose::SignIn) };
        let to = match self.number(request, purpose) {
            Ok(to) => to,
            Err(error) => return Ok(refused(&error.into())),
        };
        let until = Instant::now() + time_left(deadline);
        let text = self.codes.open(message, until).await?.and_then(|text| String::from_utf8(text).ok());
        let Some(text) = text else { return Ok(not_sent("message", "Unreadable", UNREADABLE)) };
        let user_name = Some(event.user_name()).filter(|&name| request.user_attributes.value("sub") != Some(name));
        let sent = texts.send(&to, &text::written(source, &self.speech.brand, user_name, &text), until).await;
        let answer = Handled::of(Value::Null, "code-by-text");
        match sent {
            Ok(()) => Ok(answer),
            // It may have been sent. After an error, Lambda would have it sent once more.
            Err(ServiceError { cause, advice, .. }) if matches!(&*cause, "Timeout" | "Response") => {
                Ok(Handled { cause: Some(cause), advice: Some(advice.into_owned()), ..answer })
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Cognito's own attribute for a number.
const PHONE_NUMBER: &str = "phone_number";

/// The outcome of a code that is not sent. It is no error: Lambda would only deliver the event again.
const REFUSED: &str = "code-refused";

/// What the operator can do about a source that no call speaks.
const NOT_FOR_VOICE: &str = "set OTP_SMS_ORIGINATION_IDENTITY, the template's SmsOriginationIdentity: no call speaks what Cognito \
                             sends for this trigger source, so it goes as a text message or not at all";

/// What the operator can do about a message that can't be read.
const UNREADABLE: &str = "update this stack, and if that does not help report it as a bug: Cognito's message is not of a form that \
                          this version reads";

/// The answer for a number that can't be called.
fn refused(error: &TriggerError) -> Handled<Value> {
    let advice = match error {
        TriggerError::Phone(PhoneError::Missing) => {
            "give the user a phone_number: Cognito's own codes go to that attribute".into()
        }
        error => error.advice(),
    };
    let (cause, advice) = (Some(error.cause().to_owned()), Some(advice.into_owned()));
    Handled { cause, advice, metrics: vec![Metric::of(error)], ..Handled::of(Value::Null, REFUSED) }
}

/// The answer for what is neither spoken nor written.
fn not_sent(outcome: &'static str, cause: &str, advice: &str) -> Handled<Value> {
    let (cause, advice) = (Some(cause.to_owned()), Some(advice.to_owned()));
    Handled { cause, advice, metrics: vec![Metric::CodesNotSent], ..Handled::of(Value::Null, outcome) }
}

impl Payload for SendEvent {
    fn user_pool(&self) -> Option<&str> {
        self.0.user_pool_to_log()
    }

    fn sub(&self) -> Option<&str> {
        self.0.sub()
    }

    fn client(&self) -> Option<ClientId> {
        self.0.client()
    }

    fn source(&self) -> Option<&'static str> {
        Source::parse(self.0.trigger_source()).map(Source::name)
    }

    fn answer_to_failure(&self) -> Option<Value> {
        None
    }
}

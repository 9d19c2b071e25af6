//! What Cognito and Connect invoke the functions with.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, from_slice, json};
use sign_in::announcement::{Announcement, ContactEvent, message_of};
use sign_in::call::Language;
use sign_in::code::Key;
use sign_in::define::define;
use sign_in::event::{CreateRequest, DefineRequest, Event, SendRequest, VerifyRequest};
use sign_in::gate::{Tokens, at_once};
use sign_in::history::Rounds;
use sign_in::message::Message;
use sign_in::phone::{Masked, PhoneNumber};
use sign_in::purpose::Source;
use sign_in::settings::{CreateSettings, DefineSettings, GateSettings, SpeakSettings};
use sign_in::verification::compare;

use super::setting::{NOW, key, read};

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| Settings {
    key: key(),
    define: read(DefineSettings::read),
    create: read(CreateSettings::read),
    gate: read(GateSettings::read),
    speak: read(SpeakSettings::read),
});

struct Settings {
    key: Key,
    define: DefineSettings,
    create: CreateSettings,
    gate: GateSettings,
    speak: SpeakSettings,
}

/// Every reader gets every event, as if a function were attached where it does not belong.
pub fn run(data: &[u8]) {
    // Lambda's runtime passes nothing else on.
    let (Ok(json), Ok(event)) = (from_slice::<Value>(data), from_slice::<Event>(data)) else { return };
    header(&event);
    create(&event);
    verify(&event);
    gate(&event);
    send(&event);
    contact(data);
    let _ = define(&SETTINGS.define, &event, NOW);
    let _ = event.request::<DefineRequest>();
    answers(json, event);
}

/// A log gets a pool's id, a `sub` and a client's id by their form alone. `Debug` shows the trigger's source.
fn header(event: &Event) {
    assert!(event.user_pool_to_log().is_none_or(|id| id == event.user_pool() && !id.contains(' ')));
    assert!(event.sub().is_none_or(|sub| sub.len() == 36));
    assert_eq!(format!("{event:?}"), format!("Event({:?})", event.trigger_source()));
}

fn create(event: &Event) {
    let Ok(request) = event.request::<CreateRequest>() else { return };
    let CreateRequest { user_attributes, session, client_metadata, .. } = &request;
    let CreateSettings { challenge, speech, policy, .. } = &SETTINGS.create;
    let rounds = Rounds::of(session);
    let used = rounds.attempts_used(client_metadata.call_again(), &challenge.limits, NOW);
    assert!(used <= u32::try_from(session.len()).unwrap_or(u32::MAX), "more attempts than rounds");
    let _ = (rounds.latest(), rounds.signed_by_device(), rounds.grants_call_again(&challenge.limits, NOW));
    let _ = (client_metadata.trusted_device(), client_metadata.remember_device(), event.subject(user_attributes));
    let phone = PhoneNumber::of(user_attributes, &challenge.phone_attribute, &policy.prefixes);
    if let Ok(phone) = phone.and_then(|phone| phone.allowed(&policy.countries)) {
        let number = phone.as_e164();
        assert!(
            !format!("{phone:?} {} {}", phone.masked(), phone.country()).contains(&number[1..]),
            "a whole number is shown"
        );
        let _ = Language::of_user(
            client_metadata.language(),
            user_attributes.value("locale"),
            phone.country(),
            speech.language,
        );
    }
    let _ = user_attributes.value("phone_number").and_then(Masked::of);
}

/// Without a round of ours, nothing is compared.
fn verify(event: &Event) {
    let Ok(request) = event.request::<VerifyRequest>() else { return };
    if compare(&SETTINGS.key, event, &request, NOW).is_ok() {
        assert!(request.private_challenge_parameters.contains_key("challenge"), "there is no round");
    }
}

/// What needs no ledger is decided without one.
fn gate(event: &Event) {
    let tokens = SETTINGS.gate.rule.decide(event);
    if let Some(word) = at_once(event) {
        assert_eq!(tokens, Tokens::Allowed(word));
    }
}

fn send(event: &Event) {
    let Ok(request) = event.request::<SendRequest>() else { return };
    let _ = Source::parse(event.trigger_source()).and_then(Source::purpose);
    let bytes = STANDARD.decode(&request.code).unwrap_or_default();
    if let Some(message) = Message::parse(&bytes) {
        let _ = (message.id(), message.is_of(event.user_pool(), "arn"));
    }
}

/// Nobody but the phone that was called gets as far as the ledger.
fn contact(data: &[u8]) {
    let Ok(event) = from_slice::<ContactEvent>(data) else { return };
    assert_eq!(format!("{event:?}"), "ContactEvent(redacted)");
    let SpeakSettings { key, instance, .. } = &SETTINGS.speak;
    if let Ok(Ok(Announcement { handle, .. })) = Announcement::new(key, &instance.arn, &event, NOW) {
        let _ = (handle.code(key), message_of(&handle, "arn"));
    }
}

/// Every field goes back to Cognito as it came, but for the response.
fn answers(mut event: Value, read: Event) {
    let Ok(unchanged) = read.unchanged() else {
        assert!(!event.is_object() && read.unanswered().is_none());
        return;
    };
    assert_eq!(unchanged, event);
    let mut answered = read.answered(&json!({ "answerCorrect": true })).expect("an object");
    assert_eq!(answered["response"]["answerCorrect"], true);
    for event in [&mut event, &mut answered] {
        event["response"].take();
    }
    assert_eq!(answered, event);
}

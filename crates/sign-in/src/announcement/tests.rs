use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::call::Language;
use crate::code::{Challenge, Digits};
use crate::ledger::row_write::Step;
use crate::purpose::Purpose;

const NOW: u64 = 1_000;
const INSTANCE: &str = "arn:aws:connect:eu-central-1:123456789012:instance/11111111-2222-3333-4444-555555555555";
const NUMBER: &str = "+12065550100";

fn key() -> Key {
    Key::new(&[7; 32]).unwrap()
}

fn handle() -> Handle {
    Handle {
        user: UserKey::of("us-east-1_Example01", "sub"),
        challenge: Challenge::issue(42, NOW, 300, Digits::SIX),
        call: 2,
        number: NumberKey::of(&key(), NUMBER).hash(),
        language: Language::tagged("en-US").unwrap(),
        message: None,
    }
}

/// Messages that AWS's own SDK made, and the ARN of their key.
fn made() -> (Vec<Vec<u8>>, String) {
    let made: Value = serde_json::from_str(include_str!("../message/messages.json")).unwrap();
    let messages = made["messages"].as_array().unwrap().iter();
    let messages = messages.map(|sample| STANDARD.decode(sample["message"].as_str().unwrap()).unwrap());
    (messages.collect(), made["keyArn"].as_str().unwrap().to_owned())
}

/// The handle of a call with a code of Cognito's own.
fn with_message(message: Vec<u8>) -> Handle {
    let user = UserKey::of_codes("us-east-1_Example01", "sub", Purpose::PasswordReset);
    Handle { user, message: Some(message), ..handle() }
}

/// The event of the right contact, with one field changed.
fn event(pointer: &str, value: Value) -> ContactEvent {
    event_of(&handle(), &[(pointer, value)])
}

fn event_of(handle: &Handle, changes: &[(&str, Value)]) -> ContactEvent {
    let mut event = json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Channel": "VOICE", "InitiationMethod": "API", "InstanceARN": INSTANCE,
                "ContactId": "00000000-0000-0000-0000-000000000007",
                "CustomerEndpoint": { "Address": NUMBER, "Type": "TELEPHONE_NUMBER" },
            },
            "Parameters": { "handle": handle.seal(&key(), [1; 12]), "wish": null },
        },
    });
    for (pointer, value) in changes {
        *event.pointer_mut(pointer).unwrap() = value.clone();
    }
    serde_json::from_value(event).unwrap()
}

fn right() -> ContactEvent {
    event("/Name", json!("ContactFlowEvent"))
}

fn announced(event: &ContactEvent, now: u64) -> Result<Announcement, (Withheld, Option<UserKey>)> {
    Announcement::new(&key(), INSTANCE, event, now).unwrap()
}

fn hearing(announcement: &Announcement) -> Step<'_, HearingAttempt> {
    let Wish::Code(write) = &announcement.wish else { panic!("it denies") };
    write.next()
}

fn denial(announcement: &Announcement) -> Step<'_, DenialAttempt> {
    let Wish::Deny(write) = &announcement.wish else { panic!("it asks for the code") };
    write.next()
}

#[test]
fn the_right_contact_is_noted_as_the_listener_of_its_call() {
    let announcement = announced(&right(), NOW).unwrap();
    let attempt = HearingAttempt { challenge: 42, listener: Listener { call: 2, contact: 7 }, now: NOW };
    assert_eq!(hearing(&announcement), Step::Write(&attempt));
    assert!(announcement.handle == handle());
}

#[test]
fn the_right_contact_can_deny_the_sign_in() {
    let deny = event("/Details/Parameters/wish", json!("deny"));
    let attempt = DenialAttempt { now: NOW + 299 };
    assert_eq!(denial(&announced(&deny, NOW + 299).unwrap()), Step::Write(&attempt));
    let expired = Ok(Err(Withheld::Challenge(Verdict::Expired)));
    assert_eq!(denial(&announced(&deny, NOW + 300).unwrap()), Step::Done(expired));
}

#[test]
fn another_contact_gets_nothing() {
    for (pointer, value, expected) in [
        ("/Details/Parameters/handle", json!("x"), Withheld::Handle),
        ("/Details/Parameters/handle", json!(null), Withheld::Handle),
        ("/Details/Parameters", json!(null), Withheld::Handle),
        ("/Details/Parameters/wish", json!("Deny"), Withheld::Wish),
        ("/Details/Parameters/wish", json!(""), Withheld::Wish),
        ("/Details/Parameters/wish", json!(1), Withheld::Wish),
        ("/Details/ContactData/InstanceARN", json!(format!("{INSTANCE}0")), Withheld::Instance),
        ("/Details/ContactData/InstanceARN", json!(null), Withheld::Instance),
        ("/Details/ContactData/Channel", json!("CHAT"), Withheld::Channel),
        ("/Details/ContactData/InitiationMethod", json!("INBOUND"), Withheld::Initiation),
        ("/Details/ContactData/CustomerEndpoint/Address", json!("+12065550101"), Withheld::Number),
        ("/Details/ContactData/CustomerEndpoint", json!(null), Withheld::Number),
    ] {
        let (withheld, user) = announced(&event(pointer, value), NOW).unwrap_err();
        assert_eq!(withheld, expected, "{pointer}");
        // Whose handle it is, the log must say.
        assert_eq!(user, (expected != Withheld::Handle).then(|| handle().user));
    }
}

/// Invariant 3, as far as time goes.
#[test]
fn invariant_3_an_expired_code_is_not_spoken() {
    assert!(matches!(hearing(&announced(&right(), NOW + 299).unwrap()), Step::Write(_)));
    let expired = Ok(Err(Withheld::Challenge(Verdict::Expired)));
    assert_eq!(hearing(&announced(&right(), NOW + 300).unwrap()), Step::Done(expired));
}

#[test]
fn an_event_without_a_contact_is_a_fault() {
    for event in [json!(null), json!({}), json!({ "Details": { "ContactData": { "ContactId": "x" } } })] {
        let event: ContactEvent = serde_json::from_value(event).unwrap();
        let error = Announcement::new(&key(), INSTANCE, &event, NOW).unwrap_err();
        assert!(matches!(error, TriggerError::EventMalformed));
    }
}

#[test]
fn a_code_of_cognitos_own_is_heard_in_its_own_row() {
    let handle = with_message(made().0.remove(0));
    let announcement = announced(&event_of(&handle, &[]), NOW).unwrap();
    let attempt = HearingAttempt { challenge: 42, listener: Listener { call: 2, contact: 7 }, now: NOW };
    assert_eq!(hearing(&announcement), Step::Write(&attempt));
    assert_eq!(announcement.handle.user.as_str(), "CODE#us-east-1_Example01#sub#reset");
    // No code is derived for it.
    assert_eq!(announcement.handle.code(&key()), None);
}

/// Whoever answers there need not be the user. So it is the number that is left alone, for this purpose.
#[test]
fn the_right_contact_can_have_its_number_left_alone() {
    let hash = handle().number;
    for purpose in Purpose::ALL {
        let user = UserKey::of_codes("us-east-1_Example01", "sub", purpose);
        let handle = Handle { user: user.clone(), ..with_message(Vec::new()) };
        let deny = event_of(&handle, &[("/Details/Parameters/wish", json!("deny"))]);
        let Wish::DenyNumber(number) = announced(&deny, NOW + 299).unwrap().wish else { panic!("{purpose:?}") };
        assert_eq!(number.as_str(), format!("NUMBER#{hash:016x}#{}", purpose.name()));
        // So a call that is replayed later stops nothing.
        let expired = (Withheld::Challenge(Verdict::Expired), Some(user));
        assert_eq!(announced(&deny, NOW + 300), Err(expired));
    }
}

#[test]
fn another_contact_gets_no_message_and_denies_nothing() {
    for wish in [json!(null), json!("deny")] {
        for (pointer, value, expected) in [
            ("/Details/ContactData/InstanceARN", json!("x"), Withheld::Instance),
            ("/Details/ContactData/Channel", json!("CHAT"), Withheld::Channel),
            ("/Details/ContactData/InitiationMethod", json!("INBOUND"), Withheld::Initiation),
            ("/Details/ContactData/CustomerEndpoint/Address", json!("+12065550101"), Withheld::Number),
        ] {
            let handle = with_message(Vec::new());
            let event = event_of(&handle, &[(pointer, value), ("/Details/Parameters/wish", wish.clone())]);
            assert_eq!(announced(&event, NOW), Err((expected, Some(handle.user))));
        }
    }
}

#[test]
fn a_message_is_taken_from_the_pools_own_key_alone() {
    let (messages, key_arn) = made();
    for message in messages {
        let handle = with_message(message);
        assert!(message_of(&handle, &key_arn).is_ok());
        let alias = "arn:aws:kms:us-east-1:123456789012:alias/codes";
        for other in ["", alias, &key_arn[1..], &format!("{key_arn}0"), &key_arn.replace("us-east-1", "us-east-2")] {
            assert_eq!(message_of(&handle, other).unwrap_err(), Withheld::Message, "{other}");
        }
    }
}

/// Somebody else's pool may have the same key.
#[test]
fn a_message_of_another_pool_is_withheld() {
    let (messages, key_arn) = made();
    for pool in ["us-east-1_Example02", "us-east-1_Example0", ""] {
        let user = UserKey::of_codes(pool, "sub", Purpose::SignIn);
        let handle = Handle { user, ..with_message(messages[0].clone()) };
        assert_eq!(message_of(&handle, &key_arn).unwrap_err(), Withheld::Message, "{pool}");
    }
}

#[test]
fn the_handle_of_a_sign_in_has_no_message() {
    let (messages, key_arn) = made();
    assert_eq!(message_of(&handle(), &key_arn).unwrap_err(), Withheld::Message);
    let in_a_users_row = Handle { message: Some(messages[0].clone()), ..handle() };
    assert_eq!(message_of(&in_a_users_row, &key_arn).unwrap_err(), Withheld::Message);
    let without = Handle { message: None, ..with_message(Vec::new()) };
    assert_eq!(message_of(&without, &key_arn).unwrap_err(), Withheld::Message);
}

proptest! {
    /// Only `send-code` can seal a handle, but what it puts in comes with an event.
    #[test]
    fn invariant_8_no_message_in_a_handle_panics(bytes: Vec<u8>, index in 0..24_usize, cut in 0..900_usize) {
        let (mut messages, key_arn) = made();
        let cut = messages.remove(index).into_iter().take(cut).collect();
        for message in [bytes, cut] {
            let handle = with_message(message);
            let sealed = Handle::open(&key(), &handle.seal(&key(), [1; 12])).unwrap();
            prop_assert!(sealed == handle);
            if let Ok(message) = message_of(&handle, &key_arn) {
                // It was not cut.
                prop_assert_eq!(message.open(&[0; 32]), None);
            }
        }
    }
}

//! Without the ledger and a call that goes through: those are in the end-to-end tests.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sign_in::code::{Challenge, Digits, Key};
use sign_in::ledger::NumberKey;
use sign_in::phone::PhoneError;

use super::*;

const NOW: u64 = 1_000_000;

fn create(mode: &str) -> Create {
    let instance = "arn:aws:connect:us-east-1:123456789012:instance/instance-1";
    Create::read(&|name| {
        Some(match name {
            "OTP_MODE" => mode.to_owned(),
            "OTP_KEY" => "k".repeat(32),
            "CONNECT_INSTANCE_ARN" => instance.to_owned(),
            "CONNECT_CONTACT_FLOW_ARN" => format!("{instance}/contact-flow/flow-1"),
            "CONNECT_SOURCE_PHONE_NUMBER" => "+12065550199".to_owned(),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "x".to_owned(),
            "AWS_REGION" => "us-east-1".to_owned(),
            "LEDGER_TABLE_NAME" => "ledger".to_owned(),
            // No server is there, so a request to the ledger fails as unreachable.
            "AWS_ENDPOINT_URL" => "http://127.0.0.1:1".to_owned(),
            _ => return None,
        })
    })
    .unwrap()
}

async fn answer(mode: &str, request: Value) -> Result<Handled<CreateResponse>, Failure> {
    let event = json!({ "userPoolId": "us-east-1_Example01", "userName": "demo", "request": request });
    let invocation = Invocation {
        event: serde_json::from_value(event).unwrap(),
        now: NOW,
        deadline: Instant::now() + Duration::from_secs(5),
    };
    create(mode).answer_with(&invocation, &Random { challenge: 42, sign_in: 7, gate: 3, handle: [1; 12] }).await
}

fn user() -> Value {
    json!({ "sub": "sub", "phone_number": "+12065550107", "phone_number_verified": "true" })
}

/// The row of the user's number.
fn number() -> NumberKey {
    let phone = PhoneNumber::parse("+12065550107").unwrap();
    CallKeys::of(&Key::new(&[b'k'; 32]).unwrap(), "us-east-1_Example01", "sub", &phone).number
}

fn round(metadata: &str) -> Value {
    json!({ "challengeName": "CUSTOM_CHALLENGE", "challengeResult": false, "challengeMetadata": metadata })
}

fn live() -> Round {
    let challenge = Challenge::issue(7, NOW - 30, 300, Digits::default());
    Round { challenge, sign_in: 9, attempts: 3, calls: 1, call: 1, call_again_at: NOW }
}

#[tokio::test]
async fn a_wrong_answer_gets_the_same_code_and_no_call() {
    let request = json!({ "userAttributes": user(), "session": [round(&live().to_string())] });
    let answer = answer("password-then-call", request).await.unwrap();
    assert_eq!(answer.outcome, "same-code");
    let expected = json!({
        "publicChallengeParameters": {
            "delivery": "VOICE",
            "destination": "+1********07",
            "codeLength": "6",
            "expiresAt": (NOW + 270).to_string(),
            "expiresInSeconds": "270",
            "attemptsLeft": "2",
            "callsLeft": "2",
            "callAgainInSeconds": "0",
            "deviceDays": "30",
        },
        "privateChallengeParameters": {
            "challenge": live().to_string(),
            "ledgerRow": "USER#us-east-1_Example01#sub",
            "deviceTerms": format!("{:016x}.{}", number().hash(), NOW + 30 * 86_400),
        },
        "challengeMetadata": live().to_string(),
    });
    assert_eq!(serde_json::to_value(answer.response).unwrap(), expected);
}

#[test]
fn a_device_gets_what_it_signs_and_nothing_else() {
    let keys = CallKeys::of_unknown_user(&Key::new(&[1; 32]).unwrap(), "pool", "name");
    let device: Device = format!("BA{}A.{:016x}.{}.{:032x}", "A".repeat(84), 5, NOW + 9, 8).parse().unwrap();
    let answer = Create::signature_asked(DeviceRound::issue(7, NOW, 300), &device, &keys, NOW + 1);
    assert_eq!((answer.outcome, answer.device), ("device", Some(device.key.id())));
    let round = format!("D1.{:032x}.{NOW}.{}", 7, NOW + 300);
    let expected = json!({
        "publicChallengeParameters": { "delivery": "DEVICE", "nonce": nonce_text(7), "expiresInSeconds": "299" },
        "privateChallengeParameters": {
            "challenge": round, "ledgerRow": keys.user.as_str(), "device": device.to_string(),
        },
        "challengeMetadata": round,
    });
    assert_eq!(serde_json::to_value(answer.response).unwrap(), expected);
}

/// In `call-only`, no metadata of the client reach the first round: a device could never be used.
#[tokio::test]
async fn no_device_is_enrolled_without_a_password() {
    let request = json!({ "userAttributes": user(), "session": [round(&live().to_string())] });
    let response = serde_json::to_value(answer("call-only", request).await.unwrap().response).unwrap();
    for (parameters, name) in
        [("publicChallengeParameters", "deviceDays"), ("privateChallengeParameters", "deviceTerms")]
    {
        assert_eq!(response[parameters].get(name), None);
    }
}

/// Invariants 4 and 7: the ledger is asked before the phone rings. If it can't be asked, the phone doesn't ring.
#[tokio::test]
async fn the_ledger_is_asked_at_first_and_when_a_call_is_asked_for_again() {
    let again = json!({ "callAgain": "true" });
    let (tired, too_early) = (Round { calls: 3, ..live() }, Round { call_again_at: NOW + 1, ..live() });
    for (session, metadata, asked) in [
        (json!([]), json!({}), true),
        (json!([]), again.clone(), true),
        (json!([round(&live().to_string())]), json!({}), false),
        (json!([round(&live().to_string())]), again.clone(), true),
        (json!([round(&too_early.to_string())]), again.clone(), false),
        (json!([round(&tired.to_string())]), again, false),
        // Another solution's triggers were attached to the pool before.
        (json!([round("CODE-123456")]), json!({}), true),
    ] {
        let request = json!({ "userAttributes": user(), "session": session, "clientMetadata": metadata });
        let word = answer("password-then-call", request).await.err().map(|failure| failure.error.word().as_str());
        assert_eq!(word, asked.then_some("SIGN_IN_BUSY"), "{session} {metadata}");
    }
}

/// Invariant 7, as far as the number goes. No server is where the ledger and Connect would be, so a request to them
/// would be another error.
#[tokio::test]
async fn invariant_7_nobody_is_called_without_a_number_that_may_be_called() {
    for (change, error, number) in [
        (json!({ "phone_number": null }), PhoneError::Missing, None),
        (json!({ "phone_number": "" }), PhoneError::Missing, None),
        (json!({ "phone_number_verified": "false" }), PhoneError::Unverified, Some("+1********07")),
        (json!({ "phone_number_verified": null }), PhoneError::Unverified, Some("+1********07")),
        (json!({ "phone_number": "+1206555" }), PhoneError::UnknownRange, Some("+1********55")),
        (json!({ "phone_number": "2065550107" }), PhoneError::NotE164, None),
        (json!({ "phone_number": "+14165550109" }), PhoneError::CountryNotAllowed("CA"), Some("+1********09")),
        (json!({ "phone_number": "+19002345678" }), PhoneError::TypeNotAllowed, Some("+1********78")),
    ] {
        let mut attributes = user();
        for (name, value) in change.as_object().unwrap() {
            attributes[name] = value.clone();
        }
        let mut request = json!({ "userAttributes": attributes, "session": [] });
        match answer("password-then-call", request.clone()).await {
            Err(Failure { error: TriggerError::Phone(found), destination, .. }) => {
                assert_eq!(found, error, "{change}");
                assert_eq!(destination.map(|masked| masked.to_string()).as_deref(), number, "{change}");
            }
            other => panic!("{change}: {other:?}"),
        }
        // No password comes first: a stranger must not learn that the user has no number.
        request["session"] = json!([round(&live().to_string())]);
        let answer = answer("call-only", request).await.unwrap();
        let error = TriggerError::from(error);
        assert_eq!(
            (answer.outcome, answer.advice),
            (error.word().as_str(), Some(error.advice().into_owned())),
            "{change}"
        );
        // The log has the user's number, and the client one that is made up.
        assert_eq!(answer.destination.map(|masked| masked.to_string()).as_deref(), number, "{change}");
        let PublicParameters::Call(shown) = answer.response.public_challenge_parameters else { panic!("{change}") };
        let shown = shown.destination;
        assert_eq!(shown.len(), "+1********07".len(), "{change}");
    }
}

/// Invariant 6: an unknown user gets the same keys, and nobody is called.
#[tokio::test]
async fn invariant_6_an_unknown_user_gets_what_others_get() {
    let known = json!({ "userAttributes": user(), "session": [round(&live().to_string())] });
    let known = serde_json::to_value(answer("call-only", known).await.unwrap().response).unwrap();
    for attributes in [json!(null), json!({}), user()] {
        let session = json!([round(&live().to_string())]);
        let request = json!({ "userAttributes": attributes, "session": session, "userNotFound": true });
        let unknown = serde_json::to_value(answer("call-only", request).await.unwrap().response).unwrap();
        assert_eq!(shape(&unknown), shape(&known));
    }
}

/// The keys, and the form of each value: a number of any length becomes 9.
fn shape(json: &Value) -> Value {
    match json {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::String(text) if text.parse::<Round>().is_ok() => json!("round"),
        Value::String(text) if text.contains('#') => json!("row"),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => json!("9"),
        Value::String(text) => text.replace(|char: char| char.is_ascii_digit(), "9").into(),
        other => other.clone(),
    }
}

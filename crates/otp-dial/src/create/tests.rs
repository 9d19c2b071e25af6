//! Without a call that goes through: those are in the end-to-end tests.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;
use crate::fault::PhoneFault;

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
            // Nobody listens there: a call fails.
            "AWS_ENDPOINT_URL" => "http://127.0.0.1:1".to_owned(),
            _ => return None,
        })
    })
    .unwrap()
}

async fn answer(mode: &str, request: Value) -> Result<Answer<CreateResponse>, Fault> {
    let event = json!({ "userPoolId": "us-east-1_Example01", "userName": "demo", "request": request });
    let invocation = Invocation {
        event: serde_json::from_value(event).unwrap(),
        now: NOW,
        deadline: Instant::now() + Duration::from_secs(5),
    };
    create(mode).answer_with(&invocation, 42).await
}

fn user() -> Value {
    json!({ "sub": "sub", "phone_number": "+12065550107", "phone_number_verified": "true" })
}

fn round(metadata: &str) -> Value {
    json!({ "challengeName": "CUSTOM_CHALLENGE", "challengeResult": false, "challengeMetadata": metadata })
}

fn live() -> Challenge {
    Challenge::issue(7, NOW - 30, 300, crate::code::Digits::default())
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
            "attemptsLeft": "2",
            "callsLeft": "2",
            "callAgainInSeconds": "0",
        },
        "privateChallengeParameters": { "challenge": live().to_string() },
        "challengeMetadata": live().to_string(),
    });
    assert_eq!(serde_json::to_value(answer.response).unwrap(), expected);
}

#[tokio::test]
async fn a_call_is_tried_first_and_when_it_is_asked_for_again() {
    let again = json!({ "callAgain": "true" });
    let mut tired = live();
    for now in [NOW - 20, NOW - 10] {
        tired = tired.call_again(now, || unreachable!("it is live"));
    }
    let too_early = Challenge::issue(7, NOW - 29, 300, crate::code::Digits::default());
    for (session, metadata, calls) in [
        (json!([]), json!({}), true),
        (json!([]), again.clone(), true),
        (json!([round(&live().to_string())]), json!({}), false),
        (json!([round(&live().to_string())]), again.clone(), true),
        (json!([round(&too_early.to_string())]), again.clone(), false),
        (json!([round(&tired.to_string())]), again, false),
        // The pool's triggers were another solution's a moment ago.
        (json!([round("CODE-123456")]), json!({}), true),
    ] {
        let request = json!({ "userAttributes": user(), "session": session, "clientMetadata": metadata });
        let called = match answer("password-then-call", request).await {
            Ok(answer) => answer.outcome == "called",
            Err(fault) => fault.word() == "CALL_UNREACHABLE",
        };
        assert_eq!(called, calls, "{session} {metadata}");
    }
}

/// Invariant 7, as far as validity and verification go. Nobody listens where the call would go, so a call that was
/// tried would be another fault.
#[tokio::test]
async fn invariant_7_nobody_is_called_without_a_valid_and_verified_number() {
    for (change, fault) in [
        (json!({ "phone_number": null }), PhoneFault::Missing),
        (json!({ "phone_number": "" }), PhoneFault::Missing),
        (json!({ "phone_number_verified": "false" }), PhoneFault::Unverified),
        (json!({ "phone_number_verified": null }), PhoneFault::Unverified),
        (json!({ "phone_number": "+1206555" }), PhoneFault::Invalid),
        (json!({ "phone_number": "2065550107" }), PhoneFault::Invalid),
    ] {
        let mut attributes = user();
        for (name, value) in change.as_object().unwrap() {
            attributes[name] = value.clone();
        }
        let request = json!({ "userAttributes": attributes, "session": [] });
        match answer("password-then-call", request.clone()).await {
            Err(Fault::Phone(found)) => assert_eq!(found, fault, "{change}"),
            other => panic!("{change}: {other:?}"),
        }
        // Without a password before it, a stranger must not learn that the user has none.
        assert_eq!(answer("call-only", request).await.unwrap().outcome, Fault::from(fault).word(), "{change}");
    }
}

/// Invariant 6: an unknown user gets the same keys, and nobody is called.
#[tokio::test]
async fn invariant_6_an_unknown_user_gets_what_others_get() {
    let known = json!({ "userAttributes": user(), "session": [round(&live().to_string())] });
    let known = serde_json::to_value(answer("call-only", known).await.unwrap().response).unwrap();
    for session in [json!([]), json!([round(&live().to_string())])] {
        for attributes in [json!(null), json!({}), user()] {
            let request = json!({ "userAttributes": attributes, "session": session, "userNotFound": true });
            let unknown = serde_json::to_value(answer("call-only", request).await.unwrap().response).unwrap();
            assert_eq!(shape(&unknown), shape(&known));
        }
    }
}

/// Keys, and for each value its form: a number of any length as 9.
fn shape(json: &Value) -> Value {
    match json {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::String(text) if text.parse::<Challenge>().is_ok() => json!("challenge"),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => json!("9"),
        Value::String(text) => text.replace(|char: char| char.is_ascii_digit(), "9").into(),
        other => other.clone(),
    }
}

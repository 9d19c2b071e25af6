//! Invariant 6: an unknown user gets the same responses as others, and no call is placed.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::stack::Stack;
use crate::user::{User, refusal, with_password};

#[tokio::test]
async fn invariant_6_an_unknown_user_is_asked_for_the_password_and_fails_as_others_do() {
    let stack = Arc::new(Stack::start(&[]));
    let known = User::new(&stack).await;
    let unknown = User::unknown(&stack, "nobody").await;
    let parameters = |name: &str| json!({ "USERNAME": name, "CHALLENGE_NAME": "SRP_A", "SRP_A": "a".repeat(768) });
    let asked = of_shape(initiate(&stack, parameters(&known.name)).await);
    assert_eq!(asked.2["ChallengeName"], "string");
    assert_eq!(of_shape(initiate(&stack, parameters(&unknown.name)).await), asked);

    let thief = with_password(&known.name, "Wrong-Horse-7");
    let thief = stack.config().await.client(thief, None).await;
    let wrong = refusal(thief.start_with_password().await);
    assert_eq!(refusal(unknown.client.start_with_password().await), wrong);
    assert_eq!(refusal(unknown.client.start().await), refusal(known.client.start().await));
    assert!(stack.calls().await.is_empty());
}

#[tokio::test]
async fn invariant_6_without_a_password_an_unknown_user_gets_a_challenge_that_nothing_answers() {
    let stack = Arc::new(Stack::start(&["OTP_MODE=call-only"]));
    let known = User::new(&stack).await;
    let unknown = User::unknown(&stack, "nobody").await;
    // Another sign-in began a moment ago: all join the same call, or none gets one.
    start(&stack, &known.name).await;
    let (_, _, again) = start(&stack, &unknown.name).await;
    let (asked, for_known) = sign_in(&stack, &known.name).await;
    let (also_asked, for_unknown) = sign_in(&stack, &unknown.name).await;
    assert_eq!(also_asked, asked);
    assert_eq!(asked.len(), 4);
    assert_eq!(asked[3].0, 400, "three wrong answers end both");

    // Apart from the last two digits, the number shown is of the form of any other; for the same name, it is always the
    // same.
    let destination = |parameters: &Value| parameters["destination"].as_str().unwrap().to_owned();
    assert_eq!(destination(&for_known)[..10], destination(&for_unknown)[..10]);
    assert_eq!(destination(&again["ChallengeParameters"]), destination(&for_unknown));
    assert_eq!(stack.calls().await.len(), 1, "only the known user was called");
}

/// A sign-in with three wrong answers: the shape of what comes back each time, and the first parameters.
async fn sign_in(stack: &Stack, name: &str) -> (Vec<(u16, Vec<String>, Value)>, Value) {
    let client_id = stack.config().await.client_id;
    let mut answers = vec![start(stack, name).await];
    let parameters = answers[0].2["ChallengeParameters"].clone();
    for _ in 0..3 {
        let session = answers.last().map(|(_, _, body)| body["Session"].clone());
        let request = json!({
            "ChallengeName": "CUSTOM_CHALLENGE",
            "ClientId": client_id,
            "Session": session,
            "ChallengeResponses": { "USERNAME": name, "ANSWER": "not a code" },
        });
        answers.push(stack.cognito("RespondToAuthChallenge", &request).await);
    }
    (answers.into_iter().map(of_shape).collect(), parameters)
}

/// A sign-in without a password, as it begins.
async fn start(stack: &Stack, name: &str) -> (u16, Vec<String>, Value) {
    initiate(stack, json!({ "USERNAME": name })).await
}

async fn initiate(stack: &Stack, parameters: Value) -> (u16, Vec<String>, Value) {
    let client_id = stack.config().await.client_id;
    let request = json!({ "AuthFlow": "CUSTOM_AUTH", "ClientId": client_id, "AuthParameters": parameters });
    stack.cognito("InitiateAuth", &request).await
}

fn of_shape((status, headers, body): (u16, Vec<String>, Value)) -> (u16, Vec<String>, Value) {
    (status, headers, shape(&body))
}

/// The keys, and what kind of value each has.
fn shape(json: &Value) -> Value {
    match json {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::String(_) => "string".into(),
        other => other.clone(),
    }
}

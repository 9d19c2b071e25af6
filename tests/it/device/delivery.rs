//! Invariant 4: events that are delivered several times, and sign-ins at the same time.

use std::sync::Arc;

use client::cognito::Step;
use serde_json::{Value, json};

use super::{Device, Signed, called, enrolled, logged, shared, sign_in, start_on, unlimited};
use crate::ledger::at_once;
use crate::stack::{clock_at, now};
use crate::table::number;
use crate::user::{User, challenge, id_token, parameter};

/// What Cognito sends to the verify trigger.
async fn answer_event(user: &User, created: &Value, answer: &str) -> Value {
    let mut event = user.answer_event(created, answer);
    event["callerContext"] = json!({ "clientId": user.stack.config().await.client_id });
    event
}

async fn is_right(user: &User, event: &Value) -> bool {
    user.stack.invoke("verify-challenge", event).await.answer()["response"]["answerCorrect"] == true
}

async fn create_on(user: &User, device: &Device) -> Value {
    let mut event = user.create_event();
    event["request"]["clientMetadata"] = json!({ "trustedDevice": device.id() });
    user.stack.invoke("create-challenge", &event).await.answer()["response"].take()
}

async fn signature(user: &User, device: &Device, created: &Value) -> String {
    let config = user.stack.config().await;
    let signed = Signed {
        nonce: created["publicChallengeParameters"]["nonce"].as_str().unwrap().to_owned(),
        user_pool: config.user_pool_id,
        client: config.client_id,
        user_name: user.name.clone(),
    };
    device.sign(&signed.by(&device.id()))
}

#[tokio::test]
async fn invariant_4_three_deliveries_of_a_right_code_enrol_once() {
    let (user, device) = (User::new(&shared()).await, Device::new());
    let created = user.create().await;
    let code = user.code().await;
    let mut event = answer_event(&user, &created, &code).await;
    event["request"]["clientMetadata"] = json!({ "rememberDevice": device.key() });
    assert!(is_right(&user, &event).await);
    let table = user.stack.table().await;
    let row = table.row(&user.key()).await;
    assert_eq!(row.devices().len(), 1);
    for _ in 0..2 {
        assert!(is_right(&user, &event).await);
        assert_eq!(table.row(&user.key()).await, row);
    }
}

#[tokio::test]
async fn invariant_4_three_deliveries_to_create_write_nothing_and_each_answer_is_good() {
    let (user, device) = enrolled(&shared()).await;
    let table = user.stack.table().await;
    let before = table.row(&user.key()).await;
    let mut created = Vec::new();
    for _ in 0..3 {
        created.push(create_on(&user, &device).await);
    }
    assert_eq!(table.row(&user.key()).await, before);
    assert_eq!(user.calls().await.len(), 1);
    let nonces: std::collections::BTreeSet<_> =
        created.iter().map(|created| created["challengeMetadata"].to_string()).collect();
    assert_eq!(nonces.len(), 3);
    // Cognito takes one of them.
    let event = answer_event(&user, &created[2], &signature(&user, &device, &created[2]).await).await;
    assert!(is_right(&user, &event).await);
}

#[tokio::test]
async fn invariant_4_three_deliveries_of_a_signature_are_right_and_a_later_one_is_not() {
    let (user, device) = enrolled(&shared()).await;
    let created = create_on(&user, &device).await;
    let event = answer_event(&user, &created, &signature(&user, &device, &created).await).await;
    assert!(is_right(&user, &event).await);
    let table = user.stack.table().await;
    let row = table.row(&user.key()).await;
    for _ in 0..2 {
        assert!(is_right(&user, &event).await);
        assert_eq!(table.row(&user.key()).await, row);
    }
    let used_at = row.number("deviceUsedAt");
    table.put(row.with("deviceUsedAt", number(used_at - 15))).await;
    assert!(!is_right(&user, &event).await);
    let id = device.id();
    let expected = [[json!(["verify", "device", id]), json!(["verify", "device-used", id])]].concat();
    let lines = logged(&user).await;
    assert_eq!(lines[lines.len() - 2..], expected);
}

/// Lambda answers, and Cognito does not hear it.
#[tokio::test]
async fn invariant_4_answers_that_are_lost_make_no_difference() {
    let stack = unlimited(&[]);
    let (user, device) = enrolled(&stack).await;
    let lost = json!({ "service": "lambda", "next": 2, "error": "Unhandled", "afterwards": true });
    stack.inject_fault(lost.clone()).await;
    let asked = start_on(&user, &device.id()).await;
    assert_eq!(parameter(&asked, "delivery"), "DEVICE");
    let signature = device.answer(&user, &asked).await;
    stack.inject_fault(lost).await;
    id_token(user.client.answer(&asked, &signature).await);
    stack.clear_faults().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invariant_3_one_signature_at_once_is_used_once_and_right_each_time() {
    let (user, device) = enrolled(&shared()).await;
    let created = create_on(&user, &device).await;
    let event = answer_event(&user, &created, &signature(&user, &device, &created).await).await;
    let table = user.stack.table().await;
    let revision = table.row(&user.key()).await.number("revision");
    let user = Arc::new(user);
    let verdicts = at_once((0..4).map(|_| {
        let (user, event) = (user.clone(), event.clone());
        async move { is_right(&user, &event).await }
    }));
    assert_eq!(verdicts.await, [true; 4]);
    assert_eq!(table.row(&user.key()).await.number("revision"), revision + 1);
}

/// Whoever loses is called.
#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_of_a_device_at_once_end_with_tokens_or_a_call() {
    let (user, device) = enrolled(&shared()).await;
    let mut asked = Vec::new();
    for _ in 0..3 {
        let challenge = start_on(&user, &device.id()).await;
        let signature = device.answer(&user, &challenge).await;
        asked.push((challenge, signature));
    }
    let user = Arc::new(user);
    let steps = at_once(asked.into_iter().map(|(challenge, signature)| {
        let user = user.clone();
        async move { user.client.answer(&challenge, &signature).await }
    }));
    let (tokens, others): (Vec<_>, Vec<_>) =
        steps.await.into_iter().partition(|step| matches!(step, Ok(Step::Tokens(_))));
    assert!(!tokens.is_empty());
    for step in others {
        assert_eq!(parameter(&challenge(step), "delivery"), "VOICE");
    }
    clock_at(now() + 1).await;
    sign_in(&user, &device).await;
}

/// They share one code, so one of them enrols.
#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_at_once_enrol_one_device_with_one_code() {
    let user = Arc::new(User::new(&shared()).await);
    let mut asked = Vec::new();
    for _ in 0..3 {
        asked.push((user.start().await, Device::new()));
    }
    let calls = user.calls().await.len();
    let code = user.code().await;
    let steps = at_once(asked.into_iter().map(|(challenge, device)| {
        let (user, code) = (user.clone(), code.clone());
        async move {
            let key = device.key();
            let step = user.client.answer_with(&challenge, &code, &[("rememberDevice", &key)]).await;
            (step, device)
        }
    }));
    let (tokens, others): (Vec<_>, Vec<_>) =
        steps.await.into_iter().partition(|(step, _)| matches!(step, Ok(Step::Tokens(_))));
    let [(_, device)] = &tokens[..] else { panic!("the code works once") };
    let devices = user.stack.table().await.row(&user.key()).await.devices();
    assert!(devices.len() == 1 && devices[0].starts_with(&device.point()), "{devices:?}");
    let (_, other) = &others[0];
    called(&user, start_on(&user, &other.id()).await, calls + 1).await;
    sign_in(&user, device).await;
}

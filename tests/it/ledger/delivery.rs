//! Invariant 4: a request that is delivered several times at once is carried out once.

use std::sync::Arc;

use client::cognito::Step;
use serde_json::{Value, json};

use super::{CALL_ONLY, at_once, warm_up};
use crate::stack::Stack;
use crate::user::{User, challenge, parameter};

const AT_ONCE: &str = "OTP_SECONDS_BETWEEN_CALLS=0";

/// Even with no pause between calls.
#[tokio::test]
async fn invariant_4_three_deliveries_of_one_event_are_one_call_and_one_code() {
    for settings in [&[CALL_ONLY][..], &[CALL_ONLY, AT_ONCE]] {
        let stack = Stack::shared(settings);
        for in_parallel in [false, true] {
            let user = Arc::new(User::new(&stack).await);
            let created = deliver(&user, &user.create_event(), in_parallel).await;
            one_code(&user, 1, &created).await;
        }
    }
}

#[tokio::test]
async fn invariant_4_three_deliveries_of_a_call_again_are_one_further_call() {
    let stack = Stack::shared(&[CALL_ONLY, AT_ONCE]);
    for in_parallel in [false, true] {
        let user = Arc::new(User::new(&stack).await);
        let event = call_again(&user, &user.create().await);
        let created = deliver(&user, &event, in_parallel).await;
        for created in &created {
            assert_eq!(created["publicChallengeParameters"]["callsLeft"], "1");
        }
        one_code(&user, 2, &created).await;
    }
}

#[tokio::test]
async fn invariant_4_two_sign_ins_that_ask_for_another_call_get_the_same_one() {
    let user = Arc::new(User::new(&Stack::shared(&[CALL_ONLY, AT_ONCE])).await);
    let (first, second) = (user.create().await, user.create().await);
    let events = [call_again(&user, &first), call_again(&user, &second)];
    let created = at_once(events.map(|event| create(&user, event))).await;
    one_code(&user, 2, &created).await;
}

#[tokio::test]
async fn invariant_4_ten_sign_ins_at_once_are_one_call_and_one_code() {
    let stack = Stack::shared(&[]);
    warm_up(&stack).await;
    let user = Arc::new(User::new(&stack).await);
    let started = at_once((0..10).map(|_| {
        let user = user.clone();
        async move { user.start().await }
    }))
    .await;
    let expiries: Vec<_> = started.iter().map(|challenge| parameter(challenge, "expiresAt")).collect();
    assert!(expiries.iter().all(|expiry| *expiry == expiries[0]), "{expiries:?}");

    let code = user.code().await;
    let answered = at_once(started.into_iter().map(|challenge| {
        let (user, code) = (user.clone(), code.clone());
        async move { user.client.answer(&challenge, &code).await }
    }))
    .await;
    let (tokens, others): (Vec<_>, Vec<_>) = answered.into_iter().partition(|step| matches!(step, Ok(Step::Tokens(_))));
    assert_eq!(tokens.len(), 1, "the code works once");
    for step in others {
        challenge(step);
    }
    assert_eq!(user.calls().await.len(), 1);
}

/// Delivers an event of the create trigger three times. Returns the trigger's answers.
async fn deliver(user: &Arc<User>, event: &Value, in_parallel: bool) -> Vec<Value> {
    let deliveries = [event; 3].map(|event| create(user, event.clone()));
    if in_parallel {
        return at_once(deliveries).await;
    }
    let mut created = Vec::new();
    for delivery in deliveries {
        created.push(delivery.await);
    }
    created
}

fn create(user: &Arc<User>, event: Value) -> impl Future<Output = Value> + Send + use<> {
    let stack = user.stack.clone();
    async move { stack.invoke("create-challenge", &event).await.answer()["response"].take() }
}

/// The round after this one, in which the user asks for another call.
fn call_again(user: &User, created: &Value) -> Value {
    let round = json!({
        "challengeName": "CUSTOM_CHALLENGE",
        "challengeResult": false,
        "challengeMetadata": created["challengeMetadata"],
    });
    let mut event = user.create_event();
    event["request"]["session"] = json!([round]);
    event["request"]["clientMetadata"] = json!({ "callAgain": "true" });
    event
}

/// Checks that this many calls were placed, all for one challenge, which all these answers of the create trigger have,
/// and that its code works.
async fn one_code(user: &User, calls: usize, created: &[Value]) {
    assert_eq!(user.calls().await.len(), calls);
    let row = user.stack.table().await.row(&user.key()).await;
    assert_eq!((row.calls().len(), row.number("challengeCalls")), (calls, calls as u64));
    for created in created {
        let round = created["challengeMetadata"].as_str().unwrap();
        assert_eq!(round.split('.').nth(1), Some(row.text("challengeId")));
    }
    let code = user.code().await;
    assert_eq!(user.code_of_call(calls).await, code);
    let answer = user.stack.invoke("verify-challenge", &user.answer_event(&created[0], code)).await.answer();
    assert_eq!(answer["response"]["answerCorrect"], true);
}

//! Invariants 2 and 3: how many answers are compared, and how often a code works, over all sign-ins of a user.

use std::collections::BTreeMap;
use std::sync::Arc;

use client::cognito::Step;
use serde_json::Value;

use super::{CALL_ONLY, at_once, stack_with_user, warm_up};
use crate::stack::Stack;
use crate::user::{User, another, challenge, refusal};

const NOT_IN: &str = "NotAuthorizedException: Incorrect username or password.";

#[tokio::test]
async fn invariant_2_of_two_hundred_answers_over_twenty_sign_ins_three_are_compared() {
    let (stack, user) = stack_with_user(&[CALL_ONLY]).await;
    let user = Arc::new(user);
    warm_up(&stack).await;
    let created = sign_ins(&user).await;
    let code = user.code().await;
    let wrong = another(&code);
    let before = stack.table().await.row(&user.key()).await;

    let answers = answers(&user, &created, |_| &wrong).await;
    assert_eq!(answers.len(), 200);
    assert!(answers.iter().all(|right| !right));
    let outcomes = outcomes(&stack).await;
    assert_eq!(outcomes.values().sum::<u64>(), 200, "{outcomes:?}");
    // If the SDK sent a write twice and other writes came between, the log no longer says that the answer was compared.
    assert!((1..=3).contains(&outcomes["wrong"]) && outcomes.len() == 2, "{outcomes:?}");
    let row = stack.table().await.row(&user.key()).await;
    assert_eq!((row.number("attemptsLeft"), row.number("failures")), (0, 3));
    assert_eq!(row.number("revision"), before.number("revision") + 3, "each answer that is compared is a write");

    // The limit is reached: the right code isn't compared either.
    for created in &created {
        assert!(!answer(&user, created, &code).await);
    }
    assert_eq!(stack.table().await.row(&user.key()).await, row);
    assert_eq!(user.calls().await.len(), 1);
}

#[tokio::test]
async fn invariant_2_of_two_hundred_answers_with_right_ones_among_them_one_gets_in_at_most() {
    let (stack, user) = stack_with_user(&[CALL_ONLY]).await;
    let user = Arc::new(user);
    warm_up(&stack).await;
    let created = sign_ins(&user).await;
    let code = user.code().await;
    let wrong = another(&code);
    let before = stack.table().await.row(&user.key()).await;

    // The first and then every seventh: their place among the others differs from run to run.
    let answers = answers(&user, &created, |index| if index % 7 == 0 { &code } else { &wrong }).await;
    let outcomes = outcomes(&stack).await;
    let count = |outcome: &str| outcomes.get(outcome).copied().unwrap_or(0);
    // The right answer of the signed-in session stays right as long as Cognito may repeat it.
    let row = stack.table().await.row(&user.key()).await;
    let winner = row.has("usedBy").then(|| row.text("usedBy").to_owned());
    let of_winner = |created: &Value| Some(sign_in(created)) == winner.as_deref();
    for (index, right) in answers.iter().enumerate() {
        assert!(!right || of_winner(&created[index % created.len()]), "another sign-in got in, too");
    }
    assert_eq!(count("right") > 0, winner.is_some());
    assert_eq!(outcomes.values().sum::<u64>(), 200);
    assert!(count("wrong") + u64::from(winner.is_some()) <= 3, "{outcomes:?}");
    let compared = row.number("revision") - before.number("revision");
    assert!(compared <= 3, "each answer that is compared is a write");
    assert_eq!(compared, 3 - row.number("attemptsLeft") + u64::from(winner.is_some()));
}

#[tokio::test]
async fn invariant_2_sign_ins_of_a_user_share_the_attempts() {
    let (stack, user) = stack_with_user(&[CALL_ONLY]).await;
    let user = Arc::new(user);
    warm_up(&stack).await;
    let started = at_once((0..20).map(|_| {
        let user = user.clone();
        async move { challenge(user.client.start().await) }
    }))
    .await;
    let code = user.code().await;
    let wrong = another(&code);
    let started = at_once(started.into_iter().map(|started| {
        let (user, wrong) = (user.clone(), wrong.clone());
        async move { challenge(user.client.answer(&started, &wrong).await) }
    }))
    .await;
    let row = stack.table().await.row(&user.key()).await;
    assert_eq!((row.number("attemptsLeft"), row.number("failures")), (0, 3));
    for started in &started {
        // This sign-in has two attempts left, but the code has none.
        challenge(user.client.answer(started, &code).await);
    }
    assert_eq!(stack.table().await.row(&user.key()).await, row);
    assert_eq!(user.calls().await.len(), 1);
}

#[tokio::test]
async fn invariant_3_a_right_answer_is_right_again_for_its_own_sign_in_and_while_cognito_repeats_it() {
    let (stack, user) = stack_with_user(&[CALL_ONLY]).await;
    let user = Arc::new(user);
    let (first, second) = (user.create().await, user.create().await);
    let code = user.code().await;
    let table = stack.table().await;
    let before = table.row(&user.key()).await;
    let deliveries = at_once((0..3).map(|_| {
        let (user, first, code) = (user.clone(), first.clone(), code.clone());
        async move { answer(&user, &first, &code).await }
    }))
    .await;
    assert_eq!(deliveries, [true; 3]);
    let row = table.row(&user.key()).await;
    assert_eq!(row.number("revision"), before.number("revision") + 1);
    assert_eq!(row.text("usedBy"), sign_in(&first));

    assert!(!answer(&user, &second, &code).await, "another sign-in");
    assert!(!answer(&user, &first, &another(&code)).await, "another answer");
    assert!(answer(&user, &first, &code).await);
    assert_eq!(table.row(&user.key()).await, row);
    table.let_pass(15).await;
    assert!(!answer(&user, &first, &code).await, "too late");
}

#[tokio::test]
async fn invariant_3_after_its_code_was_used_a_challenge_is_not_joined() {
    // Ten digits, so that two codes are not equal by chance.
    let (stack, user) = stack_with_user(&[CALL_ONLY, "OTP_DIGITS=10"]).await;
    let first = challenge(user.client.start().await);
    let joined = challenge(user.client.start().await);
    let code = user.code().await;
    assert!(matches!(user.client.answer(&first, &code).await, Ok(Step::Tokens(_))));
    let joined = challenge(user.client.answer(&joined, &code).await);

    stack.table().await.let_pass(30).await;
    let next = challenge(user.client.start().await);
    let new_code = user.code_of_call(2).await;
    assert_ne!(new_code, code);
    let next = challenge(user.client.answer(&next, &code).await);
    // The sign-in that had joined knows only the old challenge.
    let joined = challenge(user.client.answer(&joined, &new_code).await);
    assert_eq!(refusal(user.client.answer(&joined, &code).await), NOT_IN);
    assert!(matches!(user.client.answer(&next, &new_code).await, Ok(Step::Tokens(_))));
}

/// Twenty sign-ins at once.
async fn sign_ins(user: &Arc<User>) -> Vec<Value> {
    at_once((0..20).map(|_| {
        let user = user.clone();
        async move { user.create().await }
    }))
    .await
}

/// Ten answers at once to each of these sign-ins: whether they are right.
async fn answers<'a>(user: &Arc<User>, created: &[Value], answer_of: impl Fn(usize) -> &'a String) -> Vec<bool> {
    let count = created.len();
    at_once((0..10 * count).map(|index| {
        let (user, created, text) = (user.clone(), created[index % count].clone(), answer_of(index).clone());
        async move { answer(&user, &created, &text).await }
    }))
    .await
}

async fn answer(user: &User, created: &Value, text: &str) -> bool {
    let answer = user.stack.invoke("verify-challenge", &user.answer_event(created, text)).await.answer();
    answer["response"]["answerCorrect"].as_bool().unwrap()
}

/// The outcomes that the verify trigger has logged for known users, with their counts.
async fn outcomes(stack: &Stack) -> BTreeMap<String, u64> {
    let mut outcomes = BTreeMap::new();
    let lines = stack.log_of("answered").await;
    for line in lines.iter().filter(|line| line["trigger"] == "verify" && line["outcome"] != "unknown-user") {
        *outcomes.entry(line["outcome"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    outcomes
}

/// The sign-in's id in the ledger.
fn sign_in(created: &Value) -> &str {
    created["challengeMetadata"].as_str().and_then(|round| round.split('.').nth(5)).unwrap()
}

//! Invariant 6: the ledger treats an unknown name like any other.

use std::fs;
use std::sync::Arc;

use client::cognito::{Challenge, Step};
use serde_json::json;

use super::{CALL_ONLY, at_once, warm_up};
use crate::command::{ATTRIBUTE, own_flow};
use crate::stack::{Stack, in_time};
use crate::table::{Rows, Table};
use crate::user::User;

/// The delivery that is the default.
const FUNCTION: &[&str] = &[];

#[tokio::test]
async fn invariant_6_an_unknown_name_meets_the_limits_that_others_meet() {
    in_time(async || {
        let (stack, table) = stack(FUNCTION).await;
        let unknown = visit(&stack, &table, User::unknown(&stack, "nobody").await).await?;
        let rows = table.rows().await;
        assert_eq!(rows.len(), 2);
        assert!(rows.keys().any(|key| key.starts_with("UNKNOWN#")), "{rows:?}");
        assert!(rows.keys().any(|key| key.starts_with("NUMBER#UNKNOWN#")), "{rows:?}");
        assert!(stack.calls().await.is_empty());

        assert_eq!(unknown, visit(&stack, &table, User::new(&stack).await).await?);
        assert!(counters(&table.rows().await) > 0);
        for word in ["[CALL_LIMIT #]", "callRefused CALL_LIMIT"] {
            assert!(unknown.iter().any(|answer| answer.contains(word)), "{word}: {unknown:#?}");
        }
        // Nobody takes a stranger's calls, so nobody hears the codes, and no answer is compared.
        assert!(!unknown.iter().any(|answer| answer.contains("SIGN_IN_LOCKED")), "{unknown:#?}");
        Some(())
    })
    .await;
}

/// Where the code is in the call itself, answers are compared whether somebody heard it or not.
#[tokio::test]
async fn invariant_6_an_unknown_name_is_locked_as_others_are() {
    in_time(async || {
        let flow = own_flow();
        let (stack, table) = stack(&["--flow", flow.to_str().unwrap(), "--set", ATTRIBUTE]).await;
        fs::remove_file(flow).unwrap();
        let unknown = visit(&stack, &table, User::unknown(&stack, "nobody").await).await?;
        assert_eq!(unknown, visit(&stack, &table, User::new(&stack).await).await?);
        for word in ["[CALL_LIMIT #]", "callRefused CALL_LIMIT", "SIGN_IN_LOCKED #", "SIGN_IN_LOCKED]"] {
            assert!(unknown.iter().any(|answer| answer.contains(word)), "{word}: {unknown:#?}");
        }
        Some(())
    })
    .await;
}

/// Without a password before it, an error would show a stranger which users exist.
#[tokio::test]
async fn invariant_6_who_is_not_called_meets_the_limits_that_others_meet() {
    in_time(async || {
        let (stack, table) = stack(FUNCTION).await;
        let not_allowed = User::with(&stack, json!({ "phoneNumber": "+19002345678" })).await;
        let answers = visit(&stack, &table, not_allowed).await?;
        let rows = table.rows().await;
        assert!(rows.len() == 2 && rows.keys().all(|key| key.contains("UNKNOWN#")), "{rows:?}");
        assert!(stack.calls().await.is_empty());
        assert_eq!(answers, visit(&stack, &table, User::new(&stack).await).await?);
        Some(())
    })
    .await;
}

/// A pool may treat them as one name, so they must not give more calls.
#[tokio::test]
async fn invariant_6_a_name_in_capitals_is_the_same_name() {
    let stack = Stack::start(&[CALL_ONLY]);
    for name in ["nobody", "NoBody", "NOBODY"] {
        let source = "CreateAuthChallenge_Authentication";
        let event = json!({ "triggerSource": source, "userName": name, "request": { "userNotFound": true } });
        stack.invoke("create-challenge", &event).await.answer();
    }
    let rows = stack.table().await.rows().await;
    assert_eq!(rows.len(), 2, "{rows:?}");
}

/// A stack whose functions run, and its table, which is empty.
async fn stack(delivery: &[&str]) -> (Arc<Stack>, Table) {
    let settings = [CALL_ONLY, "OTP_LOCKOUT_FAILURES=5", "OTP_MAX_FAILURES=6"].into_iter();
    let settings: Vec<_> = settings.flat_map(|setting| ["--set", setting]).collect();
    let stack = Arc::new(Stack::with_arguments(&[&["--limits"], delivery, &settings].concat()));
    warm_up(&stack).await;
    let table = stack.table().await;
    table.clear().await;
    (stack, table)
}

/// The responses to many sign-ins in a row with wrong answers, without the name, the masked number and times. `None` if
/// the machine was too slow for one of them.
async fn visit(stack: &Stack, table: &Table, user: User) -> Option<Vec<String>> {
    // They know nothing of the call, and let it ring.
    let _phone = match user.callee() {
        Some(number) => Some(stack.pick_up_phone(number).await),
        None => None,
    };
    let user = Arc::new(user);
    let mut answers = Vec::new();
    let started = at_once((0..10).map(|_| {
        let user = user.clone();
        async move { user.client.start().await }
    }))
    .await;
    answers.extend(started.into_iter().map(|step| described(step).0));
    // Calls until they are used up.
    for _ in 0..4 {
        table.let_pass(31).await;
        answers.push(described(user.client.start().await).0);
    }
    // The code has expired by then, and there is no call for another one.
    table.let_pass(300).await;
    answers.push(described(user.client.start().await).0);
    // Wrong codes until they are used up: three in one sign-in, two in the next.
    table.let_pass(900).await;
    for _ in 0..2 {
        let (answer, mut challenge) = described(user.client.start().await);
        answers.push(answer);
        while let Some(asked) = challenge {
            let (answer, next) = described(user.client.answer(&asked, "wrong").await);
            answers.push(answer);
            challenge = next;
        }
        answers.push(described(user.client.start().await).0);
        table.let_pass(400).await;
    }
    // The wrong code that locks until it is cleared.
    table.let_pass(4_000).await;
    let (answer, challenge) = described(user.client.start().await);
    answers.push(answer);
    if let Some(challenge) = challenge {
        answers.push(described(user.client.answer(&challenge, "wrong").await).0);
    }
    table.let_pass(100_000).await;
    answers.push(described(user.client.start().await).0);
    if stack.was_too_slow().await { None } else { Some(answers) }
}

/// The response, and the challenge if it is one.
fn described(step: anyhow::Result<Step>) -> (String, Option<Challenge>) {
    match step {
        Ok(Step::Tokens(_)) => panic!("a wrong code gave tokens"),
        Ok(Step::Challenge(challenge)) => {
            let names = ["delivery", "codeLength", "attemptsLeft", "callsLeft"];
            let parameters = names.map(|name| format!("{name} {}", challenge.parameter(name).unwrap()));
            let refused = challenge.parameter("callRefused").map(|word| format!(", callRefused {word}"));
            (parameters.join(", ") + &refused.unwrap_or_default(), Some(challenge))
        }
        Err(error) => (timeless(&error.to_string()), None),
    }
}

/// A text with `#` instead of each number.
fn timeless(text: &str) -> String {
    let mut timeless = text.replace(|c: char| c.is_ascii_digit(), "#");
    while timeless.contains("##") {
        timeless = timeless.replace("##", "#");
    }
    timeless
}

fn counters(rows: &Rows) -> usize {
    rows.keys().filter(|key| key.starts_with("CALLS#")).count()
}

//! Invariant 7: the budgets of all calls.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use super::{CALL_ONLY, at_once, refused_until, stack_with_user, warm_up};
use crate::stack::{Stack, clock_at, in_time, now};
use crate::table::{Row, Table};
use crate::user::{User, challenge, id_token, parameter, refusal};

const HOUR: u64 = 60 * 60;
const DAY: u64 = 24 * HOUR;

#[tokio::test]
async fn invariant_7_all_users_together_are_called_as_often_as_the_budget_allows() {
    let limits = ["OTP_MAX_CALLS_COUNTRY_HOUR=2", "OTP_MAX_CALLS_ALL_HOUR=3", "OTP_MAX_CALLS_ALL_DAY=4"];
    let stack = Arc::new(Stack::start(&[&[CALL_ONLY, "OTP_COUNTRIES=US,CA"][..], &limits].concat()));
    let table = stack.table().await;
    // The test must run within one hour of the clock.
    if now() % HOUR > HOUR - 25 {
        clock_at(now().next_multiple_of(HOUR)).await;
    }
    let (hour, day) = (now() / HOUR * HOUR, now() / DAY * DAY);

    for _ in 0..2 {
        is_called(&american(&stack).await).await;
    }
    refused_until(&american(&stack).await, "country-hour", hour + HOUR).await;
    is_called(&canadian(&stack, 1).await).await;
    let us = format!("CALLS#US#HOUR#{hour}");
    let ca = format!("CALLS#CA#HOUR#{hour}");
    let (all_hour, all_day) = (format!("CALLS#ALL#HOUR#{hour}"), format!("CALLS#ALL#DAY#{day}"));
    assert_eq!(counts(&table, [&us, &ca, &all_hour, &all_day]).await, [2, 1, 3, 3]);

    refused_until(&canadian(&stack, 2).await, "all-hour", hour + HOUR).await;
    // As in the next hour, whose rows begin at 0.
    for key in [&us, &ca, &all_hour] {
        table.delete(key).await;
    }
    is_called(&canadian(&stack, 3).await).await;
    assert_eq!(counts(&table, [&ca, &all_hour, &all_day]).await, [1, 1, 4]);

    refused_until(&american(&stack).await, "all-day", day + DAY).await;
    table.delete(&all_day).await;
    is_called(&american(&stack).await).await;
    assert_eq!(counts(&table, [&us, &all_hour, &all_day]).await, [1, 2, 1]);
    assert_eq!(stack.calls().await.len(), 5);
}

#[tokio::test]
async fn invariant_7_parallel_calls_keep_the_budget() {
    in_time(async || {
        let stack = Arc::new(Stack::start(&[CALL_ONLY, "OTP_MAX_CALLS_ALL_DAY=3"]));
        warm_up(&stack).await;
        let mut users = Vec::new();
        for _ in 0..10 {
            users.push(american(&stack).await);
        }
        let started = at_once(users.into_iter().map(|user| async move { user.client.start().await.is_ok() })).await;
        let (started, calls) = (started.iter().filter(|started| **started).count(), stack.calls().await.len());
        assert!(started <= 3 && calls <= 3, "{started} {calls}");
        if stack.was_too_slow().await {
            return None;
        }
        assert_eq!((started, calls), (3, 3));
        Some(())
    })
    .await;
}

/// The counter has two rows, with room for one call and for two. Which row a call tries first is drawn.
#[tokio::test]
async fn invariant_7_parallel_calls_use_all_rows_of_a_counter_and_no_more() {
    in_time(async || {
        let stack = Arc::new(Stack::start(&[CALL_ONLY, "OTP_MAX_CALLS_ALL_DAY=10000"]));
        warm_up(&stack).await;
        let table = stack.table().await;
        let day = now() / DAY * DAY;
        let keys = [format!("CALLS#ALL#DAY#{day}"), format!("CALLS#ALL#DAY#{day}#1")];
        for (key, calls) in keys.iter().zip(["4999", "4998"]) {
            table.put(Row::new(key).with("calls", AttributeValue::N(calls.to_owned()))).await;
        }
        let mut users = Vec::new();
        for _ in 0..10 {
            users.push(american(&stack).await);
        }
        // Connect takes none of these calls: each is given back to the row that it was counted in.
        stack.inject_fault(json!({ "next": 9, "error": "DestinationNotAllowedException" })).await;
        for user in &users[..2] {
            refusal(user.client.start().await);
        }
        stack.clear_faults().await;
        let given_back = counts(&table, [&keys[0], &keys[1]]).await;

        let before = stack.calls().await.len();
        let started = at_once(users.into_iter().skip(2).map(|user| async move { user.client.start().await.is_ok() }));
        let started = started.await.iter().filter(|started| **started).count();
        let calls = stack.calls().await.len() - before;
        assert!(started <= 3 && calls <= 3, "{started} {calls}");
        if stack.was_too_slow().await || now() / DAY * DAY != day {
            return None;
        }
        assert_eq!((given_back, started, calls), ([4999, 4998], 3, 3));
        assert_eq!(counts(&table, [&keys[0], &keys[1]]).await, [5000, 5000]);
        Some(())
    })
    .await;
}

/// The code that the user has heard is still valid.
#[tokio::test]
async fn a_call_again_that_is_refused_goes_on_with_the_code_and_costs_no_attempt() {
    let (stack, user) = stack_with_user(&[CALL_ONLY, "OTP_SECONDS_BETWEEN_CALLS=0", "OTP_MAX_CALLS_ALL_DAY=1"]).await;
    let first = challenge(user.client.start().await);
    assert_eq!(first.parameter("callRefused"), None);
    let code = user.code().await;
    let rows = stack.table().await.rows().await;
    let second = challenge(user.client.call_again(&first).await);
    for (name, value) in [("callRefused", "CALL_LIMIT"), ("attemptsLeft", "3"), ("callsLeft", "1")] {
        assert_eq!(parameter(&second, name), value, "{name}");
    }
    assert_ne!(parameter(&second, "callAgainInSeconds"), "0");
    assert_eq!(parameter(&second, "expiresAt"), parameter(&first, "expiresAt"));
    assert_eq!(stack.table().await.rows().await, rows);
    assert_eq!(stack.log_of("answered").await.pop().unwrap()["limit"], "all-day");
    assert_eq!(user.calls().await.len(), 1);
    id_token(user.client.answer(&second, &code).await);
}

/// The user is called and hears the code. After that, nothing changes the rows.
async fn is_called(user: &User) {
    challenge(user.client.start().await);
    user.code().await;
}

async fn american(stack: &Arc<Stack>) -> User {
    User::new(stack).await
}

async fn canadian(stack: &Arc<Stack>, index: usize) -> User {
    User::with(stack, json!({ "phoneNumber": format!("+1416555010{index}") })).await
}

/// How many calls are counted in these rows.
async fn counts<const N: usize>(table: &Table, keys: [&String; N]) -> [u64; N] {
    let rows = table.rows().await;
    keys.map(|key| rows[key].number("calls"))
}

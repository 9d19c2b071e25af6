//! Rules across sign-ins: one call and one code, and limits on guesses, calls and cost. The real functions run on the
//! embedded `DynamoDB` or another one: see tests/with-ministack.

mod answer;
mod budget;
mod delivery;
mod failure;
mod give_back;
mod join;
mod limit;
mod number;
mod store;
mod time_to_live;
mod unknown_user;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::stack::{Invoked, Stack, logged, now};
use crate::user::{User, refusal};

/// These tests are not about the password.
const CALL_ONLY: &str = "OTP_MODE=call-only";

/// A stack that no other test uses, and a user.
async fn stack_with_user(settings: &[&str]) -> (Arc<Stack>, User) {
    let stack = Arc::new(Stack::start(settings));
    let user = User::new(&stack).await;
    (stack, user)
}

/// Starts ten processes of create and of verify, with open connections. On a busy machine, ten that start at the same
/// time would miss the time limits of their first requests, and the client would get an error.
async fn warm_up(stack: &Arc<Stack>) {
    at_once((0..10).map(|index| {
        let stack = stack.clone();
        async move {
            let event = |source: &str, mut request: Value| {
                request["userNotFound"] = true.into();
                json!({ "triggerSource": source, "userName": format!("nobody-{index}"), "request": request })
            };
            let create = event("CreateAuthChallenge_Authentication", json!({}));
            let Invoked::Answer(created) = stack.invoke("create-challenge", &create).await else { return };
            let private = &created["response"]["privateChallengeParameters"];
            let request = json!({ "privateChallengeParameters": private, "challengeAnswer": "wrong" });
            stack.invoke("verify-challenge", &event("VerifyAuthChallengeResponse_Authentication", request)).await;
        }
    }))
    .await;
}

/// Runs all futures at the same time. Returns their results in order.
pub(crate) async fn at_once<T: Send + 'static>(
    work: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = work.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

/// A sign-in that a limit refuses. The client gets the remaining time, the log names the limit, no call is placed, and
/// no row changes. Returns the seconds that are left.
async fn refused_until(user: &User, limit: &str, until: u64) -> u64 {
    let before = now();
    let refusal = refused_by(user, limit).await;
    let seconds = refusal.split(' ').find_map(|word| word.parse().ok()).unwrap_or_else(|| panic!("{refusal}"));
    let (text, word) =
        if limit == "lockout" { ("Too many wrong codes", "SIGN_IN_LOCKED") } else { ("Too many calls", "CALL_LIMIT") };
    assert_eq!(refusal, for_client(&format!("{text}, try again in {seconds} seconds [{word} {seconds}]")));
    assert!((until - now()..=until - before).contains(&seconds), "{limit}: {seconds}");
    seconds
}

/// The same, without a check of the client's error, which it returns.
async fn refused_by(user: &User, limit: &str) -> String {
    let stack = &user.stack;
    let table = stack.table().await;
    let (rows, calls) = (table.rows().await, stack.calls().await.len());
    let refusal = refusal(user.client.start().await);
    assert_eq!(table.rows().await, rows, "{limit}: a refused call takes nothing");
    assert_eq!(stack.calls().await.len(), calls, "{limit}");
    let fault = stack.log_of("fault").await.pop().unwrap();
    let word = refusal.split(['[', ' ', ']']).rfind(|word| word.contains('_')).unwrap();
    assert_eq!(logged(&fault), json!(["WARN", word, "Limit"]));
    assert_eq!(fault["limit"], limit);
    assert!(fault["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{fault}");
    refusal
}

/// The error that a client gets if the create trigger fails.
fn for_client(text: &str) -> String {
    format!("UserLambdaValidationException: CreateAuthChallenge failed with error {text}.")
}

//! Whatever fails on the way, a message is one call.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::{SPOKEN, code_after, lines, sent};
use crate::cognito::Cognito;
use crate::phone::{Phone, code_in, last_words};
use crate::stack::{Stack, WAIT_TIMEOUT, functions, functions_with, wait_for};

const NUMBER: &str = "+12065550101";

/// The number and the code of the sample message.
const SAMPLE_NUMBER: &str = "+12065550100";
const SAMPLE_CODE: &str = "407161";

/// The call was counted, and the function that was to place it is dead.
#[tokio::test]
async fn invariant_4_a_function_that_dies_before_the_call_has_it_placed_by_the_next_try() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let folder = deadly(&listener.local_addr().unwrap().to_string());
    let pool = Cognito::of(Arc::new(Stack::with_functions(folder.clone(), &[]))).await;
    pool.sign_up("ann", NUMBER, SPOKEN[0].locale).await.unwrap();
    // It asks Connect for the call.
    let connection = timeout(WAIT_TIMEOUT, listener.accept()).await.expect("it asks").unwrap();
    let rows = pool.stack.table().await.rows().await;
    assert_eq!(rows.keys().filter(|key| key.starts_with("CODE#")).count(), 1, "{rows:?}");
    fs::write(folder.join("dead"), "").unwrap();
    let process = fs::read_to_string(folder.join("pid")).unwrap();
    assert!(Command::new("kill").args(["-9", process.trim()]).status().unwrap().success());
    drop(connection);
    assert_eq!(sent(&pool.stack, 1).await[0]["outcome"], "called");
    is_one_call(&pool).await;
}

#[tokio::test]
async fn invariant_4_a_call_whose_answer_was_lost_is_not_placed_again() {
    let pool = Cognito::of(Arc::new(Stack::start(&[]))).await;
    // Both attempts of the first try.
    pool.stack.inject_fault(json!({ "next": 2, "error": "drop", "afterwards": true })).await;
    pool.sign_up("ann", NUMBER, SPOKEN[0].locale).await.unwrap();
    assert_eq!(sent(&pool.stack, 1).await[0]["outcome"], "called");
    let faults = lines(&pool.stack, "fault", "send").await;
    assert_eq!((faults.len(), &faults[0]["outcome"]), (1, &json!("CALL_UNREACHABLE")), "{faults:?}");
    is_one_call(&pool).await;
}

/// Lambda may deliver an event again although nothing has failed. Connect knows the call by its token, also when it has ended.
#[tokio::test]
async fn invariant_4_a_message_that_comes_again_after_its_call_was_declined_is_not_another_call() {
    let stack = Stack::start(&[]);
    let phone = Phone::with_number(&stack, SAMPLE_NUMBER).await;
    deliver(&stack, 1).await;
    phone.ring(1).await;
    assert_eq!(code_in(&phone.decline(1).await), None);
    deliver(&stack, 2).await;
    counts_one_call(&stack).await;
}

/// Connect is not even asked.
#[tokio::test]
async fn invariant_4_a_message_that_comes_again_after_its_code_was_heard_is_not_dialled() {
    let stack = Stack::start(&[]);
    let phone = Phone::with_number(&stack, SAMPLE_NUMBER).await;
    deliver(&stack, 1).await;
    phone.ring(1).await;
    assert_eq!(code_in(&phone.take(1).await).as_deref(), Some(SAMPLE_CODE));
    stack.inject_fault(json!({ "next": 99, "error": "LimitExceededException" })).await;
    deliver(&stack, 2).await;
    counts_one_call(&stack).await;
}

/// The code was not said, so a new one is asked for. It is another call.
#[tokio::test]
async fn without_kms_the_call_says_that_it_is_sorry() {
    let pool = Cognito::of(Arc::new(Stack::start(&[]))).await;
    pool.stack.inject_fault(json!({ "service": "kms", "next": 99, "error": "DisabledException" })).await;
    pool.sign_up("ann", NUMBER, SPOKEN[0].locale).await.unwrap();
    let call = wait_for("the call to end", async || {
        pool.stack.calls_to(NUMBER).await.pop().filter(|call| call["state"] == "ended")
    })
    .await;
    assert_eq!(code_in(&call), None);
    assert_eq!(last_words(&call), call["attributes"]["Sorry"]);
    pool.stack.clear_faults().await;
    pool.send_again("ann").await.unwrap();
    let code = code_after(&pool, NUMBER, 2, &SPOKEN[0], SPOKEN[0].verification).await;
    pool.confirm("ann", &code).await.unwrap();
}

/// The phone rang once, and its code is right.
async fn is_one_call(pool: &Cognito) {
    let code = code_after(pool, NUMBER, 1, &SPOKEN[0], SPOKEN[0].verification).await;
    pool.confirm("ann", &code).await.unwrap();
    counts_one_call(&pool.stack).await;
}

/// One call was placed, and counted once.
async fn counts_one_call(stack: &Stack) {
    assert_eq!(stack.calls().await.len(), 1);
    let rows = stack.table().await.rows().await;
    let (_, row) = rows.iter().find(|(key, _)| key.starts_with("NUMBER#")).unwrap();
    assert_eq!(row.calls().len(), 1, "{row:?}");
}

/// Delivers the sample message. There have been so many deliveries then, and none had an error.
async fn deliver(stack: &Stack, count: usize) {
    let event = serde_json::from_str(include_str!("../../../events/send-01-sign-up.json")).unwrap();
    assert_eq!(stack.invoke("send-code", &event).await.answer(), Value::Null);
    let outcomes: Vec<_> = sent(stack, count).await.iter().map(|line| line["outcome"].clone()).collect();
    assert_eq!(outcomes, vec![json!("called"); count]);
}

/// The functions. Until there is a file `dead`, Connect is at this address for `send-code`, which leaves its process's id.
fn deadly(address: &str) -> PathBuf {
    let folder = functions_with(&[]);
    let send = folder.join("send-code");
    fs::remove_file(&send).unwrap();
    let (here, real) = (folder.display(), functions().join("send-code"));
    let script = format!(
        "#!/bin/sh\nif [ ! -e '{here}/dead' ]; then\nexport AWS_ENDPOINT_URL_DYNAMODB=\"${{AWS_ENDPOINT_URL_DYNAMODB:-$AWS_ENDPOINT_URL}}\"\n\
         export AWS_ENDPOINT_URL=http://{address}\necho $$ > '{here}/pid'\nfi\nexec '{}'\n",
        real.display()
    );
    fs::write(&send, script).unwrap();
    fs::set_permissions(&send, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

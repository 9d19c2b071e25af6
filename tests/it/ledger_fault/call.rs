//! Faults before a call.

use std::sync::Arc;

use serde_json::json;

use super::{BUSY, FAILURES, LOST, assert_busy, lose_answers, order, stack, survives};
use crate::stack::{logged, wait_for};
use crate::user::{User, challenge, id_token, refusal};

/// Neither when it is read, nor when it is written.
#[tokio::test]
async fn nobody_is_called_if_the_ledger_fails() {
    let stack = stack().await;
    let table = stack.table().await;
    for operation in ["BatchGetItem", "TransactWriteItems"] {
        let user = User::new(&stack).await;
        let before = table.rows().await;
        for (error, level, cause) in FAILURES {
            order(&stack, 9, operation, error).await;
            assert_busy(&stack, user.client.start().await, "CreateAuthChallenge", level, cause).await;
            stack.clear_faults().await;
            assert_eq!(table.rows().await, before, "{operation} {error}");
            assert!(user.calls().await.is_empty(), "{operation} {error}");
        }
        signs_in(&user).await;
    }
}

/// The AWS SDK retries.
#[tokio::test]
async fn one_failure_that_passes_goes_unnoticed() {
    let stack = stack().await;
    for operation in ["BatchGetItem", "TransactWriteItems"] {
        for error in ["InternalServerError", "ProvisionedThroughputExceededException", "drop", "timeout"] {
            let attempt = async |user: User| {
                order(&stack, 1, operation, error).await;
                sign_in(&user).await
            };
            survives(&stack, attempt).await;
        }
    }
}

/// The request that repeats it has the same token, so it isn't carried out again.
#[tokio::test]
async fn a_write_whose_answer_was_lost_is_counted_once_and_called_once() {
    let stack = stack().await;
    for error in LOST {
        let attempt = async |user: User| {
            lose_answers(&stack, 1, "TransactWriteItems", error).await;
            sign_in(&user).await?;
            Ok(user)
        };
        let user = survives(&stack, attempt).await;
        let row = stack.table().await.row(&user.key()).await;
        assert_eq!((row.calls().len(), row.number("challengeCalls")), (1, 1), "{error}");
    }
}

/// A call that is counted but not placed: in doubt, a call counts.
#[tokio::test]
async fn if_it_stays_unknown_whether_it_was_written_nobody_is_called_and_the_next_pause_brings_a_call() {
    let stack = stack().await;
    let table = stack.table().await;
    for error in LOST {
        let user = User::new(&stack).await;
        lose_answers(&stack, 9, "TransactWriteItems", error).await;
        assert_eq!(refusal(user.client.start().await), for_client(BUSY), "{error}");
        stack.clear_faults().await;
        assert_eq!(table.row(&user.key()).await.calls().len(), 1, "{error}");
        // The next sign-in joins a call that was never placed.
        challenge(user.client.start().await);
        assert!(user.calls().await.is_empty(), "{error}");
        table.let_pass(30).await;
        signs_in(&user).await;
    }
}

#[tokio::test]
async fn a_write_that_others_come_between_is_tried_again() {
    let stack = stack().await;
    for next in [1, 3] {
        let user = User::new(&stack).await;
        order(&stack, next, "TransactWriteItems", "TransactionCanceledException").await;
        signs_in(&user).await;
        assert_eq!(stack.table().await.row(&user.key()).await.calls().len(), 1);
    }
    assert!(stack.log_of("fault").await.is_empty());

    let user = User::new(&stack).await;
    let before = stack.table().await.rows().await;
    order(&stack, 1_000, "TransactWriteItems", "TransactionCanceledException").await;
    assert_busy(&stack, user.client.start().await, "CreateAuthChallenge", "WARN", "Conflict").await;
    stack.clear_faults().await;
    assert_eq!(stack.table().await.rows().await, before);
    signs_in(&user).await;
}

#[tokio::test]
async fn a_ledger_that_is_slow_is_given_up_before_cognito_gives_up_on_us() {
    let stack = stack().await;
    let user = User::new(&stack).await;
    let slow = json!({ "service": "dynamodb", "next": 9, "operation": "BatchGetItem", "delayMs": 10_000 });
    stack.inject_fault(slow).await;
    assert_busy(&stack, user.client.start().await, "CreateAuthChallenge", "WARN", "Timeout").await;
    stack.clear_faults().await;
    let log = stack.log().await;
    assert!(!log.iter().any(|line| line.contains("timed out")), "{log:#?}");
    signs_in(&user).await;
}

/// The call stays counted if it can't be given back.
#[tokio::test]
async fn a_call_that_can_not_be_given_back_stays_counted() {
    let stack = stack().await;
    let user = Arc::new(User::new(&stack).await);
    let table = stack.table().await;
    // Connect refuses late, so that the ledger can fail after the call was counted.
    stack.inject_fault(json!({ "next": 9, "error": "AccessDeniedException", "delayMs": 1_000 })).await;
    let start = tokio::spawn({
        let user = user.clone();
        async move { user.client.start().await }
    });
    wait_for("the call to be counted", async || {
        table.rows().await.get(&user.key()).filter(|row| row.calls().len() == 1).map(drop)
    })
    .await;
    order(&stack, 9, "TransactWriteItems", "ThrottlingException").await;
    let text = "Calls are not available, ask for help [CALL_MISCONFIGURED]";
    assert_eq!(refusal(start.await.unwrap()), for_client(text));
    stack.clear_faults().await;
    assert_eq!(table.row(&user.key()).await.calls().len(), 1);
    let kept = stack.log_of("call stays counted").await;
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["cause"], "ThrottlingException");
    let fault = stack.log_of("fault").await.pop().unwrap();
    assert_eq!(logged(&fault), json!(["ERROR", "CALL_MISCONFIGURED", "AccessDeniedException"]));
}

/// Signs in with the first call, which must succeed.
async fn signs_in(user: &User) {
    sign_in(user).await.unwrap();
}

/// Signs in with the first call, or gives the error that ended it.
async fn sign_in(user: &User) -> anyhow::Result<()> {
    let challenge = challenge(Ok(user.client.start().await?));
    id_token(user.client.answer(&challenge, &user.code().await).await);
    assert_eq!(user.calls().await.len(), 1);
    Ok(())
}

fn for_client(text: &str) -> String {
    format!("UserLambdaValidationException: CreateAuthChallenge failed with error {text}.")
}

//! Faults before a verdict.

use serde_json::json;

use super::{BUSY, FAILURES, LOST, assert_busy, lose_answers, order, stack, survives};
use crate::stack::{Invoked, logged};
use crate::user::{User, another, challenge, id_token};

#[tokio::test]
async fn nobody_gets_in_if_the_ledger_fails() {
    let stack = stack().await;
    let table = stack.table().await;
    let user = User::new(&stack).await;
    let last = challenge(user.client.start().await);
    let code = user.code().await;
    for (error, level, cause) in FAILURES {
        let joined = challenge(user.client.start().await);
        let before = table.rows().await;
        order(&stack, 9, "UpdateItem", error).await;
        let answered = user.client.answer(&joined, &code).await;
        assert_busy(&stack, answered, "VerifyAuthChallengeResponse", level, cause).await;
        stack.clear_faults().await;
        assert_eq!(table.rows().await, before, "{error}");
    }
    // The errors have ended those sign-ins. Nothing was compared, so the code is still valid.
    id_token(user.client.answer(&last, &code).await);
}

/// Neither answer shows whether it was right: both get the same error.
#[tokio::test]
async fn a_failure_does_not_tell_right_from_wrong() {
    let stack = stack().await;
    let user = User::new(&stack).await;
    let created = user.create().await;
    let code = user.code().await;
    for text in [&code, &another(&code)] {
        order(&stack, 9, "UpdateItem", "ThrottlingException").await;
        let invoked = stack.invoke("verify-challenge", &user.answer_event(&created, &**text)).await;
        let Invoked::Error(word, said) = invoked else { panic!("{invoked:?}") };
        assert_eq!((&*word, &*said), ("SIGN_IN_BUSY", BUSY));
    }
}

#[tokio::test]
async fn a_right_answer_whose_verdict_was_lost_on_the_way_gets_in_once() {
    let stack = stack().await;
    let table = stack.table().await;
    for error in LOST {
        let attempt = async |user: User| {
            let (first, second) = (challenge(user.client.start().await), challenge(user.client.start().await));
            let code = user.code().await;
            let before = table.row(&user.key()).await;
            lose_answers(&stack, 1, "UpdateItem", error).await;
            id_token(Ok(user.client.answer(&first, &code).await?));
            let row = table.row(&user.key()).await;
            assert_eq!(row.number("revision"), before.number("revision") + 1, "{error}");
            challenge(user.client.answer(&second, &code).await);
            Ok(())
        };
        survives(&stack, attempt).await;
    }
}

/// It may use two attempts, but never none.
#[tokio::test]
async fn a_wrong_answer_whose_verdict_was_lost_on_the_way_costs_one_attempt() {
    let stack = stack().await;
    let table = stack.table().await;
    for error in LOST {
        let attempt = async |user: User| {
            let first = challenge(user.client.start().await);
            let code = user.code().await;
            lose_answers(&stack, 1, "UpdateItem", error).await;
            let second = challenge(Ok(user.client.answer(&first, &another(&code)).await?));
            let row = table.row(&user.key()).await;
            assert_eq!((row.number("attemptsLeft"), row.number("failures")), (2, 1), "{error}");
            id_token(user.client.answer(&second, &code).await);
            Ok(())
        };
        survives(&stack, attempt).await;
    }
}

#[tokio::test]
async fn a_right_answer_that_stays_without_a_verdict_lets_nobody_in() {
    let stack = stack().await;
    let table = stack.table().await;
    for error in LOST {
        let user = User::new(&stack).await;
        let (first, second) = (challenge(user.client.start().await), challenge(user.client.start().await));
        let code = user.code().await;
        lose_answers(&stack, 9, "UpdateItem", error).await;
        assert!(user.client.answer(&first, &code).await.is_err(), "{error}");
        stack.clear_faults().await;
        // It was written, so the code is used.
        assert!(table.row(&user.key()).await.has("usedBy"), "{error}");
        challenge(user.client.answer(&second, &code).await);
        table.let_pass(30).await;
        let next = challenge(user.client.start().await);
        id_token(user.client.answer(&next, &user.code_of_call(2).await).await);
    }
}

#[tokio::test]
async fn an_answer_that_others_come_between_is_judged_again() {
    let stack = stack().await;
    let user = User::new(&stack).await;
    let first = challenge(user.client.start().await);
    let code = user.code().await;
    order(&stack, 3, "UpdateItem", "TransactionConflictException").await;
    let second = challenge(user.client.answer(&first, &another(&code)).await);
    order(&stack, 3, "UpdateItem", "TransactionConflictException").await;
    id_token(user.client.answer(&second, &code).await);
    assert!(stack.log_of("fault").await.is_empty());
}

/// The new password is set by then, so the user must not hear of it.
#[tokio::test]
async fn a_password_reset_that_can_not_clear_the_failures_is_no_error() {
    let stack = stack().await;
    let user = User::new(&stack).await;
    let first = challenge(user.client.start().await);
    user.code().await;
    challenge(user.client.answer(&first, "wrong").await);
    let before = stack.table().await.rows().await;
    order(&stack, 9, "UpdateItem", "AccessDeniedException").await;
    let event = user.event("PostConfirmation_ConfirmForgotPassword", json!({}));
    let answer = stack.invoke("verify-challenge", &event).await.answer();
    stack.clear_faults().await;
    assert_eq!(answer["response"], json!({}));
    assert_eq!(stack.table().await.rows().await, before);
    let fault = stack.log_of("fault").await.pop().unwrap();
    assert_eq!(logged(&fault), json!(["ERROR", "SIGN_IN_BUSY", "AccessDeniedException"]));
}

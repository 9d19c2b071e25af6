//! The ledger fails, is slow, or has malformed rows: this signs no user in, places no second call, and every placed
//! call is counted. Only the embedded `DynamoDB` can inject faults.

mod call;
mod row;
mod verify;

use std::sync::Arc;

use client::cognito::Step;
use serde_json::{Value, json};

use crate::stack::{Stack, in_time, logged};
use crate::user::{User, challenge, id_token, refusal};

/// These tests are not about the password.
const CALL_ONLY: &str = "OTP_MODE=call-only";

const BUSY: &str = "Sign-in is busy, try again in a minute [SIGN_IN_BUSY]";

/// The errors of `DynamoDB` for any request, or no answer, each with the text in the log.
const FAILURES: [(&str, &str, &str); 13] = [
    ("AccessDeniedException", "ERROR", "AccessDeniedException"),
    ("ExpiredTokenException", "ERROR", "ExpiredTokenException"),
    ("InternalServerError", "WARN", "InternalServerError"),
    ("InvalidSignatureException", "ERROR", "InvalidSignatureException"),
    ("ProvisionedThroughputExceededException", "WARN", "ProvisionedThroughputExceededException"),
    ("RequestLimitExceeded", "WARN", "RequestLimitExceeded"),
    ("ResourceNotFoundException", "ERROR", "ResourceNotFoundException"),
    ("ServiceUnavailableException", "WARN", "ServiceUnavailableException"),
    ("ThrottlingException", "WARN", "ThrottlingException"),
    ("UnrecognizedClientException", "ERROR", "UnrecognizedClientException"),
    ("ValidationException", "ERROR", "ValidationException"),
    ("drop", "WARN", "Dispatch"),
    ("timeout", "WARN", "Timeout"),
];

/// The answers that can be lost after the request was carried out.
const LOST: [&str; 3] = ["InternalServerError", "drop", "timeout"];

/// A stack whose functions have open connections: first requests take longer, and injected faults must not add to that.
async fn stack() -> Arc<Stack> {
    let stack = Arc::new(Stack::start(&[CALL_ONLY]));
    let user = User::new(&stack).await;
    let challenge = challenge(user.client.start().await);
    id_token(user.client.answer(&challenge, &user.code().await).await);
    stack
}

/// Lets the next requests of an operation fail with an error.
async fn order(stack: &Stack, next: u32, operation: &str, error: &str) {
    let order = json!({ "service": "dynamodb", "next": next, "operation": operation, "error": error });
    stack.inject_fault(order).await;
}

/// Lets the next requests of an operation be carried out, and loses their answers.
async fn lose_answers(stack: &Stack, next: u32, operation: &str, error: &str) {
    let mut order = json!({ "service": "dynamodb", "next": next, "operation": operation, "error": error });
    order["afterwards"] = true.into();
    stack.inject_fault(order).await;
}

/// Checks that a sign-in has ended because a trigger could not use the ledger. Returns the level and cause in the log.
async fn assert_busy(stack: &Stack, step: anyhow::Result<Step>, trigger: &str, level: &str, cause: &str) -> Value {
    let expected = format!("UserLambdaValidationException: {trigger} failed with error {BUSY}.");
    assert_eq!(refusal(step), expected, "{cause}");
    let fault = stack.log_of("fault").await.pop().unwrap();
    // Which limit ends it (an attempt's, the number of attempts, or the total time) is a matter of milliseconds.
    let is_limit = ["Conflict", "Timeout"].contains(&cause);
    let cause = if is_limit && fault["cause"] == "Deadline" { "Deadline" } else { cause };
    assert_eq!(logged(&fault), json!([level, "SIGN_IN_BUSY", cause]));
    fault
}

/// Runs a sign-in that a passing failure must not stop. A request without an answer takes nearly one of the two seconds
/// that the functions give the ledger. A machine may be too slow for the rest; then another user tries.
async fn survives<T>(stack: &Arc<Stack>, attempt: impl AsyncFn(User) -> anyhow::Result<T>) -> T {
    in_time(async || {
        let result = attempt(User::new(stack).await).await;
        stack.clear_faults().await;
        let was_too_slow = stack.was_too_slow().await;
        if let Err(error) = &result {
            assert!(was_too_slow && error.to_string().contains(BUSY), "{error}");
        }
        result.ok()
    })
    .await
}

//! Amazon Connect fails or is slow.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::stack::{Stack, logged};
use crate::user::{User, challenge, id_token, refusal};

const REFUSED: &str = "Your phone number cannot be called [CALL_REFUSED]";
const BUSY: &str = "All lines are busy, try again in a minute [CALL_BUSY]";
const UNREACHABLE: &str = "The call may not have been placed, try again in a minute [CALL_UNREACHABLE]";
const MISCONFIGURED: &str = "Calls are not available, ask for help [CALL_MISCONFIGURED]";

/// No password: these tests are about the call.
const SETTINGS: &[&str] = &["OTP_MODE=call-only"];

#[tokio::test]
async fn each_failure_has_one_text_for_the_client_and_advice_for_the_operator() {
    let stack = Arc::new(Stack::start(SETTINGS));
    let failures = [
        ("DestinationNotAllowedException", REFUSED, "ERROR", "may not call US"),
        ("OutboundContactNotPermittedException", MISCONFIGURED, "ERROR", "enable outbound calls"),
        ("LimitExceededException", BUSY, "WARN", "Concurrent active calls per instance"),
        ("ThrottlingException", BUSY, "WARN", "rate of StartOutboundVoiceContact"),
        ("TooManyRequestsException", BUSY, "WARN", "rate of StartOutboundVoiceContact"),
        ("InternalServiceException", UNREACHABLE, "WARN", "AWS Health"),
        ("ServiceUnavailableException", UNREACHABLE, "WARN", "AWS Health"),
        ("InvalidRequestException", MISCONFIGURED, "ERROR", "CONNECT_CONTACT_FLOW_ARN"),
        ("InvalidParameterException", MISCONFIGURED, "ERROR", "CONNECT_SOURCE_PHONE_NUMBER"),
        ("ResourceNotFoundException", MISCONFIGURED, "ERROR", "CONNECT_INSTANCE_ARN"),
        ("AccessDeniedException", MISCONFIGURED, "ERROR", "ConnectCallResource=any"),
        ("ExpiredTokenException", MISCONFIGURED, "ERROR", "Common Error Types"),
    ];
    for (error, text, level, advice) in failures {
        let fault = fail(&stack, error, text).await;
        let word = text.split(['[', ']']).nth(1).unwrap();
        assert_eq!(logged(&fault), json!([level, word, error]));
        assert!(fault["advice"].as_str().unwrap().contains(advice), "{error}: {fault}");
    }
    assert!(stack.calls().await.is_empty());
    signs_in(&stack).await;
}

#[tokio::test]
async fn a_connect_that_does_not_answer_is_unreachable() {
    let stack = Arc::new(Stack::start(SETTINGS));
    for (error, cause) in [("timeout", "Timeout"), ("drop", "Response")] {
        let fault = fail(&stack, error, UNREACHABLE).await;
        assert_eq!(logged(&fault), json!(["WARN", "CALL_UNREACHABLE", cause]));
    }
    assert!(stack.calls().await.is_empty());
}

#[tokio::test]
async fn one_failure_that_passes_goes_unnoticed() {
    let stack = Arc::new(Stack::start(SETTINGS));
    for error in ["InternalServiceException", "TooManyRequestsException", "drop", "timeout"] {
        stack.inject_fault(json!({ "next": 1, "error": error })).await;
        signs_in(&stack).await;
    }
    assert!(stack.log_of("fault").await.is_empty());
}

#[tokio::test]
async fn a_slow_connect_is_waited_for_and_calls_once() {
    let stack = Arc::new(Stack::start(SETTINGS));
    stack.inject_fault(json!({ "next": 1, "delayMs": 1_000 })).await;
    signs_in(&stack).await;

    // Too slow for one attempt. Connect carries out both, and treats them as the same call.
    stack.inject_fault(json!({ "next": 1, "delayMs": 2_000 })).await;
    signs_in(&stack).await;
}

/// Without our own limits, Cognito would give up on each of its three deliveries, and the client would see another error.
#[tokio::test]
async fn a_connect_that_is_too_slow_is_given_up_before_cognito_gives_up_on_us() {
    let stack = Arc::new(Stack::start(SETTINGS));
    let user = User::new(&stack).await;
    stack.inject_fault(json!({ "next": 10, "delayMs": 10_000 })).await;
    assert_eq!(refusal(user.client.start().await), for_client(UNREACHABLE));
}

/// Lets every attempt to call a user fail, and returns the fault in the log.
async fn fail(stack: &Arc<Stack>, error: &str, text: &str) -> Value {
    let user = User::new(stack).await;
    let before = stack.log_of("fault").await.len();
    stack.inject_fault(json!({ "next": 9, "error": error })).await;
    assert_eq!(refusal(user.client.start().await), for_client(text), "{error}");
    stack.clear_faults().await;
    let faults = stack.log_of("fault").await;
    assert_eq!(faults.len(), before + 1, "{error}");
    faults[before].clone()
}

/// A user signs in, and is called once.
async fn signs_in(stack: &Arc<Stack>) {
    let user = User::new(stack).await;
    let challenge = challenge(user.client.start().await);
    id_token(user.client.answer(&challenge, &user.code().await).await);
    assert_eq!(user.calls().await.len(), 1);
}

fn for_client(text: &str) -> String {
    format!("UserLambdaValidationException: CreateAuthChallenge failed with error {text}.")
}

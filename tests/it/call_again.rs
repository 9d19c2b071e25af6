//! Another call in the same sign-in.

use serde_json::json;

use crate::stack::{Stack, clock_at};
use crate::user::{User, challenge, id_token, parameter};

const AT_ONCE: &str = "OTP_SECONDS_BETWEEN_CALLS=0";

#[tokio::test]
async fn a_call_again_says_the_same_code_and_costs_no_attempt() {
    let user = User::new(&Stack::shared(&[AT_ONCE])).await;
    let first = user.start().await;
    let code = user.code().await;
    let expires_at: u64 = parameter(&first, "expiresAt").parse().unwrap();
    // In a later second than the first call: an expiry that moved would show.
    clock_at(expires_at - 300 + 1).await;

    let second = challenge(user.client.call_again(&first).await);
    assert_eq!(parameter(&second, "attemptsLeft"), "3");
    assert_eq!(parameter(&second, "callsLeft"), "1");
    assert_eq!(parameter(&second, "expiresAt"), expires_at.to_string(), "nothing moves the expiry");
    assert_eq!(user.code_of_call(2).await, code);
    id_token(user.client.answer(&second, &code).await);
    assert_eq!(user.calls().await.len(), 2);
}

#[tokio::test]
async fn past_the_limit_of_calls_a_call_again_costs_an_attempt_and_calls_nobody() {
    let user = User::new(&Stack::shared(&[AT_ONCE])).await;
    let mut latest = user.start().await;
    for (calls_left, attempts_left) in [("1", "3"), ("0", "3"), ("0", "2"), ("0", "1")] {
        latest = challenge(user.client.call_again(&latest).await);
        assert_eq!((parameter(&latest, "callsLeft"), parameter(&latest, "attemptsLeft")), (calls_left, attempts_left));
    }
    assert_eq!(user.calls().await.len(), 3);
    assert!(user.client.call_again(&latest).await.is_err(), "the attempts are used up");
    assert_eq!(user.calls().await.len(), 3);
}

#[tokio::test]
async fn a_call_again_before_the_pause_is_over_costs_an_attempt_and_calls_nobody() {
    let user = User::new(&Stack::shared(&["OTP_SECONDS_BETWEEN_CALLS=600"])).await;
    let first = user.start().await;
    let second = challenge(user.client.call_again(&first).await);
    assert_eq!(parameter(&second, "attemptsLeft"), "2");
    assert_eq!(parameter(&second, "callsLeft"), "2");
    assert_ne!(parameter(&second, "callAgainInSeconds"), "0");
    assert_eq!(user.calls().await.len(), 1);
    id_token(user.client.answer(&second, &user.code().await).await);
}

/// Otherwise it would be a free guess.
#[tokio::test]
async fn a_call_again_with_the_right_code_is_no_answer() {
    let stack = Stack::shared(&[AT_ONCE, "OTP_MODE=call-only"]);
    let user = User::new(&stack).await;
    let client_id = stack.config().await.client_id;
    let parameters = json!({ "USERNAME": user.name });
    let request = json!({ "AuthFlow": "CUSTOM_AUTH", "ClientId": client_id, "AuthParameters": parameters });
    let (_, _, first) = stack.cognito("InitiateAuth", &request).await;
    let request = json!({
        "ChallengeName": "CUSTOM_CHALLENGE",
        "ClientId": client_id,
        "Session": first["Session"],
        "ChallengeResponses": { "USERNAME": user.name, "ANSWER": user.code().await },
        "ClientMetadata": { "callAgain": "true" },
    });
    let (status, _, second) = stack.cognito("RespondToAuthChallenge", &request).await;
    assert_eq!((status, &second["AuthenticationResult"]), (200, &json!(null)));
    assert_eq!(second["ChallengeParameters"]["attemptsLeft"], "3");
    assert_eq!(user.calls().await.len(), 2);
}

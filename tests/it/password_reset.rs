//! A forgotten password: Cognito's part is the local pool's.

use std::sync::Arc;

use client::cognito::Client;
use serde_json::json;

use crate::stack::Stack;
use crate::user::{User, another, challenge, id_token, refusal, with_password};

const NEW: &str = "Another-Horse-8";

#[tokio::test]
async fn a_reset_of_the_password_unlocks() {
    let stack = Arc::new(Stack::with_arguments(&["--set", "OTP_LOCKOUT_FAILURES=2"]));
    let user = User::new(&stack).await;
    let first = user.start().await;
    let code = user.code().await;
    let second = challenge(user.client.answer(&first, &another(&code)).await);
    challenge(user.client.answer(&second, &another(&code)).await);
    let locked = refusal(user.client.start_with_password().await);
    assert!(locked.contains("[SIGN_IN_LOCKED "), "{locked}");

    let client = with_new_password(&stack, &user).await;
    let third = challenge(client.start_with_password().await);
    // The code is live, and one of its attempts is left.
    id_token(client.answer(&third, &code).await);
}

/// Resets the password of a user, who has a client with the new one then.
pub(crate) async fn with_new_password(stack: &Stack, user: &User) -> Client {
    let config = stack.config().await;
    let mut request = json!({ "ClientId": config.client_id, "Username": user.name });
    let (status, _, answer) = stack.cognito("ForgotPassword", &request).await;
    assert_eq!(status, 200, "{answer}");
    let messages = stack.messages().await;
    let message = messages.iter().find(|message| message["username"] == user.name).unwrap();
    request["ConfirmationCode"] = message["code"].clone();
    request["Password"] = json!(NEW);
    let (status, _, answer) = stack.cognito("ConfirmForgotPassword", &request).await;
    assert_eq!((status, &answer), (200, &json!({})));

    let refused = refusal(user.client.start_with_password().await);
    assert_eq!(refused, "NotAuthorizedException: Incorrect username or password.");
    let renewed = with_password(&user.name, NEW);
    config.client(renewed, None).await
}

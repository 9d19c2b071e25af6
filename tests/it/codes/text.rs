//! What no call speaks.

use std::sync::Arc;

use serde_json::json;

use super::sent;
use crate::cognito::Cognito;
use crate::stack::{Stack, wait_for};

const NUMBER: &str = "+12065550101";
const PASSWORD: &str = "Temporary-Horse-9";

#[tokio::test]
async fn a_temporary_password_goes_by_text_where_text_messages_come_from_somewhere() {
    let pool = start(&["OTP_SMS_ORIGINATION_IDENTITY=+12065550188"]).await;
    pool.invite_by_text("ann", NUMBER, PASSWORD).await;
    let line = sent(&pool.stack, 1).await.remove(0);
    assert_eq!(line["outcome"], "code-by-text");
    let messages = pool.stack.messages().await;
    let [message] = &messages[..] else { panic!("{}", messages.len()) };
    assert_eq!(message["to"], NUMBER);
    assert!(message["text"].as_str().unwrap().contains(PASSWORD));
    assert!(pool.stack.calls().await.is_empty());
}

#[tokio::test]
async fn a_temporary_password_goes_nowhere_else() {
    let pool = start(&[]).await;
    pool.invite_by_text("ann", NUMBER, PASSWORD).await;
    let line = sent(&pool.stack, 1).await.remove(0);
    assert_eq!((&line["outcome"], &line["cause"]), (&json!("not-for-voice"), &json!("AdminCreateUser")));
    assert_eq!(line["CodesNotSent"], 1);
    assert!(line["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{line}");
    assert!(pool.stack.calls().await.is_empty() && pool.stack.messages().await.is_empty());
}

#[tokio::test]
async fn without_the_sender_cognito_sends_its_codes_itself() {
    let pool = start(&["OTP_COGNITO_CODES=off"]).await;
    pool.sign_up("ann", NUMBER, "en-US").await.unwrap();
    let message = wait_for("the message", async || pool.stack.messages().await.pop()).await;
    assert_eq!((&message["to"], &message["source"]), (&json!(NUMBER), &json!("SignUp")));
    pool.confirm("ann", message["code"].as_str().unwrap()).await.unwrap();
    assert!(pool.stack.calls().await.is_empty());
}

async fn start(settings: &[&str]) -> Cognito {
    Cognito::of(Arc::new(Stack::start(settings))).await
}

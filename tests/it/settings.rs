//! Wrong settings.

use std::sync::Arc;

use crate::stack::Stack;
use crate::user::{User, refusal};

#[tokio::test]
async fn all_that_is_wrong_with_the_settings_is_said_at_once_and_not_to_the_client() {
    let stack = Arc::new(Stack::start(&["OTP_DIGITS=99", "OTP_MODE=x", "OTP_KEY=a-key-that-is-too-short"]));
    let user = User::new(&stack).await;
    let text = "DefineAuthChallenge failed with error Sign-in is not available, ask for help [SIGN_IN_UNAVAILABLE].";
    assert_eq!(refusal(user.client.start_with_password().await), format!("UserLambdaValidationException: {text}"));

    let faults = stack.log_of("settings").await;
    let fault = |trigger: &str| {
        let fault = faults.iter().find(|fault| fault["trigger"] == trigger).unwrap();
        assert_eq!(fault["level"], "ERROR");
        fault["error"].as_str().unwrap().to_owned()
    };
    let (define, create, verify) = (fault("define"), fault("create"), fault("verify"));
    let mode = "OTP_MODE must be `password-then-call` or `call-only`, but was \"x\"";
    let digits = "OTP_DIGITS must be a whole number from 4 to 10, but was \"99\"";
    let key = "OTP_KEY must be a secret of at least 32 bytes, and no {{resolve:}} that was left as it is, but was 23 characters (redacted)";
    assert_eq!(define, mode);
    for text in [mode, digits, key] {
        assert!(create.contains(text), "{create}");
    }
    assert_eq!(verify, key);
    assert!(stack.calls().await.is_empty());
}

#[tokio::test]
async fn an_app_that_asks_again_gets_the_same_from_the_same_function() {
    let stack = Arc::new(Stack::start(&["OTP_MODE=x"]));
    let user = User::new(&stack).await;
    let first = refusal(user.client.start().await);
    assert_eq!(refusal(user.client.start().await), first);
    let starts = stack.log_of("settings").await;
    assert_eq!(starts.iter().filter(|fault| fault["trigger"] == "define").count(), 1, "it started once");
}

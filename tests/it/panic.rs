//! The functions survive a panic, and its message is shown nowhere.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::stack::{Invoked, Stack, functions_with};
use crate::user::{User, refusal};

const TEXT: &str = "Sign-in is not available, ask for help [SIGN_IN_UNAVAILABLE]";

/// This is why the release profile keeps unwinding.
#[tokio::test]
async fn invariant_8_a_panic_is_survived_by_the_process() {
    let folder = functions_with(&[("define-challenge", Path::new(env!("CARGO_BIN_EXE_panics")))]);
    let stack = Arc::new(Stack::with_functions(folder, &["LOG_LEVEL=debug"]));
    let event = |name: &str| json!({ "triggerSource": "DefineAuthChallenge_Authentication", "userName": name });
    let process = async || stack.invoke("define-challenge", &event("jo")).await.answer()["response"]["process"].clone();

    let before = process().await;
    let Invoked::Error(kind, text) = stack.invoke("define-challenge", &event("panic")).await else {
        panic!("there was no panic")
    };
    assert_eq!((&*kind, &*text), ("SIGN_IN_UNAVAILABLE", TEXT));
    let user = User::unknown(&stack, "panic").await;
    let expected = format!("UserLambdaValidationException: DefineAuthChallenge failed with error {TEXT}.");
    assert_eq!(refusal(user.client.start().await), expected);
    assert!(before.is_number());
    assert_eq!(process().await, before);

    let log = stack.log().await;
    assert!(!log.iter().any(|line| line.contains("code") || line.contains("471902")), "{log:#?}");
    let panics: Vec<Value> = stack.log_of("panic").await;
    assert_eq!(panics.len(), 2);
    assert!(panics.iter().all(|line| line["location"].as_str().unwrap().contains("panics.rs:")), "{panics:#?}");
    assert_eq!(stack.log_of("fault").await.len(), 2);
}

/// Otherwise the process would end at each start, and Lambda's own text would reach the client.
#[tokio::test]
async fn invariant_8_a_panic_over_settings_leaves_a_process_that_answers() {
    let folder = functions_with(&[("define-challenge", Path::new(env!("CARGO_BIN_EXE_panics")))]);
    let stack = Arc::new(Stack::with_functions(folder, &["OTP_MODE=panic"]));
    let event = json!({ "triggerSource": "DefineAuthChallenge_Authentication", "userName": "jo" });
    for _ in 0..2 {
        let Invoked::Error(kind, text) = stack.invoke("define-challenge", &event).await else {
            panic!("it has settings")
        };
        assert_eq!((&*kind, &*text), ("SIGN_IN_UNAVAILABLE", TEXT));
    }
    let log = stack.log().await;
    assert!(!log.iter().any(|line| line.contains("471902")), "{log:#?}");
    // One start.
    assert_eq!(stack.log_of("panic").await.len(), 1);
}

/// Connections that are opened early are a help. A function must start without it.
#[tokio::test]
async fn invariant_8_a_panic_over_connections_leaves_a_function_that_works() {
    let folder = functions_with(&[("define-challenge", Path::new(env!("CARGO_BIN_EXE_panics")))]);
    let stack = Arc::new(Stack::with_functions(folder, &["OTP_MODE=panic-at-connections"]));
    let event = json!({ "triggerSource": "DefineAuthChallenge_Authentication", "userName": "jo" });
    for _ in 0..2 {
        let answer = stack.invoke("define-challenge", &event).await.answer();
        assert!(answer["response"]["process"].is_number(), "{answer}");
    }
    let log = stack.log().await;
    assert!(!log.iter().any(|line| line.contains("471902")), "{log:#?}");
    // One start.
    assert_eq!(stack.log_of("panic").await.len(), 1);
}

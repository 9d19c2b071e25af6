//! Invariant 5: no log line and no answer has a code, a key or a whole phone number.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use client::cognito::{Challenge, Step};
use serde_json::{Value, json};

use crate::denial::deny;
use crate::phone::{Phone, code_in};
use crate::stack::{Invoked, Stack, command, functions, functions_with};
use crate::table::Row;
use crate::user::{User, another, parameter};

mod by_device;

const KEY: &str = "a-key-that-nobody-may-ever-see-0123456789";

#[tokio::test]
async fn invariant_5_no_log_line_and_no_answer_holds_a_secret() {
    scan("info", "password-then-call").await;
}

#[tokio::test]
async fn invariant_5_no_log_line_and_no_answer_holds_a_secret_even_when_debugging() {
    scan("debug", "password-then-call").await;
}

#[tokio::test]
async fn invariant_5_no_log_line_and_no_answer_holds_a_secret_without_a_password() {
    scan("debug", "call-only").await;
}

/// The texts that others than the user may read, and the secrets that must not be in them.
#[derive(Default)]
struct Evidence {
    seen: Vec<String>,
    secrets: Vec<String>,
    /// What is no secret, but is not logged either: keys and signatures of trusted devices.
    unlogged: Vec<String>,
}

async fn scan(level: &str, mode: &str) {
    let folder = spied_on();
    let settings = [
        format!("LOG_LEVEL={level}"),
        format!("OTP_MODE={mode}"),
        format!("OTP_KEY={KEY}"),
        // A code of ten digits is in no other text by chance.
        "OTP_DIGITS=10".to_owned(),
        "OTP_SECONDS_BETWEEN_CALLS=0".to_owned(),
        "OTP_MAX_CALLS_QUARTER_HOUR=2".to_owned(),
        "OTP_LOCKOUT_FAILURES=3".to_owned(),
    ];
    let stack = Arc::new(Stack::with_functions(folder.clone(), &settings.each_ref().map(String::as_str)));
    let mut evidence = Evidence::default();
    sign_in_in_all_ways(&stack, mode, &mut evidence).await;
    if mode != "call-only" {
        by_device::sign_in(&stack, &mut evidence).await;
    }
    meet_the_ledger(&stack, mode, &mut evidence).await;
    trigger_directly(&stack, &mut evidence).await;

    let environment = fs::read_to_string(folder.join("create-challenge.env")).unwrap();
    for name in ["OTP_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        let value = environment.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        evidence.secrets.push(value.unwrap().to_owned());
    }
    let log = stack.log().await;
    let outcomes = [
        "called",
        "joined",
        "same-code",
        "spoken",
        "right",
        "wrong",
        "used",
        "call-again",
        "tokens",
        "failures-cleared",
        "sign-in-denied",
        "denied",
    ];
    let words = ["CALL_MISCONFIGURED", "CALL_LIMIT", "SIGN_IN_LOCKED", "SIGN_IN_BUSY", "Unreadable"];
    let denied = if mode == "call-only" { "CALL_LIMIT" } else { "SIGN_IN_DENIED" };
    for outcome in outcomes.into_iter().chain(words).chain([denied]) {
        assert!(log.iter().any(|line| line.contains(&format!("\"{outcome}\""))), "nothing was logged of {outcome}");
    }
    let on_devices: &[_] = if mode == "call-only" { &[] } else { &["device", "device-refused", "device-used"] };
    for outcome in on_devices {
        assert!(log.iter().any(|line| line.contains(&format!("\"{outcome}\""))), "nothing was logged of {outcome}");
    }
    for text in &evidence.unlogged {
        let found = log.iter().find(|line| line.contains(&**text));
        assert!(found.is_none(), "{text} is in {found:?}");
    }
    evidence.seen.extend(log);
    let rows = stack.table().await.rows().await;
    assert!(rows.len() > 10, "{rows:?}");
    evidence.seen.extend(rows.values().map(|row| format!("{row:?}")));

    assert!(evidence.secrets.len() > 20);
    for secret in &evidence.secrets {
        assert!(secret.len() >= 10);
        let found = evidence.seen.iter().find(|text| text.contains(&**secret));
        assert!(found.is_none(), "{secret} is in {found:?}");
    }
}

async fn start(user: &User, mode: &str, evidence: &mut Evidence) -> Option<Challenge> {
    evidence.sees(match mode {
        "call-only" => user.client.start().await,
        _ => user.client.start_with_password().await,
    })
}

async fn sign_in_in_all_ways(stack: &Arc<Stack>, mode: &str, evidence: &mut Evidence) {
    // Wrong, another call, wrong, right, once more.
    let user = User::new(stack).await;
    let first = start(&user, mode, evidence).await.unwrap();
    let code = user.code().await;
    evidence.must_not_see(&user, &code);
    let second = evidence.sees(user.client.answer(&first, &another(&code)).await).unwrap();
    let third = evidence.sees(user.client.call_again(&second).await).unwrap();
    let fourth = evidence.sees(user.client.answer(&third, "x").await).unwrap();
    assert_eq!(parameter(&fourth, "attemptsLeft"), "1");
    assert_eq!(user.code_of_call(2).await, code);
    assert!(evidence.sees(user.client.answer(&fourth, &code).await).is_none());
    assert!(evidence.sees(user.client.answer(&fourth, &code).await).is_none());

    // Calls that fail.
    for error in ["AccessDeniedException", "DestinationNotAllowedException", "ThrottlingException", "drop"] {
        let user = User::new(stack).await;
        stack.inject_fault(json!({ "next": 9, "error": error })).await;
        assert!(start(&user, mode, evidence).await.is_none(), "{error}");
        stack.clear_faults().await;
        evidence.must_not_see_number(user.number());
    }

    // A call in which the user denies the sign-in, and what is refused after that.
    let user = User::new(stack).await;
    let phone = Phone::of(&user).await;
    let first = start(&user, mode, evidence).await.unwrap();
    let code = code_in(&phone.take(1).await).unwrap();
    evidence.must_not_see(&user, &code);
    let second = evidence.sees(user.client.call_again(&first).await).unwrap();
    deny(&phone, 2).await;
    evidence.sees(user.client.answer(&second, &code).await);
    assert!(start(&user, mode, evidence).await.is_none(), "denied");

    // Users who aren't called.
    for fields in [json!({ "phoneNumberVerified": false }), json!({ "phoneNumber": "+19995550123" })] {
        let user = User::with(stack, fields).await;
        start(&user, mode, evidence).await;
        evidence.must_not_see_number(user.number());
    }
    start(&User::unknown(stack, "nobody").await, mode, evidence).await;

    // Right at once: the tokens.
    let user = User::new(stack).await;
    let challenge = start(&user, mode, evidence).await.unwrap();
    let code = user.code().await;
    evidence.must_not_see(&user, &code);
    assert!(evidence.sees(user.client.answer(&challenge, &code).await).is_none());
}

/// The ledger's refusals and errors, and what an operator reads about a user.
async fn meet_the_ledger(stack: &Arc<Stack>, mode: &str, evidence: &mut Evidence) {
    // A code of two sign-ins, used in one.
    let user = User::new(stack).await;
    let first = start(&user, mode, evidence).await.unwrap();
    let second = start(&user, mode, evidence).await.unwrap();
    let code = user.code().await;
    evidence.must_not_see(&user, &code);
    assert!(evidence.sees(user.client.answer(&first, &code).await).is_none());
    evidence.sees(user.client.answer(&second, &code).await).unwrap();
    // Another call, which is the last one for now, and wrong codes until they lock.
    let mut asked = start(&user, mode, evidence).await;
    evidence.must_not_see_code(&user.code_of_call(2).await);
    while let Some(challenge) = asked {
        asked = evidence.sees(user.client.answer(&challenge, "wrong").await);
    }
    assert!(start(&user, mode, evidence).await.is_none(), "locked");
    let report = command(&["ledger", &user.name, "--unlock", "--endpoint", stack.endpoint()]).output().unwrap();
    assert!(report.status.success());
    evidence.seen.push(String::from_utf8(report.stdout).unwrap());
    assert!(start(&user, mode, evidence).await.is_none(), "called too often");

    // Without the ledger, and with a row of a number that can't be read.
    let user = User::new(stack).await;
    evidence.must_not_see_number(user.number());
    let order = json!({ "service": "dynamodb", "next": 9, "error": "ThrottlingException" });
    stack.inject_fault(order).await;
    assert!(start(&user, mode, evidence).await.is_none());
    stack.clear_faults().await;
    let table = stack.table().await;
    let before = table.rows().await;
    start(&user, mode, evidence).await.unwrap();
    let rows = table.rows().await;
    let of_number = |(key, _): &(&String, &Row)| key.starts_with("NUMBER#") && !before.contains_key(*key);
    let (_, row) = rows.iter().find(of_number).unwrap();
    table.put(row.clone().without("calls")).await;
    table.delete(&user.key()).await;
    assert!(start(&user, mode, evidence).await.is_none());

    // A new password.
    let user = User::new(stack).await;
    let challenge = start(&user, mode, evidence).await.unwrap();
    evidence.must_not_see(&user, &user.code().await);
    evidence.sees(user.client.answer(&challenge, "wrong").await);
    let reset = user.event("PostConfirmation_ConfirmForgotPassword", json!({}));
    evidence.seen.push(stack.invoke("verify-challenge", &reset).await.answer()["response"].to_string());
}

/// What only Cognito sees of an answer: metadata and private parameters. Also the answers to events that Cognito would
/// not send.
async fn trigger_directly(stack: &Arc<Stack>, evidence: &mut Evidence) {
    let number = "+12065550177";
    let source = "CreateAuthChallenge_Authentication";
    let attributes = json!({ "sub": "sub", "phone_number": number, "phone_number_verified": "true" });
    let event = json!({ "triggerSource": source, "request": { "userAttributes": attributes, "session": [] } });
    let answer = stack.invoke("create-challenge", &event).await.answer();
    evidence.seen.push(answer["response"].to_string());
    let code = crate::user::heard(stack, number, 1).await;
    evidence.must_not_see_number(number);
    evidence.must_not_see_code(&code);

    let secret = json!({ "phone_number": number, "sub": [number], "session": code });
    for function in
        ["define-challenge", "create-challenge", "send-code", "speak-code", "verify-challenge", "gate-tokens"]
    {
        for event in [
            json!({ "triggerSource": number, "userName": number, "request": secret }),
            json!({ "triggerSource": source, "request": secret }),
            json!({ "triggerSource": source, "request": { "session": [secret], "clientMetadata": number } }),
            json!(code),
        ] {
            if let Invoked::Error(word, text) = stack.invoke(function, &event).await {
                evidence.seen.extend([word, text]);
            }
        }
    }
}

impl Evidence {
    /// Keeps a client's response. Returns the challenge, if it is one.
    fn sees(&mut self, step: anyhow::Result<Step>) -> Option<Challenge> {
        match step {
            Ok(Step::Challenge(challenge)) => {
                self.seen.push(format!("{challenge:?}"));
                Some(challenge)
            }
            Ok(Step::Tokens(tokens)) => {
                let claims = URL_SAFE_NO_PAD.decode(tokens.id_token.split('.').nth(1).unwrap()).unwrap();
                let mut claims: Value = serde_json::from_slice(&claims).unwrap();
                // Cognito's own claims, which are for the token's readers.
                assert!(claims.as_object_mut().unwrap().remove("phone_number").is_some());
                self.seen.push(claims.to_string());
                None
            }
            Err(error) => {
                self.seen.push(format!("{error:?}"));
                None
            }
        }
    }

    fn must_not_see(&mut self, user: &User, code: &str) {
        self.must_not_see_number(user.number());
        self.must_not_see_code(code);
    }

    fn must_not_see_number(&mut self, number: &str) {
        let national = number.strip_prefix("+1").unwrap();
        self.secrets.extend([number.to_owned(), national.to_owned()]);
    }

    /// The digits, and the ways to write them apart.
    fn must_not_see_code(&mut self, code: &str) {
        let digits: Vec<_> = code.split("").filter(|digit| !digit.is_empty()).collect();
        self.secrets.extend(["", " ", ", ", ",", "-", "\",\"", "\", \""].map(|between| digits.join(between)));
    }
}

/// The functions, each behind a script that saves its environment, since only that has the secrets.
fn spied_on() -> PathBuf {
    let folder = functions_with(&[]);
    let create = folder.join("create-challenge");
    fs::remove_file(&create).unwrap();
    let real = functions().join("create-challenge");
    fs::write(&create, format!("#!/bin/sh\nenv > \"$0.env\"\nexec '{}'\n", real.display())).unwrap();
    make_executable(&create);
    folder
}

fn make_executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

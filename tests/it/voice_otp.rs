//! `voice-otp`, with the local stack in place of AWS.

use crate::{
    stack::Stack,
    user::{User, another, challenge},
};
use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Output, Stdio},
    sync::Arc,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tool");

/// The program, with the operator's key, and without anything that this machine knows of AWS.
async fn command(stack: &Stack, arguments: &[&str]) -> Command {
    let config = stack.config().await;
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .args(["--user-pool", &config.user_pool_id, "--endpoint-url", stack.endpoint()])
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", &config.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &config.secret_access_key)
        .env("AWS_CONFIG_FILE", "/nowhere")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        .stdin(Stdio::null());
    command
}

async fn run(stack: &Stack, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = command(stack, arguments).await;
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let Output { status, stdout, stderr } = output;
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_user_is_seen_and_unlocked() {
    let stack = Arc::new(Stack::start(&["OTP_LOCKOUT_FAILURES=2"]));
    let user = User::new(&stack).await;
    let first = user.start().await;
    let code = user.code().await;
    let second = challenge(user.client.answer(&first, &another(&code)).await);
    challenge(user.client.answer(&second, &another(&code)).await);
    let (status, text) = run(&stack, &["ledger", &user.name]).await;
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("2 wrong codes in a row") && text.contains("`voice-otp unlock` clears it"), "{text}");
    assert!(!text.contains(&code) && !text.contains(user.number()), "{text}");

    let (status, text) = run(&stack, &["unlock", &user.name]).await;
    assert!(status == Some(0) && text.contains("Cleared 2 wrong codes in a row: no lock is on."), "{text}");
    let (_, text) = run(&stack, &["ledger", &user.name]).await;
    assert!(text.contains("Failures   none") && text.contains("Lock       none"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_does_not_exist_is_one_clear_line() {
    let stack = Stack::shared(&[]);
    let (status, text) = run(&stack, &["unlock", "nobody-of-this-name"]).await;
    assert_eq!((status, text.as_str()), (Some(1), "error: UserNotFoundException: User does not exist.\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_asks_for_the_code_and_ends_with_claims() {
    let stack = Stack::shared(&[]);
    let user = User::new(&stack).await;
    let client = stack.config().await.client_id;
    let mut command = command(&stack, &["sign-in", &user.name, "--client-id", &client]).await;
    command.env("VOICE_OTP_PASSWORD", "Correct-Horse-7").stdin(Stdio::piped()).stdout(Stdio::piped());
    // Who signs in needs no key of AWS.
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut text = String::new();
    for line in &mut lines {
        let line = line.unwrap();
        text = format!("{text}{line}\n");
        if line.starts_with("Type the code") {
            break;
        }
    }
    let code = user.code().await;
    writeln!(process.stdin.take().unwrap(), "{code}").unwrap();
    for line in lines {
        text = format!("{text}{}\n", line.unwrap());
    }
    assert_eq!(process.wait().unwrap().code(), Some(0), "{text}");
    assert!(text.contains("\"token_use\": \"id\"") && text.contains(&user.name), "{text}");
    assert!(!text.contains(user.number()) && !text.contains("Correct-Horse-7") && !text.contains(&code), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_with_a_wrong_password_does_not_end_with_zero() {
    let stack = Stack::shared(&[]);
    let user = User::new(&stack).await;
    let client = stack.config().await.client_id;
    let mut command = command(&stack, &["sign-in", &user.name, "--client-id", &client]).await;
    let output = command.env("VOICE_OTP_PASSWORD", "Wrong-Horse-7").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text, "error: NotAuthorizedException: Incorrect username or password.\n");
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = Command::new(PROGRAM).args(["completions", shell]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        for command in ["doctor", "attach", "detach", "sign-in", "unlock", "ledger"] {
            assert!(text.contains(command), "{command} in {shell}");
        }
    }
}

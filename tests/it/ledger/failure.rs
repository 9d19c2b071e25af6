//! Wrong codes in a row lock a user. What unlocks a user.

use std::process::Output;

use serde_json::{Value, json};

use super::{CALL_ONLY, for_client, refused_by, refused_until, stack_with_user};
use crate::stack::{Stack, command};
use crate::table::{Table, number};
use crate::user::{User, another, challenge, id_token, refusal};

const SETTINGS: &[&str] = &[CALL_ONLY, "OTP_LOCKOUT_FAILURES=2", "OTP_MAX_FAILURES=4"];
const LOCKED: &str = "Too many wrong codes, ask for help [SIGN_IN_LOCKED]";

#[tokio::test]
async fn wrong_codes_in_a_row_lock_for_a_while_and_then_until_somebody_clears_them() {
    let (stack, user) = stack_with_user(SETTINGS).await;
    let table = stack.table().await;
    let first = challenge(user.client.start().await);
    let code = user.code().await;
    let second = challenge(user.client.answer(&first, &another(&code)).await);
    let third = challenge(user.client.answer(&second, &another(&code)).await);
    locked(&user, 2, async || drop(refusal(user.client.answer(&third, &code).await))).await;
    let failed_at = table.row(&user.key()).await.number("failedAt");
    let wait = refused_until(&user, "lockout", failed_at + 900).await;

    // From now on, each wrong code locks for the same time again.
    table.let_pass(wait).await;
    let first = challenge(user.client.start().await);
    let code = user.code_of_call(2).await;
    let second = challenge(user.client.answer(&first, &another(&code)).await);
    locked(&user, 3, async || drop(challenge(user.client.answer(&second, &code).await))).await;
    let failed_at = table.row(&user.key()).await.number("failedAt");
    let wait = refused_until(&user, "lockout", failed_at + 900).await;

    table.let_pass(wait).await;
    let first = challenge(user.client.start().await);
    let code = user.code_of_call(3).await;
    let second = challenge(user.client.answer(&first, &another(&code)).await);
    locked(&user, 4, async || drop(challenge(user.client.answer(&second, &code).await))).await;
    table.let_pass(10 * 24 * 60 * 60).await;
    assert_eq!(refused_by(&user, "max-failures").await, for_client(LOCKED));
}

#[tokio::test]
async fn a_right_code_ends_the_count() {
    let (stack, user) = stack_with_user(SETTINGS).await;
    let first = challenge(user.client.start().await);
    let code = user.code().await;
    let second = challenge(user.client.answer(&first, &another(&code)).await);
    let row = stack.table().await.row(&user.key()).await;
    assert_eq!((row.number("failures"), row.has("failedAt")), (1, true));
    id_token(user.client.answer(&second, &code).await);
    let row = stack.table().await.row(&user.key()).await;
    assert_eq!((row.number("failures"), row.has("failedAt")), (0, false));
}

#[tokio::test]
async fn a_password_reset_unlocks() {
    let (stack, user) = stack_with_user(SETTINGS).await;
    let table = stack.table().await;
    lock(&table, &user).await;
    let locked = table.rows().await;
    let post_confirmation = async |user: &User, step: &str| {
        let event = user.event(&format!("PostConfirmation_{step}"), json!({}));
        let answer = stack.invoke("verify-challenge", &event).await.answer();
        assert_eq!(answer["response"], json!({}));
        stack.log_of("answered").await.pop().unwrap()["outcome"].take()
    };

    assert_eq!(post_confirmation(&user, "ConfirmSignUp").await, "no-password-reset");
    assert_eq!(table.rows().await, locked, "whoever signs up has no failures to clear");
    assert_eq!(post_confirmation(&User::new(&stack).await, "ConfirmForgotPassword").await, "no-failures");
    assert_eq!(table.rows().await, locked, "another user's password");
    assert_eq!(refused_by(&user, "max-failures").await, for_client(LOCKED));

    assert_eq!(post_confirmation(&user, "ConfirmForgotPassword").await, "failures-cleared");
    unlocked(&table, &user).await;
}

#[tokio::test]
async fn an_operator_unlocks() {
    let (stack, user) = stack_with_user(SETTINGS).await;
    let table = stack.table().await;
    lock(&table, &user).await;
    let locked = table.rows().await;
    let text = ledger(&stack, &[&user.name]);
    assert!(text.contains("4 wrong codes in a row") && text.contains("until somebody clears it"), "{text}");
    assert_eq!(table.rows().await, locked, "it only looks");
    assert_eq!(refused_by(&user, "max-failures").await, for_client(LOCKED));

    let text = ledger(&stack, &[&user.name, "--unlock"]);
    assert!(text.contains("Cleared 4 wrong codes in a row"), "{text}");
    unlocked(&table, &user).await;
}

/// Answers are no longer compared: the row stays unchanged, with this many failures and attempts left.
async fn locked(user: &User, failures: u64, answer: impl AsyncFnOnce()) {
    let table = user.stack.table().await;
    let row = table.row(&user.key()).await;
    assert_eq!(row.number("failures"), failures);
    assert!(row.number("attemptsLeft") > 0);
    answer().await;
    assert_eq!(table.row(&user.key()).await, row);
    let outcomes = user.stack.log_of("answered").await;
    let outcome = outcomes.iter().rfind(|line| line["trigger"] == "verify").map(|line| &line["outcome"]);
    assert!(["lockout", "max-failures"].map(Value::from).iter().any(|limit| outcome == Some(limit)), "{outcome:?}");
}

/// Locks a user who has been called once, for good.
async fn lock(table: &Table, user: &User) {
    let first = challenge(user.client.start().await);
    user.code().await;
    challenge(user.client.answer(&first, "wrong").await);
    let row = table.row(&user.key()).await;
    table.put(row.with("failures", number(4))).await;
    table.let_pass(30).await;
}

/// The user is called again and gets in.
async fn unlocked(table: &Table, user: &User) {
    let row = table.row(&user.key()).await;
    assert_eq!((row.number("failures"), row.has("failedAt")), (0, false));
    let challenge = challenge(user.client.start().await);
    id_token(user.client.answer(&challenge, &user.code_of_call(2).await).await);
}

/// The output of `local ledger`.
fn ledger(stack: &Stack, arguments: &[&str]) -> String {
    let mut command = command(&["ledger", "--endpoint", stack.endpoint()]);
    let Output { status, stdout, .. } = command.args(arguments).output().unwrap();
    let text = String::from_utf8(stdout).unwrap();
    assert!(status.success(), "{text}");
    text
}

//! Rows that the functions have not written.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{assert_busy, stack};
use crate::table::{Row, number, text};
use crate::user::{User, challenge, id_token};

type Garbling = (&'static str, fn(Row) -> Row);

/// Damage after which it is unknown whether an answer may be compared.
const NOTHING_TO_JUDGE_BY: [Garbling; 4] = [
    ("nothing but a key", |row| Row::new(row.text("pk"))),
    ("failures as a text", |row| row.with("failures", text("0"))),
    ("attempts below zero", |row| row.with("attemptsLeft", AttributeValue::N("-1".to_owned()))),
    ("a challenge of another kind", |row| row.with("challengeId", text("x"))),
];

/// Damage after which it is unknown whether a call may be placed.
const NOTHING_TO_CALL_BY: [Garbling; 4] = [
    ("no revision", |row| row.without("revision")),
    ("failures without a time", |row| row.with("failures", number(3))),
    ("calls as a number", |row| row.with("calls", number(1))),
    ("a challenge that lives too long", |row| row.with("expiresAt", number(4_102_444_800))),
];

#[tokio::test]
async fn nobody_is_called_by_a_row_that_can_not_be_read() {
    let stack = stack().await;
    let table = stack.table().await;
    for (what, garble) in NOTHING_TO_JUDGE_BY.into_iter().chain(NOTHING_TO_CALL_BY) {
        let user = User::new(&stack).await;
        challenge(user.client.start().await);
        user.code().await;
        let garbage = garble(table.row(&user.key()).await);
        table.put(garbage.clone()).await;
        let started = user.client.start().await;
        let fault = assert_busy(&stack, started, "CreateAuthChallenge", "ERROR", "Unreadable").await;
        assert_eq!(table.row(&user.key()).await, garbage, "{what}");
        assert_eq!(user.calls().await.len(), 1, "{what}");

        // The log names the row. The operator follows the advice.
        let advice = fault["advice"].as_str().unwrap();
        assert!(advice.contains(&format!("delete the row {} ", user.key())), "{what}: {advice}");
        table.delete(&user.key()).await;
        table.let_pass(30).await;
        let challenge = challenge(user.client.start().await);
        id_token(user.client.answer(&challenge, &user.code_of_call(2).await).await);
    }
}

#[tokio::test]
async fn nobody_is_called_by_a_numbers_row_that_can_not_be_read() {
    let stack = stack().await;
    let table = stack.table().await;
    let user = User::new(&stack).await;
    challenge(user.client.start().await);
    user.code().await;
    let key = format!("NUMBER#{}", table.row(&user.key()).await.text("calledNumber"));
    table.put(table.row(&key).await.without("calls")).await;
    table.delete(&user.key()).await;
    let started = user.client.start().await;
    let fault = assert_busy(&stack, started, "CreateAuthChallenge", "ERROR", "Unreadable").await;
    assert!(fault["advice"].as_str().unwrap().contains(&key), "{fault}");
    assert_eq!(user.calls().await.len(), 1);
}

#[tokio::test]
async fn nobody_gets_in_by_a_row_that_can_not_be_read() {
    let stack = stack().await;
    let table = stack.table().await;
    for (what, garble) in NOTHING_TO_JUDGE_BY {
        let user = User::new(&stack).await;
        let challenge = challenge(user.client.start().await);
        let code = user.code().await;
        let garbage = garble(table.row(&user.key()).await);
        table.put(garbage.clone()).await;
        let answered = user.client.answer(&challenge, &code).await;
        assert_busy(&stack, answered, "VerifyAuthChallengeResponse", "ERROR", "Unreadable").await;
        assert_eq!(table.row(&user.key()).await, garbage, "{what}");
    }
}

//! The one conditional write by which an answer is judged agrees with the decision as it is in Rust.

use crate::{
    stack::Stack,
    table::{Row, Table, number, text},
};
use aws_sdk_dynamodb::types::AttributeValue;
use otp_dial::{
    challenge::Challenge,
    code::Digits,
    fault::LedgerFault,
    ledger::{Answer, CallTimes, FailureLimits, Issued, Store, UserKey, UserRow, Verdict, user::Used},
};
use proptest::{prelude::*, test_runner::TestRunner};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const NOW: u64 = 1_000_000;

#[test]
fn the_write_of_an_answer_agrees_with_the_pure_decision() {
    let runtime = Runtime::new().unwrap();
    let stack = Stack::start(&[]);
    let table = runtime.block_on(stack.table());
    let store = Store::with_client(table.client().clone(), table.name().to_owned());
    let inputs = (rows(), answers(), limits(), prop::sample::select(vec!["USER#pool#sub", "NOBODY#pool#name"]));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&inputs, |(row, answer, limits, key)| {
        let (verdict, changed) = row.answer(&answer, &limits);
        let (written, after) = runtime.block_on(answer_in(&table, &store, key, &row, &answer, &limits));
        prop_assert_eq!(written, Ok(verdict));
        let expected = changed.unwrap_or(row);
        // A row without failures doesn't say when the latest was.
        let failed_at = if expected.failures > 0 { expected.failed_at } else { 0 };
        prop_assert_eq!(after, UserRow { failed_at, ..expected });
        Ok(())
    });
    result.unwrap();
}

/// Puts the row, has the answer judged, and reads the row.
async fn answer_in(
    table: &Table,
    store: &Store,
    key: &str,
    row: &UserRow,
    answer: &Answer,
    limits: &FailureLimits,
) -> (Result<Verdict, LedgerFault>, UserRow) {
    table.put(item(key, row)).await;
    let key = UserKey::from_text(key);
    let verdict = store.answer(&key, answer, limits, Instant::now() + Duration::from_mins(1)).await;
    (verdict, store.user(&key).await.unwrap().expect("nobody deletes it"))
}

/// A row as the table has it.
fn item(key: &str, row: &UserRow) -> Row {
    let times = row.calls.as_slice().iter().copied().map(number).collect();
    let item = Row::new(key)
        .with("revision", number(7))
        .with("calls", AttributeValue::L(times))
        .with("failures", number(row.failures.into()));
    let item = if row.failures > 0 { item.with("failedAt", number(row.failed_at)) } else { item };
    let Some(Issued { challenge, number: called, attempts_left, calls, used }) = row.issued else { return item };
    let item = item
        .with("challengeId", text(format!("{:032x}", challenge.id)))
        .with("issuedAt", number(challenge.issued_at))
        .with("expiresAt", number(challenge.expires_at))
        .with("digits", AttributeValue::N(challenge.digits.to_string()))
        .with("calledNumber", text(format!("{called:016x}")))
        .with("attemptsLeft", number(attempts_left.into()))
        .with("challengeCalls", number(calls.into()));
    match used {
        Some(Used { sign_in, at }) => item.with("usedBy", text(format!("{sign_in:016x}"))).with("usedAt", number(at)),
        None => item,
    }
}

fn rows() -> impl Strategy<Value = UserRow> {
    let used = prop::option::weighted(0.3, (0..2_u64, around(NOW - 15)));
    let issued_at = prop_oneof![around(NOW - 100), around(NOW - 300)];
    let issued = (challenge(), issued_at, any::<u64>(), 0..3_u32, 0..3_u32, used);
    let issued = issued.prop_map(|(id, at, number, attempts_left, calls, used)| Issued {
        challenge: Challenge::issue(id, at, 300, Digits::default()),
        number,
        attempts_left,
        calls,
        used: used.map(|(sign_in, at)| Used { sign_in, at }),
    });
    let calls = prop::collection::vec(around(NOW), 0..3).prop_map(CallTimes::new);
    (prop::option::weighted(0.9, issued), calls, 0..5_u32, around(NOW - 60)).prop_map(
        |(issued, calls, failures, failed_at)| {
            let failed_at = if failures > 0 { failed_at } else { 0 };
            UserRow { issued, calls, failures, failed_at }
        },
    )
}

fn answers() -> impl Strategy<Value = Answer> {
    (challenge(), 0..2_u64, any::<bool>(), around(NOW)).prop_map(|(challenge, sign_in, right, now)| Answer {
        challenge,
        sign_in,
        right,
        now,
    })
}

/// Mostly the same one.
fn challenge() -> impl Strategy<Value = u128> {
    prop_oneof![9 => Just(1_u128), 1 => Just(2)]
}

fn limits() -> impl Strategy<Value = FailureLimits> {
    (0..5_u32, 58..62_u64, 0..9_u32).prop_map(|(lockout, lockout_seconds, max)| FailureLimits {
        lockout,
        lockout_seconds,
        max,
    })
}

/// A time at which something is about to end, or has just ended; and seldom another one.
fn around(time: u64) -> impl Strategy<Value = u64> {
    prop_oneof![9 => time - 2..time + 3, 1 => 0..2 * NOW]
}

//! Conditions, on which the whole ledger depends.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure};
use tokio::task::JoinSet;

use super::{Bench, get, item, n, put, s, update};

const FAILED: Option<&str> = Some("ConditionalCheckFailedException");

/// A missing attribute is neither equal to a value nor less or greater than one. So a condition on a missing item
/// fails unless it asks for the absence.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html>
#[tokio::test]
async fn of_an_absent_item_only_its_absence_is_true() {
    let bench = Bench::start().await;
    let client = bench.client();
    for condition in ["calls < :a", "calls > :a", "calls <= :a", "calls = :a", "attribute_exists(pk)", "pk = :b"] {
        let request = update(&client, "absent", "SET x = :a").condition_expression(condition);
        let value = if condition.contains(":b") { (":b", s("absent")) } else { (":c", n(0)) };
        let mut request = request.expression_attribute_values(":a", n(1));
        if condition.contains(value.0) {
            request = request.expression_attribute_values(value.0, value.1);
        }
        assert_eq!(request.send().await.unwrap_err().code(), FAILED, "{condition}");
        assert_eq!(get(&client, "absent").await, None, "{condition}");
    }
    for (key, condition) in [
        ("a", "attribute_not_exists(pk)"),
        ("b", "attribute_not_exists(calls) OR calls < :a"),
        ("c", "NOT calls = :a AND attribute_not_exists(usedBy)"),
    ] {
        let request = update(&client, key, "SET x = :a").condition_expression(condition);
        request.expression_attribute_values(":a", n(1)).send().await.expect(condition);
        assert_eq!(get(&client, key).await, Some(item(key, [("x", n(1))])), "{condition}");
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>
#[tokio::test]
async fn numbers_are_compared_as_numbers_and_types_differ() {
    let bench = Bench::start().await;
    let client = bench.client();
    put(&client, item("a", [("remaining", n(9)), ("expiresAt", n(1_764_000_000_u64))])).await;
    for (condition, value, holds) in [
        ("remaining < :v", n(10), true),
        ("remaining < :v", n(9), false),
        ("remaining <= :v", n("9.0"), true),
        ("remaining = :v", n("009"), true),
        ("remaining = :v", s("9"), false),
        ("remaining <> :v", s("9"), true),
        ("remaining < :v", s("a"), false),
        ("expiresAt > :v", n(999_999_999), true),
        ("remaining BETWEEN :v AND remaining", n(-1), true),
        ("NOT (remaining > :v OR remaining = :v)", n(10), true),
        ("remaining > :v OR expiresAt > :v AND remaining < :v", n(9), false),
        ("(remaining > :v OR expiresAt > :v) AND remaining = :v", n(9), true),
    ] {
        let request = update(&client, "a", "REMOVE nothing").condition_expression(condition);
        let sent = request.expression_attribute_values(":v", value.clone()).send().await;
        assert_eq!(sent.is_ok(), holds, "{condition} {value:?}");
        assert!(sent.is_ok() || sent.unwrap_err().code() == FAILED, "{condition} {value:?}");
    }
}

/// With `ALL_OLD`, the error has the item as it was, if there is one. Without, it has no item:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html>
#[tokio::test]
async fn a_failed_condition_gives_the_row_if_asked() {
    let bench = Bench::start().await;
    let client = bench.client_of(&bench.create);
    let times = AttributeValue::L(vec![n(1_764_000_000_u64), n(1_764_000_030_u64)]);
    let row = item("a", [("attemptsLeft", n(0)), ("calls", times), ("challengeId", s("00ff"))]);
    put(&bench.client(), row.clone()).await;
    let failed = async |key: &str, on_failure: OnFailure| -> Option<HashMap<String, AttributeValue>> {
        let error = update(&client, key, "SET attemptsLeft = attemptsLeft - :one")
            .condition_expression("attemptsLeft > :zero")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":zero", n(0))
            .return_values_on_condition_check_failure(on_failure)
            .send()
            .await
            .unwrap_err()
            .into_service_error();
        let UpdateItemError::ConditionalCheckFailedException(failed) = error else { panic!("{error:?}") };
        assert_eq!(failed.message(), Some("The conditional request failed"));
        failed.item
    };
    assert_eq!(failed("a", OnFailure::AllOld).await, Some(row.clone()));
    assert_eq!(failed("a", OnFailure::None).await, None);
    assert_eq!(failed("absent", OnFailure::AllOld).await, None);
    assert_eq!(get(&bench.client(), "a").await, Some(row));
}

/// Writes are carried out one after the other, and each sees the ones before. If the condition allows N of several
/// parallel writes, N succeed:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html>
#[tokio::test(flavor = "multi_thread")]
async fn parallel_writes_are_admitted_as_often_as_the_condition_allows() {
    let bench = Bench::start().await;
    let client = bench.client();
    put(&client, item("a", [("attemptsLeft", n(5)), ("failures", n(0))])).await;
    let mut writes = JoinSet::new();
    for _ in 0..60 {
        let request = update(&client, "a", "SET attemptsLeft = attemptsLeft - :one ADD failures :one")
            .condition_expression("attemptsLeft > :zero")
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":zero", n(0))
            .return_values(ReturnValue::AllNew);
        writes.spawn(request.send());
    }
    let mut seen = Vec::new();
    while let Some(written) = writes.join_next().await {
        match written.unwrap() {
            Ok(answer) => seen.push(answer.attributes.unwrap()["attemptsLeft"].as_n().unwrap().clone()),
            Err(error) => assert_eq!(error.code(), FAILED),
        }
    }
    seen.sort();
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
    assert_eq!(get(&client, "a").await, Some(item("a", [("attemptsLeft", n(0)), ("failures", n(5))])));
}

/// An expression must use every value that it is given, and be given every value that it uses. It must not name a
/// reserved word:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html>
#[tokio::test]
async fn expressions_with_faults_are_refused() {
    let bench = Bench::start().await;
    let client = bench.client();
    for (expression, condition) in [
        ("SET x = :one", "x = :missing"),
        ("SET x = :one, y = :one", "x ="),
        ("SET x = :one, x = :one", "attribute_not_exists(x)"),
        ("SET pk = :one", "attribute_not_exists(x)"),
        ("REMOVE x", "attribute_not_exists(x)"),
        ("SET count = :one", "attribute_not_exists(x)"),
        ("SET x = :one", "attribute_not_exists(status)"),
        ("SET x = :one SET y = :one", "attribute_not_exists(x)"),
    ] {
        let request = update(&client, "a", expression).condition_expression(condition);
        let error = request.expression_attribute_values(":one", n(1)).send().await.unwrap_err();
        assert_eq!(error.code(), Some("ValidationException"), "{expression}, {condition}");
    }
    assert_eq!(get(&client, "a").await, None);
}

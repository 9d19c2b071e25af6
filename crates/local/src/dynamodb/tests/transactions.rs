//! Transactions: everything or nothing.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{
    CancellationReason, ReturnValuesOnConditionCheckFailure as OnFailure, TransactWriteItem,
};
use tokio::task::JoinSet;

use super::{Bench, Item, action_put, action_update, get, item, n, put, s, update_in_transaction};

/// What the ledger does for a call: the user's row, the number's, and a counter.
fn call(user: Item, counter: &str, most: u32) -> Vec<TransactWriteItem> {
    let new = Some("attribute_not_exists(pk)");
    vec![action_put(user, new), action_put(item("number", []), None), action_update(count(counter, most))]
}

fn count(counter: &str, most: u32) -> UpdateBuilder {
    update_in_transaction(counter, "SET deleteAfter = :d ADD calls :one")
        .condition_expression("attribute_not_exists(calls) OR calls < :most")
        .expression_attribute_values(":one", n(1))
        .expression_attribute_values(":d", n(7))
        .expression_attribute_values(":most", n(most))
}

async fn write(client: &Client, actions: Vec<TransactWriteItem>) -> Result<(), TransactWriteItemsError> {
    let request = client.transact_write_items().set_transact_items(Some(actions));
    request.send().await.map(drop).map_err(SdkError::into_service_error)
}

#[track_caller]
fn reasons(error: TransactWriteItemsError) -> Vec<CancellationReason> {
    let TransactWriteItemsError::TransactionCanceledException(canceled) = error else { panic!("{error:?}") };
    canceled.cancellation_reasons.unwrap()
}

fn codes(reasons: &[CancellationReason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.code().unwrap()).collect()
}

#[tokio::test]
async fn all_actions_are_carried_out_together() {
    let bench = Bench::start().await;
    let client = bench.client_of(&bench.create);
    write(&client, call(item("user", [("revision", n(0))]), "all", 2)).await.unwrap();
    let operator = bench.client();
    assert_eq!(get(&operator, "user").await, Some(item("user", [("revision", n(0))])));
    assert_eq!(get(&operator, "number").await, Some(item("number", [])));
    assert_eq!(get(&operator, "all").await, Some(item("all", [("calls", n(1)), ("deleteAfter", n(7))])));
}

/// The reasons are in the order of the actions. Actions that would have succeeded have `None`. A reason has the item
/// if the action asked for it:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html>
#[tokio::test]
async fn one_failed_condition_cancels_all_and_is_named() {
    let bench = Bench::start().await;
    let client = bench.client_of(&bench.create);
    let full = item("all", [("calls", n(2)), ("deleteAfter", n(7))]);
    put(&bench.client(), full.clone()).await;
    let failed = reasons(write(&client, call(item("user", []), "all", 2)).await.unwrap_err());
    assert_eq!(codes(&failed), ["None", "None", "ConditionalCheckFailed"]);
    assert_eq!(failed[2].message(), Some("The conditional request failed"));
    assert!(failed.iter().all(|reason| reason.item().is_none()));
    for absent in ["user", "number"] {
        assert_eq!(get(&bench.client(), absent).await, None, "{absent}");
    }
    assert_eq!(get(&bench.client(), "all").await, Some(full.clone()));

    let update = count("all", 2).return_values_on_condition_check_failure(OnFailure::AllOld);
    let actions = vec![action_put(item("user", []), None), action_update(update), action_put(item("number", []), None)];
    let failed = reasons(write(&client, actions).await.unwrap_err());
    assert_eq!(codes(&failed), ["None", "ConditionalCheckFailed", "None"]);
    assert_eq!(failed[1].item(), Some(&full));
    assert_eq!((failed[0].item(), failed[0].message(), failed[2].item()), (None, None, None));
}

#[tokio::test]
async fn all_failed_conditions_are_named() {
    let bench = Bench::start().await;
    let client = bench.client();
    put(&client, item("user", [])).await;
    put(&client, item("all", [("calls", n(2))])).await;
    let failed = reasons(write(&client, call(item("user", []), "all", 2)).await.unwrap_err());
    assert_eq!(codes(&failed), ["ConditionalCheckFailed", "None", "ConditionalCheckFailed"]);
    assert_eq!(get(&client, "number").await, None);
}

/// What can't be computed is found out with the items at hand: a reason too.
#[tokio::test]
async fn an_update_that_fails_cancels_all() {
    let bench = Bench::start().await;
    let client = bench.client();
    put(&client, item("text", [("calls", s("1"))])).await;
    let add = update_in_transaction("text", "ADD calls :one").expression_attribute_values(":one", n(1));
    let failed = write(&client, vec![action_put(item("user", []), None), action_update(add)]).await.unwrap_err();
    assert_eq!(codes(&reasons(failed)), ["None", "ValidationError"]);
    assert_eq!(get(&client, "user").await, None);
}

#[tokio::test]
async fn one_item_can_not_be_meant_twice() {
    let bench = Bench::start().await;
    let client = bench.client();
    for second in [action_put(item("user", []), None), action_update(count("user", 9))] {
        let error = write(&client, vec![action_put(item("user", []), None), second]).await.unwrap_err();
        assert_eq!(error.code(), Some("ValidationException"));
    }
    assert_eq!(get(&client, "user").await, None);
}

/// Within ten minutes, a request with the token of one that succeeded is the same request; with another content it is
/// refused.
#[tokio::test]
async fn a_token_makes_a_repeated_request_the_same() {
    let bench = Bench::start().await;
    let client = bench.client();
    let counted = || action_update(count("all", 9));
    let send = async |token: &str, actions: Vec<TransactWriteItem>| {
        let request = client.transact_write_items().set_transact_items(Some(actions));
        request.client_request_token(token).send().await.map(drop).map_err(SdkError::into_service_error)
    };
    let calls = async || get(&client, "all").await.unwrap()["calls"].clone();
    send("a", vec![counted()]).await.unwrap();
    send("a", vec![counted()]).await.unwrap();
    assert_eq!(calls().await, n(1));
    let error = send("a", vec![counted(), action_put(item("user", []), None)]).await.unwrap_err();
    assert!(error.is_idempotent_parameter_mismatch_exception(), "{error:?}");
    let error = send("a", vec![action_update(count("all", 8))]).await.unwrap_err();
    assert!(error.is_idempotent_parameter_mismatch_exception(), "{error:?}");
    send("b", vec![counted()]).await.unwrap();
    assert_eq!(calls().await, n(2));
    // One that failed has not used its token up.
    let limited = || vec![action_update(count("all", 2))];
    reasons(send("c", limited()).await.unwrap_err());
    put(&client, item("all", [("calls", n(1))])).await;
    send("c", limited()).await.unwrap();
    assert_eq!(calls().await, n(2));
}

/// A transaction is done before the next one, or after it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>
#[tokio::test(flavor = "multi_thread")]
async fn parallel_transactions_are_admitted_as_often_as_all_conditions_allow() {
    let bench = Bench::start().await;
    let client = bench.client();
    let mut writes = JoinSet::new();
    for index in 0..40 {
        let client = client.clone();
        let user = item(&format!("user-{}", index % 10), []);
        let actions = vec![action_put(user, Some("attribute_not_exists(pk)")), action_update(count("all", 7))];
        writes.spawn(async move { write(&client, actions).await.is_ok() });
    }
    let admitted = writes.join_all().await.into_iter().filter(|admitted| *admitted).count();
    assert_eq!(admitted, 7);
    assert_eq!(get(&client, "all").await.unwrap()["calls"], n(7));
    assert_eq!(client.scan().table_name("ledger").send().await.unwrap().count(), 8);
}

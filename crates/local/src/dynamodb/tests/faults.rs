//! Injected faults.

use std::sync::Arc;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use serde_json::{Value, json};

use super::{Bench, action_put, get, item, n, put, update};
use crate::lambda::tests::http;

/// Counts up, once.
async fn count(bench: &Bench) -> Result<(), SdkError<UpdateItemError>> {
    let client = bench.client_of(&bench.create);
    let request = update(&client, "a", "ADD x :one").expression_attribute_values(":one", n(1));
    request.send().await.map(drop)
}

async fn counted(bench: &Bench) -> Option<String> {
    Some(get(&bench.client(), "a").await?["x"].as_n().unwrap().clone())
}

#[tokio::test]
async fn every_error_can_be_injected_and_nothing_is_written() {
    let bench = Bench::start().await;
    for (error, status) in [
        ("AccessDeniedException", 400),
        ("ConditionalCheckFailedException", 400),
        ("ExpiredTokenException", 400),
        ("InternalServerError", 500),
        ("ProvisionedThroughputExceededException", 400),
        ("RequestLimitExceeded", 400),
        ("ResourceNotFoundException", 400),
        ("ServiceUnavailableException", 503),
        ("ThrottlingException", 400),
        ("TransactionConflictException", 400),
        ("TransactionInProgressException", 400),
        ("UnrecognizedClientException", 400),
        ("ValidationException", 400),
    ] {
        bench.order_fault(json!({ "service": "dynamodb", "next": 1, "error": error })).await;
        let refused = count(&bench).await.unwrap_err();
        assert_eq!(refused.code(), Some(error));
        assert!(refused.message().is_some_and(|message| !message.is_empty()), "{error}");
        assert_eq!(refused.raw_response().unwrap().status().as_u16(), status, "{error}");
    }
    assert_eq!(counted(&bench).await, None);
    count(&bench).await.unwrap();
}

#[tokio::test]
async fn a_transaction_in_conflict_has_its_reasons() {
    let bench = Bench::start().await;
    bench.order_fault(json!({ "service": "dynamodb", "next": 1, "error": "TransactionCanceledException" })).await;
    let client = bench.client();
    let request = client.transact_write_items().transact_items(action_put(item("a", []), None));
    let error = request.transact_items(action_put(item("b", []), None)).send().await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(canceled) = error else { panic!("{error:?}") };
    let reasons: Vec<_> = canceled.cancellation_reasons().iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(reasons, ["TransactionConflict", "None"]);
    assert!(canceled.message().unwrap().ends_with("[TransactionConflict, None]"));
    assert_eq!(get(&client, "a").await, None);
}

/// Whatever happens to the answer: with `afterwards` it was written, without it was not.
#[tokio::test]
async fn an_answer_alone_can_be_lost() {
    let bench = Bench::start().await;
    for (error, afterwards, written) in [
        ("drop", false, None),
        ("InternalServerError", false, None),
        ("drop", true, Some("1")),
        ("InternalServerError", true, Some("2")),
        ("ThrottlingException", false, Some("2")),
    ] {
        let order = json!({ "service": "dynamodb", "next": 1, "error": error, "afterwards": afterwards });
        bench.order_fault(order).await;
        let lost = count(&bench).await.unwrap_err();
        assert_eq!(lost.code().is_none(), error == "drop", "{lost:?}");
        assert_eq!(counted(&bench).await.as_deref(), written, "{error} {afterwards}");
    }
}

#[tokio::test]
async fn a_client_that_waits_in_vain_may_have_written() {
    let bench = Arc::new(Bench::start().await);
    let order = async |afterwards: bool| {
        let mut order = json!({ "service": "dynamodb", "next": 1, "error": "timeout", "afterwards": afterwards });
        // Only the update fails, so that the test can read.
        order["operation"] = "UpdateItem".into();
        bench.order_fault(order).await;
    };
    let wait_in_vain = || {
        let bench = Arc::clone(&bench);
        tokio::spawn(async move { count(&bench).await })
    };
    order(true).await;
    let waiting = wait_in_vain();
    while counted(&bench).await.is_none() {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    waiting.abort();

    // That nothing happens can't be observed. That the fault was used can.
    order(false).await;
    let waiting = wait_in_vain();
    let faults = format!("{}/local/faults", bench.endpoint);
    while http().get(&faults).send().await.unwrap().json::<Value>().await.unwrap()["dynamodb"]["next"] != 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(counted(&bench).await.as_deref(), Some("1"));
    assert!(!waiting.is_finished());
    waiting.abort();
}

/// The SDK's retry of a transaction has the token of the first request, so a lost answer has no effect.
#[tokio::test]
async fn a_retried_transaction_is_carried_out_once() {
    let bench = Bench::start().await;
    let client = crate::dynamodb::client(&bench.endpoint, bench.create.clone());
    let mut order = json!({ "service": "dynamodb", "next": 1, "error": "drop", "afterwards": true });
    order["operation"] = "TransactWriteItems".into();
    bench.order_fault(order).await;
    let new = action_put(item("a", [("x", n(1))]), Some("attribute_not_exists(pk)"));
    client.transact_write_items().transact_items(new).send().await.unwrap();
    assert_eq!(get(&bench.client(), "a").await, Some(item("a", [("x", n(1))])));
}

#[tokio::test]
async fn what_is_not_allowed_uses_up_no_fault() {
    let bench = Bench::start().await;
    bench.order_fault(json!({ "service": "dynamodb", "next": 1, "error": "ThrottlingException" })).await;
    let define = bench.client_of(&bench.define);
    let refused = update(&define, "a", "ADD x :one").expression_attribute_values(":one", n(1)).send().await;
    assert_eq!(refused.unwrap_err().code(), Some("AccessDeniedException"));
    assert_eq!(count(&bench).await.unwrap_err().code(), Some("ThrottlingException"));
    put(&bench.client(), item("a", [])).await;
}

//! Reading several rows with one request.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>

use std::collections::HashMap;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::KeysAndAttributes;

use super::{Bench, TABLE, get, item, n, put, s};

fn wanted(keys: &[&str]) -> KeysAndAttributes {
    let keys = keys.iter().map(|key| HashMap::from([("pk".to_owned(), s(key))])).collect();
    KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().unwrap()
}

#[tokio::test]
async fn rows_that_are_not_there_are_left_out() {
    let bench = Bench::start().await;
    let (operator, create) = (bench.client(), bench.client_of(&bench.create));
    let row = item("user", [("revision", n(3))]);
    put(&operator, row.clone()).await;
    let read = async |keys: &[&str]| {
        let answer = create.batch_get_item().request_items(TABLE, wanted(keys)).send().await.unwrap();
        assert!(answer.unprocessed_keys().is_none_or(HashMap::is_empty));
        answer.responses.unwrap().remove(TABLE).unwrap()
    };
    assert_eq!(read(&["user", "number"]).await, std::slice::from_ref(&row));
    assert_eq!(read(&["number"]).await, []);
    put(&operator, item("number", [])).await;
    let mut rows = read(&["user", "number"]).await;
    rows.sort_by_key(|row| row["pk"].as_s().unwrap().clone());
    assert_eq!(rows, [item("number", []), row]);
}

#[tokio::test]
async fn one_row_can_not_be_wanted_twice() {
    let bench = Bench::start().await;
    let request = bench.client().batch_get_item().request_items(TABLE, wanted(&["user", "user"]));
    assert_eq!(request.send().await.unwrap_err().code(), Some("ValidationException"));
}

/// The operations that people use to look at the table.
#[tokio::test]
async fn rows_can_be_listed_and_deleted() {
    let bench = Bench::start().await;
    let client = bench.client();
    put(&client, item("a", [])).await;
    put(&client, item("b", [])).await;
    assert_eq!(client.scan().table_name(TABLE).send().await.unwrap().count(), 2);
    let query = client.query().table_name(TABLE).key_condition_expression("pk = :pk");
    let found = query.expression_attribute_values(":pk", s("a")).send().await.unwrap();
    assert_eq!(found.items(), [item("a", [])]);
    client.delete_item().table_name(TABLE).key("pk", s("a")).send().await.unwrap();
    assert_eq!(get(&client, "a").await, None);
}

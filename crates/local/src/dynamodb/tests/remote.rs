//! The table in another `DynamoDB`.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Bench, TABLE, serve, table};
use crate::dynamodb::create_if_missing;

/// A `DynamoDB` without a table, which records requests and answers with success.
async fn scripted() -> (String, Arc<Mutex<Vec<(String, Value)>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let answer = async move |headers: HeaderMap, body: Bytes| {
        let (_, operation) = headers["x-amz-target"].to_str().unwrap().split_once('.').unwrap();
        let request: Value = serde_json::from_slice(&body).unwrap();
        let mut noted = noted.lock().unwrap();
        let is_new = noted.is_empty();
        noted.push((operation.to_owned(), request));
        let content_type = [("content-type", "application/x-amz-json-1.0")];
        if is_new {
            let error = json!({ "__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException" });
            return (axum::http::StatusCode::BAD_REQUEST, content_type, error.to_string());
        }
        let described = json!({ "Table": { "TableName": TABLE, "TableStatus": "ACTIVE" } });
        (axum::http::StatusCode::OK, content_type, described.to_string())
    };
    (serve(Router::new().fallback(answer)).await, asked)
}

#[tokio::test]
async fn a_missing_table_is_made_as_the_template_says() {
    let (endpoint, asked) = scripted().await;
    create_if_missing(&endpoint, &table(), TABLE).await.unwrap();
    let asked = asked.lock().unwrap().clone();
    let operations: Vec<_> = asked.iter().map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(operations, ["DescribeTable", "CreateTable", "DescribeTable", "UpdateTimeToLive"]);
    assert_eq!(
        asked[1].1,
        json!({
            "TableName": TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
        })
    );
    assert_eq!(asked[3].1["TimeToLiveSpecification"], json!({ "AttributeName": "deleteAfter", "Enabled": true }));
}

/// The embedded database has the table, and doesn't know how to make another.
#[tokio::test]
async fn a_table_that_is_there_is_left_alone() {
    let bench = Bench::start().await;
    create_if_missing(&bench.endpoint, &table(), TABLE).await.unwrap();
    let error = create_if_missing(&bench.endpoint, &table(), "other").await.unwrap_err();
    assert!(format!("{error:#}").contains("UnknownOperationException"), "{error:#}");
}

#[tokio::test]
async fn who_does_not_answer_is_named() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let endpoint = format!("http://{address}");
    let (table, limit) = (table(), Duration::from_mins(1));
    let error = tokio::time::timeout(limit, create_if_missing(&endpoint, &table, TABLE)).await.unwrap().unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains(&endpoint) && error.contains("not reached") && !error.contains('\n'), "{error}");
}

//! The permissions of the callers.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Region;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{ConditionCheck, KeysAndAttributes, TransactWriteItem};
use serde_json::{Value, json};

use super::{Bench, TABLE, action_put, action_update, get, item, n, put, s, update, update_in_transaction};
use crate::credentials::Credentials;
use crate::lambda::tests::http;

/// A key of those that each role may use.
const KEY: &str = "USER#a";
const DENIED: Option<&str> = Some("AccessDeniedException");

/// The code of an error, if there was one.
fn code<T, E: ProvideErrorMetadata, R>(result: Result<T, SdkError<E, R>>) -> Option<String> {
    result.err().map(|error| error.code().unwrap_or("none").to_owned())
}

/// The functions' operations that this caller may not perform.
async fn denied(client: &Client) -> Vec<&'static str> {
    let key = [("pk".to_owned(), s(KEY))].into();
    let keys = KeysAndAttributes::builder().keys(key).build().unwrap();
    let add = "ADD x :one";
    let check =
        ConditionCheck::builder().table_name(TABLE).key("pk", s(KEY)).condition_expression("attribute_exists(pk)");
    let check = TransactWriteItem::builder().condition_check(check.build().unwrap()).build();
    let transact_put = client.transact_write_items().transact_items(action_put(item(KEY, []), None));
    let updating = action_update(update_in_transaction("USER#b", add).expression_attribute_values(":one", n(1)));
    let results = [
        ("BatchGetItem", code(client.batch_get_item().request_items(TABLE, keys).send().await)),
        ("PutItem", code(client.put_item().table_name(TABLE).set_item(Some(item(KEY, []))).send().await)),
        ("UpdateItem", code(update(client, KEY, add).expression_attribute_values(":one", n(1)).send().await)),
        ("TransactPut", code(transact_put.clone().send().await)),
        ("TransactPutAndUpdate", code(transact_put.transact_items(updating).send().await)),
        ("TransactCheck", code(client.transact_write_items().transact_items(check).send().await)),
        ("GetItem", code(client.get_item().table_name(TABLE).key("pk", s(KEY)).send().await)),
        ("DeleteItem", code(client.delete_item().table_name(TABLE).key("pk", s(KEY)).send().await)),
        ("Scan", code(client.scan().table_name(TABLE).send().await)),
        ("ListTables", code(client.list_tables().send().await)),
    ];
    let is_denied = |code: &Option<String>| code.as_deref() == DENIED;
    results.into_iter().filter(|(_, code)| is_denied(code)).map(|(name, _)| name).collect()
}

#[tokio::test]
async fn each_function_may_do_what_its_role_says() {
    let bench = Bench::start().await;
    let looking = ["GetItem", "DeleteItem", "Scan", "ListTables"];
    let all = ["BatchGetItem", "PutItem", "UpdateItem", "TransactPut", "TransactPutAndUpdate", "TransactCheck"];
    let expected = |refused: &[&'static str]| [refused, &looking].concat();
    assert_eq!(denied(&bench.client_of(&bench.create)).await, expected(&["TransactCheck"]));
    assert_eq!(denied(&bench.client_of(&bench.send)).await, expected(&all), "it uses no row of a user");
    let but_update = ["BatchGetItem", "PutItem", "TransactPut", "TransactPutAndUpdate", "TransactCheck"];
    assert_eq!(denied(&bench.client_of(&bench.verify)).await, expected(&but_update));
    assert_eq!(denied(&bench.client_of(&bench.speak)).await, expected(&but_update));
    assert_eq!(denied(&bench.client_of(&bench.define)).await, expected(&all));
    assert_eq!(denied(&bench.client_of(&bench.gate)).await, [&all, &looking[1..]].concat());
    assert_eq!(denied(&bench.client()).await, [""; 0]);
}

#[tokio::test]
async fn a_role_that_uses_one_row_at_a_time_uses_those_of_its_users_alone() {
    let bench = Bench::start().await;
    let gate = bench.client_of(&bench.gate);
    for (key, expected) in [
        ("USER#pool#sub", [None; 3]),
        ("UNKNOWN#pool#sub", [DENIED, DENIED, None]),
        ("CODE#pool#sub#reset", [DENIED, None, DENIED]),
        ("NUMBER#1#reset", [DENIED, None, DENIED]),
        ("NUMBER#1#sign-in", [DENIED, None, DENIED]),
        ("NUMBER#1#verification", [DENIED, None, DENIED]),
        ("NUMBER#1#other", [DENIED; 3]),
        ("NUMBER#reset", [DENIED; 3]),
        ("NUMBER#1", [DENIED; 3]),
        ("CALLS#ALL#DAY#0", [DENIED; 3]),
        ("user#pool#sub", [DENIED; 3]),
    ] {
        let write = async |role: &Credentials| {
            let add = update(&bench.client_of(role), key, "ADD x :one").expression_attribute_values(":one", n(1));
            code(add.send().await)
        };
        let read = code(gate.get_item().table_name(TABLE).key("pk", s(key)).send().await);
        let found = [read, write(&bench.speak).await, write(&bench.verify).await];
        assert_eq!(found.each_ref().map(Option::as_deref), expected, "{key}");
    }
}

#[tokio::test]
async fn each_row_of_a_request_must_be_one_of_the_role() {
    let bench = Bench::start().await;
    let send = bench.client_of(&bench.send);
    let own = "CODE#pool#sub#reset";
    for (key, expected) in [
        ("CODE#pool#sub#sign-in", None),
        ("NUMBER#1#reset", None),
        ("NUMBER#1#sign-in", None),
        ("NUMBER#1#verification", None),
        ("NUMBER#1", DENIED),
        ("CALLS#ALL#DAY#0", None),
        ("USER#pool#sub", DENIED),
        ("UNKNOWN#pool#sub", DENIED),
    ] {
        let keys = [own, key].map(|key| [("pk".to_owned(), s(key))].into());
        let keys = KeysAndAttributes::builder().set_keys(Some(keys.into())).build().unwrap();
        let read = send.batch_get_item().request_items(TABLE, keys).send().await;
        let puts = send.transact_write_items().transact_items(action_put(item(own, []), None));
        let puts = puts.transact_items(action_put(item(key, []), None)).send().await;
        let add = action_update(update_in_transaction(key, "ADD x :one").expression_attribute_values(":one", n(1)));
        let updates = send.transact_write_items().transact_items(action_put(item(own, []), None));
        let updates = updates.transact_items(add).send().await;
        let found = [code(read), code(puts), code(updates)];
        assert_eq!(found.each_ref().map(Option::as_deref), [expected; 3], "{key}");
    }
}

#[tokio::test]
async fn a_refusal_is_worded_as_iams_and_nothing_happens() {
    let bench = Bench::start().await;
    let client = bench.client_of(&bench.verify);
    let error = client.put_item().table_name(TABLE).set_item(Some(item(KEY, []))).send().await.unwrap_err();
    assert_eq!(
        error.message().unwrap(),
        "User: arn:aws:sts::123456789012:assumed-role/verify-challenge/verify-challenge is not authorized to perform: \
         dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/ledger because no identity-based \
         policy allows the dynamodb:PutItem action"
    );
    assert_eq!(get(&bench.client(), KEY).await, None);
    let other = client.update_item().table_name("other").key("pk", s(KEY)).send().await.unwrap_err();
    assert!(other.message().unwrap().contains("table/other"), "{other:?}");
}

#[tokio::test]
async fn nobody_else_is_let_in() {
    let bench = Bench::start().await;
    put(&bench.client(), item("a", [])).await;
    let ask = async |client: Client| {
        code(client.get_item().table_name(TABLE).key("pk", s("a")).send().await).expect("it is refused")
    };
    let operator = Credentials::operator;
    let with = |credentials: Credentials| bench.client_of(&credentials);
    assert_eq!(ask(with(Credentials::random())).await, "UnrecognizedClientException");
    let wrong = Credentials { secret_access_key: "wrong".to_owned(), ..operator() };
    assert_eq!(ask(with(wrong)).await, "InvalidSignatureException");
    let wrong = Credentials { session_token: Some("token".to_owned()), ..operator() };
    assert_eq!(ask(with(wrong)).await, "UnrecognizedClientException");
    let wrong = Credentials { session_token: None, ..bench.create.clone() };
    assert_eq!(ask(with(wrong)).await, "UnrecognizedClientException");
    let elsewhere = bench.client().config().to_builder().region(Region::new("eu-west-1")).build();
    assert_eq!(ask(Client::from_conf(elsewhere)).await, "InvalidSignatureException");
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html>
#[tokio::test]
async fn what_is_not_of_the_protocol_is_refused_in_it() {
    let bench = Bench::start().await;
    let post = async |target: &str, content_type: &str| {
        let request = http().post(&bench.endpoint).header("content-type", content_type).header("x-amz-target", target);
        let response = request.body("{}").send().await.unwrap();
        assert_eq!(response.status(), 400, "{target}");
        assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
        assert_eq!(response.headers()["x-amzn-requestid"].len(), 52);
        let body: Value = response.json().await.unwrap();
        body["__type"].as_str().unwrap().to_owned()
    };
    let unknown = "com.amazon.coral.service#UnknownOperationException";
    let json_1_0 = "application/x-amz-json-1.0";
    for (target, content_type) in [
        ("DynamoDB_20120810.CreateTable", json_1_0),
        ("DynamoDB_20120810.getitem", json_1_0),
        ("DynamoDB_20111205.GetItem", json_1_0),
        ("GetItem", json_1_0),
        ("DynamoDB_20120810.GetItem", "application/json"),
    ] {
        assert_eq!(post(target, content_type).await, unknown, "{target}");
    }
    let missing = "com.amazon.coral.service#MissingAuthenticationTokenException";
    assert_eq!(post("DynamoDB_20120810.GetItem", json_1_0).await, missing);
}

/// A request with a right signature that is not in the API.
#[test]
fn what_can_not_be_read_is_refused() {
    let database = dynoxide::Database::memory().unwrap();
    for (body, kind) in [
        (json!({ "TableName": 1, "Key": {} }), "SerializationException"),
        (json!({ "Key": { "pk": { "S": "a" } } }), "ValidationException"),
        (json!({ "TableName": TABLE, "Key": { "pk": { "S": "a", "N": "1" } } }), "ValidationException"),
        (json!([]), "SerializationException"),
    ] {
        let error = super::super::operation::run(&database, "GetItem", body.to_string().as_bytes()).unwrap_err();
        assert!(error.error_type().ends_with(kind), "{body}: {error:?}");
    }
}

//! The database as its clients see it: through the AWS SDK, over HTTP. The tests expect what AWS documents. The page
//! is named above each test.

mod access;
mod batches;
mod conditions;
mod faults;
mod remote;
mod transactions;
mod updates;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::operation::get_item::GetItemOutput;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use axum::Router;
use axum::extract::Request;
use serde_json::Value;
use tokio::net::TcpListener;

use super::{Caller, DynamoDb, Table, catalogue, client};
use crate::credentials::Credentials;
use crate::faults::{FaultInjection, Service};
use crate::lambda::Function;
use crate::lambda::tests::http;

const TABLE: &str = "ledger";

type Item = HashMap<String, AttributeValue>;

/// A database on a socket.
struct Bench {
    endpoint: String,
    create: Credentials,
    verify: Credentials,
    define: Credentials,
    send: Credentials,
    speak: Credentials,
    gate: Credentials,
}

impl Bench {
    async fn start() -> Self {
        let [create, verify, define, send, speak, gate] = [(); 6].map(|()| Credentials::random());
        let callers = [
            (Function::CreateChallenge, &create),
            (Function::VerifyChallenge, &verify),
            (Function::DefineChallenge, &define),
            (Function::SendCode, &send),
            (Function::SpeakCode, &speak),
            (Function::GateTokens, &gate),
        ];
        let callers = callers.map(|(function, credentials)| Caller::function(function, credentials.clone(), TABLE));
        let callers = callers.into_iter().chain([Caller::operator()]).collect();
        let faults = FaultInjection::new([(Service::DynamoDb, catalogue())]);
        let database = DynamoDb::new(&table(), TABLE, callers, faults.clone()).unwrap();
        let router = Router::new().fallback(async move |request: Request| database.answer(request).await);
        Self { endpoint: serve(faults.router().merge(router)).await, create, verify, define, send, speak, gate }
    }

    /// A client that asks once, as the operator.
    fn client(&self) -> Client {
        self.client_of(&Credentials::operator())
    }

    fn client_of(&self, credentials: &Credentials) -> Client {
        once(&client(&self.endpoint, credentials.clone()))
    }

    async fn order_fault(&self, order: Value) {
        let response = http().post(format!("{}/local/faults", self.endpoint)).json(&order).send().await.unwrap();
        assert_eq!(response.status(), 200, "{order}");
    }
}

/// The deployed table.
fn table() -> Table {
    Table::from_template(include_str!("../../../../template.yaml")).unwrap()
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    endpoint
}

/// The same client, which doesn't ask again by itself.
fn once(client: &Client) -> Client {
    Client::from_conf(client.config().to_builder().retry_config(RetryConfig::disabled()).build())
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn item<const N: usize>(key: &str, attributes: [(&str, AttributeValue); N]) -> Item {
    let attributes = attributes.into_iter().chain([("pk", s(key))]);
    attributes.map(|(name, value)| (name.to_owned(), value)).collect()
}

async fn put(client: &Client, item: Item) {
    client.put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
}

async fn get(client: &Client, key: &str) -> Option<Item> {
    let request = client.get_item().table_name(TABLE).key("pk", s(key)).consistent_read(true);
    let GetItemOutput { item, .. } = request.send().await.unwrap();
    item
}

fn update(client: &Client, key: &str, expression: &str) -> UpdateItemFluentBuilder {
    client.update_item().table_name(TABLE).key("pk", s(key)).update_expression(expression)
}

fn update_in_transaction(key: &str, expression: &str) -> UpdateBuilder {
    Update::builder().table_name(TABLE).key("pk", s(key)).update_expression(expression)
}

fn action_put(item: Item, condition: Option<&str>) -> TransactWriteItem {
    let put = Put::builder().table_name(TABLE).set_item(Some(item));
    let put = put.set_condition_expression(condition.map(str::to_owned)).build().unwrap();
    TransactWriteItem::builder().put(put).build()
}

fn action_update(update: UpdateBuilder) -> TransactWriteItem {
    TransactWriteItem::builder().update(update.build().unwrap()).build()
}

//! The ledger's table, as its operator sees it.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use client::sdk::http_client;
use serde_json::Value;

/// The attributes that are times, beside those of passes. When the trust in a device ends is sealed.
const TIMES: [&str; 9] =
    ["deniedAt", "deviceNonceAt", "deviceUsedAt", "expiresAt", "failedAt", "issuedAt", "usedAt", CALLS[0], CALLS[1]];
/// Those of them that are times of calls.
const CALLS: [&str; 2] = ["calls", "callRefusedAt"];

/// The table of a stack.
pub(crate) struct Table {
    client: Client,
    name: String,
}

/// All rows by their keys.
pub(crate) type Rows = BTreeMap<String, Row>;

/// A row, by the names of its attributes.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Row(BTreeMap<String, AttributeValue>);

impl Table {
    /// The table that `GET /local/config` names.
    pub(crate) fn of(config: &Value) -> Self {
        let text = |name: &str| config[name].as_str().unwrap_or_else(|| panic!("the configuration has no {name}"));
        let credentials = Credentials::new(text("accessKeyId"), text("secretAccessKey"), None, None, "operator");
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(text("region").to_owned()))
            .endpoint_url(text("dynamodbEndpoint"))
            .credentials_provider(credentials)
            .http_client(http_client());
        Self { client: Client::from_conf(config.build()), name: text("ledgerTableName").to_owned() }
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) async fn rows(&self) -> Rows {
        let scan = self.client.scan().table_name(&self.name).consistent_read(true);
        let mut items = scan.into_paginator().items().send();
        let mut rows = Rows::new();
        while let Some(item) = items.next().await {
            let row = Row(item.unwrap().into_iter().collect());
            rows.insert(row.text("pk").to_owned(), row);
        }
        rows
    }

    /// The row with this key, which must be there.
    pub(crate) async fn row(&self, key: &str) -> Row {
        self.rows().await.remove(key).unwrap_or_else(|| panic!("there is no row {key}"))
    }

    /// Puts a row, which replaces the one with its key.
    pub(crate) async fn put(&self, row: Row) {
        let item: HashMap<_, _> = row.0.into_iter().collect();
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await.unwrap();
    }

    pub(crate) async fn delete(&self, key: &str) {
        let request = self.client.delete_item().table_name(&self.name);
        request.key("pk", AttributeValue::S(key.to_owned())).send().await.unwrap();
    }

    pub(crate) async fn clear(&self) {
        for key in self.rows().await.keys() {
            self.delete(key).await;
        }
    }

    /// Moves all times of users and numbers back by this many seconds. The rows of hours and days stay unchanged.
    pub(crate) async fn let_pass(&self, seconds: u64) {
        for (_, row) in self.rows().await.into_iter().filter(|(key, _)| !key.starts_with("CALLS#")) {
            self.put(row.aged(|name| TIMES.contains(&name) || name.starts_with("pass:"), seconds)).await;
        }
    }

    /// Moves all calls to users and numbers back by this many seconds. Challenges stay unchanged: with another time,
    /// the code would be another.
    pub(crate) async fn let_pass_since_calls(&self, seconds: u64) {
        for (_, row) in self.rows().await.into_iter().filter(|(key, _)| !key.starts_with("CALLS#")) {
            self.put(row.aged(|name| CALLS.contains(&name), seconds)).await;
        }
    }
}

impl Row {
    /// A row with nothing but its key.
    pub(crate) fn new(key: &str) -> Self {
        Self::default().with("pk", AttributeValue::S(key.to_owned()))
    }

    /// A row in the JSON of `DynamoDB`'s API.
    pub(crate) fn from_json(item: &Value) -> Self {
        let attributes = item.as_object().unwrap().iter();
        Self(attributes.map(|(name, value)| (name.clone(), from_json(value))).collect())
    }

    pub(crate) fn with(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    #[track_caller]
    pub(crate) fn number(&self, name: &str) -> u64 {
        let value = self.0.get(name).and_then(|value| value.as_n().ok()?.parse().ok());
        value.unwrap_or_else(|| panic!("{name} is no number in {self:?}"))
    }

    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> &str {
        let value = self.0.get(name).and_then(|value| value.as_s().ok());
        value.unwrap_or_else(|| panic!("{name} is no text in {self:?}"))
    }

    /// The times of the calls to a user or a number, oldest first.
    #[track_caller]
    pub(crate) fn calls(&self) -> Vec<u64> {
        let Some(AttributeValue::L(times)) = self.0.get("calls") else { panic!("there are no times in {self:?}") };
        times.iter().map(|time| time.as_n().unwrap().parse().unwrap()).collect()
    }

    /// The trusted devices of a user.
    pub(crate) fn devices(&self) -> Vec<String> {
        let Some(devices) = self.0.get("devices") else { return Vec::new() };
        devices.as_ss().expect("devices are a set of texts").clone()
    }

    /// The same with other devices.
    pub(crate) fn with_devices(self, devices: Vec<String>) -> Self {
        // A set is never empty.
        if devices.is_empty() { self.without("devices") } else { self.with("devices", AttributeValue::Ss(devices)) }
    }

    /// The same with another part of each device: its point (0), its number (1), its end (2) or its seal (3).
    pub(crate) fn with_part_of_devices(self, index: usize, part: &str) -> Self {
        let changed = |text: String| {
            let mut parts: Vec<_> = text.split('.').collect();
            parts[index] = part;
            parts.join(".")
        };
        let devices = self.devices().into_iter().map(changed).collect();
        self.with_devices(devices)
    }

    /// As it was, but with these times so many seconds earlier.
    fn aged(self, is_time: impl Fn(&str) -> bool, seconds: u64) -> Self {
        let earlier = |(name, value): (String, AttributeValue)| {
            let value = if is_time(&name) { earlier(value, seconds) } else { value };
            (name, value)
        };
        Self(self.0.into_iter().map(earlier).collect())
    }
}

/// Attributes with their values, as in `failures: 3`.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}

pub(crate) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn from_json(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().and_then(|value| value.iter().next()).expect("a value has a type");
    match (&**kind, value) {
        ("L", Value::Array(values)) => AttributeValue::L(values.iter().map(from_json).collect()),
        ("N", Value::String(number)) => AttributeValue::N(number.clone()),
        ("S", Value::String(text)) => AttributeValue::S(text.clone()),
        ("SS", Value::Array(texts)) => {
            AttributeValue::Ss(texts.iter().map(|text| text.as_str().expect("it is a text").to_owned()).collect())
        }
        _ => panic!("the ledger has no {kind} like {value}"),
    }
}

fn earlier(value: AttributeValue, seconds: u64) -> AttributeValue {
    match value {
        AttributeValue::N(time) => number(time.parse::<u64>().unwrap() - seconds),
        AttributeValue::L(times) => AttributeValue::L(times.into_iter().map(|time| earlier(time, seconds)).collect()),
        other => other,
    }
}

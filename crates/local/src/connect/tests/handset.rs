//! A stand-in without a socket, so that its clock can be paused and advanced.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::super::api::place_call;
use super::super::conversation::Conversation;
use super::super::phone::Phone;
use super::super::{Call, Config, Connect, Flow, local};
use super::bench::{DESTINATION, no_functions, stand_in};
use crate::lambda::Invoker;
use crate::refusal::Refusal;

/// The callee's phone.
pub(super) struct Handset {
    pub(super) connect: Connect,
}

/// A call to it.
pub(super) struct Placed {
    connect: Connect,
    contact_id: String,
}

impl Handset {
    pub(super) fn new(config: Config, flow: &Value) -> Self {
        Self::with(config, flow, no_functions())
    }

    /// One whose flow invokes these functions.
    pub(super) fn with(config: Config, flow: &Value, functions: Invoker) -> Self {
        let flow = Flow::from_content(&flow.to_string()).expect("the flow of a test is right");
        Self { connect: stand_in(config, flow, functions) }
    }

    /// A page that watches for calls.
    pub(super) fn watch(&self) -> Phone {
        Phone::new(self.connect.clone(), DESTINATION.to_owned(), None)
    }

    pub(super) fn call(&self, request: &Value) -> Placed {
        let answer = place_call(&self.connect, request.to_string().as_bytes()).expect("the request has no fault");
        let contact_id = answer["ContactId"].as_str().unwrap().to_owned();
        Placed { connect: self.connect.clone(), contact_id }
    }
}

impl Placed {
    pub(super) async fn answer(&self) {
        succeeds(local::answer_call(self.connect(), self.path(), Bytes::new()).await);
    }

    pub(super) async fn decline(&self) {
        succeeds(local::decline_call(self.connect(), self.path()).await);
    }

    pub(super) async fn hang_up(&self) {
        succeeds(local::hang_up(self.connect(), self.path()).await);
    }

    pub(super) async fn hear(&self, lines: usize) {
        let body = Bytes::from(json!({ "lines": lines }).to_string());
        succeeds(local::hear_lines(self.connect(), self.path(), body).await);
    }

    pub(super) async fn press(&self, keys: &str) {
        succeeds(self.try_to_press(keys).await);
    }

    pub(super) async fn try_to_press(&self, keys: &str) -> Result<Json<Call>, Refusal> {
        let body = Bytes::from(json!({ "keys": keys }).to_string());
        local::press_keys(self.connect(), self.path(), body).await
    }

    /// Waits until a condition holds for the call, and returns it as a client sees it.
    pub(super) async fn until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut changes = self.connect.changes();
        loop {
            let call = self.connect.calls().find(&self.contact_id).map(|entry| json!(entry.call)).unwrap();
            if wanted(&call) {
                return call;
            }
            // Longer than any other wait: a paused clock reaches it only when nothing else is pending.
            timeout(Duration::from_hours(1_000), changes.changed()).await.expect("something changes").unwrap();
        }
    }

    /// Waits until this many lines were said and pressed.
    pub(super) async fn lines(&self, count: usize) -> Value {
        self.until(|call| call["transcript"].as_array().unwrap().len() >= count).await
    }

    pub(super) async fn ended(&self) -> Value {
        self.until(|call| call["state"] == "ended").await
    }

    /// The call as its flow sees it.
    pub(super) fn conversation(&self) -> Conversation {
        Conversation::new(self.connect.clone(), self.contact_id.clone())
    }

    fn connect(&self) -> State<Connect> {
        State(self.connect.clone())
    }

    fn path(&self) -> Path<String> {
        Path(self.contact_id.clone())
    }
}

#[track_caller]
fn succeeds(answer: Result<Json<Call>, Refusal>) {
    let Json(_) = answer.expect("the call is in a state for this");
}

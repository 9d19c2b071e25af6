//! What a client without ears uses: the calls in writing, keys to press, failures to order.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Telephone;
use super::call::{self, Call, Keypad, Line, Timestamp};
use super::contact::{self, KEYS};
use super::faults::Order;
use crate::object::Object;

/// How many keys can be pressed with one request, and how many lines of a transcript there may be before one.
const MAX_KEYS: usize = 32;
const MAX_LINES: usize = 2_000;

/// A refusal: the status and, as JSON, `{"message"}`.
#[derive(Debug)]
pub(super) struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "message": self.1 }))).into_response()
    }
}

/// `?to=+12065550107` leaves the calls to that number; with nothing after `to=` it leaves all.
#[derive(Deserialize)]
pub(super) struct Filter {
    to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    keys: String,
}

/// `GET /local/calls`
pub(super) async fn list_calls(
    State(telephone): State<Telephone>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Vec<Call>>, Refusal> {
    let Query(Filter { to }) = filter.map_err(|rejection| bad_request(rejection.body_text()))?;
    // In a query, a plus sign that isn't written %2B means a space; a phone number has none.
    let number = to.filter(|number| !number.is_empty()).map(|number| number.replacen(' ', "+", 1));
    if number.as_deref().is_some_and(|number| !contact::is_e164(number)) {
        return Err(bad_request("to must be a phone number such as +12065550107"));
    }
    Ok(Json(telephone.calls().list(number.as_deref())))
}

/// `POST /local/calls/{contactId}/keys`
pub(super) async fn press_keys(
    State(telephone): State<Telephone>,
    Path(contact_id): Path<String>,
    body: Bytes,
) -> Result<Json<Call>, Refusal> {
    let Press { keys } = json(&body)?;
    if !(1..=MAX_KEYS).contains(&keys.len()) || !keys.chars().all(|key| KEYS.contains(key)) {
        return Err(bad_request(format!("keys must be 1 to {MAX_KEYS} of {KEYS}")));
    }
    let conflict = |message: &str| Err(Refusal(StatusCode::CONFLICT, message.to_owned()));
    let mut calls = telephone.calls();
    let entry = calls
        .find(&contact_id)
        .ok_or_else(|| Refusal(StatusCode::NOT_FOUND, "there is no call with this contact id".to_owned()))?;
    match entry.call.state {
        call::State::Ringing => return conflict("the call has not been answered yet"),
        call::State::Ended => return conflict("the call has ended"),
        call::State::Talking => {}
    }
    if entry.call.transcript.len() >= MAX_LINES {
        return conflict("too many keys were pressed in this call");
    }
    if let (Keypad::Asked, Some(key)) = (entry.keypad, keys.chars().next()) {
        entry.keypad = Keypad::Pressed(key);
    }
    entry.call.transcript.push(Line::Hears { at: Timestamp::now(), hears: keys });
    let call = entry.call.clone();
    drop(calls);
    telephone.changed();
    Ok(Json(call))
}

/// `GET /local/faults`
pub(super) async fn show_faults(State(telephone): State<Telephone>) -> Json<Order> {
    Json(telephone.faults().show())
}

/// `POST /local/faults`
pub(super) async fn order_faults(State(telephone): State<Telephone>, body: Bytes) -> Result<Json<Order>, Refusal> {
    let order = json(&body)?;
    let mut faults = telephone.faults();
    faults.order(order).map_err(bad_request)?;
    Ok(Json(faults.show()))
}

/// `DELETE /local/faults`
pub(super) async fn clear_faults(State(telephone): State<Telephone>) -> Json<Order> {
    let mut faults = telephone.faults();
    faults.clear();
    Json(faults.show())
}

/// A path that exists, asked with a method that it doesn't know.
pub(super) async fn method_not_allowed() -> Refusal {
    Refusal(StatusCode::METHOD_NOT_ALLOWED, "this path doesn't know that method".to_owned())
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let parsed = serde_json::from_slice(body).map(|Object(parsed)| parsed);
    parsed.map_err(|error| bad_request(format!("the body is not as it must be: {error}")))
}

fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, message.into())
}

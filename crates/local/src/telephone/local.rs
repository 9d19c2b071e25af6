//! What a client without ears uses: the calls in writing, keys to press.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::Telephone;
use super::call::{self, Call, Keypad, Line, Timestamp};
use super::contact::{self, KEYS};
use crate::refusal::{Refusal, parse};

/// How many keys can be pressed with one request, and how many lines of a transcript there may be before one.
const MAX_KEYS: usize = 32;
const MAX_LINES: usize = 2_000;

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
    let Query(Filter { to }) = filter.map_err(|rejection| Refusal::bad_request(rejection.body_text()))?;
    // In a query, a plus sign that isn't written %2B means a space; a phone number has none.
    let number = to.filter(|number| !number.is_empty()).map(|number| number.replacen(' ', "+", 1));
    if number.as_deref().is_some_and(|number| !contact::is_e164(number)) {
        return Err(Refusal::bad_request("to must be a phone number such as +12065550107"));
    }
    Ok(Json(telephone.calls().list(number.as_deref())))
}

/// `POST /local/calls/{contactId}/keys`
pub(super) async fn press_keys(
    State(telephone): State<Telephone>,
    Path(contact_id): Path<String>,
    body: Bytes,
) -> Result<Json<Call>, Refusal> {
    let Press { keys } = parse(&body)?;
    if !(1..=MAX_KEYS).contains(&keys.len()) || !keys.chars().all(|key| KEYS.contains(key)) {
        return Err(Refusal::bad_request(format!("keys must be 1 to {MAX_KEYS} of {KEYS}")));
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

//! The requests under `/local/calls`: the calls as JSON, and what a callee does with a phone.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;

use super::Connect;
use super::call::{self, Call, EndedBy};
use super::calls::Entry;
use super::contact::{self, KEYS};
use super::phone::Phones;
use crate::refusal::{Refusal, parse};

/// The most keys of one request, and the most lines that a transcript may have before more keys are taken.
const MAX_KEYS: usize = 32;
const MAX_LINES: usize = 2_000;

/// `?to=+12065550107` selects the calls to that number. An empty `to` selects all.
#[derive(Deserialize)]
pub(super) struct Filter {
    to: Option<String>,
}

/// The body of `answer`: the name of the page that answers, as it gave it when it began to watch.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerBody {
    page: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysBody {
    keys: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeardBody {
    lines: usize,
}

/// `GET /local/calls`
pub(super) async fn list_calls(
    State(connect): State<Connect>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Vec<Call>>, Refusal> {
    let Query(Filter { to }) = filter.map_err(|rejection| Refusal::bad_request(rejection.body_text()))?;
    let number = to.filter(|number| !number.is_empty()).map(|number| phone_number("to", &number)).transpose()?;
    Ok(Json(connect.calls().list(number.as_deref())))
}

/// `POST /local/calls/{contactId}/answer`, with or without a body.
pub(super) async fn answer_call(
    State(connect): State<Connect>,
    Path(contact_id): Path<String>,
    body: Bytes,
) -> Result<Json<Call>, Refusal> {
    let AnswerBody { page } = if body.is_empty() { AnswerBody::default() } else { parse(&body)? };
    act(&connect, &contact_id, |entry, phones| {
        match entry.call.state {
            call::State::Ringing => {}
            call::State::Talking => return Err(conflict("the call has been answered already")),
            call::State::Ended => return Err(ended()),
        }
        // Without a page that watches, nothing would report the lines as spoken.
        entry.taken &= phones.is_watched(&entry.call.destination);
        // A page that is closed must not keep the others from speaking.
        entry.call.answered_by = page.filter(|page| phones.has(&entry.call.destination, page));
        entry.call.talk();
        Ok(())
    })
}

/// `POST /local/calls/{contactId}/decline`
pub(super) async fn decline_call(
    State(connect): State<Connect>,
    Path(contact_id): Path<String>,
) -> Result<Json<Call>, Refusal> {
    act(&connect, &contact_id, |entry, _| match entry.call.state {
        call::State::Ringing => {
            entry.call.end(EndedBy::Declined);
            Ok(())
        }
        call::State::Talking => Err(conflict("the call has been answered; it can be hung up")),
        call::State::Ended => Err(ended()),
    })
}

/// `POST /local/calls/{contactId}/hang-up`
pub(super) async fn hang_up(
    State(connect): State<Connect>,
    Path(contact_id): Path<String>,
) -> Result<Json<Call>, Refusal> {
    act(&connect, &contact_id, |entry, _| {
        check_talking(entry)?;
        entry.call.end(EndedBy::Callee);
        Ok(())
    })
}

/// `POST /local/calls/{contactId}/heard`. A smaller number than before changes nothing.
pub(super) async fn hear_lines(
    State(connect): State<Connect>,
    Path(contact_id): Path<String>,
    body: Bytes,
) -> Result<Json<Call>, Refusal> {
    let HeardBody { lines } = parse(&body)?;
    act(&connect, &contact_id, |entry, _| {
        let spoken = entry.call.transcript.len();
        if lines > spoken {
            return Err(Refusal::bad_request(format!("the transcript has {spoken} lines so far")));
        }
        entry.call.heard = entry.call.heard.max(lines);
        Ok(())
    })
}

/// `POST /local/calls/{contactId}/keys`
pub(super) async fn press_keys(
    State(connect): State<Connect>,
    Path(contact_id): Path<String>,
    body: Bytes,
) -> Result<Json<Call>, Refusal> {
    let KeysBody { keys } = parse(&body)?;
    if !(1..=MAX_KEYS).contains(&keys.len()) || !keys.chars().all(|key| KEYS.contains(key)) {
        return Err(Refusal::bad_request(format!("keys must be 1 to {MAX_KEYS} of {KEYS}")));
    }
    act(&connect, &contact_id, |entry, _| {
        check_talking(entry)?;
        if entry.call.transcript.len() >= MAX_LINES {
            return Err(conflict("too many keys were pressed in this call"));
        }
        entry.presses = false;
        entry.press(keys);
        Ok(())
    })
}

/// Reads a phone number from a query. An unescaped plus sign means a space in a query, so a leading space counts as a
/// plus sign.
pub(super) fn phone_number(name: &str, value: &str) -> Result<String, Refusal> {
    let number = value.replacen(' ', "+", 1);
    if contact::is_e164(&number) {
        return Ok(number);
    }
    Err(Refusal::bad_request(format!("{name} must be a phone number such as +12065550107")))
}

/// Applies a change to a call. If the change is refused, it must have changed nothing.
fn act(
    connect: &Connect,
    contact_id: &str,
    action: impl FnOnce(&mut Entry, &Phones) -> Result<(), Refusal>,
) -> Result<Json<Call>, Refusal> {
    let mut calls = connect.calls();
    let unknown = || Refusal(StatusCode::NOT_FOUND, "there is no call with this contact id".to_owned());
    let changed = calls.change::<_, Refusal>(contact_id, |entry, phones| {
        action(entry, phones)?;
        Ok(entry.call.clone())
    });
    drop(calls);
    let call = changed.ok_or_else(unknown)??;
    connect.changed();
    Ok(Json(call))
}

fn check_talking(entry: &Entry) -> Result<(), Refusal> {
    match entry.call.state {
        call::State::Ringing => Err(conflict("the call has not been answered yet")),
        call::State::Talking => Ok(()),
        call::State::Ended => Err(ended()),
    }
}

fn ended() -> Refusal {
    conflict("the call has ended")
}

fn conflict(message: &str) -> Refusal {
    Refusal(StatusCode::CONFLICT, message.to_owned())
}

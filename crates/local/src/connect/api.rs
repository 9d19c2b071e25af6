//! Amazon Connect's API: handles a request, from the signature to the answer.

use std::time::SystemTime;

use axum::Json;
use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::header::HeaderName;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::api_error::{
    ApiError, INVALID_PARAMETER, INVALID_REQUEST, REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND, not_signed, response,
};
use super::call::{self, Call};
use super::calls::Calls;
use super::conversation::Conversation;
use super::request::{AttributeUpdate, OutboundCall};
use super::{Connect, contact, id};
use crate::credentials::Credentials;
use crate::faults::Service;
use crate::signature::{self, Scope};
use crate::time::Timestamp;

/// The operations, in the order of the functions below.
pub(crate) const OPERATIONS: [&str; 4] =
    ["StartOutboundVoiceContact", "UpdateContactAttributes", "DescribeContact", "GetContactAttributes"];

/// More than the largest request that the model allows with every character escaped.
const MAX_BODY: usize = 512 * 1024;

/// `StartOutboundVoiceContact`.
pub(super) async fn start_outbound_voice_contact(State(connect): State<Connect>, request: Request) -> Response {
    let credentials = callers(&connect);
    answer(connect, request, OPERATIONS[0], credentials, place_call).await
}

/// `UpdateContactAttributes`.
pub(super) async fn update_contact_attributes(State(connect): State<Connect>, request: Request) -> Response {
    let credentials = callers(&connect);
    answer(connect, request, OPERATIONS[1], credentials, update_attributes).await
}

/// The path parameters of a request about a contact: the instance and the contact.
type Contact = Path<(String, String)>;

/// `DescribeContact`.
pub(super) async fn describe_contact(State(connect): State<Connect>, contact: Contact, request: Request) -> Response {
    of_contact(connect, contact, request, OPERATIONS[2], |call, instance| json!({ "Contact": call.describe(instance) }))
        .await
}

/// `GetContactAttributes`.
pub(super) async fn get_contact_attributes(
    State(connect): State<Connect>,
    contact: Contact,
    request: Request,
) -> Response {
    of_contact(connect, contact, request, OPERATIONS[3], |call, _| json!({ "Attributes": call.attributes })).await
}

/// Answers a request about a contact that only the operator may make.
async fn of_contact(
    connect: Connect,
    Path((instance, contact)): Contact,
    request: Request,
    name: &str,
    show: fn(&Call, &str) -> Value,
) -> Response {
    let operation = move |connect: &Connect, _: &[u8]| {
        let calls = connect.calls();
        Ok(show(called(connect, &calls, &instance, &contact)?, &instance))
    };
    answer(connect, request, name, vec![Credentials::operator()], operation).await
}

/// The callers that may place calls: two functions, and the operator, who may do everything.
fn callers(connect: &Connect) -> Vec<Credentials> {
    let functions = connect.config().callers.iter().cloned();
    functions.chain([Credentials::operator()]).collect()
}

fn called<'a>(connect: &Connect, calls: &'a Calls, instance: &str, contact: &str) -> Result<&'a Call, ApiError> {
    if instance != connect.config().instance_id {
        return Err(RESOURCE_NOT_FOUND.because("The instance was not found"));
    }
    let entry = calls.find(contact);
    entry.map(|entry| &entry.call).ok_or_else(|| RESOURCE_NOT_FOUND.because("The contact was not found"))
}

/// Checks the signature first, then the injected faults, then the request itself: the order in which AWS would refuse.
async fn answer(
    connect: Connect,
    request: Request,
    name: &str,
    credentials: Vec<Credentials>,
    operation: impl FnOnce(&Connect, &[u8]) -> Result<Value, ApiError> + Send + 'static,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else { return response((&REQUEST_TOO_LARGE).into()) };
    let config = connect.config();
    let scope = Scope { region: &config.region, service: "connect" };
    if let Err(refused) = signature::verify(scope, &credentials, &parts, &body, SystemTime::now()) {
        return response(not_signed(refused));
    }
    let effect = connect.faults().take(Service::Connect, name);
    let carried = async move {
        match operation(&connect, &body) {
            Ok(answer) => ([(HeaderName::from_static("x-amzn-requestid"), id::uuid())], Json(answer)).into_response(),
            Err(error) => response(error),
        }
    };
    effect.meet(carried, |kind| response(kind.into())).await
}

pub(super) fn place_call(connect: &Connect, body: &[u8]) -> Result<Value, ApiError> {
    let order = OutboundCall::parse(body, connect.config())?;
    let now = Timestamp::now();
    let mut calls = connect.calls();
    if let Some(contact_id) = order.client_token.as_deref().and_then(|token| calls.placed_with(token, now)) {
        return Ok(json!({ "ContactId": contact_id }));
    }
    let mut attributes = match &order.related_contact_id {
        None => order.attributes.clone(),
        Some(related) => {
            let related = calls
                .find(related)
                .ok_or_else(|| RESOURCE_NOT_FOUND.because("The contact of RelatedContactId was not found"))?;
            related.call.attributes.clone()
        }
    };
    attributes.extend(order.attributes);
    contact::check_attributes(&attributes).map_err(|fault| INVALID_PARAMETER.because(fault))?;
    let contact_id = id::uuid();
    calls.add(Call {
        contact_id: contact_id.clone(),
        destination: order.destination,
        source: order.source,
        client_token: order.client_token,
        started_at: now,
        state: call::State::Ringing,
        answered_by: None,
        ended_by: None,
        transcript: Vec::new(),
        heard: 0,
        attributes,
        moments: call::Moments::default(),
    });
    drop(calls);
    connect.changed();
    tokio::spawn(Conversation::new(connect.clone(), contact_id.clone()).run(order.ring_timeout));
    Ok(json!({ "ContactId": contact_id }))
}

fn update_attributes(connect: &Connect, body: &[u8]) -> Result<Value, ApiError> {
    let update = AttributeUpdate::parse(body, connect.config())?;
    let mut calls = connect.calls();
    let unknown = || RESOURCE_NOT_FOUND.because("The contact of InitialContactId was not found");
    let updated = calls.change::<_, ApiError>(&update.contact_id, |entry, _| {
        contact::set_attributes(&mut entry.call.attributes, update.attributes)
            .map_err(|fault| INVALID_REQUEST.because(fault))
    });
    drop(calls);
    updated.ok_or_else(unknown)??;
    connect.changed();
    Ok(json!({}))
}

//! Amazon Connect's API: what it does with a request, from the signature to the answer.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use axum::Json;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::HeaderName;
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::api_error::{
    ApiError, INTERNAL_SERVICE, INVALID_PARAMETER, INVALID_REQUEST, REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND,
};
use super::call::{self, Call, Timestamp};
use super::faults::Outcome;
use super::request::{AttributeUpdate, OutboundCall};
use super::{Telephone, contact, id, run, signature};

/// More than the largest request that the model allows, every character escaped.
const MAX_BODY: usize = 512 * 1024;

/// What a request asks for.
type Operation = fn(&Telephone, &[u8]) -> Result<Value, ApiError>;

/// `StartOutboundVoiceContact`.
pub(super) async fn start_outbound_voice_contact(State(telephone): State<Telephone>, request: Request) -> Response {
    answer(telephone, request, place_call).await
}

/// `UpdateContactAttributes`.
pub(super) async fn update_contact_attributes(State(telephone): State<Telephone>, request: Request) -> Response {
    answer(telephone, request, update_attributes).await
}

/// Signature first, then ordered faults, then the request itself: the order in which AWS would refuse.
async fn answer(telephone: Telephone, request: Request, operation: Operation) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else { return ApiError::from(&REQUEST_TOO_LARGE).into_response() };
    if let Err(error) = signature::verify(telephone.config(), &parts, &body, SystemTime::now()) {
        return error.into_response();
    }
    let fault = telephone.faults().take();
    let task = async move {
        sleep(fault.delay).await;
        match fault.outcome {
            Outcome::Carried => Some(operation(&telephone, &body)),
            Outcome::Dropped => None,
            Outcome::Refused(kind) => Some(Err(kind.into())),
            Outcome::Silent => std::future::pending().await,
        }
    };
    let outcome = match fault.outcome {
        // A task of its own: at AWS too, a request is carried out whose client has lost its patience and gone.
        Outcome::Carried => tokio::spawn(task).await.unwrap_or_else(|_| Some(Err((&INTERNAL_SERVICE).into()))),
        _ => task.await,
    };
    match outcome {
        Some(Ok(answer)) => ([(HeaderName::from_static("x-amzn-requestid"), id::uuid())], Json(answer)).into_response(),
        Some(Err(error)) => error.into_response(),
        None => Response::new(Body::new(Broken)),
    }
}

pub(super) fn place_call(telephone: &Telephone, body: &[u8]) -> Result<Value, ApiError> {
    let order = OutboundCall::parse(body, telephone.config())?;
    let now = Timestamp::now();
    let mut calls = telephone.calls();
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
        transcript: Vec::new(),
        attributes,
    });
    drop(calls);
    telephone.changed();
    tokio::spawn(run::run(telephone.clone(), contact_id.clone(), order.ring_timeout));
    Ok(json!({ "ContactId": contact_id }))
}

fn update_attributes(telephone: &Telephone, body: &[u8]) -> Result<Value, ApiError> {
    let update = AttributeUpdate::parse(body, telephone.config())?;
    let mut calls = telephone.calls();
    let entry = calls
        .find(&update.contact_id)
        .ok_or_else(|| RESOURCE_NOT_FOUND.because("The contact of InitialContactId was not found"))?;
    let mut attributes = entry.call.attributes.clone();
    attributes.extend(update.attributes);
    contact::check_attributes(&attributes).map_err(|fault| INVALID_REQUEST.because(fault))?;
    entry.call.attributes = attributes;
    drop(calls);
    telephone.changed();
    Ok(json!({}))
}

/// A body that fails before its first byte. The server then closes the connection with nothing sent, not even a status.
struct Broken;

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionAborted.into())))
    }
}

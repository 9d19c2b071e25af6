//! AWS End User Messaging, as far as `send-code` sees it: `SendTextMessage`.
//! <https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html>
//!
//! A message is shown by `GET /local/messages`.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws_error::{ApiError, kinds, not_allowed};
use crate::aws_json::{self, Asked, JsonService, parse};
use crate::credentials::Credentials;
use crate::faults::{Catalogue, FaultInjection, Service};
use crate::lambda::Function;
use crate::region::{ACCOUNT, REGION};
use crate::routes::Endpoint;

static API: JsonService = JsonService {
    target: "PinpointSMSVoiceV2.",
    content_type: "application/x-amz-json-1.0",
    name: "sms-voice",
    operations: &["SendTextMessage"],
    max_body: 64 * 1024,
};
/// The longest text, in characters.
const MAX_TEXT: usize = 1600;

/// The stand-in for End User Messaging. Clones are the same.
#[derive(Clone)]
pub(crate) struct Sms(Arc<Inner>);

/// Hands over a message: number and text.
type Deliver = dyn Fn(&str, &str) + Send + Sync;

struct Inner {
    /// The one origination identity: a number, an id or an ARN. None: there is none.
    identity: Option<String>,
    /// The credentials of `send-code`, which alone may send from it, and only if there is one.
    sender: Credentials,
    faults: FaultInjection,
    deliver: Box<Deliver>,
}

impl Sms {
    /// A stand-in that hands over each message by `deliver`: number and text.
    pub(crate) fn new(
        identity: Option<String>,
        sender: Credentials,
        faults: FaultInjection,
        deliver: impl Fn(&str, &str) + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(Inner { identity, sender, faults, deliver: Box::new(deliver) }))
    }

    /// Whether a request is meant for this service, of those that share a path.
    pub(crate) fn is_addressed(headers: &HeaderMap) -> bool {
        API.is_addressed(headers)
    }

    /// Answers a request. It checks operation, signature and injected faults, and then carries the request out.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let asked = match API.read(request, &[self.0.sender.clone(), Credentials::operator()]).await {
            Ok(asked) => asked,
            Err(error) => return API.respond(Err(error)),
        };
        let effect = self.0.faults.take(Service::Sms, asked.operation);
        let sms = self.clone();
        let carried = async move { API.respond(sms.send(&asked)) };
        effect.meet(carried, |kind| API.respond(Err(kind.into()))).await
    }

    fn send(&self, asked: &Asked) -> Result<Value, ApiError> {
        let Inner { identity, sender, deliver, .. } = &*self.0;
        let request: SendTextMessage = parse(&asked.body)?;
        request.check()?;
        let named = request.origination_identity.as_deref().unwrap_or_default();
        if identity.is_none() && asked.credentials == *sender {
            let resource = format!("arn:aws:sms-voice:{REGION}:{ACCOUNT}:*");
            let message = not_allowed(&Function::SendCode.session_arn(), "sms-voice:SendTextMessage", &resource);
            return Err(ACCESS_DENIED.because(message));
        }
        if identity.as_deref() != Some(named) {
            return Err(RESOURCE_NOT_FOUND.because(format!("The origination identity {named:?} was not found")));
        }
        deliver(&request.destination_phone_number, &request.message_body);
        Ok(json!({ "MessageId": format!("{:032x}", rand::random::<u128>()) }))
    }
}

/// The body of `SendTextMessage`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SendTextMessage {
    destination_phone_number: String,
    origination_identity: Option<String>,
    message_body: String,
    message_type: Option<String>,
}

impl SendTextMessage {
    fn check(&self) -> Result<(), ApiError> {
        let digits = self.destination_phone_number.strip_prefix('+').unwrap_or(&self.destination_phone_number);
        let is_number = (2..=19).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number || digits.starts_with('0') {
            return Err(VALIDATION.because("DestinationPhoneNumber must be a phone number"));
        }
        if self.message_body.trim().is_empty() || self.message_body.chars().count() > MAX_TEXT {
            return Err(VALIDATION.because(format!("MessageBody must have 1 to {MAX_TEXT} characters")));
        }
        match self.message_type.as_deref() {
            None | Some("TRANSACTIONAL" | "PROMOTIONAL") => Ok(()),
            Some(_) => Err(VALIDATION.because("MessageType must be TRANSACTIONAL or PROMOTIONAL")),
        }
    }
}

/// The API, which shares its path with Cognito's.
pub(crate) fn endpoint() -> Endpoint {
    let does = format!(
        "End User Messaging, by `X-Amz-Target`: {}; signed by `send-code` or the operator",
        API.operations.join(", ")
    );
    Endpoint { method: "POST", path: "/", does }
}

/// The faults that can be injected.
pub(crate) fn catalogue() -> Catalogue {
    Catalogue { errors: [&aws_json::KINDS[..], &KINDS].concat(), operations: API.operations.to_vec() }
}

kinds! {
    ACCESS_DENIED = BAD_REQUEST "AccessDeniedException", "Access denied.";
    CONFLICT = BAD_REQUEST "ConflictException", "The request could not be completed.";
    INTERNAL_SERVER = INTERNAL_SERVER_ERROR "InternalServerException", "The service encountered an internal error.";
    RESOURCE_NOT_FOUND = BAD_REQUEST "ResourceNotFoundException", "The resource was not found.";
    SERVICE_QUOTA_EXCEEDED = BAD_REQUEST "ServiceQuotaExceededException", "The spend limit has been reached.";
    THROTTLING = BAD_REQUEST "ThrottlingException", "Rate exceeded";
    VALIDATION = BAD_REQUEST "ValidationException", "The request is not valid.";
}

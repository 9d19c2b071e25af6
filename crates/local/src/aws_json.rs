//! AWS's JSON protocol for the services that share `POST /`: the header `X-Amz-Target` says whose a request is.

use std::time::SystemTime;

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::aws_error::{ApiError, kinds};
use crate::credentials::Credentials;
use crate::lambda::request_id;
use crate::object::Object;
use crate::region::REGION;
use crate::signature::{self, BadSignature, Scope};

/// A service of AWS's that speaks JSON.
pub(crate) struct JsonService {
    /// What `X-Amz-Target` begins with, with the dot.
    pub(crate) target: &'static str,
    /// `application/x-amz-json-1.0` or `-1.1`.
    pub(crate) content_type: &'static str,
    /// The service's name in signatures.
    pub(crate) name: &'static str,
    pub(crate) operations: &'static [&'static str],
    /// The largest request, in bytes.
    pub(crate) max_body: usize,
}

/// A request whose signature is right.
pub(crate) struct Asked {
    pub(crate) operation: &'static str,
    pub(crate) credentials: Credentials,
    pub(crate) body: Bytes,
}

impl JsonService {
    /// Whether a request is meant for this service.
    pub(crate) fn is_addressed(&self, headers: &HeaderMap) -> bool {
        headers.get("x-amz-target").is_some_and(|target| target.as_bytes().starts_with(self.target.as_bytes()))
    }

    /// Reads a request of one of the `known` credentials: checks operation and signature.
    pub(crate) async fn read(&self, request: Request, known: &[Credentials]) -> Result<Asked, ApiError> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, self.max_body).await.map_err(|_| &REQUEST_TOO_LARGE)?;
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let content_type = text(header::CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim();
        let target = text("x-amz-target").strip_prefix(self.target).filter(|_| content_type == self.content_type);
        let operation = self.operations.iter().find(|operation| target == Some(operation));
        let operation = operation.ok_or(&UNKNOWN_OPERATION)?;
        let scope = Scope { region: REGION, service: self.name };
        let signed = signature::verify(scope, known, &parts, &body, SystemTime::now());
        let credentials = signed.map_err(|refused| kind_of(refused.error).because(refused.message))?.clone();
        Ok(Asked { operation, credentials, body })
    }

    /// The response with an answer, or with an error. KMS leaves out a text that it doesn't have.
    pub(crate) fn respond(&self, answer: Result<Value, ApiError>) -> Response {
        let (status, body) = match answer {
            Ok(answer) => (StatusCode::OK, answer),
            Err(ApiError { kind, message }) if message.is_empty() => (kind.status, json!({ "__type": kind.name })),
            Err(ApiError { kind, message }) => (kind.status, json!({ "__type": kind.name, "message": message })),
        };
        let headers = [(header::CONTENT_TYPE.as_str(), self.content_type), ("x-amzn-requestid", &request_id())];
        (status, headers, body.to_string()).into_response()
    }
}

/// Reads a body. What this stack doesn't know is refused, so that nobody takes it for done.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let parsed = serde_json::from_slice(body).map(|Object(parsed)| parsed);
    parsed.map_err(|error| SERIALIZATION.because(error.to_string()))
}

fn kind_of(error: BadSignature) -> &'static crate::aws_error::Kind {
    match error {
        BadSignature::IncompleteSignature => &INCOMPLETE_SIGNATURE,
        BadSignature::InvalidSignature => &INVALID_SIGNATURE,
        BadSignature::MissingAuthenticationToken => &MISSING_AUTHENTICATION_TOKEN,
        BadSignature::UnrecognizedClient => &UNRECOGNIZED_CLIENT,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::SystemTime;

    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4::SigningParams;
    use axum::body::Body;

    use super::*;

    /// A request of an operation, signed for a service.
    pub(crate) fn signed(api: &JsonService, service: &str, by: &Credentials, operation: &str, body: &Value) -> Request {
        let (body, target, url) = (body.to_string(), format!("{}{operation}", api.target), "http://localhost/");
        let identity = by.clone().for_sdk().into();
        let params = SigningParams::builder().identity(&identity).region(REGION).name(service).time(SystemTime::now());
        let params = params.settings(SigningSettings::default()).build().unwrap().into();
        let headers = [("content-type", api.content_type), ("x-amz-target", &target)];
        let signable = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new("POST", url, headers.into_iter(), signable).unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let request = Request::post(url).header("host", "localhost");
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = instructions.headers().fold(request, |request, (name, value)| request.header(name, value));
        request.body(Body::from(body)).unwrap()
    }

    /// Status and body.
    pub(crate) async fn read(response: Response) -> (u16, Value) {
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }
}

// The errors that are not of a service's own.
kinds! {
    EXPIRED_TOKEN = BAD_REQUEST "ExpiredTokenException", "The security token included in the request is expired";
    INCOMPLETE_SIGNATURE = BAD_REQUEST BadSignature::IncompleteSignature.name(),
        BadSignature::IncompleteSignature.message();
    INVALID_SIGNATURE = BAD_REQUEST BadSignature::InvalidSignature.name(), BadSignature::InvalidSignature.message();
    MISSING_AUTHENTICATION_TOKEN = BAD_REQUEST BadSignature::MissingAuthenticationToken.name(),
        BadSignature::MissingAuthenticationToken.message();
    REQUEST_TOO_LARGE = PAYLOAD_TOO_LARGE "RequestEntityTooLargeException", "Request Too Long";
    SERIALIZATION = BAD_REQUEST "SerializationException", "The request body could not be read.";
    SERVICE_UNAVAILABLE = SERVICE_UNAVAILABLE "ServiceUnavailableException", "Service Unavailable";
    UNKNOWN_OPERATION = BAD_REQUEST "UnknownOperationException", "The operation is not one of this service's";
    UNRECOGNIZED_CLIENT = BAD_REQUEST BadSignature::UnrecognizedClient.name(),
        BadSignature::UnrecognizedClient.message();
}

//! Lambda's Invoke, for any AWS SDK or CLI whose endpoint is this program.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
//!
//! Requests need no signature.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::runtime_api::MAX_PAYLOAD;
use super::{Invoked, Lambda, Outcome, request_id};
use crate::region::{ACCOUNT, REGION};
use crate::routes::Routes;

const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

pub(super) fn routes() -> Routes<Lambda> {
    Routes::new()
        .post("/2015-03-31/functions/{name}/invocations", "Lambda's Invoke", invoke)
        .with(|router| router.layer(DefaultBodyLimit::max(MAX_PAYLOAD)))
}

#[derive(Debug, Deserialize)]
struct Parameters {
    #[serde(rename = "Qualifier")]
    qualifier: Option<String>,
}

async fn invoke(
    State(lambda): State<Lambda>,
    Path(name): Path<String>,
    Query(Parameters { qualifier }): Query<Parameters>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let request_id = request_id();
    let mut response = answer(&lambda, &request_id, &name, qualifier.as_deref(), &headers, body).await;
    response.headers_mut().insert(REQUEST_ID, header_value(&request_id));
    response
}

async fn answer(
    lambda: &Lambda,
    request_id: &str,
    name: &str,
    qualifier: Option<&str>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let function = lambda.find(name).filter(|_| matches!(qualifier, None | Some("$LATEST")));
    let Some(function) = function else {
        let mut arn = if name.starts_with("arn:") {
            name.to_owned()
        } else {
            format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
        };
        arn.extend(qualifier.map(|qualifier| format!(":{qualifier}")));
        return refusal(StatusCode::NOT_FOUND, "ResourceNotFoundException", &format!("Function not found: {arn}"));
    };
    let Ok(body) = body else {
        let message = format!("Request must be smaller than {MAX_PAYLOAD} bytes for the InvokeFunction operation");
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", &message);
    };
    let event = if body.is_empty() { b"{}".to_vec() } else { body.to_vec() };
    if let Err(error) = serde_json::from_slice::<Value>(&event) {
        let message = format!("Could not parse request body into json: {error}");
        return refusal(StatusCode::BAD_REQUEST, "InvalidRequestContentException", &message);
    }

    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    match header("x-amz-invocation-type") {
        None | Some("RequestResponse") => {
            let invoked = lambda.invoke_as(request_id, function, event).await;
            invoked.into_response(header("x-amz-log-type") == Some("Tail"))
        }
        Some("Event") => {
            drop(lambda.enqueue(request_id.to_owned(), function, event));
            StatusCode::ACCEPTED.into_response()
        }
        Some("DryRun") => StatusCode::NO_CONTENT.into_response(),
        Some(other) => {
            let message = format!("`{other}` is no InvocationType: it is RequestResponse, Event or DryRun");
            refusal(StatusCode::BAD_REQUEST, "InvalidParameterValueException", &message)
        }
    }
}

impl Invoked {
    fn into_response(self, with_tail: bool) -> Response {
        let error = |error_type: &str, message: &str| {
            let body = json!({ "errorType": error_type, "errorMessage": message });
            ([(FUNCTION_ERROR, "Unhandled")], Json(body)).into_response()
        };
        let mut response = match self.outcome {
            Outcome::Answered(body) => ([("content-type", "application/json")], body).into_response(),
            Outcome::Failed { error_type, error_message } => error(&error_type, &error_message),
            Outcome::Crashed { error_message } => error("Runtime.ExitError", &error_message),
            Outcome::TimedOut { error_message } => error("Sandbox.Timedout", &error_message),
        };
        response.headers_mut().insert(EXECUTED_VERSION, HeaderValue::from_static("$LATEST"));
        if with_tail {
            response.headers_mut().insert(LOG_RESULT, header_value(&STANDARD.encode(self.tail)));
        }
        response
    }
}

/// An error of the service. Lambda's models call the message `Message` in some errors and `message` in others.
pub(super) fn refusal(status: StatusCode, error_type: &'static str, message: &str) -> Response {
    let body = json!({ "Type": "User", "Message": message, "message": message });
    (status, [(ERROR_TYPE, error_type)], Json(body)).into_response()
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("UUIDs and base64 are plain ASCII")
}

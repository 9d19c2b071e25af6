//! Lambda's Runtime API, version 2018-06-01: what a function's process asks for and reports.
//!
//! On Lambda, each process has an API of its own. Here the processes share a port, so each has its own path, which is
//! in `AWS_LAMBDA_RUNTIME_API`. The value must begin with `http://`: without a scheme, `lambda_runtime` accepts only a
//! host and a port.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

use super::{Function, Lambda};

/// The largest answer of a function, in bytes.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub(super) const MAX_PAYLOAD: usize = 6 * 1024 * 1024;

/// An event for a process.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    pub(super) request_id: String,
    pub(super) event: Vec<u8>,
    /// When the process will be killed.
    pub(super) deadline: SystemTime,
}

/// What a process reports.
#[derive(Debug)]
pub(super) enum Report {
    /// It asks for an event, so it has started.
    Ready,
    Answered(Vec<u8>),
    Failed(Failure),
    StartFailed(Failure),
}

/// An error, as runtimes report it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Failure {
    pub(super) error_type: String,
    pub(super) error_message: String,
}

/// The channel between a process and its invoker.
#[derive(Debug)]
pub(super) struct Desk {
    function: Function,
    invocations: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    reports: mpsc::UnboundedSender<Report>,
    /// The id of the request that the process is handling.
    current: Mutex<Option<String>>,
}

impl Desk {
    pub(super) fn new(
        function: Function,
        invocations: mpsc::Receiver<Invocation>,
        reports: mpsc::UnboundedSender<Report>,
    ) -> Self {
        Self { function, invocations: invocations.into(), reports, current: Mutex::default() }
    }

    fn report(&self, report: Report) {
        // An error means that the process is being killed.
        let _ = self.reports.send(report);
    }

    /// Ends the current request, if it is this one.
    fn end(&self, request_id: &str) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.take_if(|current| current == request_id).is_some()
    }
}

/// The Runtime API of all processes.
pub(super) fn router() -> Router<Lambda> {
    Router::new()
        .route("/.rt/{function}/{sandbox}/2018-06-01/runtime/invocation/next", get(next))
        .route("/.rt/{function}/{sandbox}/2018-06-01/runtime/invocation/{request_id}/response", post(response))
        .route("/.rt/{function}/{sandbox}/2018-06-01/runtime/invocation/{request_id}/error", post(error))
        .route("/.rt/{function}/{sandbox}/2018-06-01/runtime/init/error", post(start_error))
        .layer(DefaultBodyLimit::max(MAX_PAYLOAD))
}

async fn next(State(lambda): State<Lambda>, Path((_, sandbox)): Path<(String, u64)>) -> Response {
    let Some(desk) = lambda.desk(sandbox) else { return gone() };
    desk.report(Report::Ready);
    let Some(invocation) = desk.invocations.lock().await.recv().await else { return gone() };
    *desk.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(invocation.request_id.clone());

    let deadline = invocation.deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", invocation.request_id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        ("lambda-runtime-invoked-function-arn", desk.function.arn()),
        ("lambda-runtime-trace-id", trace_id()),
    ];
    (headers, invocation.event).into_response()
}

async fn response(
    State(lambda): State<Lambda>,
    Path((_, sandbox, request_id)): Path<(String, u64, String)>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(desk) = lambda.desk(sandbox) else { return gone() };
    if !desk.end(&request_id) {
        return unknown_request();
    }
    let Ok(body) = body else {
        let limit = "Response payload size exceeded maximum allowed payload size";
        let error_message = format!("{limit} ({MAX_PAYLOAD} bytes).");
        desk.report(Report::Failed(Failure { error_type: "Function.ResponseSizeTooLarge".into(), error_message }));
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", limit);
    };
    desk.report(Report::Answered(body.into()));
    accepted()
}

async fn error(
    State(lambda): State<Lambda>,
    Path((_, sandbox, request_id)): Path<(String, u64, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(desk) = lambda.desk(sandbox) else { return gone() };
    if !desk.end(&request_id) {
        return unknown_request();
    }
    desk.report(Report::Failed(failure(&headers, &body)));
    accepted()
}

async fn start_error(
    State(lambda): State<Lambda>,
    Path((_, sandbox)): Path<(String, u64)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(desk) = lambda.desk(sandbox) else { return gone() };
    desk.report(Report::StartFailed(failure(&headers, &body)));
    accepted()
}

/// An invoker sees the body. The header is used if the body has no error.
fn failure(headers: &HeaderMap, body: &[u8]) -> Failure {
    let mut failure: Failure = serde_json::from_slice(body).unwrap_or_default();
    if failure.error_type.is_empty() {
        let header = headers.get("lambda-runtime-function-error-type").and_then(|value| value.to_str().ok());
        header.unwrap_or("Runtime.Unknown").clone_into(&mut failure.error_type);
    }
    failure
}

fn trace_id() -> String {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let (root, parent) = (rand::random::<u128>() >> 32, rand::random::<u64>());
    format!("Root=1-{seconds:08x}-{root:024x};Parent={parent:016x};Sampled=0")
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({ "status": "OK" }))).into_response()
}

fn unknown_request() -> Response {
    refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
}

/// The answer to a process that was given up. It makes a runtime exit.
fn gone() -> Response {
    refusal(StatusCode::FORBIDDEN, "InvalidStateTransition", "This process was given up")
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response {
    let body = json!({ "errorType": error_type, "errorMessage": message, "message": message });
    (status, Json(body)).into_response()
}

//! Makes every error an answer in JSON with a message.

use axum::Json;
use axum::body::to_bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The longest text that becomes a message, in bytes. Those of the router and the extractors are a line each.
const MAX_TEXT: usize = 64 * 1024;

/// An error in the stack's own form.
pub(super) fn refusal(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}

/// Converts the errors of the router and its extractors, which are plain text or empty, to that form. Other answers and
/// other headers stay as they are.
pub(super) async fn with_message(response: Response) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || !is_plain(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let text = to_bytes(body, MAX_TEXT).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let message = match text.trim() {
        "" if status == StatusCode::METHOD_NOT_ALLOWED => "This method is not for this path",
        "" => status.canonical_reason().unwrap_or("The request was refused"),
        text => text,
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    let mut response = refusal(status, message);
    response.headers_mut().extend(parts.headers);
    response
}

fn is_plain(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

//! Errors of the requests under `/local/`: a status and the JSON `{"message"}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::object::Object;

/// A refused request.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) StatusCode, pub(crate) String);

impl Refusal {
    /// A malformed request.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "message": self.1 }))).into_response()
    }
}

/// Reads a body, which must be a JSON object.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let parsed = serde_json::from_slice(body).map(|Object(parsed)| parsed);
    parsed.map_err(|error| Refusal::bad_request(format!("the body is not as it must be: {error}")))
}

/// A method that the path does not support.
pub(crate) async fn method_not_allowed() -> Refusal {
    Refusal(StatusCode::METHOD_NOT_ALLOWED, "this path doesn't know that method".to_owned())
}

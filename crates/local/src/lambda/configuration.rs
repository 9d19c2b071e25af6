//! Lambda's `GetFunctionConfiguration`, for the operator, who signs.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html>
//!
//! Unlike AWS, it shows only the length of a key.

use std::time::SystemTime;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::Lambda;
use super::invoke_api::refusal;
use crate::credentials::Credentials;
use crate::region::REGION;
use crate::routes::Routes;
use crate::signature::{self, Scope};

pub(super) fn routes() -> Routes<Lambda> {
    Routes::new().get(
        "/2015-03-31/functions/{name}/configuration",
        "Lambda's GetFunctionConfiguration, signed by the operator. Of the key it tells the length",
        configuration,
    )
}

async fn configuration(State(lambda): State<Lambda>, Path(name): Path<String>, parts: Parts) -> Response {
    let scope = Scope { region: REGION, service: "lambda" };
    let operator = Credentials::operator();
    if let Err(refused) = signature::verify(scope, [&operator], &parts, b"", SystemTime::now()) {
        return refusal(StatusCode::FORBIDDEN, refused.error.name(), &refused.message);
    }
    let Some(function) = lambda.find(&name) else {
        return refusal(StatusCode::NOT_FOUND, "ResourceNotFoundException", &format!("Function not found: {name}"));
    };
    let variables: Map<String, Value> = lambda.0.config.settings.of(function).map(shown).collect();
    Json(json!({
        "FunctionName": function.name(),
        "FunctionArn": function.arn(),
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "State": "Active",
        "Timeout": function.time_limit().as_secs(),
        "Version": "$LATEST",
        "Environment": { "Variables": variables },
    }))
    .into_response()
}

fn shown((name, value): (&'static str, &str)) -> (String, Value) {
    let value = if name == "OTP_KEY" { "*".repeat(value.len()) } else { value.to_owned() };
    (name.to_owned(), value.into())
}

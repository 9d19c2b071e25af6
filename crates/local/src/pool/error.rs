//! Cognito's errors.

use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::signature;

/// An error type of Cognito's with the text that the client sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) kind: &'static str,
    pub(super) message: String,
}

impl ApiError {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(super) fn alias_exists() -> Self {
        Self::new("AliasExistsException", "An account with the email already exists.")
    }

    /// No code was requested, or it has expired.
    pub(super) fn code_expired() -> Self {
        Self::new("ExpiredCodeException", "Invalid code provided, please request a code again.")
    }

    pub(super) fn code_mismatch() -> Self {
        Self::new("CodeMismatchException", "Invalid verification code provided, please try again.")
    }

    /// A wrong password, a failed sign-in, an unknown user: one text, so that a client can't tell which it was.
    pub(super) fn incorrect_credentials() -> Self {
        Self::not_authorized("Incorrect username or password.")
    }

    pub(super) fn invalid_lambda_output(reason: &str) -> Self {
        Self::new("InvalidLambdaResponseException", reason)
    }

    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    pub(super) fn invalid_password(reason: &str) -> Self {
        Self::new("InvalidPasswordException", format!("Password did not conform with policy: {reason}"))
    }

    pub(super) fn lambda_failed(trigger: &str, message: &str) -> Self {
        Self::new("UserLambdaValidationException", format!("{trigger} failed with error {message}."))
    }

    /// Three deliveries without an answer.
    pub(super) fn lambda_silent(trigger: &str) -> Self {
        let reason = "Socket timeout while invoking Lambda function";
        Self::new("UnexpectedLambdaException", format!("{trigger} invocation failed due to error {reason}."))
    }

    /// Too many requests about one user.
    pub(super) fn limit_exceeded() -> Self {
        Self::new("LimitExceededException", "Attempt limit exceeded, please try after some time.")
    }

    pub(super) fn missing_parameter(name: &str) -> Self {
        Self::invalid_parameter(format!("Missing required parameter {name}"))
    }

    pub(super) fn not_authorized(message: impl Into<String>) -> Self {
        Self::new("NotAuthorizedException", message)
    }

    /// The client id as it was sent. Its pattern was checked before.
    pub(super) fn no_such_client(id: &str) -> Self {
        Self::new("ResourceNotFoundException", format!("User pool client {id} does not exist."))
    }

    pub(super) fn no_such_pool(id: &str) -> Self {
        Self::new("ResourceNotFoundException", format!("User pool {id} does not exist."))
    }

    pub(super) fn no_such_user() -> Self {
        Self::new("UserNotFoundException", "User does not exist.")
    }

    pub(super) fn not_signed(refused: signature::SignatureError) -> Self {
        Self::new(refused.error.name(), refused.message)
    }

    pub(super) fn serialization(message: impl Into<String>) -> Self {
        Self::new("SerializationException", message)
    }

    pub(super) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new("UnauthorizedException", message)
    }

    pub(super) fn unknown_operation(message: impl Into<String>) -> Self {
        Self::new("UnknownOperationException", message)
    }

    pub(super) fn user_not_confirmed() -> Self {
        Self::new("UserNotConfirmedException", "User is not confirmed.")
    }

    /// Cognito's words differ by operation.
    pub(super) fn username_exists(message: &str) -> Self {
        Self::new("UsernameExistsException", message)
    }

    pub(super) fn unsupported_token_type() -> Self {
        Self::new("UnsupportedTokenTypeException", "Unsupported token type")
    }

    pub(super) fn wrong_sign_in_code() -> Self {
        Self::new("CodeMismatchException", "Invalid code or auth state for the user.")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({"__type": self.kind, "message": self.message}).to_string();
        let mut response = (StatusCode::BAD_REQUEST, body).into_response();
        let headers = response.headers_mut();
        // The colon is Cognito's. A URI may follow it, and clients cut it off.
        if let Ok(kind) = HeaderValue::try_from(format!("{}:", self.kind)) {
            headers.insert("x-amzn-errortype", kind);
        }
        // A function's message may have characters that a header can't have.
        if let Ok(message) = HeaderValue::try_from(self.message) {
            headers.insert("x-amzn-errormessage", message);
        }
        response
    }
}

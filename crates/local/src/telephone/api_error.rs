//! How the API refuses: name, HTTP status and body as Amazon Connect sends them and the AWS SDKs read them.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::HeaderName;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::id;

/// A refused API request: the name in the header `x-amzn-errortype`, the text in the body's `Message`.
#[derive(Debug)]
pub(super) struct ApiError {
    pub(super) kind: &'static Kind,
    pub(super) message: String,
}

/// One error of the API. Some are of the API's own model, the others are what AWS answers
/// before a request reaches the service.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) name: &'static str,
    status: StatusCode,
    /// What to say if nothing more precise is known.
    message: &'static str,
}

impl Kind {
    /// Finds an error by the name that AWS gives it.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().copied().find(|kind| kind.name == name)
    }

    /// The names of all errors, for a message.
    pub(super) fn names() -> String {
        KINDS.map(|kind| kind.name).join(", ")
    }

    /// This error, with a text that says why.
    pub(super) fn because(&'static self, message: impl Into<String>) -> ApiError {
        ApiError { kind: self, message: message.into() }
    }
}

impl From<&'static Kind> for ApiError {
    fn from(kind: &'static Kind) -> Self {
        kind.because(kind.message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let headers = [
            (HeaderName::from_static("x-amzn-errortype"), self.kind.name.to_owned()),
            (HeaderName::from_static("x-amzn-requestid"), id::uuid()),
        ];
        // `Message` is Connect's own; `message` is what every error of this stack has.
        let body = json!({ "Message": self.message, "message": self.message });
        (self.kind.status, headers, Json(body)).into_response()
    }
}

macro_rules! kinds {
    ($($constant:ident = $status:ident $name:literal, $message:literal;)*) => {
        $(pub(super) static $constant: Kind =
            Kind { name: $name, status: StatusCode::$status, message: $message };)*
        static KINDS: [&Kind; [$($name),*].len()] = [$(&$constant),*];
    };
}

kinds! {
    INVALID_REQUEST = BAD_REQUEST "InvalidRequestException", "The request is not valid.";
    INVALID_PARAMETER = BAD_REQUEST "InvalidParameterException",
        "One or more of the specified parameters are not valid.";
    RESOURCE_NOT_FOUND = NOT_FOUND "ResourceNotFoundException", "The specified resource was not found.";
    DESTINATION_NOT_ALLOWED = FORBIDDEN "DestinationNotAllowedException",
        "Outbound calls to the destination number are not allowed.";
    OUTBOUND_CONTACT_NOT_PERMITTED = FORBIDDEN "OutboundContactNotPermittedException", "The contact is not permitted.";
    LIMIT_EXCEEDED = TOO_MANY_REQUESTS "LimitExceededException", "The allowed limit for the resource has been exceeded.";
    INTERNAL_SERVICE = INTERNAL_SERVER_ERROR "InternalServiceException",
        "Request processing failed because of an error or failure with the service.";
    THROTTLING = TOO_MANY_REQUESTS "ThrottlingException", "Rate exceeded";
    TOO_MANY = TOO_MANY_REQUESTS "TooManyRequestsException", "Too Many Requests";
    ACCESS_DENIED = FORBIDDEN "AccessDeniedException",
        "User is not authorized to perform this action on the specified resource.";
    SERVICE_UNAVAILABLE = SERVICE_UNAVAILABLE "ServiceUnavailableException", "Service Unavailable";
    SERIALIZATION = BAD_REQUEST "SerializationException", "The request body could not be read.";
    REQUEST_TOO_LARGE = PAYLOAD_TOO_LARGE "RequestEntityTooLargeException", "Request Too Long";
    MISSING_AUTHENTICATION_TOKEN = FORBIDDEN "MissingAuthenticationTokenException", "Missing Authentication Token";
    INCOMPLETE_SIGNATURE = FORBIDDEN "IncompleteSignatureException",
        "The request signature does not conform to AWS standards.";
    INVALID_SIGNATURE = FORBIDDEN "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method. Consult the service documentation for details.";
    UNRECOGNIZED_CLIENT = FORBIDDEN "UnrecognizedClientException",
        "The security token included in the request is invalid.";
    EXPIRED_TOKEN = FORBIDDEN "ExpiredTokenException", "The security token included in the request is expired";
}

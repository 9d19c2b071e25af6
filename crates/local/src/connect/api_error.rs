//! The API's errors: name, HTTP status and body as Amazon Connect sends them and the AWS SDKs read them.

use axum::Json;
use axum::http::header::HeaderName;
use axum::response::{IntoResponse, Response};
use serde_json::json;

pub(super) use crate::aws_error::ApiError;

use super::id;
use crate::aws_error::kinds;
use crate::signature::{self, BadSignature};

/// The name is in the header `x-amzn-errortype`, the text in the body's `Message`.
pub(super) fn response(error: ApiError) -> Response {
    let headers = [
        (HeaderName::from_static("x-amzn-errortype"), error.kind.name.to_owned()),
        (HeaderName::from_static("x-amzn-requestid"), id::uuid()),
    ];
    // `Message` is Connect's own; `message` is what every error of this stack has.
    let body = json!({ "Message": error.message, "message": error.message });
    (error.kind.status, headers, Json(body)).into_response()
}

/// The error for a bad signature.
pub(super) fn not_signed(refused: signature::SignatureError) -> ApiError {
    let kind = match refused.error {
        BadSignature::IncompleteSignature => &INCOMPLETE_SIGNATURE,
        BadSignature::InvalidSignature => &INVALID_SIGNATURE,
        BadSignature::MissingAuthenticationToken => &MISSING_AUTHENTICATION_TOKEN,
        BadSignature::UnrecognizedClient => &UNRECOGNIZED_CLIENT,
    };
    kind.because(refused.message)
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
    MISSING_AUTHENTICATION_TOKEN = FORBIDDEN BadSignature::MissingAuthenticationToken.name(),
        BadSignature::MissingAuthenticationToken.message();
    INCOMPLETE_SIGNATURE = FORBIDDEN BadSignature::IncompleteSignature.name(),
        BadSignature::IncompleteSignature.message();
    INVALID_SIGNATURE = FORBIDDEN BadSignature::InvalidSignature.name(), BadSignature::InvalidSignature.message();
    UNRECOGNIZED_CLIENT = FORBIDDEN BadSignature::UnrecognizedClient.name(), BadSignature::UnrecognizedClient.message();
    EXPIRED_TOKEN = FORBIDDEN "ExpiredTokenException", "The security token included in the request is expired";
}

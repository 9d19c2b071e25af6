//! `DynamoDB`'s errors: nearly all have status 400, and the body has `__type` and a text.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>

use axum::http::StatusCode;
use axum::response::Response;
use dynoxide::DynoxideError;
use serde_json::{Value, json};

use super::respond;
use crate::aws_error::{ApiError, Kind, kinds};
use crate::signature::{self, BadSignature};

/// An error that is found before the engine sees the request.
pub(super) fn refused(error: ApiError) -> Response {
    let ApiError { kind, message } = error;
    let body = json!({ "__type": type_of(kind), "message": message });
    respond(kind.status, body.to_string().into_bytes())
}

/// An error of the engine, which words it as AWS does.
pub(super) fn failed(error: &DynoxideError) -> Response {
    let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    respond(status, error.to_json().into_bytes())
}

/// An injected error, for the request with this body.
pub(super) fn injected(kind: &'static Kind, body: &[u8]) -> Response {
    if kind.name != TRANSACTION_CANCELED.name {
        return refused(kind.into());
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let items = body["TransactItems"].as_array().map_or(1, Vec::len);
    let conflict = json!({ "Code": "TransactionConflict", "Message": TRANSACTION_CONFLICT.message });
    let reason = |item| if item == 0 { conflict.clone() } else { json!({ "Code": "None" }) };
    let reasons: Vec<_> = (0..items).map(reason).collect();
    let codes: Vec<_> = reasons.iter().filter_map(|reason| reason["Code"].as_str()).collect();
    let message = format!("{} [{}]", kind.message, codes.join(", "));
    let body = json!({ "__type": type_of(kind), "Message": message, "CancellationReasons": reasons });
    respond(kind.status, body.to_string().into_bytes())
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

/// The name with its namespace: the API's own, or that of AWS's common front end.
fn type_of(kind: &Kind) -> String {
    let namespace = match kind.name {
        "ThrottlingException" => "com.amazon.coral.availability",
        "ValidationException" => "com.amazon.coral.validate",
        name if OF_THE_API.contains(&name) => "com.amazonaws.dynamodb.v20120810",
        _ => "com.amazon.coral.service",
    };
    format!("{namespace}#{}", kind.name)
}

const OF_THE_API: [&str; 8] = [
    "ConditionalCheckFailedException",
    "InternalServerError",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ResourceNotFoundException",
    "TransactionCanceledException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

kinds! {
    ACCESS_DENIED = BAD_REQUEST "AccessDeniedException", "Access denied.";
    CONDITIONAL_CHECK_FAILED = BAD_REQUEST "ConditionalCheckFailedException", "The conditional request failed";
    EXPIRED_TOKEN = BAD_REQUEST "ExpiredTokenException", "The security token included in the request is expired";
    INCOMPLETE_SIGNATURE = BAD_REQUEST BadSignature::IncompleteSignature.name(),
        BadSignature::IncompleteSignature.message();
    INTERNAL_SERVER_ERROR = INTERNAL_SERVER_ERROR "InternalServerError", "Internal server error";
    INVALID_SIGNATURE = BAD_REQUEST BadSignature::InvalidSignature.name(), BadSignature::InvalidSignature.message();
    MISSING_AUTHENTICATION_TOKEN = BAD_REQUEST BadSignature::MissingAuthenticationToken.name(),
        BadSignature::MissingAuthenticationToken.message();
    PROVISIONED_THROUGHPUT_EXCEEDED = BAD_REQUEST "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded. Consider increasing your \
         provisioning level with the UpdateTable API.";
    REQUEST_LIMIT_EXCEEDED = BAD_REQUEST "RequestLimitExceeded",
        "Throughput exceeds the current throughput limit for your account.";
    REQUEST_TOO_LARGE = PAYLOAD_TOO_LARGE "RequestEntityTooLargeException", "Request Too Long";
    RESOURCE_NOT_FOUND = BAD_REQUEST "ResourceNotFoundException", "Requested resource not found";
    SERVICE_UNAVAILABLE = SERVICE_UNAVAILABLE "ServiceUnavailableException",
        "The service is currently unavailable or busy.";
    THROTTLING = BAD_REQUEST "ThrottlingException",
        "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table \
         or index so please try again shortly.";
    TRANSACTION_CANCELED = BAD_REQUEST "TransactionCanceledException",
        "Transaction cancelled, please refer cancellation reasons for specific reasons";
    TRANSACTION_CONFLICT = BAD_REQUEST "TransactionConflictException", "Transaction is ongoing for the item";
    TRANSACTION_IN_PROGRESS = BAD_REQUEST "TransactionInProgressException",
        "The transaction with the given request token is already in progress.";
    UNKNOWN_OPERATION = BAD_REQUEST "UnknownOperationException", "The operation is not one of this DynamoDB's";
    UNRECOGNIZED_CLIENT = BAD_REQUEST BadSignature::UnrecognizedClient.name(),
        BadSignature::UnrecognizedClient.message();
    VALIDATION = BAD_REQUEST "ValidationException", "The request is not valid.";
}

//! What lets pages of any origin in.

use axum::http::HeaderName;
use std::time::Duration;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

/// As Cognito's: any origin, every header that an SDK may send.
pub(crate) fn cors() -> CorsLayer {
    let exposed = ["x-amzn-requestid", "x-amzn-errortype", "x-amzn-errormessage", "date"];
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(exposed.map(HeaderName::from_static))
        .max_age(Duration::from_hours(48))
}

//! What the clients of all AWS services have in common.

use std::time::{Duration, Instant};

use aws_sdk_connect::config::{Credentials, SharedHttpClient};
use aws_smithy_http_client::{Builder, tls};

use crate::settings;

/// Cognito waits five seconds for a trigger and then calls it again, so an answer in time counts for more than one
/// more try. The SDK's own limits (three attempts, no limit for the whole) don't fit.
pub(crate) const ATTEMPTS: u32 = 2;

/// What is kept of the invocation's time for the answer itself.
const TIME_TO_ANSWER: Duration = Duration::from_millis(200);

/// A client for HTTPS. One for all services of a function: reading the trusted certificates is most of what it costs.
pub(crate) fn https() -> SharedHttpClient {
    Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build_https()
}

/// The role's credentials. Lambda keeps them valid for the life of a sandbox.
pub(crate) fn credentials(credentials: &settings::Credentials) -> Credentials {
    let settings::Credentials { access_key_id, secret_access_key, session_token } = credentials;
    Credentials::new(access_key_id, secret_access_key, session_token.clone(), None, "environment")
}

/// What is left of the invocation's time for AWS.
pub(crate) fn time_left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).saturating_sub(TIME_TO_ANSWER)
}

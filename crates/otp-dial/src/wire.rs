//! Services of which one operation is needed, by AWS's JSON protocol: KMS, and AWS End User Messaging.
//!
//! The SDK has a crate for each. It would make the function larger by a tenth, and every build slower by a minute. What it does
//! for these requests is here: it signs them, and sends them again if no answer came or the service asks for that.

pub mod endpoint;
pub mod request;

use std::fmt;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::Value;
use sign_in::error::ServiceError;

use crate::aws::pause;
use request::Request;

/// Before a request is sent again.
const PAUSE: Duration = Duration::from_millis(50);

/// A service of AWS's in one Region.
pub struct Service {
    /// Its name in endpoints and signatures.
    pub name: &'static str,
    /// What `X-Amz-Target` begins with.
    pub target: &'static str,
    /// `application/x-amz-json-` and this.
    pub json: &'static str,
    /// Its Region.
    pub region: String,
    /// An endpoint other than the service's own.
    pub endpoint_url: Option<String>,
    /// The role's credentials.
    pub credentials: Credentials,
    /// What sends the requests.
    pub connector: SharedHttpConnector,
    /// How often a request is sent at most.
    pub attempts: u32,
    /// The time for each.
    pub attempt_timeout: Duration,
}

/// What a service answered.
struct Answer {
    status: u16,
    body: Vec<u8>,
}

impl Service {
    /// Calls an operation. Gives up at `until`. If that time has passed already, nothing is sent. `error` makes the error of an
    /// error code; the flag says whether the service is at fault.
    pub async fn call(
        &self,
        operation: &str,
        body: &Value,
        until: Instant,
        error: impl Fn(&str, bool) -> ServiceError,
    ) -> Result<Value, ServiceError> {
        let mut last = ServiceError::busy("Deadline");
        for attempt in 0..self.attempts {
            if attempt > 0 {
                pause(PAUSE, until).await;
            }
            let time = until.saturating_duration_since(Instant::now());
            if time.is_zero() {
                break;
            }
            // Boxed: the future is large.
            let sent = Box::pin(self.send(operation, body));
            last = match tokio::time::timeout(time.min(self.attempt_timeout), sent).await {
                Err(_) => ServiceError::busy("Timeout"),
                Ok(Err(cause)) => ServiceError::busy(cause),
                Ok(Ok(Answer { status: 200, body })) => {
                    return serde_json::from_slice(&body).map_err(|_| ServiceError::busy("Response"));
                }
                Ok(Ok(Answer { status, body })) => error(&code(&body), status >= 500),
            };
            if !last.passes {
                break;
            }
        }
        Err(last)
    }

    /// Sends a request once. The error is a word.
    async fn send(&self, operation: &str, body: &Value) -> Result<Answer, &'static str> {
        let own = endpoint::of(self.name, &self.region).0;
        let url = self.endpoint_url.as_ref().map_or(own, |url| url.trim_end_matches('/').to_owned());
        let headers = vec![
            ("content-type", format!("application/x-amz-json-{}", self.json)),
            ("x-amz-target", format!("{}.{operation}", self.target)),
        ];
        let request = Request { method: "POST", path: "/".to_owned(), headers, body: body.to_string() };
        let signed = request.sign(&self.credentials, self.name, &url, &self.region).map_err(|_| "Signature")?;
        let mut http = signed.to_http().map_err(|_| "Construction")?;
        http.set_uri(format!("{url}/")).map_err(|_| "Construction")?;
        // What is not of the connection is of the response.
        let cause = |error: ConnectorError| if error.is_other() { "Response" } else { "Dispatch" };
        let mut response = self.connector.call(http).await.map_err(cause)?;
        let status = response.status().as_u16();
        let body = ByteStream::new(response.take_body()).collect().await.map_err(|_| "Response")?;
        Ok(Answer { status, body: body.to_vec() })
    }
}

/// The error code of an answer: `__type`, which some services begin with a namespace, and end with a colon and more.
fn code(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let kind = body.get("__type").and_then(Value::as_str).unwrap_or("Unknown");
    // The colon first: what follows it may have a number sign too.
    let name = kind.split(':').next().unwrap_or(kind);
    name.rsplit('#').next().unwrap_or(name).to_owned()
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("name", &self.name).field("region", &self.region).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

//! A client for AWS's wire protocols. It uses plain JSON instead of typed structures, so that members this program
//! doesn't know are not lost when a setting is read, changed and written back. It also needs no SDK crate for each
//! service; each would take minutes to compile.

mod error;
mod operation;
mod xml;

use std::time::Duration;

use anyhow::{Context, Result};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_runtime::client::orchestrator::operation::Operation as Exchange;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use client::sdk::http_client;
use otp_dial::wire::endpoint;
use otp_dial::wire::request::{Request, encoded};
use serde_json::Value;
use tokio::time::{sleep, timeout};

pub use self::error::AwsError;
pub use self::operation::Operation;
pub use self::xml::Xml;
pub use otp_dial::wire::endpoint::is_region;

/// How long to wait for an answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Connect allows two calls a second for most operations, so a reader is throttled.
const ATTEMPTS: u32 = 6;
/// The pause between the first throttled attempt and the next. It doubles each time.
const BACKOFF: Duration = Duration::from_millis(300);

/// A client for one AWS account and Region, with credentials.
#[derive(Clone)]
pub struct Aws {
    credentials: Credentials,
    endpoint: Option<String>,
    http: SharedHttpClient,
    region: String,
}

/// Where to find the Region and the credentials.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The Region, if not that of the environment or the profile.
    pub region: Option<String>,
    /// A profile of `~/.aws/config`.
    pub profile: Option<String>,
    /// An endpoint to use instead of the services' own.
    pub endpoint: Option<String>,
}

/// The parts of an HTTP response that are used.
#[derive(Debug)]
struct Answer {
    status: u16,
    /// The header in which services with a path for each operation name the error.
    error_type: Option<String>,
    body: Vec<u8>,
}

/// The error type of the SDK's orchestrator. It is never used: the orchestrator treats every response as a success,
/// and this module reads the status.
#[derive(Debug)]
enum Never {}

impl Aws {
    /// Finds the Region and the credentials as the AWS CLI does.
    pub async fn find(access: &Access) -> Result<Self> {
        let config = sdk_config(access).await;
        let region = region_of(&config)?;
        let provider = config.credentials_provider().context("no AWS credentials are set up")?;
        let credentials = provider.provide_credentials().await;
        let credentials =
            credentials.context("no AWS credentials were found; `aws configure` or `aws sso login` sets them up")?;
        let endpoint = access.endpoint.clone().or_else(|| config.endpoint_url().map(str::to_owned));
        Ok(Self::new(region, credentials, endpoint))
    }

    /// Finds the Region alone. That takes no credentials.
    pub async fn find_region(access: &Access) -> Result<String> {
        region_of(&sdk_config(access).await)
    }

    /// A client for a known Region, with known credentials and perhaps an endpoint.
    #[must_use]
    pub fn new(region: String, credentials: Credentials, endpoint: Option<String>) -> Self {
        let endpoint = endpoint.map(|endpoint| endpoint.trim_end_matches('/').to_owned());
        Self { credentials, endpoint, http: http_client(), region }
    }

    /// The Region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The credentials.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The endpoint that is used instead of the services' own.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The account, if STS returns it. That needs no permission.
    pub async fn account(&self) -> Option<String> {
        self.query(Operation::GET_CALLER_IDENTITY, &[]).await.ok()?.text("Account")
    }

    /// The same client in another Region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self.clone() }
    }

    /// The same Region, credentials and endpoint, for the SDK's own clients.
    pub async fn sdk_config(&self) -> SdkConfig {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(self.http.clone())
            .region(Region::new(self.region.clone()))
            .credentials_provider(self.credentials.clone());
        if let Some(endpoint) = &self.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        loader.load().await
    }

    /// Calls a service with JSON and the operation's name in a header: Cognito, `DynamoDB`, KMS, Service Quotas.
    pub async fn json(&self, operation: Operation, body: Value) -> Result<Value, AwsError> {
        let (prefix, version) = match operation.service() {
            "cognito-idp" => ("AWSCognitoIdentityProviderService", "1.1"),
            "dynamodb" => ("DynamoDB_20120810", "1.0"),
            "kms" => ("TrentService", "1.1"),
            _ => ("ServiceQuotasV20190624", "1.1"),
        };
        let headers = vec![
            ("content-type", format!("application/x-amz-json-{version}")),
            ("x-amz-target", format!("{prefix}.{}", operation.name())),
        ];
        let request = Request { method: "POST", path: "/".to_owned(), headers, body: body.to_string() };
        parsed(operation, &self.ask(operation, request).await?)
    }

    /// Calls a service with a path for each operation: Connect, Lambda.
    pub async fn rest(
        &self,
        operation: Operation,
        method: &'static str,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<Value, AwsError> {
        let path = path_of(path);
        let headers = body.iter().map(|_| ("content-type", "application/json".to_owned())).collect();
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        parsed(operation, &self.ask(operation, Request { method, path, headers, body }).await?)
    }

    /// The same for a request whose fields are in its query.
    pub async fn rest_query(
        &self,
        operation: Operation,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Value, AwsError> {
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let path = format!("{}?{}", path_of(path), query.join("&"));
        let request = Request { method: "GET", path, headers: Vec::new(), body: String::new() };
        parsed(operation, &self.ask(operation, request).await?)
    }

    /// Calls a service that takes a form and answers in XML: `CloudFormation`, IAM, STS.
    pub async fn query(&self, operation: Operation, fields: &[(String, String)]) -> Result<Xml, AwsError> {
        let version = match operation.service() {
            "iam" => "2010-05-08",
            "sts" => "2011-06-15",
            _ => "2010-05-15",
        };
        let mut body = format!("Action={}&Version={version}", operation.name());
        for (name, value) in fields {
            body = format!("{body}&{}={}", encoded(name), encoded(value));
        }
        let headers = vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())];
        let request = Request { method: "POST", path: "/".to_owned(), headers, body };
        let answer = self.ask(operation, request).await?;
        Ok(Xml::new(String::from_utf8_lossy(&answer).into_owned()))
    }

    async fn ask(&self, operation: Operation, request: Request) -> Result<Vec<u8>, AwsError> {
        let (mut attempt, mut pause) = (1, BACKOFF);
        loop {
            let answer = self.send(operation, request.clone()).await?;
            if answer.status < 300 {
                return Ok(answer.body);
            }
            let error = AwsError::refused(operation, answer.status, answer.error_type, &answer.body);
            if attempt == ATTEMPTS || !error.passes() {
                return Err(error);
            }
            sleep(pause).await;
            (attempt, pause) = (attempt + 1, pause * 2);
        }
    }

    async fn send(&self, operation: Operation, request: Request) -> Result<Answer, AwsError> {
        let (url, region) = match &self.endpoint {
            Some(endpoint) => (endpoint.clone(), endpoint::signing_region(operation.service(), &self.region)),
            None => endpoint::of(operation.service(), &self.region),
        };
        if !is_region(&self.region) {
            return Err(AwsError::Unreached { operation, reason: format!("{} is no Region", self.region) });
        }
        let unreached = |error: &dyn std::error::Error| AwsError::unreached(operation, error);
        let signed = request.sign(&self.credentials, operation.service(), &url, region);
        let signed = signed.map_err(|error| unreached(&*error))?;
        let exchange = Exchange::builder()
            .service_name(operation.service())
            .operation_name(operation.name())
            .http_client(self.http.clone())
            .endpoint_url(&url)
            .no_auth()
            .no_retry()
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .serializer(move |(): ()| signed.to_http())
            .deserializer(|response: &HttpResponse| {
                let body = response.body().bytes().unwrap_or_default().to_vec();
                let error_type = response.headers().get("x-amzn-errortype").map(str::to_owned);
                Ok::<_, OrchestratorError<Never>>(Answer { status: response.status().as_u16(), error_type, body })
            })
            .build();
        let answer = timeout(REQUEST_TIMEOUT, Box::pin(exchange.invoke(()))).await;
        answer.map_err(|error| unreached(&error))?.map_err(|error| unreached(&error))
    }
}

/// The SDK's configuration: Region and credentials, found as the AWS CLI finds them.
async fn sdk_config(access: &Access) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client());
    if let Some(region) = &access.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &access.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &access.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

fn region_of(config: &SdkConfig) -> Result<String> {
    let region = config.region().map(ToString::to_string);
    region.context("no Region is set: give --region, AWS_REGION or a profile that has one")
}

fn path_of(parts: &[&str]) -> String {
    parts.iter().flat_map(|part| ["/".to_owned(), encoded(part)]).collect()
}

fn parsed(operation: Operation, body: &[u8]) -> Result<Value, AwsError> {
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).map_err(|error| AwsError::unreached(operation, &error))
}

impl std::fmt::Debug for Aws {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aws").field("region", &self.region).field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl std::fmt::Display for Never {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Never {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_tells_no_credentials() {
        let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI", None, None, "test");
        let debug = format!("{:?}", Aws::new("us-east-1".to_owned(), credentials, None));
        assert!(debug.contains("us-east-1") && !debug.contains("AKID") && !debug.contains("wJal"), "{debug}");
    }
}

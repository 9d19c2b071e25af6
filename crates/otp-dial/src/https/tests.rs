//! Against services on this machine.

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::*;

use peer::{Authority, Peer};

mod keeping;
mod opening;
mod peer;
mod proxies;
mod regions;
mod trusting;

/// A service at this URL.
fn endpoint(https: &Https, url: &str) -> Endpoint {
    https.endpoint("dynamodb", "us-east-1", Some(url))
}

/// A service that is reached without TLS.
fn plain(peer: &Peer) -> Endpoint {
    endpoint(&Https::with_roots(RootCertStore::empty(), None), &peer.url)
}

/// Sends a request to a URL. Returns the status and the body of the answer.
async fn get(endpoint: &Endpoint, url: String) -> Result<(u16, Vec<u8>), ConnectorError> {
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(url).unwrap();
    let mut answer = endpoint.call(request).await?;
    let body = ByteStream::new(answer.take_body()).collect().await.unwrap();
    Ok((answer.status().as_u16(), body.to_vec()))
}

/// The answer to most requests.
fn ok() -> (u16, Vec<u8>) {
    (200, b"ok".to_vec())
}

/// An error with all its causes.
fn all_of(error: &ConnectorError) -> String {
    let chain = std::iter::successors(Some(error as &dyn std::error::Error), |&error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

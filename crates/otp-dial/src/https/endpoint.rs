//! The connection to one service.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::ErrorKind;
use http_body_util::BodyExt;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::HOST;
use hyper::http::uri::PathAndQuery;
use hyper::{Response, Uri};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::{Https, Origin};
use crate::wire::endpoint;

/// The time to make a connection, proxy and TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(700);

/// A connection that was idle for longer is not used any more. Something on the way may have forgotten it without a word, as
/// AWS's NAT gateways do after 350 s. The request would then wait for its time limit.
const LONGEST_IDLE: Duration = Duration::from_mins(1);

/// A service, and the connection to it that is kept between requests.
#[derive(Clone)]
pub(crate) struct Endpoint(Arc<Inner>);

struct Inner {
    https: Https,
    service: &'static str,
    /// Where its requests will go. `None`: to no URL.
    origin: Option<Origin>,
    kept: Mutex<Option<Kept>>,
    /// Held while a connection is opened for a later request.
    opening: tokio::sync::Mutex<()>,
}

type Connection = SendRequest<SdkBody>;

/// A connection that is idle.
struct Kept {
    origin: Origin,
    connection: Connection,
    since: Instant,
}

impl Endpoint {
    /// The service in a Region, or at another URL.
    pub(super) fn new(https: Https, service: &'static str, region: &str, url: Option<&str>) -> Self {
        let url = url.map_or_else(|| endpoint::of(service, region).0, str::to_owned);
        let origin = url.parse().ok().as_ref().and_then(Origin::of);
        Self(Arc::new(Inner { https, service, origin, kept: Mutex::default(), opening: tokio::sync::Mutex::default() }))
    }

    /// For the SDK's client of the service.
    pub(crate) fn client(&self) -> SharedHttpClient {
        let connector = self.connector();
        http_client_fn(move |_, _| connector.clone())
    }

    /// For requests that are made without the SDK.
    pub(crate) fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    /// Opens the connection for the next request, unless it is open. If that fails, the request will try.
    pub(crate) async fn open(&self) {
        let Inner { service, origin: Some(origin), opening, .. } = &*self.0 else { return };
        let _opening = opening.lock().await;
        see_what_happened().await;
        if self.is_open(origin) {
            return;
        }
        if let Ok(connection) = in_time(self.connect(origin)).await {
            self.keep(origin.clone(), connection);
        } else {
            tracing::debug!(service, "not connected");
        }
    }

    #[cfg(test)]
    pub(super) fn origin(&self) -> Option<Origin> {
        self.0.origin.clone()
    }

    /// Sends a request, and gives the answer with its whole body.
    async fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let mut request = request.try_into_http1x().map_err(user)?;
        let origin = Origin::of(request.uri()).ok_or_else(|| user("no URL of HTTP"))?;
        // HTTP/1.1 has the host in a header, and the rest of the URL in the request's line.
        request.headers_mut().insert(HOST, origin.header().ok_or_else(|| user("no host"))?);
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));

        see_what_happened().await;
        let (mut connection, mut is_kept) = in_time(self.connection(&origin)).await?;
        let answer = loop {
            let mut failed = match connection.try_send_request(request).await {
                Ok(answer) => break answer,
                Err(failed) => failed,
            };
            // A request that comes back was certainly not sent. What may have been sent is never repeated here.
            match failed.take_message() {
                Some(unsent) if is_kept => request = unsent,
                Some(_) => return Err(ConnectorError::io(failed.into_error().into())),
                None => return Err(cut(failed.into_error().into())),
            }
            (connection, is_kept) = (in_time(self.connect(&origin)).await?, false);
        };
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(|error| cut(error.into()))?.to_bytes();
        self.keep(origin, connection);
        HttpResponse::try_from(Response::from_parts(head, SdkBody::from(body))).map_err(|error| cut(error.into()))
    }

    /// The connection that is kept, or a new one; and whether it was kept.
    async fn connection(&self, origin: &Origin) -> io::Result<(Connection, bool)> {
        // One that is being opened is waited for.
        drop(self.0.opening.lock().await);
        let kept = self.kept().take().filter(|kept| kept.is_open(origin));
        if let Some(Kept { mut connection, .. }) = kept
            && connection.ready().await.is_ok()
        {
            return Ok((connection, true));
        }
        Ok((self.connect(origin).await?, false))
    }

    async fn connect(&self, origin: &Origin) -> io::Result<Connection> {
        let stream = self.0.https.stream(origin).await?;
        let (requests, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        // It ends when the service closes it, or when nobody has `requests` any more.
        tokio::spawn(connection);
        Ok(requests)
    }

    fn is_open(&self, origin: &Origin) -> bool {
        self.kept().as_ref().is_some_and(|kept| kept.is_open(origin))
    }

    fn keep(&self, origin: Origin, connection: Connection) {
        *self.kept() = Some(Kept { origin, connection, since: Instant::now() });
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        // Nothing panics while it holds the lock.
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Whether it may take a request for this place.
    fn is_open(&self, origin: &Origin) -> bool {
        self.origin == *origin && !self.connection.is_closed() && self.since.elapsed() < LONGEST_IDLE
    }
}

impl HttpConnector for Endpoint {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let endpoint = self.clone();
        HttpConnectorFuture::new(async move { endpoint.exchange(request).await })
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("service", &self.0.service).finish_non_exhaustive()
    }
}

/// Lets the task of a connection see what happened to it while the sandbox was frozen.
async fn see_what_happened() {
    // The runtime asks the system, and wakes the task. The task runs after this one.
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
}

/// Connects within the time for it.
async fn in_time<T>(connecting: impl Future<Output = io::Result<T>>) -> Result<T, ConnectorError> {
    let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await;
    connected.map_err(|late| ConnectorError::timeout(late.into()))?.map_err(|error| ConnectorError::io(error.into()))
}

/// The error of a request that may have been sent. The service may have done what it says.
fn cut(error: BoxError) -> ConnectorError {
    ConnectorError::other(error, Some(ErrorKind::TransientError))
}

/// The error of a request that can't be sent.
fn user(error: impl Into<BoxError>) -> ConnectorError {
    ConnectorError::user(error.into())
}

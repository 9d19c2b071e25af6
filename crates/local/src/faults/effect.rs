//! What a fault does to one request.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::Frame;
use tokio::time::sleep;

use crate::aws_error::Kind;

/// What a fault does to one request.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Effect {
    /// How long the request waits first.
    pub(super) delay: Duration,
    pub(super) ending: Ending,
    /// Whether the request is carried out nevertheless.
    pub(super) afterwards: bool,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Ending {
    /// As without a fault.
    #[default]
    Carried,
    /// The connection is closed without an answer.
    Dropped,
    /// An error of the API.
    Refused(&'static Kind),
    /// No answer ever comes.
    Silent,
}

/// What a request meets.
pub(crate) enum Met<T> {
    /// Its answer.
    Answer(T),
    /// The connection is closed without an answer.
    Lost,
    /// An error of the API.
    Refused(&'static Kind),
    /// No answer ever comes.
    Silent,
}

impl Effect {
    /// Applies the effect to a request: `request` carries it out.
    pub(crate) async fn apply<T: Send + 'static>(self, request: impl Future<Output = T> + Send + 'static) -> Met<T> {
        let Self { delay, ending, afterwards } = self;
        let carried = if afterwards || ending == Ending::Carried {
            // In a task of its own: as at AWS, a request is carried out even if its client has gone.
            let task = tokio::spawn(async move {
                sleep(delay).await;
                request.await
            });
            // A panic closes the connection too.
            task.await.map_or(Met::Lost, Met::Answer)
        } else {
            sleep(delay).await;
            Met::Lost
        };
        match ending {
            Ending::Carried => carried,
            Ending::Dropped => Met::Lost,
            Ending::Refused(kind) => Met::Refused(kind),
            Ending::Silent => Met::Silent,
        }
    }

    /// Applies the effect to a request over HTTP: `refuse` makes the answer for an error.
    pub(crate) async fn meet(
        self,
        request: impl Future<Output = Response> + Send + 'static,
        refuse: impl FnOnce(&'static Kind) -> Response,
    ) -> Response {
        match self.apply(request).await {
            Met::Answer(response) => response,
            Met::Lost => no_answer(),
            Met::Refused(kind) => refuse(kind),
            Met::Silent => std::future::pending().await,
        }
    }
}

fn no_answer() -> Response {
    Response::new(Body::new(Broken))
}

/// A body that fails before its first byte. The server then closes the connection with nothing sent, not even a status.
struct Broken;

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }
}

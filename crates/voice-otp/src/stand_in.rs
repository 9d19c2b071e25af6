//! AWS's services in a test, all at one address. A closure answers each request.

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::aws::Aws;

/// A request that was received.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedRequest {
    /// The service that the signature names.
    pub(crate) service: String,
    /// The operation, or the method and the path.
    pub(crate) what: String,
    /// The body: JSON, or the fields of a form.
    pub(crate) body: Value,
}

type StatusAndBody = (u16, String);
type Responder = Box<dyn FnMut(&ReceivedRequest) -> StatusAndBody + Send>;

/// The services.
#[derive(Clone)]
pub(crate) struct StandIn(Arc<Mutex<(Responder, Vec<ReceivedRequest>)>>);

impl StandIn {
    /// Starts them. Also returns a client for them.
    pub(crate) async fn start(answer: impl FnMut(&ReceivedRequest) -> StatusAndBody + Send + 'static) -> (Self, Aws) {
        let stand_in = Self(Arc::new(Mutex::new((Box::new(answer), Vec::new()))));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answered).with_state(stand_in.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let credentials = Credentials::new("AKIDEXAMPLE", "secret", Some("token".to_owned()), None, "test");
        (stand_in, Aws::new("us-east-1".to_owned(), credentials, Some(endpoint)))
    }

    /// All requests, in order.
    pub(crate) fn asked(&self) -> Vec<ReceivedRequest> {
        self.0.lock().unwrap().1.clone()
    }

    /// The operations of all requests, in order.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.what).collect()
    }
}

async fn answered(State(StandIn(inner)): State<StandIn>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // Credential=KEY/DATE/REGION/SERVICE/aws4_request
    let scope: Vec<_> = header("authorization").split(',').next().unwrap_or_default().split('/').collect();
    let [_, _, "us-east-1", service, "aws4_request"] = scope[..] else {
        return (StatusCode::FORBIDDEN, r#"{"__type":"IncompleteSignature"}"#).into_response();
    };
    assert_eq!(header("x-amz-security-token"), "token");
    let what = header("x-amz-target").rsplit('.').next().filter(|target| !target.is_empty());
    let form = form(&body);
    let action = form["Action"].as_str().map(str::to_owned);
    let path = format!("{} {}", parts.method, parts.uri.path());
    let what = what.map(str::to_owned).or(action).unwrap_or(path);
    let asked =
        ReceivedRequest { service: service.to_owned(), what, body: serde_json::from_slice(&body).unwrap_or(form) };
    let mut inner = inner.lock().unwrap();
    inner.1.push(asked.clone());
    let (status, answer) = (inner.0)(&asked);
    (StatusCode::from_u16(status).unwrap(), answer).into_response()
}

fn form(body: &Bytes) -> Value {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), Value::from(value))).collect::<serde_json::Map<_, _>>().into()
}

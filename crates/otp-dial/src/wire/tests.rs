//! Against a connector that answers as it is told, and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use serde_json::json;

use super::*;

const THROTTLED: Reply = Reply::Answer(400, r#"{"__type":"ThrottlingException"}"#);
const DENIED: Reply = Reply::Answer(400, r#"{"__type":"AccessDeniedException","message":"not you"}"#);
const DONE: Reply = Reply::Answer(200, r#"{"done":true}"#);

/// What comes of a request.
#[derive(Clone, Copy, Debug)]
enum Reply {
    Answer(u16, &'static str),
    /// The connection is lost.
    Lost,
    /// Nothing comes.
    Silence,
    /// Throttled, at this time.
    ThrottledAt(Instant),
}

#[derive(Clone, Debug, Default)]
struct Connector {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    requests: Arc<Mutex<Vec<HttpRequest>>>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.requests.lock().unwrap().push(request);
        let answer = |status: u16, body: &'static str| {
            HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))))
        };
        match self.replies.lock().unwrap().pop_front().expect("there is no request more") {
            Reply::Answer(status, body) => answer(status, body),
            Reply::Lost => HttpConnectorFuture::ready(Err(ConnectorError::io("lost".into()))),
            Reply::Silence => HttpConnectorFuture::new(std::future::pending()),
            Reply::ThrottledAt(time) => {
                std::thread::sleep(time.saturating_duration_since(Instant::now()));
                answer(400, r#"{"__type":"ThrottlingException"}"#)
            }
        }
    }
}

fn service(replies: &[Reply], attempts: u32) -> (Service, Connector) {
    let connector =
        Connector { replies: Arc::new(Mutex::new(replies.iter().copied().collect())), ..Connector::default() };
    let service = Service {
        name: "kms",
        target: "TrentService",
        json: "1.1",
        region: "eu-west-2".to_owned(),
        endpoint_url: None,
        credentials: Credentials::new("the-id", "the-secret", Some("the-token".to_owned()), None, "test"),
        connector: SharedHttpConnector::new(connector.clone()),
        attempts,
        attempt_timeout: Duration::from_millis(1),
    };
    (service, connector)
}

/// What a call gives, and how often it was sent.
async fn called(replies: &[Reply], attempts: u32, until: Instant) -> (Result<Value, ServiceError>, usize) {
    let (service, connector) = service(replies, attempts);
    let answer = service.call("Decrypt", &json!({ "KeyId": "k" }), until, ServiceError::of_texts).await;
    let sent = connector.requests.lock().unwrap().len();
    (answer, sent)
}

fn later() -> Instant {
    Instant::now() + Duration::from_mins(1)
}

/// Why a call failed, whether that passes, and how often it was sent.
async fn failed(replies: &[Reply], attempts: u32) -> (String, bool, usize) {
    let (answer, sent) = called(replies, attempts, later()).await;
    let ServiceError { cause, passes, .. } = answer.unwrap_err();
    (cause, passes, sent)
}

#[tokio::test]
async fn what_may_pass_is_sent_again() {
    for first in [
        THROTTLED,
        Reply::Answer(500, r#"{"__type":"KMSInternalException"}"#),
        Reply::Answer(503, "<html>"),
        Reply::Lost,
        Reply::Silence,
    ] {
        let (answer, sent) = called(&[first, DONE], 2, later()).await;
        assert_eq!((answer, sent), (Ok(json!({ "done": true })), 2), "{first:?}");
    }
}

#[tokio::test]
async fn no_request_is_sent_more_often_than_it_may_be() {
    for (last, cause) in [
        (THROTTLED, "ThrottlingException"),
        (Reply::Answer(503, "<html>"), "Unknown"),
        (Reply::Lost, "Dispatch"),
        (Reply::Silence, "Timeout"),
    ] {
        assert_eq!(failed(&[last], 1).await, (cause.to_owned(), true, 1));
        assert_eq!(failed(&[DENIED, last], 1).await, ("AccessDeniedException".to_owned(), false, 1));
        assert_eq!(failed(&[Reply::Lost, last], 2).await, (cause.to_owned(), true, 2));
    }
}

#[tokio::test]
async fn a_no_is_taken_for_an_answer() {
    assert_eq!(failed(&[DENIED], 2).await, ("AccessDeniedException".to_owned(), false, 1));
    assert_eq!(failed(&[THROTTLED, DENIED], 3).await, ("AccessDeniedException".to_owned(), false, 2));
    // It was done, whatever it says.
    assert_eq!(failed(&[Reply::Answer(200, "<html>")], 2).await, ("Response".to_owned(), true, 1));
}

#[tokio::test]
async fn after_the_deadline_nothing_is_sent() {
    let (answer, sent) = called(&[], 2, Instant::now()).await;
    assert_eq!((answer, sent), (Err(ServiceError::busy("Deadline")), 0));
    // Nor sent again. The error says what happened before.
    let until = Instant::now() + Duration::from_millis(500);
    let (answer, sent) = called(&[Reply::ThrottledAt(until)], 2, until).await;
    assert_eq!((answer, sent), (Err(ServiceError::busy("ThrottlingException")), 1));
}

#[tokio::test]
async fn the_deadline_ends_a_request() {
    let (mut service, connector) = service(&[Reply::Silence], 2);
    service.attempt_timeout = Duration::from_hours(1);
    let until = Instant::now() + Duration::from_millis(500);
    let answer = service.call("Decrypt", &json!({}), until, ServiceError::of_texts).await;
    assert_eq!((answer, connector.requests.lock().unwrap().len()), (Err(ServiceError::busy("Timeout")), 1));
}

#[tokio::test]
async fn a_request_is_signed_and_goes_to_the_endpoint() {
    for (endpoint, url) in [
        (None, "https://kms.eu-west-2.amazonaws.com/"),
        (Some("http://127.0.0.1:1"), "http://127.0.0.1:1/"),
        (Some("http://127.0.0.1:1/"), "http://127.0.0.1:1/"),
        (Some("http://127.0.0.1:1/kms"), "http://127.0.0.1:1/kms/"),
        (Some("http://127.0.0.1:1/kms/"), "http://127.0.0.1:1/kms/"),
    ] {
        let (mut service, connector) = service(&[DONE], 1);
        service.endpoint_url = endpoint.map(str::to_owned);
        service.call("Decrypt", &json!({ "KeyId": "k" }), later(), ServiceError::of_texts).await.unwrap();
        let request = connector.requests.lock().unwrap().remove(0);
        assert_eq!((request.method(), request.uri()), ("POST", url));
        assert_eq!(request.body().bytes(), Some(br#"{"KeyId":"k"}"#.as_slice()));
        let header = |name| request.headers().get(name).unwrap();
        assert_eq!(
            (header("content-type"), header("x-amz-target"), header("x-amz-security-token")),
            ("application/x-amz-json-1.1", "TrentService.Decrypt", "the-token")
        );
        let authorization = header("authorization");
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=the-id/"), "{authorization}");
        assert!(authorization.contains("/eu-west-2/kms/aws4_request, "), "{authorization}");
    }
}

#[test]
fn an_error_code_is_read_in_all_its_forms() {
    for kind in [
        "AccessDeniedException",
        "com.amazonaws.kms#AccessDeniedException",
        "AccessDeniedException:http://internal.amazon.com/coral/com.amazon.coral.service/",
        "com.amazonaws.kms#AccessDeniedException:http://internal.amazon.com/coral/#more",
    ] {
        assert_eq!(code(json!({ "__type": kind }).to_string().as_bytes()), "AccessDeniedException", "{kind}");
    }
    for body in ["", "<html>", "[]", "{}", r#"{"__type":1}"#] {
        assert_eq!(code(body.as_bytes()), "Unknown", "{body}");
    }
}

#[test]
fn no_credentials_are_shown() {
    let shown = format!("{:?}", service(&[], 1).0);
    assert!(shown.contains("kms") && shown.contains("eu-west-2"), "{shown}");
    assert!(!shown.contains("the-"), "{shown}");
}

//! With a server on this machine. The SDK, its signer, its time limits and its parsers are the real ones.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use sign_in::call::{Carried, Language};
use sign_in::error::DialErrorKind;
use sign_in::settings::CreateSettings;

use super::*;
use crate::https::Https;

/// What the server does with one connection.
enum Reply {
    /// Answers with this status, error type and body.
    Answer(u16, &'static str, &'static str),
    /// Closes the connection.
    Close,
    /// Never answers.
    Silence,
}

/// A server that gives these replies in order, one per connection, and passes the requests on.
fn connect(replies: Vec<Reply>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for reply in replies {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut request = Vec::new();
            let mut chunk = [0; 4_096];
            while !request.ends_with(b"}") {
                match stream.read(&mut chunk) {
                    Ok(0) | Err(_) => break,
                    Ok(length) => request.extend_from_slice(&chunk[..length]),
                }
            }
            // The test may be over already, and no longer listen.
            let _ = sender.send(String::from_utf8(request).unwrap());
            match reply {
                Reply::Answer(status, error, body) => {
                    let length = body.len();
                    let _ = write!(
                        stream,
                        "HTTP/1.1 {status} X\r\nx-amzn-errortype: {error}\r\ncontent-type: application/json\r\n\
                         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                    );
                }
                Reply::Close => drop(stream),
                Reply::Silence => silent.push(stream),
            }
        }
        // The silent connections stay open.
        loop {
            std::thread::park();
        }
    });
    (url, requests)
}

fn dialer(url: &str) -> Dialer {
    let instance = "arn:aws:connect:us-east-1:123456789012:instance/instance-1";
    let settings = CreateSettings::read(&|name| {
        Some(match name {
            "OTP_KEY" => "k".repeat(32),
            "CONNECT_INSTANCE_ARN" => instance.to_owned(),
            "CONNECT_CONTACT_FLOW_ARN" => format!("{instance}/contact-flow/flow-1"),
            "CONNECT_SOURCE_PHONE_NUMBER" => "+12065550199".to_owned(),
            "AWS_ACCESS_KEY_ID" => "AKIAEXAMPLE".to_owned(),
            "AWS_SECRET_ACCESS_KEY" => "secret".to_owned(),
            "AWS_ENDPOINT_URL_CONNECT" => url.to_owned(),
            "AWS_REGION" => "us-east-1".to_owned(),
            "LEDGER_TABLE_NAME" => "ledger".to_owned(),
            _ => return None,
        })
    });
    let settings = settings.unwrap();
    let endpoint = Https::new(&settings.https).connect(&settings.connect);
    Dialer::new(settings.connect, endpoint.client())
}

async fn dial(url: &str, time: Duration) -> Result<Option<String>, DialError> {
    dial_times(url, 1, time).await.remove(0)
}

/// Dials one call `times` times.
async fn dial_times(url: &str, times: usize, time: Duration) -> Vec<Result<Option<String>, DialError>> {
    let to = PhoneNumber::parse("+12065550100").unwrap();
    let carried = Carried::Handle("sealed".to_owned());
    let speech = Speech::new(carried, Language::tagged("en-US").unwrap(), "Example", None, None);
    let dialer = dialer(url);
    let call = dialer.call(&to, speech, "token-1".to_owned());
    let mut results = Vec::new();
    for _ in 0..times {
        results.push(call.dial(Instant::now() + time).await);
    }
    results
}

const LAMBDAS_TIME: Duration = Duration::from_secs(5);

#[tokio::test]
async fn the_request_is_what_connect_wants() {
    let (url, requests) = connect(vec![Reply::Answer(200, "", r#"{"ContactId":"c"}"#)]);
    assert_eq!(dial(&url, LAMBDAS_TIME).await.unwrap().as_deref(), Some("c"));
    let request = requests.recv().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("PUT /contact/outbound-voice HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("/us-east-1/connect/aws4_request"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    let attributes = body["Attributes"].as_object().unwrap();
    assert_eq!(attributes["Handle"], "sealed");
    assert_eq!(attributes["Voice"], "Joanna");
    let expected = serde_json::json!({
        "InstanceId": "instance-1",
        "ContactFlowId": "flow-1",
        "DestinationPhoneNumber": "+12065550100",
        "SourcePhoneNumber": "+12065550199",
        "ClientToken": "token-1",
        "RingTimeoutInSeconds": 25,
        "TrafficType": "GENERAL",
        "Attributes": attributes,
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn each_error_is_of_one_kind_and_says_what_to_change() {
    use DialErrorKind::{Busy, Misconfigured, Refused, Unreachable};
    for (status, error, kind, advice) in [
        (403, "DestinationNotAllowedException", Refused, "may not call US"),
        (403, "OutboundContactNotPermittedException", Misconfigured, "enable outbound calls"),
        (429, "LimitExceededException", Busy, "Concurrent active calls per instance"),
        (429, "TooManyRequestsException", Busy, "rate of StartOutboundVoiceContact"),
        (429, "ThrottlingException", Busy, "rate of StartOutboundVoiceContact"),
        (500, "InternalServiceException", Unreachable, "AWS Health"),
        (503, "", Unreachable, "AWS Health"),
        (400, "InvalidParameterException", Misconfigured, "CONNECT_SOURCE_PHONE_NUMBER"),
        (400, "InvalidRequestException", Misconfigured, "CONNECT_CONTACT_FLOW_ARN"),
        (404, "ResourceNotFoundException", Misconfigured, "CONNECT_INSTANCE_ARN"),
        (
            403,
            "AccessDeniedException",
            Misconfigured,
            "as the template does: on arn:aws:connect:us-east-1:123456789012:instance/instance-1 and",
        ),
        (403, "AccessDeniedException", Misconfigured, "sam deploy --parameter-overrides ConnectCallResource=any"),
        (403, "UnrecognizedClientException", Misconfigured, "Common Error Types"),
        (418, "", Misconfigured, "Common Error Types"),
    ] {
        let body = r#"{"message":"about +12065550100"}"#;
        let (url, _requests) = connect(vec![Reply::Answer(status, error, body)]);
        let found = dial(&url, LAMBDAS_TIME).await.unwrap_err();
        assert_eq!((found.kind, found.may_ring), (kind, kind == Unreachable), "{error}");
        assert!(found.advice.contains(advice), "{error}: {}", found.advice);
        assert!(!format!("{found:?}").contains("2065550100"), "{found:?}");
    }
}

/// All bytes must be the same: Connect may compare the requests with one client token.
#[tokio::test]
async fn a_second_attempt_is_the_same_call() {
    let (url, requests) = connect(vec![
        Reply::Answer(500, "InternalServiceException", "{}"),
        Reply::Answer(200, "", r#"{"ContactId":"c"}"#),
    ]);
    let results = dial_times(&url, 2, LAMBDAS_TIME).await;
    assert!(results[0].is_err() && results[1].is_ok(), "{results:?}");
    let body = || requests.recv().unwrap().split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(body(), body());
}

#[tokio::test]
async fn silence_and_a_closed_connection_are_unreachable() {
    for (reply, cause) in [(Reply::Silence, "Timeout"), (Reply::Close, "Response")] {
        let (url, _requests) = connect(vec![reply]);
        let found = dial(&url, LAMBDAS_TIME).await.unwrap_err();
        assert_eq!((found.kind, &*found.cause, found.may_ring), (DialErrorKind::Unreachable, cause, true));
    }
}

#[tokio::test]
async fn the_time_that_is_left_goes_before_all_other_limits() {
    let (url, _requests) = connect(vec![Reply::Silence]);
    let found = dial(&url, Duration::from_millis(300)).await.unwrap_err();
    assert_eq!((found.kind, &*found.cause), (DialErrorKind::Unreachable, "Deadline"));
}

#[tokio::test]
async fn without_time_nothing_is_asked() {
    let found = dial("http://127.0.0.1:1", Duration::ZERO).await.unwrap_err();
    assert_eq!((found.kind, &*found.cause, found.may_ring), (DialErrorKind::Unreachable, "Deadline", false));
}

/// No call takes an hour to be placed, but the time that is left must end the wait.
#[tokio::test]
async fn a_pretended_call_takes_as_long_as_the_latest_and_ends_before_the_deadline() {
    let dialer = dialer("http://127.0.0.1:1");
    let hour = Duration::from_hours(1);
    dialer.placed(hour);
    let now = Instant::now();
    let latency = dialer.pretended_latency(u64::MAX, now + 4 * hour);
    assert!((hour..2 * hour).contains(&latency), "{latency:?}");
    let left = dialer.pretended_latency(u64::MAX, now + LAMBDAS_TIME);
    assert!(left < LAMBDAS_TIME, "{left:?}");
    assert_eq!(dialer.pretended_latency(u64::MAX, now), Duration::ZERO);
}

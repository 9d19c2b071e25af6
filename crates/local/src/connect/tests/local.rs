//! The requests under `/local/`: the list, keys, and injected faults.

use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::bench::{Bench, DESTINATION, change, config, flow, menu, request, said};
use super::handset::Handset;

#[tokio::test]
async fn lists_the_calls_to_one_number() {
    let bench = Bench::start(config(), &flow()).await;
    assert_eq!(bench.local(Method::GET, "/local/calls", "").await, (200, json!([])));
    let mut other = request();
    other["DestinationPhoneNumber"] = json!("+12065550108");
    other["ClientToken"] = json!("token-2");
    bench.start_call(&request()).await.unwrap();
    bench.start_call(&other).await.unwrap();
    for query in ["+12065550107", "%2B12065550107", "%2b12065550107"] {
        let (status, calls) = bench.local(Method::GET, &format!("/local/calls?to={query}"), "").await;
        assert_eq!(status, 200);
        assert_eq!(calls.as_array().unwrap().len(), 1, "{query}");
        assert_eq!(calls[0]["destination"], DESTINATION);
    }
    assert_eq!(bench.local(Method::GET, "/local/calls?to=%2B12065550109", "").await, (200, json!([])));
    for query in ["", "to=", "to=&x=y", "too=+12065550107"] {
        let (status, calls) = bench.local(Method::GET, &format!("/local/calls?{query}"), "").await;
        assert_eq!((status, calls.as_array().map(Vec::len)), (200, Some(2)), "{query}");
    }
    for query in ["to=12065550107", "to=a&to=b"] {
        let (status, answer) = bench.local(Method::GET, &format!("/local/calls?{query}"), "").await;
        assert_eq!((status, answer["message"].is_string()), (400, true), "{query}");
    }
}

#[tokio::test]
async fn keys_need_a_call_that_is_talking() {
    let bench = Bench::start(config(), &menu()).await;
    let contact_id = bench.start_call(&request()).await.unwrap();
    bench.until(&contact_id, |call| !said(call).is_empty()).await;
    let path = format!("/local/calls/{contact_id}/keys");
    let long = json!({ "keys": "1".repeat(33) }).to_string();
    for bad in [
        "",
        "{}",
        "4",
        "[\"4\"]",
        "{\"keys\":4}",
        "{\"keys\":\"\"}",
        "{\"keys\":\"a\"}",
        "{\"keys\":\"4\",\"x\":1}",
        &long,
    ] {
        let (status, answer) = bench.local(Method::POST, &path, bad).await;
        assert_eq!((status, answer["message"].is_string()), (400, true), "{bad}");
    }
    let keys = json!({ "keys": "4" }).to_string();
    let (status, answer) = bench.local(Method::POST, "/local/calls/unknown/keys", &keys).await;
    assert_eq!((status, answer["message"].is_string()), (404, true));
    assert_eq!(bench.local(Method::POST, &path, &keys).await.0, 200);
    bench.ended(&contact_id).await;
    let (status, answer) = bench.local(Method::POST, &path, &keys).await;
    assert_eq!((status, answer["message"].is_string()), (409, true));
    let (status, answer) = bench.local(Method::GET, &path, "").await;
    assert_eq!((status, answer["message"].is_string()), (405, true));
}

#[tokio::test(start_paused = true)]
async fn nobody_presses_keys_before_answering() {
    let handset = Handset::new(config(), &menu());
    let _page = handset.watch();
    let call = handset.call(&request());
    assert_eq!(call.until(|_| true).await["state"], "ringing");
    assert_eq!(call.try_to_press("4").await.unwrap_err().0, 409);
}

#[tokio::test]
async fn every_error_can_be_injected() {
    let bench = Bench::start(config(), &flow()).await;
    for (error, status) in [
        ("InvalidRequestException", 400),
        ("InvalidParameterException", 400),
        ("ResourceNotFoundException", 404),
        ("DestinationNotAllowedException", 403),
        ("OutboundContactNotPermittedException", 403),
        ("LimitExceededException", 429),
        ("InternalServiceException", 500),
        ("ThrottlingException", 429),
        ("TooManyRequestsException", 429),
        ("AccessDeniedException", 403),
        ("ServiceUnavailableException", 503),
        ("UnrecognizedClientException", 403),
        ("ExpiredTokenException", 403),
    ] {
        bench.order_fault(json!({ "next": 1, "error": error })).await;
        let refused = bench.start_call(&request()).await.expect_err(error);
        assert_eq!((refused.0, &*refused.1), (status, error));
        assert!(!refused.2.is_empty());
    }
    assert!(bench.calls().await.is_empty());
    assert!(bench.start_call(&request()).await.is_ok());
}

#[tokio::test]
async fn faults_are_shown_counted_and_cleared() {
    let bench = Bench::start(config(), &flow()).await;
    let shown = || bench.local(Method::GET, "/local/faults", "");
    let order = json!({ "next": 2, "error": "ThrottlingException", "delayMs": 1 });
    let none = json!({ "next": 0 });
    let nothing = json!({ "next": 0, "dynamodb": none, "kms": none, "sms": none, "lambda": none });
    assert_eq!(shown().await, (200, nothing.clone()));
    let mut ordered = order.clone();
    for service in ["dynamodb", "kms", "sms", "lambda"] {
        ordered[service] = none.clone();
    }
    assert_eq!(bench.local(Method::POST, "/local/faults", &order.to_string()).await, (200, ordered));
    assert!(bench.start_call(&request()).await.is_err());
    assert_eq!(shown().await.1["next"], 1);
    assert_eq!(bench.local(Method::DELETE, "/local/faults", "").await, (200, nothing));
    assert!(bench.start_call(&request()).await.is_ok());
    for bad in ["", "{}", "[1,\"drop\",0]", "{\"next\":1,\"error\":\"Nonsense\"}"] {
        let (status, answer) = bench.local(Method::POST, "/local/faults", bad).await;
        assert_eq!((status, answer["message"].is_string()), (400, true), "{bad}");
    }
    assert_eq!(bench.local(Method::PUT, "/local/faults", "{}").await.0, 405);
}

#[tokio::test]
async fn a_request_that_is_not_signed_uses_up_no_fault() {
    let bench = Bench::start(config(), &flow()).await;
    bench.order_fault(json!({ "next": 1, "error": "drop" })).await;
    let url = format!("{}/contact/outbound-voice", bench.endpoint);
    assert_eq!(bench.client.put(url).body("{}").send().await.unwrap().status(), 403);
    assert!(bench.try_start_call(&request()).await.is_err());
    assert!(bench.try_start_call(&request()).await.is_ok());
}

#[tokio::test]
async fn a_dropped_connection_carries_not_one_byte() {
    let bench = Bench::start(config(), &flow()).await;
    bench.order_fault(json!({ "next": 1, "error": "drop" })).await;
    let body = request().to_string();
    let request = bench.signed(Method::PUT, "/contact/outbound-voice", &body).build().unwrap();
    let address = bench.endpoint.trim_start_matches("http://");
    let header = |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}\r\n", value.to_str().unwrap());
    let headers = request.headers().iter().map(header).collect::<Vec<_>>().concat();
    let head = format!(
        "PUT /contact/outbound-voice HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Whether the connection is closed or reset is the kernel's business.
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(String::from_utf8_lossy(&answer), "");
    assert!(bench.calls().await.is_empty());
}

#[tokio::test]
async fn a_timeout_never_answers_and_calls_nobody() {
    let bench = Bench::start(config(), &flow()).await;
    bench.order_fault(json!({ "next": 1, "error": "timeout" })).await;
    let body = request().to_string();
    let waiting = tokio::spawn(bench.signed(Method::PUT, "/contact/outbound-voice", &body).send());
    // That nothing happens can't be observed. That the fault was used can.
    while bench.local(Method::GET, "/local/faults", "").await.1["next"] != 0 {
        tokio::task::yield_now().await;
    }
    assert!(bench.calls().await.is_empty());
    assert!(!waiting.is_finished());
    waiting.abort();
    assert!(bench.start_call(&request()).await.is_ok());
}

/// A lost answer: the call is placed, its client does not know, and a repeated request finds it.
#[tokio::test]
async fn an_answer_alone_can_be_lost() {
    let bench = Bench::start(config(), &flow()).await;
    for (count, error) in ["drop", "InternalServiceException"].into_iter().enumerate() {
        let mut request = request();
        request["ClientToken"] = json!(error);
        bench.order_fault(json!({ "next": 1, "error": error, "afterwards": true })).await;
        assert!(!matches!(bench.try_start_call(&request).await, Ok(Ok(_))), "{error}");
        let calls = bench.calls().await;
        assert_eq!(calls.len(), count + 1, "{error}");
        assert_eq!(bench.start_call(&request).await.unwrap(), calls[count]["contactId"], "{error}");
    }
}

/// A slow Connect and a client with a time limit: the client gives up, the call is placed nevertheless, and a repeated
/// request finds it.
#[tokio::test]
async fn a_slow_request_is_carried_out_after_its_client_has_gone() {
    let bench = Bench::start(config(), &flow()).await;
    bench.order_fault(json!({ "next": 1, "delayMs": 200 })).await;
    let mut changes = bench.connect.changes();
    let sending = tokio::spawn(bench.signed(Method::PUT, "/contact/outbound-voice", &request().to_string()).send());
    while bench.connect.faults().show().connect.next > 0 {
        tokio::task::yield_now().await;
    }
    sending.abort();
    change(&mut changes).await;
    let calls = bench.calls().await;
    assert_eq!(calls.len(), 1);
    assert_eq!(bench.start_call(&request()).await.unwrap(), calls[0]["contactId"]);
    assert_eq!(bench.calls().await.len(), 1);
}

//! The signatures that are accepted.

use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::json;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::format_description;

use super::bench::{Bench, Refused, caller, config, flow, read, request};

const PATH: &str = "/contact/outbound-voice";

async fn refused(request: reqwest::RequestBuilder) -> Refused {
    let refused = read(request.send().await.unwrap()).await.unwrap().unwrap_err();
    assert_eq!(refused.0, 403, "{refused:?}");
    refused
}

#[tokio::test]
async fn refuses_a_request_that_is_not_signed_as_it_must_be() {
    let bench = Bench::start(config(), &flow()).await;
    let body = request().to_string();
    let now = SystemTime::now();
    let sign = |change: fn(&mut super::super::Config), service: &str, time: SystemTime| {
        let mut config = config();
        change(&mut config);
        bench.signed_as(&config, service, time, Method::PUT, PATH, &body)
    };
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    for (signed, error) in [
        (sign(|config| config.callers[0].access_key_id.push('X'), "connect", now), "UnrecognizedClientException"),
        (sign(|config| config.callers[0].secret_access_key.push('X'), "connect", now), "InvalidSignatureException"),
        (
            sign(|config| config.callers[0].session_token = Some("t".to_owned()), "connect", now),
            "UnrecognizedClientException",
        ),
        (sign(|config| config.region = "eu-west-1".to_owned(), "connect", now), "InvalidSignatureException"),
        (sign(|_| (), "lambda", now), "InvalidSignatureException"),
        (sign(|_| (), "connect", now - minutes(6)), "InvalidSignatureException"),
        (sign(|_| (), "connect", now + minutes(6)), "InvalidSignatureException"),
        (sign(|_| (), "connect", now).body(format!("{body} ")), "InvalidSignatureException"),
        (sign(|_| (), "connect", now).header("x-amz-extra", "not signed"), "InvalidSignatureException"),
        (sign(|_| (), "connect", now).header("x-amz-content-sha256", "not signed"), "InvalidSignatureException"),
        (sign(|_| (), "connect", now).header("authorization", "again"), "IncompleteSignatureException"),
    ] {
        let Refused(_, name, message) = refused(signed).await;
        assert_eq!(name, error, "{message}");
    }
    let mut elsewhere = sign(|_| (), "connect", now).build().unwrap();
    elsewhere.url_mut().set_query(Some("a=b"));
    let response = bench.client.execute(elsewhere).await.unwrap();
    assert_eq!(read(response).await.unwrap().unwrap_err().1, "InvalidSignatureException");
    assert!(bench.calls().await.is_empty());
    assert!(bench.start_call(&request()).await.is_ok());
}

#[tokio::test]
async fn refuses_a_header_that_is_no_signature() {
    let bench = Bench::start(config(), &flow()).await;
    let put = || bench.client.put(format!("{}{PATH}", bench.endpoint)).body("{}");
    assert_eq!(refused(put()).await.1, "MissingAuthenticationTokenException");
    let scope = "AKIDEXAMPLE/20260101/us-east-1/connect/aws4_request";
    for header in [
        String::new(),
        "Bearer x".to_owned(),
        "AWS4-HMAC-SHA256".to_owned(),
        "AWS4-HMAC-SHA256 x".to_owned(),
        "AWS4-HMAC-SHA256 ,,=,=".to_owned(),
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host"),
        format!("AWS4-HMAC-SHA256 Credential={scope}, Signature=00"),
        "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00".to_owned(),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE, SignedHeaders=host, Signature=00".to_owned(),
        format!("AWS4-HMAC-SHA256 Credential={scope}/x, SignedHeaders=host, Signature=00"),
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00, Signature=00"),
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00, Extra=1"),
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"),
    ] {
        let name = refused(put().header("authorization", &header)).await.1;
        assert_eq!(name, "IncompleteSignatureException", "{header}");
    }
    let whole = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
    for date in ["20260102T000000", "2026-01-01T00:00:00Z", "x", "99999999T999999Z"] {
        let name = refused(put().header("authorization", &whole).header("x-amz-date", date)).await.1;
        assert_eq!(name, "IncompleteSignatureException", "{date}");
    }
    let name = refused(put().header("authorization", &whole).header("x-amz-date", "20260102T000000Z")).await.1;
    assert_eq!(name, "InvalidSignatureException");
}

#[tokio::test]
async fn a_session_token_must_be_the_right_one() {
    let mut config = config();
    config.callers[0].session_token = Some("token".to_owned());
    let bench = Bench::start(config.clone(), &flow()).await;
    assert!(bench.start_call(&request()).await.is_ok());
    for token in [None, Some("other".to_owned())] {
        config.callers[0].session_token = token;
        let body = request().to_string();
        let signed = bench.signed_as(&config, "connect", SystemTime::now(), Method::PUT, PATH, &body);
        assert_eq!(refused(signed).await.1, "UnrecognizedClientException");
    }
}

/// A signature made from AWS's description of Signature Version 4 alone, in case the library that checks it is wrong
/// in the same way as the one that made the others.
#[tokio::test]
async fn accepts_a_signature_made_by_hand() {
    let bench = Bench::start(config(), &flow()).await;
    let body = request().to_string();
    let host = bench.endpoint.trim_start_matches("http://");
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let date_time = OffsetDateTime::now_utc().format(format).unwrap();
    let date = &date_time[..8];

    let scope = format!("{date}/us-east-1/connect/aws4_request");
    let secret = format!("AWS4{}", caller().secret_access_key);
    let key =
        [date, "us-east-1", "connect", "aws4_request"].iter().fold(secret.into_bytes(), |key, part| mac(&key, part));
    let sign = |headers: &[(&str, &str)]| {
        let signed_headers: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let signed_headers = signed_headers.join(";");
        let headers: String = headers.iter().flat_map(|(name, value)| [*name, ":", *value, "\n"]).collect();
        let body_hash = hex(&Sha256::digest(&body));
        let canonical_request = format!("PUT\n{PATH}\n\n{headers}\n{signed_headers}\n{body_hash}");
        let request_hash = hex(&Sha256::digest(&canonical_request));
        let signature = hex(&mac(&key, &format!("AWS4-HMAC-SHA256\n{date_time}\n{scope}\n{request_hash}")));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope},SignedHeaders={signed_headers},Signature={signature}"
        );
        bench
            .client
            .put(format!("{}{PATH}", bench.endpoint))
            .header("content-type", "application/json")
            .header("user-agent", "by hand")
            .header("x-amz-date", &date_time)
            .header("x-amz-user-agent", "a  b")
            .header("authorization", authorization)
            .body(body.clone())
    };

    let headers = [
        ("content-type", "application/json"),
        ("host", host),
        ("user-agent", "by hand"),
        ("x-amz-date", &date_time),
        ("x-amz-user-agent", "a b"),
    ];
    let answer = read(sign(&headers).send().await.unwrap()).await.unwrap().unwrap();
    assert_eq!(answer, json!({ "ContactId": bench.calls().await[0]["contactId"] }));
    for (index, lacks) in [(1, "'host'"), (3, "'x-amz-date'"), (4, "'x-amz-user-agent'")] {
        let mut headers = headers.to_vec();
        headers.remove(index);
        let Refused(_, name, message) = refused(sign(&headers)).await;
        assert!(name == "InvalidSignatureException" && message.contains(lacks), "{name} {message}");
    }
    let mut headers = headers;
    headers[2].1 = "by another hand";
    assert_eq!(refused(sign(&headers)).await.1, "InvalidSignatureException");
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

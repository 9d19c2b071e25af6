use std::sync::Mutex;

use serde_json::{Value, json};

use super::*;
use crate::aws_json::tests::{read, signed};

const NUMBER: &str = "+12065550107";
const IDENTITY: &str = "+12065550198";

type Sent = Arc<Mutex<Vec<(String, String)>>>;

/// The stand-in, the credentials of `send-code`, and what was sent.
fn stand_in(identity: Option<&str>) -> (Sms, Credentials, Sent) {
    let (sender, sent) = (Credentials::random(), Sent::default());
    let faults = FaultInjection::new([(Service::Sms, catalogue())]);
    let outbox = Arc::clone(&sent);
    let deliver = move |number: &str, text: &str| outbox.lock().unwrap().push((number.to_owned(), text.to_owned()));
    (Sms::new(identity.map(str::to_owned), sender.clone(), faults, deliver), sender, sent)
}

fn body() -> Value {
    json!({
        "DestinationPhoneNumber": NUMBER,
        "OriginationIdentity": IDENTITY,
        "MessageBody": "Your temporary password is x",
        "MessageType": "TRANSACTIONAL",
    })
}

async fn ask(sms: &Sms, by: &Credentials, body: &Value) -> (u16, Value) {
    read(sms.answer(signed(&API, "sms-voice", by, "SendTextMessage", body)).await).await
}

#[tokio::test]
async fn a_text_message_is_handed_over() {
    let (sms, sender, sent) = stand_in(Some(IDENTITY));
    let (status, answer) = ask(&sms, &sender, &body()).await;
    assert_eq!((status, answer["MessageId"].is_string()), (200, true), "{answer}");
    assert_eq!(*sent.lock().unwrap(), [(NUMBER.to_owned(), "Your temporary password is x".to_owned())]);
}

#[tokio::test]
async fn what_is_not_right_is_not_sent() {
    let (sms, sender, sent) = stand_in(Some(IDENTITY));
    for (member, value, expected) in [
        ("DestinationPhoneNumber", json!("12"), "ok"),
        ("DestinationPhoneNumber", json!("+1"), "ValidationException"),
        ("DestinationPhoneNumber", json!("+02065550107"), "ValidationException"),
        ("DestinationPhoneNumber", json!("ann"), "ValidationException"),
        ("DestinationPhoneNumber", Value::Null, "SerializationException"),
        ("OriginationIdentity", json!("+12065550197"), "ResourceNotFoundException"),
        ("OriginationIdentity", Value::Null, "ResourceNotFoundException"),
        ("MessageBody", json!(" "), "ValidationException"),
        ("MessageBody", json!("x".repeat(MAX_TEXT + 1)), "ValidationException"),
        ("MessageType", json!("URGENT"), "ValidationException"),
        ("Keyword", json!("x"), "SerializationException"),
    ] {
        let mut body = body();
        body[member] = value.clone();
        let (status, answer) = ask(&sms, &sender, &body).await;
        let kind = answer["__type"].as_str().unwrap_or("ok");
        assert_eq!((kind, status == 200), (expected, expected == "ok"), "{member} {value}");
    }
    assert_eq!(sent.lock().unwrap().len(), 1);
    let (status, answer) = ask(&sms, &Credentials::random(), &body()).await;
    assert_eq!((status, &answer["__type"]), (400, &json!("UnrecognizedClientException")));
}

#[tokio::test]
async fn without_an_identity_the_role_may_send_nothing() {
    let (sms, sender, sent) = stand_in(None);
    let (status, answer) = ask(&sms, &sender, &body()).await;
    assert_eq!((status, &answer["__type"]), (400, &json!("AccessDeniedException")));
    assert!(answer["message"].as_str().unwrap().contains("assumed-role/send-code/send-code"), "{answer}");
    let (_, answer) = ask(&sms, &Credentials::operator(), &body()).await;
    assert_eq!(answer["__type"], "ResourceNotFoundException");
    assert!(sent.lock().unwrap().is_empty());
}

//! The API: for each rule, a request that breaks only that one.

use reqwest::Method;
use serde_json::{Value, json};

use super::bench::{Bench, DESTINATION, FLOW, INSTANCE, QUEUE, QUEUE_NUMBER, SOURCE, config, flow, read, request};

/// The request with one member replaced, or taken out by null.
fn with(name: &str, value: Value) -> Value {
    let mut request = request();
    request[name] = value;
    request
}

fn token(request: &Value, token: &str) -> Value {
    let mut request = request.clone();
    request["ClientToken"] = json!(token);
    request
}

#[tokio::test]
async fn refuses_each_breach_of_the_model() {
    let long = |length: usize| json!("x".repeat(length));
    let bench = Bench::start(config(), &flow()).await;
    for (name, value, status, error) in [
        ("InstanceId", Value::Null, 400, "InvalidRequestException"),
        ("InstanceId", json!(""), 400, "InvalidParameterException"),
        ("InstanceId", long(101), 400, "InvalidParameterException"),
        ("InstanceId", json!("00000000-0000-4000-8000-000000000000"), 404, "ResourceNotFoundException"),
        ("InstanceId", json!(5), 400, "SerializationException"),
        ("ContactFlowId", Value::Null, 400, "InvalidRequestException"),
        ("ContactFlowId", long(501), 400, "InvalidParameterException"),
        ("ContactFlowId", json!(INSTANCE), 404, "ResourceNotFoundException"),
        ("DestinationPhoneNumber", Value::Null, 400, "InvalidRequestException"),
        ("DestinationPhoneNumber", json!("2065550107"), 400, "InvalidParameterException"),
        ("DestinationPhoneNumber", json!("+0206555010"), 400, "InvalidParameterException"),
        ("DestinationPhoneNumber", json!("+1234567890123456"), 400, "InvalidParameterException"),
        ("SourcePhoneNumber", json!("206-555-0100"), 400, "InvalidParameterException"),
        ("SourcePhoneNumber", json!("+12065550199"), 400, "InvalidParameterException"),
        ("SourcePhoneNumber", Value::Null, 400, "InvalidRequestException"),
        ("QueueId", json!("no-queue"), 404, "ResourceNotFoundException"),
        ("Attributes", json!({ "a b": "c" }), 400, "InvalidParameterException"),
        ("Attributes", json!({ "": "c" }), 400, "InvalidParameterException"),
        ("Attributes", json!({ "a": 5 }), 400, "SerializationException"),
        ("Attributes", json!({ "ab": "x".repeat(32_767) }), 400, "InvalidParameterException"),
        ("ClientToken", long(501), 400, "InvalidParameterException"),
        ("Name", long(1_025), 400, "InvalidParameterException"),
        ("Description", long(4_097), 400, "InvalidParameterException"),
        ("References", json!({ "a": { "Type": "ATTACHMENT", "Value": "b" } }), 400, "InvalidParameterException"),
        ("References", json!({ "a": { "Value": "b" } }), 400, "InvalidRequestException"),
        ("References", json!({ "a": ["URL", "b"] }), 400, "SerializationException"),
        ("References", json!({ "a": { "Type": "URL", "Value": "x".repeat(4_096) } }), 400, "InvalidParameterException"),
        ("RelatedContactId", json!(""), 400, "InvalidParameterException"),
        ("RelatedContactId", long(257), 400, "InvalidParameterException"),
        ("RelatedContactId", json!("no-contact"), 404, "ResourceNotFoundException"),
        ("TrafficType", json!("general"), 400, "InvalidParameterException"),
        ("TrafficType", json!("CAMPAIGN"), 403, "OutboundContactNotPermittedException"),
        (
            "AnswerMachineDetectionConfig",
            json!({ "EnableAnswerMachineDetection": true }),
            400,
            "InvalidRequestException",
        ),
        ("CampaignId", json!(""), 400, "InvalidParameterException"),
        ("CampaignId", long(101), 400, "InvalidParameterException"),
        ("OutboundStrategy", json!({}), 400, "InvalidRequestException"),
        ("OutboundStrategy", json!({ "Type": "FIRST" }), 400, "InvalidParameterException"),
        (
            "OutboundStrategy",
            json!({ "Type": "AGENT_FIRST", "Config": { "AgentFirst": { "Preview": {} } } }),
            403,
            "AccessDeniedException",
        ),
        ("RingTimeoutInSeconds", json!(14), 400, "InvalidParameterException"),
        ("RingTimeoutInSeconds", json!(61), 400, "InvalidParameterException"),
        ("RingTimeoutInSeconds", json!(-1), 400, "InvalidParameterException"),
        ("RingTimeoutInSeconds", json!(15.5), 400, "SerializationException"),
        ("RingTimeoutInSeconds", json!("30"), 400, "SerializationException"),
    ] {
        let refused = bench.start_call(&with(name, value.clone())).await.expect_err(name);
        assert_eq!((refused.0, &*refused.1), (status, error), "{name} {value} {}", refused.2);
    }
    assert!(bench.calls().await.is_empty());
}

#[tokio::test]
async fn accepts_what_the_model_allows() {
    let bench = Bench::start(config(), &flow()).await;
    for (index, (name, value)) in [
        ("Unknown", json!({ "member": [1, 2] })),
        ("DestinationPhoneNumber", json!("+441632960001")),
        ("Attributes", json!({ "a": "x".repeat(32_767) })),
        ("Attributes", Value::Null),
        ("ClientToken", Value::Null),
        ("Name", json!("é".repeat(1_024))),
        ("Description", json!("x".repeat(4_096))),
        ("References", json!({ "a": { "Type": "URL", "Value": "https://example.com" } })),
        ("TrafficType", Value::Null),
        ("CampaignId", json!("a")),
        ("OutboundStrategy", json!({ "Type": "AGENT_FIRST" })),
        ("RingTimeoutInSeconds", json!(15)),
        ("RingTimeoutInSeconds", json!(60)),
        ("RingTimeoutInSeconds", Value::Null),
        ("QueueId", json!(QUEUE)),
    ]
    .into_iter()
    .enumerate()
    {
        let request = token(&with(name, value), &format!("token {index}"));
        let answer = bench.start_call(&request).await;
        assert!(answer.is_ok(), "{name} {answer:?}");
    }
}

#[tokio::test]
async fn shows_the_call_as_it_was_asked_for() {
    let bench = Bench::start(config(), &flow()).await;
    let first = bench.start_call(&request()).await.unwrap();
    let mut by_queue = token(&with("QueueId", json!(QUEUE)), "token-2");
    by_queue["SourcePhoneNumber"] = Value::Null;
    let second = bench.start_call(&by_queue).await.unwrap();
    bench.ended(&second).await;
    bench.ended(&first).await;
    let calls = bench.calls().await;
    assert_eq!(calls.len(), 2);
    assert_eq!((&calls[0]["contactId"], &calls[1]["contactId"]), (&json!(first), &json!(second)));
    assert_eq!((&calls[0]["source"], &calls[1]["source"]), (&json!(SOURCE), &json!(QUEUE_NUMBER)));
    assert_eq!(calls[0]["destination"], DESTINATION);
    assert_eq!(calls[0]["clientToken"], "token-1");
    let started_at = calls[0]["startedAt"].as_str().unwrap();
    assert_eq!((started_at.len(), started_at.ends_with('Z')), (24, true), "{started_at}");
    assert!(started_at <= calls[0]["transcript"][0]["at"].as_str().unwrap());
    assert_eq!(bench.connect.calls_to(DESTINATION).len(), 2);
}

#[tokio::test]
async fn one_client_token_is_one_call() {
    let bench = Bench::start(config(), &flow()).await;
    let first = bench.start_call(&request()).await.unwrap();
    assert_eq!(bench.start_call(&request()).await.unwrap(), first);
    bench.ended(&first).await;
    assert_eq!(bench.start_call(&request()).await.unwrap(), first);
    assert_ne!(bench.start_call(&token(&request(), "Token-1")).await.unwrap(), first);
    assert_eq!(bench.calls().await.len(), 2);
    // A token does not bypass the rules.
    assert!(bench.start_call(&with("RingTimeoutInSeconds", json!(5))).await.is_err());
}

#[tokio::test]
async fn a_related_contact_lends_its_attributes() {
    let bench = Bench::start(config(), &flow()).await;
    let first = bench.start_call(&request()).await.unwrap();
    bench.ended(&first).await;
    let mut second = token(&with("RelatedContactId", json!(first)), "token-2");
    second["Attributes"] = json!({ "VoiceMFA": "1, 2, 3, 4" });
    let second = bench.start_call(&second).await.unwrap();
    let call = bench.ended(&second).await;
    assert_eq!(call["attributes"]["Brand"], "Acme");
    assert_eq!(call["transcript"][1]["says"], "Your sign in code is 1, 2, 3, 4.");
}

#[tokio::test]
async fn attributes_can_be_blanked_after_the_call() {
    let bench = Bench::start(config(), &flow()).await;
    let contact_id = bench.start_call(&with("ContactFlowId", json!(FLOW))).await.unwrap();
    bench.ended(&contact_id).await;
    let update = json!({ "InstanceId": INSTANCE, "InitialContactId": contact_id, "Attributes": { "Brand": "" } });
    assert_eq!(bench.update_attributes(&update).await.unwrap(), json!({}));
    assert_eq!(bench.calls().await[0]["attributes"], json!({ "Brand": "", "VoiceMFA": "" }));

    for (name, value, status, error) in [
        ("InstanceId", Value::Null, 400, "InvalidRequestException"),
        ("InstanceId", json!("other"), 404, "ResourceNotFoundException"),
        ("InitialContactId", Value::Null, 400, "InvalidRequestException"),
        ("InitialContactId", json!("other"), 404, "ResourceNotFoundException"),
        ("InitialContactId", json!("x".repeat(257)), 400, "InvalidParameterException"),
        ("Attributes", Value::Null, 400, "InvalidRequestException"),
        ("Attributes", json!({ "a b": "" }), 400, "InvalidParameterException"),
        ("Attributes", json!({ "a": "x".repeat(32_767) }), 400, "InvalidRequestException"),
    ] {
        let mut update = update.clone();
        update[name] = value.clone();
        let refused = bench.update_attributes(&update).await.unwrap_err();
        assert_eq!((refused.0, &*refused.1), (status, error), "{name} {value} {}", refused.2);
    }
    assert_eq!(bench.calls().await[0]["attributes"], json!({ "Brand": "", "VoiceMFA": "" }));
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_long_is_an_error() {
    let bench = Bench::start(config(), &flow()).await;
    let deep = "[".repeat(100_000);
    for body in ["", "{", "[]", "null", "\u{0}", "{\"InstanceId\":\"a\",\"InstanceId\":\"b\"}", &deep] {
        let request = bench.signed(Method::PUT, "/contact/outbound-voice", body);
        let refused = read(request.send().await.unwrap()).await.unwrap().unwrap_err();
        assert_eq!((refused.0, &*refused.1), (400, "SerializationException"), "{}", refused.2);
    }
    let request = bench.signed(Method::PUT, "/contact/outbound-voice", &"x".repeat(600_000));
    // The server may close the connection before it has read all of it.
    if let Ok(response) = request.send().await {
        assert_eq!(response.status(), 413);
    }
}

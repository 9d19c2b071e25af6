//! A stand-in on a socket, and a client that signs.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use super::super::{Config, Connect, Flow, catalogue, invocations_catalogue};
use crate::credentials::Credentials;
use crate::faults::{FaultInjection, Service};
use crate::lambda::Invoker;

pub(super) const INSTANCE: &str = "11111111-2222-4333-8444-555555555555";
pub(super) const INSTANCE_ARN: &str =
    "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-4333-8444-555555555555";
pub(super) const FLOW: &str = "66666666-7777-4888-8999-000000000000";
pub(super) const QUEUE: &str = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
pub(super) const SOURCE: &str = "+12065550100";
pub(super) const QUEUE_NUMBER: &str = "+12065550101";
pub(super) const DESTINATION: &str = "+12065550107";

/// The words of the flow that `template` has, with the digits that the tests use.
pub(super) const GREETING: &str = "Hello. This is an automated call from Acme.";
pub(super) const CODE: &str = "Your sign in code is 4, 7, 1, 9, 0, 2.";

pub(super) struct Bench {
    pub(super) connect: Connect,
    pub(super) endpoint: String,
    pub(super) client: reqwest::Client,
}

/// The configuration of a stand-in that answers and speaks without delay.
pub(super) fn config() -> Config {
    Config {
        region: "us-east-1".to_owned(),
        instance_id: INSTANCE.to_owned(),
        instance_arn: INSTANCE_ARN.to_owned(),
        flow_id: FLOW.to_owned(),
        source_numbers: vec![SOURCE.to_owned()],
        queues: BTreeMap::from([(QUEUE.to_owned(), QUEUE_NUMBER.to_owned())]),
        callers: vec![caller()],
        answer_after: Duration::ZERO,
        press_after: Duration::ZERO,
        word: Duration::ZERO,
    }
}

/// Who may place calls.
pub(super) fn caller() -> Credentials {
    Credentials {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
        session_token: None,
    }
}

/// A stand-in whose flow invokes these functions.
pub(super) fn stand_in(config: Config, flow: Flow, functions: Invoker) -> Connect {
    let catalogues = [(Service::Connect, catalogue()), (Service::Lambda, invocations_catalogue())];
    Connect::new(config, flow, functions, FaultInjection::new(catalogues))
}

/// For a flow that invokes none.
pub(super) fn no_functions() -> Invoker {
    Invoker::new(|function, _| async move { panic!("{function} is invoked") })
}

impl Bench {
    pub(super) async fn start(config: Config, flow: &Value) -> Self {
        let flow = Flow::from_content(&flow.to_string()).expect("the flow of a test is right");
        Self::serve(stand_in(config, flow, no_functions())).await
    }

    pub(super) async fn serve(connect: Connect) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let router = connect.router().merge(connect.faults().router());
        tokio::spawn(async move { axum::serve(listener, router).await });
        // Without a proxy, whatever the machine's environment names.
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { connect, endpoint, client }
    }

    /// Signs with the stand-in's own key, now.
    pub(super) fn signed(&self, method: Method, path: &str, body: &str) -> RequestBuilder {
        self.signed_as(self.connect.config(), "connect", SystemTime::now(), method, path, body)
    }

    pub(super) fn signed_as(
        &self,
        config: &Config,
        service: &str,
        time: SystemTime,
        method: Method,
        path: &str,
        body: &str,
    ) -> RequestBuilder {
        let url = format!("{}{path}", self.endpoint);
        let identity = config.callers[0].clone().for_sdk().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&config.region)
            .name(service)
            .time(time)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = [("content-type", "application/json")];
        let body_to_sign = SignableBody::Bytes(body.as_bytes());
        let request = SignableRequest::new(method.as_str(), &url, headers.into_iter(), body_to_sign).unwrap();
        let (instructions, _) = sign(request, &params).unwrap().into_parts();
        let request = self.client.request(method, &url).header("content-type", "application/json");
        instructions.headers().fold(request, |request, (name, value)| request.header(name, value)).body(body.to_owned())
    }

    /// A request to `/local/`: status and JSON.
    pub(super) async fn local(&self, method: Method, path: &str, body: &str) -> (u16, Value) {
        let url = format!("{}{path}", self.endpoint);
        let response = self.client.request(method, url).body(body.to_owned()).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(super) async fn calls(&self) -> Vec<Value> {
        let (status, calls) = self.local(Method::GET, "/local/calls", "").await;
        assert_eq!(status, 200);
        serde_json::from_value(calls).unwrap()
    }

    pub(super) async fn order_fault(&self, order: Value) {
        let (status, answer) = self.local(Method::POST, "/local/faults", &order.to_string()).await;
        assert_eq!(status, 200, "{answer}");
    }

    pub(super) async fn start_call(&self, request: &Value) -> Result<String, Refused> {
        let answer = self.try_start_call(request).await.expect("Connect answers");
        answer.map(|body| body["ContactId"].as_str().expect("an answer has a ContactId").to_owned())
    }

    pub(super) async fn try_start_call(&self, request: &Value) -> reqwest::Result<Result<Value, Refused>> {
        let request = self.signed(Method::PUT, "/contact/outbound-voice", &request.to_string());
        read(request.send().await?).await
    }

    pub(super) async fn update_attributes(&self, request: &Value) -> Result<Value, Refused> {
        let request = self.signed(Method::POST, "/contact/attributes", &request.to_string());
        read(request.send().await.unwrap()).await.unwrap()
    }

    /// Waits until a condition holds for the call, and returns it as a client sees it.
    pub(super) async fn until(&self, contact_id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut changes = self.connect.changes();
        loop {
            let call = self.connect.calls().find(contact_id).map(|entry| json!(entry.call)).unwrap();
            if wanted(&call) {
                return call;
            }
            change(&mut changes).await;
        }
    }

    pub(super) async fn ended(&self, contact_id: &str) -> Value {
        self.until(contact_id, |call| call["state"] == "ended").await
    }
}

/// Waits for a change. The limit only makes a hanging test fail.
pub(super) async fn change(changes: &mut watch::Receiver<()>) {
    timeout(Duration::from_mins(1), changes.changed()).await.expect("something changes").unwrap();
}

/// Connect's own member, and the one that all errors of the stack have.
fn message(body: &Value) -> String {
    assert_eq!(body["message"], body["Message"]);
    body["Message"].as_str().unwrap().to_owned()
}

/// What an SDK reads from an error: status, `x-amzn-errortype`, `Message`.
#[derive(Debug, PartialEq)]
pub(super) struct Refused(pub(super) u16, pub(super) String, pub(super) String);

pub(super) async fn read(response: Response) -> reqwest::Result<Result<Value, Refused>> {
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    assert!(header("x-amzn-requestid").is_some());
    let error_type = header("x-amzn-errortype");
    let body: Value = response.json().await?;
    Ok(match error_type {
        None if status == 200 => Ok(body),
        error_type => Err(Refused(status, error_type.unwrap(), message(&body))),
    })
}

/// A request with no fault in it.
pub(super) fn request() -> Value {
    json!({
        "InstanceId": INSTANCE,
        "ContactFlowId": FLOW,
        "DestinationPhoneNumber": DESTINATION,
        "SourcePhoneNumber": SOURCE,
        "Attributes": { "VoiceMFA": "4, 7, 1, 9, 0, 2", "Brand": "Acme" },
        "ClientToken": "token-1",
        "RingTimeoutInSeconds": 30,
        "TrafficType": "GENERAL",
    })
}

#[expect(clippy::needless_pass_by_value, reason = "so that flows can be written down without a hundred ampersands")]
pub(super) fn action(identifier: &str, kind: &str, parameters: Value, transitions: Value) -> Value {
    json!({ "Identifier": identifier, "Type": kind, "Parameters": parameters, "Transitions": transitions })
}

pub(super) fn on_error(next: &str) -> Value {
    json!([{ "ErrorType": "NoMatchingError", "NextAction": next }])
}

pub(super) fn when(operand: &str, next: &str) -> Value {
    json!({ "NextAction": next, "Condition": { "Operator": "Equals", "Operands": [operand] } })
}

/// A flow like the one that is deployed: who calls, the code three times, the code blanked.
pub(super) fn flow() -> Value {
    json!({
        "Version": "2019-10-30",
        "StartAction": "quiet-log",
        "Metadata": { "entryPointPosition": { "x": 40, "y": 40 } },
        "Actions": [
            action("quiet-log", "UpdateFlowLoggingBehavior", json!({ "FlowLoggingBehavior": "Disabled" }),
                json!({ "NextAction": "pick-voice" })),
            action("pick-voice", "UpdateContactTextToSpeechVoice",
                json!({ "TextToSpeechVoice": "Joanna", "TextToSpeechEngine": "Neural", "TextToSpeechStyle": "None" }),
                json!({ "NextAction": "greet", "Errors": on_error("greet") })),
            action("greet", "MessageParticipant",
                json!({ "SSML": "<speak>Hello. This is an automated call from \
                    $.Attributes.Brand.<break time=\"600ms\"/></speak>" }),
                json!({ "NextAction": "three-times", "Errors": on_error("three-times") })),
            action("three-times", "Loop", json!({ "LoopCount": "3" }),
                json!({
                    "NextAction": "blank",
                    "Conditions": [when("ContinueLooping", "say-code"), when("DoneLooping", "blank")],
                    "Errors": on_error("blank"),
                })),
            action("say-code", "MessageParticipant",
                json!({ "SSML": "<speak>Your sign in code is <prosody rate=\"slow\">$.Attributes.VoiceMFA</prosody>.\
                    <break time=\"1500ms\"/></speak>" }),
                json!({ "NextAction": "three-times", "Errors": on_error("blank") })),
            action("blank", "UpdateContactAttributes",
                json!({ "Attributes": { "VoiceMFA": "" }, "TargetContact": "Current" }),
                json!({ "NextAction": "hang-up", "Errors": on_error("hang-up") })),
            action("hang-up", "DisconnectParticipant", json!({}), json!({})),
        ],
    })
}

/// A flow that asks for the key 4.
pub(super) fn menu() -> Value {
    let say = |name: &str| action(name, "MessageParticipant", json!({ "Text": name }), json!({ "NextAction": "bye" }));
    json!({
        "Version": "2019-10-30",
        "StartAction": "ask",
        "Actions": [
            action("ask", "GetParticipantInput",
                json!({ "Text": "Press 4.", "StoreInput": "False", "InputTimeLimitSeconds": "180" }),
                json!({
                    "Conditions": [when("4", "right")],
                    "Errors": [
                        { "ErrorType": "NoMatchingCondition", "NextAction": "wrong" },
                        { "ErrorType": "InputTimeLimitExceeded", "NextAction": "late" },
                        { "ErrorType": "NoMatchingError", "NextAction": "bye" },
                    ],
                })),
            say("right"),
            say("wrong"),
            say("late"),
            action("bye", "DisconnectParticipant", json!({}), json!({})),
        ],
    })
}

/// What was said in a call.
pub(super) fn said(call: &Value) -> Vec<&str> {
    call["transcript"].as_array().unwrap().iter().filter_map(|line| line["says"].as_str()).collect()
}

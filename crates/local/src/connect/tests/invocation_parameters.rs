//! `InvokeLambdaFunction` as Connect takes it in a flow, and as it doesn't.

use serde_json::{Value, json};

use super::super::Flow;
use super::bench::{action, on_error, when};
use crate::lambda::Function;

fn read(parameters: &Value, transitions: &Value) -> Result<Flow, String> {
    let flow = json!({
        "Version": "2019-10-30",
        "StartAction": "invoke",
        "Actions": [
            action("invoke", "InvokeLambdaFunction", parameters.clone(), transitions.clone()),
            action("bye", "DisconnectParticipant", json!({}), json!({})),
        ],
    });
    Flow::from_content(&flow.to_string()).map_err(|error| error.to_string())
}

fn parameters() -> Value {
    json!({
        "LambdaFunctionARN": Function::SpeakCode.arn(),
        "InvocationTimeLimitSeconds": "8",
        "InvocationType": "SYNCHRONOUS",
        "LambdaInvocationAttributes": { "handle": "$.Attributes.Handle" },
        "ResponseValidation": { "ResponseType": "JSON" },
    })
}

/// The parameters with one replaced, or taken out by null.
fn with(name: &str, value: Value) -> Value {
    let mut parameters = parameters();
    if value.is_null() {
        parameters.as_object_mut().unwrap().remove(name);
    } else {
        parameters[name] = value;
    }
    parameters
}

fn transitions() -> Value {
    json!({ "NextAction": "bye", "Errors": on_error("bye") })
}

#[test]
fn takes_what_connect_takes() {
    let deployed = "arn:aws:lambda:eu-west-1:111122223333:function:voice-SpeakCode-a1B2c3D4e5F6";
    for parameters in [
        parameters(),
        with("InvocationTimeLimitSeconds", json!("1")),
        with("InvocationType", Value::Null),
        with("ResponseValidation", Value::Null),
        with("ResponseValidation", json!({ "ResponseType": "STRING_MAP" })),
        with("LambdaInvocationAttributes", Value::Null),
        with("LambdaInvocationAttributes", json!({ "a": "plain", "b": "$.FlowAttributes.b", "c": "$.External.c" })),
        with("LambdaFunctionARN", json!(deployed)),
        with("LambdaFunctionARN", json!(format!("{deployed}:live"))),
    ] {
        let flow = read(&parameters, &transitions());
        assert!(flow.is_ok_and(|flow| flow.asks_for_the_code()), "{parameters}");
    }
}

#[test]
fn refuses_parameters_that_connect_would_refuse_or_that_are_not_built() {
    let arn = |name: &str| json!(format!("arn:aws:lambda:us-east-1:123456789012:function:{name}"));
    for (name, value, expected) in [
        ("LambdaFunctionARN", Value::Null, "LambdaFunctionARN"),
        ("LambdaFunctionARN", json!(""), "whole ARN"),
        ("LambdaFunctionARN", json!("speak-code"), "whole ARN"),
        ("LambdaFunctionARN", json!("$.Attributes.Function"), "whole ARN"),
        ("LambdaFunctionARN", json!("${SpeakCode.Arn}"), "whole ARN"),
        ("LambdaFunctionARN", json!("arn:aws:s3:::SpeakCode"), "whole ARN"),
        ("LambdaFunctionARN", arn("create-challenge"), "no function create-challenge"),
        ("LambdaFunctionARN", arn("another"), "no function another"),
        ("InvocationTimeLimitSeconds", Value::Null, "InvocationTimeLimitSeconds"),
        ("InvocationTimeLimitSeconds", json!("0"), "\"1\" to \"8\""),
        ("InvocationTimeLimitSeconds", json!("9"), "\"1\" to \"8\""),
        ("InvocationTimeLimitSeconds", json!("-1"), "\"1\" to \"8\""),
        ("InvocationTimeLimitSeconds", json!("1.5"), "\"1\" to \"8\""),
        ("InvocationTimeLimitSeconds", json!("$.Attributes.n"), "\"1\" to \"8\""),
        ("InvocationTimeLimitSeconds", json!(8), "Parameters"),
        ("InvocationType", json!("ASYNCHRONOUS"), "ASYNCHRONOUS is not built here"),
        ("InvocationType", json!("synchronous"), "SYNCHRONOUS or"),
        ("LambdaInvocationAttributes", json!({ "a": 5 }), "Parameters"),
        ("LambdaInvocationAttributes", json!({ "a": { "b": "c" } }), "Parameters"),
        ("LambdaInvocationAttributes", json!(["a"]), "Parameters"),
        ("LambdaInvocationAttributes", json!({ "a": "x $.Attributes.b" }), "not a mix"),
        ("LambdaInvocationAttributes", json!({ "a": "$.Queue.Name" }), "no reference"),
        ("LambdaInvocationAttributes", json!({ "": "a" }), "plain text"),
        ("LambdaInvocationAttributes", json!({ "$.Attributes.a": "a" }), "plain text"),
        ("ResponseValidation", json!({}), "Parameters"),
        ("ResponseValidation", json!({ "ResponseType": "XML" }), "ResponseType must be STRING_MAP or JSON"),
        ("ResponseValidation", json!({ "ResponseType": "JSON", "X": "" }), "Parameters"),
        ("Qualifier", json!("live"), "Parameters"),
    ] {
        let fault = read(&with(name, value.clone()), &transitions()).unwrap_err();
        assert!(fault.contains("action invoke") && fault.contains(expected), "{name} {value}\n{fault}");
    }
}

#[test]
fn refuses_transitions_that_connect_would_refuse() {
    for (transitions, expected) in [
        (json!({ "Errors": on_error("bye") }), "NextAction"),
        (json!({ "NextAction": "bye" }), "NoMatchingError"),
        (
            json!({ "NextAction": "bye", "Errors": [{ "ErrorType": "Timeout", "NextAction": "bye" }] }),
            "NoMatchingError",
        ),
        (json!({ "NextAction": "bye", "Errors": on_error("bye"), "Conditions": [when("a", "bye")] }), "can't take"),
    ] {
        let fault = read(&parameters(), &transitions).unwrap_err();
        assert!(fault.contains("action invoke") && fault.contains(expected), "{transitions}\n{fault}");
    }
}

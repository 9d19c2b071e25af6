//! Flow attributes and comparisons.

use serde_json::{Value, json};

use super::super::Flow;
use super::bench::{action, config, on_error, request, said, when};
use super::handset::Handset;

/// An action first, then the word of the branch that was taken and what `say` has.
fn flow(kind: &str, parameters: Value, transitions: Value, say: &str) -> Value {
    let word = |name: &str| action(name, "MessageParticipant", json!({ "Text": name }), json!({ "NextAction": "say" }));
    json!({
        "Version": "2019-10-30",
        "StartAction": "start",
        "Actions": [
            action("start", kind, parameters, transitions),
            word("yes"),
            word("no"),
            action("say", "MessageParticipant", json!({ "Text": say }),
                json!({ "NextAction": "bye", "Errors": on_error("bye") })),
            action("bye", "DisconnectParticipant", json!({}), json!({})),
        ],
    })
}

fn compared() -> Value {
    json!({ "NextAction": "no", "Conditions": [when("Acme", "yes")],
        "Errors": [{ "ErrorType": "NoMatchingCondition", "NextAction": "no" }] })
}

fn kept() -> Value {
    json!({ "NextAction": "yes", "Errors": on_error("no") })
}

fn fault(kind: &str, parameters: Value, transitions: &Value) -> String {
    let flow = flow(kind, parameters, transitions.clone(), "x");
    Flow::from_content(&flow.to_string()).expect_err("the flow has a fault").to_string()
}

#[tokio::test(start_paused = true)]
async fn equal_is_what_is_the_same_letter_by_letter() {
    for (brand, branch) in
        [(json!("Acme"), "yes"), (json!("acme"), "no"), (json!("Acme "), "no"), (json!(""), "no"), (Value::Null, "no")]
    {
        let mut request = request();
        if brand.is_null() {
            request["Attributes"] = json!({});
        } else {
            request["Attributes"]["Brand"] = brand.clone();
        }
        let flow = flow("Compare", json!({ "ComparisonValue": "$.Attributes.Brand" }), compared(), "x");
        assert_eq!(said(&Handset::new(config(), &flow).call(&request).ended().await), [branch, "x"], "{brand}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_comparison_takes_the_branch_of_what_is_equal() {
    let mut transitions = compared();
    transitions["Conditions"] = json!([when("x", "no"), when("Acme", "yes"), when("Acm", "no")]);
    transitions.as_object_mut().unwrap().remove("NextAction");
    for value in ["$.Attributes.Brand", "$.Attributes['Brand']"] {
        let flow = flow("Compare", json!({ "ComparisonValue": value }), transitions.clone(), "x");
        assert_eq!(said(&Handset::new(config(), &flow).call(&request()).ended().await), ["yes", "x"], "{value}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_flow_compares_what_it_keeps_itself() {
    let parameters = json!({ "FlowAttributes": { "a": { "Value": "$.Attributes.Brand" } } });
    let mut flow =
        flow("UpdateFlowAttributes", parameters, json!({ "NextAction": "is", "Errors": on_error("no") }), "x");
    let is = action("is", "Compare", json!({ "ComparisonValue": "$.FlowAttributes.a" }), compared());
    flow["Actions"].as_array_mut().unwrap().push(is);
    assert_eq!(said(&Handset::new(config(), &flow).call(&request()).ended().await), ["yes", "x"]);
}

#[tokio::test(start_paused = true)]
async fn a_flow_keeps_all_of_its_attributes_or_none() {
    let long = json!({ "Value": "$.Attributes.long" });
    for (second, branch) in [
        (json!({ "Value": "plain" }), &["yes", "Acme"][..]),
        (json!({ "Value": "$.FlowAttributes.a" }), &["no"]),
        (json!({ "Value": "$.Attributes.missing" }), &["no"]),
        (long.clone(), &["yes", "Acme"]),
    ] {
        let attributes =
            json!({ "FlowAttributes": { "a": { "Value": "$.Attributes.Brand" }, "b": second, "c": long } });
        let flow = flow("UpdateFlowAttributes", attributes, kept(), "$.FlowAttributes.a");
        let mut request = request();
        request["Attributes"]["long"] = json!("x".repeat(1_000));
        let call = Handset::new(config(), &flow).call(&request).ended().await;
        assert_eq!((said(&call), &call["attributes"]), (branch.to_vec(), &request["Attributes"]), "{second}");
    }
    // 32,768 bytes are the most.
    let attributes = json!({ "FlowAttributes": { "a": { "Value": "x" }, "b": long, "c": long } });
    let flow = flow("UpdateFlowAttributes", attributes, kept(), "$.FlowAttributes.a");
    let mut request = request();
    request["Attributes"]["long"] = json!("x".repeat(17_000));
    assert_eq!(said(&Handset::new(config(), &flow).call(&request).ended().await), ["no"]);
}

#[test]
fn refuses_comparisons_that_are_not_as_connect_wants_them() {
    let value = json!({ "ComparisonValue": "$.Attributes.Brand" });
    for (parameters, expected) in [
        (json!({}), "Parameters"),
        (json!({ "ComparisonValue": 5 }), "Parameters"),
        (json!({ "ComparisonValue": "$.Attributes.a", "X": "" }), "Parameters"),
        (json!({ "ComparisonValue": "" }), "one reference"),
        (json!({ "ComparisonValue": "plain" }), "one reference"),
        (json!({ "ComparisonValue": "$.Attributes.a " }), "one reference"),
        (json!({ "ComparisonValue": "$.Attributes.a$.Attributes.b" }), "one reference"),
        (json!({ "ComparisonValue": "$.Media.a" }), "no reference"),
    ] {
        let fault = fault("Compare", parameters.clone(), &compared());
        assert!(fault.contains("action start") && fault.contains(expected), "{parameters}\n{fault}");
    }
    let other = json!({ "ErrorType": "NoMatchingCondition", "NextAction": "no" });
    let equal = [when("Acme", "yes")];
    let greater = json!({ "NextAction": "yes", "Condition": { "Operator": "NumberGreaterThan", "Operands": ["1"] } });
    let two = json!({ "NextAction": "yes", "Condition": { "Operator": "Equals", "Operands": ["a", "b"] } });
    let error = json!({ "ErrorType": "NoMatchingError", "NextAction": "no" });
    for (conditions, errors, expected) in [
        (json!([]), json!([other]), "at least one"),
        (json!([when("", "yes")]), json!([other]), "plain text"),
        (json!([when("$.Attributes.a", "yes")]), json!([other]), "plain text"),
        (json!([when("$.External.a", "yes")]), json!([other]), "plain text"),
        (json!([when("a", "yes"), when("b", "yes"), when("a", "no")]), json!([other]), "two conditions"),
        (json!([greater]), json!([other]), "Operator"),
        (json!([two]), json!([other]), "one operand"),
        (json!([when("a", "nowhere")]), json!([other]), "no action nowhere"),
        (json!(equal), json!([]), "NoMatchingCondition"),
        (json!(equal), json!([error]), "NoMatchingCondition"),
        (json!(equal), json!([other, error]), "NoMatchingError"),
        (json!(equal), json!([other, other]), "second one"),
        (json!(equal), json!([{ "ErrorType": "NoMatchingCondition", "NextAction": "yes" }]), "same action"),
    ] {
        let transitions = json!({ "NextAction": "no", "Conditions": conditions, "Errors": errors });
        let fault = fault("Compare", value.clone(), &transitions);
        assert!(fault.contains("action start") && fault.contains(expected), "{transitions}\n{fault}");
    }
}

#[test]
fn refuses_flow_attributes_that_are_not_as_connect_wants_them() {
    for (parameters, expected) in [
        (json!({}), "Parameters"),
        (json!({ "FlowAttributes": {} }), "empty"),
        (json!({ "FlowAttributes": { "a": "x" } }), "Parameters"),
        (json!({ "FlowAttributes": { "a": {} } }), "Parameters"),
        (json!({ "FlowAttributes": { "a": { "Value": 5 } } }), "Parameters"),
        (json!({ "FlowAttributes": { "a": { "Value": "x", "Type": "" } } }), "Parameters"),
        (json!({ "FlowAttributes": { "a": { "Value": "x" } }, "TargetContact": "Current" }), "Parameters"),
        (json!({ "FlowAttributes": { "a b": { "Value": "x" } } }), "name of an attribute"),
        (json!({ "FlowAttributes": { "a": { "Value": "x $.Attributes.b" } } }), "not a mix"),
        (json!({ "FlowAttributes": { "a": { "Value": "$.Media.b" } } }), "no reference"),
    ] {
        let fault = fault("UpdateFlowAttributes", parameters.clone(), &kept());
        assert!(fault.contains("action start") && fault.contains(expected), "{parameters}\n{fault}");
    }
    let error = json!({ "ErrorType": "NoMatchingError", "NextAction": "no" });
    for (transitions, expected) in [
        (json!({ "Errors": [error] }), "NextAction"),
        (json!({ "NextAction": "yes" }), "NoMatchingError"),
        (json!({ "NextAction": "yes", "Errors": [error, error] }), "second one"),
        (json!({ "NextAction": "yes", "Errors": [error], "Conditions": [when("a", "no")] }), "can't take"),
    ] {
        let fault = fault("UpdateFlowAttributes", json!({ "FlowAttributes": { "a": { "Value": "x" } } }), &transitions);
        assert!(fault.contains("action start") && fault.contains(expected), "{transitions}\n{fault}");
    }
}

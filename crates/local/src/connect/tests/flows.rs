//! Flows that must be refused: each has one error.

use serde_json::{Value, json};

use super::super::Flow;
use super::bench::{action, flow, menu, on_error, when};
use super::gated::gated;

fn fault(flow: &Value) -> String {
    Flow::from_content(&flow.to_string()).expect_err("the flow has a fault").to_string()
}

#[test]
fn the_flows_of_the_tests_are_right() {
    Flow::from_content(&flow().to_string()).unwrap();
    Flow::from_content(&menu().to_string()).unwrap();
}

/// The template's flow as the console saves it: with explicit defaults.
#[test]
fn takes_the_defaults_that_the_console_writes() {
    let mut flow = gated();
    let mut prompts = 0;
    for action in flow["Actions"].as_array_mut().unwrap() {
        for (kind, name, value) in [
            ("MessageParticipant", "SkipWhenDTMFBufferEnabled", "false"),
            ("UpdateContactAttributes", "TargetContact", "Current"),
            ("UpdateContactTextToSpeechVoice", "TextToSpeechStyle", "None"),
        ] {
            if action["Type"] == kind {
                action["Parameters"][name] = json!(value);
                prompts += usize::from(kind == "MessageParticipant");
            }
        }
        if action["Type"] != "DisconnectParticipant" {
            for list in ["Errors", "Conditions"] {
                action["Transitions"].as_object_mut().unwrap().entry(list).or_insert(json!([]));
            }
        }
    }
    assert_ne!(prompts, 0);
    Flow::from_content(&flow.to_string()).unwrap();
}

#[test]
fn refuses_a_document_that_is_wrong_as_a_whole() {
    for content in ["", "{", "[]", "null", "{}"] {
        assert!(Flow::from_content(content).unwrap_err().to_string().contains("no flow document"), "{content}");
    }
    let with = |name: &str, value: Value| {
        let mut flow = flow();
        flow[name] = value;
        fault(&flow)
    };
    assert!(with("Version", json!("2020-01-01")).contains("Version"));
    assert!(with("StartAction", json!("nowhere")).contains("StartAction"));
    assert!(with("Settings", json!({})).contains("Settings"));
    assert!(with("Actions", json!([])).contains("1 to 250"));
    let say = |index: usize| {
        action(
            &format!("a{index}"),
            "MessageParticipant",
            json!({ "Text": "x" }),
            json!({ "NextAction": format!("a{}", index + 1) }),
        )
    };
    let chain = |length: usize| {
        let end = action(&format!("a{length}"), "DisconnectParticipant", json!({}), json!({}));
        let actions: Vec<Value> = (1..length).map(say).chain([end]).collect();
        json!({ "Version": "2019-10-30", "StartAction": "a1", "Actions": actions }).to_string()
    };
    assert!(Flow::from_content(&chain(250)).is_ok());
    assert!(Flow::from_content(&chain(251)).unwrap_err().to_string().contains("1 to 250"));
    let spaces = " ".repeat(256_000);
    assert!(Flow::from_content(&format!("{}{spaces}", chain(2))).unwrap_err().to_string().contains("256000"));
}

#[test]
fn refuses_identifiers_that_are_twice_too_long_odd_or_not_reached() {
    let mut twice = flow();
    twice["Actions"][6]["Identifier"] = json!("blank");
    assert!(fault(&twice).contains("same Identifier"));
    for identifier in [String::new(), "x".repeat(51)] {
        let mut long = flow();
        long["Actions"][0]["Identifier"] = json!(identifier);
        assert!(fault(&long).contains("1 to 50"));
    }
    for identifier in ["a:b", "a/b", "$a", "a,b", "{a}", "a\\"] {
        let mut odd = flow();
        odd["Actions"][0]["Identifier"] = json!(identifier);
        assert!(fault(&odd).contains("has none of"), "{identifier}");
    }
    let mut lonely = flow();
    let extra = action("extra", "DisconnectParticipant", json!({}), json!({}));
    lonely["Actions"].as_array_mut().unwrap().push(extra);
    assert!(fault(&lonely).contains("extra: no other action leads to it"));
}

/// The flow of `menu` begins with this action instead, and the error is expected to say so.
fn refuses(kind: &str, parameters: &Value, transitions: &Value, expected: &str) {
    let start = action("start", kind, parameters.clone(), transitions.clone());
    let mut flow = menu();
    flow["StartAction"] = json!("start");
    flow["Actions"].as_array_mut().unwrap().push(start);
    let fault = fault(&flow);
    assert!(fault.contains("action start") && fault.contains(expected), "{kind} {parameters} {transitions}\n{fault}");
}

#[test]
fn refuses_action_types_and_parameters_it_does_not_know() {
    let next = json!({ "NextAction": "ask" });
    let both = json!({ "NextAction": "ask", "Errors": on_error("ask") });
    for (kind, parameters, transitions, expected) in [
        ("Wait", json!({ "TimeLimitSeconds": "5" }), &both, "doesn't know the action type Wait"),
        ("invokeLambdaFunction", json!({}), &both, "doesn't know the action type"),
        ("messageParticipant", json!({ "Text": "x" }), &next, "doesn't know the action type"),
        ("DisconnectParticipant", json!({ "x": 1 }), &json!({}), "Parameters"),
        ("UpdateFlowLoggingBehavior", json!({}), &next, "Parameters"),
        ("UpdateFlowLoggingBehavior", json!({ "FlowLoggingBehavior": "Off" }), &next, "Enabled or Disabled"),
        (
            "UpdateFlowLoggingBehavior",
            json!({ "FlowLoggingBehavior": "$.Attributes.log" }),
            &next,
            "Enabled or Disabled",
        ),
        ("UpdateContactTextToSpeechVoice", json!({}), &both, "Parameters"),
        ("UpdateContactTextToSpeechVoice", json!({ "TextToSpeechVoice": "joanna" }), &both, "name of a voice"),
        ("UpdateContactTextToSpeechVoice", json!({ "TextToSpeechVoice": "Joanna 2" }), &both, "name of a voice"),
        (
            "UpdateContactTextToSpeechVoice",
            json!({ "TextToSpeechVoice": "Joanna", "TextToSpeechEngine": "neural" }),
            &both,
            "TextToSpeechEngine",
        ),
        (
            "UpdateContactTextToSpeechVoice",
            json!({ "TextToSpeechVoice": "Joanna", "TextToSpeechStyle": "Loud" }),
            &both,
            "TextToSpeechStyle",
        ),
        ("UpdateContactTextToSpeechVoice", json!({ "TextToSpeechVoice": "Joanna", "X": "" }), &both, "Parameters"),
        ("MessageParticipant", json!({}), &next, "exactly one"),
        ("MessageParticipant", json!({ "Text": "x", "SSML": "<speak>x</speak>" }), &next, "exactly one"),
        ("MessageParticipant", json!({ "PromptId": "x" }), &next, "Parameters"),
        ("MessageParticipant", json!({ "Text": "x", "Media": {} }), &next, "Parameters"),
        ("MessageParticipant", json!({ "Text": 5 }), &next, "Parameters"),
        (
            "MessageParticipant",
            json!({ "Text": "x", "SkipWhenDTMFBufferEnabled": "true" }),
            &next,
            "SkipWhenDTMFBufferEnabled must be false",
        ),
        ("MessageParticipant", json!({ "Text": "x", "SkipWhenBusy": "false" }), &next, "Parameters"),
        ("MessageParticipant", json!({ "Text": "$.CustomerEndpoint.Address" }), &next, "no reference"),
        ("MessageParticipant", json!({ "SSML": "<speak>" }), &next, "well-formed"),
        ("MessageParticipant", json!({ "SSML": "<speak><audio/></speak>" }), &next, "<audio>"),
        ("UpdateContactAttributes", json!({ "Attributes": {} }), &both, "empty"),
        ("UpdateContactAttributes", json!({ "Attributes": { "a": 5 } }), &both, "Parameters"),
        ("UpdateContactAttributes", json!({ "Attributes": { "a b": "" } }), &both, "name of an attribute"),
        ("UpdateContactAttributes", json!({ "Attributes": { "a": "x $.Attributes.b" } }), &both, "not a mix"),
        ("UpdateContactAttributes", json!({ "Attributes": { "a": "$.Media.b" } }), &both, "no reference"),
        (
            "UpdateContactAttributes",
            json!({ "Attributes": { "a": "" }, "TargetContact": "Related" }),
            &both,
            "TargetContact",
        ),
        ("UpdateContactAttributes", json!({ "Attributes": { "a": "" }, "X": "" }), &both, "Parameters"),
    ] {
        refuses(kind, &parameters, transitions, expected);
    }
}

#[test]
fn refuses_transitions_that_are_missing_or_too_many() {
    let next = json!({ "NextAction": "ask" });
    let both = json!({ "NextAction": "ask", "Errors": on_error("ask") });
    let nowhere = json!({ "NextAction": "nowhere" });
    let voice = json!({ "TextToSpeechVoice": "Joanna" });
    let log = json!({ "FlowLoggingBehavior": "Disabled" });
    let text = json!({ "Text": "x" });
    let attributes = json!({ "Attributes": { "a": "" } });
    let other_error = json!({ "NextAction": "ask", "Errors": [{ "ErrorType": "Other", "NextAction": "ask" }] });
    let branch = json!({ "ErrorType": "NoMatchingError", "NextAction": "ask" });
    let twice = json!({ "NextAction": "ask", "Errors": [branch, branch] });
    let condition = json!({ "NextAction": "ask", "Conditions": [when("1", "ask")] });
    for (kind, parameters, transitions, expected) in [
        ("DisconnectParticipant", json!({}), &next, "can't take"),
        ("UpdateFlowLoggingBehavior", log.clone(), &json!({}), "NextAction"),
        ("UpdateFlowLoggingBehavior", log, &both, "NoMatchingError"),
        ("UpdateContactTextToSpeechVoice", voice.clone(), &next, "NoMatchingError"),
        ("UpdateContactTextToSpeechVoice", voice, &json!({ "Errors": on_error("ask") }), "NextAction"),
        ("MessageParticipant", text.clone(), &json!({}), "NextAction"),
        ("MessageParticipant", text.clone(), &nowhere, "no action nowhere"),
        ("MessageParticipant", text.clone(), &other_error, "Other"),
        ("MessageParticipant", text.clone(), &twice, "second one"),
        ("MessageParticipant", text.clone(), &condition, "can't take"),
        ("MessageParticipant", text, &json!({ "NextAction": "ask", "X": 1 }), "no flow document"),
        ("UpdateContactAttributes", attributes.clone(), &next, "NoMatchingError"),
        ("UpdateContactAttributes", attributes, &json!({ "Errors": on_error("ask") }), "NextAction"),
    ] {
        if expected == "no flow document" {
            let mut flow = menu();
            flow["Actions"][1]["Transitions"] = transitions.clone();
            assert!(fault(&flow).contains(expected));
        } else {
            refuses(kind, &parameters, transitions, expected);
        }
    }
}

#[test]
fn refuses_loops_that_are_not_as_connect_wants_them() {
    let go = when("ContinueLooping", "ask");
    let done = when("DoneLooping", "bye");
    let right = json!({ "NextAction": "bye", "Conditions": [go, done] });
    for (count, transitions, expected) in [
        (json!("101"), right.clone(), "LoopCount"),
        (json!("-1"), right.clone(), "LoopCount"),
        (json!(101), right.clone(), "LoopCount"),
        (json!(1.5), right.clone(), "LoopCount"),
        (json!("$.Attributes.n"), right.clone(), "LoopCount"),
        (json!(null), right.clone(), "LoopCount"),
        (json!("3"), json!({ "Conditions": [go, done] }), "NextAction"),
        (json!("3"), json!({ "NextAction": "bye", "Conditions": [go] }), "DoneLooping"),
        (json!("3"), json!({ "NextAction": "bye", "Conditions": [when("Looping", "ask"), done] }), "ContinueLooping"),
        (json!("3"), json!({ "NextAction": "bye", "Conditions": [go, done, when("x", "bye")] }), "beside"),
        (json!("3"), json!({ "NextAction": "bye", "Conditions": [go, done, done] }), "beside"),
        (
            json!("3"),
            json!({ "NextAction": "bye", "Conditions": [go,
                { "NextAction": "bye", "Condition": { "Operator": "NotEquals", "Operands": ["DoneLooping"] } }] }),
            "Operator",
        ),
        (
            json!("3"),
            json!({ "NextAction": "bye", "Conditions": [go,
                { "NextAction": "bye", "Condition": { "Operator": "Equals", "Operands": ["DoneLooping", "x"] } }] }),
            "one operand",
        ),
    ] {
        refuses("Loop", &json!({ "LoopCount": count }), &transitions, expected);
    }
    refuses("Loop", &json!({}), &right, "Parameters");
}

#[test]
fn refuses_menus_that_are_not_as_connect_wants_them() {
    let with = |place: &str, value: Value| {
        let mut flow = menu();
        *flow["Actions"][0].pointer_mut(place).unwrap() = value;
        fault(&flow)
    };
    assert!(with("/Parameters/StoreInput", json!("True")).contains("StoreInput"));
    assert!(with("/Parameters/StoreInput", json!(false)).contains("Parameters"));
    for seconds in ["0", "181", "-1", "x", ""] {
        assert!(with("/Parameters/InputTimeLimitSeconds", json!(seconds)).contains("InputTimeLimitSeconds"));
    }
    assert!(with("/Parameters/InputTimeLimitSeconds", json!(5)).contains("Parameters"));
    assert!(with("/Parameters", json!({ "Text": "x", "StoreInput": "False" })).contains("Parameters"));
    let dtmf = json!({ "Text": "x", "StoreInput": "False", "InputTimeLimitSeconds": "5", "DTMFConfiguration": {} });
    assert!(with("/Parameters", dtmf).contains("DTMFConfiguration"));
    for operand in ["44", "", "a", "٤"] {
        assert!(with("/Transitions/Conditions/0", when(operand, "right")).contains("one key"), "{operand}");
    }
    assert!(
        with("/Transitions/Conditions", json!([when("4", "right"), when("4", "wrong")])).contains("two conditions")
    );
    assert!(with("/Transitions/Conditions", json!([])).contains("at least one"));
    for (index, name) in ["NoMatchingCondition", "InputTimeLimitExceeded", "NoMatchingError"].iter().enumerate() {
        let mut flow = menu();
        flow["Actions"][0]["Transitions"]["Errors"].as_array_mut().unwrap().remove(index);
        assert!(fault(&flow).contains(name));
    }
}

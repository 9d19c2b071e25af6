//! A flow that says the code to whoever presses the right key, and attributes to go with it.

use serde_json::{Value, json};

use super::bench::{action, on_error, request, when};

pub(super) const GREETING: &str = "Hello. This is Acme with your sign-in code.";
pub(super) const GATE: &str = "To hear it, press 4 now.";
pub(super) const CODE: &str = "Your code is 4, 7, 1, 9, 0, 2 Once more 4, 7, 1, 9, 0, 2 To hear it again, press 1.";
pub(super) const CLOSING: &str = "Never tell this code to anyone.";
pub(super) const GOODBYE: &str = "No key was recognised.";

/// A request whose call asks for the key 4.
pub(super) fn gated_request() -> Value {
    let mut request = request();
    request["Attributes"] = json!({
        "VoiceMFA": "4, 7, 1, 9, 0, 2",
        "Brand": "Acme",
        "Language": "en-US",
        "Voice": "Joanna",
        "Gate": "on",
        "GateDigit": "4",
        "Greeting": GREETING,
        "GatePrompt": GATE,
        "CodeIntro": "Your code is",
        "CodeAgain": "Once more",
        "RepeatPrompt": "To hear it again, press 1.",
        "Closing": CLOSING,
        "Goodbye": GOODBYE,
    });
    request
}

/// A request whose call asks for no key.
pub(super) fn open_request() -> Value {
    let mut request = gated_request();
    let attributes = request["Attributes"].as_object_mut().unwrap();
    attributes.insert("Gate".to_owned(), json!("off"));
    attributes.remove("GateDigit");
    attributes.remove("GatePrompt");
    request
}

/// Keeps the code where nobody sees it, erases it, asks for the key three times, says the code up to four times.
pub(super) fn gated() -> Value {
    let set = |value: &str| json!({ "Attributes": { "VoiceMFA": value }, "TargetContact": "Current" });
    let to = |next: &str| json!({ "NextAction": next, "Errors": on_error(next) });
    let repeat = |body: &str, done: &str| {
        let conditions = [when("ContinueLooping", body), when("DoneLooping", done)];
        json!({ "NextAction": done, "Conditions": conditions, "Errors": on_error(done) })
    };
    let compare = |operand: &str, equal: &str, other: &str| {
        let errors = [json!({ "ErrorType": "NoMatchingCondition", "NextAction": other })];
        json!({ "NextAction": other, "Conditions": [when(operand, equal)], "Errors": errors })
    };
    let menu = |conditions: Vec<Value>, other: &str, late: &str, error: &str| {
        json!({ "NextAction": error, "Conditions": conditions, "Errors": [
            { "ErrorType": "NoMatchingCondition", "NextAction": other },
            { "ErrorType": "InputTimeLimitExceeded", "NextAction": late },
            { "ErrorType": "NoMatchingError", "NextAction": error },
        ] })
    };
    let ask = |ssml: &str, seconds: &str| json!({ "SSML": format!("<speak>{ssml}</speak>"), "StoreInput": "False", "InputTimeLimitSeconds": seconds });
    let say = |name: &str| json!({ "SSML": format!("<speak>$.Attributes.{name}</speak>") });
    let digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let slow_code = "<break time=\"400ms\"/><prosody rate=\"slow\">$.FlowAttributes.Code</prosody>";
    let code = format!(
        "$.Attributes.CodeIntro{slow_code}<break time=\"1000ms\"/>$.Attributes.CodeAgain{slow_code}\
         <break time=\"600ms\"/>$.Attributes.RepeatPrompt"
    );
    let mut actions = vec![
        action(
            "quiet-log",
            "UpdateFlowLoggingBehavior",
            json!({ "FlowLoggingBehavior": "Disabled" }),
            json!({ "NextAction": "keep-code" }),
        ),
        action(
            "keep-code",
            "UpdateFlowAttributes",
            json!({ "FlowAttributes": { "Code": { "Value": "$.Attributes.VoiceMFA" } } }),
            json!({ "NextAction": "erase-code", "Errors": on_error("erase-unheard") }),
        ),
        action("erase-code", "UpdateContactAttributes", set("erased"), to("pick-voice")),
        action(
            "pick-voice",
            "UpdateContactTextToSpeechVoice",
            json!({ "TextToSpeechVoice": "$.Attributes.Voice", "TextToSpeechEngine": "Neural",
                "TextToSpeechStyle": "None" }),
            to("greet"),
        ),
        action(
            "greet",
            "MessageParticipant",
            json!({ "SSML": "<speak>$.Attributes.Greeting<break time=\"500ms\"/></speak>" }),
            to("is-gated"),
        ),
        action(
            "is-gated",
            "Compare",
            json!({ "ComparisonValue": "$.Attributes.Gate" }),
            compare("off", "four-times", "three-asks"),
        ),
        action("three-asks", "Loop", json!({ "LoopCount": "3" }), repeat("ask-digit", "erase-unheard")),
        action(
            "ask-digit",
            "GetParticipantInput",
            ask("$.Attributes.GatePrompt", "6"),
            menu(
                digits.map(|digit| when(digit, &format!("is-{digit}"))).into(),
                "three-asks",
                "three-asks",
                "erase-unheard",
            ),
        ),
        action("four-times", "Loop", json!({ "LoopCount": "4" }), repeat("say-code", "erase-heard")),
        action(
            "say-code",
            "GetParticipantInput",
            ask(&code, "3"),
            menu(vec![when("1", "four-times")], "four-times", "erase-heard", "erase-heard"),
        ),
        action("erase-heard", "UpdateContactAttributes", set("erased"), to("warn")),
        action("warn", "MessageParticipant", say("Closing"), to("hang-up")),
        action("erase-unheard", "UpdateContactAttributes", set("erased"), to("goodbye")),
        action("goodbye", "MessageParticipant", say("Goodbye"), to("hang-up")),
        action("hang-up", "DisconnectParticipant", json!({}), json!({})),
    ];
    actions.extend(digits.map(|digit| {
        action(
            &format!("is-{digit}"),
            "Compare",
            json!({ "ComparisonValue": "$.Attributes.GateDigit" }),
            compare(digit, "four-times", "three-asks"),
        )
    }));
    json!({ "Version": "2019-10-30", "StartAction": "quiet-log", "Metadata": {}, "Actions": actions })
}

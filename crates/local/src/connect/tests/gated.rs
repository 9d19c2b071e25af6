//! The template's flow, which gets and says the code once the right key is pressed, with attributes for it and a function.

use client::template::contact_flow;
use serde_json::{Value, json};

use super::bench::request;
use super::script::{Script, answered};
use crate::lambda::Function;

pub(super) const GREETING: &str = "Hello. This is Acme with your sign-in code.";
pub(super) const GATE: &str = "To hear it, press 4 now. If you are not signing in, press 0 now.";
pub(super) const CODE: &str = "Your code is 4, 7, 1, 9, 0, 2 Once more 4, 7, 1, 9, 0, 2 To hear it again, press 1.";
pub(super) const CLOSING: &str = "Never tell this code to anyone.";
pub(super) const GOODBYE: &str = "No key was recognised.";
pub(super) const DENIED: &str = "Thank you. The sign-in is stopped.";
pub(super) const SORRY: &str = "We can't say the code now.";

const TEMPLATE: &str = include_str!("../../../../../template.yaml");

/// A function that gives the code.
pub(super) fn speaker() -> Script {
    Script::new([answered(&json!({ "Result": "code", "Code": "4, 7, 1, 9, 0, 2" }))])
}

/// A request whose call asks for the key 4.
pub(super) fn gated_request() -> Value {
    let mut request = request();
    request["Attributes"] = json!({
        "Handle": "a-handle",
        "Brand": "Acme",
        "Language": "en-US",
        "Voice": "Joanna",
        "Gate": "on",
        "GateDigit": "4",
        "Greeting": GREETING,
        "GatePrompt": "To hear it, press 4 now.",
        "DenyPrompt": "If you are not signing in, press 0 now.",
        "CodeIntro": "Your code is",
        "CodeAgain": "Once more",
        "RepeatPrompt": "To hear it again, press 1.",
        "Closing": CLOSING,
        "Goodbye": GOODBYE,
        "Sorry": SORRY,
        "Denied": DENIED,
    });
    request
}

/// A request whose call asks for no key.
pub(super) fn open_request() -> Value {
    let mut request = gated_request();
    let attributes = request["Attributes"].as_object_mut().unwrap();
    attributes.insert("Gate".to_owned(), json!("off"));
    for name in ["GateDigit", "GatePrompt", "DenyPrompt", "Denied"] {
        attributes.remove(name);
    }
    request
}

/// The flow that the template deploys.
pub(super) fn gated() -> Value {
    let content = contact_flow(TEMPLATE, Function::template_value).expect("the template has a flow");
    serde_json::from_str(&content).expect("the flow is JSON")
}

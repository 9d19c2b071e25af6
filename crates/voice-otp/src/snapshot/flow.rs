//! A contact flow, and what it does with the code.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A contact flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// `CONTACT_FLOW`, if an outbound call can run it.
    pub kind: String,
    /// `ACTIVE` or `ARCHIVED`.
    pub state: String,
    /// `PUBLISHED` or `SAVED`.
    pub status: String,
    /// Its content, in the flow language.
    pub content: String,
}

/// What a flow does with the code, on any path that a call can take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// The functions that it invokes.
    pub invocations: Vec<Invocation>,
    /// The contact attributes that it reads, by name.
    pub reads: BTreeSet<String>,
    /// Whether it goes on in another flow or a module.
    pub goes_on_elsewhere: bool,
}

/// A block that invokes a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The function's ARN, or a reference to it.
    pub function: String,
    /// Whether the function gets the attribute `Handle`, as its parameter `handle`. `None` if the parameter is another
    /// reference, which may lead to the same value.
    pub has_handle: Option<bool>,
    /// What the call asks for.
    pub wish: Wish,
    /// Flow logging when the function is invoked. Of several paths to the block, the worst counts.
    pub logging: Logging,
}

/// What a call asks of speak-code, by the parameter `wish`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// There is no such parameter.
    Code,
    /// `deny`: the sign-in is not the user's.
    Deny,
    /// A reference, which may lead to any.
    Reference,
    /// Another text, which speak-code does not know.
    Other,
}

/// Whether the log gets what a block does, and so a function's answer. In order, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Logging {
    /// The flow turned it off.
    Off,
    /// The flow did not set it.
    Unset,
    /// The flow turned it on.
    On,
}

/// The types of blocks from which a call goes on in another flow or a module.
const ELSEWHERE: [&str; 2] = ["InvokeFlowModule", "TransferToFlow"];

const READ: &str = "$.Attributes";

impl Flow {
    /// What the flow does. A content that is not in the flow language does nothing.
    #[must_use]
    pub fn course(&self) -> Course {
        let flow: Value = serde_json::from_str(&self.content).unwrap_or_default();
        let actions: BTreeMap<_, _> = flow["Actions"].as_array().into_iter().flatten().map(identified).collect();
        let mut course = Course::default();
        let mut invocations = BTreeMap::<&str, Invocation>::new();
        let mut seen = BTreeSet::new();
        let mut open: Vec<_> = flow["StartAction"].as_str().map(|start| (start, Logging::Unset)).into_iter().collect();
        while let Some((name, logging)) = open.pop() {
            let Some(action) = actions.get(name).filter(|_| seen.insert((name, logging))) else { continue };
            let (kind, parameters) = (action["Type"].as_str().unwrap_or_default(), &action["Parameters"]);
            course.goes_on_elsewhere |= ELSEWHERE.contains(&kind);
            read_attributes(parameters, &mut course.reads);
            if kind == "InvokeLambdaFunction" {
                let invocation = invocations.entry(name).or_insert_with(|| Invocation::of(parameters));
                invocation.logging = invocation.logging.max(logging);
            }
            let logging = match parameters["FlowLoggingBehavior"].as_str() {
                Some("Disabled") if kind == "UpdateFlowLoggingBehavior" => Logging::Off,
                Some(_) if kind == "UpdateFlowLoggingBehavior" => Logging::On,
                _ => logging,
            };
            open.extend(nexts(&action["Transitions"]).map(|next| (next, logging)));
        }
        course.invocations = invocations.into_values().collect();
        course
    }
}

impl Invocation {
    fn of(parameters: &Value) -> Self {
        let mut reads = BTreeSet::new();
        let handle = &parameters["LambdaInvocationAttributes"]["handle"];
        read_attributes(handle, &mut reads);
        let has_handle = reads.contains("Handle");
        let wish = match parameters["LambdaInvocationAttributes"].get("wish") {
            None => Wish::Code,
            Some(wish) if wish == "deny" => Wish::Deny,
            Some(wish) if wish.as_str().is_none_or(|wish| wish.starts_with('$')) => Wish::Reference,
            Some(_) => Wish::Other,
        };
        Self {
            wish,
            function: parameters["LambdaFunctionARN"].as_str().unwrap_or_default().to_owned(),
            has_handle: (has_handle || !handle.as_str().is_some_and(is_reference)).then_some(has_handle),
            logging: Logging::Off,
        }
    }

    /// Whether it invokes this function, in any version or alias. `None` if a reference names the function.
    #[must_use]
    pub fn is_of(&self, arn: &str) -> Option<bool> {
        // arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER
        (!is_reference(&self.function)).then(|| self.function.split(':').take(7).eq(arn.split(':').take(7)))
    }
}

/// Whether the value is known only when the flow runs.
fn is_reference(value: &str) -> bool {
    value.starts_with("$.")
}

fn identified(action: &Value) -> (&str, &Value) {
    (action["Identifier"].as_str().unwrap_or_default(), action)
}

/// The blocks that can follow.
fn nexts(transitions: &Value) -> impl Iterator<Item = &str> {
    let several = ["Conditions", "Errors"].into_iter().filter_map(|kind| transitions[kind].as_array()).flatten();
    several.chain([transitions]).filter_map(|next| next["NextAction"].as_str())
}

/// Collects the names of the attributes that a block's parameters read: `$.Attributes.Name` or `$.Attributes['Name']`,
/// also within a text.
fn read_attributes(parameters: &Value, names: &mut BTreeSet<String>) {
    match parameters {
        Value::Object(fields) => fields.values().for_each(|field| read_attributes(field, names)),
        Value::Array(all) => all.iter().for_each(|each| read_attributes(each, names)),
        Value::String(text) => names.extend(text.split(READ).skip(1).filter_map(|rest| {
            let rest = rest.strip_prefix(['.', '['])?.trim_start_matches(['\'', '"']);
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && !"_-".contains(letter));
            Some(rest[..end.unwrap_or(rest.len())].to_owned())
        })),
        Value::Null | Value::Bool(_) | Value::Number(_) => (),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:speak";

    /// The course of a flow with these blocks after `start`, which is the first.
    fn course(start: &str, actions: &Value) -> Course {
        let content = json!({ "Version": "2019-10-30", "StartAction": start, "Actions": actions }).to_string();
        let [name, kind, state, status] = [""; 4].map(str::to_owned);
        Flow { name, kind, state, status, content }.course()
    }

    fn quiet(behavior: &str, next: &str) -> Value {
        json!({ "Identifier": "quiet", "Type": "UpdateFlowLoggingBehavior",
            "Parameters": { "FlowLoggingBehavior": behavior }, "Transitions": { "NextAction": next } })
    }

    fn invoke(handle: &str) -> Value {
        json!({ "Identifier": "invoke", "Type": "InvokeLambdaFunction",
            "Parameters": { "LambdaFunctionARN": FUNCTION, "LambdaInvocationAttributes": { "handle": handle } },
            "Transitions": { "NextAction": "say", "Errors": [{ "NextAction": "end" }] } })
    }

    #[test]
    fn of_several_paths_to_an_invocation_the_worst_logging_counts() {
        let branch = json!({ "Identifier": "branch", "Type": "Compare",
            "Transitions": { "NextAction": "quiet", "Conditions": [{ "NextAction": "invoke" }] } });
        for (start, actions, logging) in [
            ("quiet", json!([quiet("Disabled", "invoke"), invoke("$.Attributes.Handle")]), Logging::Off),
            ("quiet", json!([quiet("Enabled", "invoke"), invoke("$.Attributes.Handle")]), Logging::On),
            ("invoke", json!([quiet("Disabled", "invoke"), invoke("$.Attributes.Handle")]), Logging::Unset),
            ("branch", json!([branch, quiet("Disabled", "invoke"), invoke("$.Attributes.Handle")]), Logging::Unset),
            ("branch", json!([branch, quiet("Enabled", "invoke"), invoke("$.Attributes.Handle")]), Logging::On),
        ] {
            let (function, wish) = (FUNCTION.to_owned(), Wish::Code);
            let invocation = Invocation { function, has_handle: Some(true), wish, logging };
            assert_eq!(course(start, &actions).invocations, [invocation], "{actions}");
        }
    }

    #[test]
    fn what_no_call_reaches_is_not_done() {
        let unreached = course("quiet", &json!([quiet("Disabled", "end"), invoke("$.Attributes.Handle")]));
        assert_eq!(unreached, Course::default());
        assert_eq!(course("gone", &json!([])), Course::default());
        let no_json = Flow { content: "no JSON".to_owned(), ..right("") };
        assert_eq!(no_json.course(), Course::default());
    }

    #[test]
    fn an_invocation_has_the_handle_or_not_or_a_reference_that_may_be_it() {
        for (handle, has_handle) in [
            ("$.Attributes.Handle", Some(true)),
            ("", Some(false)),
            ("Handle", Some(false)),
            ("$.Attributes.Handles", None),
            ("$.FlowAttributes.Handle", None),
        ] {
            assert_eq!(course("invoke", &json!([invoke(handle)])).invocations[0].has_handle, has_handle, "{handle}");
        }
    }

    #[test]
    fn what_an_invocation_asks_for_is_known_by_its_wish() {
        assert_eq!(course("invoke", &json!([invoke("")])).invocations[0].wish, Wish::Code);
        for (wish, expected) in [("deny", Wish::Deny), ("Deny", Wish::Other), ("$.Attributes.Wish", Wish::Reference)] {
            let mut invoke = invoke("");
            invoke["Parameters"]["LambdaInvocationAttributes"]["wish"] = wish.into();
            assert_eq!(course("invoke", &json!([invoke])).invocations[0].wish, expected, "{wish}");
        }
    }

    #[test]
    fn a_function_is_the_same_in_any_version_and_unknown_by_reference() {
        let is_of = |function: &str, arn: &str| {
            let function = function.to_owned();
            Invocation { function, has_handle: Some(true), wish: Wish::Code, logging: Logging::Off }.is_of(arn)
        };
        let live = &format!("{FUNCTION}:live");
        for (one, other) in [(FUNCTION, FUNCTION), (live, FUNCTION), (FUNCTION, live), (live, &format!("{FUNCTION}:7"))]
        {
            assert_eq!(is_of(one, other), Some(true), "{one} {other}");
        }
        for other in [format!("{FUNCTION}2"), FUNCTION.replace("1234", "4321"), String::new()] {
            assert_eq!(is_of(&other, FUNCTION), Some(false), "{other}");
        }
        assert_eq!(is_of("$.Attributes.Function", FUNCTION), None);
    }

    #[test]
    fn attributes_are_read_in_any_form_and_written_ones_are_not_read() {
        for (text, read) in [
            ("$.Attributes.VoiceMFA", "VoiceMFA"),
            ("<speak>$.Attributes['VoiceMFA'], $.Attributes.Closing</speak>", "Closing VoiceMFA"),
            ("$.Attributes[\"VoiceMFA\"]", "VoiceMFA"),
            ("$.FlowAttributes.Code $.External.Code VoiceMFA", ""),
        ] {
            let say = json!([{ "Identifier": "say", "Type": "MessageParticipant", "Parameters": { "SSML": text } }]);
            let reads: Vec<_> = course("say", &say).reads.into_iter().collect();
            assert_eq!(reads.join(" "), read, "{text}");
        }
        let erase = json!([{ "Identifier": "erase", "Type": "UpdateContactAttributes",
            "Parameters": { "Attributes": { "VoiceMFA": "erased" } } }]);
        assert_eq!(course("erase", &erase).reads, BTreeSet::new());
    }

    #[test]
    fn a_flow_that_goes_on_elsewhere_says_so() {
        for kind in ELSEWHERE {
            assert!(course("go", &json!([{ "Identifier": "go", "Type": kind }])).goes_on_elsewhere, "{kind}");
        }
        assert!(!right("").course().goes_on_elsewhere);
    }

    fn right(content: &str) -> Flow {
        let [name, kind, state, status] = [""; 4].map(str::to_owned);
        Flow { name, kind, state, status, content: content.to_owned() }
    }
}

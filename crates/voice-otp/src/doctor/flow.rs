//! Whether two contact flows do the same. Which function they invoke is another question.

use serde_json::{Map, Value};

/// Parameters that mean the same as their absence, by the type of the action. The console writes them out when it
/// saves.
const DEFAULTS: [(&str, &str, &str); 1] = [("MessageParticipant", "SkipWhenDTMFBufferEnabled", "false")];

/// Lists whose order has no meaning.
const UNORDERED: [&str; 2] = ["Conditions", "Errors"];

/// The parameter with the function's ARN. Each stack has its own, and the template none.
const FUNCTION: &str = "LambdaFunctionARN";

/// Whether two contents in the flow language do the same, whichever function they invoke. A text that is not JSON
/// equals nothing.
pub(super) fn does_the_same(one: &str, other: &str) -> bool {
    meaning(one).is_some_and(|meaning_of_one| Some(meaning_of_one) == meaning(other))
}

/// A flow in a normal form. It omits `Metadata`, which tells the console how to draw the flow. It also omits empty
/// values, defaults and the functions' ARNs. Actions are sorted. Numbers and booleans become texts.
fn meaning(content: &str) -> Option<Value> {
    let mut flow: Value = serde_json::from_str(content).ok()?;
    flow.as_object_mut()?.remove("Metadata");
    if let Some(actions) = flow["Actions"].as_array_mut() {
        actions.sort_by_key(|action| action["Identifier"].as_str().map(str::to_owned));
    }
    simplify(&mut flow);
    for action in flow["Actions"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        leave_out(action);
    }
    simplify(&mut flow);
    Some(flow)
}

fn leave_out(action: &mut Map<String, Value>) {
    let kind = action.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(parameters) = action.get_mut("Parameters").and_then(Value::as_object_mut) else { return };
    let own = DEFAULTS.into_iter().filter(|(of, _, _)| *of == kind);
    parameters.remove(FUNCTION);
    for (_, name, default) in own {
        if parameters.get(name).is_some_and(|value| value == default) {
            parameters.remove(name);
        }
    }
}

fn simplify(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(simplify);
            fields.retain(|_, field| !is_empty(field));
            for name in UNORDERED {
                if let Some(Value::Array(all)) = fields.get_mut(name) {
                    all.sort_by_key(Value::to_string);
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(simplify),
        Value::Number(number) => *value = Value::String(number.to_string()),
        Value::Bool(is_so) => *value = Value::String(is_so.to_string()),
        Value::String(text) if ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word)) => {
            text.make_ascii_lowercase();
        }
        Value::String(_) | Value::Null => (),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = r#"{"Version":"1","Actions":[
        {"Identifier":"a","Type":"MessageParticipant","Parameters":{"Text":"Hello"},"Transitions":{"NextAction":"b"}},
        {"Identifier":"b","Type":"Loop","Parameters":{"LoopCount":"3"},
         "Transitions":{"Errors":[{"NextAction":"x"},{"NextAction":"y"}]}},
        {"Identifier":"d","Type":"InvokeLambdaFunction","Parameters":{"LambdaFunctionARN":"${SpeakCode.Arn}"}},
        {"Identifier":"c","Type":"GetParticipantInput","Parameters":{"StoreInput":"False"}}]}"#;

    #[test]
    fn a_flow_that_the_console_wrote_its_own_way_does_the_same() {
        for (part, written) in [
            (r#""Version":"1""#, r#""Version":"1","Metadata":{"x":1}"#),
            (r#"{"Text":"Hello"}"#, r#"{"Text":"Hello","SkipWhenDTMFBufferEnabled":"false"}"#),
            (r#"{"Text":"Hello"}"#, r#"{"Text":"Hello","SkipWhenDTMFBufferEnabled":false}"#),
            (r#"{"NextAction":"b"}"#, r#"{"NextAction":"b","Errors":[],"Conditions":[]}"#),
            (r#""LoopCount":"3""#, r#""LoopCount":3"#),
            ("${SpeakCode.Arn}", "arn:aws:lambda:us-east-1:123456789012:function:speak"),
            (r#""StoreInput":"False""#, r#""StoreInput":"false""#),
            (r#"[{"NextAction":"x"},{"NextAction":"y"}]"#, r#"[{"NextAction":"y"},{"NextAction":"x"}]"#),
            (r#""Parameters":{"StoreInput":"False"}"#, r#""Parameters":{"StoreInput":"False"},"Transitions":{}"#),
        ] {
            assert!(FLOW.contains(part), "{part}");
            assert!(does_the_same(FLOW, &FLOW.replace(part, written)), "{written}");
        }
        let mut turned: Value = serde_json::from_str(FLOW).unwrap();
        turned["Actions"].as_array_mut().unwrap().reverse();
        assert!(does_the_same(FLOW, &turned.to_string()));
    }

    #[test]
    fn a_flow_with_another_meaning_does_not() {
        for (part, written) in [
            ("MessageParticipant", "DisconnectParticipant"),
            (r#"{"LambdaFunctionARN""#, r#"{"InvocationType":"ASYNCHRONOUS","LambdaFunctionARN""#),
            (r#"{"Text":"Hello"}"#, r#"{"Text":"Hello","SkipWhenDTMFBufferEnabled":"true"}"#),
            (r#"{"LoopCount":"3"}"#, r#"{"LoopCount":"3","SkipWhenDTMFBufferEnabled":"false"}"#),
            (r#""LoopCount":"3""#, r#""LoopCount":4"#),
            (r#"{"NextAction":"y"}"#, r#"{"NextAction":"z"}"#),
            ("Hello", "hello"),
        ] {
            assert!(!does_the_same(FLOW, &FLOW.replace(part, written)), "{written}");
        }
        assert!(!does_the_same("no JSON", "no JSON"));
    }
}

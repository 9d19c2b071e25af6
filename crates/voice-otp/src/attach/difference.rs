//! The differences between two JSON values. Pure.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::redaction::printable;

/// One place where two values differ.
#[derive(Debug, PartialEq)]
pub struct Difference {
    /// The path to it: names with dots between them.
    pub path: String,
    /// The value before; null if there was none.
    pub before: Value,
    /// The value after; null if there is none.
    pub after: Value,
}

impl Difference {
    /// All the differences.
    #[must_use]
    pub fn all(before: &Value, after: &Value) -> Vec<Self> {
        let mut differences = Vec::new();
        collect(String::new(), before, after, &mut differences);
        differences
    }
}

fn collect(path: String, before: &Value, after: &Value, differences: &mut Vec<Difference>) {
    let names: BTreeSet<_> = match (before, after) {
        (Value::Object(old), Value::Object(new)) => old.keys().chain(new.keys()).collect(),
        // If a whole object appears or is lost, each of its members is a difference of its own.
        (Value::Null, Value::Object(only)) | (Value::Object(only), Value::Null) => only.keys().collect(),
        _ => BTreeSet::new(),
    };
    if names.is_empty() && before != after {
        differences.push(Difference { path, before: before.clone(), after: after.clone() });
        return;
    }
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        collect(path, &before[name], &after[name], differences);
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Value| match value {
            Value::Null => "none".to_owned(),
            Value::String(text) => printable(text),
            other => printable(&other.to_string()),
        };
        write!(f, "{}: {} -> {}", self.path, shown(&self.before), shown(&self.after))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_place_is_named_once() {
        let before = json!({ "a": 1, "b": { "c": "x", "d": [1, 2] }, "e": true });
        let after = json!({ "a": 1, "b": { "c": "y", "d": [2, 1] }, "f": null, "g": {} });
        let shown: Vec<_> = Difference::all(&before, &after).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["b.c: x -> y", "b.d: [1,2] -> [2,1]", "e: true -> none", "g: none -> {}"]);
        assert_eq!(Difference::all(&before, &before), []);
    }

    #[test]
    fn what_appears_or_is_lost_as_a_whole_is_named_part_by_part() {
        let with =
            json!({ "LambdaConfig": { "Create": "arn:c", "Define": "arn:d", "Sender": { "LambdaArn": "arn:s" } } });
        let shown = |before: &Value, after: &Value| {
            Difference::all(before, after).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        for without in [json!({}), json!({ "LambdaConfig": null }), json!({ "LambdaConfig": {} })] {
            assert_eq!(
                shown(&without, &with),
                [
                    "LambdaConfig.Create: none -> arn:c",
                    "LambdaConfig.Define: none -> arn:d",
                    "LambdaConfig.Sender.LambdaArn: none -> arn:s",
                ]
            );
        }
        assert_eq!(shown(&with, &json!({})).len(), 3);
        assert_eq!(shown(&json!({ "a": "x" }), &json!({ "a": { "b": 1 } })), [r#"a: x -> {"b":1}"#]);
    }
}

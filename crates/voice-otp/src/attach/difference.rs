//! What differs between two JSON values. Pure.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::redaction::printable;

/// One place where two values differ.
#[derive(Debug, PartialEq)]
pub struct Difference {
    /// Where it is, with dots.
    pub path: String,
    /// What was there; null for nothing.
    pub before: Value,
    /// What is there.
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
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        if before != after {
            differences.push(Difference { path, before: before.clone(), after: after.clone() });
        }
        return;
    };
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
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
}

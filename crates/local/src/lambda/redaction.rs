//! Redacts events and answers: no code, no answer to a challenge, no whole phone number, no e-mail address. Pure.

use client::masking::without_numbers;
use serde_json::Value;

/// The document with secrets and personal data masked.
pub(super) fn redacted(mut document: Value) -> Value {
    redact(&mut document);
    document
}

fn redact(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_addresses(&without_numbers(text)),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match (name.as_str(), value) {
                    (_, Value::Null) => {}
                    // The second is the code that `speak-code` gives.
                    ("challengeAnswer" | "Code", value) => *value = "(redacted)".into(),
                    // A number in any form but the masked one.
                    ("phone_number", Value::String(text)) if !text.starts_with('+') => *text = "(redacted)".into(),
                    (_, value) => redact(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Keeps the first letter and the domain of each address, also within a text.
fn without_addresses(text: &str) -> String {
    let word = |word: &str| match word.rsplit_once('@') {
        Some((name, domain)) if !name.is_empty() && domain.starts_with(in_address) => {
            format!("{}***@{domain}", name.chars().take(1).collect::<String>())
        }
        _ => word.to_owned(),
    };
    // Characters at the end of a word stay, as part of the domain.
    text.split_inclusive(|character| !in_address(character)).map(word).collect()
}

/// Whether a character may be in an address that isn't quoted (RFC 5322, 3.2.3, and RFC 6531).
fn in_address(character: char) -> bool {
    character.is_alphanumeric() || "@.!#$%&'*+-/=?^_`{|}~".contains(character)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_identifies_or_lets_in_is_left() {
        let event = json!({
            "userName": "demo",
            "request": {
                "userAttributes": {
                    "sub": "3f6a1c52-7b1e-4d35-9a0e-0f5d2b8c4e11",
                    "email": "demo@example.com",
                    "phone_number": "+12065550100",
                    "phone_number_verified": "true",
                    "custom:YourPhone": "+442071838750",
                },
                "challengeAnswer": "471902",
                "session": [{ "challengeName": "CUSTOM_CHALLENGE", "challengeResult": false, "challengeMetadata": null }],
            },
            "response": { "publicChallengeParameters": { "destination": "+1********00", "attemptsLeft": "3" } },
        });
        let mut expected = event.clone();
        expected["request"]["userAttributes"]["email"] = "d***@example.com".into();
        expected["request"]["userAttributes"]["phone_number"] = "+1********00".into();
        expected["request"]["userAttributes"]["custom:YourPhone"] = "+44********50".into();
        expected["request"]["challengeAnswer"] = "(redacted)".into();
        assert_eq!(redacted(event), expected);
    }

    #[test]
    fn an_answer_is_hidden_whatever_it_is() {
        for answer in [json!("471902"), json!(471_902), json!(["471902"]), json!({ "code": "471902" })] {
            assert_eq!(redacted(json!({ "challengeAnswer": answer })), json!({ "challengeAnswer": "(redacted)" }));
        }
        let none = json!({ "challengeAnswer": null });
        assert_eq!(redacted(none.clone()), none);
    }

    #[test]
    fn the_code_that_is_spoken_is_hidden() {
        let answer = json!({ "Result": "code", "Code": "4, 7, 1, 9, 0, 2" });
        assert_eq!(redacted(answer), json!({ "Result": "code", "Code": "(redacted)" }));
    }

    #[test]
    fn a_number_in_another_form_is_hidden_whole() {
        assert_eq!(redacted(json!({ "phone_number": "2065550107" })), json!({ "phone_number": "(redacted)" }));
    }

    #[test]
    fn addresses_are_masked_wherever_they_stand() {
        for (text, shown) in [
            ("ann@example.com", "a***@example.com"),
            ("Ann of ann.b@example.com signs in", "Ann of a***@example.com signs in"),
            ("öl@example.com", "ö***@example.com"),
            ("@example.com", "@example.com"),
            ("ann@", "ann@"),
            ("two  spaces", "two  spaces"),
            ("ann@example.com,bob@example.org", "a***@example.com,b***@example.org"),
            ("Ann <ann@example.com>;\nto:bob@example.org.", "Ann <a***@example.com>;\nto:b***@example.org."),
            ("ann@example.com@bob@example.org", "a***@example.org"),
            ("(ann@)", "(ann@)"),
        ] {
            assert_eq!(without_addresses(text), shown);
        }
    }
}

//! A pool's password policy. Pure.

use std::fmt;

use anyhow::{Result, ensure};
use serde_json::Value;

/// A pool's password policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The minimum number of characters.
    length: u64,
    /// The kinds of characters that a password must have.
    kinds: Vec<&'static Kind>,
}

/// A kind of characters.
#[derive(Debug)]
struct Kind {
    /// Its name in `PasswordPolicy`.
    name: &'static str,
    text: &'static str,
    has: fn(char) -> bool,
}

static KINDS: [Kind; 4] = [
    Kind { name: "RequireUppercase", text: "an upper-case letter", has: char::is_uppercase },
    Kind { name: "RequireLowercase", text: "a lower-case letter", has: char::is_lowercase },
    Kind { name: "RequireNumbers", text: "a digit", has: char::is_numeric },
    Kind { name: "RequireSymbols", text: "a symbol", has: |character| !character.is_alphanumeric() },
];

impl Policy {
    /// Reads `PasswordPolicy`.
    #[must_use]
    pub fn from_json(policy: &Value) -> Self {
        Self {
            length: policy["MinimumLength"].as_u64().unwrap_or_default().max(1),
            kinds: KINDS.iter().filter(|kind| policy[kind.name] == true).collect(),
        }
    }

    /// Fails if Cognito would refuse the password. Cognito may refuse others too.
    pub fn check(&self, password: &str) -> Result<()> {
        let fits = password.chars().count() as u64 >= self.length
            && self.kinds.iter().all(|kind| password.chars().any(kind.has));
        ensure!(fits, "The password must have {self}");
        Ok(())
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at least {} characters", self.length)?;
        self.kinds.iter().try_for_each(|kind| write!(f, ", {}", kind.text))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_password_that_cognito_is_sure_to_refuse_is_refused() {
        let all = json!({ "MinimumLength": 12, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
            "RequireSymbols": true });
        let policy = Policy::from_json(&all);
        let shown = "at least 12 characters, an upper-case letter, a lower-case letter, a digit, a symbol";
        assert_eq!(policy.to_string(), shown);
        assert!(policy.check("Correct-Horse-7").is_ok());
        for password in ["", "Horse-7", "correct-horse-7", "CORRECT-HORSE-7", "Correct-Horse-", "CorrectHorse77"] {
            let error = policy.check(password).unwrap_err().to_string();
            assert_eq!(error, format!("The password must have {shown}"), "{password}");
        }
        let none = Policy::from_json(&Value::Null);
        assert!(none.check("x").is_ok() && none.check("").is_err());
    }
}

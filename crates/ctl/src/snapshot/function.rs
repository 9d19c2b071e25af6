//! A function, who may invoke it, and what it may do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Found;

/// What the checks want to know of a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its ARN, without version or alias.
    pub arn: String,
    /// Its time limit in seconds.
    pub timeout: u64,
    /// Its state: `Active`, if it can be invoked.
    pub state: String,
    /// Its environment. In place of `OTP_KEY` is something of the same length, or a reference if it is one.
    pub environment: BTreeMap<String, String>,
    /// Who may invoke it.
    pub permissions: Found<Vec<Permission>>,
    /// What its role may do.
    pub role: Found<Role>,
}

/// One statement of a function's policy that allows somebody to invoke it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Permission {
    /// `Sid`.
    pub id: String,
    /// The service, or whoever it is.
    pub principal: String,
    /// The only resource in whose name it may.
    pub source_arn: Option<String>,
    /// The only account in whose name it may.
    pub source_account: Option<String>,
}

/// What a role may do of what was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Actions it needs and lacks.
    pub lacks: Vec<String>,
    /// Actions it doesn't need and has.
    pub exceeds: Vec<String>,
}

impl Permission {
    /// Reads the statements of a policy that allow to invoke.
    #[must_use]
    pub fn all(policy: &str) -> Vec<Self> {
        let policy: Value = serde_json::from_str(policy).unwrap_or_default();
        let statements = policy["Statement"].as_array().into_iter().flatten();
        statements.filter(|statement| allows_to_invoke(statement)).map(Self::from_json).collect()
    }

    fn from_json(statement: &Value) -> Self {
        let principal = &statement["Principal"];
        let principal = ["Service", "AWS"].iter().find_map(|kind| principal[*kind].as_str()).or(principal.as_str());
        Self {
            id: statement["Sid"].as_str().unwrap_or_default().to_owned(),
            principal: principal.unwrap_or_default().to_owned(),
            source_arn: condition(statement, "aws:sourcearn"),
            source_account: condition(statement, "aws:sourceaccount"),
        }
    }

    /// Whether Cognito may invoke in the name of a pool.
    #[must_use]
    pub fn admits(&self, pool_arn: &str) -> bool {
        let account = pool_arn.split(':').nth(4);
        self.principal == "cognito-idp.amazonaws.com"
            && self.source_arn.as_deref().is_none_or(|arn| is_like(pool_arn, arn))
            && self.source_account.as_deref().is_none_or(|source| Some(source) == account)
    }

    /// Whether Cognito may invoke in the name of that pool alone.
    #[must_use]
    pub fn admits_only(&self, pool_arn: &str) -> bool {
        self.admits(pool_arn) && self.source_arn.as_deref() == Some(pool_arn) && self.source_account.is_some()
    }
}

fn allows_to_invoke(statement: &Value) -> bool {
    let actions = &statement["Action"];
    let mut actions = actions.as_array().map_or_else(|| vec![actions], |actions| actions.iter().collect()).into_iter();
    let invokes =
        actions.any(|action| ["lambda:InvokeFunction", "lambda:*", "*"].contains(&action.as_str().unwrap_or_default()));
    statement["Effect"] == "Allow" && invokes
}

/// The value of a condition on a key, whatever the operator and however the key is written.
fn condition(statement: &Value, key: &str) -> Option<String> {
    let operators = statement["Condition"].as_object()?.values().filter_map(Value::as_object);
    let mut pairs = operators.flatten();
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    value.as_str().or_else(|| value.as_array()?.first()?.as_str()).map(str::to_owned)
}

/// Whether a text fits a pattern in which `*` stands for anything.
fn is_like(text: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => text == pattern,
        Some((start, rest)) => {
            let Some(tail) = text.strip_prefix(start) else { return false };
            (0..=tail.len()).filter(|end| tail.is_char_boundary(*end)).any(|end| is_like(&tail[end..], rest))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_A";

    fn permissions(condition: &str) -> Vec<Permission> {
        Permission::all(&format!(
            r#"{{"Statement":[{{"Sid":"a","Effect":"Allow","Principal":{{"Service":"cognito-idp.amazonaws.com"}},
                "Action":"lambda:InvokeFunction","Resource":"f"{condition}}}]}}"#
        ))
    }

    #[test]
    fn a_pool_is_admitted_by_its_conditions() {
        let arn = format!(r#""ArnLike":{{"AWS:SourceArn":"{POOL}"}}"#);
        let account = r#""StringEquals":{"AWS:SourceAccount":"123456789012"}"#;
        let both = format!(r#","Condition":{{{arn},{account}}}"#);
        for (condition, admits, only) in [
            (both.as_str(), true, true),
            (&format!(r#","Condition":{{{arn}}}"#), true, false),
            (&format!(r#","Condition":{{{account}}}"#), true, false),
            ("", true, false),
            (&both.replace("_A", "_B"), false, false),
            (&both.replace("_A", "_*"), true, false),
            (r#","Condition":{"StringEquals":{"aws:SourceAccount":"999999999999"}}"#, false, false),
        ] {
            let [permission] = &permissions(condition)[..] else { panic!("{condition}") };
            assert_eq!((permission.admits(POOL), permission.admits_only(POOL)), (admits, only), "{condition}");
        }
    }

    #[test]
    fn only_statements_that_allow_to_invoke_count() {
        assert_eq!(Permission::all("no JSON"), []);
        assert_eq!(Permission::all(r#"{"Statement":[{"Effect":"Deny","Action":"lambda:InvokeFunction"}]}"#), []);
        assert_eq!(Permission::all(r#"{"Statement":[{"Effect":"Allow","Action":"lambda:GetFunction"}]}"#), []);
        let [permission] =
            &Permission::all(r#"{"Statement":[{"Effect":"Allow","Action":["lambda:*"],"Principal":"*"}]}"#)[..]
        else {
            panic!()
        };
        assert!(permission.principal == "*" && !permission.admits(POOL));
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (text, pattern, fits) in
            [("abc", "a*c", true), ("abc", "*", true), ("abc", "a*b", false), ("aü", "a*", true), ("", "", true)]
        {
            assert_eq!(is_like(text, pattern), fits, "{text} {pattern}");
        }
    }
}

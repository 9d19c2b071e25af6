//! A function, who may invoke it, and what it may do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Found;

/// A function, as far as the checks need it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Its ARN, without version or alias.
    pub arn: String,
    /// Its reserved concurrency, if it has one.
    pub reserved: Found<Option<u64>>,
    /// Who may invoke it.
    pub permissions: Found<Vec<Permission>>,
    /// Its configuration.
    pub configuration: Found<Configuration>,
}

/// A function's configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// Its time limit in seconds.
    pub timeout: u64,
    /// Its state: `Active`, if it can be invoked.
    pub state: String,
    /// How its last update went: `Successful`, `InProgress` or `Failed`.
    pub last_update: String,
    /// The customer's KMS key that encrypts its environment. `None` means Lambda's own key.
    pub kms_key: Option<String>,
    /// Its environment. `OTP_KEY` is replaced by a text of the same length, unless it is a reference.
    pub environment: Found<BTreeMap<String, String>>,
    /// What its role may do.
    pub role: Found<Role>,
}

/// One statement of a function's policy on who may invoke it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Permission {
    /// `Sid`.
    pub id: String,
    /// The principal: a service, an account or a role.
    pub principal: String,
    /// `aws:SourceArn`: the only resource on whose behalf it may invoke.
    pub source_arn: Option<String>,
    /// `aws:SourceAccount`: the only account on whose behalf it may invoke.
    pub source_account: Option<String>,
    /// `Some` if the statement denies, with or without a condition. `None` if it allows.
    pub denies: Option<Denial>,
}

/// When a denying statement applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Denial {
    /// For every request.
    Always,
    /// Under a condition, which is not judged.
    Sometimes,
}

/// The permissions of a role, compared with what its function needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Actions that the function needs and the role lacks.
    pub lacks: Vec<String>,
    /// Actions that the role has and the function doesn't need.
    pub exceeds: Vec<String>,
}

impl Function {
    /// Its environment, if it could be read.
    #[must_use]
    pub fn environment(&self) -> Option<&BTreeMap<String, String>> {
        self.configuration.here()?.environment.here()
    }
}

impl Permission {
    /// Reads the statements of a policy that allow or deny invoking the function.
    #[must_use]
    pub fn all(policy: &str) -> Vec<Self> {
        let policy: Value = serde_json::from_str(policy).unwrap_or_default();
        let statements = policy["Statement"].as_array().into_iter().flatten();
        statements.filter(|statement| is_on_invoking(statement)).map(Self::from_json).collect()
    }

    fn from_json(statement: &Value) -> Self {
        let principal = &statement["Principal"];
        let one = ["Service", "AWS"].iter().find_map(|kind| principal[*kind].as_str()).or(principal.as_str());
        let denial = if statement["Condition"].is_object() { Denial::Sometimes } else { Denial::Always };
        Self {
            id: statement["Sid"].as_str().unwrap_or_default().to_owned(),
            // Otherwise there are several principals, or all except some.
            principal: one.map_or_else(|| principal.to_string(), str::to_owned),
            denies: (statement["Effect"] != "Allow").then_some(denial),
            source_arn: condition(statement, "aws:sourcearn"),
            source_account: condition(statement, "aws:sourceaccount"),
        }
    }

    /// Whether it lets this invoker invoke.
    #[must_use]
    pub fn admits(&self, invoker: Invoker<'_>) -> bool {
        self.denies.is_none()
            && self.principal == invoker.principal
            && self.source_arn.as_deref().is_none_or(|arn| is_like(invoker.arn, arn))
            && self.source_account.as_deref().is_none_or(|source| Some(source) == account(invoker.arn))
    }

    /// Whether it lets no other service invoke, and this one only on behalf of one resource of the same kind and
    /// account. That resource may be another one.
    #[must_use]
    pub fn is_of_another_beside(&self, invoker: Invoker<'_>) -> bool {
        let beside =
            |arn: &str| arn.contains(invoker.kind) && !arn.contains('*') && account(arn) == account(invoker.arn);
        self.denies.is_none()
            && self.principal == invoker.principal
            && self.source_arn.as_deref().is_some_and(beside)
            && self.has_account(invoker)
    }

    /// Whether it keeps the invoker from invoking.
    #[must_use]
    pub fn denial_of(&self, invoker: Invoker<'_>) -> Option<Denial> {
        let is_meant = self.principal == "*" || self.principal.contains(invoker.principal) || self.principal == "null";
        self.denies.filter(|_| is_meant)
    }

    /// Whether it lets this invoker alone invoke.
    #[must_use]
    pub fn admits_only(&self, invoker: Invoker<'_>) -> bool {
        self.admits(invoker) && self.source_arn.as_deref() == Some(invoker.arn) && self.has_account(invoker)
    }

    /// Connect writes its own statements, and an instance's ARN has the account.
    fn has_account(&self, invoker: Invoker<'_>) -> bool {
        self.source_account.is_some() || invoker.principal == CONNECT
    }
}

/// A service that invokes a function on behalf of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invoker<'a> {
    /// Its principal.
    pub principal: &'static str,
    /// The resource's ARN.
    pub arn: &'a str,
    /// A part of the ARN of each resource of this kind.
    kind: &'static str,
}

impl<'a> Invoker<'a> {
    /// Cognito, for a user pool.
    #[must_use]
    pub fn pool(arn: &'a str) -> Self {
        Self { principal: COGNITO, arn, kind: ":userpool/" }
    }

    /// Amazon Connect, for an instance.
    #[must_use]
    pub fn instance(arn: &'a str) -> Self {
        Self { principal: CONNECT, arn, kind: ":instance/" }
    }
}

const COGNITO: &str = "cognito-idp.amazonaws.com";
const CONNECT: &str = "connect.amazonaws.com";

fn account(arn: &str) -> Option<&str> {
    arn.split(':').nth(4)
}

fn is_on_invoking(statement: &Value) -> bool {
    let actions = &statement["Action"];
    let mut actions = actions.as_array().map_or_else(|| vec![actions], |actions| actions.iter().collect()).into_iter();
    // IAM ignores case in actions. `NotAction` counts as a match, since it may cover any action.
    let is_meant =
        |action: &Value| is_like("lambda:invokefunction", &action.as_str().unwrap_or_default().to_ascii_lowercase());
    !statement["NotAction"].is_null() || actions.any(is_meant)
}

/// The value that a condition requires for a key. The key's letter case does not matter. Several values count as `*`,
/// any value. A negated condition requires none.
fn condition(statement: &Value, key: &str) -> Option<String> {
    let operators = statement["Condition"].as_object()?.iter().filter(|(operator, _)| !operator.contains("Not"));
    let mut pairs = operators.filter_map(|(_, keys)| keys.as_object()).flatten();
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    Some(match value.as_array().map(Vec::as_slice) {
        Some([one]) => one.as_str()?.to_owned(),
        Some(_) => "*".to_owned(),
        None => value.as_str()?.to_owned(),
    })
}

/// Whether a text matches a pattern in which `*` stands for any text.
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
            (&both.replace("ArnLike", "ArnNotLike"), true, false),
            (&both.replace(&format!("\"{POOL}\""), &format!("[\"{POOL}\"]")), true, true),
            (&both.replace(&format!("\"{POOL}\""), &format!("[\"{POOL}\",\"{POOL}2\"]")), true, false),
            (r#","Condition":{"StringEquals":{"aws:SourceAccount":"999999999999"}}"#, false, false),
        ] {
            let [permission] = &permissions(condition)[..] else { panic!("{condition}") };
            let pool = Invoker::pool(POOL);
            assert_eq!((permission.admits(pool), permission.admits_only(pool)), (admits, only), "{condition}");
            assert!(!permission.admits(Invoker::instance(POOL)), "{condition}");
        }
    }

    #[test]
    fn an_instance_needs_no_account_beside_its_arn() {
        let instance = "arn:aws:connect:us-east-1:123456789012:instance/1";
        for (condition, admits, only) in [
            (format!(r#","Condition":{{"ArnLike":{{"AWS:SourceArn":"{instance}"}}}}"#), true, true),
            (format!(r#","Condition":{{"ArnLike":{{"AWS:SourceArn":"{instance}2"}}}}"#), false, false),
            (r#","Condition":{"StringEquals":{"AWS:SourceAccount":"123456789012"}}"#.to_owned(), true, false),
        ] {
            let permission = Permission { principal: CONNECT.to_owned(), ..permissions(&condition).remove(0) };
            let instance = Invoker::instance(instance);
            assert_eq!((permission.admits(instance), permission.admits_only(instance)), (admits, only), "{condition}");
            assert_eq!(permission.is_of_another_beside(instance), condition.contains("Arn"), "{condition}");
        }
    }

    #[test]
    fn only_statements_on_invoking_count() {
        assert_eq!(Permission::all("no JSON"), []);
        assert_eq!(Permission::all(r#"{"Statement":[{"Effect":"Allow","Action":"lambda:GetFunction"}]}"#), []);
        for (statement, denial) in [
            (r#""Effect":"Deny","Principal":"*","Action":"lambda:invoke*""#, Some(Denial::Always)),
            (
                r#""Effect":"Deny","Principal":"*","NotAction":"lambda:GetFunction","Condition":{}"#,
                Some(Denial::Sometimes),
            ),
            (r#""Effect":"Deny","Principal":{"AWS":"1"},"Action":"*""#, None),
            (r#""Effect":"Allow","Principal":"*","Action":"*""#, None),
        ] {
            let [permission] = &Permission::all(&format!(r#"{{"Statement":[{{{statement}}}]}}"#))[..] else { panic!() };
            let pool = Invoker::pool(POOL);
            assert_eq!(permission.denial_of(pool), denial, "{statement}");
            assert!(!permission.admits(pool) && !permission.is_of_another_beside(pool), "{statement}");
        }
        let [permission] =
            &Permission::all(r#"{"Statement":[{"Effect":"Allow","Action":["lambda:*"],"Principal":"*"}]}"#)[..]
        else {
            panic!()
        };
        assert!(permission.principal == "*" && !permission.admits(Invoker::pool(POOL)));
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

//! The permissions of each caller, as in the template's roles.

use serde_json::Value;

use crate::aws_error::not_allowed;
use crate::credentials::Credentials;
use crate::lambda::Function;
use crate::region::{ACCOUNT, REGION};

/// A caller that signs requests.
#[derive(Clone)]
pub struct Caller {
    arn: String,
    credentials: Credentials,
    /// None: everything is allowed.
    policy: Option<Policy>,
}

/// Actions without their prefix `dynamodb:`, on one table.
#[derive(Clone)]
struct Policy {
    actions: &'static [&'static str],
    table: String,
    /// `dynamodb:LeadingKeys`: patterns, of which each key of a request is like one. None: any key.
    keys: &'static [&'static str],
}

/// The rows that speak-code uses. The key of a number ends with a purpose: the others are the sign-in's.
const OF_HEARD: &[&str] = &["USER#*", "CODE#*", "NUMBER#*#reset", "NUMBER#*#sign-in", "NUMBER#*#verification"];
/// The rows that send-code uses.
const OF_SENT: &[&str] = &["CODE#*", "NUMBER#*#reset", "NUMBER#*#sign-in", "NUMBER#*#verification", "CALLS#*"];

impl Caller {
    /// A function's role.
    #[must_use]
    pub fn function(function: Function, credentials: Credentials, table: &str) -> Self {
        let (actions, keys): (&[&str], &[&str]) = match function {
            Function::CreateChallenge => (&["BatchGetItem", "PutItem", "UpdateItem"], &[]),
            Function::DefineChallenge => (&[], &[]),
            Function::GateTokens => (&["GetItem"], &["USER#*"]),
            Function::SendCode => (&["BatchGetItem", "PutItem", "UpdateItem"], OF_SENT),
            Function::SpeakCode => (&["UpdateItem"], OF_HEARD),
            Function::VerifyChallenge => (&["UpdateItem"], &["USER#*", "UNKNOWN#*"]),
        };
        Self {
            arn: function.session_arn(),
            credentials,
            policy: Some(Policy { actions, table: table.to_owned(), keys }),
        }
    }

    /// The operator, with the credentials that `GET /local/config` tells.
    #[must_use]
    pub fn operator() -> Self {
        Self { arn: Credentials::operator_arn(), credentials: Credentials::operator(), policy: None }
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Why this caller may not make this request, in IAM's words.
    pub(super) fn lacks(&self, operation: &str, body: &[u8]) -> Option<String> {
        let policy = self.policy.as_ref()?;
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let Needed { action, table, .. } =
            needed(operation, &body).into_iter().find(|needed| !policy.allows(needed))?;
        let resource = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}");
        Some(not_allowed(&self.arn, &format!("dynamodb:{action}"), &resource))
    }
}

impl Policy {
    fn allows(&self, needed: &Needed<'_>) -> bool {
        let is_named = |key: &&str| self.keys.is_empty() || self.keys.iter().any(|pattern| is_like(key, pattern));
        self.actions.contains(&&*needed.action) && needed.table == self.table && needed.keys.iter().all(is_named)
    }
}

/// An IAM action that a request needs, with its table and the keys of its items.
struct Needed<'a> {
    action: String,
    table: &'a str,
    keys: Vec<&'a str>,
}

/// The IAM actions that a request needs. A transaction has no action of its own: it needs those of its parts.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
fn needed<'a>(operation: &str, body: &'a Value) -> Vec<Needed<'a>> {
    let one = |action: String, request: &'a Value| {
        let table = request["TableName"].as_str().unwrap_or_default();
        // A request without a key has none of those that a role may use.
        let item = request.get("Key").unwrap_or(&request["Item"]);
        Needed { action, table, keys: vec![key(item)] }
    };
    match operation {
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            let read = |(table, request): (&'a String, &'a Value)| {
                let keys = request["Keys"].as_array().into_iter().flatten().map(key).collect();
                Needed { action: operation.to_owned(), table, keys }
            };
            tables.map(read).collect()
        }
        "TransactWriteItems" => {
            let actions = body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            let part = |(kind, request): (&'a String, &'a Value)| match kind.as_str() {
                "ConditionCheck" => one("ConditionCheckItem".to_owned(), request),
                kind => one(format!("{kind}Item"), request),
            };
            actions.map(part).collect()
        }
        _ => vec![one(operation.to_owned(), body)],
    }
}

/// Whether a key is like a pattern, in which one `*` stands for any text.
fn is_like(key: &str, pattern: &str) -> bool {
    let parts = pattern.split_once('*');
    parts.is_some_and(|(start, end)| key.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)))
}

/// The key of an item.
fn key(item: &Value) -> &str {
    item["pk"]["S"].as_str().unwrap_or_default()
}

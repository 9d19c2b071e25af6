//! The permissions of each caller, as in the template's roles.

use serde_json::Value;

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
    /// `dynamodb:LeadingKeys`: what the key begins with, for a role that reads or writes one item at a time. None: any key.
    keys: &'static [&'static str],
}

impl Caller {
    /// A function's role.
    #[must_use]
    pub fn function(function: Function, credentials: Credentials, table: &str) -> Self {
        let (actions, keys): (&[&str], &[&str]) = match function {
            Function::CreateChallenge => (&["BatchGetItem", "PutItem", "UpdateItem"], &[]),
            Function::DefineChallenge => (&[], &[]),
            Function::GateTokens => (&["GetItem"], &["USER#"]),
            Function::SpeakCode => (&["UpdateItem"], &["USER#"]),
            Function::VerifyChallenge => (&["UpdateItem"], &["USER#", "UNKNOWN#"]),
        };
        Self {
            arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{function}/{function}"),
            credentials,
            policy: Some(Policy { actions, table: table.to_owned(), keys }),
        }
    }

    /// The operator, with the credentials that `GET /local/config` tells.
    #[must_use]
    pub fn operator() -> Self {
        let arn = format!("arn:aws:iam::{ACCOUNT}:user/operator");
        Self { arn, credentials: Credentials::operator(), policy: None }
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Why this caller may not make this request, in IAM's words.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
    pub(super) fn lacks(&self, operation: &str, body: &[u8]) -> Option<String> {
        let policy = self.policy.as_ref()?;
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let key = body["Key"]["pk"]["S"].as_str().unwrap_or_default();
        let has_key = policy.keys.is_empty() || policy.keys.iter().any(|start| key.starts_with(start));
        let allowed = |(action, table): &(String, String)| {
            policy.actions.contains(&&**action) && *table == policy.table && has_key
        };
        let (action, table) = needed(operation, &body).into_iter().find(|needed| !allowed(needed))?;
        let resource = format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}");
        Some(format!(
            "User: {} is not authorized to perform: dynamodb:{action} on resource: {resource} because no \
             identity-based policy allows the dynamodb:{action} action",
            self.arn
        ))
    }
}

/// The IAM actions that a request needs, each with its table. A transaction has no action of its own: it needs those of
/// its parts. <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
fn needed(operation: &str, body: &Value) -> Vec<(String, String)> {
    let one = |action: &str, request: &Value| {
        vec![(action.to_owned(), request["TableName"].as_str().unwrap_or_default().to_owned())]
    };
    match operation {
        "BatchGetItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flat_map(|requests| requests.keys());
            tables.map(|table| (operation.to_owned(), table.clone())).collect()
        }
        "TransactWriteItems" => {
            let actions = body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            actions
                .flat_map(|(kind, request)| match kind.as_str() {
                    "ConditionCheck" => one("ConditionCheckItem", request),
                    kind => one(&format!("{kind}Item"), request),
                })
                .collect()
        }
        _ => one(operation, body),
    }
}

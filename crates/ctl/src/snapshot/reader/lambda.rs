//! Reads a function, its policy, and what its role may do.

use std::collections::BTreeMap;
use std::mem::replace;

use serde_json::Value;

use super::{Found, Reader, found, text};
use crate::aws::{AwsError, Operation};
use crate::snapshot::{Function, Permission, Role, Trigger};

const GET_CONFIGURATION: Operation = Operation::new("lambda", "GetFunctionConfiguration");
/// `GetPolicy`.
pub(crate) const GET_POLICY: Operation = Operation::new("lambda", "GetPolicy");
const GET_CONCURRENCY: Operation = Operation::new("lambda", "GetFunctionConcurrency");
const SIMULATE: Operation = Operation::new("iam", "SimulatePrincipalPolicy");

/// A function's variables by name.
pub(super) type Environment = BTreeMap<String, String>;

/// The variable with the key.
const KEY: &str = "OTP_KEY";

/// What no function of ours needs, each the way to something worse than its own work: of the account, and of the table.
const TOO_MUCH: [&str; 4] =
    ["cognito-idp:AdminSetUserPassword", "iam:PassRole", "lambda:UpdateFunctionCode", "secretsmanager:GetSecretValue"];
const TOO_MUCH_OF_TABLE: [&str; 2] = ["dynamodb:DeleteTable", "dynamodb:Scan"];
const CALL: &str = "connect:StartOutboundVoiceContact";
const ANY: &str = "*";

/// Actions, and the resource of each.
type Asked<'a> = Vec<(&'a [&'a str], &'a str)>;

impl Reader<'_> {
    /// A function, and its key, which goes no further than to be compared. `create` is the environment of the create function, if
    /// this is another: it says what is called with, and which table it is.
    pub(super) async fn function(
        &self,
        trigger: Trigger,
        arn: Option<String>,
        create: Option<&Environment>,
    ) -> (Found<Function>, Option<String>) {
        let Some(arn) = arn else { return (Found::Unnamed, None) };
        let configuration = match self.configuration(&arn).await {
            Ok(configuration) => configuration,
            Err(error) => return (found(&arn, Err(error)), None),
        };
        let (environment, key) = environment(&configuration);
        let policy = match self.aws.rest(GET_POLICY, "GET", &path(&arn, &["policy"]), None).await {
            // A function that nobody was ever allowed to invoke has no policy.
            Err(error) if error.is_missing() => Found::Here(Vec::new()),
            answer => found(&arn, answer.map(|answer| permissions(&answer))),
        };
        let concurrency = ["2019-09-30", "functions", &arn, "concurrency"];
        let reserved = match self.aws.rest(GET_CONCURRENCY, "GET", &concurrency, None).await {
            Ok(answer) => Found::Here(answer["ReservedConcurrentExecutions"].as_u64()),
            // Even if it is missing: the function is not.
            Err(error) => Found::Unread { reason: error.to_string(), advice: error.advice() },
        };
        let role = text(&configuration["Role"]);
        let role = found(&role, self.role(trigger, &role, &arn, create.unwrap_or(&environment)).await);
        let function = Function {
            arn,
            timeout: configuration["Timeout"].as_u64().unwrap_or(3),
            state: configuration["State"].as_str().unwrap_or("Active").to_owned(),
            last_update: configuration["LastUpdateStatus"].as_str().unwrap_or("Successful").to_owned(),
            reserved,
            environment,
            permissions: policy,
            role,
        };
        (Found::Here(function), key)
    }

    async fn configuration(&self, arn: &str) -> Result<Value, AwsError> {
        self.aws.rest(GET_CONFIGURATION, "GET", &path(arn, &["configuration"]), None).await
    }

    async fn role(
        &self,
        trigger: Trigger,
        role: &str,
        function: &str,
        environment: &Environment,
    ) -> Result<Role, AwsError> {
        let table = environment.get("LEDGER_TABLE_NAME").and_then(|name| table_arn(function, name));
        let contact = environment.get("CONNECT_INSTANCE_ARN").map(|arn| format!("{arn}/contact/any"));
        // Where it is not known which one it is, a right to any is what can be asked for.
        let (table, contact) = (table.as_deref().unwrap_or(ANY), contact.as_deref().unwrap_or(ANY));
        let (needs, mut excess): (Asked<'_>, Asked<'_>) = match trigger {
            Trigger::Define => (vec![], vec![(&[CALL], contact), (&["dynamodb:UpdateItem"], table)]),
            Trigger::Create => {
                let counts = &["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
                (vec![(&[CALL], contact), (counts, table)], vec![])
            }
            Trigger::Verify => {
                let counts = vec![(&["dynamodb:UpdateItem"][..], table)];
                (counts, vec![(&[CALL], contact), (&["dynamodb:PutItem"], table)])
            }
        };
        excess.extend([(&TOO_MUCH[..], ANY), (&TOO_MUCH_OF_TABLE, table)]);
        let mut found = Role { arn: role.to_owned(), ..Role::default() };
        for (actions, resource) in needs.into_iter().filter(|(_, resource)| *resource != ANY) {
            let decisions = self.simulate(role, actions, resource).await?;
            found.lacks.extend(decisions.into_iter().filter(|(_, is_allowed)| !is_allowed).map(|(action, _)| action));
        }
        for (actions, resource) in excess {
            let decisions = self.simulate(role, actions, resource).await?;
            found.exceeds.extend(decisions.into_iter().filter(|(_, is_allowed)| *is_allowed).map(|(action, _)| action));
        }
        Ok(found)
    }

    /// Whether a role may do each of these actions.
    async fn simulate(&self, role: &str, actions: &[&str], resource: &str) -> Result<Vec<(String, bool)>, AwsError> {
        let mut fields = vec![
            ("PolicySourceArn".to_owned(), role.to_owned()),
            ("ResourceArns.member.1".to_owned(), resource.to_owned()),
            // Verify may write rows of users alone: the row is one.
            ("ContextEntries.member.1.ContextKeyName".to_owned(), "dynamodb:LeadingKeys".to_owned()),
            ("ContextEntries.member.1.ContextKeyType".to_owned(), "stringList".to_owned()),
            ("ContextEntries.member.1.ContextKeyValues.member.1".to_owned(), "USER#x".to_owned()),
        ];
        for (index, action) in actions.iter().enumerate() {
            fields.push((format!("ActionNames.member.{}", index + 1), (*action).to_owned()));
        }
        let xml = self.aws.query(SIMULATE, &fields).await?;
        let decisions = xml.pairs("EvalActionName", "EvalDecision");
        if decisions.len() != actions.len() {
            let reason = "its answer does not decide on each action".to_owned();
            return Err(AwsError::Unreached { operation: SIMULATE, reason });
        }
        Ok(decisions.into_iter().map(|(action, decision)| (action, decision == "allowed")).collect())
    }
}

/// The environment in a configuration, and the key apart.
fn environment(configuration: &Value) -> (Environment, Option<String>) {
    let (mut environment, mut key) = (Environment::new(), None);
    for (name, value) in configuration["Environment"]["Variables"].as_object().into_iter().flatten() {
        let mut value = text(value);
        if name == KEY {
            let shown = veiled(&value);
            key = Some(replace(&mut value, shown));
        }
        environment.insert(name.clone(), value);
    }
    (environment, key)
}

/// Something of a key's length; a reference stays one, since that is what is wrong with it.
fn veiled(key: &str) -> String {
    if key.starts_with("{{resolve:") { "{{resolve:…}}".to_owned() } else { "*".repeat(key.len()) }
}

/// A table in the account and Region of a function, unless its name says it all.
fn table_arn(function: &str, table: &str) -> Option<String> {
    if table.starts_with("arn:") {
        return Some(table.to_owned());
    }
    let parts: Vec<_> = function.split(':').collect();
    let ["arn", partition, "lambda", region, account, ..] = parts[..] else { return None };
    Some(format!("arn:{partition}:dynamodb:{region}:{account}:table/{table}"))
}

/// The path of something of a function.
pub(crate) fn path<'a>(arn: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    ["2015-03-31", "functions", arn].into_iter().chain(rest.iter().copied()).collect()
}

/// What a policy's answer allows.
pub(crate) fn permissions(answer: &Value) -> Vec<Permission> {
    Permission::all(&text(&answer["Policy"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_key_its_length_is_kept() {
        assert_eq!(veiled("0123456789"), "**********");
        assert_eq!(veiled("{{resolve:secretsmanager:x}}"), "{{resolve:…}}");
    }

    #[test]
    fn a_table_is_where_the_function_is() {
        let function = "arn:aws-cn:lambda:cn-north-1:123456789012:function:create";
        let table = "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/ledger";
        assert_eq!(table_arn(function, "ledger").as_deref(), Some(table));
        assert_eq!(table_arn(function, table).as_deref(), Some(table));
        assert_eq!(table_arn("create", "ledger"), None);
    }
}

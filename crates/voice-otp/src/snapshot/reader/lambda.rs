//! Reads a function, its policy, and what its role may do.

use std::collections::BTreeMap;
use std::mem::replace;

use serde_json::Value;

use super::{Found, Names, Reader, found, text};
use crate::aws::{AwsError, Operation};
use crate::snapshot::{Configuration, Function, Permission, Pool, Program, Role};

/// A function's variables by name.
pub(super) type Environment = BTreeMap<String, String>;

/// The variable with the key.
const KEY: &str = "OTP_KEY";
/// The variable that gate-tokens alone has.
const GATE: &str = "OTP_TOKEN_GATE";

/// Dangerous actions that none of our functions needs, on the account and on the table.
const TOO_MUCH: [&str; 4] =
    ["cognito-idp:AdminSetUserPassword", "iam:PassRole", "lambda:UpdateFunctionCode", "secretsmanager:GetSecretValue"];
const TOO_MUCH_OF_TABLE: [&str; 2] = ["dynamodb:DeleteTable", "dynamodb:Scan"];
const CALL: &str = "connect:StartOutboundVoiceContact";
const DECRYPT: &str = "kms:Decrypt";
const TEXT: &str = "sms-voice:SendTextMessage";
const UPDATE: &str = "dynamodb:UpdateItem";
const ANY: &str = "*";
/// Rows of users and of numbers, for the sign-in and for Cognito's own codes.
const USER: &str = "USER#x";
const NUMBER: &str = "NUMBER#x";
const CODE: &str = "CODE#x";
const NUMBER_FOR_CODES: &str = "NUMBER#x#reset";

/// The resources that IAM is asked about.
struct Scope {
    /// The resources on which AWS may check the right to call, if the instance is known: the instance, a contact, a
    /// flow. AWS's sources disagree on which it is.
    call: Vec<String>,
    /// Whether create is to have the right to call on any resource.
    any_call: bool,
    /// The ledger's table.
    table: Option<String>,
    /// The key of Cognito's own codes, if they are spoken.
    codes_key: Option<String>,
    /// What sends text messages, if something does: an ARN, or a name.
    text_identity: Option<String>,
    /// The user pool's id.
    pool: String,
}

/// A right on a resource, and on which rows if that is a table.
struct Right {
    action: &'static str,
    resource: String,
    row: &'static str,
}

impl Reader<'_> {
    /// A function and its key, which is used only to compare it. `create` is the create function's environment, if this
    /// is another function: it names the Connect resources and the table.
    pub(super) async fn function(
        &self,
        program: Program,
        arn: Option<String>,
        create: Option<&Environment>,
        names: &Names,
    ) -> (Found<Function>, Option<String>) {
        let Some(arn) = arn else { return (Found::Unnamed, None) };
        let answer = self.configuration(&arn).await;
        if answer.as_ref().is_err_and(AwsError::is_missing) {
            return (Found::Missing { name: arn }, None);
        }
        let policy = match self.aws.rest(Operation::GET_POLICY, "GET", &path(&arn, &["policy"]), None).await {
            // A function has no policy until somebody is allowed to invoke it.
            Err(error) if error.is_missing() => Found::Here(Vec::new()),
            answer => found(&arn, answer.map(|answer| permissions(&answer))),
        };
        let concurrency = ["2019-09-30", "functions", &arn, "concurrency"];
        let reserved = match self.aws.rest(Operation::GET_FUNCTION_CONCURRENCY, "GET", &concurrency, None).await {
            Ok(answer) => Found::Here(answer["ReservedConcurrentExecutions"].as_u64()),
            // The function exists, so an error is never reported as a missing function.
            Err(error) => Found::Unread { reason: error.to_string(), advice: error.advice() },
        };
        let mut key = None;
        let configuration = match answer {
            Err(error) => found(&arn, Err(error)),
            Ok(answer) => {
                let environment = environment(&answer).map(|(environment, own)| {
                    key = own;
                    environment
                });
                let environment = found(&arn, environment);
                let settings = create.or(environment.here()).unwrap_or(&names.parameters);
                let scope = Scope::new(&arn, settings, environment.here(), names);
                let role = text(&answer["Role"]);
                let role = found(&role, self.role(program, &role, scope).await);
                Found::Here(Configuration {
                    timeout: answer["Timeout"].as_u64().unwrap_or(3),
                    state: answer["State"].as_str().unwrap_or("Active").to_owned(),
                    last_update: answer["LastUpdateStatus"].as_str().unwrap_or("Successful").to_owned(),
                    kms_key: answer["KMSKeyArn"].as_str().map(str::to_owned),
                    environment,
                    role,
                })
            }
        };
        (Found::Here(Function { arn, reserved, permissions: policy, configuration }), key)
    }

    /// The ARN of gate-tokens: the stack's, or without a stack that at Pre Token Generation. Also whether another
    /// function is there that does not exist.
    pub(super) async fn gate_tokens(&self, names: &Names, pool: &Found<Pool>) -> (Option<String>, bool) {
        let attached = pool.here().and_then(|pool| pool.token_trigger.as_ref()).map(|trigger| &trigger.function);
        let Some(attached) = attached.filter(|attached| names.gate.as_ref() != Some(attached)) else {
            return (names.gate.clone(), false);
        };
        // It may be anybody's: nothing of its configuration is kept.
        let configuration = self.configuration(attached).await;
        let is_gone = configuration.as_ref().is_err_and(AwsError::is_missing);
        let environment = configuration.and_then(|configuration| environment(&configuration));
        let is_gate = environment.is_ok_and(|(environment, _)| environment.contains_key(GATE));
        let own = (is_gate && names.stack.is_none()).then(|| attached.clone());
        (names.gate.clone().or(own), is_gone)
    }

    /// A function's configuration.
    pub(crate) async fn configuration(&self, arn: &str) -> Result<Value, AwsError> {
        self.aws.rest(Operation::GET_FUNCTION_CONFIGURATION, "GET", &path(arn, &["configuration"]), None).await
    }

    async fn role(&self, program: Program, role: &str, scope: Scope) -> Result<Role, AwsError> {
        let mut found = Role { arn: role.to_owned(), ..Role::default() };
        for right in scope.needs(program) {
            let lack = format!("{} on {}", right.action, right.resource);
            if !self.simulate(role, &right, &scope.pool).await? && !found.lacks.contains(&lack) {
                found.lacks.push(lack);
            }
        }
        for right in scope.excess(program) {
            let has_it = self.simulate(role, &right, &scope.pool).await?;
            if has_it && !found.exceeds.iter().any(|own| own == right.action) {
                found.exceeds.push(right.action.to_owned());
            }
        }
        Ok(found)
    }

    /// Whether a role may do this. Each request asks about one action, since IAM refuses some combinations.
    async fn simulate(&self, role: &str, right: &Right, pool: &str) -> Result<bool, AwsError> {
        let Right { action, resource, row } = right;
        let fields = [
            ("PolicySourceArn", role),
            ("ActionNames.member.1", action),
            ("ResourceArns.member.1", resource),
            // Most have rights on some kinds of rows alone, so such a row is asked about.
            ("ContextEntries.member.1.ContextKeyName", "dynamodb:LeadingKeys"),
            ("ContextEntries.member.1.ContextKeyType", "stringList"),
            ("ContextEntries.member.1.ContextKeyValues.member.1", row),
            // The key of Cognito's own codes is for those of the pool.
            ("ContextEntries.member.2.ContextKeyName", "kms:EncryptionContext:userpool-id"),
            ("ContextEntries.member.2.ContextKeyType", "string"),
            ("ContextEntries.member.2.ContextKeyValues.member.1", pool),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let xml = self.aws.query(Operation::SIMULATE_PRINCIPAL_POLICY, &fields).await?;
        let [(_, decision)] = &xml.pairs("EvalActionName", "EvalDecision")[..] else {
            let reason = format!("its answer does not decide on {action}");
            return Err(AwsError::Unreached { operation: Operation::SIMULATE_PRINCIPAL_POLICY, reason });
        };
        Ok(decision == "allowed")
    }
}

impl Scope {
    fn new(function: &str, settings: &Environment, own: Option<&Environment>, names: &Names) -> Self {
        let instance = settings.get("CONNECT_INSTANCE_ARN").filter(|arn| !arn.is_empty());
        let forms = ["", "/contact/any", "/contact-flow/any"];
        let of_codes = |name: &str| {
            let own = own.filter(|own| own.get("OTP_COGNITO_CODES").is_some_and(|codes| codes == "all"))?;
            own.get(name).filter(|value| !value.is_empty()).cloned()
        };
        Self {
            call: instance.map(|arn| forms.map(|form| format!("{arn}{form}")).into()).unwrap_or_default(),
            any_call: names.parameters.get("CONNECT_CALL_RESOURCE").is_some_and(|form| form == "any"),
            table: settings.get("LEDGER_TABLE_NAME").and_then(|name| table_arn(function, name)),
            codes_key: of_codes("OTP_COGNITO_CODES_KEY_ARN"),
            text_identity: of_codes("OTP_SMS_ORIGINATION_IDENTITY"),
            pool: names.pool.clone(),
        }
    }

    /// What a function needs.
    fn needs(&self, program: Program) -> Vec<Right> {
        let on_table = |actions: &[&'static str], row| -> Vec<Right> {
            let rights = actions.iter().zip(self.table.iter().cycle());
            rights.map(|(action, table)| Right { action, resource: table.clone(), row }).collect()
        };
        let counts = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];
        let calls = || if self.any_call { vec![ANY.to_owned()] } else { self.call.clone() };
        let calls = || calls().into_iter().map(|resource| Right::on(CALL, resource));
        let decrypt = || self.codes_key.iter().map(|key| Right::on(DECRYPT, key.clone()));
        match program {
            Program::Define => Vec::new(),
            Program::Create => calls().chain(on_table(&counts, USER)).collect(),
            Program::Verify => on_table(&[UPDATE], USER),
            Program::Speak => {
                let mut needs = on_table(&[UPDATE], USER);
                if self.codes_key.is_some() {
                    needs.extend(on_table(&[UPDATE], CODE));
                    needs.extend(on_table(&[UPDATE], NUMBER_FOR_CODES));
                }
                needs.extend(decrypt());
                needs
            }
            Program::Gate => on_table(&["dynamodb:GetItem"], USER),
            Program::Send => {
                let mut needs: Vec<_> = calls().chain(on_table(&counts, CODE)).collect();
                if let Some(identity) = &self.text_identity {
                    needs.extend(identity.starts_with("arn:").then(|| Right::on(TEXT, identity.clone())));
                    needs.extend(decrypt());
                }
                needs
            }
        }
    }

    /// What it must not be able to do.
    fn excess(&self, program: Program) -> Vec<Right> {
        // If the resource is not known, IAM can only be asked about any resource.
        let table = self.table.clone().unwrap_or_else(|| ANY.to_owned());
        let mut excess: Vec<_> = TOO_MUCH.map(|action| Right::on(action, ANY.to_owned())).into();
        excess.extend(TOO_MUCH_OF_TABLE.map(|action| Right::on(action, table.clone())));
        match program {
            Program::Create => (),
            // Without text messages, it has no need to know a code. And the rows of the sign-in have its challenges and limits.
            Program::Send => {
                let key = self.codes_key.iter().filter(|_| self.text_identity.is_none());
                excess.extend(key.map(|key| Right::on(DECRYPT, key.clone())));
                let rows = [USER, NUMBER].into_iter();
                excess.extend(rows.map(|row| Right { action: UPDATE, resource: table.clone(), row }));
            }
            Program::Define | Program::Verify | Program::Speak | Program::Gate => {
                let calls = if self.call.is_empty() { vec![ANY.to_owned()] } else { self.call.clone() };
                excess.extend(calls.into_iter().map(|resource| Right::on(CALL, resource)));
                let updates = matches!(program, Program::Verify | Program::Speak);
                if updates {
                    excess.push(Right { action: UPDATE, resource: table.clone(), row: NUMBER });
                }
                excess.push(Right::on(if updates { "dynamodb:PutItem" } else { UPDATE }, table));
            }
        }
        excess
    }
}

impl Right {
    /// A right on something that has no rows, or on those of users.
    fn on(action: &'static str, resource: String) -> Self {
        Self { action, resource, row: USER }
    }
}

/// The environment in a configuration, and separately `OTP_KEY`. If the caller may not use the KMS key that encrypts
/// the environment, Lambda's answer has an error instead of the variables.
pub(crate) fn environment(configuration: &Value) -> Result<(Environment, Option<String>), AwsError> {
    let answer = &configuration["Environment"];
    if let Some(code) = answer["Error"]["ErrorCode"].as_str() {
        let message = format!("with the key {}", configuration["KMSKeyArn"].as_str().unwrap_or("of Lambda"));
        return Err(AwsError::Refused { operation: Operation::DECRYPT, code: code.to_owned(), message, status: 403 });
    }
    let (mut environment, mut key) = (Environment::new(), None);
    for (name, value) in answer["Variables"].as_object().into_iter().flatten() {
        let mut value = text(value);
        if name == KEY {
            let shown = veiled(&value);
            key = Some(replace(&mut value, shown));
        }
        environment.insert(name.clone(), value);
    }
    Ok((environment, key))
}

/// A text of the key's length. A reference is kept, because the reference is the mistake to report.
fn veiled(key: &str) -> String {
    if key.starts_with("{{resolve:") { "{{resolve:…}}".to_owned() } else { "*".repeat(key.len()) }
}

/// The table's ARN: a name that is not an ARN names a table in the account and Region of the function.
fn table_arn(function: &str, table: &str) -> Option<String> {
    if table.starts_with("arn:") {
        return Some(table.to_owned());
    }
    let parts: Vec<_> = function.split(':').collect();
    let ["arn", partition, "lambda", region, account, ..] = parts[..] else { return None };
    Some(format!("arn:{partition}:dynamodb:{region}:{account}:table/{table}"))
}

/// The path of a function's subresource.
pub(crate) fn path<'a>(arn: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    ["2015-03-31", "functions", arn].into_iter().chain(rest.iter().copied()).collect()
}

/// The statements in the answer of `GetPolicy`.
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

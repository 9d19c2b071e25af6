//! Reads a set-up from AWS. It changes nothing.

mod codes;
mod cognito;
mod connect;
mod dynamodb;
mod lambda;
mod users;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use self::lambda::{environment, path, permissions};

use super::{Connect, Found, Function, Program, SetUp, Snapshot, Trigger, code_by_function};
use crate::aws::{Aws, AwsError};
use crate::stack::Stack;

/// Which set-up is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A user pool and the functions at its triggers.
    Pool(String),
    /// The set-up that a stack made from the template.
    Stack(String),
}

/// The names by which everything else is found.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The user pool's id.
    pub pool: String,
    /// The app client that the stack made.
    pub client: Option<String>,
    /// The functions that the stack names.
    pub functions: BTreeMap<Trigger, String>,
    /// speak-code, if the stack names it.
    pub speak: Option<String>,
    /// gate-tokens, if the stack names it.
    pub gate: Option<String>,
    /// send-code, if the stack names it.
    pub send: Option<String>,
    /// The KMS key of Cognito's own codes, if the stack names it.
    pub codes_key: Option<String>,
    /// The stack, if it was named.
    pub stack: Option<String>,
    /// The settings in the stack's parameters and outputs, by name.
    pub parameters: BTreeMap<String, String>,
}

/// Asks AWS.
pub struct Reader<'a> {
    pub(super) aws: &'a Aws,
    /// Called with a description of what is being read.
    pub(super) progress: &'a (dyn Fn(&str) + Sync),
}

impl<'a> Reader<'a> {
    /// A reader that reports what it is reading.
    #[must_use]
    pub fn new(aws: &'a Aws, progress: &'a (dyn Fn(&str) + Sync)) -> Self {
        Self { aws, progress }
    }

    /// The names of a set-up. For a pool, no request is needed.
    pub async fn names(&self, target: &Target) -> Result<Names, AwsError> {
        let stack = match target {
            Target::Pool(id) => return Ok(Names { pool: id.clone(), ..Names::default() }),
            Target::Stack(stack) => stack,
        };
        (self.progress)("the stack");
        let described = Stack::describe(self.aws, stack).await?;
        let outputs = &described.outputs;
        let functions =
            Trigger::ALL.into_iter().filter_map(|trigger| Some((trigger, outputs.get(trigger.output())?.clone())));
        Ok(Names {
            pool: outputs.get("UserPoolId").cloned().unwrap_or_default(),
            client: outputs.get("UserPoolClientId").cloned(),
            functions: functions.collect(),
            speak: outputs.get("SpeakCodeArn").cloned(),
            gate: outputs.get("GateTokensArn").cloned(),
            send: outputs.get("SendCodeArn").cloned(),
            codes_key: outputs.get("CognitoCodesKeyArn").cloned(),
            stack: Some(stack.clone()),
            parameters: described.settings(),
        })
    }

    /// Reads everything about a set-up. Counting the users takes a request for every 60 of them.
    pub async fn read(&self, names: &Names, all_users: bool) -> Snapshot {
        (self.progress)("the user pool");
        let pool = self.pool(&names.pool).await;
        (self.progress)("its app clients");
        let clients = self.clients(&names.pool).await;
        (self.progress)("its identity providers");
        let identity_providers = self.identity_providers(&names.pool).await;
        let arn = |trigger: Trigger| {
            let attached = || pool.here()?.triggers.get(trigger.key());
            names.functions.get(&trigger).or_else(attached).cloned()
        };
        let function = async |trigger: Trigger, create: Option<&_>| {
            (self.progress)(&format!("the function of {}", trigger.key()));
            self.function(trigger.into(), arn(trigger), create, names).await
        };
        let (create, create_key) = function(Trigger::Create, None).await;
        let of_create = create.here().and_then(Function::environment);
        let settings = of_create.unwrap_or(&names.parameters).clone();
        let (define, _) = function(Trigger::Define, Some(&settings)).await;
        let (verify, verify_key) = function(Trigger::Verify, Some(&settings)).await;
        let table = settings.get("LEDGER_TABLE_NAME").cloned();
        (self.progress)("the ledger's table");
        let table = self.table(table).await;
        let connect = self.connect(&settings).await;
        (self.progress)("speak-code");
        let speak = speak_code(names, &settings, &connect);
        let (speak, speak_key) = self.function(Program::Speak, speak, Some(&settings), names).await;
        let speak_listed = match (settings.get("CONNECT_INSTANCE_ARN"), speak.here()) {
            (Some(instance), Some(Function { arn, .. })) => connect::is_listed(self, instance, arn).await,
            _ => None,
        };
        (self.progress)("gate-tokens");
        let (gate, token_trigger_is_gone) = self.gate_tokens(names, &pool).await;
        let (gate, _) = self.function(Program::Gate, gate, Some(&settings), names).await;
        (self.progress)("send-code");
        let (send, sender_is_gone) = self.send_code(names, &pool).await;
        let (send, send_key) = self.function(Program::Send, send, Some(&settings), names).await;
        let codes = self.codes(&send, &pool, sender_is_gone).await;
        let same_as_creates = |key: Option<String>| Some(create_key.as_ref()? == &key?);
        let (same_key, same_key_to_speak) = (same_as_creates(verify_key), same_as_creates(speak_key));
        let same_key_to_send = same_as_creates(send_key);
        let temporary_passwords = self.temporary_passwords(&names.pool).await;
        let users = if all_users { Some(self.users(&names.pool, &settings).await) } else { None };
        let an_arn = pool.here().map(|pool| &pool.arn).or(create.here().map(|create| &create.arn));
        let set_up = SetUp {
            stack: names.stack.clone(),
            user_pool: names.pool.clone(),
            region: self.aws.region().to_owned(),
            account: an_arn.and_then(|arn| arn.split(':').nth(4)).map(str::to_owned),
        };
        let parameters = names.parameters.clone();
        Snapshot {
            set_up,
            parameters,
            // The stack makes an app client in a pool of its own alone.
            made_pool: names.client.is_some(),
            pool,
            clients,
            identity_providers,
            temporary_passwords,
            users,
            define,
            create,
            verify,
            speak,
            gate,
            send,
            codes,
            token_trigger_is_gone,
            same_key,
            same_key_to_speak,
            same_key_to_send,
            speak_listed,
            connect,
            table,
        }
    }

    async fn connect(&self, create: &BTreeMap<String, String>) -> Connect {
        let part = |name: &str| create.get(name).map(String::as_str).filter(|arn| !arn.is_empty());
        connect::read(self, part("CONNECT_INSTANCE_ARN"), &part).await
    }
}

/// The ARN of speak-code: the stack's, or the one to which the contact flow gives the handle.
fn speak_code(names: &Names, settings: &BTreeMap<String, String>, connect: &Connect) -> Option<String> {
    if !code_by_function(settings) {
        return None;
    }
    let of_flow = || {
        let invocations = connect.flow.here()?.course().invocations;
        let with_handle = invocations.into_iter().find(|invocation| invocation.has_handle == Some(true));
        with_handle.map(|invocation| invocation.function).filter(|arn| arn.starts_with("arn:"))
    };
    names.speak.clone().or_else(of_flow)
}

/// Turns an operation's result into a [`Found`].
pub(super) fn found<T>(name: &str, answer: Result<T, AwsError>) -> Found<T> {
    match answer {
        Ok(thing) => Found::Here(thing),
        Err(error) if error.is_missing() => Found::Missing { name: name.to_owned() },
        Err(error) => Found::Unread { reason: error.to_string(), advice: error.advice() },
    }
}

/// A text of an answer.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;

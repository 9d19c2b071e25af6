//! The rights that each command needs, as an IAM policy.

#[cfg(test)]
pub(crate) mod tests;

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::aws::Operation;

/// A command that needs rights. They are in the order of `voice-otp --help`.
#[allow(missing_docs, reason = "the names are the commands'")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum AwsCommand {
    Doctor,
    AddUser,
    Attach,
    Detach,
    Call,
    SignIn,
    Unlock,
    Ledger,
    Devices,
}

/// The policy of a command. It is for all resources, since only the operator knows which there are.
#[must_use]
pub fn of(command: AwsCommand) -> Value {
    let mut actions: Vec<_> = command.rights().iter().copied().flatten().map(ToString::to_string).collect();
    actions.sort();
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

impl AwsCommand {
    /// What the command asks of AWS.
    fn rights(self) -> &'static [&'static [Operation]] {
        match self {
            Self::Doctor => &[DOCTOR],
            Self::AddUser => &[FIND, ADD_USER],
            Self::Attach => &[STACK, POOL, ATTACH, GATE],
            Self::Detach => &[FIND, ATTACH],
            Self::Call => &[FIND, CALL],
            Self::SignIn => &[STACK],
            Self::Unlock | Self::Devices => &[FIND, LEDGER, &[Operation::UPDATE_ITEM]],
            Self::Ledger => &[FIND, LEDGER],
        }
    }
}

/// What finds a set-up and its settings: by the stack, or by the pool and the stack that made its functions.
const STACK: &[Operation] = &[Operation::DESCRIBE_STACKS];
const POOL: &[Operation] = &[Operation::DESCRIBE_USER_POOL];
const FIND: &[Operation] = &[Operation::DESCRIBE_STACKS, Operation::DESCRIBE_USER_POOL, Operation::LIST_TAGS];

const DOCTOR: &[Operation] = &[
    Operation::DESCRIBE_STACKS,
    Operation::DESCRIBE_USER_POOL,
    Operation::DESCRIBE_USER_POOL_CLIENT,
    Operation::LIST_IDENTITY_PROVIDERS,
    Operation::LIST_USER_POOL_CLIENTS,
    Operation::LIST_USERS,
    Operation::DESCRIBE_CONTACT_FLOW,
    Operation::DESCRIBE_INSTANCE,
    Operation::DESCRIBE_PHONE_NUMBER,
    Operation::DESCRIBE_QUEUE,
    Operation::LIST_LAMBDA_FUNCTIONS,
    Operation::LIST_PHONE_NUMBERS,
    // AWS asks for it with DescribeInstance.
    Operation::DESCRIBE_DIRECTORIES,
    Operation::DESCRIBE_TABLE,
    Operation::DESCRIBE_TIME_TO_LIVE,
    Operation::SIMULATE_PRINCIPAL_POLICY,
    // GetFunctionConfiguration decrypts with the caller's rights.
    Operation::DECRYPT,
    Operation::GET_FUNCTION_CONCURRENCY,
    Operation::GET_FUNCTION_CONFIGURATION,
    Operation::GET_FUNCTION_EVENT_INVOKE_CONFIG,
    Operation::GET_POLICY,
    Operation::DESCRIBE_KEY,
    Operation::LIST_GRANTS,
    Operation::LIST_AWS_DEFAULT_SERVICE_QUOTAS,
    Operation::LIST_SERVICE_QUOTAS,
];
const ADD_USER: &[Operation] = &[
    Operation::ADMIN_CREATE_USER,
    Operation::ADMIN_GET_USER,
    Operation::ADMIN_SET_USER_PASSWORD,
    Operation::ADMIN_UPDATE_USER_ATTRIBUTES,
];
/// `UpdateUserPool` needs further permissions for what it is sent: the pool's tags, its text messages and more.
const ATTACH: &[Operation] = &[
    Operation::GET_USER_POOL_MFA_CONFIG,
    Operation::SET_USER_POOL_MFA_CONFIG,
    Operation::TAG_RESOURCE,
    Operation::UNTAG_RESOURCE,
    Operation::UPDATE_USER_POOL,
    Operation::PASS_ROLE,
    // UpdateUserPool asks for it where the pool has a key for custom senders.
    Operation::CREATE_GRANT,
    Operation::ADD_PERMISSION,
    Operation::GET_POLICY,
    Operation::REMOVE_PERMISSION,
];
/// What `--token-gate` looks at. The gate's environment has no key, and no KMS key encrypts it.
const GATE: &[Operation] = &[
    Operation::DESCRIBE_USER_POOL_CLIENT,
    Operation::LIST_IDENTITY_PROVIDERS,
    Operation::LIST_USER_POOL_CLIENTS,
    Operation::GET_FUNCTION_CONFIGURATION,
    Operation::LIST_TAGS,
];
const CALL: &[Operation] =
    &[Operation::DESCRIBE_CONTACT, Operation::GET_CONTACT_ATTRIBUTES, Operation::START_OUTBOUND_VOICE_CONTACT];
const LEDGER: &[Operation] = &[Operation::ADMIN_GET_USER, Operation::GET_ITEM];

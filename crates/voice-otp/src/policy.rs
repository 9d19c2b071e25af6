//! The rights that each command needs, as an IAM policy.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The commands that need rights, as `voice-otp --help` lists them.
pub fn commands() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|(name, _)| *name)
}

/// The policy of a command. It is for all resources, since only the operator knows which there are.
///
/// `None` for a command that needs no rights, or that there isn't.
#[must_use]
pub fn of(command: &str) -> Option<Value> {
    let actions = actions(command)?;
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    Some(json!({ "Version": "2012-10-17", "Statement": [statement] }))
}

/// What a command asks of AWS, as IAM names it.
fn actions(command: &str) -> Option<BTreeSet<&'static str>> {
    let (_, groups) = COMMANDS.iter().find(|(name, _)| *name == command)?;
    Some(groups.iter().copied().flatten().copied().collect())
}

/// The actions that find a set-up and its settings: by the stack, or by the pool and the stack that made its functions.
const STACK: &[&str] = &["cloudformation:DescribeStacks"];
const POOL: &[&str] = &["cognito-idp:DescribeUserPool"];
const FIND: &[&str] = &["cloudformation:DescribeStacks", "cognito-idp:DescribeUserPool", "lambda:ListTags"];

/// The actions of each command.
const COMMANDS: [(&str, &[&[&str]]); 8] = [
    (
        "doctor",
        &[&[
            "cloudformation:DescribeStacks",
            "cognito-idp:DescribeUserPool",
            "cognito-idp:DescribeUserPoolClient",
            "cognito-idp:ListUserPoolClients",
            "cognito-idp:ListUsers",
            "connect:DescribeContactFlow",
            "connect:DescribeInstance",
            "connect:DescribePhoneNumber",
            "connect:DescribeQueue",
            "connect:ListPhoneNumbersV2",
            // AWS asks for it with DescribeInstance.
            "ds:DescribeDirectories",
            "dynamodb:DescribeTable",
            "dynamodb:DescribeTimeToLive",
            "iam:SimulatePrincipalPolicy",
            "kms:Decrypt",
            "lambda:GetFunctionConcurrency",
            "lambda:GetFunctionConfiguration",
            "lambda:GetPolicy",
            "servicequotas:ListAWSDefaultServiceQuotas",
            "servicequotas:ListServiceQuotas",
        ]],
    ),
    (
        "add-user",
        &[
            FIND,
            &[
                "cognito-idp:AdminCreateUser",
                "cognito-idp:AdminGetUser",
                "cognito-idp:AdminSetUserPassword",
                "cognito-idp:AdminUpdateUserAttributes",
            ],
        ],
    ),
    ("attach", &[STACK, POOL, ATTACH]),
    ("detach", &[STACK, POOL, ATTACH, &["lambda:ListTags"]]),
    (
        "call",
        &[FIND, &["connect:DescribeContact", "connect:GetContactAttributes", "connect:StartOutboundVoiceContact"]],
    ),
    ("sign-in", &[STACK]),
    ("unlock", &[FIND, &["cognito-idp:AdminGetUser", "dynamodb:GetItem", "dynamodb:UpdateItem"]]),
    ("ledger", &[FIND, &["cognito-idp:AdminGetUser", "dynamodb:GetItem"]]),
];

/// `UpdateUserPool` needs further permissions for what it is sent: the pool's tags, its text messages and more.
const ATTACH: &[&str] = &[
    "cognito-idp:GetUserPoolMfaConfig",
    "cognito-idp:SetUserPoolMfaConfig",
    "cognito-idp:TagResource",
    "cognito-idp:UntagResource",
    "cognito-idp:UpdateUserPool",
    "iam:PassRole",
    "lambda:AddPermission",
    "lambda:GetPolicy",
    "lambda:RemovePermission",
];

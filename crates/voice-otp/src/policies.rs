//! The rights that each command needs, and `docs/rights.md`, which has them as policies to paste.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;

const DOCUMENT: &str = include_str!("../../../docs/rights.md");

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
    ("ledger", &[FIND, &["cognito-idp:AdminGetUser", "dynamodb:GetItem"]]),
    ("unlock", &[FIND, &["cognito-idp:AdminGetUser", "dynamodb:GetItem", "dynamodb:UpdateItem"]]),
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

fn actions((_, groups): (&str, &[&[&'static str]])) -> BTreeSet<&'static str> {
    groups.iter().copied().flatten().copied().collect()
}

/// The operations that are named in a source file or a folder.
fn operations(path: &Path) -> BTreeSet<String> {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().flat_map(|entry| operations(&entry.unwrap().path())).collect();
    }
    let source = fs::read_to_string(path).unwrap();
    let (source, _) = source.split_once("#[cfg(test)]").unwrap_or((&source, ""));
    let named = source.split("Operation::new(\"").skip(1).filter_map(|rest| rest.split_once("\")"));
    named.map(|(named, _)| named.replace("\", \"", ":")).collect()
}

#[test]
fn the_document_has_a_policy_for_each_command() {
    for command in COMMANDS {
        let statement = json!({ "Effect": "Allow", "Action": actions(command), "Resource": "*" });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
        let section = format!("\n## {}\n\n```json\n{policy:#}\n```\n", command.0);
        assert!(DOCUMENT.contains(&section), "docs/rights.md lacks:\n{section}");
    }
}

#[test]
fn whatever_is_asked_of_aws_is_in_a_policy() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all: BTreeSet<_> = COMMANDS.into_iter().flat_map(actions).map(str::to_owned).collect();
    // Calling GetCallerIdentity needs no permission.
    all.insert("sts:GetCallerIdentity".to_owned());
    let missing: Vec<_> = operations(&source).into_iter().filter(|operation| !all.contains(operation)).collect();
    assert!(missing.is_empty(), "{missing:?}");

    // The doctor's rights are exactly its reader's.
    let mut of_reader = operations(&source.join("snapshot"));
    of_reader.extend(["cloudformation:DescribeStacks", "ds:DescribeDirectories"].map(str::to_owned));
    let of_doctor: BTreeSet<_> = actions(COMMANDS[0]).into_iter().map(str::to_owned).collect();
    assert_eq!(of_doctor, of_reader);
}

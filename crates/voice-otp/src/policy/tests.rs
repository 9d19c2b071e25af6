//! The policies are held against what the commands ask of AWS. Those of a help desk never grant to read a function's
//! configuration, which has the key.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use clap::{CommandFactory, Parser};
use serde_json::json;

use super::{commands, of};
use crate::args::{Args, Command};
use crate::stack::tests::answer;
use crate::stand_in::{ReceivedRequest, StandIn};
use crate::{call, ledger};

const INSTANCE: &str = "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-3333-4444-555555555555";

/// The right that a request takes.
fn right(ReceivedRequest { service, what, .. }: &ReceivedRequest) -> String {
    let operation = match what.split('/').take(3).collect::<Vec<_>>()[..] {
        ["PUT ", "contact", "outbound-voice"] => "StartOutboundVoiceContact",
        ["GET ", "contact", "attributes"] => "GetContactAttributes",
        ["GET ", "contacts", _] => "DescribeContact",
        ["GET ", "2017-03-31", "tags"] => "ListTags",
        _ => what,
    };
    format!("{service}:{operation}")
}

/// A stand-in for AWS with one user, who has entered wrong codes.
fn aws(asked: &ReceivedRequest) -> (u16, String) {
    let body = match right(asked).as_str() {
        "cloudformation:DescribeStacks" => {
            let flow = format!("{INSTANCE}/contact-flow/1");
            let outputs = [("UserPoolId", "us-east-1_Own"), ("LedgerTableName", "ledger"), ("ContactFlowArn", &flow)];
            let parameters = [("ConnectInstanceArn", INSTANCE), ("ConnectSourcePhoneNumber", "+12065550199")];
            return (200, answer(&outputs, &parameters));
        }
        "cognito-idp:DescribeUserPool" => {
            let create = "arn:aws:lambda:us-east-1:123456789012:function:create";
            json!({ "UserPool": { "LambdaConfig": { "CreateAuthChallenge": create } } })
        }
        "cognito-idp:AdminGetUser" => {
            json!({ "Username": "ann", "UserAttributes": [{ "Name": "sub", "Value": "3f6a1c52" }] })
        }
        "lambda:ListTags" => json!({ "Tags": { "aws:cloudformation:stack-name": "voice-code" } }),
        "dynamodb:GetItem" => {
            let number = |number: &str| json!({ "N": number });
            json!({ "Item": { "pk": { "S": "USER#x" }, "calls": { "L": [] }, "failures": number("3"),
                "failedAt": number("900"), "revision": number("0") } })
        }
        "dynamodb:UpdateItem" => json!({}),
        "connect:StartOutboundVoiceContact" => json!({ "ContactId": "c" }),
        "connect:DescribeContact" => {
            let contact =
                json!({ "InitiationTimestamp": 1, "ConnectedToSystemTimestamp": 6, "DisconnectTimestamp": 46 });
            json!({ "Contact": contact })
        }
        "connect:GetContactAttributes" => json!({ "Attributes": {} }),
        _ => return (403, json!({ "__type": "AccessDeniedException", "message": "no" }).to_string()),
    };
    (200, body.to_string())
}

/// The rights that a command takes.
async fn rights(line: &str) -> BTreeSet<String> {
    let (stand_in, aws) = StandIn::start(aws).await;
    let line = format!("voice-otp {line}");
    match Args::try_parse_from(line.split_whitespace()).unwrap().command {
        Command::Ledger(args) => ledger::run(&args, false, &aws, &|_| ()).await.unwrap(),
        Command::Unlock(args) => ledger::run(&args, true, &aws, &|_| ()).await.unwrap(),
        Command::Call(args) => assert!(call::run(&args, &aws, &|_| ()).await.unwrap()),
        other => panic!("{other:?}"),
    }
    stand_in.asked().iter().map(right).collect()
}

/// The rights in a command's policy.
fn granted(command: &str) -> BTreeSet<String> {
    serde_json::from_value(of(command).unwrap()["Statement"][0]["Action"].clone()).unwrap()
}

/// The operations that are named in a source file or a folder.
fn operations(path: &Path) -> BTreeSet<String> {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().flat_map(|entry| operations(&entry.unwrap().path())).collect();
    }
    let source = fs::read_to_string(path).unwrap();
    let (source, _) = source.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&source, ""));
    let named = source.split("Operation::new(\"").skip(1).filter_map(|rest| rest.split_once("\")"));
    named.map(|(named, _)| named.replace("\", \"", ":")).collect()
}

#[test]
fn each_command_that_asks_aws_has_a_policy() {
    let command = Args::command();
    let all = command.get_subcommands().map(clap::Command::get_name);
    let asking: Vec<_> = all.filter(|name| !["policy", "completions"].contains(name)).collect();
    assert_eq!(commands().collect::<Vec<_>>(), asking);
    assert_eq!(of("completions"), None);
}

#[test]
fn whatever_is_asked_of_aws_is_in_a_policy() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all: BTreeSet<_> = commands().flat_map(granted).collect();
    // Calling GetCallerIdentity needs no permission.
    all.insert("sts:GetCallerIdentity".to_owned());
    let missing: Vec<_> = operations(&source).into_iter().filter(|operation| !all.contains(operation)).collect();
    assert!(missing.is_empty(), "{missing:?}");

    for (command, module) in [("add-user", "add_user"), ("attach", "attach"), ("detach", "attach"), ("call", "call")] {
        let mut own = operations(&source.join(module));
        own.extend(operations(&source.join(module).with_extension("rs")));
        assert!(!own.is_empty() && own.is_subset(&granted(command)), "{command}: {own:?}");
    }

    // The doctor's rights are exactly its reader's.
    let mut of_reader = operations(&source.join("snapshot"));
    of_reader.extend(["cloudformation:DescribeStacks", "ds:DescribeDirectories"].map(str::to_owned));
    assert_eq!(granted("doctor"), of_reader);
}

#[tokio::test]
async fn whoever_looks_after_users_needs_no_right_to_read_the_key() {
    let own = ["cognito-idp:AdminGetUser", "dynamodb:GetItem"];
    let calls = ["connect:StartOutboundVoiceContact", "connect:DescribeContact", "connect:GetContactAttributes"];
    let by_stack = ["cloudformation:DescribeStacks"];
    let by_pool = ["cloudformation:DescribeStacks", "cognito-idp:DescribeUserPool", "lambda:ListTags"];
    let mut used = BTreeMap::<&str, BTreeSet<String>>::new();
    for (line, needs) in [
        ("ledger ann --stack s", [&own[..], &by_stack].concat()),
        ("ledger ann --user-pool us-east-1_A", [&own[..], &by_pool].concat()),
        ("ledger ann --user-pool us-east-1_A --set LEDGER_TABLE_NAME=ledger", own.to_vec()),
        ("unlock ann --user-pool us-east-1_A", [&own[..], &by_pool, &["dynamodb:UpdateItem"]].concat()),
        ("call +12065550100 --stack s", [&calls[..], &by_stack].concat()),
        ("call +12065550100 --user-pool us-east-1_A", [&calls[..], &by_pool].concat()),
    ] {
        let needs: BTreeSet<_> = needs.into_iter().map(str::to_owned).collect();
        assert_eq!(rights(line).await, needs, "{line}");
        used.entry(line.split_once(' ').unwrap().0).or_default().extend(needs);
    }
    for (command, used) in used {
        assert_eq!(granted(command), used, "{command}");
    }
}

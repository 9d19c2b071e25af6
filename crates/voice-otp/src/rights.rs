//! The rights that a help desk's commands use: those in docs/rights.md, and never the one to read a function's
//! configuration, which has the key.

use std::collections::{BTreeMap, BTreeSet};

use clap::Parser;
use serde_json::{Value, json};

use crate::args::{Args, Command};
use crate::stack::tests::answer;
use crate::stand_in::{ReceivedRequest, StandIn};
use crate::{call, ledger};

const DOCUMENT: &str = include_str!("../../../docs/rights.md");

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
fn documented(command: &str) -> BTreeSet<String> {
    let (_, section) = DOCUMENT.split_once(&format!("\n## {command}\n\n```json\n")).unwrap();
    let policy: Value = serde_json::from_str(section.split_once("```").unwrap().0).unwrap();
    serde_json::from_value(policy["Statement"][0]["Action"].clone()).unwrap()
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
        assert_eq!(documented(command), used, "{command}");
    }
}

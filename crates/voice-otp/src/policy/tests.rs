//! The policies are held against what the commands ask of AWS. Those of a help desk never grant to read a function's
//! configuration, which has the key. The tests of the other commands run under their policies.

use std::collections::{BTreeMap, BTreeSet};

use clap::builder::PossibleValue;
use clap::{CommandFactory, Parser, ValueEnum};
use serde_json::json;

use super::{AwsCommand, of};
use crate::args::{Args, Command};
use crate::aws::Operation;
use crate::stack::tests::answer;
use crate::stand_in::{ReceivedRequest, StandIn};
use crate::{call, ledger};

const INSTANCE: &str = "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-3333-4444-555555555555";

/// A device in the ledger, and its id.
const DEVICE: &str = "BEnTFDwCkVWqvCeSTnX6CahBOv0iGzjh-bjtyY7PBoHBXLEgmOaoWU4ukkxQ0-7fSsRRVg4wd9tRKaH1ZxxlfLU.0000000000000000.4000000000.00000000000000000000000000000000";
const DEVICE_ID: &str = "I7bAvU-bHipwYg4ILVOkDfkMo05OeXWvdzu1ISzcVkQ";

/// A stand-in for AWS with one user, who has entered wrong codes and trusts a device.
fn aws(asked: &ReceivedRequest) -> (u16, String) {
    let body = match asked.right().as_str() {
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
                "failedAt": number("900"), "revision": number("0"), "devices": { "SS": [DEVICE] } } })
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
        Command::Devices(args) => ledger::devices(&args, &aws, &|_| ()).await.unwrap(),
        Command::Call(args) => assert!(call::run(&args, &aws, &|_| ()).await.unwrap()),
        other => panic!("{other:?}"),
    }
    stand_in.asked().iter().map(ReceivedRequest::right).collect()
}

/// The rights in a command's policy.
pub(crate) fn granted(command: AwsCommand) -> BTreeSet<String> {
    serde_json::from_value(of(command)["Statement"][0]["Action"].clone()).unwrap()
}

#[test]
fn each_command_that_asks_aws_has_a_policy() {
    let command = Args::command();
    let all = command.get_subcommands().map(clap::Command::get_name);
    let asking: Vec<_> = all.filter(|name| !["policy", "completions"].contains(name)).collect();
    let named: Vec<_> = AwsCommand::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
    assert_eq!(named.iter().map(PossibleValue::get_name).collect::<Vec<_>>(), asking);
}

/// There are no other operations than these.
#[test]
fn whatever_is_asked_of_aws_is_in_a_policy() {
    let all: BTreeSet<_> = AwsCommand::value_variants().iter().flat_map(|command| granted(*command)).collect();
    let missing = Operation::ALL.iter().filter(|operation| !all.contains(&operation.to_string()));
    // Calling it needs no permission.
    assert_eq!(missing.collect::<Vec<_>>(), [&Operation::GET_CALLER_IDENTITY]);
}

#[tokio::test]
async fn whoever_looks_after_users_needs_no_right_to_read_the_key() {
    let own = ["cognito-idp:AdminGetUser", "dynamodb:GetItem"];
    let calls = ["connect:StartOutboundVoiceContact", "connect:DescribeContact"];
    // Only an attribute with the code is looked for afterwards.
    let call_by_attribute = format!(
        "call +12065550100 --user-pool us-east-1_A --set CONNECT_INSTANCE_ARN={INSTANCE} --set LEDGER_TABLE_NAME=ledger \
         --set CONNECT_CONTACT_FLOW_ARN={INSTANCE}/contact-flow/1 --set CONNECT_SOURCE_PHONE_NUMBER=+12065550199 \
         --set OTP_CODE_DELIVERY=attribute"
    );
    let one_device = format!("devices ann --user-pool us-east-1_A --forget {DEVICE_ID}");
    let by_stack = ["cloudformation:DescribeStacks"];
    let by_pool = ["cloudformation:DescribeStacks", "cognito-idp:DescribeUserPool", "lambda:ListTags"];
    let mut used = BTreeMap::<AwsCommand, BTreeSet<String>>::new();
    for (line, needs) in [
        ("ledger ann --stack s", [&own[..], &by_stack].concat()),
        ("ledger ann --user-pool us-east-1_A", [&own[..], &by_pool].concat()),
        ("ledger ann --user-pool us-east-1_A --set LEDGER_TABLE_NAME=ledger", own.to_vec()),
        ("unlock ann --user-pool us-east-1_A", [&own[..], &by_pool, &["dynamodb:UpdateItem"]].concat()),
        ("devices ann --stack s", [&own[..], &by_stack].concat()),
        ("devices ann --forget-all --stack s", [&own[..1], &by_stack, &["dynamodb:UpdateItem"]].concat()),
        (&one_device, [&own[..], &by_pool, &["dynamodb:UpdateItem"]].concat()),
        ("call +12065550100 --stack s", [&calls[..], &by_stack].concat()),
        ("call +12065550100 --user-pool us-east-1_A", [&calls[..], &by_pool].concat()),
        (&call_by_attribute, [&calls[..], &["connect:GetContactAttributes"]].concat()),
    ] {
        let needs: BTreeSet<_> = needs.into_iter().map(str::to_owned).collect();
        assert_eq!(rights(line).await, needs, "{line}");
        let command = AwsCommand::from_str(line.split_once(' ').unwrap().0, false).unwrap();
        used.entry(command).or_default().extend(needs);
    }
    for (command, used) in used {
        assert_eq!(granted(command), used, "{command:?}");
    }
}

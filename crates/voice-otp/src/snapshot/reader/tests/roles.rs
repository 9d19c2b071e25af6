//! What IAM is asked about the functions' roles.

use super::*;
use crate::snapshot::Role;

fn role(function: &Found<Function>) -> &Found<Role> {
    &function.here().unwrap().configuration.here().unwrap().role
}

fn exceeds(function: &Found<Function>) -> &[String] {
    &role(function).here().unwrap().exceeds
}

/// The services. `decides` is IAM's decision on a role, an action and a resource.
async fn deciding(decides: fn(&str, &str, &str) -> bool) -> Aws {
    let answer = move |asked: &ReceivedRequest| match asked.what.as_str() {
        "DescribeStacks" => (200, stack().replace(">instance<", ">any<")),
        "SimulatePrincipalPolicy" => {
            let text = |name: &str| asked.body[name].as_str().unwrap().replace("%3A", ":").replace("%2F", "/");
            let action = text("ActionNames.member.1");
            let resource = text("ResourceArns.member.1").replace("%2A", "*");
            (200, decision(&action, decides(text("PolicySourceArn").rsplit('/').next().unwrap(), &action, &resource)))
        }
        _ => (200, right(asked).to_string()),
    };
    StandIn::start(answer).await.1
}

#[tokio::test]
async fn a_form_of_the_right_to_call_that_is_lacking_is_named() {
    let (_, aws) = StandIn::start(|asked| match asked.what.as_str() {
        "DescribeStacks" => (200, stack()),
        "SimulatePrincipalPolicy" => {
            let decisions = decisions(&asked.body);
            let of_flow = asked.body.to_string().contains("contact-flow");
            (200, if of_flow { decisions.replace("allowed", "implicitDeny") } else { decisions })
        }
        _ => (200, right(asked).to_string()),
    })
    .await;
    let snapshot = read(&aws, &by_stack()).await;
    let lacks = &role(&snapshot.create).here().unwrap().lacks;
    assert_eq!(lacks, &[format!("connect:StartOutboundVoiceContact on {}/contact-flow/any", instance())]);
}

#[tokio::test]
async fn a_stack_that_is_to_have_the_right_on_any_resource_is_asked_for_that() {
    let of_any = |role: &str, action: &str, resource: &str| match role {
        "create" => {
            action.starts_with("connect:") && resource == "*" || action.starts_with("dynamodb:") && resource != "*"
        }
        "gate" => action == "dynamodb:GetItem",
        _ => action == "dynamodb:UpdateItem" && ["verify", "speak"].contains(&role),
    };
    let snapshot = read(&deciding(of_any).await, &by_stack()).await;
    assert_eq!(role(&snapshot.create).here().unwrap().lacks, [""; 0]);
    let of_instance =
        |role: &str, action: &str, resource: &str| role == "create" && !action.is_empty() && resource != "*";
    let snapshot = read(&deciding(of_instance).await, &by_stack()).await;
    assert_eq!(role(&snapshot.create).here().unwrap().lacks, ["connect:StartOutboundVoiceContact on *"]);
}

#[tokio::test]
async fn roles_are_asked_for_what_they_need_and_for_what_they_must_not() {
    let (stand_in, aws) = services(Others::new()).await;
    read(&aws, &by_stack()).await;
    let simulated: Vec<_> = stand_in.asked().into_iter().filter(|asked| asked.service == "iam").collect();
    let asked = |role: &str, action: &str, resource: &str| {
        simulated.iter().any(|asked| {
            let body = asked.body.to_string();
            body.contains(&format!("role%2F{role}\"")) && body.contains(action) && body.contains(resource)
        })
    };
    for form in ["555555555555\"", "555555555555%2Fcontact%2Fany", "555555555555%2Fcontact-flow%2Fany"] {
        assert!(asked("create", "StartOutboundVoiceContact", form), "{form}");
    }
    assert!(asked("create", "dynamodb%3APutItem", "table%2Fledger"));
    assert!(asked("verify", "dynamodb%3AUpdateItem", "USER%23x"));
    assert!(asked("define", "iam%3APassRole", "%2A"));
    assert!(asked("verify", "dynamodb%3AScan", "table%2Fledger"));
    assert!(
        asked("speak", "dynamodb%3AUpdateItem", "USER%23x") && asked("speak", "dynamodb%3APutItem", "table%2Fledger")
    );
    assert!(asked("speak", "StartOutboundVoiceContact", "555555555555\"") && !asked("speak", "BatchGetItem", ""));
    assert!(!asked("define", "dynamodb%3APutItem", "table%2Fledger"));
    // It reads, and writes nothing.
    assert!(
        asked("gate", "dynamodb%3AGetItem", "USER%23x") && asked("gate", "dynamodb%3AUpdateItem", "table%2Fledger")
    );
    // Rows of its own, and none of the users'.
    assert!(asked("send", "dynamodb%3APutItem", "CODE%23x") && asked("send", "dynamodb%3AUpdateItem", "USER%23x"));
    assert!(asked("send", "SendTextMessage", "sender-id") && asked("send", "kms%3ADecrypt", "us-east-1_Example01"));
    assert!(
        asked("speak", "kms%3ADecrypt", "us-east-1_Example01") && asked("speak", "UpdateItem", "NUMBER%23x%23reset")
    );
    for role in ["verify", "speak", "send"] {
        assert!(asked(role, "UpdateItem", "NUMBER%23x\""), "{role}");
    }
    assert!(asked("gate", "StartOutboundVoiceContact", "555555555555\"") && !asked("gate", "BatchGetItem", ""));
}

#[tokio::test]
async fn a_function_with_the_role_of_create_exceeds() {
    let (_, aws) = StandIn::start(|asked| match asked.what.as_str() {
        "DescribeStacks" => (200, stack()),
        "SimulatePrincipalPolicy" => {
            let mut body = asked.body.clone();
            body["PolicySourceArn"] = json!(format!("arn:aws:iam::{ACCOUNT}:role/create"));
            (200, decisions(&body))
        }
        _ => (200, right(asked).to_string()),
    })
    .await;
    let snapshot = read(&aws, &by_stack()).await;
    assert_eq!(exceeds(&snapshot.define), ["connect:StartOutboundVoiceContact", "dynamodb:UpdateItem"]);
    for function in [&snapshot.verify, &snapshot.speak] {
        let expected = ["connect:StartOutboundVoiceContact", "dynamodb:UpdateItem", "dynamodb:PutItem"];
        assert_eq!(exceeds(function), expected);
    }
    assert_eq!(exceeds(&snapshot.send), ["dynamodb:UpdateItem"]);
    assert_eq!(exceeds(&snapshot.gate), ["connect:StartOutboundVoiceContact", "dynamodb:UpdateItem"]);
    assert!(exceeds(&snapshot.create).is_empty());
}

/// Without text messages, it has no need to know a code.
#[tokio::test]
async fn a_send_code_that_sends_no_text_must_not_decrypt() {
    let mut environment = environment("send");
    environment["OTP_SMS_ORIGINATION_IDENTITY"] = json!("");
    let role = format!("arn:aws:iam::{ACCOUNT}:role/send");
    let configuration = json!({ "Timeout": 10, "Role": role, "Environment": { "Variables": environment } });
    let others = Others::from([(functions::path("2015-03-31", "send/configuration"), (200, configuration))]);
    let (_, aws) = services(others).await;
    let snapshot = read(&aws, &by_stack()).await;
    assert_eq!(exceeds(&snapshot.send), ["kms:Decrypt"]);
    assert_eq!(exceeds(&snapshot.speak), [""; 0]);
}

/// verify's role may do as much as speak-code's, and nothing about the one is known from the other.
#[tokio::test]
async fn speak_code_is_judged_by_its_own_role() {
    let aws = deciding(|role, action, _| role == "verify" && action == "dynamodb:UpdateItem").await;
    let snapshot = read(&aws, &by_stack()).await;
    let table = format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/ledger");
    let speak = role(&snapshot.speak).here().unwrap();
    assert_eq!(speak.arn, format!("arn:aws:iam::{ACCOUNT}:role/speak"));
    assert_eq!(speak.lacks, [format!("dynamodb:UpdateItem on {table}"), format!("kms:Decrypt on {}", kms_key())]);
    assert_eq!(role(&snapshot.verify).here().unwrap().lacks, [""; 0]);
}

#[tokio::test]
async fn an_answer_that_decides_nothing_is_no_right_role() {
    let (_, aws) = StandIn::start(|asked| match asked.what.as_str() {
        "DescribeStacks" => (200, stack()),
        "SimulatePrincipalPolicy" => (200, "<html>".to_owned()),
        _ => (200, right(asked).to_string()),
    })
    .await;
    assert!(matches!(*role(&read(&aws, &by_stack()).await.create), Found::Unread { .. }));
}

#[tokio::test]
async fn a_role_that_may_do_everything_exceeds() {
    let (_, aws) = StandIn::start(|asked| match asked.what.as_str() {
        "DescribeStacks" => (200, stack()),
        "SimulatePrincipalPolicy" => (200, decisions(&asked.body).replace("implicitDeny", "allowed")),
        _ => (200, right(asked).to_string()),
    })
    .await;
    let snapshot = read(&aws, &by_stack()).await;
    assert_eq!(exceeds(&snapshot.create).len(), 6);
    for action in ["connect:StartOutboundVoiceContact", "dynamodb:PutItem", "dynamodb:Scan", "iam:PassRole"] {
        for function in [&snapshot.verify, &snapshot.speak] {
            assert!(exceeds(function).iter().any(|own| own == action), "{action}");
        }
    }
}

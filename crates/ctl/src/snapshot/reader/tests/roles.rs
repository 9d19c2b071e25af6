//! What IAM is asked of the functions' roles.

use super::*;

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
    assert!(asked("create", "StartOutboundVoiceContact", "%2Fcontact%2Fany"));
    assert!(asked("create", "dynamodb%3APutItem", "table%2Fledger"));
    assert!(asked("verify", "dynamodb%3AUpdateItem", "USER%23x"));
    assert!(asked("define", "iam%3APassRole", "%2A"));
    assert!(asked("verify", "dynamodb%3AScan", "table%2Fledger"));
    assert!(!asked("define", "dynamodb%3APutItem", "table%2Fledger"));
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
    let exceeds =
        |function: &Found<crate::snapshot::Function>| function.here().unwrap().role.here().unwrap().exceeds.clone();
    assert_eq!(exceeds(&snapshot.define), ["connect:StartOutboundVoiceContact", "dynamodb:UpdateItem"]);
    assert_eq!(exceeds(&snapshot.verify), ["connect:StartOutboundVoiceContact", "dynamodb:PutItem"]);
    assert!(exceeds(&snapshot.create).is_empty());
}

#[tokio::test]
async fn an_answer_that_decides_nothing_is_no_right_role() {
    let (_, aws) = StandIn::start(|asked| match asked.what.as_str() {
        "DescribeStacks" => (200, stack()),
        "SimulatePrincipalPolicy" => (200, "<html>".to_owned()),
        _ => (200, right(asked).to_string()),
    })
    .await;
    assert!(matches!(read(&aws, &by_stack()).await.create.here().unwrap().role, Found::Unread { .. }));
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
    let exceeds =
        |function: &Found<crate::snapshot::Function>| function.here().unwrap().role.here().unwrap().exceeds.clone();
    assert_eq!(exceeds(&snapshot.create).len(), 6);
    for action in ["connect:StartOutboundVoiceContact", "dynamodb:PutItem", "dynamodb:Scan", "iam:PassRole"] {
        assert!(exceeds(&snapshot.verify).iter().any(|own| own == action), "{action}");
    }
}

//! The functions.

use super::*;

#[tokio::test]
async fn a_function_that_was_stopped_or_half_updated_is_read_so() {
    let answers = [
        (path("2015-03-31", "define/configuration"), (200, json!({ "LastUpdateStatus": "Failed" }))),
        (path("2019-09-30", "create/concurrency"), (200, json!({ "ReservedConcurrentExecutions": 0 }))),
        (path("2019-09-30", "verify/concurrency"), (404, json!({}))),
    ];
    let (_, aws) = services(answers.into()).await;
    let snapshot = read(&aws, &by_stack()).await;
    let [define, create, verify] = [&snapshot.define, &snapshot.create, &snapshot.verify].map(|it| it.here().unwrap());
    assert_eq!(
        [define, create, verify].map(|it| it.configuration.here().unwrap().last_update.as_str()),
        ["Failed", "Successful", "Successful"]
    );
    assert_eq!((&define.reserved, &create.reserved), (&Found::Here(None), &Found::Here(Some(0))));
    assert!(matches!(verify.reserved, Found::Unread { .. }));
}

#[tokio::test]
async fn a_set_up_whose_configurations_may_not_be_read_is_judged_by_what_the_stack_says() {
    let denied = (403, json!({ "__type": "AccessDeniedException", "Message": "no" }));
    let answers = ["define", "create", "verify", "speak", "gate", "send"]
        .map(|name| (path("2015-03-31", &format!("{name}/configuration")), denied.clone()));
    let (stand_in, aws) = services(answers.into()).await;
    let snapshot = read(&aws, &by_stack()).await;
    let findings = examine(&snapshot, &own_flow().unwrap());
    let unread: Vec<_> = findings.iter().filter(|finding| finding.verdict == Verdict::Unread).collect();
    assert_eq!(unread.len(), 6, "{findings:?}");
    let advice = "allow lambda:GetFunctionConfiguration to whoever runs this";
    assert!(unread.iter().all(|finding| finding.fix.as_deref() == Some(advice)), "{unread:?}");
    assert_eq!(exit_code(&findings), 2, "{findings:?}");
    // The table, the instance, the flow and the number were found without the configurations.
    assert_eq!(snapshot.table.here().unwrap().name, "ledger");
    assert!(snapshot.connect.instance.here().is_some() && snapshot.connect.flow.here().is_some());
    assert_eq!(snapshot.connect.number, Found::Here(Number { kind: "DID".to_owned(), status: "CLAIMED".to_owned() }));
    assert!(snapshot.verify.here().unwrap().permissions.here().is_some());
    assert!(stand_in.asked().iter().all(|asked| asked.service != "iam"));
}

#[tokio::test]
async fn an_environment_that_may_not_be_decrypted_names_the_right() {
    let configuration = json!({
        "Timeout": 5, "State": "Active", "Role": format!("arn:aws:iam::{ACCOUNT}:role/create"), "KMSKeyArn": kms_key(),
        "Environment": { "Error": { "ErrorCode": "AccessDeniedException", "Message": "of +12065550100" } },
    });
    let (_, aws) = services([(path("2015-03-31", "create/configuration"), (200, configuration))].into()).await;
    let snapshot = read(&aws, &by_stack()).await;
    let create = snapshot.create.here().unwrap().configuration.here().unwrap();
    let Found::Unread { reason, advice } = &create.environment else { panic!("{create:?}") };
    assert_eq!(reason, &format!("kms:Decrypt was refused: AccessDeniedException: with the key {}", kms_key()));
    assert_eq!(advice, "allow kms:Decrypt to whoever runs this");
    let findings = examine(&snapshot, &own_flow().unwrap());
    assert_eq!(exit_code(&findings), 2, "{findings:?}");
    // Its role is judged anyway, with the names that the stack gives.
    assert!(create.role.here().unwrap().lacks.is_empty(), "{create:?}");
}

/// The request for a part of a function.
pub(super) fn path(version: &str, what: &str) -> &'static str {
    format!("GET /{version}/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A{ACCOUNT}%3Afunction%3A{what}").leak()
}

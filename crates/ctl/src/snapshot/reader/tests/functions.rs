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
    assert_eq!([define, create, verify].map(|it| it.last_update.as_str()), ["Failed", "Successful", "Successful"]);
    assert_eq!((&define.reserved, &create.reserved), (&Found::Here(None), &Found::Here(Some(0))));
    assert!(matches!(verify.reserved, Found::Unread { .. }));
}

/// What is asked of a function.
fn path(version: &str, what: &str) -> &'static str {
    format!("GET /{version}/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A{ACCOUNT}%3Afunction%3A{what}").leak()
}

//! The errors of a change that fails halfway.

use super::*;

/// The error of a change during which something fails, and the requests that were made.
async fn failure(faults: CognitoFaults) -> (String, Vec<String>) {
    let (_, stand_in, aws) = World::start(faults).await;
    let error = change(&aws, ATTACH, true).await.0.unwrap_err();
    (format!("{error:#}"), stand_in.operations())
}

#[tokio::test]
async fn nothing_is_written_before_all_is_read() {
    let (error, asked) =
        failure(CognitoFaults { refuses: Some(("GetUserPoolMfaConfig", false)), ..CognitoFaults::default() }).await;
    assert!(error.contains("GetUserPoolMfaConfig was refused"), "{error}");
    assert!(!asked.iter().any(|what| what.starts_with("POST ") || what == "UpdateUserPool"), "{asked:?}");
}

#[tokio::test]
async fn what_was_written_before_a_failure_is_said() {
    let (error, _) =
        failure(CognitoFaults { refuses: Some(("UpdateUserPool", false)), ..CognitoFaults::default() }).await;
    assert!(error.starts_with("permissions were added and stay (voice-otp-us-east-1_Example01): arn:"), "{error}");
    assert!(error.contains("the user pool was left as it was: cognito-idp:UpdateUserPool was refused"), "{error}");
    for later in ["DescribeUserPool", "GetUserPoolMfaConfig"] {
        let (error, _) = failure(CognitoFaults { refuses: Some((later, true)), ..CognitoFaults::default() }).await;
        assert!(error.contains("the triggers were written, and whether") && error.contains(later), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_for() {
    let (world, _, aws) =
        World::start(CognitoFaults { loses_answer: Some(true), resets_mfa: true, ..CognitoFaults::default() }).await;
    assert_eq!(change(&aws, ATTACH, true).await.0.unwrap(), Outcome::Done);
    assert_eq!(world.lock().unwrap().mfa["WebAuthnConfiguration"]["UserVerification"], "required");
    let (error, _) = failure(CognitoFaults { loses_answer: Some(false), ..CognitoFaults::default() }).await;
    assert!(
        error.contains("the triggers are as they were, so far: cognito-idp:UpdateUserPool got no answer"),
        "{error}"
    );
}

#[tokio::test]
async fn a_permission_that_is_there_already_is_looked_at() {
    let (_, _, aws) = World::start(CognitoFaults { conflicts: Some(true), ..CognitoFaults::default() }).await;
    assert_eq!(change(&aws, ATTACH, true).await.0.unwrap(), Outcome::Done);
    let (error, _) = failure(CognitoFaults { conflicts: Some(false), ..CognitoFaults::default() }).await;
    assert!(error.contains("does not let this pool in: remove it"), "{error}");
}

use serde_json::{Value, json};

use super::client::SrpClient;
use super::{CODE, Local, answered, assert_not_authorized, assert_refused};
use crate::lambda::{Function, Outcome};

const UNRECOGNIZABLE: &str = "Unrecognizable lambda output";

fn failed(message: &str) -> Outcome {
    Outcome::Failed { error_type: "Refused".to_owned(), error_message: message.to_owned() }
}

fn timed_out() -> Outcome {
    Outcome::TimedOut { error_message: "RequestId: 1 Error: Task timed out after 5.00 seconds".to_owned() }
}

#[tokio::test]
async fn a_functions_error_reaches_the_client_and_ends_the_sign_in() {
    let kind = "UserLambdaValidationException";
    let local = Local::new();
    local.outcome(Function::DefineChallenge, failed("no"));
    assert_refused(local.start("demo").await, kind, "DefineAuthChallenge failed with error no.");
    local.outcome(Function::CreateChallenge, failed("Try later [BUSY]"));
    assert_refused(local.start("demo").await, kind, "CreateAuthChallenge failed with error Try later [BUSY].");
    let message = "RequestId: 1 Error: Runtime exited with error: exit status 101";
    local.outcome(Function::CreateChallenge, Outcome::Crashed { error_message: message.to_owned() });
    let expected = format!("CreateAuthChallenge failed with error {message}.");
    assert_refused(local.start("demo").await, kind, &expected);

    let challenge = local.start("demo").await.unwrap();
    local.outcome(Function::VerifyChallenge, failed("no"));
    let refused = local.answer("demo", &challenge, CODE).await;
    assert_refused(refused, kind, "VerifyAuthChallengeResponse failed with error no.");
    assert_not_authorized(local.answer("demo", &challenge, CODE).await, "Invalid session for the user.");
}

#[tokio::test]
async fn a_silent_function_gets_the_same_event_three_times() {
    let local = Local::new();
    local.outcome(Function::CreateChallenge, timed_out()).outcome(Function::CreateChallenge, timed_out());
    local.start("demo").await.unwrap();
    let events = local.script.lock().unwrap().events.clone();
    assert_eq!(events.len(), 4);
    assert_eq!(events[1], events[2]);
    assert_eq!(events[1], events[3]);

    for _ in 0..3 {
        local.outcome(Function::DefineChallenge, timed_out());
    }
    let message = "DefineAuthChallenge invocation failed due to error Socket timeout while invoking Lambda function.";
    assert_refused(local.start("demo").await, "UnexpectedLambdaException", message);
    assert_eq!(local.script.lock().unwrap().events.len(), 7, "no fourth delivery");
}

#[tokio::test]
async fn an_answer_must_be_json() {
    let local = Local::new();
    for answer in ["", "null", "{", "nope", " null "] {
        local.outcome(Function::DefineChallenge, Outcome::Answered(answer.as_bytes().to_vec()));
        let message = "Invalid lambda function output : Invalid JSON";
        assert_refused(local.start("demo").await, "InvalidLambdaResponseException", message);
    }
}

#[tokio::test]
async fn an_answer_must_be_the_event() {
    let local = Local::new();
    local.start("demo").await.unwrap();
    let mut good = local.last_event(Function::DefineChallenge);
    good["response"] = json!({"challengeName": "CUSTOM_CHALLENGE"});
    local.outcome(Function::DefineChallenge, answered(&good));
    local.start("demo").await.unwrap();

    let without = |path: &str| {
        let mut event = good.clone();
        event.as_object_mut().unwrap().remove(path);
        event
    };
    let mut null_metadata = good.clone();
    null_metadata["request"]["clientMetadata"] = Value::Null;
    let mut bad: Vec<Value> = ["version", "region", "userPoolId", "userName", "callerContext", "triggerSource"]
        .into_iter()
        .chain(["request", "response"])
        .map(without)
        .collect();
    bad.extend([null_metadata, json!([]), json!(1), json!("x"), json!({}), good["response"].clone()]);
    for answer in bad {
        local.outcome(Function::DefineChallenge, answered(&answer));
        assert_refused(local.start("demo").await, "InvalidLambdaResponseException", UNRECOGNIZABLE);
    }
}

#[tokio::test]
async fn define_must_decide_on_one_thing() {
    let local = Local::new();
    for response in [
        json!(null),
        json!({}),
        json!({"challengeName": null, "issueTokens": null, "failAuthentication": null}),
        json!({"issueTokens": false, "failAuthentication": false}),
        json!({"issueTokens": true, "failAuthentication": true}),
        json!({"issueTokens": true, "challengeName": "CUSTOM_CHALLENGE"}),
        json!({"failAuthentication": true, "challengeName": "CUSTOM_CHALLENGE"}),
        json!({"challengeName": "SMS_MFA"}),
        json!({"challengeName": "custom_challenge"}),
        json!({"challengeName": ""}),
        json!({"challengeName": 1}),
        json!({"issueTokens": "true"}),
        json!({"failAuthentication": 1}),
        // There was no SRP_A.
        json!({"challengeName": "PASSWORD_VERIFIER"}),
    ] {
        local.response(Function::DefineChallenge, response.clone());
        let refused = local.start("demo").await;
        assert_refused(refused, "InvalidLambdaResponseException", UNRECOGNIZABLE);
    }
}

#[tokio::test]
async fn the_password_is_asked_for_once() {
    let local = Local::new();
    let srp = SrpClient::new();
    let challenge = local.initiate("CUSTOM_AUTH", srp.start("demo")).await.unwrap();
    let answer = srp.answer("PhoneCode", &challenge, "Correct-Horse-7");
    local.response(Function::DefineChallenge, json!({"challengeName": "PASSWORD_VERIFIER"}));
    let refused = local.respond("PASSWORD_VERIFIER", &challenge, answer).await;
    assert_refused(refused, "InvalidLambdaResponseException", UNRECOGNIZABLE);
}

#[tokio::test]
async fn define_has_the_last_word() {
    let local = Local::new();
    local.response(Function::DefineChallenge, json!({"issueTokens": true}));
    assert!(local.start("demo").await.unwrap()["AuthenticationResult"].is_object());
    local.response(Function::DefineChallenge, json!({"failAuthentication": true}));
    assert_not_authorized(local.start("demo").await, "Incorrect username or password.");
    // The password is skipped if define wants it so.
    let srp = SrpClient::new();
    local.response(Function::DefineChallenge, json!({"challengeName": "CUSTOM_CHALLENGE"}));
    let challenge = local.initiate("CUSTOM_AUTH", srp.start("demo")).await.unwrap();
    assert_eq!(challenge["ChallengeName"], "CUSTOM_CHALLENGE");
    let srp_a = json!([{"challengeName": "SRP_A", "challengeResult": true, "challengeMetadata": null}]);
    assert_eq!(local.last_event(Function::CreateChallenge)["request"]["session"], srp_a);
}

#[tokio::test]
async fn create_must_answer_with_strings() {
    let local = Local::new();
    for response in [
        json!({"publicChallengeParameters": {"codeLength": 6}}),
        json!({"publicChallengeParameters": {"codeLength": null}}),
        json!({"publicChallengeParameters": ["6"]}),
        json!({"publicChallengeParameters": {}, "privateChallengeParameters": {"code": 471_902}}),
        json!({"publicChallengeParameters": {}, "challengeMetadata": {"id": "1"}}),
    ] {
        local.response(Function::CreateChallenge, response.clone());
        assert_refused(local.start("demo").await, "InvalidLambdaResponseException", UNRECOGNIZABLE);
    }
}

#[tokio::test]
async fn only_public_parameters_reach_the_client() {
    let local = Local::new();
    let response = json!({
        "publicChallengeParameters": {"destination": "+1********00", "USERNAME": "somebody"},
        "privateChallengeParameters": {"code": "private"},
        "challengeMetadata": "metadata",
    });
    local.response(Function::CreateChallenge, response);
    let challenge = local.start("demo").await.unwrap();
    assert_eq!(challenge["ChallengeParameters"], json!({"USERNAME": "demo", "destination": "+1********00"}));
    assert!(!challenge.to_string().contains("private") && !challenge.to_string().contains("metadata"));
}

#[tokio::test]
async fn create_may_leave_everything_out() {
    let local = Local::new();
    local.response(Function::CreateChallenge, json!({}));
    let challenge = local.start("demo").await.unwrap();
    assert_eq!(challenge["ChallengeParameters"], json!({"USERNAME": "demo"}));
    local.answer("demo", &challenge, CODE).await.unwrap();
    let request = &local.last_event(Function::VerifyChallenge)["request"];
    assert_eq!(request.get("privateChallengeParameters"), Some(&Value::Null));
    assert!(request.get("session").is_none() && request.get("challengeMetadata").is_none());
}

#[tokio::test]
async fn verify_must_say_yes_or_no() {
    let local = Local::new();
    for response in [json!({}), json!({"answerCorrect": null}), json!({"answerCorrect": "true"}), json!(null)] {
        let challenge = local.start("demo").await.unwrap();
        local.response(Function::VerifyChallenge, response.clone());
        let refused = local.answer("demo", &challenge, CODE).await;
        assert_refused(refused, "InvalidLambdaResponseException", UNRECOGNIZABLE);
    }
}

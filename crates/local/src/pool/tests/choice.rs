use serde_json::{Value, json};

use super::client::SrpClient;
use super::{Local, NUMBER, PASSWORD, another, assert_not_authorized, assert_refused};
use crate::pool::error::ApiError;

const ALL: [&str; 3] = ["PASSWORD_SRP", "PASSWORD", "SMS_OTP"];
const INCORRECT: &str = "Incorrect username or password.";
const WRONG_CODE: &str = "Invalid code or auth state for the user.";

/// `USER_AUTH`.
async fn start(local: &Local, username: &str, parameters: Value) -> Result<Value, ApiError> {
    let mut parameters = parameters;
    parameters["USERNAME"] = username.into();
    local.initiate_at(local.client_id_password(), "USER_AUTH", parameters).await
}

async fn by_phone(local: &Local, username: &str) -> Result<Value, ApiError> {
    start(local, username, json!({"PREFERRED_CHALLENGE": "SMS_OTP"})).await
}

/// The answer to a challenge by this name.
async fn respond(local: &Local, name: &str, challenge: &Value, responses: Value) -> Result<Value, ApiError> {
    local.respond_at(local.client_id_password(), name, challenge, responses).await
}

async fn select(local: &Local, challenge: &Value, responses: Value) -> Result<Value, ApiError> {
    let mut responses = responses;
    responses["USERNAME"] = "demo".into();
    respond(local, "SELECT_CHALLENGE", challenge, responses).await
}

async fn code(local: &Local, username: &str, challenge: &Value, code: &str) -> Result<Value, ApiError> {
    respond(local, "SMS_OTP", challenge, json!({"USERNAME": username, "SMS_OTP_CODE": code})).await
}

#[track_caller]
fn assert_signed_in(answer: &Value) {
    assert!(answer["AuthenticationResult"]["AccessToken"].is_string(), "{answer}");
}

#[tokio::test]
async fn a_code_by_phone_is_the_only_factor() {
    let local = Local::new();
    let challenge = by_phone(&local, "demo").await.unwrap();
    let parameters = json!({"CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******0100"});
    assert_eq!((&challenge["ChallengeName"], &challenge["ChallengeParameters"]), (&json!("SMS_OTP"), &parameters));
    assert_eq!(challenge["AvailableChallenges"], json!(ALL));
    let (source, to, sent) = local.sent();
    assert_eq!((source.as_str(), to.as_str()), ("Authentication", NUMBER));
    assert!(sent.len() == 8 && sent.bytes().all(|digit| digit.is_ascii_digit()), "{sent}");
    for _ in 0..6 {
        let refused = code(&local, "demo", &challenge, &another(&sent)).await;
        assert_refused(refused, "CodeMismatchException", WRONG_CODE);
    }
    assert_signed_in(&code(&local, "demo", &challenge, &sent).await.unwrap());
    assert_not_authorized(code(&local, "demo", &challenge, &sent).await, "Invalid session for the user.");
}

#[tokio::test]
async fn without_a_preference_the_user_selects() {
    let local = Local::new();
    let selection = async || {
        let challenge = start(&local, "demo", json!({})).await.unwrap();
        assert_eq!(challenge["ChallengeName"], "SELECT_CHALLENGE");
        assert_eq!((&challenge["ChallengeParameters"], &challenge["AvailableChallenges"]), (&json!({}), &json!(ALL)));
        challenge
    };
    let challenge = select(&local, &selection().await, json!({"ANSWER": "SMS_OTP"})).await.unwrap();
    assert_eq!(challenge["ChallengeName"], "SMS_OTP");
    assert_signed_in(&code(&local, "demo", &challenge, &local.code()).await.unwrap());

    let password = json!({"ANSWER": "PASSWORD", "PASSWORD": PASSWORD});
    assert_signed_in(&select(&local, &selection().await, password).await.unwrap());
    let wrong = json!({"ANSWER": "PASSWORD", "PASSWORD": "Wrong-Horse-77"});
    assert_not_authorized(select(&local, &selection().await, wrong).await, INCORRECT);

    let srp = SrpClient::new();
    let mut responses = srp.start("demo");
    responses["ANSWER"] = "PASSWORD_SRP".into();
    let challenge = select(&local, &selection().await, responses).await.unwrap();
    let proof = srp.answer("PhoneCode", &challenge, PASSWORD);
    assert_signed_in(&respond(&local, "PASSWORD_VERIFIER", &challenge, proof).await.unwrap());

    let none = select(&local, &selection().await, json!({"ANSWER": "EMAIL_OTP"})).await.unwrap_err();
    assert_eq!(none.kind, "InvalidParameterException");
}

#[tokio::test]
async fn a_preferred_password_needs_no_selection() {
    let local = Local::new();
    let parameters = json!({"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD});
    assert_signed_in(&start(&local, "demo", parameters.clone()).await.unwrap());
    assert_not_authorized(start(&local, "nobody", parameters).await, INCORRECT);
    let missing = start(&local, "demo", json!({"PREFERRED_CHALLENGE": "PASSWORD"})).await;
    assert_refused(missing, "InvalidParameterException", "Missing required parameter PASSWORD");
    let srp = SrpClient::new();
    let mut parameters = srp.start("demo");
    parameters["PREFERRED_CHALLENGE"] = "PASSWORD_SRP".into();
    let challenge = start(&local, "demo", parameters).await.unwrap();
    assert_eq!(challenge["ChallengeName"], "PASSWORD_VERIFIER");
    let unknown = start(&local, "demo", json!({"PREFERRED_CHALLENGE": "VOICE"})).await.unwrap_err();
    assert_eq!(unknown.kind, "InvalidParameterException");
    assert_eq!(local.messages(), json!([]));
}

#[tokio::test]
async fn whoever_has_no_verified_number_or_has_mfa_has_the_password_alone() {
    let local = Local::new();
    local.add_user(json!({"username": "ann", "phoneNumberVerified": false}));
    let token = local.access_token("demo").await;
    let request = json!({"AccessToken": token, "SMSMfaSettings": {"Enabled": true}});
    local.call("SetUserMFAPreference", request).await.unwrap();
    let request = json!({"UserPoolId": "us-east-1_PhoneCode", "Username": "bob", "TemporaryPassword": PASSWORD,
        "UserAttributes": [{"Name": "phone_number", "Value": NUMBER}, {"Name": "phone_number_verified", "Value": "true"}],
        "MessageAction": "SUPPRESS"});
    local.call("AdminCreateUser", request).await.unwrap();
    for name in ["ann", "demo", "bob"] {
        let challenge = by_phone(&local, name).await.unwrap();
        assert_eq!(challenge["ChallengeName"], "SELECT_CHALLENGE", "{name}");
        assert_eq!(challenge["AvailableChallenges"], json!(ALL[..2]), "{name}");
    }
    assert_eq!(local.messages(), json!([]));
    let parameters = json!({"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD});
    let challenge = start(&local, "demo", parameters).await.unwrap();
    assert_eq!(challenge["ChallengeName"], "SMS_MFA");
}

#[tokio::test]
async fn an_answer_is_of_the_user_as_they_are_by_then() {
    let local = Local::new();
    let new = "Another-Horse-8";
    let token = local.access_token("demo").await;
    let selection = async || start(&local, "demo", json!({})).await.unwrap();
    let password = |password: &str| json!({"ANSWER": "PASSWORD", "PASSWORD": password});

    let before = selection().await;
    let srp = SrpClient::new();
    let mut parameters = srp.start("demo");
    parameters["PREFERRED_CHALLENGE"] = "PASSWORD_SRP".into();
    let challenge = start(&local, "demo", parameters).await.unwrap();
    let proof = srp.answer("PhoneCode", &challenge, PASSWORD);
    let request = json!({"UserPoolId": "us-east-1_PhoneCode", "Username": "demo", "Password": new, "Permanent": true});
    local.call("AdminSetUserPassword", request).await.unwrap();
    assert_not_authorized(select(&local, &before, password(PASSWORD)).await, INCORRECT);
    assert_not_authorized(respond(&local, "PASSWORD_VERIFIER", &challenge, proof).await, INCORRECT);

    let [first, second] = [selection().await, selection().await];
    let otp = by_phone(&local, "demo").await.unwrap();
    let digits = local.code();
    let request = json!({"AccessToken": token, "SMSMfaSettings": {"Enabled": true}});
    local.call("SetUserMFAPreference", request).await.unwrap();
    assert_eq!(select(&local, &first, password(new)).await.unwrap()["ChallengeName"], "SMS_MFA");
    let refused = select(&local, &second, json!({"ANSWER": "SMS_OTP"})).await.unwrap_err();
    assert_eq!(refused.kind, "InvalidParameterException");
    assert_not_authorized(code(&local, "demo", &otp, &digits).await, "Invalid session for the user.");
}

#[tokio::test]
async fn an_unknown_user_is_asked_for_a_code_that_nobody_has() {
    let local = Local::new();
    let challenge = by_phone(&local, "nobody").await.unwrap();
    assert_eq!(challenge["AvailableChallenges"], json!(ALL));
    let destination = &challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"];
    assert!(destination.as_str().is_some_and(|text| text.len() == 12 && text.starts_with("+*******")), "{destination}");
    let again = by_phone(&local, "Nobody").await.unwrap();
    assert_eq!(&again["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"], destination);
    let refused = code(&local, "nobody", &challenge, "12345678").await;
    assert_refused(refused, "CodeMismatchException", WRONG_CODE);
    assert_eq!(local.messages(), json!([]));
}

#[tokio::test]
async fn a_client_without_the_flow_refuses_it() {
    let local = Local::new();
    let refused = local.initiate("USER_AUTH", json!({"USERNAME": "demo"})).await;
    assert_refused(refused, "InvalidParameterException", "USER_AUTH flow not enabled for this client");
}

use serde_json::{Value, json};

use super::client::SrpClient;
use super::{EXPIRED, Local, MISMATCH, NUMBER, PASSWORD, TOO_OFTEN, another, assert_not_authorized, assert_refused};
use crate::lambda::{Function, Outcome};
use crate::pool::error::ApiError;

const NEW: &str = "Another-Horse-8";

async fn forget(local: &Local, name: &str) -> Value {
    let request = json!({"ClientId": local.client_id(), "Username": name});
    local.call("ForgotPassword", request).await.unwrap()["CodeDeliveryDetails"].take()
}

async fn confirm(local: &Local, name: &str, code: &str, password: &str) -> Result<Value, ApiError> {
    let request = json!({"ClientId": local.client_id(), "Username": name, "ConfirmationCode": code,
        "Password": password, "ClientMetadata": {"locale": "de"}});
    local.call("ConfirmForgotPassword", request).await
}

/// The code that was sent last.
fn sent(local: &Local) -> Value {
    local.messages().as_array().unwrap().last().unwrap().clone()
}

async fn signs_in(local: &Local, password: &str) -> Result<Value, ApiError> {
    let srp = SrpClient::new();
    let challenge = local.initiate("CUSTOM_AUTH", srp.start("demo")).await.unwrap();
    let answer = srp.answer("PhoneCode", &challenge, password);
    local.respond("PASSWORD_VERIFIER", &challenge, answer).await
}

#[tokio::test]
async fn a_code_sets_a_new_password_and_the_trigger_is_notified() {
    let local = Local::new();
    let details = forget(&local, "Demo@example.com").await;
    let expected = json!({"Destination": "d***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"});
    assert_eq!(details, expected);
    let message = sent(&local);
    assert_eq!((&message["to"], &message["username"]), (&json!("demo@example.com"), &json!("demo")));
    assert_eq!(message["source"], "ForgotPassword");
    let code = message["code"].as_str().unwrap();
    assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()), "{code}");

    assert_eq!(confirm(&local, "demo", code, NEW).await.unwrap(), json!({}));
    let event = local.last_event(Function::VerifyChallenge);
    assert_eq!(event["triggerSource"], "PostConfirmation_ConfirmForgotPassword");
    assert_eq!((&event["userName"], &event["response"]), (&json!("demo"), &json!({})));
    assert_eq!(event["request"]["clientMetadata"], json!({"locale": "de"}));
    assert_eq!(event["request"]["userAttributes"]["cognito:user_status"], "CONFIRMED");
    assert!(event["request"].get("session").is_none());

    assert_not_authorized(signs_in(&local, PASSWORD).await, "Incorrect username or password.");
    assert_eq!(signs_in(&local, NEW).await.unwrap()["ChallengeName"], "CUSTOM_CHALLENGE");
    assert_eq!(local.pool.describe()["users"][0]["password"], NEW);
}

#[tokio::test]
async fn a_code_works_once_and_only_the_latest() {
    let local = Local::new();
    assert_refused(confirm(&local, "demo", "123456", NEW).await, "ExpiredCodeException", EXPIRED);
    forget(&local, "demo").await;
    let first = sent(&local)["code"].as_str().unwrap().to_owned();
    forget(&local, "demo").await;
    let second = sent(&local)["code"].as_str().unwrap().to_owned();
    if first != second {
        assert_refused(confirm(&local, "demo", &first, NEW).await, "CodeMismatchException", MISMATCH);
    }
    assert_refused(confirm(&local, "demo", &another(&second), NEW).await, "CodeMismatchException", MISMATCH);
    confirm(&local, "demo", &second, NEW).await.unwrap();
    assert_refused(confirm(&local, "demo", &second, NEW).await, "ExpiredCodeException", EXPIRED);
}

#[tokio::test]
async fn a_password_outside_the_policy_leaves_the_code_good() {
    let local = Local::new();
    forget(&local, "demo").await;
    let code = sent(&local)["code"].as_str().unwrap().to_owned();
    for (password, reason) in [
        ("Horse-7", "Password not long enough"),
        ("ANOTHER-HORSE-8", "Password must have lowercase characters"),
        ("another-horse-8", "Password must have uppercase characters"),
        ("Another-Horse-X", "Password must have numeric characters"),
    ] {
        let message = format!("Password did not conform with policy: {reason}");
        assert_refused(confirm(&local, "demo", &code, password).await, "InvalidPasswordException", &message);
    }
    for password in ["", " Another-Horse-8", "Another-Horse-8 "] {
        let error = confirm(&local, "demo", &code, password).await.unwrap_err();
        assert_eq!(error.kind, "InvalidParameterException", "{password:?}");
    }
    assert!(local.events().is_empty(), "no trigger ran");
    confirm(&local, "demo", &code, NEW).await.unwrap();
}

#[tokio::test]
async fn whoever_does_not_exist_gets_an_answer_like_anybodys_and_no_code() {
    let local = Local::new();
    let keys = |details: &Value| details.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let known = forget(&local, "demo").await;
    local.add_user(json!({"username": "silent", "phoneNumber": null, "attributes": {"email": null}}));
    let unsure = json!({"username": "unsure", "phoneNumberVerified": false, "attributes": {"email_verified": "false"}});
    local.add_user(unsure);
    for name in ["nobody", "nobody@example.com", "silent", "unsure"] {
        let details = forget(&local, name).await;
        assert_eq!((keys(&details), &details["DeliveryMedium"]), (keys(&known), &json!("EMAIL")), "{name}");
        let destination = details["Destination"].as_str().unwrap();
        assert_eq!(destination.replace(|c: char| c.is_ascii_lowercase(), "x"), "x***@x***", "{name}");
        assert_eq!(forget(&local, name).await, details, "{name}: the same each time");
    }
    assert_eq!(forget(&local, "NOBODY").await, forget(&local, "nobody").await);
    assert_eq!(sent(&local)["username"], "demo", "nothing was sent after it");
    assert_refused(confirm(&local, "nobody", "123456", NEW).await, "CodeMismatchException", MISMATCH);
    assert!(local.events().is_empty(), "no trigger ran");
}

#[tokio::test]
async fn a_trigger_that_fails_is_reported_and_the_password_is_new() {
    let local = Local::new();
    forget(&local, "demo").await;
    let code = sent(&local)["code"].as_str().unwrap().to_owned();
    let failed = Outcome::Failed { error_type: String::new(), error_message: "no".to_owned() };
    local.outcome(Function::VerifyChallenge, failed);
    let message = "PostConfirmation failed with error no.";
    assert_refused(confirm(&local, "demo", &code, NEW).await, "UserLambdaValidationException", message);
    assert_eq!(signs_in(&local, NEW).await.unwrap()["ChallengeName"], "CUSTOM_CHALLENGE");
}

#[tokio::test]
async fn a_client_with_a_secret_proves_it() {
    let local = Local::new();
    let client_id = local.pool.config().client_id_with_secret.clone();
    let request = json!({"ClientId": client_id, "Username": "demo"});
    let message = format!("Client {client_id} is configured with secret but SECRET_HASH was not received");
    assert_not_authorized(local.call("ForgotPassword", request.clone()).await, &message);
    let mut wrong = request;
    wrong["SecretHash"] = json!("AAAA");
    let message = format!("Unable to verify secret hash for client {client_id}");
    assert_not_authorized(local.call("ForgotPassword", wrong).await, &message);
    let unknown = json!({"ClientId": "other", "Username": "demo"});
    let error = "User pool client other does not exist.";
    assert_refused(local.call("ForgotPassword", unknown).await, "ResourceNotFoundException", error);
}

#[tokio::test]
async fn who_is_signed_in_stays_so() {
    let local = Local::new();
    let tokens = local.sign_in("demo").await;
    forget(&local, "demo").await;
    let code = sent(&local)["code"].as_str().unwrap().to_owned();
    confirm(&local, "demo", &code, NEW).await.unwrap();
    local.call("GetUser", json!({"AccessToken": tokens["AccessToken"]})).await.unwrap();
}

#[tokio::test]
async fn a_user_without_an_address_gets_the_code_by_phone_unless_it_is_for_mfa() {
    let local = Local::new();
    local.add_user(json!({"username": "ann", "phoneNumber": "+442071838750", "attributes": {"email": null}}));
    let details = forget(&local, "ann").await;
    let expected = json!({"Destination": "+********8750", "DeliveryMedium": "SMS", "AttributeName": "phone_number"});
    assert_eq!(details, expected);
    let (source, to, code) = local.sent();
    assert_eq!((source.as_str(), to.as_str()), ("ForgotPassword", "+442071838750"));
    assert_eq!(code.len(), 6);
    assert_refused(confirm(&local, "demo", &code, NEW).await, "ExpiredCodeException", EXPIRED);
    assert_eq!(confirm(&local, "ann", &code, NEW).await.unwrap(), json!({}));

    let tokens = local.with_password("ann", NEW).await.unwrap();
    let token = &tokens["AuthenticationResult"]["AccessToken"];
    let request = json!({"AccessToken": token, "SMSMfaSettings": {"Enabled": true}});
    local.call("SetUserMFAPreference", request).await.unwrap();
    assert_eq!(forget(&local, "ann").await["DeliveryMedium"], "EMAIL", "as if there were no such user");
    assert_eq!(local.messages().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_user_has_five_codes_and_five_answers_an_hour() {
    let local = Local::new();
    for _ in 0..5 {
        forget(&local, "demo").await;
    }
    let request = json!({"ClientId": local.client_id(), "Username": "demo"});
    assert_refused(local.call("ForgotPassword", request).await, "LimitExceededException", TOO_OFTEN);
    let code = local.code();
    for _ in 0..5 {
        let refused = confirm(&local, "demo", &another(&code), NEW).await;
        assert_refused(refused, "CodeMismatchException", MISMATCH);
    }
    assert_refused(confirm(&local, "demo", &code, NEW).await, "LimitExceededException", TOO_OFTEN);
    assert_eq!(local.messages().as_array().unwrap().len(), 5);
    assert!(!local.messages().to_string().contains(NUMBER), "the address comes first");
}

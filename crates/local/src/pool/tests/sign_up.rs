use serde_json::{Value, json};

use super::{EXPIRED, Local, MISMATCH, PASSWORD, TOO_OFTEN, another, assert_not_authorized, assert_refused};
use crate::lambda::Function;
use crate::pool::error::ApiError;

const ANNS: &str = "+12065550142";
const NOT_CONFIRMED: &str = "User is not confirmed.";

async fn sign_up(local: &Local, username: &str, attributes: Value) -> Result<Value, ApiError> {
    let list: Value =
        attributes.as_object().unwrap().iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    let request = json!({"ClientId": local.client_id_password(), "Username": username, "Password": PASSWORD,
        "UserAttributes": list, "ClientMetadata": {"page": "1"}});
    local.call("SignUp", request).await
}

async fn confirm(local: &Local, username: &str, code: &str) -> Result<Value, ApiError> {
    let request = json!({"ClientId": local.client_id_password(), "Username": username, "ConfirmationCode": code,
        "ClientMetadata": {"page": "2"}});
    local.call("ConfirmSignUp", request).await
}

async fn resend(local: &Local, username: &str) -> Result<Value, ApiError> {
    local.call("ResendConfirmationCode", json!({"ClientId": local.client_id_password(), "Username": username})).await
}

#[tokio::test]
async fn a_number_is_verified_and_then_the_user_signs_in() {
    let local = Local::new();
    let attributes = json!({"phone_number": ANNS, "email": "ann@example.com", "locale": "de"});
    let answer = sign_up(&local, "Ann", attributes).await.unwrap();
    let details = json!({"Destination": "+*******0142", "DeliveryMedium": "SMS", "AttributeName": "phone_number"});
    assert_eq!((&answer["UserConfirmed"], &answer["CodeDeliveryDetails"]), (&json!(false), &details));
    let (source, to, code) = local.sent();
    assert_eq!((source.as_str(), to.as_str()), ("SignUp", ANNS));
    assert!(code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()), "{code}");
    let refused = local.with_password("ann", PASSWORD).await;
    assert_refused(refused, "UserNotConfirmedException", NOT_CONFIRMED);
    assert_not_authorized(local.with_password("ann", "Wrong-Horse-77").await, "Incorrect username or password.");

    assert_eq!(confirm(&local, "ann", &code).await.unwrap(), json!({}));
    let event = local.last_event(Function::VerifyChallenge);
    assert_eq!(event["triggerSource"], "PostConfirmation_ConfirmSignUp");
    let request = &event["request"];
    assert_eq!(request["clientMetadata"], json!({"page": "2"}));
    let attributes = &request["userAttributes"];
    assert_eq!((&attributes["sub"], &attributes["locale"]), (&answer["UserSub"], &json!("de")));
    let states = ["phone_number_verified", "email_verified", "cognito:user_status"].map(|name| &attributes[name]);
    assert_eq!(states, [&json!("true"), &json!("false"), &json!("CONFIRMED")]);
    local.access_token("ann").await;
    // The address is no name to sign in with before it is verified.
    assert_not_authorized(local.with_password("ann@example.com", PASSWORD).await, "Incorrect username or password.");
}

#[tokio::test]
async fn a_number_that_an_operator_sets_has_a_code_of_its_own() {
    let local = Local::new();
    sign_up(&local, "ann", json!({"phone_number": ANNS})).await.unwrap();
    let old = local.code();
    let set = json!([{"Name": "phone_number", "Value": "+12065550188"}]);
    let request = json!({"UserPoolId": "us-east-1_PhoneCode", "Username": "ann", "UserAttributes": set});
    local.call("AdminUpdateUserAttributes", request).await.unwrap();
    assert_refused(confirm(&local, "ann", &old).await, "ExpiredCodeException", EXPIRED);
    resend(&local, "ann").await.unwrap();
    assert_eq!(local.sent().1, "+12065550188");
    confirm(&local, "ann", &local.code()).await.unwrap();
}

#[tokio::test]
async fn a_user_without_a_number_gets_the_code_by_email_and_one_without_both_none() {
    let local = Local::new();
    let answer = sign_up(&local, "ann", json!({"email": "ann@example.com"})).await.unwrap();
    let details = json!({"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"});
    assert_eq!(answer["CodeDeliveryDetails"], details);
    confirm(&local, "ann", &local.code()).await.unwrap();
    local.access_token("ann@example.com").await;

    let answer = sign_up(&local, "bob", json!({})).await.unwrap();
    assert_eq!(answer["CodeDeliveryDetails"], Value::Null);
    let message = "Cannot resend codes. Auto verification not turned on.";
    assert_refused(resend(&local, "bob").await, "InvalidParameterException", message);
}

#[tokio::test]
async fn a_resent_code_voids_the_one_before_and_each_works_once() {
    let local = Local::new();
    sign_up(&local, "ann", json!({"phone_number": ANNS})).await.unwrap();
    let first = local.code();
    let details = resend(&local, "ann").await.unwrap();
    assert_eq!(details["CodeDeliveryDetails"]["Destination"], "+*******0142");
    let (source, to, second) = local.sent();
    assert_eq!((source.as_str(), to.as_str()), ("ResendCode", ANNS));
    if first != second {
        assert_refused(confirm(&local, "ann", &first).await, "CodeMismatchException", MISMATCH);
    }
    assert_refused(confirm(&local, "ann", &another(&second)).await, "CodeMismatchException", MISMATCH);
    confirm(&local, "ann", &second).await.unwrap();
    let confirmed = "User cannot be confirmed. Current status is CONFIRMED";
    assert_not_authorized(confirm(&local, "ann", &second).await, confirmed);
    assert_refused(resend(&local, "ann").await, "InvalidParameterException", "User is already confirmed.");
}

#[tokio::test]
async fn an_unknown_user_looks_like_one_whose_code_has_expired() {
    let local = Local::new();
    assert_refused(confirm(&local, "nobody", "123456").await, "ExpiredCodeException", EXPIRED);
    let details = resend(&local, "nobody").await.unwrap();
    assert_eq!(details, resend(&local, "NOBODY").await.unwrap());
    assert_eq!(details["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
    assert_eq!(local.messages(), json!([]));
    sign_up(&local, "bob", json!({})).await.unwrap();
    assert_refused(confirm(&local, "bob", "123456").await, "ExpiredCodeException", EXPIRED);
}

#[tokio::test]
async fn quotas_hold_for_each_user() {
    let local = Local::new();
    for name in ["ann", "bob"] {
        sign_up(&local, name, json!({"phone_number": ANNS})).await.unwrap();
        for _ in 0..5 {
            resend(&local, name).await.unwrap();
        }
        assert_refused(resend(&local, name).await, "LimitExceededException", TOO_OFTEN);
        let code = local.code();
        for _ in 0..15 {
            assert_refused(confirm(&local, name, &another(&code)).await, "CodeMismatchException", MISMATCH);
        }
        assert_refused(confirm(&local, name, &code).await, "LimitExceededException", TOO_OFTEN);
    }
    assert_eq!(local.messages().as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn what_cognito_would_not_take_is_refused() {
    let local = Local::new();
    let refused = |username: &'static str, attributes: Value| sign_up(&local, username, attributes);
    let invalid = "InvalidParameterException";
    assert_refused(refused("Demo", json!({})).await, "UsernameExistsException", "User already exists");
    let message = "Username cannot be of email format, since user pool is configured for email alias.";
    assert_refused(refused("ann@example.com", json!({})).await, invalid, message);
    let number = refused("ann", json!({"phone_number": "2065550142"})).await;
    assert_refused(number, invalid, "Invalid phone number format.");
    let email = refused("ann", json!({"email": "ann"})).await;
    assert_refused(email, invalid, "Invalid email address format.");
    let message = "Attributes did not conform to the schema: Type for attribute {shoe} could not be determined";
    assert_refused(refused("ann", json!({"shoe": "42"})).await, invalid, message);
    let unauthorized = "A client attempted to write unauthorized attribute";
    for flag in ["phone_number_verified", "email_verified"] {
        assert_not_authorized(refused("ann", json!({"phone_number": ANNS, flag: "true"})).await, unauthorized);
    }
    let long = refused("ann", json!({"name": "x".repeat(2049)})).await.unwrap_err();
    let place = "Value at 'userAttributes.1.member.value' failed to satisfy constraint";
    assert!(long.kind == invalid && long.message.contains(place), "{}", long.message);

    let request = json!({"ClientId": local.client_id_password(), "Username": "ann", "Password": "Horse-7"});
    let message = "Password did not conform with policy: Password not long enough";
    assert_refused(local.call("SignUp", request).await, "InvalidPasswordException", message);
    // The clients of the call write what the template lets them.
    let request = json!({"ClientId": local.client_id(), "Username": "ann", "Password": PASSWORD,
        "UserAttributes": [{"Name": "phone_number", "Value": ANNS}]});
    assert_not_authorized(local.call("SignUp", request).await, unauthorized);
    assert_eq!((local.messages(), local.events().len()), (json!([]), 0));
    assert_eq!(local.pool.describe()["users"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_address_that_signs_somebody_else_in_is_moved_on_request_alone() {
    let local = Local::new();
    let clash = json!({"email": "Demo@example.com"});
    sign_up(&local, "ann", clash.clone()).await.unwrap();
    let message = "An account with the email already exists.";
    assert_refused(confirm(&local, "ann", &local.code()).await, "AliasExistsException", message);
    resend(&local, "ann").await.unwrap();
    let request = json!({"ClientId": local.client_id_password(), "Username": "ann",
        "ConfirmationCode": local.code(), "ForceAliasCreation": true});
    local.call("ConfirmSignUp", request).await.unwrap();
    let token = local.access_token("demo@example.com").await;
    assert_eq!(local.call("GetUser", json!({"AccessToken": token})).await.unwrap()["Username"], "ann");
}

/// No tokens by a call either, whatever the functions decide.
#[tokio::test]
async fn an_unconfirmed_user_gets_no_tokens_by_a_call() {
    let local = Local::new();
    sign_up(&local, "ann", json!({"phone_number": ANNS})).await.unwrap();
    let challenge = local.start("ann").await.unwrap();
    let attributes = local.last_event(Function::DefineChallenge)["request"]["userAttributes"].clone();
    assert_eq!(
        (&attributes["cognito:user_status"], &attributes["phone_number_verified"]),
        (&json!("UNCONFIRMED"), &json!("false"))
    );
    assert_refused(local.answer("ann", &challenge, super::CODE).await, "UserNotConfirmedException", NOT_CONFIRMED);
}

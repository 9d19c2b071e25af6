use serde_json::{Value, json};

use super::{EXPIRED, Local, MISMATCH, NUMBER, TOO_OFTEN, another, assert_not_authorized, assert_refused};
use crate::pool::error::ApiError;

const NEW: &str = "+12065550177";

async fn update(local: &Local, token: &Value, attributes: &[(&str, &str)]) -> Result<Value, ApiError> {
    let list: Value = attributes.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    local.call("UpdateUserAttributes", json!({"AccessToken": token, "UserAttributes": list})).await
}

async fn send(local: &Local, token: &Value, name: &str) -> Result<Value, ApiError> {
    let request = json!({"AccessToken": token, "AttributeName": name});
    local.call("GetUserAttributeVerificationCode", request).await
}

async fn verify(local: &Local, token: &Value, name: &str, code: &str) -> Result<Value, ApiError> {
    let request = json!({"AccessToken": token, "AttributeName": name, "Code": code});
    local.call("VerifyUserAttribute", request).await
}

/// An attribute of the user who is signed in.
async fn attribute(local: &Local, token: &Value, name: &str) -> Value {
    let user = local.call("GetUser", json!({"AccessToken": token})).await.unwrap();
    let attributes = user["UserAttributes"].as_array().unwrap();
    attributes.iter().find(|attribute| attribute["Name"] == name).map_or(Value::Null, |own| own["Value"].clone())
}

#[tokio::test]
async fn a_new_number_counts_once_its_code_is_entered() {
    let local = Local::new();
    let token = local.access_token("demo").await;
    let answer = update(&local, &token, &[("phone_number", NEW), ("name", "Ann"), ("locale", "de")]).await.unwrap();
    let details = json!({"Destination": "+*******0177", "DeliveryMedium": "SMS", "AttributeName": "phone_number"});
    assert_eq!(answer, json!({"CodeDeliveryDetailsList": [details]}));
    let (source, to, first) = local.sent();
    assert_eq!((source.as_str(), to.as_str(), first.len()), ("UpdateUserAttribute", NEW, 6));
    let now = async |name: &str| attribute(&local, &token, name).await;
    assert_eq!((now("phone_number").await, now("phone_number_verified").await), (json!(NUMBER), json!("true")));
    assert_eq!(now("name").await, "Ann");

    // Another code for the same number voids the first.
    update(&local, &token, &[("phone_number", NEW)]).await.unwrap();
    let (source, to, second) = local.sent();
    assert_eq!((source.as_str(), to.as_str()), ("UpdateUserAttribute", NEW));
    if first != second {
        let refused = verify(&local, &token, "phone_number", &first).await;
        assert_refused(refused, "CodeMismatchException", MISMATCH);
    }
    let refused = verify(&local, &token, "email", &second).await;
    assert_refused(refused, "ExpiredCodeException", EXPIRED);
    assert_eq!(verify(&local, &token, "phone_number", &second).await.unwrap(), json!({}));
    assert_eq!((now("phone_number").await, now("phone_number_verified").await), (json!(NEW), json!("true")));
    let refused = verify(&local, &token, "phone_number", &second).await;
    assert_refused(refused, "ExpiredCodeException", EXPIRED);
}

#[tokio::test]
async fn while_a_number_waits_a_code_on_request_is_for_the_one_that_counts() {
    let local = Local::new();
    let token = local.access_token("demo").await;
    update(&local, &token, &[("phone_number", NEW)]).await.unwrap();
    let waiting = local.code();
    let answer = send(&local, &token, "phone_number").await.unwrap();
    assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "+*******0100");
    let (source, to, code) = local.sent();
    assert_eq!((source.as_str(), to.as_str()), ("VerifyUserAttribute", NUMBER));
    if waiting != code {
        let refused = verify(&local, &token, "phone_number", &waiting).await;
        assert_refused(refused, "CodeMismatchException", MISMATCH);
    }
    verify(&local, &token, "phone_number", &code).await.unwrap();
    assert_eq!(attribute(&local, &token, "phone_number").await, NUMBER);
}

#[tokio::test]
async fn a_number_that_an_operator_sets_is_not_replaced_by_a_code_under_way() {
    let local = Local::new();
    let token = local.access_token("demo").await;
    update(&local, &token, &[("email", "new@example.com")]).await.unwrap();
    let of_address = local.code();
    update(&local, &token, &[("phone_number", NEW)]).await.unwrap();
    let of_number = local.code();
    let set = json!([{"Name": "phone_number", "Value": "+12065550188"}]);
    let request = json!({"UserPoolId": "us-east-1_PhoneCode", "Username": "demo", "UserAttributes": set});
    local.call("AdminUpdateUserAttributes", request).await.unwrap();
    let refused = verify(&local, &token, "phone_number", &of_number).await;
    assert_refused(refused, "ExpiredCodeException", EXPIRED);
    assert_eq!(attribute(&local, &token, "phone_number").await, "+12065550188");
    verify(&local, &token, "email", &of_address).await.unwrap();
}

#[tokio::test]
async fn a_number_that_is_there_is_verified() {
    let local = Local::new();
    local.add_user(json!({"username": "ann", "phoneNumber": NEW, "phoneNumberVerified": false}));
    let token = local.access_token("ann").await;
    let answer = send(&local, &token, "phone_number").await.unwrap();
    assert_eq!(answer["CodeDeliveryDetails"]["Destination"], "+*******0177");
    assert_eq!(local.sent().0, "VerifyUserAttribute");
    assert_eq!(attribute(&local, &token, "phone_number_verified").await, "false");
    verify(&local, &token, "phone_number", &local.code()).await.unwrap();
    assert_eq!(attribute(&local, &token, "phone_number_verified").await, "true");
}

#[tokio::test]
async fn an_address_is_verified_too_unless_it_signs_somebody_else_in() {
    let local = Local::new();
    local.add_user(json!({"username": "ann"}));
    let token = local.access_token("demo").await;
    for (address, refused) in [("ann@example.com", true), ("new@example.com", false)] {
        update(&local, &token, &[("email", address)]).await.unwrap();
        let (_, to, code) = local.sent();
        assert_eq!(to, address);
        let answer = verify(&local, &token, "email", &code).await;
        if refused {
            assert_refused(answer, "AliasExistsException", "An account with the email already exists.");
        } else {
            answer.unwrap();
        }
    }
    local.access_token("new@example.com").await;
}

#[tokio::test]
async fn an_empty_value_removes_an_attribute() {
    let local = Local::new();
    let token = local.access_token("demo").await;
    let answer = update(&local, &token, &[("phone_number", ""), ("name", "")]).await.unwrap();
    assert_eq!(answer, json!({"CodeDeliveryDetailsList": []}));
    for name in ["phone_number", "phone_number_verified", "name"] {
        assert_eq!(attribute(&local, &token, name).await, Value::Null, "{name}");
    }
    let refused = send(&local, &token, "phone_number").await;
    assert_refused(refused, "InvalidParameterException", "User does not have attribute phone_number");
    assert_eq!(local.messages(), json!([]));
}

#[tokio::test]
async fn only_a_client_that_may_changes_an_attribute() {
    let local = Local::new();
    let unauthorized = "A client attempted to write unauthorized attribute";
    let by_call = &local.sign_in("demo").await["AccessToken"];
    assert_not_authorized(update(&local, by_call, &[("phone_number", NEW)]).await, unauthorized);
    update(&local, by_call, &[("name", "Ann")]).await.unwrap();
    let token = local.access_token("demo").await;
    assert_not_authorized(update(&local, &token, &[("phone_number_verified", "true")]).await, unauthorized);
    let refused = update(&local, &token, &[("phone_number", "0177")]).await;
    assert_refused(refused, "InvalidParameterException", "Invalid phone number format.");
    assert_not_authorized(update(&local, &json!("a.b.c"), &[]).await, "Invalid Access Token");
    let refused = send(&local, &token, "name").await.unwrap_err();
    assert_eq!(refused.kind, "InvalidParameterException");
    let refused = local.call("UpdateUserAttributes", json!({"AccessToken": token})).await.unwrap_err();
    assert!(refused.message.contains("'userAttributes'"), "{}", refused.message);
    assert_eq!(local.messages(), json!([]));
}

#[tokio::test]
async fn quotas_hold_for_each_user() {
    let local = Local::new();
    let token = local.access_token("demo").await;
    for _ in 0..5 {
        send(&local, &token, "phone_number").await.unwrap();
    }
    assert_refused(send(&local, &token, "email").await, "LimitExceededException", TOO_OFTEN);
    let code = local.code();
    for _ in 0..15 {
        let refused = verify(&local, &token, "phone_number", &another(&code)).await;
        assert_refused(refused, "CodeMismatchException", MISMATCH);
    }
    assert_refused(verify(&local, &token, "phone_number", &code).await, "LimitExceededException", TOO_OFTEN);
}

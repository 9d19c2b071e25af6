//! Invariant 7 for numbers: no call to a number that isn't verified or must not be called.

use serde_json::{Value, json};

use crate::stack::{Stack, wait_for};
use crate::user::{User, challenge, id_token, parameter, refusal};

/// A setting that gives these tests a stack of their own, on which no call may be placed.
const NOBODY: &str = "OTP_BRAND=Nobody";

#[tokio::test]
async fn invariant_7_nobody_is_called_whose_number_is_not_verified() {
    refused(json!({ "phoneNumberVerified": false }), "Your phone number is not verified [PHONE_UNVERIFIED]").await;
}

#[tokio::test]
async fn invariant_7_nobody_is_called_who_has_no_number() {
    refused(json!({ "phoneNumber": null }), "You have no phone number on record [PHONE_MISSING]").await;
}

#[tokio::test]
async fn invariant_7_nobody_is_called_whose_number_is_not_valid() {
    for number in ["+1206555", "+19995550100", "+999123456789"] {
        refused(json!({ "phoneNumber": number }), "Your phone number is not valid [PHONE_INVALID]").await;
    }
}

#[tokio::test]
async fn invariant_7_nobody_is_called_in_a_country_or_at_a_type_of_number_that_is_not_allowed() {
    let country = "Your phone number's country is not called [PHONE_COUNTRY_NOT_ALLOWED]";
    for number in ["+447400123456", "+14165550123", "+881612345678"] {
        refused(json!({ "phoneNumber": number }), country).await;
    }
    let kind = "Phone numbers of your type are not called [PHONE_TYPE_NOT_ALLOWED]";
    for number in ["+19002345678", "+18002345678"] {
        refused(json!({ "phoneNumber": number }), kind).await;
    }
}

/// The number and the country show an operator what to change.
#[tokio::test]
async fn the_log_names_the_number_and_the_country_that_are_refused() {
    let stack = Stack::shared(&[NOBODY]);
    let user = User::with(&stack, json!({ "phoneNumber": "+17875550123" })).await;
    refusal(user.client.start_with_password().await);
    let line = wait_for("the log to tell of the refusal", async || {
        stack.log_of("fault").await.into_iter().find(|line| line["sub"] == *user.sub())
    })
    .await;
    assert_eq!((&line["destination"], &line["outcome"]), (&json!("+1********23"), &json!("PHONE_COUNTRY_NOT_ALLOWED")));
    assert_eq!(line["advice"], "if you have users in PR, add PR to OTP_COUNTRIES");
}

/// Without a password before it, the error would show a stranger that the user exists.
#[tokio::test]
async fn invariant_7_without_a_password_the_client_does_not_learn_that_nobody_is_called() {
    let stack = Stack::shared(&[NOBODY, "OTP_MODE=call-only"]);
    for fields in
        [json!({ "phoneNumberVerified": false }), json!({ "phoneNumber": null }), json!({ "phoneNumber": "+1206555" })]
    {
        let user = User::with(&stack, fields).await;
        let challenge = challenge(user.client.start().await);
        assert_eq!(parameter(&challenge, "delivery"), "VOICE");
    }
    assert!(stack.calls().await.is_empty());
}

#[tokio::test]
async fn the_number_can_be_in_an_attribute_of_ones_own() {
    let stack = Stack::shared(&["OTP_PHONE_ATTRIBUTE=custom:YourPhone"]);
    let number = "+12065550198";
    let fields = json!({ "phoneNumber": null, "attributes": { "custom:YourPhone": number } });
    let user = User::with(&stack, fields).await;
    let challenge = user.start().await;
    assert_eq!(parameter(&challenge, "destination"), "+1********98");
    let code = crate::user::heard(&stack, number, 1).await;
    id_token(user.client.answer(&challenge, &code).await);

    let fields = json!({ "attributes": { "custom:YourPhone": "2065550198" } });
    let user = User::with(&stack, fields).await;
    let text = "CreateAuthChallenge failed with error Your phone number is not valid [PHONE_INVALID].";
    let refusal = refusal(user.client.start_with_password().await);
    assert_eq!(refusal, format!("UserLambdaValidationException: {text}"));
    assert!(user.calls().await.is_empty(), "the usual number doesn't stand in");
}

async fn refused(fields: Value, text: &str) {
    let stack = Stack::shared(&[NOBODY]);
    let user = User::with(&stack, fields).await;
    let refusal = refusal(user.client.start_with_password().await);
    assert_eq!(refusal, format!("UserLambdaValidationException: CreateAuthChallenge failed with error {text}."));
    assert!(stack.calls().await.is_empty());
}

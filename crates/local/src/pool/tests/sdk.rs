//! Cognito's own codes by the AWS SDK: its types read each answer, and its errors have the right kinds.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, Region};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, ChallengeNameType, DeliveryMediumType, SmsMfaSettingsType,
};
use client::sdk::http_client;

use super::http::serve;
use super::{Local, PASSWORD};

const ANNS: &str = "+12065550142";
const NEW: &str = "Another-Horse-8";

async fn client(local: &Local) -> Client {
    let config = aws_sdk_cognitoidentityprovider::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(serve(local).await)
        .http_client(http_client())
        .build();
    Client::from_conf(config)
}

fn number(value: &str) -> AttributeType {
    AttributeType::builder().name("phone_number").value(value).build().unwrap()
}

/// A user who signed up with a number, confirmed it, and has this access token.
async fn ann(local: &Local, client: &Client) -> String {
    let id = local.client_id_password();
    let sign_up = client.sign_up().client_id(id).username("ann").password(PASSWORD).user_attributes(number(ANNS));
    let signed_up = sign_up.send().await.unwrap();
    let details = signed_up.code_delivery_details().unwrap();
    assert_eq!(
        (details.destination(), details.delivery_medium()),
        (Some("+*******0142"), Some(&DeliveryMediumType::Sms))
    );
    assert!(!signed_up.user_confirmed());

    let sign_in = client.initiate_auth().client_id(id).auth_flow(AuthFlowType::UserPasswordAuth);
    let sign_in = sign_in.auth_parameters("USERNAME", "ann").auth_parameters("PASSWORD", PASSWORD);
    let refused = sign_in.clone().send().await.unwrap_err().into_service_error();
    assert!(refused.is_user_not_confirmed_exception(), "{refused}");
    let again = client.resend_confirmation_code().client_id(id).username("ann").send().await.unwrap();
    assert_eq!(again.code_delivery_details().unwrap().attribute_name(), Some("phone_number"));
    let confirm = client.confirm_sign_up().client_id(id).username("ann");
    let refused = confirm.clone().confirmation_code("0").send().await.unwrap_err().into_service_error();
    assert!(refused.is_code_mismatch_exception(), "{refused}");
    confirm.confirmation_code(local.code()).send().await.unwrap();
    let tokens = sign_in.send().await.unwrap();
    tokens.authentication_result().unwrap().access_token().unwrap().to_owned()
}

#[tokio::test]
async fn a_user_signs_up_changes_the_number_and_resets_the_password() {
    let local = Local::new();
    let (client, id) = (client(&local).await, local.client_id_password());
    let token = ann(&local, &client).await;
    let again = client.get_user_attribute_verification_code().access_token(&token).attribute_name("phone_number");
    let again = again.send().await.unwrap();
    assert_eq!(again.code_delivery_details().unwrap().destination(), Some("+*******0142"));
    let update = client.update_user_attributes().access_token(&token).user_attributes(number("+12065550177"));
    let updated = update.send().await.unwrap();
    assert_eq!(updated.code_delivery_details_list()[0].destination(), Some("+*******0177"));
    let verify = client.verify_user_attribute().access_token(&token).attribute_name("phone_number");
    verify.clone().code(local.code()).send().await.unwrap();
    let refused = verify.code(local.code()).send().await.unwrap_err().into_service_error();
    assert!(refused.is_expired_code_exception(), "{refused}");

    let forgot = client.forgot_password().client_id(id).username("ann");
    let forgot = forgot.send().await.unwrap();
    assert_eq!(forgot.code_delivery_details().unwrap().destination(), Some("+*******0177"));
    let confirm = client.confirm_forgot_password().client_id(id).username("ann").password(NEW);
    confirm.confirmation_code(local.code()).send().await.unwrap();
    let resend = client.resend_confirmation_code().client_id(id).username("ann");
    let refused = resend.send().await.unwrap_err().into_service_error();
    assert!(refused.is_invalid_parameter_exception(), "{refused}");
}

#[tokio::test]
async fn a_user_signs_in_with_a_code_by_phone() {
    let local = Local::new();
    let (client, id) = (client(&local).await, local.client_id_password());
    let token = ann(&local, &client).await;
    let start = client.initiate_auth().client_id(id).auth_flow(AuthFlowType::UserAuth);
    let start = start.auth_parameters("USERNAME", "ann");
    let selection = start.clone().send().await.unwrap();
    assert_eq!(selection.challenge_name(), Some(&ChallengeNameType::SelectChallenge));
    assert!(selection.available_challenges().contains(&ChallengeNameType::SmsOtp));
    let respond = || client.respond_to_auth_challenge().client_id(id).challenge_responses("USERNAME", "ann");
    let selected =
        respond().challenge_name(ChallengeNameType::SelectChallenge).challenge_responses("ANSWER", "SMS_OTP");
    let challenge = selected.set_session(selection.session).send().await.unwrap();
    assert_eq!(challenge.challenge_name(), Some(&ChallengeNameType::SmsOtp));
    let answer = respond().challenge_name(ChallengeNameType::SmsOtp).set_session(challenge.session);
    let tokens = answer.challenge_responses("SMS_OTP_CODE", local.code()).send().await.unwrap();
    assert!(tokens.authentication_result().unwrap().id_token().is_some());

    let on = SmsMfaSettingsType::builder().enabled(true).preferred_mfa(true).build();
    client.set_user_mfa_preference().access_token(&token).sms_mfa_settings(on).send().await.unwrap();
    let user = client.get_user().access_token(&token).send().await.unwrap();
    assert_eq!(
        (user.user_mfa_setting_list(), user.preferred_mfa_setting()),
        (&["SMS_MFA".to_owned()][..], Some("SMS_MFA"))
    );
    let password = start.auth_parameters("PREFERRED_CHALLENGE", "PASSWORD").auth_parameters("PASSWORD", PASSWORD);
    let challenge = password.send().await.unwrap();
    assert_eq!(challenge.challenge_name(), Some(&ChallengeNameType::SmsMfa));
    let answer = respond().challenge_name(ChallengeNameType::SmsMfa).set_session(challenge.session);
    let wrong = answer.clone().challenge_responses("SMS_MFA_CODE", "0").send().await.unwrap_err().into_service_error();
    assert!(wrong.is_code_mismatch_exception(), "{wrong}");
    let tokens = answer.challenge_responses("SMS_MFA_CODE", local.code()).send().await.unwrap();
    assert!(tokens.authentication_result().unwrap().refresh_token().is_some());
}

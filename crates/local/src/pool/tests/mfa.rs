use std::time::Duration;

use serde_json::{Value, json};

use super::client::SrpClient;
use super::{Local, NUMBER, PASSWORD, another, assert_not_authorized, assert_refused};
use crate::lambda::Function;
use crate::pool::Config;
use crate::pool::error::ApiError;

const WRONG_CODE: &str = "Invalid code or auth state for the user.";
const EXPIRED_SESSION: &str = "Invalid session for the user, session is expired.";

async fn prefer(local: &Local, token: &Value, settings: Value) -> Result<Value, ApiError> {
    let mut request = settings;
    request["AccessToken"] = token.clone();
    local.call("SetUserMFAPreference", request).await
}

/// A pool whose demo user has MFA.
async fn with_mfa(config: Config) -> Local {
    let local = Local::with(config);
    let token = local.access_token("demo").await;
    let settings = json!({"SMSMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    assert_eq!(prefer(&local, &token, settings).await.unwrap(), json!({}));
    local
}

async fn answer(local: &Local, challenge: &Value, code: &str) -> Result<Value, ApiError> {
    let responses = json!({"USERNAME": "demo", "SMS_MFA_CODE": code});
    local.respond_at(local.client_id_password(), "SMS_MFA", challenge, responses).await
}

#[tokio::test]
async fn a_code_by_phone_follows_the_password() {
    let local = with_mfa(Config::default()).await;
    let challenge = local.with_password("Demo@example.com", PASSWORD).await.unwrap();
    let parameters = json!({"CODE_DELIVERY_DELIVERY_MEDIUM": "SMS", "CODE_DELIVERY_DESTINATION": "+*******0100",
        "USER_ID_FOR_SRP": "demo"});
    assert_eq!((&challenge["ChallengeName"], &challenge["ChallengeParameters"]), (&json!("SMS_MFA"), &parameters));
    assert_eq!(challenge["AuthenticationResult"], Value::Null);
    let (source, to, code) = local.sent();
    assert_eq!((source.as_str(), to.as_str(), code.len()), ("Authentication", NUMBER, 6));

    // A wrong code leaves the session and the code good.
    assert_refused(answer(&local, &challenge, &another(&code)).await, "CodeMismatchException", WRONG_CODE);
    let tokens = answer(&local, &challenge, &code).await.unwrap();
    let token = &tokens["AuthenticationResult"]["AccessToken"];
    let user = local.call("GetUser", json!({"AccessToken": token})).await.unwrap();
    assert_eq!((&user["UserMFASettingList"], &user["PreferredMfaSetting"]), (&json!(["SMS_MFA"]), &json!("SMS_MFA")));
    assert_not_authorized(answer(&local, &challenge, &code).await, "Invalid session for the user.");
    assert!(local.events().is_empty(), "no function decides");
}

#[tokio::test]
async fn a_code_by_phone_follows_the_proof_of_a_password_in_both_flows() {
    let local = with_mfa(Config::default()).await;
    for (flow, client_id) in [("USER_SRP_AUTH", local.client_id_password()), ("CUSTOM_AUTH", local.client_id())] {
        let srp = SrpClient::new();
        let challenge = local.initiate_at(client_id, flow, srp.start("demo")).await.unwrap();
        let proof = srp.answer("PhoneCode", &challenge, PASSWORD);
        let challenge = local.respond_at(client_id, "PASSWORD_VERIFIER", &challenge, proof).await.unwrap();
        assert_eq!(challenge["ChallengeName"], "SMS_MFA", "{flow}");
        let responses = json!({"USERNAME": "demo", "SMS_MFA_CODE": local.code()});
        let answer = local.respond_at(client_id, "SMS_MFA", &challenge, responses).await.unwrap();
        assert!(answer["AuthenticationResult"]["IdToken"].is_string(), "{flow}");
    }
    let events = local.events();
    assert!(events.iter().all(|(function, _)| *function == Function::DefineChallenge), "no custom challenge was made");
}

#[tokio::test]
async fn a_code_is_for_its_user_client_and_challenge_and_a_new_one_voids_it() {
    let local = with_mfa(Config::default()).await;
    local.add_user(json!({"username": "ann"}));
    let first = local.with_password("demo", PASSWORD).await.unwrap();
    let old = local.code();
    let second = local.with_password("demo", PASSWORD).await.unwrap();
    let code = local.code();
    if old != code {
        assert_refused(answer(&local, &first, &old).await, "CodeMismatchException", WRONG_CODE);
    }
    let invalid = "Invalid session for the user.";
    let id = local.client_id_password();
    let of_ann = json!({"USERNAME": "ann", "SMS_MFA_CODE": code});
    assert_not_authorized(local.respond_at(id, "SMS_MFA", &second, of_ann).await, invalid);
    let other_challenge = json!({"USERNAME": "demo", "SMS_OTP_CODE": code});
    assert_not_authorized(local.respond_at(id, "SMS_OTP", &second, other_challenge).await, invalid);
    let other_client = json!({"USERNAME": "demo", "SMS_MFA_CODE": code});
    assert_not_authorized(local.respond("SMS_MFA", &second, other_client).await, invalid);
    let missing = local.respond_at(id, "SMS_MFA", &second, json!({"USERNAME": "demo"})).await;
    assert_refused(missing, "InvalidParameterException", "Missing required parameter SMS_MFA_CODE");
    answer(&local, &second, &code).await.unwrap();
}

#[tokio::test]
async fn a_code_lasts_as_long_as_its_session() {
    let local = with_mfa(Config { session_validity: Duration::ZERO, ..Config::default() }).await;
    let challenge = local.with_password("demo", PASSWORD).await.unwrap();
    assert_not_authorized(answer(&local, &challenge, &local.code()).await, EXPIRED_SESSION);
}

#[tokio::test]
async fn mfa_needs_a_number_and_a_pool_without_the_gate() {
    let local = Local::new();
    local.add_user(json!({"username": "ann", "phoneNumber": null}));
    let token = local.access_token("ann").await;
    let on = json!({"SMSMfaSettings": {"Enabled": true}});
    let invalid = "InvalidParameterException";
    let message = "User does not have delivery config set to turn on SMS_MFA";
    assert_refused(prefer(&local, &token, on.clone()).await, invalid, message);
    let email = json!({"EmailMfaSettings": {"Enabled": true}});
    let message = "User does not have delivery config set to turn on EMAIL_OTP";
    assert_refused(prefer(&local, &token, email).await, invalid, message);
    for enabled in [true, false] {
        let totp = json!({"SoftwareTokenMfaSettings": {"Enabled": enabled, "PreferredMfa": enabled}});
        let message = "User has not verified software token mfa";
        assert_refused(prefer(&local, &token, totp).await, invalid, message);
    }
    let odd = prefer(&local, &token, json!({"SMSMfaSettings": {"PreferredMfa": true}})).await.unwrap_err();
    assert_eq!(odd.kind, invalid);
    local.access_token("ann").await;

    let gated = Local::with(Config { token_gate: true, ..Config::default() });
    let token = gated.access_token("demo").await;
    assert_eq!(prefer(&gated, &token, on).await.unwrap_err().kind, invalid);
    for (pool, configuration) in [(&local, "OPTIONAL"), (&gated, "OFF")] {
        let request = json!({"UserPoolId": "us-east-1_PhoneCode"});
        let description = pool.call("DescribeUserPool", request).await.unwrap();
        assert_eq!(description["UserPool"]["MfaConfiguration"], configuration);
    }
}

#[tokio::test]
async fn the_code_verifies_its_number_unless_the_number_is_another_by_now() {
    let local = Local::new();
    local.add_user(json!({"username": "ann", "phoneNumber": "+12065550142", "phoneNumberVerified": false}));
    let token = local.access_token("ann").await;
    prefer(&local, &token, json!({"SMSMfaSettings": {"Enabled": true}})).await.unwrap();
    let operator = json!({"UserPoolId": "us-east-1_PhoneCode", "Username": "ann"});
    let number = async || {
        let user = local.call("AdminGetUser", operator.clone()).await.unwrap();
        let list = user["UserAttributes"].as_array().unwrap().clone();
        ["phone_number", "phone_number_verified"].map(|name| {
            list.iter().find(|attribute| attribute["Name"] == name).unwrap()["Value"].as_str().unwrap().to_owned()
        })
    };
    let ask = async || local.with_password("ann", PASSWORD).await.unwrap();
    let sign_in = async |challenge: &Value| {
        let responses = json!({"USERNAME": "ann", "SMS_MFA_CODE": local.code()});
        local.respond_at(local.client_id_password(), "SMS_MFA", challenge, responses).await.unwrap()
    };
    let challenge = ask().await;
    assert_eq!((challenge["ChallengeName"].as_str(), local.sent().1.as_str()), (Some("SMS_MFA"), "+12065550142"));
    assert_eq!(number().await, ["+12065550142", "false"]);
    sign_in(&challenge).await;
    assert_eq!(number().await, ["+12065550142", "true"]);

    let challenge = ask().await;
    let mut change = operator.clone();
    change["UserAttributes"] = json!([{"Name": "phone_number", "Value": "+12065550188"}]);
    local.call("AdminUpdateUserAttributes", change).await.unwrap();
    sign_in(&challenge).await;
    assert_eq!(number().await, ["+12065550188", "false"]);
}

#[tokio::test]
async fn mfa_is_turned_off_again_and_operators_see_it() {
    let local = with_mfa(Config::default()).await;
    let request = json!({"UserPoolId": "us-east-1_PhoneCode", "Username": "demo"});
    let settings = async || local.call("AdminGetUser", request.clone()).await.unwrap()["UserMFASettingList"].clone();
    assert_eq!(settings().await, json!(["SMS_MFA"]));
    let challenge = local.with_password("demo", PASSWORD).await.unwrap();
    let tokens = answer(&local, &challenge, &local.code()).await.unwrap();
    let token = &tokens["AuthenticationResult"]["AccessToken"];
    prefer(&local, token, json!({"SMSMfaSettings": {"Enabled": false}})).await.unwrap();
    assert_eq!(settings().await, Value::Null);
    local.access_token("demo").await;
}

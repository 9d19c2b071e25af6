//! The custom SMS sender: what it gets, and how.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sign_in::message::Message;
use tokio::time::timeout;

use super::Local;
use crate::faults::FaultInjection;
use crate::kms::{Context, Kms};
use crate::lambda::Function;
use crate::pool::Config;

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/a-key";

fn kms() -> Kms {
    Kms::new(KEY, Vec::new(), FaultInjection::new([]))
}

fn with_sender(kms: &Kms) -> Local {
    Local::with(Config { sms_sender_kms: Some(kms.clone()), ..Config::default() })
}

/// The events that the sender got, once there are so many.
async fn events(local: &Local, count: usize) -> Vec<Value> {
    let events = async {
        loop {
            let sent = local.events().into_iter().filter(|(function, _)| *function == Function::SendCode);
            let sent: Vec<_> = sent.map(|(_, event)| event).collect();
            if sent.len() == count {
                return sent;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_mins(1), events).await.expect("the sender gets its events")
}

/// The text of an event's code.
fn decrypted(kms: &Kms, event: &Value) -> String {
    let bytes = STANDARD.decode(event["request"]["code"].as_str().unwrap()).unwrap();
    let message = Message::parse(&bytes).unwrap();
    let context: Context = message.context().iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    assert_eq!(context["userpool-id"], event["userPoolId"].as_str().unwrap());
    let data_key = kms.decrypt_data_key(message.encrypted_key(), &context).try_into().unwrap();
    String::from_utf8(message.open(&data_key).unwrap()).unwrap()
}

async fn sign_up(local: &Local) {
    let request = json!({
        "ClientId": local.client_id_password(),
        "Username": "ann",
        "Password": "Correct-Horse-7",
        "UserAttributes": [{ "Name": "phone_number", "Value": "+12065550107" }],
        "ClientMetadata": { "language": "de" },
    });
    local.call("SignUp", request).await.unwrap();
}

#[tokio::test]
async fn the_sender_gets_cognitos_event_with_an_encrypted_code() {
    let kms = kms();
    let local = with_sender(&kms);
    sign_up(&local).await;
    let mut event = events(&local, 1).await.remove(0);
    let code = decrypted(&kms, &event);
    event["request"]["code"].take();
    assert!(!event.to_string().contains(&code));
    let expected = json!({
        "version": "1",
        "region": "us-east-1",
        "userPoolId": "us-east-1_PhoneCode",
        "userName": "ann",
        "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": local.client_id_password() },
        "triggerSource": "CustomSMSSender_SignUp",
        "request": {
            "type": "customSMSSenderRequestV1",
            "code": null,
            "clientMetadata": { "language": "de" },
            "userAttributes": {
                "sub": event["request"]["userAttributes"]["sub"],
                "cognito:user_status": "UNCONFIRMED",
                "phone_number": "+12065550107",
                "phone_number_verified": "false",
            },
        },
        "response": {},
    });
    assert_eq!(event, expected);
    assert!(local.pool.lock().messages.all().is_empty(), "a sender is told, and nobody else");
    let confirm = json!({ "ClientId": local.client_id_password(), "Username": "ann", "ConfirmationCode": code });
    local.call("ConfirmSignUp", confirm).await.unwrap();
}

#[tokio::test]
async fn without_metadata_there_is_a_null() {
    let local = with_sender(&kms());
    sign_up(&local).await;
    let again = json!({ "ClientId": local.client_id_password(), "Username": "ann" });
    local.call("ResendConfirmationCode", again).await.unwrap();
    let events = events(&local, 2).await;
    let event = events.iter().find(|event| event["triggerSource"] == "CustomSMSSender_ResendCode").unwrap();
    assert_eq!(event["request"].get("clientMetadata"), Some(&Value::Null));
}

/// Cognito's default is a text message.
#[tokio::test]
async fn a_temporary_password_goes_to_the_sender_as_html() {
    let kms = kms();
    let local = with_sender(&kms);
    let attributes = json!([{ "Name": "phone_number", "Value": "+12065550107" }]);
    let mut request = json!({
        "UserPoolId": "us-east-1_PhoneCode",
        "Username": "ann",
        "UserAttributes": attributes,
        "TemporaryPassword": "A<b&c>-Horse-7",
    });
    for (member, value) in [
        ("DesiredDeliveryMediums", json!(["EMAIL"])),
        ("MessageAction", json!("RESEND")),
        ("UserAttributes", json!([])),
    ] {
        let mut other = request.clone();
        other[member] = value;
        assert_eq!(
            local.call("AdminCreateUser", other).await.unwrap_err().kind,
            "InvalidParameterException",
            "{member}"
        );
    }
    request["DesiredDeliveryMediums"] = json!(["SMS"]);
    local.call("AdminCreateUser", request).await.unwrap();
    let event = events(&local, 1).await.remove(0);
    assert_eq!(event["triggerSource"], "CustomSMSSender_AdminCreateUser");
    assert_eq!(event["callerContext"]["clientId"], "CLIENT_ID_NOT_APPLICABLE");
    assert_eq!(event["request"]["userAttributes"]["cognito:user_status"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(decrypted(&kms, &event), "A&lt;b&amp;c&gt;-Horse-7");
}

#[tokio::test]
async fn without_a_sender_a_temporary_password_is_shown_as_it_is() {
    let local = Local::new();
    let request = json!({
        "UserPoolId": "us-east-1_PhoneCode",
        "Username": "ann",
        "UserAttributes": [{ "Name": "phone_number", "Value": "+12065550107" }],
        "TemporaryPassword": "A<b&c>-Horse-7",
    });
    local.call("AdminCreateUser", request).await.unwrap();
    assert_eq!(local.code(), "A<b&c>-Horse-7");
}

#[tokio::test]
async fn operators_see_the_sender_and_its_key() {
    for (local, sender, key) in
        [(with_sender(&kms()), json!(Function::SendCode.arn()), json!(KEY)), (Local::new(), Value::Null, Value::Null)]
    {
        let request = json!({ "UserPoolId": "us-east-1_PhoneCode" });
        let pool = local.call("DescribeUserPool", request).await.unwrap()["UserPool"].take();
        let triggers = &pool["LambdaConfig"];
        assert_eq!((&triggers["CustomSMSSender"]["LambdaArn"], &triggers["KMSKeyID"]), (&sender, &key));
        assert!(pool["SmsConfiguration"]["SnsCallerArn"].is_string());
    }
}

#[tokio::test]
async fn without_a_sender_the_code_is_shown() {
    let local = Local::new();
    sign_up(&local).await;
    let shown = serde_json::to_value(local.pool.lock().messages.all().last()).unwrap();
    assert_eq!((&shown["to"], &shown["source"]), (&json!("+12065550107"), &json!("SignUp")));
    assert!(local.events().is_empty());
}

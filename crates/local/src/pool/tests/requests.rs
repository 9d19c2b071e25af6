use serde_json::{Value, json};

use super::client::{SrpClient, secret_hash};
use super::{CODE, Local, assert_not_authorized, assert_refused};
use crate::pool::http::OPERATIONS;
use crate::pool::{operator, srp};

const INVALID: &str = "InvalidParameterException";

#[tokio::test]
async fn other_flows_are_refused() {
    let local = Local::new();
    for (flow, message) in [
        ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("USER_AUTH", "USER_AUTH flow not enabled for this client"),
        ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
        ("ADMIN_NO_SRP_AUTH", "Initiate Auth method not supported."),
        ("ADMIN_USER_PASSWORD_AUTH", "Initiate Auth method not supported."),
    ] {
        let parameters = json!({"USERNAME": "demo", "PASSWORD": "Correct-Horse-7"});
        assert_refused(local.initiate(flow, parameters).await, INVALID, message);
    }
    let call = local.initiate_at(&local.pool.config().client_id_password, "CUSTOM_AUTH", json!({"USERNAME": "demo"}));
    assert_refused(call.await, INVALID, "CUSTOM_AUTH is not enabled for the client.");
    for flow in ["ADMIN_NO_SRP_AUTH", "ADMIN_USER_PASSWORD_AUTH"] {
        let request = json!({"UserPoolId": "us-east-1_PhoneCode", "ClientId": local.client_id(), "AuthFlow": flow,
            "AuthParameters": {"USERNAME": "demo", "PASSWORD": "Correct-Horse-7"}});
        let refused = local.call("AdminInitiateAuth", request).await;
        assert_refused(refused, INVALID, "Auth flow not enabled for this client");
    }
    assert!(local.events().is_empty());
}

#[tokio::test]
async fn what_is_not_json_or_has_other_types_is_refused() {
    let local = Local::new();
    for body in ["", "{", "null", "[]", "1", r#"["CUSTOM_AUTH", "x"]"#, r#"{"AuthFlow": 1, "ClientId": "x"}"#] {
        let error = local.pool.call("InitiateAuth", body.as_bytes()).await.unwrap_err();
        assert_eq!(error.kind, "SerializationException", "{body}");
    }
    for parameters in [json!([]), json!("x"), json!({"USERNAME": 1}), json!({"USERNAME": null})] {
        let error = local.initiate("CUSTOM_AUTH", parameters).await.unwrap_err();
        assert_eq!(error.kind, "SerializationException");
    }
}

#[tokio::test]
async fn constraints_are_those_of_the_api_model() {
    let local = Local::new();
    let refused = local.call("InitiateAuth", json!({})).await;
    let message = "2 validation errors detected: Value null at 'authFlow' failed to satisfy constraint: Member must \
                   not be null; Value null at 'clientId' failed to satisfy constraint: Member must not be null";
    assert_refused(refused, INVALID, message);

    let long = "x".repeat(131_073);
    let start = |change: Value| {
        let mut request = json!({"AuthFlow": "CUSTOM_AUTH", "ClientId": local.client_id(),
            "AuthParameters": {"USERNAME": "demo"}});
        request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        request
    };
    let answer = |change: Value| {
        let mut request = json!({"ChallengeName": "CUSTOM_CHALLENGE", "ClientId": local.client_id(),
            "ChallengeResponses": {"USERNAME": "demo", "ANSWER": CODE}, "Session": "x".repeat(20)});
        request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        request
    };
    for (operation, request) in [
        ("InitiateAuth", start(json!({"AuthFlow": "custom_auth"}))),
        ("InitiateAuth", start(json!({"ClientId": ""}))),
        ("InitiateAuth", start(json!({"ClientId": "a b"}))),
        ("InitiateAuth", start(json!({"ClientId": "a".repeat(129)}))),
        ("InitiateAuth", start(json!({"ClientMetadata": {"k": long}}))),
        ("InitiateAuth", start(json!({"AuthParameters": {"USERNAME": long}}))),
        ("InitiateAuth", start(json!({"AuthParameters": {"USERNAME": "x".repeat(129)}}))),
        ("InitiateAuth", start(json!({"AuthParameters": {"USERNAME": "a b"}}))),
        ("InitiateAuth", start(json!({"AuthParameters": {"USERNAME": "a\u{0}b"}}))),
        ("RespondToAuthChallenge", answer(json!({"ChallengeName": "CAPTCHA"}))),
        ("RespondToAuthChallenge", answer(json!({"ChallengeName": null}))),
        ("RespondToAuthChallenge", answer(json!({"Session": "x".repeat(19)}))),
        ("RespondToAuthChallenge", answer(json!({"Session": "x".repeat(4097)}))),
        ("RespondToAuthChallenge", answer(json!({"ChallengeResponses": {"ANSWER": long}}))),
        ("GetUser", json!({})),
        ("GetUser", json!({"AccessToken": ""})),
        ("GetUser", json!({"AccessToken": "a/b"})),
        ("GlobalSignOut", json!({})),
        ("RevokeToken", json!({"ClientId": local.client_id()})),
        ("RevokeToken", json!({"Token": "x"})),
        ("RevokeToken", json!({"Token": "x", "ClientId": local.client_id(), "ClientSecret": "x".repeat(65)})),
    ] {
        let error = local.call(operation, request.clone()).await.unwrap_err();
        assert_eq!(error.kind, INVALID, "{request}");
        assert!(error.message.contains("validation error"), "{}", error.message);
    }
    assert!(local.events().is_empty());
}

#[tokio::test]
async fn missing_parameters_are_named() {
    let local = Local::new();
    let missing = |name: &str| format!("Missing required parameter {name}");
    for (parameters, name) in [
        (json!({}), "USERNAME"),
        (json!(null), "USERNAME"),
        (json!({"USERNAME": ""}), "USERNAME"),
        (json!({"USERNAME": "demo", "CHALLENGE_NAME": "SRP_A"}), "SRP_A"),
    ] {
        assert_refused(local.initiate("CUSTOM_AUTH", parameters).await, INVALID, &missing(name));
    }
    for flow in ["REFRESH_TOKEN", "REFRESH_TOKEN_AUTH"] {
        assert_refused(local.initiate(flow, json!({})).await, INVALID, &missing("REFRESH_TOKEN"));
    }

    let srp = SrpClient::new();
    let password = local.initiate("CUSTOM_AUTH", srp.start("demo")).await.unwrap();
    let right = srp.answer("PhoneCode", &password, "Correct-Horse-7");
    for name in ["USERNAME", "PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP"] {
        let mut answer = right.clone();
        answer.as_object_mut().unwrap().remove(name);
        assert_refused(local.respond("PASSWORD_VERIFIER", &password, answer).await, INVALID, &missing(name));
    }
    let refused = local.respond("PASSWORD_VERIFIER", &json!({}), right.clone()).await;
    assert_refused(refused, INVALID, &missing("Session"));
    // None of this has used the session up.
    let code = local.respond("PASSWORD_VERIFIER", &password, right).await.unwrap();

    let refused = local.respond("CUSTOM_CHALLENGE", &code, json!({"USERNAME": "demo"})).await;
    assert_refused(refused, INVALID, &missing("ANSWER"));
    assert_refused(local.answer("demo", &code, "").await, INVALID, &missing("ANSWER"));
    assert_refused(
        local.respond("CUSTOM_CHALLENGE", &code, json!({"ANSWER": CODE})).await,
        INVALID,
        &missing("USERNAME"),
    );
}

#[tokio::test]
async fn an_srp_a_that_would_fix_the_key_is_refused() {
    let local = Local::new();
    for srp_a in ["0", srp::N, "not hexadecimal"] {
        let parameters = json!({"USERNAME": "demo", "CHALLENGE_NAME": "SRP_A", "SRP_A": srp_a});
        assert_refused(local.initiate("CUSTOM_AUTH", parameters).await, INVALID, "Invalid SRP_A");
    }
    let parameters = json!({"USERNAME": "demo", "CHALLENGE_NAME": "PASSWORD_VERIFIER", "SRP_A": "5"});
    assert_refused(local.initiate("CUSTOM_AUTH", parameters).await, INVALID, "CHALLENGE_NAME must be SRP_A");
}

#[tokio::test]
async fn unknown_clients_and_operations_are_refused() {
    let local = Local::new();
    let request = json!({"AuthFlow": "CUSTOM_AUTH", "ClientId": "unknown", "AuthParameters": {"USERNAME": "demo"}});
    let message = "User pool client unknown does not exist.";
    assert_refused(local.call("InitiateAuth", request).await, "ResourceNotFoundException", message);
    let request = json!({"Token": "x", "ClientId": "unknown"});
    assert_refused(local.call("RevokeToken", request).await, "ResourceNotFoundException", message);
    for operation in OPERATIONS.iter().chain(&operator::OPERATIONS) {
        let answer = local.call(operation, json!({})).await;
        assert!(answer.err().is_none_or(|refused| refused.kind != "UnknownOperationException"), "{operation}");
    }
    let refused = local.call("ChangePassword", json!({})).await;
    let message = "\"ChangePassword\" is not an operation of this user pool";
    assert_refused(refused, "UnknownOperationException", message);
}

#[tokio::test]
async fn a_client_with_a_secret_must_prove_it_at_each_step() {
    let local = Local::new();
    let config = local.pool.config().clone();
    let client_id = &config.client_id_with_secret;
    let hash = |username: &str| secret_hash(&config.client_secret, username, client_id);
    let start = |hash: Value| {
        let parameters = json!({"USERNAME": "demo@example.com", "SECRET_HASH": hash});
        json!({"AuthFlow": "CUSTOM_AUTH", "ClientId": client_id, "AuthParameters": parameters})
    };
    let received = format!("Client {client_id} is configured with secret but SECRET_HASH was not received");
    let verified = format!("Unable to verify secret hash for client {client_id}");

    let mut without = start(json!(""));
    without["AuthParameters"].as_object_mut().unwrap().remove("SECRET_HASH");
    assert_not_authorized(local.call("InitiateAuth", without).await, &received);
    for wrong in [hash("demo"), String::new(), "no".to_owned(), secret_hash("no", "demo@example.com", client_id)] {
        assert_not_authorized(local.call("InitiateAuth", start(json!(wrong))).await, &verified);
    }
    assert!(local.events().is_empty());
    let challenge = local.call("InitiateAuth", start(json!(hash("demo@example.com")))).await.unwrap();

    let answer = |hash: Option<String>| {
        let mut responses = json!({"USERNAME": "demo@example.com", "ANSWER": CODE});
        if let Some(hash) = hash {
            responses["SECRET_HASH"] = json!(hash);
        }
        json!({"ChallengeName": "CUSTOM_CHALLENGE", "ClientId": client_id, "ChallengeResponses": responses,
            "Session": challenge["Session"]})
    };
    assert_not_authorized(local.call("RespondToAuthChallenge", answer(None)).await, &received);
    let by_alias = answer(Some(hash("demo@example.com")));
    assert_not_authorized(local.call("RespondToAuthChallenge", by_alias).await, &verified);
    let answer = local.call("RespondToAuthChallenge", answer(Some(hash("demo")))).await.unwrap();

    let refresh = |hash: Option<String>| {
        let mut parameters = json!({"REFRESH_TOKEN": answer["AuthenticationResult"]["RefreshToken"]});
        if let Some(hash) = hash {
            parameters["SECRET_HASH"] = json!(hash);
        }
        json!({"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": client_id, "AuthParameters": parameters})
    };
    assert_not_authorized(local.call("InitiateAuth", refresh(None)).await, &received);
    let mismatch = format!("SecretHash does not match for the client: {client_id}");
    let by_alias = refresh(Some(hash("demo@example.com")));
    assert_not_authorized(local.call("InitiateAuth", by_alias).await, &mismatch);
    local.call("InitiateAuth", refresh(Some(hash("demo")))).await.unwrap();
}

#[tokio::test]
async fn a_client_without_a_secret_must_not_send_a_hash() {
    let local = Local::new();
    let parameters = json!({"USERNAME": "demo", "SECRET_HASH": secret_hash("", "demo", local.client_id())});
    let message = format!("Unable to verify secret hash for client {}", local.client_id());
    assert_not_authorized(local.initiate("CUSTOM_AUTH", parameters).await, &message);
}

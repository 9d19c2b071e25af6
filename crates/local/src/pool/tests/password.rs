use serde_json::{Value, json};

use super::client::SrpClient;
use super::{Local, assert_not_authorized, assert_refused};
use crate::lambda::Function;
use crate::pool::error::ApiError;

const PASSWORD: &str = "Correct-Horse-7";
const NEW: &str = "Another-Horse-8";
const WRONG: &str = "Incorrect username or password.";
const POOL: &str = "us-east-1_PhoneCode";

fn client_id(local: &Local) -> String {
    local.pool.config().client_id_password.clone()
}

/// `USER_SRP_AUTH` up to the proof.
async fn with_proof(local: &Local, username: &str, password: &str) -> Result<Value, ApiError> {
    let (id, srp) = (client_id(local), SrpClient::new());
    let mut parameters = srp.start(username);
    parameters.as_object_mut().unwrap().remove("CHALLENGE_NAME");
    let challenge = local.initiate_at(&id, "USER_SRP_AUTH", parameters).await?;
    let answer = srp.answer("PhoneCode", &challenge, password);
    local.respond_at(&id, "PASSWORD_VERIFIER", &challenge, answer).await
}

async fn with_password(local: &Local, username: &str, password: &str) -> Result<Value, ApiError> {
    let parameters = json!({"USERNAME": username, "PASSWORD": password});
    local.initiate_at(&client_id(local), "USER_PASSWORD_AUTH", parameters).await
}

async fn by_operator(local: &Local, username: &str, password: &str) -> Result<Value, ApiError> {
    let request = json!({"UserPoolId": POOL, "ClientId": client_id(local), "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": username, "PASSWORD": password}});
    local.call("AdminInitiateAuth", request).await
}

/// A user with a temporary password.
async fn invite(local: &Local, username: &str) {
    let request = json!({"UserPoolId": POOL, "Username": username, "TemporaryPassword": PASSWORD,
        "UserAttributes": [{"Name": "email", "Value": "ann@example.com"}], "MessageAction": "SUPPRESS"});
    local.call("AdminCreateUser", request).await.unwrap();
}

#[tokio::test]
async fn a_password_alone_signs_in_where_a_client_allows_it() {
    let local = Local::new();
    for name in ["demo", "Demo@example.com"] {
        for answer in [
            with_proof(&local, name, PASSWORD).await,
            with_password(&local, name, PASSWORD).await,
            by_operator(&local, name, PASSWORD).await,
        ] {
            let answer = answer.unwrap();
            assert_eq!(answer["ChallengeParameters"], json!({}));
            let access = &answer["AuthenticationResult"]["AccessToken"];
            assert_eq!(local.call("GetUser", json!({"AccessToken": access})).await.unwrap()["Username"], "demo");
        }
    }
    assert!(local.events().is_empty(), "no function decides");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_are_refused_alike() {
    let local = Local::new();
    for (name, password) in [("demo", "correct-horse-7"), ("nobody", PASSWORD), ("nobody@example.com", PASSWORD)] {
        assert_not_authorized(with_proof(&local, name, password).await, WRONG);
        assert_not_authorized(with_password(&local, name, password).await, WRONG);
        assert_not_authorized(by_operator(&local, name, password).await, WRONG);
    }
}

#[tokio::test]
async fn what_a_flow_needs_is_named() {
    let local = Local::new();
    for (flow, name) in [("USER_PASSWORD_AUTH", "PASSWORD"), ("USER_SRP_AUTH", "SRP_A")] {
        let refused = local.initiate_at(&client_id(&local), flow, json!({"USERNAME": "demo"})).await;
        assert_refused(refused, "InvalidParameterException", &format!("Missing required parameter {name}"));
    }
    let mut request = json!({"UserPoolId": "us-east-1_Other", "ClientId": client_id(&local),
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "demo", "PASSWORD": PASSWORD}});
    let error = "User pool us-east-1_Other does not exist.";
    assert_refused(local.call("AdminInitiateAuth", request.clone()).await, "ResourceNotFoundException", error);
    request.as_object_mut().unwrap().remove("UserPoolId");
    let error = local.call("AdminInitiateAuth", request).await.unwrap_err();
    assert!(error.message.contains("'userPoolId'"), "{}", error.message);
}

#[tokio::test]
async fn a_temporary_password_must_be_replaced_first() {
    let local = Local::new();
    for (count, operation) in ["RespondToAuthChallenge", "AdminRespondToAuthChallenge"].into_iter().enumerate() {
        let name = format!("ann-{count}");
        invite(&local, &name).await;
        assert_not_authorized(with_password(&local, &name, "Wrong-Horse-77").await, WRONG);
        let challenge = with_password(&local, &name, PASSWORD).await.unwrap();
        assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let parameters = &challenge["ChallengeParameters"];
        assert_eq!((&parameters["USER_ID_FOR_SRP"], &parameters["requiredAttributes"]), (&json!(name), &json!("[]")));
        let attributes = serde_json::from_str::<Value>(parameters["userAttributes"].as_str().unwrap()).unwrap();
        assert_eq!(attributes, json!({"email": "ann@example.com"}));

        let answer = |password: &str| {
            json!({"UserPoolId": POOL, "ChallengeName": "NEW_PASSWORD_REQUIRED", "ClientId": client_id(&local),
                "ChallengeResponses": {"USERNAME": name, "NEW_PASSWORD": password}, "Session": challenge["Session"]})
        };
        let short = local.call(operation, answer("short")).await.unwrap_err();
        assert_eq!(short.kind, "InvalidPasswordException", "the session is still good");
        let answer = local.call(operation, answer(NEW)).await.unwrap();
        assert!(answer["AuthenticationResult"]["RefreshToken"].is_string());
        for signed_in in [with_proof(&local, &name, NEW).await, by_operator(&local, &name, NEW).await] {
            assert!(signed_in.unwrap()["AuthenticationResult"]["IdToken"].is_string());
        }
        assert_not_authorized(with_password(&local, &name, PASSWORD).await, WRONG);
    }
    assert!(local.events().is_empty(), "the pool has no Pre Token Generation trigger");
}

#[tokio::test]
async fn a_new_password_is_a_way_around_the_custom_challenge() {
    let local = Local::new();
    invite(&local, "ann").await;
    let srp = SrpClient::new();
    let challenge = local.initiate("CUSTOM_AUTH", srp.start("ann")).await.unwrap();
    let proof = srp.answer("PhoneCode", &challenge, PASSWORD);
    let challenge = local.respond("PASSWORD_VERIFIER", &challenge, proof).await.unwrap();
    let code = local.answer("ann", &challenge, "471902").await;
    assert_not_authorized(code, "Invalid session for the user.");

    let challenge = local.initiate("CUSTOM_AUTH", srp.start("ann")).await.unwrap();
    let proof = srp.answer("PhoneCode", &challenge, PASSWORD);
    let challenge = local.respond("PASSWORD_VERIFIER", &challenge, proof).await.unwrap();
    let responses = json!({"USERNAME": "ann", "NEW_PASSWORD": NEW});
    let answer = local.respond("NEW_PASSWORD_REQUIRED", &challenge, responses).await.unwrap();
    assert!(answer["AuthenticationResult"]["IdToken"].is_string());
    assert!(local.events().iter().all(|(function, _)| *function == Function::DefineChallenge));
}

#[tokio::test]
async fn a_session_of_one_client_is_not_for_another() {
    let local = Local::new();
    invite(&local, "ann").await;
    let challenge = with_password(&local, "ann", PASSWORD).await.unwrap();
    let responses = json!({"USERNAME": "ann", "NEW_PASSWORD": NEW});
    let refused = local.respond("NEW_PASSWORD_REQUIRED", &challenge, responses).await;
    assert_not_authorized(refused, "Invalid session for the user.");
}

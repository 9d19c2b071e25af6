//! The Pre Token Generation trigger.

use serde_json::{Value, json};

use super::{CODE, Local, answered, assert_not_authorized, assert_refused};
use crate::lambda::{Function, Outcome};
use crate::pool::error::ApiError;
use crate::pool::{Config, GetTokensSource, RefusedPassword};

const PASSWORD: &str = "Correct-Horse-7";
const NEW: &str = "Another-Horse-8";
const POOL: &str = "us-east-1_PhoneCode";

fn gated() -> Local {
    Local::with(Config { token_gate: true, ..Config::default() })
}

/// A gated pool that does this with a new password when there are no tokens.
fn with_refused(refused_password: RefusedPassword) -> Local {
    Local::with(Config { token_gate: true, refused_password, ..Config::default() })
}

fn refusal() -> Outcome {
    Outcome::Failed { error_type: "Refused".to_owned(), error_message: "No call [NO]".to_owned() }
}

#[track_caller]
fn assert_gate_refused(result: Result<Value, ApiError>) {
    let message = "PreTokenGeneration failed with error No call [NO].";
    assert_refused(result, "UserLambdaValidationException", message);
}

/// The `triggerSource` of each run of the trigger, without `TokenGeneration_`.
fn sources(local: &Local) -> Vec<String> {
    let runs = local.events().into_iter().filter(|(function, _)| *function == Function::GateTokens);
    runs.map(|(_, event)| event["triggerSource"].as_str().unwrap().replace("TokenGeneration_", "")).collect()
}

async fn with_password(local: &Local, username: &str, password: &str) -> Result<Value, ApiError> {
    let parameters = json!({"USERNAME": username, "PASSWORD": password});
    local.initiate_at(&local.pool.config().client_id_password, "USER_PASSWORD_AUTH", parameters).await
}

/// A user with a temporary password.
async fn invite(local: &Local, username: &str) {
    let request = json!({"UserPoolId": POOL, "Username": username, "TemporaryPassword": PASSWORD,
        "MessageAction": "SUPPRESS"});
    local.call("AdminCreateUser", request).await.unwrap();
}

/// A new user whose temporary password is replaced, by the client for passwords.
async fn with_new_password(local: &Local, username: &str) -> Result<Value, ApiError> {
    invite(local, username).await;
    let challenge = with_password(local, username, PASSWORD).await.unwrap();
    let responses = json!({"USERNAME": username, "NEW_PASSWORD": NEW});
    let client_id = &local.pool.config().client_id_password;
    local.respond_at(client_id, "NEW_PASSWORD_REQUIRED", &challenge, responses).await
}

async fn refresh(local: &Local, token: &Value) -> Result<Value, ApiError> {
    local.initiate("REFRESH_TOKEN_AUTH", json!({"REFRESH_TOKEN": token})).await
}

async fn tokens_from(local: &Local, token: &Value) -> Result<Value, ApiError> {
    let request = json!({"ClientId": local.client_id(), "RefreshToken": token, "ClientMetadata": {"page": "1"}});
    local.call("GetTokensFromRefreshToken", request).await
}

/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html>
#[tokio::test]
async fn the_event_has_the_shape_of_cognitos() {
    let local = gated();
    let challenge = local.start("demo").await.unwrap();
    let request = json!({"ChallengeName": "CUSTOM_CHALLENGE", "ClientId": local.client_id(),
        "Session": challenge["Session"], "ChallengeResponses": {"USERNAME": "demo", "ANSWER": CODE},
        "ClientMetadata": {"page": "1"}});
    local.call("RespondToAuthChallenge", request).await.unwrap();
    let event = local.last_event(Function::GateTokens);
    let attributes = event["request"]["userAttributes"].clone();
    assert!(attributes["sub"].is_string() && attributes["cognito:user_status"] == "CONFIRMED");
    let expected = json!({
        "version": "1",
        "triggerSource": "TokenGeneration_Authentication",
        "region": "us-east-1",
        "userPoolId": "us-east-1_PhoneCode",
        "userName": "demo",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": local.client_id()},
        "request": {
            "userAttributes": attributes,
            "groupConfiguration": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null},
            "clientMetadata": {"page": "1"},
        },
        "response": {"claimsOverrideDetails": null},
    });
    assert_eq!(event, expected);
}

#[tokio::test]
async fn each_way_to_tokens_runs_the_trigger_with_its_source() {
    for (get_tokens_source, by_operation) in
        [(GetTokensSource::Authentication, "Authentication"), (GetTokensSource::RefreshTokens, "RefreshTokens")]
    {
        let local = Local::with(Config { token_gate: true, get_tokens_source, ..Config::default() });
        let tokens = local.sign_in("demo").await;
        with_password(&local, "demo", PASSWORD).await.unwrap();
        with_new_password(&local, "ann").await.unwrap();
        refresh(&local, &tokens["RefreshToken"]).await.unwrap();
        assert!(local.last_event(Function::GateTokens)["request"].get("clientMetadata").is_none());
        let answer = tokens_from(&local, &tokens["RefreshToken"]).await.unwrap();
        assert_eq!(local.last_event(Function::GateTokens)["request"]["clientMetadata"], json!({"page": "1"}));
        let result = &answer["AuthenticationResult"];
        assert!(result["IdToken"].is_string() && result.get("RefreshToken").is_none());
        let expected = ["Authentication", "Authentication", "NewPasswordChallenge", "RefreshTokens", by_operation];
        assert_eq!(sources(&local), expected);
    }
}

#[tokio::test]
async fn without_tokens_it_does_not_run() {
    let local = gated();
    let challenge = local.start("demo").await.unwrap();
    local.answer("demo", &challenge, "000000").await.unwrap();
    with_password(&local, "demo", "Wrong-Horse-77").await.unwrap_err();
    tokens_from(&local, &json!("unknown")).await.unwrap_err();
    assert!(sources(&local).is_empty());
}

#[tokio::test]
async fn its_error_is_the_clients_and_there_are_no_tokens() {
    let local = gated();
    let tokens = local.sign_in("demo").await;
    local.outcome(Function::GateTokens, refusal());
    assert_gate_refused(with_password(&local, "demo", PASSWORD).await);
    local.outcome(Function::GateTokens, refusal());
    assert_gate_refused(refresh(&local, &tokens["RefreshToken"]).await);
    local.outcome(Function::GateTokens, refusal());
    assert_gate_refused(tokens_from(&local, &tokens["RefreshToken"]).await);
    // The refresh token stays good: a trigger that is busy must sign nobody out.
    tokens_from(&local, &tokens["RefreshToken"]).await.unwrap();

    for _ in 0..3 {
        local.outcome(Function::GateTokens, Outcome::TimedOut { error_message: String::new() });
    }
    let message = "PreTokenGeneration invocation failed due to error Socket timeout while invoking Lambda function.";
    assert_refused(with_password(&local, "demo", PASSWORD).await, "UnexpectedLambdaException", message);
}

#[tokio::test]
async fn an_odd_answer_gives_no_tokens() {
    let local = gated();
    with_password(&local, "demo", PASSWORD).await.unwrap();
    let mut event = local.last_event(Function::GateTokens);
    for response in [json!({}), json!({"claimsOverrideDetails": {}}), json!({"claimsOverrideDetails": null})] {
        local.response(Function::GateTokens, response);
        with_password(&local, "demo", PASSWORD).await.unwrap();
    }
    let claims = json!({"claimsOverrideDetails": {"claimsToAddOrOverride": {"a": "b"}}});
    for response in [json!(null), json!([]), json!({"claimsOverrideDetails": "x"}), claims] {
        local.response(Function::GateTokens, response);
        let refused = with_password(&local, "demo", PASSWORD).await;
        assert_refused(refused, "InvalidLambdaResponseException", "Unrecognizable lambda output");
    }
    event["request"]["groupConfiguration"] = Value::Null;
    local.outcome(Function::GateTokens, answered(&event));
    let refused = with_password(&local, "demo", PASSWORD).await;
    assert_refused(refused, "InvalidLambdaResponseException", "Unrecognizable lambda output");
}

#[tokio::test]
async fn a_new_password_that_gives_no_tokens_stays_or_is_rolled_back() {
    for refused in [RefusedPassword::Kept, RefusedPassword::RolledBack] {
        let local = with_refused(refused);
        let is_rolled_back = refused == RefusedPassword::RolledBack;
        local.outcome(Function::GateTokens, refusal());
        assert_gate_refused(with_new_password(&local, "ann").await);
        let (good, bad) = if is_rolled_back { (PASSWORD, NEW) } else { (NEW, PASSWORD) };
        assert_not_authorized(with_password(&local, "ann", bad).await, "Incorrect username or password.");
        let answer = with_password(&local, "ann", good).await.unwrap();
        assert_eq!(answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED", is_rolled_back);
        assert_eq!(answer["AuthenticationResult"].is_object(), !is_rolled_back);
    }
}

/// While the trigger decides, an operator can set another password. That one stays.
#[test]
fn a_rollback_undoes_nobody_elses_change() {
    let local = gated();
    let config = local.pool.config();
    let users = &mut local.pool.lock().users;
    let before = users.find("demo").unwrap().clone();
    let after = users.set_password(config, &before.sub, NEW.to_owned()).unwrap();
    users.set_password(config, &before.sub, "Operator-Horse-9".to_owned()).unwrap();
    users.undo(before.clone(), &after);
    assert_eq!(users.find("demo").unwrap().password, "Operator-Horse-9");

    let after = users.set_password(config, &before.sub, NEW.to_owned()).unwrap();
    users.undo(before, &after);
    assert_eq!(users.find("demo").unwrap().password, PASSWORD);
}

#[tokio::test]
async fn a_user_whose_password_is_permanent_by_now_is_asked_for_none() {
    let local = Local::new();
    let client_id = &local.pool.config().client_id_password;
    invite(&local, "ann").await;
    let challenge = with_password(&local, "ann", PASSWORD).await.unwrap();
    let request = json!({"UserPoolId": POOL, "Username": "ann", "Password": "Operator-Horse-9", "Permanent": true});
    local.call("AdminSetUserPassword", request).await.unwrap();
    let responses = json!({"USERNAME": "ann", "NEW_PASSWORD": NEW});
    let refused = local.respond_at(client_id, "NEW_PASSWORD_REQUIRED", &challenge, responses).await;
    assert_not_authorized(refused, "Invalid session for the user.");
    with_password(&local, "ann", "Operator-Horse-9").await.unwrap();
}

#[tokio::test]
async fn the_trigger_gets_the_user_as_they_are_at_a_refresh() {
    let local = gated();
    let tokens = local.sign_in("demo").await;
    let rename = async |name: &str| {
        let attributes = json!([{"Name": "name", "Value": name}]);
        let request = json!({"UserPoolId": POOL, "Username": "demo", "UserAttributes": attributes});
        local.call("AdminUpdateUserAttributes", request).await.unwrap();
    };
    rename("Today's").await;
    refresh(&local, &tokens["RefreshToken"]).await.unwrap();
    assert_eq!(local.last_event(Function::GateTokens)["request"]["userAttributes"]["name"], "Today's");
    rename("Tomorrow's").await;
    tokens_from(&local, &tokens["RefreshToken"]).await.unwrap();
    assert_eq!(local.last_event(Function::GateTokens)["request"]["userAttributes"]["name"], "Tomorrow's");
}

#[tokio::test]
async fn tokens_come_from_a_refresh_token_of_the_client_that_knows_its_secret() {
    let local = Local::new();
    let tokens = local.sign_in("demo").await;
    tokens_from(&local, &tokens["RefreshToken"]).await.unwrap();
    assert_not_authorized(tokens_from(&local, &json!("unknown")).await, "Invalid Refresh Token");
    let config = local.pool.config();
    let ask = |client_id: &str, secret: Value| {
        let mut request = json!({"ClientId": client_id, "RefreshToken": tokens["RefreshToken"]});
        if !secret.is_null() {
            request["ClientSecret"] = secret;
        }
        let local = &local;
        async move { local.call("GetTokensFromRefreshToken", request).await }
    };
    assert_not_authorized(ask(&config.client_id_password, Value::Null).await, "Invalid Refresh Token");
    let (id, secret) = (&config.client_id_with_secret, json!(config.client_secret));
    assert_not_authorized(ask(id, secret).await, "Invalid Refresh Token");
    for (id, secret) in [(id, Value::Null), (id, json!("wrong")), (&config.client_id, json!("x"))] {
        let message = format!("Unable to verify secret hash for client {id}");
        assert_not_authorized(ask(id, secret).await, &message);
    }
}

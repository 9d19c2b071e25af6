use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Local, assert_not_authorized, assert_refused, keys};
use crate::pool::error::ApiError;

fn part(token: &Value, index: usize) -> Value {
    let part = token.as_str().unwrap().split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn refresh(local: &Local, token: &Value) -> Result<Value, ApiError> {
    local.initiate("REFRESH_TOKEN_AUTH", json!({"REFRESH_TOKEN": token})).await
}

#[tokio::test]
async fn claims_are_cognitos() {
    let local = Local::new();
    local.add_user(json!({"username": "jo", "phoneNumber": "+12065550123", "phoneNumberVerified": false,
        "attributes": {"custom:YourPhone": "+12065550124", "name": "Jo"}}));
    let tokens = local.sign_in("jo").await;
    let (id, access) = (part(&tokens["IdToken"], 1), part(&tokens["AccessToken"], 1));
    for token in [&tokens["IdToken"], &tokens["AccessToken"]] {
        let jwks = keys().jwks().clone();
        assert_eq!(part(token, 0), json!({"alg": "RS256", "kid": jwks["keys"][0]["kid"]}));
    }
    let time = id["iat"].as_u64().unwrap();
    let common = |claims: &Value, token_use: &str| {
        json!({
            "sub": id["sub"], "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_PhoneCode",
            "token_use": token_use, "auth_time": time, "iat": time, "exp": time + 3600, "jti": claims["jti"],
            "origin_jti": id["origin_jti"], "event_id": id["event_id"],
        })
    };
    let mut expected = common(&access, "access");
    expected["client_id"] = json!(local.client_id());
    expected["scope"] = json!("aws.cognito.signin.user.admin");
    expected["username"] = json!("jo");
    assert_eq!(access, expected);
    let mut expected = common(&id, "id");
    expected["aud"] = json!(local.client_id());
    expected["cognito:username"] = json!("jo");
    expected["email"] = json!("jo@example.com");
    expected["email_verified"] = json!(true);
    expected["phone_number"] = json!("+12065550123");
    expected["phone_number_verified"] = json!(false);
    expected["custom:YourPhone"] = json!("+12065550124");
    expected["name"] = json!("Jo");
    assert_eq!(id, expected);
    let ids = [&id["jti"], &access["jti"], &id["sub"], &id["origin_jti"], &id["event_id"]].map(text);
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 5);
}

#[tokio::test]
async fn get_user_tells_the_owner() {
    let local = Local::new();
    let tokens = local.sign_in("demo").await;
    let user = local.call("GetUser", json!({"AccessToken": tokens["AccessToken"]})).await.unwrap();
    assert_eq!(user["Username"], "demo");
    let attributes = user["UserAttributes"].as_array().unwrap();
    assert_eq!(attributes[0], json!({"Name": "sub", "Value": part(&tokens["IdToken"], 1)["sub"]}));
    assert!(attributes.contains(&json!({"Name": "phone_number_verified", "Value": "true"})));
    assert!(!user.to_string().contains("Correct-Horse"));
}

#[tokio::test]
async fn other_tokens_are_refused() {
    let local = Local::new();
    let tokens = local.sign_in("demo").await;
    let access = text(&tokens["AccessToken"]);
    let (header, rest) = access.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let none = URL_SAFE_NO_PAD.encode(json!({"alg": "none", "kid": keys().jwks()["keys"][0]["kid"]}).to_string());
    let other_claims = URL_SAFE_NO_PAD.encode(part(&tokens["AccessToken"], 1).to_string().replace("demo", "root"));
    for token in [
        text(&tokens["IdToken"]),
        text(&tokens["RefreshToken"]),
        "a.b.c".to_owned(),
        format!("{none}.{claims}.{signature}"),
        format!("{none}.{claims}."),
        format!("{header}.{claims}.AAAA"),
    ] {
        for operation in ["GetUser", "GlobalSignOut"] {
            let error = local.call(operation, json!({"AccessToken": token})).await.unwrap_err();
            assert_eq!(error.kind, "NotAuthorizedException");
        }
    }
    let refused = local.call("GetUser", json!({"AccessToken": format!("{header}.{other_claims}.{signature}")})).await;
    assert_not_authorized(refused, "Could not verify signature for Access Token");
    let other_pool = Local::new();
    let refused = other_pool.call("GetUser", json!({"AccessToken": access})).await;
    assert_not_authorized(refused, "Access Token has been revoked");
}

#[tokio::test]
async fn a_refresh_token_gives_new_tokens_of_the_same_sign_in() {
    let local = Local::new();
    let tokens = local.sign_in("demo").await;
    for flow in ["REFRESH_TOKEN", "REFRESH_TOKEN_AUTH"] {
        let answer = local.initiate(flow, json!({"REFRESH_TOKEN": tokens["RefreshToken"]})).await.unwrap();
        let result = &answer["AuthenticationResult"];
        assert!(result.get("RefreshToken").is_none());
        let (old, new) = (part(&tokens["AccessToken"], 1), part(&result["AccessToken"], 1));
        assert_eq!((&old["origin_jti"], &old["auth_time"]), (&new["origin_jti"], &new["auth_time"]));
        assert_ne!(old["jti"], new["jti"]);
        local.call("GetUser", json!({"AccessToken": result["AccessToken"]})).await.unwrap();
    }
    assert_eq!(local.events().len(), 4, "no function runs");
    assert_not_authorized(refresh(&local, &json!("unknown")).await, "Invalid Refresh Token");
}

#[tokio::test]
async fn a_refresh_token_belongs_to_its_client() {
    let local = Local::new();
    let tokens = local.sign_in("demo").await;
    let config = local.pool.config();
    let client_id = &config.client_id_with_secret;
    let hash = super::client::secret_hash(&config.client_secret, "demo", client_id);
    let parameters = json!({"REFRESH_TOKEN": tokens["RefreshToken"], "SECRET_HASH": hash});
    let request = json!({"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": client_id, "AuthParameters": parameters});
    assert_not_authorized(local.call("InitiateAuth", request).await, "Invalid Refresh Token");

    let mut request = json!({"Token": tokens["RefreshToken"], "ClientId": client_id});
    let unauthorized = ("UnauthorizedException", "Invalid client or secret");
    assert_refused(local.call("RevokeToken", request.clone()).await, unauthorized.0, unauthorized.1);
    request["ClientSecret"] = json!("wrong");
    assert_refused(local.call("RevokeToken", request.clone()).await, unauthorized.0, unauthorized.1);
    request["ClientSecret"] = json!(config.client_secret);
    local.call("RevokeToken", request).await.unwrap();
    refresh(&local, &tokens["RefreshToken"]).await.expect("another client cannot revoke it");
}

#[tokio::test]
async fn revoking_ends_one_sign_in() {
    let local = Local::new();
    let (revoked, other) = (local.sign_in("demo").await, local.sign_in("demo").await);
    let refreshed = refresh(&local, &revoked["RefreshToken"]).await.unwrap();
    let request = |token: &Value| json!({"Token": token, "ClientId": local.client_id()});
    let refused = local.call("RevokeToken", request(&revoked["AccessToken"])).await;
    assert_refused(refused, "UnsupportedTokenTypeException", "Unsupported token type");
    for _ in 0..2 {
        let answer = local.call("RevokeToken", request(&revoked["RefreshToken"])).await;
        assert_eq!(answer.unwrap(), json!({}));
    }
    local.call("RevokeToken", request(&json!("unknown"))).await.unwrap();

    assert_not_authorized(refresh(&local, &revoked["RefreshToken"]).await, "Refresh Token has been revoked");
    for tokens in [&revoked, &refreshed["AuthenticationResult"]] {
        let refused = local.call("GetUser", json!({"AccessToken": tokens["AccessToken"]})).await;
        assert_not_authorized(refused, "Access Token has been revoked");
    }
    local.call("GetUser", json!({"AccessToken": other["AccessToken"]})).await.unwrap();
    refresh(&local, &other["RefreshToken"]).await.unwrap();
}

#[tokio::test]
async fn global_sign_out_ends_all_of_one_user() {
    let local = Local::new();
    local.add_user(json!({"username": "jo"}));
    let (first, second, jo) = (local.sign_in("demo").await, local.sign_in("demo").await, local.sign_in("jo").await);
    let request = json!({"AccessToken": first["AccessToken"]});
    assert_eq!(local.call("GlobalSignOut", request.clone()).await.unwrap(), json!({}));
    for tokens in [&first, &second] {
        let refused = local.call("GetUser", json!({"AccessToken": tokens["AccessToken"]})).await;
        assert_not_authorized(refused, "Access Token has been revoked");
        assert_not_authorized(refresh(&local, &tokens["RefreshToken"]).await, "Refresh Token has been revoked");
    }
    assert_not_authorized(local.call("GlobalSignOut", request).await, "Access Token has been revoked");
    refresh(&local, &jo["RefreshToken"]).await.unwrap();
    local.sign_in("demo").await;
}

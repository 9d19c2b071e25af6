use serde_json::{Value, json};

use super::client::SrpClient;
use super::{CODE, Local, assert_refused};
use crate::lambda::Function;
use crate::pool::Config;
use crate::pool::new_user::NewUser;
use crate::pool::users::{Rejected, Status};

fn add(local: &Local, user: Value) -> Result<Value, Rejected> {
    let new: NewUser = serde_json::from_value(user).unwrap();
    let added = local.pool.lock().users.add(local.pool.config(), new, Status::Confirmed)?;
    Ok(added.describe_to_developer())
}

#[test]
fn the_demo_user_is_there() {
    let description = Local::new().pool.describe();
    let demo = json!({"username": "demo", "password": "Correct-Horse-7", "email": "demo@example.com",
        "phoneNumber": "+12065550100"});
    assert_eq!(description["users"], json!([demo]));
    assert_eq!(description["region"], "us-east-1");
    assert_eq!(description["userPoolId"], "us-east-1_PhoneCode");
    assert_eq!(description["clientSecret"].as_str().unwrap().len(), 51);
    assert_ne!(description["clientId"], description["clientIdWithSecret"]);
}

#[test]
fn nothing_is_required() {
    let local = Local::new();
    let user = add(&local, json!({"username": "jo"})).unwrap();
    assert_eq!(user["password"], "Correct-Horse-7");
    assert_eq!(user["email"], "jo@example.com");
    assert_eq!(user["phoneNumber"], "+12065550101", "the demo user has 0100");
    assert_eq!(user["phoneNumberVerified"], true);
    assert_eq!(add(&local, json!({"username": "Ünal"})).unwrap()["email"], Value::Null);
    assert_eq!(local.pool.describe()["users"].as_array().unwrap().len(), 3);
    assert_eq!(add(&local, json!({})).unwrap()["username"], "user-1");
    add(&local, json!({"username": "User-2"})).unwrap();
    let user = add(&local, json!({"attributes": null})).unwrap();
    assert_eq!((&user["username"], &user["email"]), (&json!("user-3"), &json!("user-3@example.com")));
    assert!(serde_json::from_value::<NewUser>(json!({"username": "jo", "phone": "1"})).is_err());
}

#[tokio::test]
async fn a_user_can_have_no_number_or_an_unverified_one_or_another() {
    let local = Local::new();
    let none = add(&local, json!({"username": "none", "phoneNumber": null})).unwrap();
    assert_eq!((&none["phoneNumber"], &none["phoneNumberVerified"]), (&Value::Null, &Value::Null));
    local.start("none").await.unwrap();
    let attributes = local.last_event(Function::DefineChallenge)["request"]["userAttributes"].clone();
    assert!(attributes.get("phone_number").is_none() && attributes.get("phone_number_verified").is_none());

    add(&local, json!({"username": "new", "phoneNumber": "+12065550150", "phoneNumberVerified": false})).unwrap();
    local.start("new").await.unwrap();
    let attributes = local.last_event(Function::DefineChallenge)["request"]["userAttributes"].clone();
    assert_eq!(
        (&attributes["phone_number"], &attributes["phone_number_verified"]),
        (&json!("+12065550150"), &json!("false"))
    );

    let attributes = json!({"custom:YourPhone": "+12065550151", "email": null});
    add(&local, json!({"username": "custom", "phoneNumber": null, "attributes": attributes})).unwrap();
    local.start("custom").await.unwrap();
    let attributes = local.last_event(Function::DefineChallenge)["request"]["userAttributes"].clone();
    assert_eq!(attributes["custom:YourPhone"], "+12065550151");
    let keys: Vec<&String> = attributes.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["cognito:user_status", "custom:YourPhone", "sub"]);
}

#[tokio::test]
async fn only_a_verified_email_address_is_an_alias() {
    let local = Local::new();
    let attributes = json!({"email": "jo@example.org", "email_verified": "false"});
    add(&local, json!({"username": "jo", "attributes": attributes})).unwrap();
    local.start("jo@example.org").await.unwrap();
    assert_eq!(local.last_event(Function::DefineChallenge)["request"]["userNotFound"], true);
    local.start("demo@example.com").await.unwrap();
    assert_eq!(local.last_event(Function::DefineChallenge)["userName"], "demo");
}

#[test]
fn names_are_taken_once() {
    let local = Local::new();
    let username = add(&local, json!({"username": "demo"}));
    assert_eq!(username, Err(Rejected::Taken("There is a user \"demo\" already.".to_owned())));
    let email = add(&local, json!({"username": "jo", "attributes": {"email": "demo@example.com"}}));
    let message = "There is a user with the e-mail address \"demo@example.com\" already.";
    assert_eq!(email, Err(Rejected::Taken(message.to_owned())));
    for other in [json!({"username": "DEMO"}), json!({"username": "jo", "attributes": {"email": "Demo@Example.com"}})] {
        assert!(matches!(add(&local, other.clone()), Err(Rejected::Taken(_))), "{other}");
    }
}

#[tokio::test]
async fn a_user_is_found_in_capitals_too_and_keeps_the_stored_spelling() {
    let local = Local::new();
    add(&local, json!({"username": "Jo"})).unwrap();
    for name in ["Jo", "JO", "jo", "jO@EXAMPLE.com"] {
        let challenge = local.start(name).await.unwrap();
        assert_eq!(challenge["ChallengeParameters"]["USERNAME"], "Jo", "{name}");
        assert_eq!(local.last_event(Function::CreateChallenge)["userName"], "Jo", "{name}");
        assert!(local.answer("jo", &challenge, CODE).await.is_ok(), "{name}");
    }
    let client = SrpClient::new();
    let challenge = local.initiate("CUSTOM_AUTH", client.start("JO")).await.unwrap();
    assert_eq!(challenge["ChallengeParameters"]["USER_ID_FOR_SRP"], "Jo");
    let proof = client.answer("PhoneCode", &challenge, "Correct-Horse-7");
    assert!(local.respond("PASSWORD_VERIFIER", &challenge, proof).await.is_ok());
}

#[tokio::test]
async fn the_number_can_be_among_the_attributes() {
    let local = Local::new();
    let attributes = json!({"phone_number": "+12065550150", "phone_number_verified": "True"});
    let user = add(&local, json!({"username": "jo", "attributes": attributes})).unwrap();
    assert_eq!((&user["phoneNumber"], &user["phoneNumberVerified"]), (&json!("+12065550150"), &json!(true)));
    local.start("jo").await.unwrap();
    let seen = local.last_event(Function::DefineChallenge)["request"]["userAttributes"].clone();
    assert_eq!((&seen["phone_number"], &seen["phone_number_verified"]), (&json!("+12065550150"), &json!("True")));

    let none = add(&local, json!({"attributes": {"phone_number": null}})).unwrap();
    assert_eq!((&none["phoneNumber"], &none["phoneNumberVerified"]), (&Value::Null, &Value::Null));
    let mixed = json!({"phoneNumber": "+12065550151", "attributes": {"phone_number_verified": "False"}});
    let mixed = add(&local, mixed).unwrap();
    assert_eq!((&mixed["phoneNumber"], &mixed["phoneNumberVerified"]), (&json!("+12065550151"), &json!(false)));
}

#[test]
fn the_demo_user_has_its_number_where_the_functions_look() {
    let demo = |attribute: &str| {
        let config = Config { phone_attribute: attribute.to_owned(), ..Config::default() };
        let local = Local::with(config);
        let state = local.pool.lock();
        state.users.find("demo").unwrap().attribute(attribute).map(str::to_owned)
    };
    assert_eq!(demo("custom:Mobile").as_deref(), Some("+12065550100"));
    assert_eq!(demo("phone_number").as_deref(), Some("+12065550100"));
    assert_eq!(demo("no such attribute"), None);
}

#[test]
fn what_cognito_would_not_take_is_invalid() {
    let local = Local::new();
    for user in [
        json!({"username": ""}),
        json!({"username": "a b"}),
        json!({"username": "x".repeat(129)}),
        json!({"username": "jo@example.com"}),
        json!({"username": "jo", "password": "short"}),
        json!({"username": "jo", "password": " spaces "}),
        json!({"username": "jo", "phoneNumber": "12065550100"}),
        json!({"username": "jo", "phoneNumber": "+1 206 555 0100"}),
        json!({"username": "jo", "phoneNumber": "+1234567890123456"}),
        json!({"username": "jo", "phoneNumber": null, "phoneNumberVerified": true}),
        json!({"username": "jo", "attributes": {"email": "jo"}}),
        json!({"username": "jo", "attributes": {"email_verified": "yes"}}),
        json!({"username": "jo", "attributes": {"phone_number": "1"}}),
        json!({"username": "jo", "attributes": {"phone_number": null, "phone_number_verified": "true"}}),
        json!({"username": "jo", "phoneNumber": null, "attributes": {"phone_number": "+12065550100"}}),
        json!({"username": "jo", "phoneNumber": null, "attributes": {"phone_number_verified": "true"}}),
        json!({"username": "jo", "phoneNumberVerified": true, "attributes": {"phone_number_verified": "true"}}),
        json!({"username": "jo", "attributes": {"sub": "1"}}),
        json!({"username": "jo", "attributes": {"cognito:user_status": "CONFIRMED"}}),
        json!({"username": "jo", "attributes": {"custom:": "1"}}),
        json!({"username": "jo", "attributes": {"name": "x".repeat(2049)}}),
    ] {
        assert!(matches!(add(&local, user.clone()), Err(Rejected::Invalid(_))), "{user}");
    }
}

/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html>
#[tokio::test]
async fn an_operator_sees_a_user_by_any_of_its_names() {
    let local = Local::new();
    let ask = |pool: &str, name: &str| {
        let request = json!({"UserPoolId": pool, "Username": name});
        let local = &local;
        async move { local.call("AdminGetUser", request).await }
    };
    let pool = "us-east-1_PhoneCode";
    let user = ask(pool, "demo").await.unwrap();
    assert_eq!(user["Username"], "demo");
    assert_eq!((&user["Enabled"], &user["UserStatus"]), (&json!(true), &json!("CONFIRMED")));
    assert!(user["UserCreateDate"].is_f64() && user["UserLastModifiedDate"].is_f64());
    let sub = user["UserAttributes"][0]["Value"].as_str().unwrap();
    assert_eq!(user["UserAttributes"][0]["Name"], "sub");
    for name in ["DEMO", "demo@example.com", sub] {
        assert_eq!(ask(pool, name).await.unwrap(), user, "{name}");
    }
    assert_refused(ask(pool, "nobody").await, "UserNotFoundException", "User does not exist.");
    let error = "User pool us-east-1_Other does not exist.";
    assert_refused(ask("us-east-1_Other", "demo").await, "ResourceNotFoundException", error);
    for request in
        [json!({"UserPoolId": pool}), json!({"Username": "demo"}), json!({"UserPoolId": pool, "Username": ""})]
    {
        let error = local.call("AdminGetUser", request.clone()).await.unwrap_err();
        assert_eq!(error.kind, "InvalidParameterException", "{request}");
    }
}

/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPool.html>
#[tokio::test]
async fn an_operator_sees_which_functions_are_the_triggers() {
    let local = Local::new();
    let pool = local.call("DescribeUserPool", json!({"UserPoolId": "us-east-1_PhoneCode"})).await.unwrap();
    assert_eq!(pool["UserPool"]["Arn"], "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_PhoneCode");
    let create = "arn:aws:lambda:us-east-1:123456789012:function:create-challenge";
    assert_eq!(pool["UserPool"]["LambdaConfig"]["CreateAuthChallenge"], create);
    let other = local.call("DescribeUserPool", json!({"UserPoolId": "us-east-1_Other"})).await;
    assert_refused(other, "ResourceNotFoundException", "User pool us-east-1_Other does not exist.");
}

use serde_json::{Value, json};

use super::client::SrpClient;
use super::{Local, assert_not_authorized, assert_refused};
use crate::lambda::Function;
use crate::pool::error::ApiError;

const POOL: &str = "us-east-1_PhoneCode";
const NEW: &str = "Another-Horse-8";

async fn ask(local: &Local, operation: &str, mut request: Value) -> Result<Value, ApiError> {
    request["UserPoolId"] = json!(POOL);
    local.call(operation, request).await
}

async fn create(local: &Local, username: &str, attributes: &[(&str, &str)]) -> Result<Value, ApiError> {
    let attributes: Value = attributes.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    let request = json!({"Username": username, "UserAttributes": attributes, "MessageAction": "SUPPRESS"});
    ask(local, "AdminCreateUser", request).await
}

async fn with_password(local: &Local, username: &str, password: &str) -> Result<Value, ApiError> {
    let srp = SrpClient::new();
    let challenge = local.initiate("CUSTOM_AUTH", srp.start(username)).await.unwrap();
    let answer = srp.answer("PhoneCode", &challenge, password);
    local.respond("PASSWORD_VERIFIER", &challenge, answer).await
}

#[tokio::test]
async fn a_user_is_made_and_signs_in_once_the_password_is_permanent() {
    let local = Local::new();
    let attributes = [("phone_number", "+12065550123"), ("phone_number_verified", "true")];
    let made = create(&local, "ann", &attributes).await.unwrap()["User"].take();
    assert_eq!((&made["Username"], &made["UserStatus"]), (&json!("ann"), &json!("FORCE_CHANGE_PASSWORD")));
    let list = made["Attributes"].as_array().unwrap();
    assert_eq!(list.len(), 3, "sub and what was given: {list:?}");
    let refused = local.call("ForgotPassword", json!({"ClientId": local.client_id(), "Username": "ann"})).await;
    assert_not_authorized(refused, "User password cannot be reset in the current state.");

    let set = |password: &str| json!({"Username": "ann", "Password": password, "Permanent": true});
    let error = ask(&local, "AdminSetUserPassword", set("short")).await.unwrap_err();
    assert_eq!(error.kind, "InvalidPasswordException");
    assert_eq!(ask(&local, "AdminSetUserPassword", set(NEW)).await.unwrap(), json!({}));
    let user = ask(&local, "AdminGetUser", json!({"Username": "ann"})).await.unwrap();
    assert_eq!(user["UserStatus"], "CONFIRMED");
    assert_eq!(with_password(&local, "ann", NEW).await.unwrap()["ChallengeName"], "CUSTOM_CHALLENGE");
    let event = local.last_event(Function::CreateChallenge);
    assert_eq!(event["request"]["userAttributes"]["phone_number_verified"], "true");
}

#[tokio::test]
async fn a_temporary_password_leads_to_no_code() {
    let local = Local::new();
    let request = json!({"Username": "ann", "TemporaryPassword": NEW, "MessageAction": "SUPPRESS"});
    ask(&local, "AdminCreateUser", request).await.unwrap();
    assert_eq!(with_password(&local, "ann", NEW).await.unwrap()["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    assert_not_authorized(with_password(&local, "ann", "Wrong-Horse-77").await, "Incorrect username or password.");
    local.start("ann").await.unwrap();
    let event = local.last_event(Function::DefineChallenge);
    assert_eq!(event["request"]["userAttributes"]["cognito:user_status"], "FORCE_CHANGE_PASSWORD");
}

#[tokio::test]
async fn a_new_number_is_verified_only_on_the_operators_word() {
    let local = Local::new();
    let update = async |attributes: &[(&str, &str)]| {
        let attributes: Value = attributes.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        let request = json!({"Username": "demo", "UserAttributes": attributes});
        ask(&local, "AdminUpdateUserAttributes", request).await.map(|answer| assert_eq!(answer, json!({})))
    };
    let attributes = || {
        let state = local.pool.lock();
        let user = state.users.find("demo").unwrap();
        ["phone_number", "phone_number_verified"].map(|name| user.attribute(name).map(str::to_owned))
    };
    let both = |number: &str, verified: &str| [number, verified].map(|text| Some(text.to_owned()));
    for (change, after) in [
        (&[("locale", "de-DE")][..], both("+12065550100", "true")),
        (&[("phone_number", "+12065550123")], both("+12065550123", "false")),
        (&[("phone_number_verified", "true")], both("+12065550123", "true")),
        (&[("phone_number_verified", "true"), ("phone_number", "+12065550124")], both("+12065550124", "true")),
        (&[("phone_number", "")], [None, None]),
    ] {
        update(change).await.unwrap();
        assert_eq!(attributes(), after, "{change:?}");
    }
    create(&local, "ann", &[("email", "ann@example.com"), ("email_verified", "true")]).await.unwrap();
    // An address signs its user in once it is verified, so only then it may not be another's.
    update(&[("email", "ann@example.com")]).await.unwrap();
    assert_eq!(update(&[("email_verified", "true")]).await.unwrap_err().kind, "AliasExistsException");
    assert_eq!(update(&[("phone_number", "206")]).await.unwrap_err().kind, "InvalidParameterException");
}

#[tokio::test]
async fn what_an_operator_may_not_do_is_refused() {
    let local = Local::new();
    let taken = create(&local, "Demo", &[]).await;
    assert_refused(taken, "UsernameExistsException", "User account already exists");
    let taken = create(&local, "ann", &[("email", "demo@example.com"), ("email_verified", "true")]).await;
    assert_refused(taken, "UsernameExistsException", "User account already exists");
    for (operation, request, kind) in [
        ("AdminCreateUser", json!({"Username": "ann"}), "InvalidParameterException"),
        ("AdminCreateUser", json!({"MessageAction": "SUPPRESS"}), "InvalidParameterException"),
        (
            "AdminCreateUser",
            json!({"Username": "ann", "TemporaryPassword": "short", "MessageAction": "SUPPRESS"}),
            "InvalidPasswordException",
        ),
        ("AdminSetUserPassword", json!({"Username": "demo", "Password": NEW}), "InvalidParameterException"),
        (
            "AdminSetUserPassword",
            json!({"Username": "nobody", "Password": NEW, "Permanent": true}),
            "UserNotFoundException",
        ),
        ("AdminUpdateUserAttributes", json!({"Username": "nobody", "UserAttributes": []}), "UserNotFoundException"),
        ("ListUsers", json!({"Limit": 61}), "InvalidParameterException"),
        ("ListUsers", json!({"Filter": "username = \"demo\""}), "InvalidParameterException"),
        ("ListUsers", json!({"PaginationToken": "x"}), "InvalidParameterException"),
    ] {
        let error = ask(&local, operation, request.clone()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{operation} {request}: {}", error.message);
        let error = local
            .call(
                operation,
                json!({"UserPoolId": "us-east-1_Other", "Username": "demo",
            "Password": NEW, "Permanent": true, "UserAttributes": []}),
            )
            .await
            .unwrap_err();
        assert_eq!(error.kind, "ResourceNotFoundException", "{operation}");
    }
    for attributes in [[("phone_number", "206")], [("phone_number_verified", "true")], [("unknown", "x")]] {
        let error = create(&local, "ann", &attributes).await.unwrap_err();
        assert_eq!(error.kind, "InvalidParameterException", "{attributes:?}");
    }
}

#[tokio::test]
async fn users_are_listed_in_pages_and_by_status() {
    let local = Local::new();
    for name in ["ann", "bob", "cy"] {
        create(&local, name, &[]).await.unwrap();
    }
    let mut names = Vec::new();
    let mut request = json!({"Limit": 3});
    loop {
        let mut answer = ask(&local, "ListUsers", request.clone()).await.unwrap();
        names.push(answer["Users"].as_array().unwrap().iter().map(|user| user["Username"].clone()).collect::<Vec<_>>());
        request["PaginationToken"] = answer["PaginationToken"].take();
        if request["PaginationToken"].is_null() {
            break;
        }
    }
    assert_eq!(names, [vec!["demo", "ann", "bob"], vec!["cy"]]);
    for (status, count) in [("CONFIRMED", 1), ("FORCE_CHANGE_PASSWORD", 3), ("UNCONFIRMED", 0)] {
        let request = json!({"Filter": format!("cognito:user_status = \"{status}\"")});
        let answer = ask(&local, "ListUsers", request).await.unwrap();
        assert_eq!(answer["Users"].as_array().unwrap().len(), count, "{status}");
        assert!(answer["Users"].as_array().unwrap().iter().all(|user| user["UserStatus"] == status));
    }
}

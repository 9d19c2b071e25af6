use serde_json::{Value, json};

use super::client::SrpClient;
use super::{CODE, Local, assert_not_authorized, assert_refused};
use crate::lambda::Function;

const WRONG: &str = "Incorrect username or password.";

fn keys_of(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}

#[tokio::test]
async fn nobody_gets_a_challenge_like_anybodys() {
    let local = Local::new();
    let known = local.start("demo").await.unwrap();
    let unknown = local.start("nobody").await.unwrap();
    assert_eq!(keys_of(&known), keys_of(&unknown));
    assert_eq!(unknown["ChallengeParameters"], json!({"USERNAME": "nobody", "delivery": "VOICE"}));
    assert_eq!(known["Session"].as_str().unwrap().len(), unknown["Session"].as_str().unwrap().len());
    for function in [Function::DefineChallenge, Function::CreateChallenge] {
        let event = local.last_event(function);
        assert_eq!(event["userName"], "nobody");
        assert_eq!(event["request"]["userNotFound"], true);
        assert_eq!(event["request"].get("userAttributes"), Some(&Value::Null));
    }
    let again = local.answer("nobody", &unknown, "000000").await.unwrap();
    assert_eq!(local.last_event(Function::VerifyChallenge)["request"]["userNotFound"], true);
    assert_eq!(keys_of(&again), keys_of(&known));
}

#[tokio::test]
async fn nobody_gets_no_tokens_even_if_define_says_so() {
    let local = Local::new();
    let challenge = local.start("nobody").await.unwrap();
    assert_not_authorized(local.answer("nobody", &challenge, CODE).await, WRONG);
    local.response(Function::DefineChallenge, json!({"issueTokens": true}));
    assert_not_authorized(local.start("nobody").await, WRONG);
}

#[tokio::test]
async fn nobodys_password_is_wrong() {
    let local = Local::new();
    let srp = SrpClient::new();
    let known = local.initiate("CUSTOM_AUTH", srp.start("demo")).await.unwrap();
    let unknown = local.initiate("CUSTOM_AUTH", srp.start("nobody")).await.unwrap();
    assert_eq!(unknown["ChallengeName"], "PASSWORD_VERIFIER");
    assert_eq!(keys_of(&known), keys_of(&unknown));
    assert_eq!(keys_of(&known["ChallengeParameters"]), keys_of(&unknown["ChallengeParameters"]));
    // As a pool on AWS was seen to answer: the name as it was asked for, in both.
    for name in ["USERNAME", "USER_ID_FOR_SRP"] {
        assert_eq!(unknown["ChallengeParameters"][name], "nobody", "{name}");
    }
    assert_eq!(local.last_event(Function::DefineChallenge)["request"]["userNotFound"], true);
    let answer = srp.answer("PhoneCode", &unknown, "Correct-Horse-7");
    assert_not_authorized(local.respond("PASSWORD_VERIFIER", &unknown, answer).await, WRONG);
    assert_eq!(local.events().len(), 2, "define does not hear of it, as for a known user");

    let again = local.initiate("CUSTOM_AUTH", srp.start("nobody")).await.unwrap();
    assert_eq!(again["ChallengeParameters"]["SALT"], unknown["ChallengeParameters"]["SALT"]);
    assert_ne!(again["ChallengeParameters"]["SRP_B"], unknown["ChallengeParameters"]["SRP_B"]);
}

#[tokio::test]
async fn an_unknown_email_address_leads_to_one_pretended_username() {
    let local = Local::new();
    let first = local.start("nobody@example.com").await.unwrap();
    let username = first["ChallengeParameters"]["USERNAME"].as_str().unwrap();
    let second = local.start("nobody@example.com").await.unwrap();
    assert_eq!(second["ChallengeParameters"]["USERNAME"], username);
    assert_eq!(username.len(), 36, "a UUID");
    assert_eq!(local.last_event(Function::CreateChallenge)["userName"], username);
    // Either name answers, as for a known user.
    local.answer("nobody@example.com", &first, "000000").await.unwrap();
    local.answer(username, &second, "000000").await.unwrap();
}

#[tokio::test]
async fn errors_are_those_of_known_users() {
    let local = Local::new();
    for name in ["demo", "nobody"] {
        local.response(Function::DefineChallenge, json!({"failAuthentication": true}));
        assert_not_authorized(local.start(name).await, WRONG);
        local.response(Function::CreateChallenge, json!({"challengeMetadata": 1}));
        let message = "Unrecognizable lambda output";
        assert_refused(local.start(name).await, "InvalidLambdaResponseException", message);
    }
}

#[tokio::test]
async fn nobody_is_the_same_in_capitals() {
    let local = Local::new();
    for (name, other) in [("nobody", "NoBody"), ("nobody@example.org", "NOBODY@Example.org")] {
        let mut seen = Vec::new();
        for name in [name, other] {
            let challenge = local.start(name).await.unwrap();
            let events = local.last_event(Function::CreateChallenge)["userName"].clone();
            local.response(Function::DefineChallenge, json!({"challengeName": "PASSWORD_VERIFIER"}));
            let password = local.initiate("CUSTOM_AUTH", SrpClient::new().start(name)).await.unwrap();
            let parameters = &password["ChallengeParameters"];
            let (salt, id) = (parameters["SALT"].clone(), parameters["USER_ID_FOR_SRP"].clone());
            seen.push((challenge["ChallengeParameters"]["USERNAME"].clone(), events, salt, id));
        }
        assert_eq!(seen[0], seen[1], "{name}");
    }
}

use std::time::Duration;

use serde_json::{Value, json};

use super::client::SrpClient;
use super::{CODE, Local, assert_not_authorized, assert_refused};
use crate::lambda::Function;
use crate::pool::Config;

const WRONG: &str = "Incorrect username or password.";
const INVALID: &str = "Invalid session for the user.";

#[tokio::test]
async fn a_code_alone_signs_in() {
    let local = Local::new();
    let challenge = local.start("demo").await.unwrap();
    assert_eq!(challenge["ChallengeName"], "CUSTOM_CHALLENGE");
    assert_eq!(challenge["ChallengeParameters"], json!({"USERNAME": "demo", "delivery": "VOICE"}));
    let answer = local.answer("demo", &challenge, CODE).await.unwrap();
    assert_eq!(answer["ChallengeParameters"], json!({}));
    assert_eq!(answer["AuthenticationResult"]["TokenType"], "Bearer");
    assert_eq!(answer["AuthenticationResult"]["ExpiresIn"], 3600);
    assert!(answer.get("Session").is_none() && answer.get("ChallengeName").is_none());
}

#[tokio::test]
async fn password_and_code_sign_in_by_username_and_by_email() {
    for name in ["demo", "demo@example.com"] {
        let local = Local::new();
        let srp = SrpClient::new();
        let challenge = local.initiate("CUSTOM_AUTH", srp.start(name)).await.unwrap();
        assert_eq!(challenge["ChallengeName"], "PASSWORD_VERIFIER");
        assert_eq!(challenge["ChallengeParameters"]["USERNAME"], "demo");
        assert_eq!(challenge["ChallengeParameters"]["USER_ID_FOR_SRP"], "demo");
        let answer = srp.answer("PhoneCode", &challenge, "Correct-Horse-7");
        let challenge = local.respond("PASSWORD_VERIFIER", &challenge, answer).await.unwrap();
        let answer = local.answer(name, &challenge, CODE).await.unwrap();
        assert!(answer["AuthenticationResult"]["IdToken"].is_string());
        let ran: Vec<Function> = local.events().iter().map(|(function, _)| *function).collect();
        let (define, create, verify) =
            (Function::DefineChallenge, Function::CreateChallenge, Function::VerifyChallenge);
        assert_eq!(ran, [define, define, create, verify, define]);
    }
}

#[tokio::test]
async fn events_have_the_shape_of_cognitos() {
    let local = Local::new();
    let first = local.start("demo@example.com").await.unwrap();
    let second = local.answer("demo", &first, "000000").await.unwrap();
    local.answer("demo", &second, CODE).await.unwrap();
    let events: Vec<Value> = local.events().into_iter().map(|(_, event)| event).collect();
    let sub = events[0]["request"]["userAttributes"]["sub"].clone();
    let event = |source: &str, request: Value, response: Value| {
        let mut event = json!({
            "version": "1",
            "region": "us-east-1",
            "userPoolId": "us-east-1_PhoneCode",
            "userName": "demo",
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": local.client_id()},
            "triggerSource": source,
            "request": request,
            "response": response,
        });
        event["request"]["userAttributes"] = json!({
            "sub": sub,
            "cognito:user_status": "CONFIRMED",
            "cognito:email_alias": "demo@example.com",
            "email": "demo@example.com",
            "email_verified": "true",
            "phone_number": "+12065550100",
            "phone_number_verified": "true",
        });
        event
    };
    let define = |session: Value| {
        let response = json!({"challengeName": null, "issueTokens": null, "failAuthentication": null});
        event("DefineAuthChallenge_Authentication", json!({"session": session}), response)
    };
    let create = |session: Value| {
        let request = json!({"session": session, "challengeName": "CUSTOM_CHALLENGE"});
        let response =
            json!({"publicChallengeParameters": null, "privateChallengeParameters": null, "challengeMetadata": null});
        event("CreateAuthChallenge_Authentication", request, response)
    };
    let verify = |answer: &str| {
        let request = json!({"privateChallengeParameters": {"code": CODE}, "challengeAnswer": answer});
        event("VerifyAuthChallengeResponse_Authentication", request, json!({"answerCorrect": null}))
    };
    let round = |result: bool, metadata: &str| json!({"challengeName": "CUSTOM_CHALLENGE", "challengeResult": result, "challengeMetadata": metadata});
    let wrong = round(false, "round-0");
    let expected = [
        define(json!([])),
        create(json!([])),
        verify("000000"),
        define(json!([wrong])),
        create(json!([wrong])),
        verify(CODE),
        define(json!([wrong, round(true, "round-1")])),
    ];
    assert_eq!(events, expected);
}

#[tokio::test]
async fn client_metadata_reaches_the_functions_from_answers_only() {
    let local = Local::new();
    let metadata = json!({"callAgain": "true"});
    let parameters = json!({"USERNAME": "demo"});
    let request = json!({"AuthFlow": "CUSTOM_AUTH", "ClientId": local.client_id(), "AuthParameters": parameters,
        "ClientMetadata": metadata});
    let challenge = local.call("InitiateAuth", request).await.unwrap();
    assert!(local.events().iter().all(|(_, event)| event["request"].get("clientMetadata").is_none()));

    let request = json!({"ChallengeName": "CUSTOM_CHALLENGE", "ClientId": local.client_id(),
        "Session": challenge["Session"], "ChallengeResponses": {"USERNAME": "demo", "ANSWER": "no"},
        "ClientMetadata": metadata});
    let challenge = local.call("RespondToAuthChallenge", request).await.unwrap();
    let events = local.events();
    assert_eq!(events.len(), 5);
    assert!(events[2..].iter().all(|(_, event)| event["request"]["clientMetadata"] == metadata));

    local.answer("demo", &challenge, CODE).await.unwrap();
    assert!(local.events()[5..].iter().all(|(_, event)| event["request"].get("clientMetadata").is_none()));
}

/// AWS documents it for the answers to all challenges, without an exception for this one.
#[tokio::test]
async fn client_metadata_of_the_password_reaches_define_and_the_first_create() {
    let local = Local::new();
    let (srp, metadata) = (SrpClient::new(), json!({"language": "de-DE", "trustedDevice": "A"}));
    let challenge = local.initiate("CUSTOM_AUTH", srp.start("demo")).await.unwrap();
    let request = json!({"ChallengeName": "PASSWORD_VERIFIER", "ClientId": local.client_id(),
        "Session": challenge["Session"], "ClientMetadata": metadata,
        "ChallengeResponses": srp.answer("PhoneCode", &challenge, "Correct-Horse-7")});
    let challenge = local.call("RespondToAuthChallenge", request).await.unwrap();
    let events = local.events();
    let got: Vec<_> = events.iter().map(|(ran, event)| (*ran, event["request"].get("clientMetadata"))).collect();
    let (define, create) = (Function::DefineChallenge, Function::CreateChallenge);
    assert_eq!(got, [(define, None), (define, Some(&metadata)), (create, Some(&metadata))]);

    local.answer("demo", &challenge, CODE).await.unwrap();
    assert!(local.events()[3..].iter().all(|(_, event)| event["request"].get("clientMetadata").is_none()));
}

#[tokio::test]
async fn a_failed_sign_in_ends_it() {
    let local = Local::new();
    let mut challenge = local.start("demo").await.unwrap();
    for _ in 0..2 {
        challenge = local.answer("demo", &challenge, "000000").await.unwrap();
    }
    assert_not_authorized(local.answer("demo", &challenge, "000000").await, WRONG);
    assert_not_authorized(local.answer("demo", &challenge, CODE).await, INVALID);
}

#[tokio::test]
async fn a_session_is_good_for_one_answer_of_its_own_user_and_client() {
    let local = Local::new();
    local.add_user(json!({"username": "jo"}));
    let first = local.start("demo").await.unwrap();
    let second = local.answer("demo", &first, "000000").await.unwrap();
    assert_ne!(first["Session"], second["Session"]);
    assert_not_authorized(local.answer("demo", &first, CODE).await, INVALID);
    assert_not_authorized(local.answer("jo", &second, CODE).await, INVALID);
    assert_not_authorized(local.answer("demo", &second, CODE).await, INVALID);

    let config = local.pool.config().clone();
    let third = local.start("demo").await.unwrap();
    let hash = super::client::secret_hash(&config.client_secret, "demo", &config.client_id_with_secret);
    let request = json!({
        "ChallengeName": "CUSTOM_CHALLENGE",
        "ClientId": config.client_id_with_secret,
        "ChallengeResponses": {"USERNAME": "demo", "ANSWER": CODE, "SECRET_HASH": hash},
        "Session": third["Session"],
    });
    assert_not_authorized(local.call("RespondToAuthChallenge", request).await, INVALID);

    let unknown = json!({"Session": "A".repeat(256)});
    assert_not_authorized(local.answer("demo", &unknown, CODE).await, INVALID);
    assert_eq!(local.events().iter().filter(|(function, _)| *function == Function::VerifyChallenge).count(), 1);
}

#[tokio::test]
async fn one_session_answered_twice_at_once_is_answered_once() {
    let local = Local::new();
    let challenge = local.start("demo").await.unwrap();
    let answers = tokio::join!(local.answer("demo", &challenge, CODE), local.answer("demo", &challenge, CODE));
    assert!(answers.0.is_ok() ^ answers.1.is_ok());
}

#[tokio::test]
async fn an_answer_must_fit_the_challenge() {
    let local = Local::new();
    let srp = SrpClient::new();
    let password = local.initiate("CUSTOM_AUTH", srp.start("demo")).await.unwrap();
    assert_not_authorized(local.answer("demo", &password, CODE).await, INVALID);
    let code = local.start("demo").await.unwrap();
    let answer = srp.answer("PhoneCode", &password, "Correct-Horse-7");
    assert_not_authorized(local.respond("PASSWORD_VERIFIER", &code, answer).await, INVALID);
    let code = local.start("demo").await.unwrap();
    let answer = json!({"USERNAME": "demo", "SMS_MFA_CODE": CODE});
    assert_not_authorized(local.respond("SMS_MFA", &code, answer).await, INVALID);
}

#[tokio::test]
async fn sessions_expire() {
    let local = Local::with(Config { session_validity: Duration::ZERO, ..Config::default() });
    let challenge = local.start("demo").await.unwrap();
    let expired = "Invalid session for the user, session is expired.";
    assert_not_authorized(local.answer("demo", &challenge, CODE).await, expired);
    assert_eq!(local.events().len(), 2, "verify does not run");
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_ends_the_sign_in() {
    let local = Local::new();
    let srp = SrpClient::new();
    let challenge = local.initiate("CUSTOM_AUTH", srp.start("demo")).await.unwrap();
    let answer = srp.answer("PhoneCode", &challenge, "correct-horse-7");
    assert_not_authorized(local.respond("PASSWORD_VERIFIER", &challenge, answer).await, WRONG);
    let answer = srp.answer("PhoneCode", &challenge, "Correct-Horse-7");
    assert_not_authorized(local.respond("PASSWORD_VERIFIER", &challenge, answer).await, INVALID);
    assert_eq!(local.events().len(), 1, "define does not hear of it");
}

#[tokio::test]
async fn a_right_password_comes_too_late() {
    let local = Local::with(Config { password_answer_within: Duration::ZERO, ..Config::default() });
    let srp = SrpClient::new();
    let challenge = local.initiate("CUSTOM_AUTH", srp.start("demo")).await.unwrap();
    let answer = srp.answer("PhoneCode", &challenge, "Correct-Horse-7");
    assert_not_authorized(local.respond("PASSWORD_VERIFIER", &challenge, answer).await, WRONG);
}

#[tokio::test]
async fn a_timestamp_is_signed_in_its_canonical_form() {
    let local = Local::new();
    let srp = SrpClient::new();
    let answer_at = async |timestamp: &str| {
        let challenge = local.initiate("CUSTOM_AUTH", srp.start("demo")).await.unwrap();
        let answer = srp.answer_at(timestamp, "PhoneCode", &challenge, "Correct-Horse-7");
        local.respond("PASSWORD_VERIFIER", &challenge, answer).await
    };
    answer_at("Sat Sep 5 09:05:07 UTC 2026").await.unwrap();
    assert_not_authorized(answer_at("Sat Sep 05 09:05:07 UTC 2026").await, WRONG);
    assert_not_authorized(answer_at("Sun Sep 5 09:05:07 UTC 2026").await, WRONG);
    let message = "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english";
    assert_refused(answer_at("2026-09-05T09:05:07Z").await, "InvalidParameterException", message);
}

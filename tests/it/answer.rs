//! Answers to the challenge.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sign_in::call::Handle;
use sign_in::code::Key;

use crate::stack::{Account, Stack, clock_at};
use crate::user::{User, another, challenge, id_token, parameter, refusal, with_password};

const NOT_IN: &str = "NotAuthorizedException: Incorrect username or password.";

#[tokio::test]
async fn the_right_code_gives_tokens() {
    let user = User::new(&Stack::shared(&[])).await;
    let challenge = user.start().await;
    let number = user.number();
    let masked = format!("+1********{}", &number[number.len() - 2..]);
    for (name, value) in [
        ("delivery", "VOICE"),
        ("destination", &masked),
        ("codeLength", "6"),
        ("expiresInSeconds", "300"),
        ("attemptsLeft", "3"),
        ("callsLeft", "2"),
        ("callAgainInSeconds", "30"),
    ] {
        assert_eq!(parameter(&challenge, name), value, "{name}");
    }
    let code = user.code().await;
    assert_eq!(code.len(), 6);

    let token = id_token(user.client.answer(&challenge, &code).await);
    assert_eq!(claims(&token)["cognito:username"], *user.name);
    assert_eq!(user.calls().await.len(), 1);
}

#[tokio::test]
async fn an_answer_may_be_typed_pasted_and_dictated() {
    let user = User::new(&Stack::shared(&[])).await;
    let challenge = user.start().await;
    let code = user.code().await;
    // Arabic-Indic digits as they are dictated, between the direction marks that copying brings along.
    let digits = code.chars().map(|digit| ('\u{660}'..='\u{669}').nth(digit as usize - '0' as usize).unwrap());
    let answer = digits.map(String::from).collect::<Vec<_>>().join("، ");
    id_token(user.client.answer(&challenge, &format!("\u{202b}{answer}\u{202c}")).await);
}

#[tokio::test]
async fn a_wrong_code_costs_an_attempt_and_the_same_code_still_works() {
    let user = User::new(&Stack::shared(&[])).await;
    let first = user.start().await;
    let code = user.code().await;

    let second = challenge(user.client.answer(&first, &another(&code)).await);
    assert_eq!(parameter(&second, "attemptsLeft"), "2");
    for name in ["expiresAt", "callsLeft", "destination"] {
        assert_eq!(parameter(&second, name), parameter(&first, name), "{name}");
    }
    id_token(user.client.answer(&second, &code).await);
    assert_eq!(user.calls().await.len(), 1);
}

#[tokio::test]
async fn three_wrong_codes_end_the_sign_in() {
    let user = User::new(&Stack::shared(&[])).await;
    let first = user.start().await;
    let code = user.code().await;
    let wrong = another(&code);

    let second = challenge(user.client.answer(&first, &wrong).await);
    // An answer that is not a code is wrong, not an error.
    let third = challenge(user.client.answer(&second, &"9".repeat(10_000)).await);
    assert_eq!(parameter(&third, "attemptsLeft"), "1");
    assert_eq!(refusal(user.client.answer(&third, &wrong).await), NOT_IN);
    assert_eq!(
        refusal(user.client.answer(&third, &code).await),
        "NotAuthorizedException: Invalid session for the user."
    );
    assert_eq!(user.calls().await.len(), 1);
}

#[tokio::test]
async fn invariant_3_an_expired_code_is_wrong_and_a_call_again_makes_a_new_one() {
    let key = "k".repeat(32);
    let stack = Stack::shared(&["OTP_VALIDITY_SECONDS=2", "OTP_SECONDS_BETWEEN_CALLS=0", &format!("OTP_KEY={key}")]);
    let user = User::new(&stack).await;
    let first = user.start().await;
    // On a busy machine nobody may have heard it before it expires.
    let handle = user.calls().await[0]["attributes"]["Handle"].as_str().unwrap().to_owned();
    let key = Key::new(key.as_bytes()).unwrap();
    let code = Handle::open(&key, &handle).unwrap().code(&key).unwrap().replace(", ", "");
    let expires_at: u64 = parameter(&first, "expiresAt").parse().unwrap();
    clock_at(expires_at).await;

    let second = challenge(user.client.answer(&first, &code).await);
    assert_eq!(parameter(&second, "attemptsLeft"), "2");
    assert_eq!(parameter(&second, "expiresAt"), expires_at.to_string(), "nothing moves the expiry");
    assert_eq!(parameter(&second, "expiresInSeconds"), "0");
    assert_eq!(user.calls().await.len(), 1);
    let verdicts = stack.log_of("answered").await.into_iter().filter(|line| line["trigger"] == "verify");
    let of_user: Vec<_> = verdicts.filter(|line| user.key().ends_with(line["sub"].as_str().unwrap())).collect();
    assert_eq!(of_user.iter().map(|line| &line["outcome"]).collect::<Vec<_>>(), ["expired"]);

    let third = challenge(user.client.call_again(&second).await);
    assert!(parameter(&third, "expiresAt").parse::<u64>().unwrap() > expires_at);
    assert_eq!(parameter(&third, "attemptsLeft"), "2");
    let calls = user.calls().await;
    assert_eq!(calls.len(), 2);
    assert_ne!(id_of_challenge(&calls[0]), id_of_challenge(&calls[1]));
    let fourth = challenge(user.client.answer(&third, &code).await);
    assert_eq!(parameter(&fourth, "attemptsLeft"), "1");
}

#[tokio::test]
async fn invariant_1_without_the_password_there_is_no_call_and_no_challenge() {
    let user = User::new(&Stack::shared(&[])).await;
    assert_eq!(refusal(user.client.start().await), NOT_IN);
    assert!(user.calls().await.is_empty());
}

#[tokio::test]
async fn a_wrong_password_gets_no_call() {
    let stack = Stack::shared(&[]);
    let user = User::new(&stack).await;
    let thief = with_password(&user.name, "Wrong-Horse-7");
    let client = stack.config().await.client(thief, None).await;
    assert_eq!(refusal(client.start_with_password().await), NOT_IN);
    assert!(user.calls().await.is_empty());
}

#[tokio::test]
async fn a_sign_in_can_do_without_the_password_where_that_is_set() {
    let user = User::new(&Stack::shared(&["OTP_MODE=call-only"])).await;
    let challenge = challenge(user.client.start().await);
    id_token(user.client.answer(&challenge, &user.code().await).await);
    assert_eq!(user.calls().await.len(), 1);
}

/// As some clients for iOS and Android begin.
#[tokio::test]
async fn a_sign_in_without_a_password_may_begin_with_srp() {
    let stack = Stack::shared(&["OTP_MODE=call-only"]);
    let user = User::new(&stack).await;
    let client_id = stack.config().await.client_id;
    let parameters = json!({ "USERNAME": user.name, "CHALLENGE_NAME": "SRP_A", "SRP_A": "a".repeat(768) });
    let request = json!({ "AuthFlow": "CUSTOM_AUTH", "ClientId": client_id, "AuthParameters": parameters });
    let (_, _, asked) = stack.cognito("InitiateAuth", &request).await;
    assert_eq!(asked["ChallengeName"], "CUSTOM_CHALLENGE", "{asked}");
    let request = json!({
        "ChallengeName": "CUSTOM_CHALLENGE",
        "ClientId": client_id,
        "Session": asked["Session"],
        "ChallengeResponses": { "USERNAME": user.name, "ANSWER": user.code().await },
    });
    let (_, _, answered) = stack.cognito("RespondToAuthChallenge", &request).await;
    assert!(answered["AuthenticationResult"]["IdToken"].is_string(), "{answered}");
}

#[tokio::test]
async fn codes_have_as_many_digits_as_is_set() {
    for digits in [4, 10] {
        let user = User::new(&Stack::shared(&[&format!("OTP_DIGITS={digits}")])).await;
        let challenge = user.start().await;
        assert_eq!(parameter(&challenge, "codeLength"), digits.to_string());
        let code = user.code().await;
        assert_eq!(code.len(), digits);
        id_token(user.client.answer(&challenge, &code).await);
    }
}

#[tokio::test]
async fn an_app_client_with_a_secret_signs_in_too() {
    let stack = Stack::shared(&[]);
    let Account { user: account, number, .. } = stack.add_user(json!({})).await;
    let config = stack.config().await;
    let client = config.client(account.clone(), Some("")).await;
    let challenge = challenge(client.start_with_password().await);
    let code = crate::user::heard(&stack, &number.unwrap(), 1).await;
    let token = id_token(client.answer(&challenge, &code).await);
    assert_eq!(claims(&token)["aud"], *config.client_id_with_secret);

    let client = config.client(account, Some("another secret")).await;
    let refusal = refusal(client.start_with_password().await);
    assert!(refusal.starts_with("NotAuthorizedException: Unable to verify secret hash"), "{refusal}");
}

/// The parts of the call's client token that identify the challenge.
fn id_of_challenge(call: &Value) -> &str {
    call["clientToken"].as_str().unwrap().split('-').next().unwrap()
}

fn claims(token: &str) -> Value {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&claims).unwrap()
}

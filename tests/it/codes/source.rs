//! Each reason for which Cognito sends a code: a call says it in the user's language, and Cognito takes it.

use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, ChallengeNameType};
use client::cognito::User;
use serde_json::json;

use super::ask::PASSWORD;
use super::{SPOKEN, code_after, sent};
use crate::cognito::Cognito;
use crate::hearing::outcomes;
use crate::phone::{Phone, code_in, last_words};
use crate::stack::Account;
use crate::user::with_password;

const SMS_MFA: ChallengeNameType = ChallengeNameType::SmsMfa;
const SMS_OTP: ChallengeNameType = ChallengeNameType::SmsOtp;

/// A confirmed user with this number, who has no e-mail address.
async fn add_user(pool: &Cognito, number: &str, verified: bool, locale: &str) -> Account {
    let attributes = json!({ "email": null, "locale": locale });
    let user = json!({ "phoneNumber": number, "phoneNumberVerified": verified, "attributes": attributes });
    pool.stack.add_user(user).await
}

/// Each of so many messages was one call.
async fn are_called(pool: &Cognito, count: usize) {
    let lines = sent(&pool.stack, count).await;
    assert!(lines.len() == count && lines.iter().all(|line| line["outcome"] == "called"), "{lines:?}");
    assert_eq!(pool.stack.calls().await.len(), count);
    assert!(pool.stack.messages().await.is_empty(), "the sender is told, and nobody else");
}

/// The old code is void, and so is the call that would speak it.
#[tokio::test]
async fn a_sign_up_is_confirmed_by_the_latest_call() {
    let pool = Cognito::without_gate(&[]).await;
    for (spoken, name, number) in [(&SPOKEN[0], "ann", "+12065550101"), (&SPOKEN[1], "bob", "+12065550102")] {
        let phone = Phone::with_number(&pool.stack, number).await;
        pool.sign_up(name, number, spoken.locale).await.unwrap();
        phone.ring(1).await;
        pool.send_again(name).await.unwrap();
        phone.ring(2).await;
        let old = phone.take(1).await;
        assert_eq!((code_in(&old), last_words(&old)), (None, old["attributes"]["Sorry"].as_str().unwrap()));
        assert_eq!(outcomes(&pool.stack, "speak").await.last().unwrap(), "replaced");
        phone.take(2).await;
        let code = code_after(&pool, number, 2, spoken, spoken.verification).await;
        assert_eq!(code.len(), 6);
        pool.confirm(name, &code).await.unwrap();
        let user = with_password(name, PASSWORD);
        assert_eq!(pool.number(&pool.access_token(&user).await).await, (number.to_owned(), true));
    }
    are_called(&pool, 4).await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_call() {
    let pool = Cognito::without_gate(&[]).await;
    for (spoken, number) in [(&SPOKEN[0], "+12065550101"), (&SPOKEN[1], "+12065550102")] {
        let mut user = add_user(&pool, number, true, spoken.locale).await.user;
        pool.forget(&user.username).await.unwrap();
        let code = code_after(&pool, number, 1, spoken, spoken.reset).await;
        "Another-Horse-8".clone_into(&mut user.password);
        pool.set_password_by_code(&user, &code).await.unwrap();
        pool.access_token(&user).await;
    }
    are_called(&pool, 2).await;
}

#[tokio::test]
async fn a_new_number_is_called_and_counts_once_its_code_was_entered() {
    let pool = Cognito::without_gate(&[]).await;
    for (spoken, old, new) in
        [(&SPOKEN[0], "+12065550101", "+12065550111"), (&SPOKEN[1], "+12065550102", "+12065550112")]
    {
        let user = add_user(&pool, old, true, spoken.locale).await.user;
        let token = pool.access_token(&user).await;
        pool.change_number(&token, new).await.unwrap();
        code_after(&pool, new, 1, spoken, spoken.verification).await;
        // Another code for it.
        pool.change_number(&token, new).await.unwrap();
        let code = code_after(&pool, new, 2, spoken, spoken.verification).await;
        assert_eq!(pool.number(&token).await, (old.to_owned(), true));
        pool.verify(&token, &code).await.unwrap();
        assert_eq!(pool.number(&token).await, (new.to_owned(), true));
        assert!(pool.stack.calls_to(old).await.is_empty());
    }
    are_called(&pool, 4).await;
}

#[tokio::test]
async fn a_number_that_is_not_verified_is_called_to_verify_it() {
    let pool = Cognito::without_gate(&[]).await;
    for (spoken, number) in [(&SPOKEN[0], "+12065550101"), (&SPOKEN[1], "+12065550102")] {
        let user = add_user(&pool, number, false, spoken.locale).await.user;
        let token = pool.access_token(&user).await;
        pool.ask_to_verify(&token).await.unwrap();
        let code = code_after(&pool, number, 1, spoken, spoken.verification).await;
        pool.verify(&token, &code).await.unwrap();
        assert_eq!(pool.number(&token).await, (number.to_owned(), true));
    }
    are_called(&pool, 2).await;
}

#[tokio::test]
async fn a_call_is_the_second_factor_of_both_flows_with_a_password() {
    let pool = Cognito::without_gate(&[]).await;
    let client_id = &pool.config.client_id_password;
    for (spoken, number) in [(&SPOKEN[0], "+12065550101"), (&SPOKEN[1], "+12065550102")] {
        let user = add_user(&pool, number, true, spoken.locale).await.user;
        pool.turn_mfa_on(&pool.access_token(&user).await).await;
        let asked = pool.prove_password(AuthFlowType::UserSrpAuth, client_id, &user).await.unwrap();
        let by_srp = (asked.challenge_name, asked.session, code_after(&pool, number, 1, spoken, spoken.sign_in).await);
        answer(&pool, &user, by_srp).await;
        let asked = pool.sign_in(&user).await.unwrap();
        let by_password =
            (asked.challenge_name, asked.session, code_after(&pool, number, 2, spoken, spoken.sign_in).await);
        answer(&pool, &user, by_password).await;
    }
    are_called(&pool, 4).await;
}

/// Answers with a code of six digits, and gets tokens.
async fn answer(
    pool: &Cognito,
    user: &User,
    (name, session, code): (Option<ChallengeNameType>, Option<String>, String),
) {
    assert_eq!((name, code.len()), (Some(SMS_MFA), 6));
    let answer = [("SMS_MFA_CODE", &*code)];
    let answered = pool.respond(&pool.config.client_id_password, SMS_MFA, session, &user.username, answer).await;
    assert!(answered.unwrap().authentication_result.is_some());
}

#[tokio::test]
async fn a_call_of_eight_digits_is_the_first_factor() {
    let pool = Cognito::without_gate(&[]).await;
    let client_id = &pool.config.client_id_password;
    for (spoken, number) in [(&SPOKEN[0], "+12065550101"), (&SPOKEN[1], "+12065550102")] {
        let user = add_user(&pool, number, true, spoken.locale).await.user;
        // The client says at once what it prefers, or it chooses.
        let preferred = pool.start(AuthFlowType::UserAuth, &user, [("PREFERRED_CHALLENGE", "SMS_OTP")]).await.unwrap();
        let code = code_after(&pool, number, 1, spoken, spoken.sign_in).await;
        assert_eq!((preferred.challenge_name, code.len()), (Some(SMS_OTP), 8));
        let answer = [("SMS_OTP_CODE", &*code)];
        let tokens = pool.respond(client_id, SMS_OTP, preferred.session, &user.username, answer).await.unwrap();
        assert!(tokens.authentication_result.is_some());

        let asked = pool.start(AuthFlowType::UserAuth, &user, []).await.unwrap();
        let choice = (ChallengeNameType::SelectChallenge, [("ANSWER", "SMS_OTP")]);
        let chosen = pool.respond(client_id, choice.0, asked.session, &user.username, choice.1).await.unwrap();
        let code = code_after(&pool, number, 2, spoken, spoken.sign_in).await;
        let answer = [("SMS_OTP_CODE", &*code)];
        let tokens = pool.respond(client_id, SMS_OTP, chosen.session, &user.username, answer).await.unwrap();
        assert!(tokens.authentication_result.is_some());
    }
    are_called(&pool, 4).await;
}

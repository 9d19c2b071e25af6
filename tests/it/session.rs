//! Invariant 3: a code works once.

use crate::{
    stack::Stack,
    user::{User, another, challenge, id_token, refusal},
};

const USED: &str = "NotAuthorizedException: Invalid session for the user.";

#[tokio::test]
async fn invariant_3_a_session_and_its_code_work_once() {
    let user = User::new(&Stack::shared(&[])).await;
    let challenge = user.start().await;
    let code = user.code().await;
    id_token(user.client.answer(&challenge, &code).await);
    assert_eq!(refusal(user.client.answer(&challenge, &code).await), USED);
}

#[tokio::test]
async fn invariant_3_an_old_session_of_a_sign_in_is_no_way_back() {
    let user = User::new(&Stack::shared(&[])).await;
    let first = user.start().await;
    let code = user.code().await;
    let second = challenge(user.client.answer(&first, &another(&code)).await);
    assert_eq!(refusal(user.client.answer(&first, &code).await), USED);
    id_token(user.client.answer(&second, &code).await);
}

#[tokio::test]
async fn invariant_3_a_code_of_one_sign_in_is_wrong_in_the_next() {
    // Ten digits: two codes are not the same by chance.
    let user = User::new(&Stack::shared(&["OTP_DIGITS=10"])).await;
    let first = user.start().await;
    let code = user.code().await;
    let second = user.start().await;
    challenge(user.client.answer(&second, &code).await);
    // The first sign-in goes on as if nothing had been.
    id_token(user.client.answer(&first, &code).await);
    assert_ne!(user.code_of_call(2).await, code);
}

#[tokio::test]
async fn invariant_3_a_code_of_one_user_is_wrong_for_another() {
    let stack = Stack::shared(&["OTP_DIGITS=10"]);
    let (user, other) = (User::new(&stack).await, User::new(&stack).await);
    let (own, others) = (user.start().await, other.start().await);
    challenge(user.client.answer(&own, &other.code().await).await);
    challenge(other.client.answer(&others, &user.code().await).await);
}

//! Invariant 3: a code works once.

use crate::stack::Stack;
use crate::user::{User, another, challenge, id_token, refusal};

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
async fn invariant_3_sign_ins_of_a_user_share_a_code_that_works_once() {
    let user = User::new(&Stack::shared(&[])).await;
    let (first, second, third) = (user.start().await, user.start().await, user.start().await);
    let code = user.code().await;
    id_token(user.client.answer(&second, &code).await);
    // Neither a session from before the code was used nor one with a wrong answer can still sign in.
    let first = challenge(user.client.answer(&first, &another(&code)).await);
    for other in [first, third] {
        challenge(user.client.answer(&other, &code).await);
    }
    assert_eq!(user.calls().await.len(), 1);
}

#[tokio::test]
async fn invariant_3_a_code_of_one_user_is_wrong_for_another() {
    let stack = Stack::shared(&["OTP_DIGITS=10"]);
    let (user, other) = (User::new(&stack).await, User::new(&stack).await);
    let (own, others) = (user.start().await, other.start().await);
    let (code, other_code) = (user.code().await, other.code().await);
    challenge(user.client.answer(&own, &other_code).await);
    challenge(other.client.answer(&others, &code).await);
}

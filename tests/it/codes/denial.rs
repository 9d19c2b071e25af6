//! "I did not ask for that": the key 0 in a call with a code of Cognito's.

use serde_json::{Value, json};

use super::ask::PASSWORD;
use super::{SPOKEN, code_after, lines, sent};
use crate::cognito::Cognito;
use crate::denial::deny;
use crate::phone::{Phone, code_in, last_words};
use crate::user::with_password;

const NUMBER: &str = "+12065550101";
const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn whoever_presses_0_is_not_called_for_that_purpose_for_a_day() {
    let pool = Cognito::without_gate(&[]).await;
    let [english, _] = &SPOKEN;
    let attributes = json!({ "email": null, "locale": english.locale });
    let other = pool.stack.add_user(json!({ "phoneNumber": NUMBER, "attributes": attributes })).await.user;
    let phone = Phone::with_number(&pool.stack, NUMBER).await;
    pool.sign_up("ann", NUMBER, english.locale).await.unwrap();
    let call = deny(&phone, 1).await;
    assert_eq!((last_words(&call), code_in(&call)), (call["attributes"]["Denied"].as_str().unwrap(), None));
    let line = lines(&pool.stack, "answered", "speak").await.pop().unwrap();
    assert_eq!(line["outcome"], "code-denied");
    assert_eq!(line.get("SignInsDenied"), None, "no sign-in was stopped");

    // Neither the same user nor another one has it called.
    pool.send_again("ann").await.unwrap();
    is_refused(&sent(&pool.stack, 2).await[1]);
    pool.sign_up("bob", NUMBER, english.locale).await.unwrap();
    is_refused(&sent(&pool.stack, 3).await[2]);
    drop(phone);

    // For other purposes it is called.
    pool.forget(&other.username).await.unwrap();
    let code = code_after(&pool, NUMBER, 2, english, english.reset).await;
    pool.set_password_by_code(&other, &code).await.unwrap();
    pool.turn_mfa_on(&pool.access_token(&other).await).await;
    pool.sign_in(&other).await.unwrap();
    code_after(&pool, NUMBER, 3, english, english.sign_in).await;

    let table = pool.stack.table().await;
    table.let_pass(DAY - 60).await;
    pool.send_again("ann").await.unwrap();
    is_refused(&sent(&pool.stack, 6).await[5]);
    table.let_pass(60).await;
    pool.send_again("ann").await.unwrap();
    let code = code_after(&pool, NUMBER, 4, english, english.verification).await;
    pool.confirm("ann", &code).await.unwrap();
    pool.access_token(&with_password("ann", PASSWORD)).await;
}

fn is_refused(line: &Value) {
    assert_eq!(
        (&line["outcome"], &line["limit"], &line["level"]),
        (&json!("code-refused"), &json!("denied"), &json!("WARN"))
    );
}

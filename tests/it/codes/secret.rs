//! Invariant 5: no code of Cognito's is at rest or in a log, whatever becomes of it.

use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use serde_json::json;

use super::{SPOKEN, code_after, lines, sent};
use crate::cognito::Cognito;
use crate::denial::deny;
use crate::phone::Phone;
use crate::stack::wait_for;
use crate::user::heard;

const PASSWORD: &str = "Temporary-Horse-9";
/// A number that begins so is written nowhere but where it is dialled.
const NATIONAL: &str = "20655501";

#[tokio::test]
async fn invariant_5_no_code_of_cognitos_is_kept_or_logged() {
    let settings = ["--set", "LOG_LEVEL=debug", "--set", "OTP_SMS_ORIGINATION_IDENTITY=+12065550188"];
    let pool = Cognito::without_gate(&settings).await;
    let mut codes = codes_that_are_heard(&pool).await;
    codes.extend(codes_after_trouble(&pool).await);
    // By text, and refused: two calls to that number were all.
    pool.invite_by_text("invited", "+12065550107", PASSWORD).await;
    pool.send_again("dan").await.unwrap();
    pool.send_again("dan").await.unwrap();
    let ends = sent(&pool.stack, 11).await;

    let log = pool.stack.log().await;
    for outcome in ["called", "code-by-text", "code-refused", "code-denied", "spoken", "CALL_BUSY"] {
        assert!(
            log.iter().any(|line| line.contains(&format!("\"{outcome}\""))),
            "nothing was logged of {outcome}: {ends:?}"
        );
    }
    let rows = pool.stack.table().await.rows().await;
    assert!(rows.keys().any(|key| key.starts_with("CODE#")) && rows.keys().any(|key| key.starts_with("NUMBER#")));
    let attributes = pool.stack.calls().await.into_iter().map(|call| call["attributes"].to_string());
    let seen: Vec<_> = log.into_iter().chain(rows.values().map(|row| format!("{row:?}"))).chain(attributes).collect();

    // Six digits are in some longer number by chance.
    let is_apart =
        |text: &str, code: &str| text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == code);
    for code in &codes {
        let digits: Vec<_> = code.split("").filter(|digit| !digit.is_empty()).collect();
        let apart = [", ", ",", " ", "-", "\",\""].map(|between| digits.join(between));
        let found = seen.iter().find(|text| is_apart(text, code) || apart.iter().any(|code| text.contains(&**code)));
        assert!(found.is_none(), "{code} is in {found:?}");
    }
    for secret in [PASSWORD, NATIONAL] {
        let found = seen.iter().find(|text| text.contains(secret));
        assert!(found.is_none(), "{secret} is in {found:?}");
    }
    let messages = json!(pool.stack.messages().await).to_string();
    assert!(messages.contains(PASSWORD) && codes.iter().all(|code| !messages.contains(code)));
}

/// For each purpose one, and one of eight digits.
async fn codes_that_are_heard(pool: &Cognito) -> Vec<String> {
    let [english, _] = &SPOKEN;
    let mut codes = Vec::new();
    pool.sign_up("ann", "+12065550101", english.locale).await.unwrap();
    codes.push(code_after(pool, "+12065550101", 1, english, english.verification).await);
    pool.confirm("ann", &codes[0]).await.unwrap();

    let user = json!({ "phoneNumber": "+12065550102", "attributes": { "email": null, "locale": "en-US" } });
    let user = pool.stack.add_user(user).await.user;
    pool.forget(&user.username).await.unwrap();
    codes.push(code_after(pool, "+12065550102", 1, english, english.reset).await);
    pool.start(AuthFlowType::UserAuth, &user, [("PREFERRED_CHALLENGE", "SMS_OTP")]).await.unwrap();
    codes.push(code_after(pool, "+12065550102", 2, english, english.sign_in).await);
    pool.turn_mfa_on(&pool.access_token(&user).await).await;
    pool.sign_in(&user).await.unwrap();
    codes.push(code_after(pool, "+12065550102", 3, english, english.sign_in).await);
    codes
}

/// Codes that were said at last, after a denial, an error of Connect's and one of KMS's.
async fn codes_after_trouble(pool: &Cognito) -> Vec<String> {
    let mut codes = Vec::new();
    let phone = Phone::with_number(&pool.stack, "+12065550103").await;
    pool.sign_up("bob", "+12065550103", "en-US").await.unwrap();
    deny(&phone, 1).await;
    drop(phone);

    // Both tries fail, and the message is lost.
    pool.stack.inject_fault(json!({ "next": 99, "error": "LimitExceededException" })).await;
    pool.sign_up("cat", "+12065550104", "en-US").await.unwrap();
    wait_for("both tries to fail", async || (lines(&pool.stack, "fault", "send").await.len() >= 2).then_some(())).await;
    pool.stack.clear_faults().await;
    pool.send_again("cat").await.unwrap();
    codes.push(heard(&pool.stack, "+12065550104", 1).await);

    pool.stack.inject_fault(json!({ "service": "kms", "next": 99, "error": "KMSInternalException" })).await;
    pool.sign_up("dan", "+12065550105", "en-US").await.unwrap();
    wait_for("the call to end", async || {
        pool.stack.calls_to("+12065550105").await.pop().filter(|call| call["state"] == "ended")
    })
    .await;
    pool.stack.clear_faults().await;
    pool.send_again("dan").await.unwrap();
    codes.push(heard(&pool.stack, "+12065550105", 2).await);
    codes
}

//! "That wasn't me": the key 0 at the gate stops the sign-in, and further calls for a while.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::hearing::{event, outcomes, stack};
use crate::password_reset::with_new_password;
use crate::phone::{Phone, code_in, last_words};
use crate::stack::{Stack, clock_at};
use crate::table::text;
use crate::user::{User, challenge, id_token, parameter, refusal};
use crate::voice_otp::run_set;

/// Answers a call, and presses 0 at the question.
pub(crate) async fn deny(phone: &Phone<'_>, count: usize) -> Value {
    phone.answer(count).await;
    phone.lines(count, 1).await;
    phone.hear(count, 1).await;
    phone.lines(count, 2).await;
    phone.press(count, "0").await;
    phone.listen(count, false).await
}

/// A user who has denied the first call.
async fn denied(stack: &Arc<Stack>) -> User {
    let user = User::new(stack).await;
    let phone = Phone::of(&user).await;
    user.start().await;
    let call = deny(&phone, 1).await;
    assert_eq!(last_words(&call), call["attributes"]["Denied"]);
    drop(phone);
    user
}

/// The seconds in the error of the next sign-in.
fn seconds(refusal: &str, word: &str) -> u64 {
    let (_, rest) = refusal.split_once(&format!("[{word} ")).unwrap_or_else(|| panic!("{refusal}"));
    rest.split_once(']').unwrap().0.parse().unwrap()
}

/// Invariant 3: the right code is refused, and the next sign-in says why.
#[tokio::test]
async fn invariant_3_a_denied_code_works_nowhere() {
    let stack = stack();
    let user = User::new(&stack).await;
    let phone = Phone::of(&user).await;
    let first = user.start().await;
    let code = code_in(&phone.take(1).await).unwrap();
    let second = challenge(user.client.call_again(&first).await);
    let call = deny(&phone, 2).await;
    assert_eq!((last_words(&call), &call["endedBy"]), (call["attributes"]["Denied"].as_str().unwrap(), &json!("flow")));
    assert_eq!(code_in(&call), None);
    let lines = stack.log_of("answered").await;
    let line = lines.iter().rfind(|line| line["trigger"] == "speak").unwrap();
    assert_eq!(
        (&line["outcome"], &line["SignInsDenied"], &line["sub"]),
        (&json!("sign-in-denied"), &json!(1), &json!(user.sub()))
    );
    let table = stack.table().await;
    let row = table.row(&user.key()).await;
    assert!(row.has("deniedAt") && row.number("attemptsLeft") == 0, "{row:?}");

    // Not even the right code, nor the call that was heard before.
    challenge(user.client.answer(&second, &code).await);
    assert_eq!(outcomes(&stack, "verify").await.last().map(String::as_str), Some("denied"));
    let heard = user.calls().await.remove(0);
    let answer = stack.invoke("speak-code", &event(&heard, "/Name", json!("ContactFlowEvent"))).await.answer();
    assert_eq!(answer, json!({ "Result": "none" }));
    assert_eq!(outcomes(&stack, "speak").await.last().map(String::as_str), Some("denied"));

    let refused = refusal(user.client.start_with_password().await);
    assert!(refused.contains("A sign-in was stopped from your phone, try again in "), "{refused}");
    assert!((1..=900).contains(&seconds(&refused, "SIGN_IN_DENIED")), "{refused}");
    assert_eq!(user.calls().await.len(), 2);
    assert_eq!(table.row(&user.key()).await, row);
}

/// Without a password, a word of its own would tell that the user exists.
#[tokio::test]
async fn in_call_only_the_next_sign_in_and_the_next_call_get_the_word_of_a_limit() {
    let stack = Arc::new(Stack::start(&["OTP_MODE=call-only", "OTP_SECONDS_BETWEEN_CALLS=0"]));
    let user = User::new(&stack).await;
    let phone = Phone::of(&user).await;
    let asked = challenge(user.client.start().await);
    deny(&phone, 1).await;
    for refused in [refusal(user.client.start().await), refusal(user.client.call_again(&asked).await)] {
        assert!(
            (1..=900).contains(&seconds(&refused, "CALL_LIMIT")) && refused.contains("Too many calls"),
            "{refused}"
        );
    }
    assert_eq!(user.calls().await.len(), 1);
}

#[tokio::test]
async fn a_denial_is_over_after_its_time() {
    let stack = stack();
    let user = denied(&stack).await;
    stack.table().await.let_pass(900).await;
    let asked = user.start().await;
    id_token(user.client.answer(&asked, &user.code_of_call(2).await).await);
}

#[tokio::test]
async fn a_reset_of_the_password_ends_a_denial() {
    let stack = stack();
    let user = denied(&stack).await;
    refusal(user.client.start_with_password().await);
    let client = with_new_password(&stack, &user).await;
    let asked = challenge(client.start_with_password().await);
    id_token(client.answer(&asked, &user.code_of_call(2).await).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_a_denial_and_clears_it() {
    let stack = stack();
    let user = denied(&stack).await;
    let (status, said) = run_set(&stack, &["ledger", &user.name], &[]).await;
    assert!(status == Some(0) && said.contains("Denied     the user denied a sign-in at "), "{said}");
    assert!(said.contains("; its lock ends at ") && !said.contains(user.number()), "{said}");
    let (status, said) = run_set(&stack, &["unlock", &user.name], &[]).await;
    assert!(status == Some(0) && said.contains("Cleared the denial of "), "{said}");
    let (_, said) = run_set(&stack, &["ledger", &user.name], &[]).await;
    assert!(said.contains("Denied     never") && said.contains("Lock       none"), "{said}");
    let asked = user.start().await;
    id_token(user.client.answer(&asked, &user.code_of_call(2).await).await);
}

#[tokio::test]
async fn a_call_whose_code_has_expired_stops_nothing() {
    let stack = Arc::new(Stack::start(&["OTP_VALIDITY_SECONDS=1", "OTP_SECONDS_BETWEEN_CALLS=0"]));
    let user = User::new(&stack).await;
    let phone = Phone::of(&user).await;
    let asked = user.start().await;
    phone.ring(1).await;
    clock_at(parameter(&asked, "expiresAt").parse().unwrap()).await;
    let call = deny(&phone, 1).await;
    assert_eq!(last_words(&call), call["attributes"]["Goodbye"]);
    assert_eq!(outcomes(&stack, "speak").await, ["expired"]);
    let row = stack.table().await.row(&user.key()).await;
    assert!(!row.has("deniedAt") && row.number("attemptsLeft") == 3, "{row:?}");
}

/// A sign-in of somebody else may have replaced the code while the phone rang.
#[tokio::test]
async fn a_call_whose_code_was_replaced_stops_the_sign_in_all_the_same() {
    let stack = stack();
    let user = User::new(&stack).await;
    let phone = Phone::of(&user).await;
    let asked = user.start().await;
    phone.ring(1).await;
    let (table, other) = (stack.table().await, text("f".repeat(32)));
    table.put(table.row(&user.key()).await.with("challengeId", other)).await;
    let call = deny(&phone, 1).await;
    assert_eq!(last_words(&call), call["attributes"]["Denied"]);
    let row = table.row(&user.key()).await;
    assert!(row.has("deniedAt") && row.number("attemptsLeft") == 0, "{row:?}");
    let refused = refusal(user.client.call_again(&asked).await);
    assert!((1..=900).contains(&seconds(&refused, "SIGN_IN_DENIED")), "{refused}");
}

/// Connect may repeat an invocation whose answer it did not get.
#[tokio::test]
async fn three_invocations_are_one_denial() {
    let stack = stack();
    let lost = json!({ "service": "lambda", "next": 2, "error": "Unhandled", "afterwards": true });
    stack.inject_fault(lost).await;
    let user = denied(&stack).await;
    assert_eq!(outcomes(&stack, "speak").await, ["sign-in-denied"; 3]);
    let row = stack.table().await.row(&user.key()).await;
    assert!(row.has("deniedAt") && row.number("attemptsLeft") == 0 && row.number("failures") == 0, "{row:?}");
}

#[tokio::test]
async fn a_denial_that_can_not_be_written_ends_with_goodbye_and_the_sign_in_goes_on() {
    let stack = stack();
    let user = User::new(&stack).await;
    let phone = Phone::of(&user).await;
    let first = user.start().await;
    phone.ring(1).await;
    let fault = json!({ "service": "dynamodb", "next": 99, "operation": "UpdateItem", "error": "ThrottlingException" });
    stack.inject_fault(fault).await;
    let call = deny(&phone, 1).await;
    stack.clear_faults().await;
    assert_eq!(last_words(&call), call["attributes"]["Goodbye"]);
    assert!(!stack.table().await.row(&user.key()).await.has("deniedAt"));
    let second = challenge(user.client.call_again(&first).await);
    let code = code_in(&phone.take(2).await).unwrap();
    id_token(user.client.answer(&second, &code).await);
}

#[tokio::test]
async fn another_contact_and_another_wish_stop_nothing() {
    let stack = stack();
    let user = User::new(&stack).await;
    let asked = user.start().await;
    let code = user.code().await;
    let call = user.calls().await.remove(0);
    for (wish, pointer, value, outcome) in [
        (json!("deny"), "/Details/ContactData/CustomerEndpoint/Address", json!("+12065550123"), "number"),
        (json!("deny"), "/Details/ContactData/InitiationMethod", json!("INBOUND"), "initiation"),
        (json!("deny"), "/Details/Parameters/handle", json!("another"), "handle"),
        (json!("Deny"), "/Name", json!("ContactFlowEvent"), "wish"),
        (json!(true), "/Name", json!("ContactFlowEvent"), "wish"),
    ] {
        let mut event = event(&call, pointer, value);
        event["Details"]["Parameters"]["wish"] = wish;
        let answer = stack.invoke("speak-code", &event).await.answer();
        assert_eq!(answer, json!({ "Result": "none" }), "{outcome}");
        assert_eq!(outcomes(&stack, "speak").await.last().map(String::as_str), Some(outcome));
    }
    assert!(!stack.table().await.row(&user.key()).await.has("deniedAt"));
    id_token(user.client.answer(&asked, &code).await);
}

//! Invariant 7: the countries and types of the numbers that are called.

use serde_json::json;

use super::{CALL_ONLY, stack_with_user};
use crate::stack::{Invoked, Stack};
use crate::user::{User, challenge, heard, parameter};

const COUNTRIES: &str = "OTP_COUNTRIES=US,GB,DE";

/// libphonenumber's examples.
const NOT_ALLOWED: [(&str, &str, &[&str]); 2] = [
    (
        "PHONE_COUNTRY_NOT_ALLOWED",
        "Your phone number's country is not called [PHONE_COUNTRY_NOT_ALLOWED]",
        &[
            // Canada and Jamaica share the calling code of the United States, Guernsey that of Great Britain.
            "+14165550123",
            "+18762101234",
            "+447781123456",
            "+33612345678",
            // Satellite phones, an international network, and numbers of no country that are toll-free or premium-rate.
            "+870301234567",
            "+881612345678",
            "+882162345678",
            "+80012345678",
            "+979123456789",
        ],
    ),
    (
        "PHONE_TYPE_NOT_ALLOWED",
        "Phone numbers of your type are not called [PHONE_TYPE_NOT_ALLOWED]",
        &[
            // Premium-rate.
            "+19002345678",
            "+449012345678",
            "+499001234567",
            // Toll-free.
            "+18002345678",
            "+448001234567",
            // Shared-cost.
            "+448431234567",
            "+4918012345",
            // Pagers.
            "+447640123456",
            "+4916412345",
            // Personal and company numbers.
            "+447012345678",
            "+445512345678",
        ],
    ),
];

#[tokio::test]
async fn invariant_7_nobody_is_called_in_another_country_or_at_another_type_of_number() {
    let stack = Stack::start(&[COUNTRIES]).into();
    for (word, text, numbers) in NOT_ALLOWED {
        for number in numbers {
            let user = User::with(&stack, json!({ "phoneNumber": number })).await;
            let Invoked::Error(said_word, said) = stack.invoke("create-challenge", &user.create_event()).await else {
                panic!("{number} was answered")
            };
            assert_eq!((&*said_word, &*said), (word, text), "{number}");
        }
    }
    let rows = stack.table().await.rows().await;
    assert!(rows.is_empty(), "{rows:?}");
    assert!(stack.calls().await.is_empty());
}

/// Without a password before it, the error would show a stranger that the user exists.
#[tokio::test]
async fn invariant_7_without_a_password_it_does_not_show_that_nobody_is_called() {
    let stack = Stack::start(&[COUNTRIES, CALL_ONLY]).into();
    for number in NOT_ALLOWED.iter().flat_map(|(_, _, numbers)| *numbers) {
        let user = User::with(&stack, json!({ "phoneNumber": number })).await;
        let challenge = challenge(user.client.start().await);
        // The country of the calling number, as for an unknown name.
        assert!(parameter(&challenge, "destination").starts_with("+1********"), "{number}");
    }
    let rows = stack.table().await.rows().await;
    assert!(rows.keys().all(|key| key.contains("UNKNOWN#")), "nothing counts for a number or in all: {rows:?}");
    assert!(stack.calls().await.is_empty());
}

#[tokio::test]
async fn the_usual_types_of_the_countries_that_are_named_are_called() {
    let stack = Stack::start(&[COUNTRIES, CALL_ONLY]).into();
    for (calls, number) in (1..).zip(["+12015550123", "+447400123456", "+445612345678", "+4915123456789"]) {
        let user = User::with(&stack, json!({ "phoneNumber": number })).await;
        challenge(user.client.start().await);
        assert_eq!(stack.calls().await.len(), calls, "{number}");
    }
    for country in ["US", "GB", "DE"] {
        let rows = stack.table().await.rows().await;
        assert!(rows.keys().any(|key| key.starts_with(&format!("CALLS#{country}#HOUR#"))), "{rows:?}");
    }
}

/// Somebody with the old phone knows the code.
#[tokio::test]
async fn a_code_that_one_phone_has_heard_is_not_that_of_another() {
    let (stack, user) = stack_with_user(&["OTP_DIGITS=10"]).await;
    let number = "+12065550190";
    let mut moved = user.create_event();
    moved["request"]["userAttributes"]["phone_number"] = json!(number);
    user.create().await;
    let code = user.code().await;

    let Invoked::Error(word, _) = stack.invoke("create-challenge", &moved).await else { panic!("it joined") };
    assert_eq!(word, "CALL_LIMIT");
    stack.table().await.let_pass(30).await;
    let created = stack.invoke("create-challenge", &moved).await.answer()["response"].take();
    let new_code = heard(&stack, number, 1).await;
    assert_ne!(new_code, code);
    for (text, right) in [(code, false), (new_code, true)] {
        let answer = stack.invoke("verify-challenge", &user.answer_event(&created, text)).await.answer();
        assert_eq!(answer["response"]["answerCorrect"], right);
    }
}

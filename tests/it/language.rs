//! The language that an app wishes for: one of those that there are, with the password or with another call.

use client::cognito::Challenge;
use serde_json::json;

use crate::stack::Stack;
use crate::user::{User, challenge};

async fn start(user: &User, language: &str) -> Challenge {
    challenge(user.client.start_with_password_and(&[("language", language)]).await)
}

/// The language of the user's latest call.
async fn spoken(user: &User) -> String {
    user.calls().await.pop().expect("the user was called")["attributes"]["Language"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_wish_with_the_password_goes_before_the_users_locale_and_number() {
    let stack = Stack::shared(&[]);
    for (locale, wish, language) in [
        (None, "de-DE", "de-DE"),
        (Some("fr-FR"), "de-DE", "de-DE"),
        (None, "pt_BR", "pt-BR"),
        (None, "de-AT", "de-DE"),
        // There is no such language: as without a wish.
        (Some("fr-FR"), "tlh", "fr-FR"),
        (None, "tlh", "en-US"),
        (Some("fr-FR"), "", "fr-FR"),
    ] {
        let fields = locale.map_or(json!({}), |locale| json!({ "attributes": { "locale": locale } }));
        let user = User::with(&stack, fields).await;
        start(&user, wish).await;
        assert_eq!(spoken(&user).await, language, "{locale:?} {wish}");
    }
}

#[tokio::test]
async fn a_wish_with_another_call_is_for_that_call() {
    let stack = Stack::shared(&["OTP_SECONDS_BETWEEN_CALLS=0"]);
    let user = User::new(&stack).await;
    let first = start(&user, "de-DE").await;
    let again = [("callAgain", "true"), ("language", "es-ES")];
    let second = challenge(user.client.answer_with(&first, "again", &again).await);
    assert_eq!(spoken(&user).await, "es-ES");
    challenge(user.client.call_again(&second).await);
    assert_eq!(spoken(&user).await, "en-US");
}

/// It chooses among equals: number and limits are the user's own.
#[tokio::test]
async fn a_wish_changes_nothing_else() {
    let stack = Stack::shared(&[]);
    let (wishes, other) = (User::new(&stack).await, User::new(&stack).await);
    let (with, without) = (start(&wishes, "de-DE").await, other.start().await);
    for name in ["attemptsLeft", "callAgainInSeconds", "callsLeft", "codeLength", "deviceDays", "expiresInSeconds"] {
        assert_eq!(with.parameter(name), without.parameter(name), "{name}");
    }
    start(&wishes, "fr-FR").await;
    assert_eq!(wishes.calls().await.len(), 1, "the phone rings already");
}

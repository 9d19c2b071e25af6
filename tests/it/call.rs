//! The call: who hears the code, and in which language.

use std::sync::Arc;

use serde_json::{Value, json};
use sign_in::call::Language;

use crate::phone::Phone;
use crate::stack::{Stack, wait_for};
use crate::user::{User, challenge, id_token};

/// The transcript and the attributes of an ended call.
struct Heard {
    says: Vec<String>,
    presses: Vec<String>,
    attributes: Value,
    ended_by: Value,
}

/// The first call to a user, when it has ended.
async fn heard(user: &User) -> Heard {
    let call = wait_for("the call to end", async || {
        user.calls().await.into_iter().next().filter(|call| call["state"] == "ended")
    })
    .await;
    let lines = |key: &str| {
        let lines = call["transcript"].as_array().unwrap().iter();
        lines.filter_map(|line| line[key].as_str().map(str::to_owned)).collect()
    };
    Heard {
        says: lines("says"),
        presses: lines("hears"),
        attributes: call["attributes"].clone(),
        ended_by: call["endedBy"].clone(),
    }
}

async fn user_with_locale(stack: &Arc<Stack>, locale: &str) -> User {
    User::with(stack, json!({ "attributes": { "locale": locale } })).await
}

/// What a contact attribute was set to.
fn attribute<'a>(heard: &'a Heard, name: &str) -> &'a str {
    heard.attributes[name].as_str().unwrap_or_else(|| panic!("there is no attribute {name}"))
}

#[tokio::test]
async fn whoever_presses_the_key_that_is_asked_for_hears_the_code_twice_and_a_warning() {
    let user = User::new(&Stack::shared(&[])).await;
    let round = user.start().await;
    let code = user.code().await;
    let heard = heard(&user).await;
    let [greeting, gate, spoken, closing] = &heard.says[..] else { panic!("{:?}", heard.says) };
    assert_eq!(greeting, attribute(&heard, "Greeting"));
    assert!(greeting.contains("Example"), "{greeting}");
    assert_eq!(*gate, format!("{} {}", attribute(&heard, "GatePrompt"), attribute(&heard, "DenyPrompt")));
    assert_eq!(heard.presses, [attribute(&heard, "GateDigit")]);
    let digits: Vec<_> = code.chars().map(String::from).collect();
    assert_eq!(spoken.matches(&digits.join(", ")).count(), 2, "{spoken}");
    assert_eq!(closing, attribute(&heard, "Closing"));
    assert_eq!(heard.ended_by, json!("flow"));
    id_token(user.client.answer(&round, &code).await);
}

#[tokio::test]
async fn whoever_presses_another_key_three_times_hears_no_code() {
    let user = User::new(&Stack::shared(&[])).await;
    let phone = Phone::of(&user).await;
    user.start().await;
    phone.answer(1).await;
    let wrong = if phone.ring(1).await["attributes"]["GateDigit"] == "1" { "2" } else { "1" };
    for question in 1..=3 {
        // The greeting, and a key after each earlier question.
        let lines = 2 * question - 1;
        phone.lines(1, lines).await;
        phone.hear(1, lines).await;
        phone.lines(1, lines + 1).await;
        phone.press(1, wrong).await;
    }
    phone.listen(1, false).await;
    let heard = heard(&user).await;
    assert_eq!(heard.says.last().map(String::as_str), Some(attribute(&heard, "Goodbye")));
    assert_eq!((heard.says.len(), heard.presses.len()), (5, 3), "{:?}", heard.says);
    assert!(!heard.says.concat().contains(attribute(&heard, "CodeIntro")));
    assert!(
        user.stack.log_of("answered").await.iter().all(|line| line["sub"] != user.sub() || line["trigger"] != "speak")
    );
}

#[tokio::test]
async fn without_the_gate_the_code_is_spoken_at_once() {
    let user = User::new(&Stack::shared(&["OTP_GATE=off"])).await;
    user.start().await;
    let heard = heard(&user).await;
    assert_eq!((heard.says.len(), heard.presses.len()), (3, 0), "{:?}", heard.says);
    assert!(heard.says[1].contains(attribute(&heard, "CodeIntro")));
    assert!(heard.attributes.get("GateDigit").is_none());
}

/// Runs each language through the deployed flow: all its phrases are well-formed there.
#[tokio::test]
async fn a_call_is_in_the_language_of_the_users_locale() {
    let stack = Stack::shared(&["OTP_MAX_CALLS_COUNTRY_HOUR=0", "OTP_MAX_CALLS_ALL_HOUR=0"]);
    let mut users = Vec::new();
    for language in Language::all() {
        let user = user_with_locale(&stack, language.tag()).await;
        user.start().await;
        users.push((language, user));
    }
    for (language, user) in users {
        let heard = heard(&user).await;
        assert_eq!(attribute(&heard, "Language"), language.tag());
        assert_eq!(attribute(&heard, "Voice"), language.voice());
        assert_eq!(heard.says.len(), 4, "{language:?}: {:?}", heard.says);
        for (says, phrase) in heard.says.iter().zip(["Greeting", "GatePrompt", "CodeAgain", "Closing"]) {
            assert!(says.contains(attribute(&heard, phrase)), "{language:?}: {says}");
        }
        assert!(heard.says[1].ends_with(attribute(&heard, "DenyPrompt")), "{language:?}: {:?}", heard.says);
        for phrase in ["Denied", "Goodbye", "Sorry"] {
            assert!(!attribute(&heard, phrase).is_empty(), "{language:?}: {phrase}");
        }
    }
}

#[tokio::test]
async fn without_a_known_locale_the_country_of_the_number_says_the_language() {
    let stack = Stack::shared(&["OTP_COUNTRIES=US,CH,KE", "OTP_LANGUAGE=sv-SE"]);
    for (locale, number, tag) in [
        ("sw", "+12065550177", "en-US"),
        ("", "+41446681800", "de-DE"),
        // No voice speaks Swahili, so the default is used.
        ("sw-KE", "+254712345678", "sv-SE"),
    ] {
        let user = User::with(&stack, json!({ "phoneNumber": number, "attributes": { "locale": locale } })).await;
        user.start().await;
        assert_eq!(attribute(&heard(&user).await, "Language"), tag, "{number}");
    }
}

#[tokio::test]
async fn the_digit_is_drawn_for_each_call() {
    let stack = Stack::shared(&[
        "OTP_SECONDS_BETWEEN_CALLS=0",
        "OTP_MAX_CALLS=10",
        "OTP_MAX_CALLS_QUARTER_HOUR=0",
        "OTP_MAX_CALLS_HOUR=0",
    ]);
    let user = User::new(&stack).await;
    let mut latest = user.start().await;
    for _ in 1..10 {
        latest = challenge(user.client.call_again(&latest).await);
    }
    let calls = user.calls().await;
    assert_eq!(calls.len(), 10);
    // Ten calls have the same digit by chance once in 9^9 runs.
    assert!(calls.iter().any(|call| call["attributes"]["GateDigit"] != calls[0]["attributes"]["GateDigit"]));
}

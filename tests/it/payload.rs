//! Invariant 8: no payload ends a function's process.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::stack::{Invoked, Stack};
use crate::user::User;

const FUNCTIONS: [(&str, &str); 3] = [
    ("define-challenge", "DefineAuthChallenge_Authentication"),
    ("create-challenge", "CreateAuthChallenge_Authentication"),
    ("verify-challenge", "VerifyAuthChallengeResponse_Authentication"),
];

#[tokio::test]
async fn invariant_8_what_is_no_event_of_the_trigger_is_an_error_with_a_fixed_text() {
    let stack = Stack::start(&[]);
    for (function, source) in FUNCTIONS {
        for payload in [
            json!([]),
            json!("x"),
            json!(null),
            json!(7),
            json!(true),
            json!({}),
            json!([{ "triggerSource": source }]),
            json!({ "triggerSource": null, "request": {} }),
            json!({ "triggerSource": [source], "request": {} }),
            json!({ "triggerSource": "PreSignUp_SignUp", "request": {} }),
            json!({ "triggerSource": source.to_lowercase(), "request": {} }),
            json!({ "triggerSource": another(source), "request": {} }),
            json!({ "triggerSource": source, "request": [] }),
            json!({ "triggerSource": source, "request": "x" }),
            json!({ "triggerSource": source, "request": 7 }),
            json!({ "triggerSource": source, "request": { "clientMetadata": "x" } }),
            json!({ "triggerSource": source, "request": { "userNotFound": "maybe" } }),
        ] {
            assert!(refused(&stack, function, &payload).await, "{function} answered {payload}");
        }
        lives(&stack, function, source).await;
    }
    assert!(stack.calls().await.is_empty());
}

/// Depending on the function, the result is an error with a fixed text or an answer. Unit tests check which.
#[tokio::test]
async fn invariant_8_a_request_of_odd_types_is_survived() {
    let stack = Stack::start(&[]);
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let odd = [
        json!(null),
        json!([]),
        json!({}),
        json!(""),
        json!(-1),
        json!(1e300),
        json!([[{}]]),
        json!({ "a": [1] }),
        deep,
    ];
    let names = [
        "session",
        "userAttributes",
        "clientMetadata",
        "userNotFound",
        "challengeName",
        "challengeAnswer",
        "privateChallengeParameters",
    ];
    for (function, source) in FUNCTIONS {
        for (name, value) in names.iter().flat_map(|name| odd.iter().map(move |value| (*name, value))) {
            let payload =
                json!({ "triggerSource": source, "userName": value, "request": { name: value }, "response": value });
            refused(&stack, function, &payload).await;
        }
        for round in [
            json!({ "challengeName": 7 }),
            json!({ "challengeName": "CUSTOM_CHALLENGE", "challengeResult": "yes" }),
            json!({ "challengeName": "CUSTOM_CHALLENGE", "challengeMetadata": ["x"] }),
            json!({ "challengeName": "CUSTOM_CHALLENGE", "challengeMetadata": "1.2.3" }),
            json!("CUSTOM_CHALLENGE"),
            json!([]),
        ] {
            let payload = json!({ "triggerSource": source, "request": { "session": vec![round; 40] } });
            refused(&stack, function, &payload).await;
        }
        lives(&stack, function, source).await;
    }
    assert!(stack.calls().await.is_empty());
}

/// The function that Connect invokes.
#[tokio::test]
async fn invariant_8_a_contact_of_odd_types_gets_no_code() {
    let stack = Stack::start(&[]);
    let contact = json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Channel": "VOICE",
                "ContactId": "11111111-2222-4333-8444-555555555555",
                "CustomerEndpoint": { "Address": "+12065550177", "Type": "TELEPHONE_NUMBER" },
                "InitiationMethod": "API",
                "InstanceARN": "arn",
            },
            "Parameters": { "handle": "x", "wish": null },
        },
    });
    let places = [
        "",
        "/Name",
        "/Details",
        "/Details/ContactData",
        "/Details/ContactData/Channel",
        "/Details/ContactData/ContactId",
        "/Details/ContactData/CustomerEndpoint",
        "/Details/ContactData/CustomerEndpoint/Address",
        "/Details/ContactData/InitiationMethod",
        "/Details/ContactData/InstanceARN",
        "/Details/Parameters",
        "/Details/Parameters/handle",
        "/Details/Parameters/wish",
    ];
    let (bloated, dashes) = ("A".repeat(100_000), "-".repeat(36));
    let odd = [json!(null), json!([]), json!({}), json!(""), json!(-1), json!(true), json!(bloated), json!(dashes)];
    for (place, value) in places.iter().flat_map(|place| odd.iter().map(move |value| (*place, value))) {
        let mut payload = contact.clone();
        *payload.pointer_mut(place).unwrap() = value.clone();
        match stack.invoke("speak-code", &payload).await {
            Invoked::Answer(answer) => assert_eq!(answer, json!({ "Result": "none" }), "{place} {value}"),
            Invoked::Error(word, text) => {
                let unavailable = "Sign-in is not available, ask for help [SIGN_IN_UNAVAILABLE]";
                assert_eq!((&*word, &*text), ("SIGN_IN_UNAVAILABLE", unavailable), "{place} {value}");
            }
        }
    }
    let answer = stack.invoke("speak-code", &contact).await.answer();
    assert_eq!(answer, json!({ "Result": "none" }));
    let log = stack.log().await;
    assert!(!log.iter().any(|line| line.contains("exited") || line.contains("panic")), "{log:#?}");
}

/// The Pre Token Generation trigger.
#[tokio::test]
async fn invariant_8_a_token_event_of_odd_types_gives_no_tokens() {
    let stack = Stack::start(&[]);
    let event = json!({
        "version": "1",
        "triggerSource": "TokenGeneration_Authentication",
        "userPoolId": "us-east-1_PhoneCode",
        "userName": "demo",
        "callerContext": { "clientId": "6h2k9example0client0id00" },
        "request": { "userAttributes": { "sub": "sub", "cognito:user_status": "CONFIRMED" } },
        "response": { "claimsOverrideDetails": null },
    });
    let places = [
        "",
        "/version",
        "/triggerSource",
        "/userPoolId",
        "/userName",
        "/callerContext",
        "/callerContext/clientId",
        "/request",
        "/request/userAttributes",
        "/request/userAttributes/sub",
        "/request/userAttributes/cognito:user_status",
        "/response",
    ];
    let odd = [json!(null), json!([]), json!({}), json!(""), json!(-1), json!(true), json!("A".repeat(100_000))];
    for (place, value) in places.iter().flat_map(|place| odd.iter().map(move |value| (*place, value))) {
        let mut payload = event.clone();
        *payload.pointer_mut(place).unwrap() = value.clone();
        let Invoked::Error(word, _) = stack.invoke("gate-tokens", &payload).await else {
            panic!("tokens for {place} {value:.40}");
        };
        // DynamoDB takes no key of that length.
        let words = ["SIGN_IN_BUSY", "SIGN_IN_NOT_CALLED", "SIGN_IN_UNAVAILABLE"];
        assert!(words.contains(&&*word), "{place} {value:.40}: {word}");
    }
    let log = stack.log().await;
    assert!(!log.iter().any(|line| line.contains("exited") || line.contains("panic")), "{log:#?}");
}

#[tokio::test]
async fn invariant_8_an_answer_of_any_kind_is_wrong_and_no_error() {
    let stack = Arc::new(Stack::start(&[]));
    let (function, source) = FUNCTIONS[2];
    let table = stack.table().await;
    for answer in [
        json!("9".repeat(100_000)),
        json!("\u{661}".repeat(50_000)),
        json!("\u{0}\u{1b}[31m\r\n\u{202e}"),
        json!("' OR 1=1 --"),
        json!(""),
        json!(" "),
        json!("-"),
        json!(123_456),
        json!(["123456"]),
        json!({ "answer": "123456" }),
        json!(true),
        json!(null),
    ] {
        let user = User::new(&stack).await;
        let created = user.create().await;
        // Before somebody has heard the code, no answer is compared.
        user.code().await;
        let answer = stack.invoke(function, &user.answer_event(&created, answer)).await.answer();
        assert_eq!(answer["response"], json!({ "answerCorrect": false }));
        let compared = table.row(&user.key()).await.number("failures");
        assert_eq!(compared, 1);
    }
    lives(&stack, function, source).await;
}

/// Whether the function refuses a payload. The error must be our own.
async fn refused(stack: &Stack, function: &str, payload: &Value) -> bool {
    match stack.invoke(function, payload).await {
        Invoked::Answer(answer) => {
            assert!(answer["response"].is_object(), "{function} answered {answer}");
            false
        }
        Invoked::Error(word, text) => {
            let fixed = [
                ("SIGN_IN_UNAVAILABLE", "Sign-in is not available, ask for help [SIGN_IN_UNAVAILABLE]"),
                ("PHONE_MISSING", "You have no phone number on record [PHONE_MISSING]"),
            ];
            assert!(fixed.contains(&(&*word, &*text)), "{function}: {word}: {text}");
            true
        }
    }
}

/// The function answers an event as Cognito sends it, and no process of it has ended until now.
async fn lives(stack: &Stack, function: &str, source: &str) {
    let event = json!({ "triggerSource": source, "request": { "session": [], "userNotFound": true } });
    assert!(!refused(stack, function, &event).await);
    let log = stack.log().await;
    assert!(!log.iter().any(|line| line.contains("exited") || line.contains("panic")), "{log:#?}");
}

/// A source that belongs to another function.
fn another(source: &str) -> &'static str {
    FUNCTIONS.iter().map(|(_, other)| *other).find(|other| *other != source).expect("there are three")
}

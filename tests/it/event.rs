//! Events in files: our own, one for each step of a sign-in, and a corpus of shapes that were found elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use sign_in::call::{Handle, Language};
use sign_in::code::Key;
use sign_in::history::Round;
use sign_in::ledger::UserKey;

use crate::stack::{Invoked, Stack, now};
use crate::table::{Row, number};
use crate::user::heard;

mod device;

/// The expected result of a function.
enum Expected {
    /// This `response`.
    Response(Value),
    /// A challenge with these parameters, and this many calls.
    Challenge { attempts_left: &'static str, calls_left: &'static str, calls: usize },
    /// This error.
    Error(&'static str),
    /// This device is asked for a signature, and nobody is called.
    Signature(&'static str),
    /// This answer to Amazon Connect.
    Spoken(Value),
    /// A call that speaks this code.
    Sent(&'static str),
    /// No call, and no error.
    NotSent,
    /// The event.
    Unchanged,
}

use Expected::{Challenge, Error, NotSent, Response, Sent, Signature, Spoken, Unchanged};

#[tokio::test]
async fn each_sample_event_is_answered_as_its_name_says() {
    let mut expected = expected();
    let settings = settings();
    let stack = Stack::start(&settings.iter().map(String::as_str).collect::<Vec<_>>());
    let (table, row) = (stack.table().await, ledger_row());
    let mut calls_before = 0;
    let mut codes = Vec::new();
    for (name, event) in events("events") {
        let expected = expected.remove(&*name).unwrap_or_else(|| panic!("nothing is expected of {name}"));
        // Each other event is about a sign-in whose user has just been called, whatever the earlier events
        // did.
        table.clear().await;
        match &*name {
            "create-01-first-call" | "create-11-after-another-signature" => {}
            // Nobody has heard the code yet.
            name if function(name) == "speak-code" => {
                table.put(row.clone().with("heardCall", number(0)).without("heardContact")).await;
            }
            // No device is trusted for as long as this one.
            "create-10-trusted-device" => table.put(row.clone().with_part_of_devices(2, &tomorrow())).await,
            _ => table.put(row.clone()).await,
        }
        let invoked = stack.invoke(function(&name), &event).await;
        let calls = stack.calls().await.len() - calls_before;
        calls_before += calls;
        if calls > 0 {
            // Before the row goes, with which the code can be heard.
            codes.push(heard(&stack, "+12065550100", calls_before).await);
        }
        match (expected, invoked) {
            (Response(response), Invoked::Answer(answer)) => {
                assert_eq!(answer, with_response(event, response), "{name}");
                assert_eq!(calls, 0, "{name}");
            }
            (Unchanged, Invoked::Answer(answer)) => {
                assert_eq!(answer, event, "{name}");
                assert_eq!(calls, 0, "{name}");
            }
            (Spoken(expected), Invoked::Answer(answer)) => {
                assert_eq!(answer, expected, "{name}");
                let after = table.row(row.text("pk")).await;
                assert_eq!(after == row.clone().with("revision", number(2)), answer["Result"] == "code", "{name}");
                let denied = after.has("deniedAt") && after.number("attemptsLeft") == 0;
                assert_eq!(denied, answer["Result"] == "denied", "{name}");
                assert_eq!(calls, 0, "{name}");
            }
            (Challenge { attempts_left, calls_left, calls: expected }, Invoked::Answer(answer)) => {
                let response = &answer["response"];
                let parameters = &response["publicChallengeParameters"];
                assert_eq!(parameters["attemptsLeft"], attempts_left, "{name}");
                assert_eq!(parameters["callsLeft"], calls_left, "{name}");
                assert_eq!(
                    response["privateChallengeParameters"]["challenge"], response["challengeMetadata"],
                    "{name}"
                );
                assert_eq!(answer, with_response(event, response.clone()), "{name}");
                assert_eq!(calls, expected, "{name}");
            }
            (Sent(code), Invoked::Answer(answer)) => {
                assert_eq!(answer, Value::Null, "{name}");
                assert_eq!((calls, &**codes.last().unwrap()), (1, code), "{name}");
            }
            (NotSent, Invoked::Answer(answer)) => {
                assert_eq!(answer, Value::Null, "{name}");
                assert_eq!(calls, 0, "{name}");
            }
            (Signature(device), Invoked::Answer(answer)) => {
                let (public, private) = (
                    &answer["response"]["publicChallengeParameters"],
                    &answer["response"]["privateChallengeParameters"],
                );
                assert_eq!(public["delivery"], "DEVICE", "{name}");
                // The same key, until another day.
                let asked = private["device"].as_str().unwrap();
                assert_eq!(asked.split('.').next(), device.split('.').next(), "{name}");
                assert_eq!(calls, 0, "{name}");
            }
            (Error(expected), Invoked::Error(_, text)) => {
                assert_eq!(text, expected, "{name}");
                assert_eq!(calls, 0, "{name}");
            }
            (_, Invoked::Answer(answer)) => panic!("{name} was answered: {answer}"),
            (_, Invoked::Error(_, text)) => panic!("{name} was refused: {text}"),
        }
    }
    assert!(expected.is_empty(), "there are no files for {:?}", expected.keys());
    // `verify-01-right` answers with the code that `create-03-call-again` speaks.
    assert_eq!(codes[1], "832059");
}

/// What is expected of each sample event.
fn expected() -> BTreeMap<&'static str, Expected> {
    let next =
        |name: &str| Response(json!({ "challengeName": name, "issueTokens": false, "failAuthentication": false }));
    let tokens = || Response(json!({ "issueTokens": true, "failAuthentication": false }));
    let refuse = || Response(json!({ "issueTokens": false, "failAuthentication": true }));
    let correct = |correct: bool| Response(json!({ "answerCorrect": correct }));
    let none = || Spoken(json!({ "Result": "none" }));
    let not_called = || Error("Sign in with a phone call [SIGN_IN_NOT_CALLED]");
    BTreeMap::from([
        ("define-01-start-with-password", next("PASSWORD_VERIFIER")),
        ("define-02-password-right", next("CUSTOM_CHALLENGE")),
        ("define-03-code-right", tokens()),
        ("define-04-code-wrong-once", next("CUSTOM_CHALLENGE")),
        ("define-05-code-wrong-three-times", refuse()),
        ("define-06-call-again", next("CUSTOM_CHALLENGE")),
        ("define-07-password-skipped", refuse()),
        ("define-08-password-wrong", refuse()),
        ("define-09-unknown-user", next("PASSWORD_VERIFIER")),
        ("define-10-unknown-step", refuse()),
        ("define-11-device-signed", tokens()),
        ("create-01-first-call", Challenge { attempts_left: "3", calls_left: "2", calls: 1 }),
        ("create-02-after-a-wrong-code", Challenge { attempts_left: "2", calls_left: "2", calls: 0 }),
        ("create-03-call-again", Challenge { attempts_left: "3", calls_left: "1", calls: 1 }),
        ("create-04-no-number", Error("You have no phone number on record [PHONE_MISSING]")),
        ("create-05-number-not-verified", Error("Your phone number is not verified [PHONE_UNVERIFIED]")),
        ("create-06-number-not-valid", Error("Your phone number is not valid [PHONE_INVALID]")),
        ("create-07-unknown-user", Challenge { attempts_left: "3", calls_left: "2", calls: 0 }),
        (
            "create-08-country-not-allowed",
            Error("Your phone number's country is not called [PHONE_COUNTRY_NOT_ALLOWED]"),
        ),
        ("create-09-type-not-allowed", Error("Phone numbers of your type are not called [PHONE_TYPE_NOT_ALLOWED]")),
        ("create-10-trusted-device", Signature(device::KEPT)),
        ("create-11-after-another-signature", Challenge { attempts_left: "3", calls_left: "2", calls: 1 }),
        ("gate-01-after-the-call", Unchanged),
        ("gate-02-refresh", Unchanged),
        ("gate-03-another-app-client", not_called()),
        ("gate-04-new-password", not_called()),
        ("gate-05-managed-login", not_called()),
        ("gate-06-identity-provider", not_called()),
        ("gate-07-known-device", Unchanged),
        ("gate-08-client-credentials", Unchanged),
        ("send-01-sign-up", Sent("407161")),
        ("send-02-code-again", Sent("000000")),
        ("send-03-forgotten-password", Sent("918273")),
        ("send-04-new-number", Sent("550042")),
        ("send-05-verify-number", Sent("123456")),
        ("send-06-mfa", Sent("73019284")),
        ("send-07-number-not-verified", NotSent),
        ("send-08-country-not-allowed", NotSent),
        ("send-09-temporary-password", NotSent),
        ("send-10-unknown-source", NotSent),
        ("speak-01-right-contact", Spoken(json!({ "Result": "code", "Code": "8, 3, 2, 0, 5, 9" }))),
        ("speak-02-handle-of-another-key", none()),
        ("speak-03-another-number", none()),
        ("speak-04-expired", none()),
        ("speak-05-denied", Spoken(json!({ "Result": "denied" }))),
        ("speak-06-unknown-wish", none()),
        ("verify-01-right", correct(true)),
        ("verify-02-right-with-spaces", correct(true)),
        ("verify-03-wrong", correct(false)),
        ("verify-04-expired", correct(false)),
        ("verify-05-call-again", correct(false)),
        ("verify-06-unknown-user", correct(false)),
        ("verify-07-no-answer", correct(false)),
        ("verify-08-password-reset", Response(json!({}))),
        ("verify-09-signature-of-the-device", correct(true)),
        ("verify-10-another-signature", correct(false)),
        ("verify-11-right-and-trust-the-device", correct(true)),
    ])
}

/// Sealing is the same each time here, so after a change of the handle this says what the files must have.
#[test]
fn the_speak_events_have_handles_of_the_calls_in_the_other_events() {
    let key = |secret: &str| Key::new(secret.as_bytes()).unwrap();
    let settings = settings();
    let own = key(settings.iter().find_map(|setting| setting.strip_prefix("OTP_KEY=")).unwrap());
    let events = events("events");
    let round = |name: &str| events[name]["request"]["privateChallengeParameters"]["challenge"].clone();
    let handle = |name: &str| Handle {
        user: UserKey::from_text(ledger_row().text("pk")),
        challenge: round(name).as_str().unwrap().parse::<Round>().unwrap().challenge,
        call: 1,
        number: u64::from_str_radix(ledger_row().text("calledNumber"), 16).unwrap(),
        language: Language::tagged("en-US").unwrap(),
        message: None,
    };
    let (live, expired) = (handle("verify-01-right"), handle("verify-04-expired"));
    for (name, sealed) in [
        ("speak-01-right-contact", live.seal(&own, [1; 12])),
        ("speak-02-handle-of-another-key", live.seal(&key(&"x".repeat(32)), [1; 12])),
        ("speak-03-another-number", live.seal(&own, [1; 12])),
        ("speak-04-expired", expired.seal(&own, [4; 12])),
    ] {
        assert_eq!(events[name]["Details"]["Parameters"]["handle"], sealed, "{name}");
    }
}

/// The expected errors are those of users who can't be called.
#[tokio::test]
async fn invariant_8_no_event_of_the_corpus_is_an_error() {
    let stack = Stack::start(&[]);
    let faults = BTreeMap::from([
        ("create-04-no-phone", "You have no phone number on record [PHONE_MISSING]"),
        ("create-05-phone-unverified", "Your phone number is not verified [PHONE_UNVERIFIED]"),
    ]);
    let corpus = events("tests/events");
    assert!(corpus.len() >= 20);
    for (name, event) in corpus {
        for event in variants(&event) {
            let invoked = stack.invoke(function(&name), &event).await;
            let response = match invoked {
                Invoked::Answer(answer) => {
                    let response = answer["response"].clone();
                    assert_eq!(answer, with_response(event, response.clone()), "{name}: something was lost");
                    response
                }
                Invoked::Error(_, text) => {
                    assert_eq!(Some(&*text), faults.get(&*name).copied(), "{name}");
                    continue;
                }
            };
            assert!(!faults.contains_key(&*name), "{name} was answered");
            match function(&name) {
                "define-challenge" => {
                    let said = [
                        response["challengeName"].is_string(),
                        response["issueTokens"] == true,
                        response["failAuthentication"] == true,
                    ];
                    assert_eq!(said.iter().filter(|said| **said).count(), 1, "{name}: {response}");
                }
                "create-challenge" => assert_eq!(response["publicChallengeParameters"]["delivery"], "VOICE", "{name}"),
                // Their private parameters come from other solutions.
                _ => assert_eq!(response, json!({ "answerCorrect": false }), "{name}"),
            }
        }
    }
}

/// The event unchanged, and with variations that other events of the same trigger have: unknown fields, no response,
/// fields of the request that are null or missing.
fn variants(event: &Value) -> Vec<Value> {
    let mut unknown = event.clone();
    unknown["later"] = json!({ "field": [1.5, null, "\u{1f4de}"] });
    unknown["request"]["later"] = json!({ "field": [1.5, null, "\u{1f4de}"] });
    unknown["callerContext"]["later"] = json!(["x"]);
    let mut no_response = event.clone();
    no_response.as_object_mut().unwrap().remove("response");
    let mut null_response = event.clone();
    null_response["response"] = Value::Null;
    let mut nulls = event.clone();
    nulls["request"]["clientMetadata"] = Value::Null;
    vec![event.clone(), unknown, no_response, null_response, nulls]
}

fn with_response(mut event: Value, response: Value) -> Value {
    event["response"] = response;
    event
}

/// The events of a folder, by the names of their files.
fn events(folder: &str) -> BTreeMap<String, Value> {
    let folder = root().join(folder);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let event: Map<String, Value> = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), event.into())
        })
        .collect()
}

/// The settings that the sample events belong to: those of `events/env`, except Lambda's own and the endpoint, which is
/// another here.
fn settings() -> Vec<String> {
    let env = fs::read_to_string(root().join("events/env")).unwrap();
    let settings = env.lines().filter(|line| line.starts_with("OTP_"));
    settings.map(str::to_owned).collect()
}

/// The row that the sample events belong to.
fn ledger_row() -> Row {
    Row::from_json(&serde_json::from_str(&fs::read_to_string(root().join("events/ledger-row")).unwrap()).unwrap())
}

/// When the trust in the device ends, where create looks at that.
fn tomorrow() -> String {
    (now() + 86_400).to_string()
}

fn function(name: &str) -> &'static str {
    match name.split('-').next() {
        Some("define") => "define-challenge",
        Some("create") => "create-challenge",
        Some("gate") => "gate-tokens",
        Some("send") => "send-code",
        Some("speak") => "speak-code",
        Some("verify") => "verify-challenge",
        _ => panic!("{name} doesn't say whose event it is"),
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

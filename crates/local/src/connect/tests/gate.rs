//! A call that gets and says its code once the right key is pressed.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::bench::{config, said};
use super::gated::{
    CLOSING, CODE, DENIED, GATE, GOODBYE, GREETING, SORRY, gated, gated_request, open_request, speaker,
};
use super::handset::Handset;
use super::script::{Script, answered, failed};
use crate::lambda::Outcome;

/// Takes a call. Each question is answered by the next of the keys; by none where that is empty or there are no more.
async fn talk(request: &Value, keys: &[&str]) -> Value {
    talk_with(&speaker(), request, keys).await
}

/// The same, with a function that does this.
async fn talk_with(script: &Script, request: &Value, keys: &[&str]) -> Value {
    let handset = Handset::with(config(), &gated(), script.functions());
    let _page = handset.watch();
    let call = handset.call(request);
    call.answer().await;
    let mut keys = keys.iter();
    let mut lines = 0;
    loop {
        let now =
            call.until(|call| call["state"] == "ended" || call["transcript"].as_array().unwrap().len() > lines).await;
        if now["state"] == "ended" {
            return now;
        }
        let line = &now["transcript"][lines];
        lines += 1;
        let key = if line["says"] == GATE || line["says"] == CODE { keys.next().copied() } else { None };
        match key.filter(|key| !key.is_empty()) {
            Some(key) => call.press(key).await,
            None => call.hear(lines).await,
        }
    }
}

/// Of what the API shows, only the transcript has the code.
fn assert_kept_nowhere(call: &Value, request: &Value) {
    assert_eq!(call["attributes"], request["Attributes"]);
    let mut rest = call.clone();
    rest["transcript"].take();
    assert!(!rest.to_string().contains("4, 7"), "{rest}");
}

#[tokio::test(start_paused = true)]
async fn the_right_key_opens_the_gate_at_each_try() {
    for keys in [&["4"][..], &["5", "4"], &["", "4"], &["#", "", "4"], &["*", "7", "4", ""]] {
        let script = speaker();
        let call = talk_with(&script, &gated_request(), keys).await;
        let tries = keys.iter().position(|key| *key == "4").unwrap() + 1;
        let expected = [&[GREETING][..], &vec![GATE; tries], &[CODE, CLOSING]].concat();
        assert_eq!((said(&call), &call["endedBy"]), (expected, &json!("flow")), "{keys:?}");
        assert_kept_nowhere(&call, &gated_request());
        let events = script.events();
        assert_eq!(events.len(), 1, "{keys:?}");
        assert_eq!(events[0]["Details"]["Parameters"], json!({ "handle": "a-handle" }));
    }
}

#[tokio::test(start_paused = true)]
async fn three_wrong_keys_or_silences_close_the_gate() {
    for keys in [&["1", "2", "3"][..], &["", "", ""], &["5", "", "#"], &["9", "9", "9", "4"]] {
        let script = speaker();
        let call = talk_with(&script, &gated_request(), keys).await;
        assert_eq!(said(&call), [GREETING, GATE, GATE, GATE, GOODBYE], "{keys:?}");
        assert!(script.events().is_empty(), "the code is not even asked for");
    }
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_is_off_asks_for_nothing() {
    let call = talk(&open_request(), &[]).await;
    assert_eq!(said(&call), [GREETING, CODE, CLOSING]);
    assert_kept_nowhere(&call, &open_request());
}

#[tokio::test(start_paused = true)]
async fn the_code_is_repeated_three_times_and_not_a_fourth() {
    for (keys, times) in [(&[""][..], 1), (&["1"], 2), (&["1", "1"], 3), (&["1", "0", "#"], 4), (&["1"; 9], 4)] {
        let script = speaker();
        let call = talk_with(&script, &open_request(), keys).await;
        let expected = [&[GREETING][..], &vec![CODE; times], &[CLOSING]].concat();
        assert_eq!((said(&call), script.events().len()), (expected, 1), "{keys:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_attribute_never_opens_the_gate() {
    for (name, keys, expected) in [
        ("Gate", &["", "", ""][..], &[GREETING, GATE, GATE, GATE, GOODBYE][..]),
        ("Gate", &["4"], &[GREETING, GATE, CODE, CLOSING]),
        ("GateDigit", &["4", "1", "9"], &[GREETING, GATE, GATE, GATE, GOODBYE]),
        ("GatePrompt", &[], &[GREETING, GOODBYE]),
        ("DenyPrompt", &[], &[GREETING, GOODBYE]),
        ("Handle", &["4"], &[GREETING, GATE, SORRY]),
        ("Voice", &["4"], &[GREETING, GATE, CODE, CLOSING]),
        ("Greeting", &["4"], &[GATE, CODE, CLOSING]),
        ("CodeAgain", &["4"], &[GREETING, GATE, CLOSING]),
    ] {
        let mut request = gated_request();
        request["Attributes"].as_object_mut().unwrap().remove(name);
        let call = talk(&request, keys).await;
        assert_eq!(said(&call), expected, "{name} {keys:?}");
        assert_kept_nowhere(&call, &request);
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_word_itself_turns_the_gate_off() {
    for gate in ["Off", "off ", "", "0", "$.Attributes.Gate"] {
        let mut request = gated_request();
        request["Attributes"]["Gate"] = json!(gate);
        assert_eq!(said(&talk(&request, &[]).await), [GREETING, GATE, GATE, GATE, GOODBYE], "{gate}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_hangs_up_leaves_no_code() {
    for (request, lines) in [(gated_request(), 1), (gated_request(), 2), (open_request(), 2)] {
        let handset = Handset::with(config(), &gated(), speaker().functions());
        let _page = handset.watch();
        let call = handset.call(&request);
        call.answer().await;
        for line in 1..lines {
            call.lines(line).await;
            call.hear(line).await;
        }
        call.lines(lines).await;
        call.hang_up().await;
        let call = call.ended().await;
        assert_eq!((said(&call).len(), &call["endedBy"]), (lines, &json!("callee")));
        assert_kept_nowhere(&call, &request);
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_code_the_call_says_sorry_and_ends() {
    let none = || answered(&json!({ "Result": "none" }));
    for (outcomes, expected) in [
        (vec![none()], &[GREETING, GATE, SORRY][..]),
        // A code counts only together with the word.
        (vec![answered(&json!({ "Code": "4, 7" }))], &[GREETING, GATE, SORRY]),
        (vec![answered(&json!({ "Result": "none", "Code": "4, 7" }))], &[GREETING, GATE, SORRY]),
        (vec![answered(&json!({ "Result": "code" }))], &[GREETING, GATE, SORRY]),
        (vec![Outcome::Answered(b"no JSON".to_vec())], &[GREETING, GATE, SORRY]),
        (vec![failed()], &[GREETING, GATE, SORRY]),
        (vec![failed(), failed(), none()], &[GREETING, GATE, SORRY]),
    ] {
        let call = talk_with(&Script::new(outcomes.clone()), &gated_request(), &["4"]).await;
        assert_eq!((said(&call), &call["endedBy"]), (expected.to_vec(), &json!("flow")), "{outcomes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_key_0_denies_the_sign_in_at_each_question() {
    for keys in [&["0"][..], &["5", "0"], &["", "#", "0"]] {
        let script = Script::new([answered(&json!({ "Result": "denied" }))]);
        let call = talk_with(&script, &gated_request(), keys).await;
        let expected = [&[GREETING][..], &vec![GATE; keys.len()], &[DENIED]].concat();
        assert_eq!((said(&call), &call["endedBy"]), (expected, &json!("flow")), "{keys:?}");
        let events = script.events();
        assert_eq!(events.len(), 1, "{keys:?}");
        assert_eq!(events[0]["Details"]["Parameters"], json!({ "handle": "a-handle", "wish": "deny" }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_denial_that_has_no_effect_ends_with_goodbye_and_no_code() {
    for outcomes in [
        vec![answered(&json!({ "Result": "none" }))],
        vec![answered(&json!({ "Result": "code", "Code": "4, 7" }))],
        vec![answered(&json!({}))],
        vec![failed()],
        vec![failed(), failed(), failed()],
    ] {
        let call = talk_with(&Script::new(outcomes.clone()), &gated_request(), &["0"]).await;
        assert_eq!(said(&call), [GREETING, GATE, GOODBYE], "{outcomes:?}");
    }
}

/// The attributes of one run of the flow are visible in no other run.
#[tokio::test(start_paused = true)]
async fn no_call_sees_the_code_of_another() {
    let handset = Handset::with(config(), &gated(), speaker().functions());
    let first = handset.call(&open_request()).ended().await;
    assert_eq!(said(&first), [GREETING, CODE, CLOSING]);
    let mut names: Vec<_> = open_request()["Attributes"].as_object().unwrap().keys().cloned().collect();
    names.sort();
    assert_eq!(first["attributes"].as_object().unwrap().keys().cloned().collect::<Vec<_>>(), names);
    let mut request = open_request();
    request["ClientToken"] = json!("another");
    request["Attributes"].as_object_mut().unwrap().remove("Handle");
    assert_eq!(said(&handset.call(&request).ended().await), [GREETING, SORRY]);
}

/// A call that no page takes: the stand-in acts by itself.
async fn by_itself(request: &Value, press_after: u64) -> (Value, Duration) {
    let mut config = config();
    config.press_after = Duration::from_millis(press_after);
    let start = Instant::now();
    let call = Handset::with(config, &gated(), speaker().functions()).call(request).ended().await;
    (call, start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn the_stand_in_presses_the_digit_by_itself() {
    let (call, took) = by_itself(&gated_request(), 500).await;
    let lines: Vec<_> = call["transcript"].as_array().unwrap().iter().collect();
    assert_eq!(said(&call), [GREETING, GATE, CODE, CLOSING]);
    assert_eq!((lines.len(), &lines[2]["hears"], lines[2]["at"].is_string()), (5, &json!("4"), true));
    // It waits half a second before it presses, and three seconds for a key that repeats the code.
    assert_eq!(took.as_millis() / 100, 35);
}

#[tokio::test(start_paused = true)]
async fn the_stand_in_presses_nothing_else() {
    let hears = |call: &Value| call["transcript"].as_array().unwrap().iter().any(|line| !line["hears"].is_null());
    let (call, _) = by_itself(&open_request(), 500).await;
    assert_eq!((said(&call), hears(&call)), (vec![GREETING, CODE, CLOSING], false));
    // It is too late for the first question, and not asked the second time.
    let (call, took) = by_itself(&gated_request(), 6_500).await;
    assert_eq!((said(&call), hears(&call)), (vec![GREETING, GATE, GATE, GATE, GOODBYE], false));
    assert_eq!(took.as_secs(), 18);
    for digit in ["", "44", "a", "４", " 4"] {
        let mut request = gated_request();
        request["Attributes"]["GateDigit"] = json!(digit);
        assert!(!hears(&by_itself(&request, 500).await.0), "{digit}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_stand_in_presses_nothing_once_somebody_has() {
    let mut config = config();
    config.press_after = Duration::from_millis(500);
    config.word = Duration::from_millis(20);
    // While the greeting is spoken, where it is lost, and at the question.
    for lines in [1, 2] {
        let call = Handset::with(config.clone(), &gated(), speaker().functions()).call(&gated_request());
        call.lines(lines).await;
        call.press("9").await;
        let call = call.ended().await;
        let keys: Vec<_> =
            call["transcript"].as_array().unwrap().iter().filter_map(|line| line["hears"].as_str()).collect();
        assert_eq!((said(&call), keys), (vec![GREETING, GATE, GATE, GATE, GOODBYE], vec!["9"]), "{lines}");
    }
}

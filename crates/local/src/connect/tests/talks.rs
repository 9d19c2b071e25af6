//! What is said in a call, and how it ends.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::super::Flow;
use super::bench::{
    Bench, CODE, GREETING, action, config, flow, menu, no_functions, on_error, request, said, stand_in, when,
};
use super::handset::Handset;

#[tokio::test]
async fn says_who_calls_and_the_code_three_times_and_blanks_it() {
    let bench = Bench::start(config(), &flow()).await;
    let contact_id = bench.start_call(&request()).await.unwrap();
    let call = bench.ended(&contact_id).await;
    assert_eq!(said(&call), [GREETING, CODE, CODE, CODE]);
    assert_eq!(call["attributes"], json!({ "VoiceMFA": "", "Brand": "Acme" }));
    assert_eq!(bench.calls().await, [call]);
}

#[tokio::test]
async fn runs_the_flow_of_a_template() {
    let content = serde_json::to_string_pretty(&flow()).unwrap().replace('\n', "\n        ");
    let template = format!(
        "Resources:\n  Function:\n    Type: AWS::Serverless::Function\n    Properties:\n      Role: !GetAtt R.Arn\n  \
           VoiceCodeFlow:\n    Type: AWS::Connect::ContactFlow\n    Condition: !Ref X\n    Properties:\n      \
               Type: CONTACT_FLOW\n      InstanceArn: !Ref Instance\n      Content: |\n        {content}\n"
    );
    let flow = Flow::from_template(&template).unwrap();
    let bench = Bench::serve(stand_in(config(), flow, no_functions())).await;
    let contact_id = bench.start_call(&request()).await.unwrap();
    assert_eq!(said(&bench.ended(&contact_id).await), [GREETING, CODE, CODE, CODE]);
}

#[tokio::test]
async fn markup_in_an_attribute_takes_the_error_branch() {
    let bench = Bench::start(config(), &flow()).await;
    for brand in ["Smith & Sons", "<break time=\"1s\"/>", "a < b"] {
        let mut request = request();
        request["Attributes"]["Brand"] = json!(brand);
        request["ClientToken"] = json!(brand);
        let contact_id = bench.start_call(&request).await.unwrap();
        assert_eq!(said(&bench.ended(&contact_id).await), [CODE, CODE, CODE], "{brand}");
    }
    let mut request = request();
    request["Attributes"]["VoiceMFA"] = json!("4<7");
    let contact_id = bench.start_call(&request).await.unwrap();
    let call = bench.ended(&contact_id).await;
    assert_eq!(said(&call), [GREETING]);
    assert_eq!(call["attributes"]["VoiceMFA"], "");
}

#[tokio::test]
async fn an_attribute_that_is_missing_takes_the_error_branch() {
    let bench = Bench::start(config(), &flow()).await;
    let mut request = request();
    request["Attributes"] = json!({ "VoiceMFA": "4, 7, 1, 9, 0, 2" });
    let contact_id = bench.start_call(&request).await.unwrap();
    assert_eq!(said(&bench.ended(&contact_id).await), [CODE, CODE, CODE]);
}

#[tokio::test]
async fn an_error_without_a_branch_ends_the_call() {
    let mut flow = flow();
    flow["Actions"][2]["Transitions"] = json!({ "NextAction": "three-times" });
    let bench = Bench::start(config(), &flow).await;
    let mut request = request();
    request["Attributes"]["Brand"] = json!("&");
    let contact_id = bench.start_call(&request).await.unwrap();
    assert!(said(&bench.ended(&contact_id).await).is_empty());
}

#[tokio::test]
async fn a_loop_counts_anew_after_it_was_done() {
    let flow = json!({
        "Version": "2019-10-30",
        "StartAction": "outer",
        "Actions": [
            action("outer", "Loop", json!({ "LoopCount": 2 }), json!({
                "NextAction": "bye", "Conditions": [when("ContinueLooping", "inner"), when("DoneLooping", "never")] })),
            action("inner", "Loop", json!({ "LoopCount": "2" }), json!({
                "NextAction": "bye", "Conditions": [when("DoneLooping", "outer"), when("ContinueLooping", "say")] })),
            action("say", "MessageParticipant", json!({ "Text": "x" }), json!({ "NextAction": "inner" })),
            action("never", "Loop", json!({ "LoopCount": "0" }), json!({
                "NextAction": "bye", "Conditions": [when("ContinueLooping", "say"), when("DoneLooping", "bye")] })),
            action("bye", "DisconnectParticipant", json!({}), json!({})),
        ],
    });
    let bench = Bench::start(config(), &flow).await;
    let contact_id = bench.start_call(&request()).await.unwrap();
    assert_eq!(said(&bench.ended(&contact_id).await), ["x"; 4]);
}

#[tokio::test]
async fn a_flow_that_goes_in_circles_ends() {
    let flow = json!({
        "Version": "2019-10-30",
        "StartAction": "say",
        "Actions": [action("say", "MessageParticipant", json!({ "Text": "x" }), json!({ "NextAction": "say" }))],
    });
    let bench = Bench::start(config(), &flow).await;
    let contact_id = bench.start_call(&request()).await.unwrap();
    assert_eq!(said(&bench.ended(&contact_id).await).len(), 1_000);
}

#[tokio::test]
async fn too_many_bytes_of_attributes_take_the_error_branch_and_change_nothing() {
    let set = json!({ "Attributes": { "a": "$.Attributes['long-one']", "b": "new" } });
    let flow = json!({
        "Version": "2019-10-30",
        "StartAction": "set",
        "Actions": [
            action("set", "UpdateContactAttributes", set,
                json!({ "NextAction": "bye", "Errors": on_error("sorry") })),
            action("sorry", "MessageParticipant", json!({ "Text": "sorry" }), json!({ "NextAction": "bye" })),
            action("bye", "DisconnectParticipant", json!({}), json!({})),
        ],
    });
    let bench = Bench::start(config(), &flow).await;
    let mut request = request();
    request["Attributes"] = json!({ "long-one": "x".repeat(100) });
    let contact_id = bench.start_call(&request).await.unwrap();
    let call = bench.ended(&contact_id).await;
    assert_eq!((said(&call).len(), &call["attributes"]["a"]), (0, &json!("x".repeat(100))));

    request["Attributes"] = json!({ "long-one": "x".repeat(17_000) });
    request["ClientToken"] = json!("other");
    let contact_id = bench.start_call(&request).await.unwrap();
    let call = bench.ended(&contact_id).await;
    assert_eq!(said(&call), ["sorry"]);
    assert_eq!(call["attributes"], request["Attributes"]);
}

#[tokio::test]
async fn keys_are_heard_and_answer_a_question() {
    let bench = Bench::start(config(), &menu()).await;
    for (keys, answer) in [("4", "right"), ("5", "wrong"), ("41", "right"), ("#", "wrong")] {
        let mut request = request();
        request["ClientToken"] = json!(keys);
        let contact_id = bench.start_call(&request).await.unwrap();
        bench.until(&contact_id, |call| !said(call).is_empty()).await;
        let path = format!("/local/calls/{contact_id}/keys");
        let (status, call) = bench.local(Method::POST, &path, &json!({ "keys": keys }).to_string()).await;
        assert_eq!((status, &call["transcript"][1]["hears"]), (200, &json!(keys)));
        let call = bench.ended(&contact_id).await;
        assert_eq!(said(&call), ["Press 4.", answer], "{keys}");
    }
}

/// The life of a call on a clock of its own.
async fn run_on_paused_clock(answer_after: u64, word: u64, flow: &Value) -> (Vec<String>, Duration) {
    let mut config = config();
    config.answer_after = Duration::from_millis(answer_after);
    config.word = Duration::from_millis(word);
    let start = tokio::time::Instant::now();
    let call = Handset::new(config, flow).call(&request()).ended().await;
    (said(&call).iter().map(|&words| words.to_owned()).collect(), start.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_answers_ends_after_its_time() {
    let (said, took) = run_on_paused_clock(0, 0, &menu()).await;
    assert_eq!(said, ["Press 4.", "late"]);
    assert_eq!(took.as_secs(), 180);
}

#[tokio::test(start_paused = true)]
async fn the_pace_is_kept() {
    let (said, took) = run_on_paused_clock(300, 20, &flow()).await;
    assert_eq!(said.len(), 4);
    // 8 + 3 * 11 words of 20 ms, pauses of 600 + 3 * 1,500 ms made 20 times shorter, 300 ms of ringing.
    assert_eq!(took.as_millis().abs_diff(820 + 255 + 300) / 10, 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_answers_after_the_ring_timeout() {
    let (said, took) = run_on_paused_clock(30_001, 0, &flow()).await;
    assert!(said.is_empty());
    assert_eq!(took.as_secs(), 30);
}

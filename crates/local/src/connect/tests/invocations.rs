//! `InvokeLambdaFunction` in calls.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::bench::{DESTINATION, INSTANCE_ARN, SOURCE, action, config, on_error, request, said, when};
use super::handset::Handset;
use super::script::{Script, answered, failed};
use crate::lambda::{Function, Outcome};

/// An invocation with this limit and type of answer, and what the text `say` makes of it.
fn flow(seconds: &str, response_type: &str, say: &str) -> Value {
    json!({
        "Version": "2019-10-30",
        "StartAction": "invoke",
        "Actions": [
            invoke("invoke", seconds, response_type, "say"),
            action("say", "MessageParticipant", json!({ "Text": say }),
                json!({ "NextAction": "bye", "Errors": on_error("nothing") })),
            action("nothing", "MessageParticipant", json!({ "Text": "nothing" }), json!({ "NextAction": "bye" })),
            action("error", "MessageParticipant", json!({ "Text": "error" }), json!({ "NextAction": "bye" })),
            action("bye", "DisconnectParticipant", json!({}), json!({})),
        ],
    })
}

fn invoke(identifier: &str, seconds: &str, response_type: &str, next: &str) -> Value {
    let parameters = json!({
        "LambdaFunctionARN": Function::SpeakCode.arn(),
        "InvocationTimeLimitSeconds": seconds,
        "InvocationType": "SYNCHRONOUS",
        "LambdaInvocationAttributes": { "brand": "$.Attributes.Brand", "fixed": "as it is" },
        "ResponseValidation": { "ResponseType": response_type },
    });
    action(identifier, "InvokeLambdaFunction", parameters, json!({ "NextAction": next, "Errors": on_error("error") }))
}

/// What is said in a call with a function that does this.
async fn talk(flow: &Value, script: &Script) -> Vec<String> {
    said(&Handset::with(config(), flow, script.functions()).call(&request()).ended().await)
        .into_iter()
        .map(str::to_owned)
        .collect()
}

fn word() -> Outcome {
    answered(&json!({ "Word": "yes" }))
}

#[tokio::test(start_paused = true)]
async fn a_function_gets_connects_event() {
    let script = Script::new([word()]);
    let call = Handset::with(config(), &flow("8", "JSON", "$.External.Word"), script.functions())
        .call(&request())
        .ended()
        .await;
    assert_eq!(said(&call), ["yes"]);
    let contact = &call["contactId"];
    let expected = json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": request()["Attributes"],
                "Channel": "VOICE",
                "ContactId": contact,
                "CustomerEndpoint": { "Address": DESTINATION, "Type": "TELEPHONE_NUMBER" },
                "CustomerId": null,
                "Description": null,
                "InitialContactId": contact,
                "InitiationMethod": "API",
                "InstanceARN": INSTANCE_ARN,
                "LanguageCode": "en-US",
                "MediaStreams": { "Customer": { "Audio": null } },
                "Name": null,
                "PreviousContactId": contact,
                "Queue": null,
                "References": {},
                "SystemEndpoint": { "Address": SOURCE, "Type": "TELEPHONE_NUMBER" },
            },
            "Parameters": { "brand": "Acme", "fixed": "as it is" },
        },
    });
    assert_eq!(script.events(), [expected]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_connect_would_not_take_is_an_error_and_not_asked_for_again() {
    let long = |bytes: usize| json!({ "Word": "yes", "x": "x".repeat(bytes - r#"{"Word":"yes","x":""}"#.len()) });
    for (response_type, answer, expected) in [
        ("JSON", json!({ "Word": "4, 7" }).to_string(), "4, 7"),
        ("JSON", json!({ "Word": "yes", "x": { "y": [1, null] } }).to_string(), "yes"),
        ("JSON", long(32_768).to_string(), "yes"),
        ("JSON", json!({}).to_string(), "nothing"),
        ("JSON", json!({ "Word": 5 }).to_string(), "nothing"),
        ("JSON", json!({ "Word": { "Word": "yes" } }).to_string(), "nothing"),
        ("JSON", long(32_769).to_string(), "error"),
        ("JSON", json!([{ "Word": "yes" }]).to_string(), "error"),
        ("JSON", json!("yes").to_string(), "error"),
        ("JSON", json!(null).to_string(), "error"),
        ("JSON", String::new(), "error"),
        ("JSON", "{".to_owned(), "error"),
        ("STRING_MAP", json!({ "Word": "a-Z_9" }).to_string(), "a-Z_9"),
        ("STRING_MAP", json!({ "Word": "4, 7" }).to_string(), "error"),
        ("STRING_MAP", json!({ "Word": "é" }).to_string(), "error"),
        ("STRING_MAP", json!({ "Word": "yes", "x": 5 }).to_string(), "error"),
        ("STRING_MAP", json!({ "Word": "yes", "x": {} }).to_string(), "error"),
        ("STRING_MAP", json!({ "Word": "yes", "x": null }).to_string(), "error"),
        ("STRING_MAP", json!(["yes"]).to_string(), "error"),
    ] {
        let script = Script::new([Outcome::Answered(answer.clone().into())]);
        let said = talk(&flow("8", response_type, "$.External.Word"), &script).await;
        let start: String = answer.chars().take(60).collect();
        assert_eq!((said, script.events().len()), (vec![expected.to_owned()], 1), "{response_type} {start}");
    }
}

#[tokio::test(start_paused = true)]
async fn errors_are_repeated_twice_with_the_same_event() {
    let ends = [
        failed(),
        Outcome::Crashed { error_message: "exit".to_owned() },
        Outcome::TimedOut { error_message: "time".to_owned() },
    ];
    for end in ends {
        for (failures, expected, invocations) in [(0, "yes", 1), (1, "yes", 2), (2, "yes", 3), (3, "error", 3)] {
            let script = Script::new(vec![end.clone(); failures].into_iter().chain([word()]));
            let said = talk(&flow("8", "JSON", "$.External.Word"), &script).await;
            let events = script.events();
            assert_eq!((&*said, events.len()), (&[expected.to_owned()][..], invocations), "{end:?}");
            assert!(events.iter().all(|event| *event == events[0]), "{end:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_is_for_all_of_it() {
    let seconds = Duration::from_secs;
    for (limit, time, invocations, took) in
        [("8", 3, 3, 8_000), ("4", 3, 2, 4_000), ("1", 3, 1, 1_000), ("8", 2, 3, 6_000)]
    {
        let script = Script::taking([(seconds(time), failed())]);
        let start = Instant::now();
        assert_eq!(talk(&flow(limit, "JSON", "$.External.Word"), &script).await, ["error"]);
        assert_eq!((script.events().len(), start.elapsed().as_millis()), (invocations, took), "{limit} {time}");
    }
    let script = Script::taking([(seconds(5), failed()), (Duration::from_millis(2_999), word())]);
    assert_eq!(talk(&flow("8", "JSON", "$.External.Word"), &script).await, ["yes"]);
}

/// The first invocation answers, the second one does this.
async fn second(script: Script) -> Vec<String> {
    let mut flow = flow("8", "JSON", "$.External.Word");
    flow["StartAction"] = json!("first");
    let actions = flow["Actions"].as_array_mut().unwrap();
    actions.push(invoke("first", "8", "JSON", "invoke"));
    // Its error leads on, to what is said.
    actions[0]["Transitions"]["Errors"] = on_error("say");
    actions[1]["Transitions"]["Errors"] = on_error("nothing");
    talk(&flow, &script).await
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_is_that_of_the_latest_invocation() {
    assert_eq!(second(Script::new([word(), answered(&json!({ "Word": "later" }))])).await, ["later"]);
    assert_eq!(second(Script::new([word(), answered(&json!({ "Other": "later" }))])).await, ["nothing"]);
    assert_eq!(second(Script::new([word(), failed()])).await, ["nothing"]);
    assert_eq!(second(Script::new([word(), Outcome::Answered(b"no JSON".to_vec())])).await, ["nothing"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_answered_can_be_compared_and_kept() {
    for (answer, expected) in
        [(json!({ "Word": "yes" }), "kept yes"), (json!({ "Word": "no" }), "error"), (json!({}), "error")]
    {
        let mut flow = flow("8", "JSON", "kept $.FlowAttributes.Kept");
        let actions = flow["Actions"].as_array_mut().unwrap();
        actions[0]["Transitions"]["NextAction"] = json!("compare");
        actions.push(action(
            "compare",
            "Compare",
            json!({ "ComparisonValue": "$.External.Word" }),
            json!({ "NextAction": "error", "Conditions": [when("yes", "keep")],
                "Errors": [{ "ErrorType": "NoMatchingCondition", "NextAction": "error" }] }),
        ));
        actions.push(action(
            "keep",
            "UpdateFlowAttributes",
            json!({ "FlowAttributes": { "Kept": { "Value": "$.External.Word" } } }),
            json!({ "NextAction": "say", "Errors": on_error("error") }),
        ));
        assert_eq!(talk(&flow, &Script::new([answered(&answer)])).await, [expected], "{answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_parameter_that_has_no_value_is_an_error_before_the_invocation() {
    let script = Script::new([word()]);
    let mut request = request();
    request["Attributes"] = json!({});
    let handset = Handset::with(config(), &flow("8", "JSON", "$.External.Word"), script.functions());
    assert_eq!(said(&handset.call(&request).ended().await), ["error"]);
    assert!(script.events().is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_hangs_up_during_an_invocation_hears_nothing_of_it() {
    let script = Script::taking([(Duration::from_secs(2), word())]);
    let call = Handset::with(config(), &flow("8", "JSON", "$.External.Word"), script.functions()).call(&request());
    sleep(Duration::from_secs(1)).await;
    assert_eq!(script.events().len(), 1);
    call.hang_up().await;
    sleep(Duration::from_hours(1)).await;
    let call = call.ended().await;
    assert_eq!((said(&call).len(), &call["endedBy"]), (0, &json!("callee")));
}

/// A call while this fault is injected: what is said, how often the function ran, and how many seconds it took.
async fn with_fault(fault: Value) -> (Vec<String>, usize, u64) {
    let script = Script::new([word()]);
    let handset = Handset::with(config(), &flow("8", "JSON", "$.External.Word"), script.functions());
    handset.connect.faults().inject(serde_json::from_value(fault).unwrap()).unwrap();
    let start = Instant::now();
    let call = handset.call(&request()).ended().await;
    let said = said(&call).into_iter().map(str::to_owned).collect();
    (said, script.events().len(), start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn invocations_fail_as_they_are_told_to() {
    for (fault, once, always) in [
        (json!({ "error": "TooManyRequestsException" }), ("yes", 1, 0), ("error", 0, 0)),
        (json!({ "error": "ServiceException" }), ("yes", 1, 0), ("error", 0, 0)),
        (json!({ "error": "Unhandled" }), ("yes", 1, 0), ("error", 0, 0)),
        (json!({ "error": "drop" }), ("yes", 1, 0), ("error", 0, 0)),
        // The function's own time limit is two seconds.
        (json!({ "error": "timeout" }), ("yes", 1, 2), ("error", 0, 6)),
        // The function runs, and its answer is lost.
        (json!({ "error": "Unhandled", "afterwards": true }), ("yes", 2, 0), ("error", 3, 0)),
        (json!({ "delayMs": 7_000 }), ("yes", 1, 7), ("yes", 1, 7)),
        (json!({ "delayMs": 9_000 }), ("error", 0, 8), ("error", 0, 8)),
        (json!({ "delayMs": 3_000, "error": "Unhandled" }), ("yes", 1, 3), ("error", 0, 8)),
    ] {
        for (next, (word, invocations, seconds)) in [(1, once), (3, always)] {
            let mut fault = fault.clone();
            fault["service"] = json!("lambda");
            fault["next"] = json!(next);
            assert_eq!(with_fault(fault.clone()).await, (vec![word.to_owned()], invocations, seconds), "{fault}");
        }
    }
}

//! The metrics that CloudWatch reads from the functions' lines.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::stack::Stack;
use crate::user::{User, another, challenge, id_token, refusal};

#[tokio::test]
async fn sign_ins_count_what_happens_in_them_whatever_the_log_level() {
    let settings = ["LOG_LEVEL=error", "OTP_MODE=call-only", "OTP_SECONDS_BETWEEN_CALLS=0", "OTP_MAX_CALLS_ALL_DAY=2"];
    let stack = Arc::new(Stack::start(&settings));
    let [first, second, third] = [User::new(&stack).await, User::new(&stack).await, User::new(&stack).await];

    stack.inject_fault(json!({ "next": 9, "error": "TooManyRequestsException" })).await;
    refusal(second.client.start().await);
    stack.clear_faults().await;
    // The two calls of the day.
    let asked = challenge(first.client.start().await);
    let code = first.code().await;
    let mut wrong = challenge(second.client.start().await);
    second.code().await;
    refusal(third.client.start().await);
    challenge(User::unknown(&stack, "nobody").await.client.start().await);

    let joined = challenge(first.client.start().await);
    stack.inject_fault(json!({ "service": "dynamodb", "next": 9, "error": "ThrottlingException" })).await;
    refusal(first.client.answer(&joined, &code).await);
    stack.clear_faults().await;
    let asked = challenge(first.client.call_again(&asked).await);
    let asked = challenge(first.client.answer(&asked, &another(&code)).await);
    id_token(first.client.answer(&asked, &code).await);
    for _ in 0..2 {
        wrong = challenge(second.client.answer(&wrong, "0").await);
    }
    refusal(second.client.answer(&wrong, "0").await);
    let contact = json!({ "ContactId": "11111111-2222-4333-8444-555555555555" });
    let event = json!({ "Details": { "ContactData": contact, "Parameters": { "handle": "none of ours" } } });
    stack.invoke("speak-code", &event).await.answer();

    let lines = stack.log().await.into_iter().filter_map(|line| serde_json::from_str::<Value>(&line).ok());
    let lines: Vec<_> = lines.filter(|line| line.get("_aws").is_some()).collect();
    let mut counted = BTreeMap::new();
    for (name, value) in lines.iter().flat_map(metrics) {
        *counted.entry(name).or_insert(0) += value;
    }
    // The duration and the number of sandboxes differ from run to run.
    assert!(counted.remove("CallLatency") >= Some(1));
    let new = lines.iter().filter(|line| line.get("ColdStarts").is_some()).map(|line| &line["trigger"]);
    assert_eq!(new.collect::<Vec<_>>(), ["define", "create", "speak", "verify", "gate"]);
    assert_eq!(counted.remove("ColdStarts"), Some(5));
    let expected = [
        ("Answers right", 1),
        ("Answers wrong", 4),
        ("CallsPlaced", 2),
        ("CallsRefused all-day", 2),
        ("CallsRefused unknown-user", 1),
        ("CodesSpoken", 2),
        ("CodesWithheld handle", 1),
        ("Failures CALL_BUSY", 1),
        ("Failures SIGN_IN_BUSY", 1),
        ("SignInsCompleted", 1),
        ("SignInsRefused attempts-used-up", 1),
        ("SignInsStarted", 6),
    ];
    assert_eq!(counted, expected.map(|(name, count)| (name.to_owned(), count)).into());
}

/// The metrics of a line, as CloudWatch reads it: what `_aws` names is there (Specification: CloudWatch embedded metric
/// format).
fn metrics(line: &Value) -> Vec<(String, u64)> {
    let aws = &line["_aws"];
    assert!(aws["Timestamp"].is_u64(), "{line}");
    let directives = aws["CloudWatchMetrics"].as_array().unwrap();
    let metric = |directive: &Value| {
        assert_eq!(directive["Namespace"], "VoiceOtp");
        let [dimensions] = &directive["Dimensions"].as_array().unwrap()[..] else { panic!("{line}") };
        let [definition] = &directive["Metrics"].as_array().unwrap()[..] else { panic!("{line}") };
        let name = definition["Name"].as_str().unwrap();
        assert_eq!(definition["Unit"], if name == "CallLatency" { "Milliseconds" } else { "Count" });
        assert_eq!(dimensions[0], "StackName");
        let mut dimensions = dimensions.as_array().unwrap().iter().map(|dimension| {
            let value = line[dimension.as_str().unwrap()].as_str();
            value.filter(|value| !value.is_empty()).unwrap_or_else(|| panic!("{line}"))
        });
        assert!(dimensions.next().is_some_and(|stack| stack == "local"), "{line}");
        let words: Vec<_> = [name].into_iter().chain(dimensions).collect();
        (words.join(" "), line[name].as_u64().unwrap())
    };
    directives.iter().map(metric).collect()
}

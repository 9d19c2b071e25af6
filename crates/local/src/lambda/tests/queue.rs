//! Asynchronous invocations.

use super::*;

/// What the functions and the queue have written. The process of a function is a test, which writes more.
fn lines(lambda: &Lambda) -> Vec<String> {
    let lines = serde_json::to_value(lambda.log().lines()).unwrap();
    let lines = lines.as_array().unwrap().iter().map(|line| line["line"].as_str().unwrap().to_owned());
    lines.filter(|line| line.starts_with("event ") || line.starts_with("RequestId: ")).collect()
}

#[tokio::test]
async fn an_event_that_always_fails_is_tried_as_often_as_lambda_does_and_reported() {
    for (function, tries) in [(Function::SendCode, 2), (Function::VerifyChallenge, 3)] {
        let lambda = lambda().await;
        let event = br#"{"do":"fail"}"#;
        lambda.enqueue("an-id".to_owned(), function, event.to_vec()).await.unwrap();
        let mut expected = vec![r#"event {"do":"fail"}"#.to_owned(); tries];
        let reason = format!("this event is lost: try {tries} of {tries} failed: it went wrong");
        expected.push(format!("RequestId: an-id Error: {reason}"));
        assert_eq!(lines(&lambda), expected, "{function}");
    }
}

#[tokio::test]
async fn an_event_that_fails_once_is_handled() {
    let lambda = lambda().await;
    let mark = env::temp_dir().join(request_id());
    let event = json!({ "do": "fail once", "mark": mark }).to_string();
    lambda.enqueue(request_id(), Function::SendCode, event.clone().into_bytes()).await.unwrap();
    fs::remove_file(&mark).unwrap();
    let event: Value = serde_json::from_str(&event).unwrap();
    assert_eq!(lines(&lambda), vec![format!("event {event}"); 2]);
}

#[test]
fn an_event_that_this_programs_end_leaves_over_is_reported() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let log = runtime.block_on(async {
        let lambda = lambda().await;
        drop(lambda.enqueue("an-id".to_owned(), Function::SendCode, br#"{"do":"hang"}"#.to_vec()));
        let written = async {
            while lambda.log().count() == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), written).await.expect("the function gets its event");
        lambda.log().clone()
    });
    drop(runtime);
    let last = serde_json::to_value(log.lines().last()).unwrap();
    assert_eq!(last["function"], "send-code");
    let line = last["line"].as_str().unwrap();
    assert!(line.starts_with("RequestId: an-id Error: this event is lost: "), "{line}");
}

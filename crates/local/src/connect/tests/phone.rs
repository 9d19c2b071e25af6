//! A page that takes calls: its stream of calls, and its requests.

use reqwest::Method;
use serde_json::{Value, json};

use super::bench::{Bench, DESTINATION, GREETING, config, flow, menu, request, said};
use super::handset::Handset;
use super::page::Page;

async fn act(bench: &Bench, call: &Value, action: &str, body: &str) -> (u16, Value) {
    let path = format!("/local/calls/{}/{action}", call["contactId"].as_str().unwrap());
    bench.local(Method::POST, &path, body).await
}

fn to(number: &str) -> Value {
    let mut request = request();
    request["DestinationPhoneNumber"] = json!(number);
    request["ClientToken"] = json!(number);
    request
}

#[tokio::test]
async fn a_page_takes_a_call_and_hears_it_to_its_end() {
    let bench = Bench::start(config(), &flow()).await;
    let mut page = Page::open(&bench, DESTINATION).await;
    let contact_id = bench.start_call(&request()).await.unwrap();
    let ringing = page.next().await;
    assert_eq!(
        (&ringing["contactId"], &ringing["state"], &ringing["endedBy"], &ringing["heard"]),
        (&json!(contact_id), &json!("ringing"), &Value::Null, &json!(0))
    );
    let (status, answered) = act(&bench, &ringing, "answer", "").await;
    assert_eq!((status, &answered["state"]), (200, &json!("talking")));
    for lines in 1..=4 {
        let call = page.until(|call| said(call).len() == lines).await;
        assert_eq!((&call["state"], said(&call)[0]), (&json!("talking"), GREETING));
        let (status, call) = act(&bench, &call, "heard", &json!({ "lines": lines }).to_string()).await;
        assert_eq!((status, &call["heard"]), (200, &json!(lines)));
    }
    let ended = page.until(|call| call["state"] == "ended").await;
    assert_eq!((said(&ended).len(), &ended["endedBy"], &ended["heard"]), (4, &json!("flow"), &json!(4)));
    assert_eq!(bench.calls().await, [ended]);
}

#[tokio::test]
async fn a_page_gets_only_the_calls_to_its_number() {
    let bench = Bench::start(config(), &menu()).await;
    let mut page = Page::open(&bench, DESTINATION).await;
    let mut other = Page::open(&bench, "+12065550108").await;
    bench.start_call(&to("+12065550108")).await.unwrap();
    bench.start_call(&to("+12065550109")).await.unwrap();
    bench.start_call(&to(DESTINATION)).await.unwrap();
    assert_eq!(page.next().await["destination"], DESTINATION);
    assert_eq!(other.next().await["destination"], "+12065550108");
}

#[tokio::test]
async fn a_page_that_comes_late_gets_the_current_calls() {
    let bench = Bench::start(config(), &menu()).await;
    let over = bench.start_call(&to(DESTINATION)).await.unwrap();
    let over = bench.until(&over, |call| !said(call).is_empty()).await;
    assert_eq!(act(&bench, &over, "hang-up", "").await.0, 200);
    let contact_id = bench.start_call(&request()).await.unwrap();
    bench.until(&contact_id, |call| !said(call).is_empty()).await;
    let mut page = Page::open(&bench, DESTINATION).await;
    let call = page.next().await;
    assert_eq!((&call["contactId"], &call["state"]), (&json!(contact_id), &json!("talking")));
    // It was answered before the page watched, so it needs no page.
    assert_eq!(act(&bench, &call, "keys", "{\"keys\":\"4\"}").await.0, 200);
    let call = page.until(|call| call["state"] == "ended").await;
    assert_eq!((said(&call), &call["endedBy"]), (vec!["Press 4.", "right"], &json!("flow")));
}

#[tokio::test]
async fn two_pages_are_told_the_same_and_one_of_them_can_go() {
    let bench = Bench::start(config(), &menu()).await;
    let mut page = Page::open(&bench, DESTINATION).await;
    let mut other = Page::open(&bench, DESTINATION).await;
    let contact_id = bench.start_call(&request()).await.unwrap();
    let call = page.next().await;
    assert_eq!(other.next().await, call);
    act(&bench, &call, "answer", "").await;
    drop(other);
    page.until(|call| !said(call).is_empty()).await;
    assert_eq!(act(&bench, &call, "keys", "{\"keys\":\"4\"}").await.0, 200);
    let call = page.until(|call| said(call).len() == 2).await;
    assert_eq!(call["state"], "talking");
    drop(page);
    let call = bench.ended(&contact_id).await;
    assert_eq!((&call["endedBy"], &call["heard"]), (&json!("callee"), &json!(0)));
    // No page watches now: the stand-in answers by itself again.
    let contact_id = bench.start_call(&to(DESTINATION)).await.unwrap();
    bench.until(&contact_id, |call| call["state"] == "talking").await;
}

#[tokio::test]
async fn the_page_that_answers_is_named_until_it_goes() {
    let bench = Bench::start(config(), &menu()).await;
    let mut page = Page::open(&bench, &format!("{DESTINATION}&page=kitchen")).await;
    let other = Page::open(&bench, &format!("{DESTINATION}&page=hall")).await;
    bench.start_call(&request()).await.unwrap();
    let call = page.next().await;
    assert_eq!(call["answeredBy"], Value::Null);
    let (status, call) = act(&bench, &call, "answer", "{\"page\":\"hall\"}").await;
    assert_eq!((status, &call["answeredBy"]), (200, &json!("hall")));
    // A second connection of the same page, as after a reconnect.
    let again = Page::open(&bench, &format!("{DESTINATION}&page=hall")).await;
    drop(other);
    assert_eq!(act(&bench, &call, "heard", "{\"lines\":1}").await.1["answeredBy"], "hall");
    drop(again);
    let call = page.until(|call| call["answeredBy"].is_null() && !said(call).is_empty()).await;
    assert_eq!(call["state"], "talking");
}

#[tokio::test]
async fn a_page_that_is_not_there_answers_for_all() {
    let bench = Bench::start(config(), &menu()).await;
    let mut page = Page::open(&bench, DESTINATION).await;
    bench.start_call(&request()).await.unwrap();
    let call = page.next().await;
    assert_eq!(act(&bench, &call, "answer", "{\"page\":1}").await.0, 400);
    let (status, call) = act(&bench, &call, "answer", "{\"page\":\"gone\"}").await;
    assert_eq!((status, &call["answeredBy"]), (200, &Value::Null));
}

#[tokio::test]
async fn what_a_call_is_in_no_state_for_is_a_conflict() {
    let bench = Bench::start(config(), &menu()).await;
    let mut page = Page::open(&bench, DESTINATION).await;
    bench.start_call(&request()).await.unwrap();
    let call = page.next().await;
    let conflict = async |action: &str, body: &str| {
        let (status, answer) = act(&bench, &call, action, body).await;
        assert_eq!((status, answer["message"].is_string()), (409, true), "{action}");
    };
    conflict("hang-up", "").await;
    conflict("keys", "{\"keys\":\"4\"}").await;
    assert_eq!(act(&bench, &call, "answer", "").await.0, 200);
    conflict("answer", "").await;
    conflict("decline", "").await;
    assert_eq!(act(&bench, &call, "hang-up", "").await.0, 200);
    for action in ["answer", "decline", "hang-up"] {
        conflict(action, "").await;
    }
    conflict("keys", "{\"keys\":\"4\"}").await;
    let call = bench.calls().await.remove(0);
    assert_eq!((&call["state"], &call["endedBy"]), (&json!("ended"), &json!("callee")));
}

#[tokio::test]
async fn what_is_wrong_is_said_so() {
    let bench = Bench::start(config(), &menu()).await;
    for query in ["", "?number=", "?number=12065550107", "?number=%2B1&number=%2B1", "?to=%2B12065550107"] {
        let url = format!("{}/local/phone{query}", bench.endpoint);
        assert_eq!(bench.client.get(url).send().await.unwrap().status(), 400, "{query}");
    }
    let url = format!("{}/local/phone?number=%2B12065550107&page={}", bench.endpoint, "x".repeat(65));
    assert_eq!(bench.client.get(url).send().await.unwrap().status(), 400);
    let (status, answer) = bench.local(Method::POST, "/local/phone", "").await;
    assert_eq!((status, answer["message"].is_string()), (405, true));
    for (action, body) in [("answer", ""), ("decline", ""), ("hang-up", ""), ("heard", "{\"lines\":0}")] {
        let path = format!("/local/calls/unknown/{action}");
        let (status, answer) = bench.local(Method::POST, &path, body).await;
        assert_eq!((status, answer["message"].is_string()), (404, true), "{action}");
        let (status, answer) = bench.local(Method::GET, &path, "").await;
        assert_eq!((status, answer["message"].is_string()), (405, true), "{action}");
    }
    let contact_id = bench.start_call(&request()).await.unwrap();
    let call = bench.until(&contact_id, |call| !said(call).is_empty()).await;
    for body in
        ["", "{}", "1", "[1]", "{\"lines\":\"1\"}", "{\"lines\":-1}", "{\"lines\":0.5}", "{\"lines\":1,\"x\":1}"]
    {
        let (status, answer) = act(&bench, &call, "heard", body).await;
        assert_eq!((status, answer["message"].is_string()), (400, true), "{body}");
    }
    for body in ["{\"lines\":2}", "{\"lines\":18446744073709551615}", "{\"lines\":18446744073709551616}"] {
        assert_eq!(act(&bench, &call, "heard", body).await.0, 400, "{body}");
    }
    assert_eq!(bench.calls().await, [call]);
}

#[tokio::test]
async fn what_was_heard_stays_heard() {
    let bench = Bench::start(config(), &menu()).await;
    let contact_id = bench.start_call(&request()).await.unwrap();
    let call = bench.until(&contact_id, |call| !said(call).is_empty()).await;
    for lines in [1, 0, 1] {
        let (status, call) = act(&bench, &call, "heard", &json!({ "lines": lines }).to_string()).await;
        assert_eq!((status, &call["heard"]), (200, &json!(1)), "{lines}");
    }
}

/// A page that doesn't read uses only its socket's buffer.
#[tokio::test]
async fn a_slow_page_gets_the_latest_of_each_call() {
    let handset = Handset::new(config(), &menu());
    let mut phone = handset.watch();
    let call = handset.call(&request());
    call.answer().await;
    call.lines(1).await;
    for _ in 0..100 {
        call.hear(1).await;
    }
    call.press("4").await;
    call.lines(3).await;
    let shown = json!(phone.next().await.unwrap());
    assert_eq!(said(&shown), ["Press 4.", "right"]);
    call.hang_up().await;
    assert_eq!(json!(phone.next().await.unwrap())["endedBy"], "callee");
}

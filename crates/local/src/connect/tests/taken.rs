//! Calls that a page has taken, with a paused clock.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::super::prompt::Speech;
use super::bench::{GREETING, config, flow, menu, request, said};
use super::handset::Handset;

#[tokio::test(start_paused = true)]
async fn rings_until_the_ring_timeout() {
    let handset = Handset::new(config(), &menu());
    let _page = handset.watch();
    let start = Instant::now();
    let call = handset.call(&request()).ended().await;
    assert_eq!((&call["endedBy"], said(&call).len(), start.elapsed().as_secs()), (&json!("no-answer"), 0, 30));
}

#[tokio::test(start_paused = true)]
async fn rings_on_where_the_page_was_closed() {
    let handset = Handset::new(config(), &menu());
    let page = handset.watch();
    let start = Instant::now();
    let call = handset.call(&request());
    drop(page);
    assert_eq!((&call.ended().await["endedBy"], start.elapsed().as_secs()), (&json!("no-answer"), 30));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_comes_back_can_answer() {
    let handset = Handset::new(config(), &menu());
    let page = handset.watch();
    let call = handset.call(&request());
    drop(page);
    let _page = handset.watch();
    call.answer().await;
    call.lines(1).await;
    sleep(Duration::from_hours(24)).await;
    assert_eq!(call.until(|_| true).await["state"], "talking");
}

#[tokio::test(start_paused = true)]
async fn is_declined() {
    let handset = Handset::new(config(), &menu());
    let _page = handset.watch();
    let call = handset.call(&request());
    call.decline().await;
    let call = call.until(|_| true).await;
    assert_eq!((&call["state"], &call["endedBy"], said(&call).len()), (&json!("ended"), &json!("declined"), 0));
}

#[tokio::test(start_paused = true)]
async fn waits_for_as_long_as_the_page_speaks() {
    let handset = Handset::new(config(), &flow());
    let _page = handset.watch();
    let call = handset.call(&request());
    call.answer().await;
    for lines in 1..=4 {
        assert_eq!(said(&call.lines(lines).await).len(), lines);
        // Longer than any pace would take.
        sleep(Duration::from_hours(2)).await;
        assert_eq!(said(&call.until(|_| true).await).len(), lines);
        call.hear(lines).await;
    }
    assert_eq!(call.ended().await["endedBy"], "flow");
}

#[tokio::test(start_paused = true)]
async fn the_time_for_a_key_begins_when_the_question_was_heard() {
    let handset = Handset::new(config(), &menu());
    let _page = handset.watch();
    let call = handset.call(&request());
    call.answer().await;
    call.lines(1).await;
    sleep(Duration::from_hours(1)).await;
    let start = Instant::now();
    call.hear(1).await;
    assert_eq!(said(&call.lines(2).await), ["Press 4.", "late"]);
    assert_eq!(start.elapsed().as_secs(), 180);
}

#[tokio::test(start_paused = true)]
async fn a_key_interrupts_the_question() {
    let handset = Handset::new(config(), &menu());
    let _page = handset.watch();
    let call = handset.call(&request());
    call.answer().await;
    call.lines(1).await;
    call.press("4").await;
    assert_eq!(said(&call.lines(3).await), ["Press 4.", "right"]);
    // The key is a line too.
    call.hear(3).await;
    assert_eq!(call.ended().await["heard"], 3);
}

#[tokio::test(start_paused = true)]
async fn a_key_does_not_interrupt_what_asks_for_none() {
    let handset = Handset::new(config(), &flow());
    let _page = handset.watch();
    let call = handset.call(&request());
    call.answer().await;
    call.lines(1).await;
    call.press("4").await;
    sleep(Duration::from_hours(1)).await;
    assert_eq!(said(&call.until(|_| true).await), [GREETING]);
    call.hear(1).await;
    assert_eq!(said(&call.lines(3).await).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn is_hung_up_during_everything() {
    // A question that is spoken, one that waits for a key, and what asks for none.
    for (flow, heard) in [(menu(), 0), (menu(), 1), (flow(), 0)] {
        let handset = Handset::new(config(), &flow);
        let _page = handset.watch();
        let call = handset.call(&request());
        call.answer().await;
        call.lines(1).await;
        call.hear(heard).await;
        call.hang_up().await;
        let hung_up = call.until(|_| true).await;
        assert_eq!((&hung_up["state"], &hung_up["endedBy"]), (&json!("ended"), &json!("callee")));
        call.hear(1).await;
        sleep(Duration::from_hours(1)).await;
        assert_eq!(call.until(|_| true).await["transcript"], hung_up["transcript"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_took_is_hung_up_too_and_outlives_a_page() {
    let mut config = config();
    config.word = Duration::from_mins(1);
    let handset = Handset::new(config, &flow());
    let call = handset.call(&request());
    call.lines(1).await;
    drop(handset.watch());
    assert_eq!(said(&call.lines(2).await).len(), 2);
    call.hang_up().await;
    let hung_up = call.until(|_| true).await;
    sleep(Duration::from_hours(24)).await;
    assert_eq!(call.until(|_| true).await, hung_up);
    assert_eq!(hung_up["endedBy"], "callee");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_answered_while_nobody_watches_needs_nobody_to_listen() {
    let handset = Handset::new(config(), &flow());
    let page = handset.watch();
    let call = handset.call(&request());
    drop(page);
    call.answer().await;
    let call = call.ended().await;
    assert_eq!((said(&call).len(), &call["endedBy"]), (4, &json!("flow")));
}

/// A step of the flow that is under way on another thread while somebody hangs up.
#[tokio::test(start_paused = true)]
async fn nothing_is_done_in_a_call_that_has_ended() {
    let handset = Handset::new(config(), &menu());
    let call = handset.call(&request());
    call.lines(1).await;
    call.hang_up().await;
    let hung_up = call.until(|_| true).await;
    let conversation = call.conversation();
    assert!(!conversation.set_attributes([("a".to_owned(), "b".to_owned())].into()));
    conversation.say(Speech::new("too late", Duration::ZERO)).await;
    assert_eq!(conversation.ask(Speech::new("too late", Duration::ZERO), Duration::from_secs(1)).await, None);
    assert_eq!(call.until(|_| true).await, hung_up);
}

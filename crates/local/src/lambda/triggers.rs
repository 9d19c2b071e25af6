//! The invocations as they happen: `GET /local/triggers`.
//!
//! Server-sent events, the last ones first and then each as it ends: `event: trigger`, and as `data` `{"at",
//! "function", "milliseconds", "event", "answer"}`, or `"error": {"errorType", "errorMessage"}` instead of `answer`. With
//! an error comes `fault`, the function's log line about it, if it wrote one.
//! Events, answers and faults are [redacted](super::redaction) before they are kept.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tokio::time::Instant;

use super::log::fault;
use super::redaction::redacted;
use super::{Function, Invoked, Lambda, Outcome};
use crate::time::Timestamp;

/// How many invocations are kept for later readers.
const MAX_KEPT: usize = 50;
/// How far a slow reader may be behind before it misses invocations.
const MAX_BEHIND: usize = 64;
/// The longest event and the longest answer that are kept, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// The last invocations. Cheap to clone: clones are the same list.
#[derive(Clone, Debug)]
pub(super) struct Triggers {
    kept: Arc<Mutex<VecDeque<Arc<str>>>>,
    live: broadcast::Sender<Arc<str>>,
}

/// One invocation, as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Trigger {
    at: Timestamp,
    function: &'static str,
    milliseconds: u64,
    event: Value,
    #[serde(flatten)]
    end: End,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<Value>,
    #[serde(skip)]
    begun: Instant,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum End {
    Answer(Value),
    Error(Value),
}

impl Default for Triggers {
    fn default() -> Self {
        Self { kept: Arc::default(), live: broadcast::Sender::new(MAX_BEHIND) }
    }
}

impl Triggers {
    pub(super) fn add(&self, trigger: Trigger) {
        let Ok(data) = serde_json::to_string(&trigger) else { return };
        let data: Arc<str> = data.into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == MAX_KEPT {
            kept.pop_front();
        }
        kept.push_back(data.clone());
        // Under the lock, so that a new reader gets it either from the list or live. An error means that there is no
        // reader.
        let _ = self.live.send(data);
    }

    /// The kept invocations, and a receiver for later ones.
    fn watch(&self) -> (VecDeque<Arc<str>>, broadcast::Receiver<Arc<str>>) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.clone(), self.live.subscribe())
    }
}

impl Trigger {
    pub(super) fn begin(function: Function, event: &[u8]) -> Self {
        let (at, begun) = (Timestamp::now(), Instant::now());
        let (event, end) = (shown(event), End::Answer(Value::Null));
        Self { at, function: function.name(), milliseconds: 0, event, end, fault: None, begun }
    }

    pub(super) fn end(mut self, Invoked { outcome, tail }: &Invoked) -> Self {
        self.milliseconds = self.begun.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
        let error = |error_type: &str, error_message: &str| {
            End::Error(redacted(json!({ "errorType": error_type, "errorMessage": error_message })))
        };
        self.end = match outcome {
            Outcome::Answered(answer) => End::Answer(shown(answer)),
            Outcome::Failed { error_type, error_message } => error(error_type, error_message),
            Outcome::Crashed { error_message } => error("Runtime.ExitError", error_message),
            Outcome::TimedOut { error_message } => error("Sandbox.Timedout", error_message),
        };
        self.fault = fault(tail).filter(|_| matches!(self.end, End::Error(_))).map(redacted);
        self
    }
}

/// `GET /local/triggers`
pub(super) async fn watch(State(lambda): State<Lambda>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = stream::unfold(lambda.0.triggers.watch(), async |(mut kept, mut live)| {
        let data = match kept.pop_front() {
            Some(data) => data,
            None => loop {
                match live.recv().await {
                    Ok(data) => break data,
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            },
        };
        Some((Ok(Event::default().event("trigger").data(&*data)), (kept, live)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// A redacted body. A body that is not JSON can't be redacted by names, so it is left out. No trigger sends one.
fn shown(body: &[u8]) -> Value {
    if body.len() > MAX_BYTES {
        return json!(format!("({} bytes)", body.len()));
    }
    serde_json::from_slice(body).map_or_else(|_| json!("(not JSON)"), redacted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(number: usize) -> Trigger {
        Trigger::begin(Function::DefineChallenge, json!({ "number": number }).to_string().as_bytes())
    }

    fn invoked(outcome: Outcome, log: &str) -> Invoked {
        Invoked { outcome, tail: log.to_owned() }
    }

    fn numbers(kept: &VecDeque<Arc<str>>) -> Vec<u64> {
        let number =
            |data: &Arc<str>| serde_json::from_str::<Value>(data).unwrap()["event"]["number"].as_u64().unwrap();
        kept.iter().map(number).collect()
    }

    #[test]
    fn the_last_ones_are_kept() {
        let triggers = Triggers::default();
        for number in 0..=MAX_KEPT {
            triggers.add(trigger(number));
        }
        let (kept, _) = triggers.watch();
        assert_eq!(numbers(&kept), (1..=MAX_KEPT as u64).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn who_looks_gets_each_once() {
        let triggers = Triggers::default();
        triggers.add(trigger(1));
        let (mut kept, mut live) = triggers.watch();
        triggers.add(trigger(2));
        kept.push_back(live.recv().await.unwrap());
        assert_eq!(numbers(&kept), [1, 2]);
        assert!(live.try_recv().is_err());
    }

    #[test]
    fn an_invocation_shows_what_went_in_and_came_out() {
        let answered = Outcome::Answered(br#"{"request":{"challengeAnswer":"471902"}}"#.to_vec());
        let shown = serde_json::to_value(trigger(1).end(&invoked(answered, ""))).unwrap();
        assert_eq!(shown["function"], "define-challenge");
        assert_eq!(shown["event"], json!({ "number": 1 }));
        assert_eq!(shown["answer"], json!({ "request": { "challengeAnswer": "(redacted)" } }));
        assert!(shown["at"].is_string() && shown["milliseconds"].is_u64() && shown.get("error").is_none(), "{shown}");
    }

    #[test]
    fn an_error_takes_the_place_of_the_answer() {
        let (error_type, error_message) = ("Fault".to_owned(), "No call to +12065550107 [CALL_BUSY]".to_owned());
        let log = concat!(
            r#"{"message":"fault","advice":"an earlier one"}"#,
            "\n",
            r#"{"message":"fault","advice":"raise the quota","number":"+12065550107"}"#,
            "\n",
            r#"{"message":"answered"}"#,
            "\nand no JSON\n",
        );
        let failed = invoked(Outcome::Failed { error_type, error_message }, log);
        let shown = serde_json::to_value(trigger(1).end(&failed)).unwrap();
        let error = json!({ "errorType": "Fault", "errorMessage": "No call to +1********07 [CALL_BUSY]" });
        assert_eq!(shown["error"], error);
        assert!(shown.get("answer").is_none(), "{shown}");
        let fault = json!({ "message": "fault", "advice": "raise the quota", "number": "+1********07" });
        assert_eq!(shown["fault"], fault);
        // Something in the log is no fault of an answer.
        let answered = Outcome::Answered(b"{}".to_vec());
        assert_eq!(serde_json::to_value(trigger(1).end(&invoked(answered, log))).unwrap().get("fault"), None);
    }

    #[test]
    fn what_is_no_json_or_too_long_is_not_shown() {
        assert_eq!(shown(b"471902 or so"), "(not JSON)");
        let long = json!({ "x": "y".repeat(MAX_BYTES) }).to_string();
        assert_eq!(shown(long.as_bytes()), format!("({} bytes)", long.len()));
    }
}

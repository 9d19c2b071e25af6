//! A function that does what a test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;

use crate::lambda::{Function, Invoker, Outcome};

/// The outcomes of one function, in order. The last one is that of all later invocations.
#[derive(Clone, Default)]
pub(super) struct Script(Arc<Mutex<Scripted>>);

#[derive(Default)]
struct Scripted {
    outcomes: VecDeque<(Duration, Outcome)>,
    events: Vec<Value>,
}

impl Script {
    pub(super) fn new(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        Self::taking(outcomes.into_iter().map(|outcome| (Duration::ZERO, outcome)))
    }

    /// Outcomes that take a time.
    pub(super) fn taking(outcomes: impl IntoIterator<Item = (Duration, Outcome)>) -> Self {
        let script = Self::default();
        script.0.lock().unwrap().outcomes.extend(outcomes);
        script
    }

    /// The events of all invocations.
    pub(super) fn events(&self) -> Vec<Value> {
        self.0.lock().unwrap().events.clone()
    }

    pub(super) fn functions(&self) -> Invoker {
        let script = self.clone();
        Invoker::new(move |function, event| {
            assert_eq!(function, Function::SpeakCode);
            let (time, outcome) = script.next(&event);
            async move {
                sleep(time).await;
                outcome
            }
        })
    }

    fn next(&self, event: &[u8]) -> (Duration, Outcome) {
        let mut scripted = self.0.lock().unwrap();
        scripted.events.push(serde_json::from_slice(event).unwrap());
        if scripted.outcomes.len() > 1 {
            scripted.outcomes.pop_front().unwrap()
        } else {
            scripted.outcomes.front().expect("a script has an outcome").clone()
        }
    }
}

pub(super) fn answered(answer: &Value) -> Outcome {
    Outcome::Answered(answer.to_string().into())
}

pub(super) fn failed() -> Outcome {
    Outcome::Failed { error_type: "Mistake".to_owned(), error_message: "it went wrong".to_owned() }
}

//! A callee who has the phone in hand: while it is, the stand-in for Connect does nothing by itself.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::stack::{Stack, wait_for};
use crate::user::{User, spoken_code};

/// The phone with a number. It is put down when this is dropped.
pub(crate) struct Phone<'a> {
    stack: &'a Stack,
    number: &'a str,
    seen: Arc<Mutex<Vec<u8>>>,
    watching: JoinHandle<()>,
}

impl<'a> Phone<'a> {
    pub(crate) async fn of(user: &'a User) -> Self {
        Self::with_number(&user.stack, user.number()).await
    }

    pub(crate) async fn with_number(stack: &'a Stack, number: &'a str) -> Self {
        let mut watched = stack.pick_up_phone(number).await;
        let seen = Arc::<Mutex<Vec<u8>>>::default();
        let kept = seen.clone();
        let watching = tokio::spawn(async move {
            while let Ok(Some(chunk)) = watched.chunk().await {
                kept.lock().unwrap().extend(chunk);
            }
        });
        Self { stack, number, seen, watching }
    }

    /// The calls as the phone was told of them, once for each change.
    pub(crate) fn seen(&self) -> Vec<Value> {
        let seen = String::from_utf8(self.seen.lock().unwrap().clone()).unwrap();
        seen.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()).collect()
    }

    /// A call, counted from 1, once it rings.
    pub(crate) async fn ring(&self, count: usize) -> Value {
        self.until(count, |_| true).await
    }

    pub(crate) async fn answer(&self, count: usize) {
        self.at(count, "answer", &json!({})).await;
    }

    pub(crate) async fn decline(&self, count: usize) -> Value {
        self.at(count, "decline", &json!({})).await;
        self.ended(count).await
    }

    pub(crate) async fn hang_up(&self, count: usize) -> Value {
        self.at(count, "hang-up", &json!({})).await;
        self.ended(count).await
    }

    /// Answers a call, presses the digit when it is asked for, and listens to the end.
    pub(crate) async fn take(&self, count: usize) -> Value {
        self.answer(count).await;
        self.listen(count, true).await
    }

    /// Listens to the end of an answered call. Presses the gate's digit at the first question, or never.
    pub(crate) async fn listen(&self, count: usize, presses: bool) -> Value {
        self.listen_until(count, presses, |_| false).await
    }

    /// Listens to an answered call and presses the gate's digit, until the code is said.
    pub(crate) async fn listen_for_code(&self, count: usize) -> Value {
        self.listen_until(count, true, |call| code_in(call).is_some()).await
    }

    async fn listen_until(&self, count: usize, mut presses: bool, is_enough: impl Fn(&Value) -> bool) -> Value {
        let mut lines = 0;
        loop {
            let call = self.until(count, |call| call["state"] == "ended" || transcript(call).len() > lines).await;
            if call["state"] == "ended" || is_enough(&call) {
                return call;
            }
            let (says, asked) = (&transcript(&call)[lines]["says"], &call["attributes"]["GatePrompt"]);
            let asks = says.as_str().zip(asked.as_str()).is_some_and(|(says, asked)| says.starts_with(asked));
            lines += 1;
            if asks && presses {
                presses = false;
                self.press(count, call["attributes"]["GateDigit"].as_str().unwrap()).await;
            } else {
                self.hear(count, lines).await;
            }
        }
    }

    /// Says that this many lines were heard, which lets the call go on.
    pub(crate) async fn hear(&self, count: usize, lines: usize) {
        self.at(count, "heard", &json!({ "lines": lines })).await;
    }

    pub(crate) async fn press(&self, count: usize, keys: &str) {
        self.at(count, "keys", &json!({ "keys": keys })).await;
    }

    /// Waits until this many lines were said and pressed.
    pub(crate) async fn lines(&self, count: usize, lines: usize) -> Value {
        self.until(count, |call| transcript(call).len() >= lines).await
    }

    pub(crate) async fn ended(&self, count: usize) -> Value {
        self.until(count, |call| call["state"] == "ended").await
    }

    async fn at(&self, count: usize, action: &str, body: &Value) {
        let call = self.ring(count).await;
        self.stack.at_phone(call["contactId"].as_str().unwrap(), action, body).await;
    }

    async fn until(&self, count: usize, wanted: impl Fn(&Value) -> bool) -> Value {
        wait_for("the call to go on", async || {
            self.stack.calls_to(self.number).await.get(count - 1).filter(|call| wanted(call)).cloned()
        })
        .await
    }
}

impl Drop for Phone<'_> {
    fn drop(&mut self) {
        self.watching.abort();
    }
}

/// What was said and pressed in a call.
pub(crate) fn transcript(call: &Value) -> &[Value] {
    call["transcript"].as_array().expect("a call has a transcript")
}

/// The code that was said in a call.
pub(crate) fn code_in(call: &Value) -> Option<String> {
    transcript(call).iter().find_map(|line| spoken_code(line["says"].as_str()?))
}

/// The last words of a call.
pub(crate) fn last_words(call: &Value) -> &str {
    transcript(call).iter().rev().find_map(|line| line["says"].as_str()).unwrap_or_default()
}

//! The course of one call: it rings, is answered, runs the flow, ends.

use std::collections::BTreeMap;
use std::future::pending;
use std::mem;
use std::time::Duration;

use tokio::select;
use tokio::time::{sleep, timeout};

use super::call::{EndedBy, State, TranscriptLine};
use super::calls::{Entry, Keypad};
use super::contact::{self, KEYS};
use super::invocation::Invocation;
use super::prompt::Speech;
use super::{Connect, run};
use crate::time::Timestamp;

/// The attribute with the digit that the stand-in presses by itself.
const GATE_DIGIT: &str = "GateDigit";
/// About how long a spoken word takes in a real call. Pauses are scaled by it.
const REAL_WORD: Duration = Duration::from_millis(400);
/// How long one prompt takes at most, whatever the pace.
const MAX_SPEAKING: Duration = Duration::from_hours(1);

/// One call, as the flow sees it.
pub(super) struct Conversation {
    connect: Connect,
    contact_id: String,
}

/// A prompt that is being spoken.
struct Speaking {
    /// How many lines the transcript has, this one included.
    lines: usize,
    /// How long it takes at the stand-in's pace.
    time: Duration,
}

impl Conversation {
    /// A call that has just been placed.
    pub(super) fn new(connect: Connect, contact_id: String) -> Self {
        Self { connect, contact_id }
    }

    /// Runs the call to its end.
    pub(super) async fn run(self, ring_timeout: Duration) {
        if !self.is_answered(ring_timeout).await {
            return;
        }
        select! {
            biased;
            // Somebody hung up, wherever the flow is.
            () = self.until(|entry| entry.call.state == State::Ended) => {}
            () = run::run(self.connect.flow(), &self) => {
                self.change(State::Talking, |entry| {
                    entry.call.end(EndedBy::Flow);
                    Some(())
                });
            }
        }
    }

    /// Speaks a prompt to its end.
    pub(super) async fn say(&self, speech: Speech) {
        let speaking = self.begin(speech);
        self.finish(&speaking).await;
    }

    /// Asks for one key, which may come while the question is still spoken. `None` if no key was pressed in time.
    pub(super) async fn ask(&self, speech: Speech, time_limit: Duration) -> Option<char> {
        self.change(State::Talking, |entry| {
            entry.keypad = Keypad::Asked;
            Some(())
        });
        let speaking = self.begin(speech);
        let silence = async {
            self.finish(&speaking).await;
            // The question ends at the time limit, or when a key is pressed.
            let _ = timeout(time_limit, self.press()).await;
        };
        select! {
            () = self.until(|entry| matches!(entry.keypad, Keypad::Pressed(_))) => {}
            () = silence => {}
        }
        let keypad = self.change(State::Talking, |entry| {
            entry.presses = false;
            Some(mem::take(&mut entry.keypad))
        });
        // A key that was pressed in the last moment counts.
        match keypad {
            Some(Keypad::Pressed(key)) => Some(key),
            _ => None,
        }
    }

    /// Invokes a function. The callee hears nothing meanwhile. `None` is an error.
    pub(super) async fn invoke(
        &self,
        invocation: &Invocation,
        parameters: &BTreeMap<String, String>,
    ) -> Option<BTreeMap<String, String>> {
        let call = self.read(|entry| entry.call.clone())?;
        invocation.run(&self.connect, &call, parameters).await
    }

    /// Sets all of these attributes of the contact, or none if one of them is not allowed.
    pub(super) fn set_attributes(&self, values: BTreeMap<String, String>) -> bool {
        let set = |entry: &mut Entry| contact::set_attributes(&mut entry.call.attributes, values).ok();
        self.change(State::Talking, set).is_some()
    }

    /// The contact's attributes as they are now.
    pub(super) fn attributes(&self) -> BTreeMap<String, String> {
        self.read(|entry| entry.call.attributes.clone()).unwrap_or_default()
    }

    /// Rings until somebody answers or declines, or for as long as it may.
    async fn is_answered(&self, ring_timeout: Duration) -> bool {
        let answer_after = self.connect.config().answer_after;
        let by_itself = !self.is_taken() && answer_after <= ring_timeout;
        let ringing = if by_itself { answer_after } else { ring_timeout };
        let somebody = self.until(|entry| entry.call.state != State::Ringing);
        if timeout(ringing, somebody).await.is_err() {
            self.change(State::Ringing, |entry| {
                if by_itself {
                    entry.call.talk();
                } else {
                    entry.call.end(EndedBy::NoAnswer);
                }
                Some(())
            });
        }
        self.read(|entry| entry.call.state == State::Talking).unwrap_or_default()
    }

    /// Begins to speak a prompt.
    fn begin(&self, speech: Speech) -> Speaking {
        let time = self.time(&speech);
        let lines = self.change(State::Talking, |entry| {
            entry.call.transcript.push(TranscriptLine::Says { at: Timestamp::now(), says: speech.text });
            Some(entry.call.transcript.len())
        });
        // If the call has ended in the meantime, there is nothing to wait for.
        Speaking { lines: lines.unwrap_or_default(), time }
    }

    /// Waits until a prompt was spoken: for its duration, or until the page that has taken the call reports it.
    async fn finish(&self, speaking: &Speaking) {
        if self.is_taken() {
            self.until(|entry| entry.call.heard >= speaking.lines).await;
        } else {
            sleep(speaking.time).await;
        }
    }

    /// Presses the gate's digit after a moment, if no page has taken the call. Never returns.
    async fn press(&self) {
        sleep(self.connect.config().press_after).await;
        self.change(State::Talking, |entry| {
            let one_key = |digit: &&String| digit.len() == 1 && KEYS.contains(digit.as_str());
            let digit = entry.call.attributes.get(GATE_DIGIT).filter(one_key)?.clone();
            entry.presses.then(|| entry.press(digit))
        });
        pending::<()>().await;
    }

    fn time(&self, speech: &Speech) -> Duration {
        let word = self.connect.config().word.as_secs_f64();
        let words = u32::try_from(speech.text.split(' ').count()).unwrap_or(u32::MAX);
        let seconds = word * f64::from(words) + speech.pauses.as_secs_f64() * word / REAL_WORD.as_secs_f64();
        Duration::from_secs_f64(seconds.min(MAX_SPEAKING.as_secs_f64()))
    }

    fn is_taken(&self) -> bool {
        self.read(|entry| entry.taken).unwrap_or_default()
    }

    /// Waits until a condition holds for the call, or the call is forgotten.
    async fn until(&self, wanted: impl Fn(&Entry) -> bool) {
        let mut changes = self.connect.changes();
        while self.read(&wanted) == Some(false) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Reads the call. `None` if the call is forgotten.
    fn read<T>(&self, look: impl FnOnce(&Entry) -> T) -> Option<T> {
        self.connect.calls().find(&self.contact_id).map(look)
    }

    /// Changes the call if it is still in this state, so that nothing happens after a hang-up. `None` if nothing was
    /// changed.
    fn change<T>(&self, state: State, change: impl FnOnce(&mut Entry) -> Option<T>) -> Option<T> {
        let changed = self.connect.calls().change(&self.contact_id, |entry, _| {
            let result = if entry.call.state == state { change(entry) } else { None };
            result.ok_or(())
        });
        let result = changed?.ok()?;
        self.connect.changed();
        Some(result)
    }
}

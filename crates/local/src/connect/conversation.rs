//! The life of one call: it rings, is answered, speaks and asks, ends.

use std::collections::BTreeMap;
use std::future::pending;
use std::mem;
use std::time::Duration;

use tokio::select;
use tokio::time::{sleep, timeout};

use super::call::{EndedBy, State, TranscriptLine};
use super::calls::{Entry, Keypad};
use super::contact::{self, KEYS};
use super::prompt::Speech;
use super::{Connect, run};
use crate::time::Timestamp;

/// The attribute that holds the digit which the stand-in presses by itself.
const GATE_DIGIT: &str = "GateDigit";
/// How long one spoken word takes in a real call, about: what the pauses are scaled by.
const REAL_WORD: Duration = Duration::from_millis(400);
/// How long one prompt takes at most, whatever the pace.
const MAX_SPEAKING: Duration = Duration::from_hours(1);

/// One call, as the flow sees it.
pub(super) struct Conversation {
    connect: Connect,
    contact_id: String,
}

/// What is being said.
struct Speaking {
    /// How many lines the transcript has with it.
    lines: usize,
    /// How long it takes at the stand-in's pace.
    time: Duration,
}

impl Conversation {
    /// A call that has just been placed.
    pub(super) fn new(connect: Connect, contact_id: String) -> Self {
        Self { connect, contact_id }
    }

    /// Goes through the call to its end.
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

    /// Says something to its end.
    pub(super) async fn say(&self, speech: Speech) {
        let speaking = self.begin(speech);
        self.finish(&speaking).await;
    }

    /// Asks for one key, which may come while the question is still spoken. Answers nothing if none has come in time.
    pub(super) async fn ask(&self, speech: Speech, time_limit: Duration) -> Option<char> {
        self.change(State::Talking, |entry| {
            entry.keypad = Keypad::Asked;
            Some(())
        });
        let speaking = self.begin(speech);
        let silence = async {
            self.finish(&speaking).await;
            // It ends by the time limit alone: a key that is pressed ends everything.
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
        // A key that came in the last moment was taken, and counts.
        match keypad {
            Some(Keypad::Pressed(key)) => Some(key),
            _ => None,
        }
    }

    /// Sets all of these attributes of the contact, or none if then they were too many.
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

    /// Begins to say something.
    fn begin(&self, speech: Speech) -> Speaking {
        let time = self.time(&speech);
        let lines = self.change(State::Talking, |entry| {
            entry.call.transcript.push(TranscriptLine::Says { at: Timestamp::now(), says: speech.text });
            Some(entry.call.transcript.len())
        });
        // If the call has ended meanwhile, nothing more is waited for.
        Speaking { lines: lines.unwrap_or_default(), time }
    }

    /// Waits until something has been said: for as long as that takes, or until the page says so that has the phone.
    async fn finish(&self, speaking: &Speaking) {
        if self.is_taken() {
            self.until(|entry| entry.call.heard >= speaking.lines).await;
        } else {
            sleep(speaking.time).await;
        }
    }

    /// Presses the gate's digit after a moment, if that is the stand-in's to do. Never ends.
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

    /// Waits until the call is as wanted, or forgotten.
    async fn until(&self, wanted: impl Fn(&Entry) -> bool) {
        let mut changes = self.connect.changes();
        while self.read(&wanted) == Some(false) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Looks at the call. Answers nothing if the call is forgotten already.
    fn read<T>(&self, look: impl FnOnce(&Entry) -> T) -> Option<T> {
        self.connect.calls().find(&self.contact_id).map(look)
    }

    /// Changes the call if it is in this state: what was decided before somebody hung up must not be done after. Nothing
    /// as a result means that nothing was changed.
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

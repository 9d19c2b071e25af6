//! The life of one call: it rings, is answered, runs the flow, ends.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::Telephone;
use super::action::is_voice_name;
use super::call::{Entry, Keypad, Line, State, Timestamp};
use super::contact;
use super::flow::{Action, Step};
use super::prompt::{Prompt, Speech};

/// How many actions one call runs at most, so that a flow that goes in circles ends.
const MAX_ACTIONS: usize = 1_000;
/// How long one spoken word takes in a real call, about: what the pauses are scaled by.
const REAL_WORD: Duration = Duration::from_millis(400);
/// How long one prompt takes at most, whatever the pace.
const MAX_SPEAKING: Duration = Duration::from_hours(1);

/// Runs a call to its end.
pub(super) async fn run(telephone: Telephone, contact_id: String, ring_timeout: Duration) {
    let answer_after = telephone.config().answer_after;
    sleep(answer_after.min(ring_timeout)).await;
    let conversation = Conversation { telephone, contact_id };
    if answer_after <= ring_timeout {
        conversation.change(|entry| entry.call.state = State::Talking);
        conversation.talk().await;
    }
    conversation.change(|entry| entry.call.state = State::Ended);
}

/// One call that was answered.
struct Conversation {
    telephone: Telephone,
    contact_id: String,
}

impl Conversation {
    async fn talk(&self) {
        let flow = self.telephone.flow();
        let mut loops = HashMap::new();
        let mut step = Some(flow.start);
        for _ in 0..MAX_ACTIONS {
            let Some(Step(index)) = step else { return };
            step = match &flow.actions[index] {
                Action::AskForKey { prompt, time_limit, keys, other_key, no_key, error } => {
                    Some(match self.ask(prompt, *time_limit).await {
                        Answer::Key(key) => {
                            keys.iter().find_map(|(known, step)| (*known == key).then_some(*step)).unwrap_or(*other_key)
                        }
                        Answer::Nothing => *no_key,
                        Answer::NotAsked => *error,
                    })
                }
                Action::HangUp => None,
                Action::Repeat { times, body, done } => {
                    let count: &mut u32 = loops.entry(index).or_default();
                    if *count < *times {
                        *count += 1;
                        Some(*body)
                    } else {
                        // The next time around it counts anew, as Connect's does.
                        *count = 0;
                        Some(*done)
                    }
                }
                Action::Say { prompt, next, error } => match self.begin(prompt) {
                    Some(speaking) => {
                        sleep(speaking).await;
                        Some(*next)
                    }
                    None => *error,
                },
                Action::SetAttributes { attributes, next, error } => {
                    let known = self.attributes();
                    let values: Option<BTreeMap<_, _>> =
                        attributes.iter().map(|(name, value)| Some((name.clone(), value.fill_from(&known)?))).collect();
                    Some(if values.is_some_and(|values| self.set(values)) { *next } else { *error })
                }
                Action::SetLogging { next } => Some(*next),
                Action::SetVoice { voice, next, error } => {
                    let known = voice.fill_from(&self.attributes()).is_some_and(|voice| is_voice_name(&voice));
                    Some(if known { *next } else { *error })
                }
            };
        }
    }

    /// Begins to say something. Answers how long that takes, or nothing if it can't be said.
    fn begin(&self, prompt: &Prompt) -> Option<Duration> {
        let speech = prompt.speak(&self.attributes())?;
        let speaking = self.duration(&speech);
        self.change(|entry| {
            entry.call.transcript.push(Line::Says { at: Timestamp::now(), says: speech.text });
        });
        Some(speaking)
    }

    /// Asks for one key, which may come while the question is still spoken.
    async fn ask(&self, prompt: &Prompt, time_limit: Duration) -> Answer {
        self.change(|entry| entry.keypad = Keypad::Asked);
        let answer = match self.begin(prompt) {
            Some(speaking) => match timeout(speaking + time_limit, self.key()).await {
                Ok(key) => Answer::Key(key),
                Err(_) => Answer::Nothing,
            },
            None => Answer::NotAsked,
        };
        self.change(|entry| entry.keypad = Keypad::Idle);
        answer
    }

    async fn key(&self) -> char {
        let mut changes = self.telephone.changes();
        loop {
            if let Some(Keypad::Pressed(key)) = self.read(|entry| entry.keypad) {
                return key;
            }
            if changes.changed().await.is_err() {
                // The telephone is gone, and nobody can press a key any more: the time limit ends this.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Sets all of the attributes, or none if they are too many.
    fn set(&self, values: BTreeMap<String, String>) -> bool {
        let mut attributes = self.attributes();
        attributes.extend(values);
        let fits = contact::check_attributes(&attributes).is_ok();
        if fits {
            self.change(|entry| entry.call.attributes = attributes);
        }
        fits
    }

    fn duration(&self, speech: &Speech) -> Duration {
        let word = self.telephone.config().word.as_secs_f64();
        let words = u32::try_from(speech.text.split(' ').count()).unwrap_or(u32::MAX);
        let seconds = word * f64::from(words) + speech.pauses.as_secs_f64() * word / REAL_WORD.as_secs_f64();
        Duration::from_secs_f64(seconds.min(MAX_SPEAKING.as_secs_f64()))
    }

    fn attributes(&self) -> BTreeMap<String, String> {
        self.read(|entry| entry.call.attributes.clone()).unwrap_or_default()
    }

    /// Looks at the call. Answers nothing if the call is forgotten already.
    fn read<T>(&self, look: impl FnOnce(&Entry) -> T) -> Option<T> {
        self.telephone.calls().find(&self.contact_id).map(|entry| look(entry))
    }

    fn change(&self, change: impl FnOnce(&mut Entry)) {
        self.telephone.change(&self.contact_id, change);
    }
}

/// How a question ended.
enum Answer {
    Key(char),
    Nothing,
    /// The question could not be spoken.
    NotAsked,
}

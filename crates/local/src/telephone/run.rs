//! Runs the flow in one call.

use std::collections::{BTreeMap, HashMap};

use super::action::is_voice_name;
use super::conversation::{Answer, Conversation};
use super::flow::{Action, Flow, Step};

/// How many actions one call runs at most, so that a flow that goes in circles ends.
const MAX_ACTIONS: usize = 1_000;

/// Runs a flow to its end.
pub(super) async fn run(flow: &Flow, conversation: &Conversation) {
    let mut loops = HashMap::new();
    let mut step = Some(flow.start);
    for _ in 0..MAX_ACTIONS {
        let Some(Step(index)) = step else { return };
        step = match &flow.actions[index] {
            Action::AskForKey { prompt, time_limit, keys, other_key, no_key, error } => {
                Some(match conversation.ask(prompt, *time_limit).await {
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
            Action::Say { prompt, next, error } => {
                if conversation.say(prompt).await {
                    Some(*next)
                } else {
                    *error
                }
            }
            Action::SetAttributes { attributes, next, error } => {
                let known = conversation.attributes();
                let values: Option<BTreeMap<_, _>> =
                    attributes.iter().map(|(name, value)| Some((name.clone(), value.fill_from(&known)?))).collect();
                Some(if values.is_some_and(|values| conversation.set(values)) { *next } else { *error })
            }
            Action::SetLogging { next } => Some(*next),
            Action::SetVoice { voice, next, error } => {
                let known = voice.fill_from(&conversation.attributes()).is_some_and(|voice| is_voice_name(&voice));
                Some(if known { *next } else { *error })
            }
        };
    }
}

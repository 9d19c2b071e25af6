//! Runs the flow in one call.

use std::collections::{BTreeMap, HashMap};

use super::action::is_voice_name;
use super::attributes::Attributes;
use super::contact;
use super::conversation::Conversation;
use super::flow::{Action, Flow, Step};
use super::phrase::Phrase;

/// The most actions that one call runs, so that an endless loop in a flow ends.
const MAX_ACTIONS: usize = 1_000;

/// Runs a flow to its end.
pub(super) async fn run(flow: &Flow, conversation: &Conversation) {
    let mut loops = HashMap::new();
    let mut flow_attributes = BTreeMap::new();
    let mut external = BTreeMap::new();
    let mut step = Some(flow.start);
    for _ in 0..MAX_ACTIONS {
        let Some(Step(index)) = step else { return };
        let known = Attributes { contact: conversation.attributes(), flow: &flow_attributes, external: &external };
        step = match &flow.actions[index] {
            Action::AskForKey { prompt, time_limit, keys, other_key, no_key, error } => {
                Some(match prompt.speak(&known) {
                    Some(speech) => match conversation.ask(speech, *time_limit).await {
                        Some(key) => {
                            keys.iter().find_map(|(known, step)| (*known == key).then_some(*step)).unwrap_or(*other_key)
                        }
                        None => *no_key,
                    },
                    None => *error,
                })
            }
            Action::Compare { value, cases, other } => {
                // An attribute that was never set equals nothing, not even an empty text.
                let value = value.fill_from(&known);
                let case = cases.iter().find(|(operand, _)| value.as_ref() == Some(operand));
                Some(case.map_or(*other, |(_, step)| *step))
            }
            Action::HangUp => None,
            Action::Invoke { invocation, next, error } => {
                let answer = match values(&invocation.parameters, &known) {
                    Some(parameters) => conversation.invoke(invocation, &parameters).await,
                    None => None,
                };
                let step = if answer.is_some() { *next } else { *error };
                // Nothing is left of an earlier answer.
                external = answer.unwrap_or_default();
                Some(step)
            }
            Action::Repeat { times, body, done } => {
                let count: &mut u32 = loops.entry(index).or_default();
                if *count < *times {
                    *count += 1;
                    Some(*body)
                } else {
                    // The next time, the loop counts from 0 again, as Connect's does.
                    *count = 0;
                    Some(*done)
                }
            }
            Action::Say { prompt, next, error } => match prompt.speak(&known) {
                Some(speech) => {
                    conversation.say(speech).await;
                    Some(*next)
                }
                None => *error,
            },
            Action::SetAttributes { attributes, next, error } => {
                let set = values(attributes, &known).is_some_and(|values| conversation.set_attributes(values));
                Some(if set { *next } else { *error })
            }
            Action::SetFlowAttributes { attributes, next, error } => {
                let values = values(attributes, &known);
                let set = |values| contact::set_attributes(&mut flow_attributes, values).is_ok();
                Some(if values.is_some_and(set) { *next } else { *error })
            }
            Action::SetLogging { next } => Some(*next),
            Action::SetVoice { voice, next, error } => {
                Some(if voice.fill_from(&known).is_some_and(|voice| is_voice_name(&voice)) { *next } else { *error })
            }
        };
    }
}

/// The values that attributes are set to. `None` if one of them has no value.
fn values(attributes: &[(String, Phrase)], known: &Attributes<'_>) -> Option<BTreeMap<String, String>> {
    attributes.iter().map(|(name, value)| Some((name.clone(), value.fill_from(known)?))).collect()
}

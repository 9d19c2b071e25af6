//! Reads the JSON of the Amazon Connect flow language, version 2019-10-30, into a [`Flow`].

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::action::Item;
use super::flow::{Action, Flow, FlowError, Step};

const VERSION: &str = "2019-10-30";
/// Limits of the flow language and of `AWS::Connect::ContactFlow`.
const MAX_ACTIONS: usize = 250;
const MAX_IDENTIFIER: usize = 50;
const MAX_CONTENT: usize = 256_000;
/// The characters that no identifier may have (API reference, "Actions in the Amazon Connect Flow Language").
const NOT_IN_IDENTIFIERS: &str = "%:(\\/)=$,;[]{}";

/// Reads and checks a whole flow.
pub(super) fn read(content: &str) -> Result<Flow, FlowError> {
    let fault = |fault: String| Err(FlowError::Document(fault));
    if content.chars().count() > MAX_CONTENT {
        return fault(format!("it has more than {MAX_CONTENT} characters"));
    }
    let document: Document = match serde_json::from_str(content) {
        Ok(document) => document,
        Err(error) => return fault(format!("it is no flow document: {error}")),
    };
    if document.version != VERSION {
        return fault(format!("its Version must be {VERSION}"));
    }
    if !(1..=MAX_ACTIONS).contains(&document.actions.len()) {
        return fault(format!("it must have 1 to {MAX_ACTIONS} actions"));
    }
    let mut steps = HashMap::new();
    for (index, action) in document.actions.iter().enumerate() {
        if !(1..=MAX_IDENTIFIER).contains(&action.identifier.chars().count()) {
            return Err(action.fault(format!("an Identifier has 1 to {MAX_IDENTIFIER} characters")));
        }
        if action.identifier.contains(|letter| NOT_IN_IDENTIFIERS.contains(letter)) {
            return Err(action.fault(format!("an Identifier has none of {NOT_IN_IDENTIFIERS}")));
        }
        if steps.insert(action.identifier.clone(), Step(index)).is_some() {
            return Err(action.fault("another action has the same Identifier"));
        }
    }
    let Some(start) = steps.get(&document.start_action).copied() else {
        return fault("its StartAction is no action of the flow".to_owned());
    };
    let actions: Vec<Action> = document
        .actions
        .iter()
        .map(|action| action.read(&steps).map_err(|fault| action.fault(fault)))
        .collect::<Result<_, _>>()?;
    let flow = Flow { start, actions };
    let reached = reachable(&flow);
    match document.actions.iter().enumerate().find(|(index, _)| !reached.contains(&Step(*index))) {
        Some((_, action)) => Err(action.fault("no other action leads to it")),
        None => Ok(flow),
    }
}

fn reachable(flow: &Flow) -> BTreeSet<Step> {
    let mut reached = BTreeSet::new();
    let mut open = vec![flow.start];
    while let Some(step) = open.pop() {
        if reached.insert(step) {
            open.extend(flow.actions[step.0].targets());
        }
    }
    reached
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Document {
    version: String,
    start_action: String,
    /// The positions in the console's editor; free-form.
    #[serde(default, rename = "Metadata")]
    _metadata: Map<String, Value>,
    actions: Vec<Item>,
}

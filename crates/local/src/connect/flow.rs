//! A contact flow, checked as a whole before the first call.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use client::template;

use super::document;
use super::invocation::Invocation;
use super::phrase::Phrase;
use super::prompt::Prompt;
use crate::lambda::Function;

/// A contact flow that every call runs: the one that the template deploys.
///
/// It knows the actions that this project's flow uses, each with all of its parameters and transitions. Anything else
/// is an error when the flow is read. Nothing is skipped in a call.
#[derive(Debug)]
pub struct Flow {
    pub(super) start: Step,
    pub(super) actions: Vec<Action>,
}

/// Why a flow can't be run.
#[derive(Debug)]
#[non_exhaustive]
pub enum FlowError {
    /// One action is wrong, or is of a kind that the stand-in doesn't know.
    Action {
        /// The action's identifier in the flow.
        identifier: String,
        /// What is wrong with it.
        fault: String,
    },
    /// The flow as a whole is no document of the Amazon Connect flow language.
    Document(String),
    /// The template has no contact flow that could be read.
    Template(String),
}

impl Flow {
    /// Reads the flow from a SAM or `CloudFormation` template in YAML: the `Content` of its one resource of type
    /// `AWS::Connect::ContactFlow`, where the functions have their local ARNs.
    pub fn from_template(template_yaml: &str) -> Result<Self, FlowError> {
        let content = template::contact_flow(template_yaml, Function::template_value);
        Self::from_content(&content.map_err(FlowError::Template)?)
    }

    /// Reads a flow in the JSON of the Amazon Connect flow language.
    pub fn from_content(content: &str) -> Result<Self, FlowError> {
        document::read(content)
    }

    /// Whether it invokes the function that gives the code.
    #[must_use]
    pub fn asks_for_the_code(&self) -> bool {
        self.actions.iter().any(|action| matches!(action, Action::Invoke { .. }))
    }
}

impl fmt::Display for FlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Action { identifier, fault } => write!(f, "contact flow, action {identifier}: {fault}"),
            Self::Document(fault) => write!(f, "contact flow: {fault}"),
            Self::Template(fault) => write!(f, "template: {fault}"),
        }
    }
}

impl Error for FlowError {}

/// The index of an action in the flow. It is always valid, since only `document` creates flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step(pub(super) usize);

/// One action with its transitions. A call ends if an error has no branch.
#[derive(Debug)]
pub(super) enum Action {
    /// `GetParticipantInput` as a menu.
    AskForKey {
        prompt: Prompt,
        time_limit: Duration,
        keys: Vec<(char, Step)>,
        other_key: Step,
        no_key: Step,
        error: Step,
    },
    /// `Compare`.
    Compare { value: Phrase, cases: Vec<(String, Step)>, other: Step },
    /// `DisconnectParticipant`.
    HangUp,
    /// `InvokeLambdaFunction`.
    Invoke { invocation: Invocation, next: Step, error: Step },
    /// `Loop`.
    Repeat { times: u32, body: Step, done: Step },
    /// `MessageParticipant`.
    Say { prompt: Prompt, next: Step, error: Option<Step> },
    /// `UpdateContactAttributes`.
    SetAttributes { attributes: Vec<(String, Phrase)>, next: Step, error: Step },
    /// `UpdateFlowAttributes`.
    SetFlowAttributes { attributes: Vec<(String, Phrase)>, next: Step, error: Step },
    /// `UpdateFlowLoggingBehavior`. Nothing is logged here either way.
    SetLogging { next: Step },
    /// `UpdateContactTextToSpeechVoice`. All voices are the same here.
    SetVoice { voice: Phrase, next: Step, error: Step },
}

impl Action {
    /// Every step that may come next.
    pub(super) fn targets(&self) -> Vec<Step> {
        match self {
            Self::AskForKey { keys, other_key, no_key, error, .. } => {
                keys.iter().map(|(_, step)| *step).chain([*other_key, *no_key, *error]).collect()
            }
            Self::Compare { cases, other, .. } => cases.iter().map(|(_, step)| *step).chain([*other]).collect(),
            Self::HangUp => Vec::new(),
            Self::Repeat { body, done, .. } => vec![*body, *done],
            Self::Say { next, error, .. } => error.iter().copied().chain([*next]).collect(),
            Self::Invoke { next, error, .. }
            | Self::SetAttributes { next, error, .. }
            | Self::SetFlowAttributes { next, error, .. }
            | Self::SetVoice { next, error, .. } => vec![*next, *error],
            Self::SetLogging { next } => vec![*next],
        }
    }
}

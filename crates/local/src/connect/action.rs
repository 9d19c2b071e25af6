//! Reads one action of a flow: each type with exactly the parameters and transitions that Amazon Connect wants of it.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::branches::{Branches, Transitions, one_of};
use super::contact::{self, KEYS};
use super::flow::{Action, FlowError, Step};
use super::invocation::{AnswerType, Invocation};
use super::parameters::{
    AttributesParameters, CompareParameters, FlowAttribute, FlowAttributesParameters, InputParameters,
    InvokeParameters, LoggingParameters, LoopParameters, MessageParameters, NoParameters, VoiceParameters,
};
use super::phrase::Phrase;
use super::prompt::Prompt;
use crate::lambda::Function;

const MAX_LOOPS: u32 = 100;
/// The longest that a menu waits for a key (administrator guide, "Get customer input").
const MAX_INPUT_SECONDS: u64 = 180;
/// The longest that a flow waits for a function.
const MAX_INVOCATION_SECONDS: u64 = 8;

/// An action as the document writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Item {
    pub(super) identifier: String,
    r#type: String,
    parameters: Map<String, Value>,
    transitions: Transitions,
}

impl Item {
    /// An error in this action.
    pub(super) fn fault(&self, fault: impl Into<String>) -> FlowError {
        FlowError::Action { identifier: self.identifier.clone(), fault: fault.into() }
    }

    /// The action, with its transitions found among `steps`.
    pub(super) fn read(&self, steps: &HashMap<String, Step>) -> Result<Action, String> {
        let mut branches = Branches::new(self.transitions.clone(), steps);
        let action = match self.r#type.as_str() {
            "Compare" => self.compare(&mut branches)?,
            "DisconnectParticipant" => {
                let NoParameters {} = self.parameters()?;
                Action::HangUp
            }
            "GetParticipantInput" => self.ask_for_key(&mut branches)?,
            "InvokeLambdaFunction" => self.invoke(&mut branches)?,
            "Loop" => self.repeat(&mut branches)?,
            "MessageParticipant" => {
                let parameters: MessageParameters = self.parameters()?;
                // No key is buffered here: one that is pressed outside of a question is recorded and then ignored.
                if let Some(skip) = &parameters.skip_when_keys_wait {
                    one_of("SkipWhenDTMFBufferEnabled", skip, &["false"])?;
                }
                Action::Say {
                    prompt: Prompt::parse(parameters.text.as_deref(), parameters.ssml.as_deref())?,
                    next: branches.next()?,
                    error: branches.error("NoMatchingError")?,
                }
            }
            "UpdateContactAttributes" => self.set_attributes(&mut branches)?,
            "UpdateContactTextToSpeechVoice" => self.set_voice(&mut branches)?,
            "UpdateFlowAttributes" => self.set_flow_attributes(&mut branches)?,
            "UpdateFlowLoggingBehavior" => {
                let parameters: LoggingParameters = self.parameters()?;
                one_of("FlowLoggingBehavior", &parameters.flow_logging_behavior, &["Enabled", "Disabled"])?;
                Action::SetLogging { next: branches.next()? }
            }
            unknown => return Err(format!("the local Connect doesn't know the action type {unknown}")),
        };
        branches.none_left()?;
        Ok(action)
    }

    fn parameters<T: DeserializeOwned>(&self) -> Result<T, String> {
        T::deserialize(Value::Object(self.parameters.clone())).map_err(|error| format!("Parameters: {error}"))
    }

    fn ask_for_key(&self, branches: &mut Branches<'_>) -> Result<Action, String> {
        let parameters: InputParameters = self.parameters()?;
        one_of("StoreInput", &parameters.store_input, &["False"])?;
        let time_limit = seconds("InputTimeLimitSeconds", &parameters.input_time_limit_seconds, MAX_INPUT_SECONDS)?;
        let mut keys = Vec::new();
        for (operand, step) in branches.conditions()? {
            let mut letters = operand.chars();
            let (Some(key), None) = (letters.next().filter(|key| KEYS.contains(*key)), letters.next()) else {
                return Err(format!("a condition must be one key of {KEYS}"));
            };
            if keys.iter().any(|(known, _)| *known == key) {
                return Err(format!("there are two conditions for the key {key}"));
            }
            keys.push((key, step));
        }
        if keys.is_empty() {
            return Err("a menu needs at least one condition".to_owned());
        }
        // The console draws it as a further default branch. It is never taken: one of the others always matches.
        branches.next_if_any()?;
        Ok(Action::AskForKey {
            prompt: Prompt::parse(parameters.text.as_deref(), parameters.ssml.as_deref())?,
            time_limit,
            keys,
            other_key: branches.required_error("NoMatchingCondition")?,
            no_key: branches.required_error("InputTimeLimitExceeded")?,
            error: branches.required_error("NoMatchingError")?,
        })
    }

    fn compare(&self, branches: &mut Branches<'_>) -> Result<Action, String> {
        let parameters: CompareParameters = self.parameters()?;
        let value = Phrase::parse(&parameters.comparison_value)?;
        if !value.is_whole() || value.is_static() {
            return Err("ComparisonValue must be one reference and nothing else".to_owned());
        }
        let cases = branches.conditions()?;
        for (index, (operand, _)) in cases.iter().enumerate() {
            if operand.is_empty() || !Phrase::parse(operand).is_ok_and(|operand| operand.is_static()) {
                return Err("the operand of a condition must be plain text".to_owned());
            }
            if cases.iter().skip(index + 1).any(|(other, _)| other == operand) {
                return Err(format!("there are two conditions for {operand}"));
            }
        }
        if cases.is_empty() {
            return Err("a comparison needs at least one condition".to_owned());
        }
        let next = branches.next_if_any()?;
        let other = branches.required_error("NoMatchingCondition")?;
        // The console writes the same target into both. Which one would be taken otherwise is not documented.
        if next.is_some_and(|next| next != other) {
            return Err("NextAction and NoMatchingCondition must go to the same action".to_owned());
        }
        Ok(Action::Compare { value, cases, other })
    }

    fn invoke(&self, branches: &mut Branches<'_>) -> Result<Action, String> {
        let parameters: InvokeParameters = self.parameters()?;
        match parameters.invocation_type.as_deref() {
            None | Some("SYNCHRONOUS") => {}
            Some("ASYNCHRONOUS") => return Err("InvocationType ASYNCHRONOUS is not built here".to_owned()),
            Some(_) => return Err("InvocationType must be SYNCHRONOUS or ASYNCHRONOUS".to_owned()),
        }
        let response_type = parameters.response_validation.map(|validation| validation.response_type);
        let response_type = response_type.as_deref().unwrap_or("STRING_MAP");
        one_of("ResponseType", response_type, &["STRING_MAP", "JSON"])?;
        let limit = &parameters.invocation_time_limit_seconds;
        Ok(Action::Invoke {
            invocation: Invocation {
                function: invoked_function(&parameters.function_arn)?,
                time_limit: seconds("InvocationTimeLimitSeconds", limit, MAX_INVOCATION_SECONDS)?,
                parameters: arguments(parameters.lambda_invocation_attributes)?,
                answer: if response_type == "JSON" { AnswerType::Json } else { AnswerType::StringMap },
            },
            next: branches.next()?,
            error: branches.required_error("NoMatchingError")?,
        })
    }

    fn repeat(&self, branches: &mut Branches<'_>) -> Result<Action, String> {
        let parameters: LoopParameters = self.parameters()?;
        let count = match &parameters.loop_count {
            Value::String(text) => text.parse().ok(),
            number => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        };
        let times =
            count.filter(|count| *count <= MAX_LOOPS).ok_or_else(|| format!("LoopCount must be 0 to {MAX_LOOPS}"))?;
        // Required by the service, although only the two conditions can happen.
        branches.next()?;
        let conditions = branches.conditions()?;
        let branch = |result: &str| {
            conditions
                .iter()
                .find_map(|(operand, step)| (operand == result).then_some(*step))
                .ok_or_else(|| format!("there must be a condition for {result}"))
        };
        let action = Action::Repeat { times, body: branch("ContinueLooping")?, done: branch("DoneLooping")? };
        if conditions.len() != 2 {
            return Err("there must be no conditions beside ContinueLooping and DoneLooping".to_owned());
        }
        branches.error("NoMatchingError")?;
        Ok(action)
    }

    fn set_attributes(&self, branches: &mut Branches<'_>) -> Result<Action, String> {
        let parameters: AttributesParameters = self.parameters()?;
        if let Some(target) = &parameters.target_contact {
            one_of("TargetContact", target, &["Current"])?;
        }
        Ok(Action::SetAttributes {
            attributes: assignments(parameters.attributes)?,
            next: branches.next()?,
            error: branches.required_error("NoMatchingError")?,
        })
    }

    fn set_flow_attributes(&self, branches: &mut Branches<'_>) -> Result<Action, String> {
        let parameters: FlowAttributesParameters = self.parameters()?;
        let attributes = parameters.flow_attributes.into_iter().map(|(name, FlowAttribute { value })| (name, value));
        Ok(Action::SetFlowAttributes {
            attributes: assignments(attributes)?,
            next: branches.next()?,
            error: branches.required_error("NoMatchingError")?,
        })
    }

    fn set_voice(&self, branches: &mut Branches<'_>) -> Result<Action, String> {
        let parameters: VoiceParameters = self.parameters()?;
        let voice = Phrase::parse(&parameters.voice)?;
        let name = &parameters.voice;
        if !voice.is_whole() || (voice.is_static() && !is_voice_name(name)) {
            return Err("TextToSpeechVoice must be the name of a voice, or one reference".to_owned());
        }
        if let Some(engine) = &parameters.engine {
            one_of("TextToSpeechEngine", engine, &["Standard", "Neural", "Generative"])?;
        }
        if let Some(style) = &parameters.style {
            one_of("TextToSpeechStyle", style, &["None", "Conversational", "Newscaster"])?;
        }
        Ok(Action::SetVoice { voice, next: branches.next()?, error: branches.required_error("NoMatchingError")? })
    }
}

/// The attributes to set, with their values.
fn assignments(values: impl IntoIterator<Item = (String, String)>) -> Result<Vec<(String, Phrase)>, String> {
    let mut attributes = Vec::new();
    for (name, value) in values {
        contact::check_attribute_name(&name)?;
        attributes.push(assignment(name, &value)?);
    }
    if attributes.is_empty() { Err("no attributes are set: the list is empty".to_owned()) } else { Ok(attributes) }
}

/// What a function gets beside the contact. Connect takes a reference as a name too, which is not built here.
fn arguments(values: impl IntoIterator<Item = (String, String)>) -> Result<Vec<(String, Phrase)>, String> {
    let argument = |(name, value): (String, String)| {
        if name.is_empty() || !Phrase::parse(&name).is_ok_and(|name| name.is_static()) {
            return Err("the names in LambdaInvocationAttributes must be plain text".to_owned());
        }
        assignment(name, &value)
    };
    values.into_iter().map(argument).collect()
}

fn assignment(name: String, value: &str) -> Result<(String, Phrase), String> {
    let value = Phrase::parse(value)?;
    if !value.is_whole() {
        return Err(format!("the value of {name} must be a reference or plain text, not a mix"));
    }
    Ok((name, value))
}

/// The local function of an ARN. That of a deployed flow has a name that `CloudFormation` made of the function's name in
/// the template.
fn invoked_function(arn: &str) -> Result<Function, String> {
    let parts: Vec<_> = arn.split(':').collect();
    let ["arn", _, "lambda", _, _, "function", name, ..] = parts[..] else {
        return Err("LambdaFunctionARN must be the whole ARN of a function".to_owned());
    };
    let speaker = Function::SpeakCode;
    if name != speaker.name() && !name.contains(speaker.logical_id()) {
        return Err(format!("the local stack has no function {name} for a flow: only {speaker}"));
    }
    Ok(speaker)
}

/// A time limit, in whole seconds.
fn seconds(name: &str, value: &str, most: u64) -> Result<Duration, String> {
    let seconds = value.parse().ok().filter(|seconds| (1..=most).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| format!("{name} must be \"1\" to \"{most}\""))
}

/// Whether this can be the name of a voice of Amazon Polly, such as `Joanna`.
pub(super) fn is_voice_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase()) && name.chars().all(|l| l.is_ascii_alphabetic())
}

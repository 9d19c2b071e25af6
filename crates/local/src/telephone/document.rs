//! Reads the JSON of the Amazon Connect flow language, version 2019-10-30, into a [`Flow`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::contact::{self, KEYS};
use super::flow::{Action, Flow, FlowError, Step};
use super::phrase::Phrase;
use super::prompt::Prompt;

const VERSION: &str = "2019-10-30";
/// Limits of the flow language and of `AWS::Connect::ContactFlow`.
const MAX_ACTIONS: usize = 250;
const MAX_IDENTIFIER: usize = 50;
const MAX_CONTENT: usize = 256_000;
const MAX_LOOPS: u32 = 100;
/// The longest that a menu waits for a key (administrator guide, "Get customer input").
const MAX_INPUT_SECONDS: u64 = 180;

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
    /// Where the console draws what; free-form.
    #[serde(default, rename = "Metadata")]
    _metadata: Map<String, Value>,
    actions: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Item {
    identifier: String,
    r#type: String,
    parameters: Map<String, Value>,
    transitions: Transitions,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Transitions {
    next_action: Option<String>,
    #[serde(default)]
    errors: Vec<ErrorBranch>,
    #[serde(default)]
    conditions: Vec<ConditionBranch>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ErrorBranch {
    error_type: String,
    next_action: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ConditionBranch {
    condition: Condition,
    next_action: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Condition {
    operator: String,
    operands: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoParameters {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct LoggingParameters {
    flow_logging_behavior: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct VoiceParameters {
    text_to_speech_voice: String,
    text_to_speech_engine: Option<String>,
    text_to_speech_style: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct MessageParameters {
    text: Option<String>,
    #[serde(rename = "SSML")]
    ssml: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct LoopParameters {
    loop_count: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct AttributesParameters {
    attributes: BTreeMap<String, String>,
    target_contact: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct InputParameters {
    text: Option<String>,
    #[serde(rename = "SSML")]
    ssml: Option<String>,
    store_input: String,
    input_time_limit_seconds: String,
}

impl Item {
    fn fault(&self, fault: impl Into<String>) -> FlowError {
        FlowError::Action { identifier: self.identifier.clone(), fault: fault.into() }
    }

    fn read(&self, steps: &HashMap<String, Step>) -> Result<Action, String> {
        let mut branches = Branches { left: self.transitions.clone(), steps };
        let action = match self.r#type.as_str() {
            "DisconnectParticipant" => {
                let NoParameters {} = self.parameters()?;
                Action::HangUp
            }
            "GetParticipantInput" => self.ask_for_key(&mut branches)?,
            "Loop" => self.repeat(&mut branches)?,
            "MessageParticipant" => {
                let parameters: MessageParameters = self.parameters()?;
                Action::Say {
                    prompt: Prompt::parse(parameters.text.as_deref(), parameters.ssml.as_deref())?,
                    next: branches.next()?,
                    error: branches.error("NoMatchingError")?,
                }
            }
            "UpdateContactAttributes" => self.set_attributes(&mut branches)?,
            "UpdateContactTextToSpeechVoice" => self.set_voice(&mut branches)?,
            "UpdateFlowLoggingBehavior" => {
                let parameters: LoggingParameters = self.parameters()?;
                one_of("FlowLoggingBehavior", &parameters.flow_logging_behavior, &["Enabled", "Disabled"])?;
                Action::SetLogging { next: branches.next()? }
            }
            unknown => return Err(format!("the telephone doesn't know the action type {unknown}")),
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
        let seconds: u64 = parameters
            .input_time_limit_seconds
            .parse()
            .ok()
            .filter(|seconds| (1..=MAX_INPUT_SECONDS).contains(seconds))
            .ok_or_else(|| format!("InputTimeLimitSeconds must be \"1\" to \"{MAX_INPUT_SECONDS}\""))?;
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
        // Where it is given, it is drawn as a further default branch, and never taken: one of the others always fits.
        branches.next_if_any()?;
        Ok(Action::AskForKey {
            prompt: Prompt::parse(parameters.text.as_deref(), parameters.ssml.as_deref())?,
            time_limit: Duration::from_secs(seconds),
            keys,
            other_key: branches.required_error("NoMatchingCondition")?,
            no_key: branches.required_error("InputTimeLimitExceeded")?,
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
        // Required by the service, although the two conditions are all that can happen.
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
        if parameters.attributes.is_empty() {
            return Err("Attributes is empty".to_owned());
        }
        let mut attributes = Vec::new();
        for (name, value) in parameters.attributes {
            contact::check_attribute_name(&name)?;
            let value = Phrase::parse(&value)?;
            if !value.is_whole() {
                return Err(format!("the value of {name} must be a reference or plain text, not a mix"));
            }
            attributes.push((name, value));
        }
        Ok(Action::SetAttributes {
            attributes,
            next: branches.next()?,
            error: branches.required_error("NoMatchingError")?,
        })
    }

    fn set_voice(&self, branches: &mut Branches<'_>) -> Result<Action, String> {
        let parameters: VoiceParameters = self.parameters()?;
        let voice = Phrase::parse(&parameters.text_to_speech_voice)?;
        let name = &parameters.text_to_speech_voice;
        if !voice.is_whole() || (voice.is_static() && !is_voice_name(name)) {
            return Err("TextToSpeechVoice must be the name of a voice, or one reference".to_owned());
        }
        if let Some(engine) = &parameters.text_to_speech_engine {
            one_of("TextToSpeechEngine", engine, &["Standard", "Neural", "Generative"])?;
        }
        if let Some(style) = &parameters.text_to_speech_style {
            one_of("TextToSpeechStyle", style, &["None", "Conversational", "Newscaster"])?;
        }
        Ok(Action::SetVoice { voice, next: branches.next()?, error: branches.required_error("NoMatchingError")? })
    }
}

/// Whether this can be the name of a voice of Amazon Polly, such as `Joanna`.
pub(super) fn is_voice_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase()) && name.chars().all(|l| l.is_ascii_alphabetic())
}

/// The transitions of one action that nobody has asked for yet.
struct Branches<'a> {
    left: Transitions,
    steps: &'a HashMap<String, Step>,
}

impl Branches<'_> {
    fn next(&mut self) -> Result<Step, String> {
        self.next_if_any()?.ok_or_else(|| "Transitions must have a NextAction".to_owned())
    }

    fn next_if_any(&mut self) -> Result<Option<Step>, String> {
        self.left.next_action.take().map(|target| self.step(&target)).transpose()
    }

    fn required_error(&mut self, error_type: &str) -> Result<Step, String> {
        self.error(error_type)?.ok_or_else(|| format!("Transitions must have a branch for {error_type}"))
    }

    fn error(&mut self, error_type: &str) -> Result<Option<Step>, String> {
        let Some(index) = self.left.errors.iter().position(|branch| branch.error_type == error_type) else {
            return Ok(None);
        };
        let branch = self.left.errors.remove(index);
        self.step(&branch.next_action).map(Some)
    }

    /// The operand and target of each condition, all of them `Equals`.
    fn conditions(&mut self) -> Result<Vec<(String, Step)>, String> {
        let mut conditions = Vec::new();
        for branch in std::mem::take(&mut self.left.conditions) {
            one_of("Operator", &branch.condition.operator, &["Equals"])?;
            let [operand] = <[String; 1]>::try_from(branch.condition.operands)
                .map_err(|_| "a condition must have exactly one operand".to_owned())?;
            conditions.push((operand, self.step(&branch.next_action)?));
        }
        Ok(conditions)
    }

    /// A branch that an action of this type can't take is a mistake, not an ornament.
    fn none_left(&self) -> Result<(), String> {
        if let Some(branch) = self.left.errors.first() {
            return Err(format!("there must be no branch, or no second one, for {}", branch.error_type));
        }
        if self.left.next_action.is_some() || !self.left.conditions.is_empty() {
            return Err("Transitions has a NextAction or Conditions that this type of action can't take".to_owned());
        }
        Ok(())
    }

    fn step(&self, identifier: &str) -> Result<Step, String> {
        self.steps.get(identifier).copied().ok_or_else(|| format!("there is no action {identifier} to go on with"))
    }
}

fn one_of(name: &str, value: &str, allowed: &[&str]) -> Result<(), String> {
    if allowed.contains(&value) { Ok(()) } else { Err(format!("{name} must be {}", allowed.join(" or "))) }
}

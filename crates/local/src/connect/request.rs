//! The bodies of API requests, checked against the model of Amazon Connect's API and against what exists.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::api_error::{
    ACCESS_DENIED, ApiError, INVALID_PARAMETER, INVALID_REQUEST, OUTBOUND_CONTACT_NOT_PERMITTED, RESOURCE_NOT_FOUND,
    SERIALIZATION,
};
use super::{Config, contact};
use crate::object::Object;

const DEFAULT_RING_TIMEOUT: i64 = 60;
/// Over all references of a contact.
const MAX_REFERENCES_BYTES: usize = 4_096;

/// A call that may be placed.
#[derive(Debug)]
pub(super) struct OutboundCall {
    pub(super) destination: String,
    /// The number that the callee sees.
    pub(super) source: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) client_token: Option<String>,
    /// The contact whose attributes this one begins with.
    pub(super) related_contact_id: Option<String>,
    pub(super) ring_timeout: Duration,
}

/// New values for a contact's attributes.
#[derive(Debug)]
pub(super) struct AttributeUpdate {
    pub(super) contact_id: String,
    pub(super) attributes: BTreeMap<String, String>,
}

impl OutboundCall {
    /// Reads the body of `StartOutboundVoiceContact`.
    pub(super) fn parse(body: &[u8], config: &Config) -> Result<Self, ApiError> {
        let request: StartOutboundVoiceContact = json(body)?;
        request.check_sizes()?;
        let instance_id = required("InstanceId", request.instance_id.as_deref())?;
        let flow_id = required("ContactFlowId", request.contact_flow_id.as_deref())?;
        let destination = required("DestinationPhoneNumber", request.destination_phone_number.as_deref())?;
        check_number("DestinationPhoneNumber", destination)?;
        if let Some(source) = &request.source_phone_number {
            check_number("SourcePhoneNumber", source)?;
        }
        request.check_traffic()?;
        request.check_references()?;
        let ring_timeout = request.ring_timeout_in_seconds.unwrap_or(DEFAULT_RING_TIMEOUT);
        let ring_timeout = u64::try_from(ring_timeout)
            .ok()
            .filter(|seconds| (15..=60).contains(seconds))
            .ok_or_else(|| INVALID_PARAMETER.because("RingTimeoutInSeconds must be 15 to 60"))?;
        let attributes = request.attributes.clone().unwrap_or_default();
        contact::check_attributes(&attributes).map_err(|fault| INVALID_PARAMETER.because(fault))?;

        check_instance(instance_id, config)?;
        if flow_id != config.flow_id {
            return Err(RESOURCE_NOT_FOUND.because("The contact flow was not found in the instance"));
        }
        Ok(Self {
            destination: destination.to_owned(),
            source: request.source(config)?,
            attributes,
            client_token: request.client_token.filter(|token| !token.is_empty()),
            related_contact_id: request.related_contact_id,
            ring_timeout: Duration::from_secs(ring_timeout),
        })
    }
}

impl AttributeUpdate {
    /// Reads the body of `UpdateContactAttributes`.
    pub(super) fn parse(body: &[u8], config: &Config) -> Result<Self, ApiError> {
        let request: UpdateContactAttributes = json(body)?;
        check_size("InstanceId", request.instance_id.as_deref(), 1, 100)?;
        check_size("InitialContactId", request.initial_contact_id.as_deref(), 1, 256)?;
        let instance_id = required("InstanceId", request.instance_id.as_deref())?;
        let contact_id = required("InitialContactId", request.initial_contact_id.as_deref())?.to_owned();
        let attributes = required("Attributes", request.attributes)?;
        contact::check_attributes(&attributes).map_err(|fault| INVALID_PARAMETER.because(fault))?;
        check_instance(instance_id, config)?;
        Ok(Self { contact_id, attributes })
    }
}

/// As the API model has it. Members that the model doesn't know are ignored, as the service does.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StartOutboundVoiceContact {
    instance_id: Option<String>,
    contact_flow_id: Option<String>,
    destination_phone_number: Option<String>,
    source_phone_number: Option<String>,
    queue_id: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
    client_token: Option<String>,
    name: Option<String>,
    description: Option<String>,
    references: Option<BTreeMap<String, Object<Reference>>>,
    related_contact_id: Option<String>,
    traffic_type: Option<String>,
    answer_machine_detection_config: Option<Object<AnswerMachineDetectionConfig>>,
    campaign_id: Option<String>,
    outbound_strategy: Option<Object<OutboundStrategy>>,
    ring_timeout_in_seconds: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reference {
    r#type: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AnswerMachineDetectionConfig {
    #[serde(rename = "EnableAnswerMachineDetection")]
    _enable: Option<bool>,
    #[serde(rename = "AwaitAnswerMachinePrompt")]
    _await_prompt: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OutboundStrategy {
    r#type: Option<String>,
    config: Option<Object<OutboundStrategyConfig>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OutboundStrategyConfig {
    agent_first: Option<Object<AgentFirst>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AgentFirst {
    preview: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateContactAttributes {
    instance_id: Option<String>,
    initial_contact_id: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

impl StartOutboundVoiceContact {
    fn check_sizes(&self) -> Result<(), ApiError> {
        for (name, value, least, most) in [
            ("InstanceId", &self.instance_id, 1, 100),
            ("ContactFlowId", &self.contact_flow_id, 0, 500),
            ("ClientToken", &self.client_token, 0, 500),
            ("Name", &self.name, 0, 1_024),
            ("Description", &self.description, 0, 4_096),
            ("RelatedContactId", &self.related_contact_id, 1, 256),
            ("CampaignId", &self.campaign_id, 1, 100),
        ] {
            check_size(name, value.as_deref(), least, most)?;
        }
        Ok(())
    }

    fn check_traffic(&self) -> Result<(), ApiError> {
        let campaign = match self.traffic_type.as_deref() {
            None | Some("GENERAL") => false,
            Some("CAMPAIGN") => true,
            Some(_) => return Err(INVALID_PARAMETER.because("TrafficType must be GENERAL or CAMPAIGN")),
        };
        if self.answer_machine_detection_config.is_some() && !campaign {
            return Err(INVALID_REQUEST.because("AnswerMachineDetectionConfig needs TrafficType CAMPAIGN"));
        }
        if let Some(Object(strategy)) = &self.outbound_strategy {
            if required("OutboundStrategy.Type", strategy.r#type.as_deref())? != "AGENT_FIRST" {
                return Err(INVALID_PARAMETER.because("OutboundStrategy.Type must be AGENT_FIRST"));
            }
            let agent_first = strategy.config.as_ref().and_then(|Object(config)| config.agent_first.as_ref());
            if agent_first.is_some_and(|Object(agent_first)| agent_first.preview.is_some()) {
                return Err(ACCESS_DENIED.because("Preview mode is for the service outbound campaigns only"));
            }
        }
        if campaign {
            let message = "Traffic of type CAMPAIGN is not enabled for this instance";
            return Err(OUTBOUND_CONTACT_NOT_PERMITTED.because(message));
        }
        Ok(())
    }

    fn check_references(&self) -> Result<(), ApiError> {
        let mut bytes = 0;
        for (name, Object(reference)) in self.references.iter().flatten() {
            check_size("The name of a reference", Some(name), 1, 4_096)?;
            let kind = required("Type of a reference", reference.r#type.as_deref())?;
            if !["URL", "NUMBER", "STRING", "DATE", "EMAIL"].contains(&kind) {
                let message = "The Type of a reference must be URL, NUMBER, STRING, DATE or EMAIL";
                return Err(INVALID_PARAMETER.because(message));
            }
            bytes += name.len() + reference.value.as_ref().map_or(0, String::len);
        }
        if bytes > MAX_REFERENCES_BYTES {
            let message = format!("The references of a contact have at most {MAX_REFERENCES_BYTES} bytes");
            return Err(INVALID_PARAMETER.because(message));
        }
        Ok(())
    }

    /// The caller's number: the requested one, or the queue's. Flows that choose a queue are not supported.
    fn source(&self, config: &Config) -> Result<String, ApiError> {
        let queue_number = match &self.queue_id {
            None => None,
            Some(queue_id) => Some(
                config
                    .queues
                    .get(queue_id)
                    .ok_or_else(|| RESOURCE_NOT_FOUND.because("The queue was not found in the instance"))?,
            ),
        };
        if self.source_phone_number.as_ref().is_some_and(|source| !config.source_numbers.contains(source)) {
            return Err(INVALID_PARAMETER.because("SourcePhoneNumber is no phone number of the instance"));
        }
        self.source_phone_number
            .as_ref()
            .or(queue_number)
            .cloned()
            .ok_or_else(|| INVALID_REQUEST.because("SourcePhoneNumber or QueueId is required"))
    }
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map(|Object(parsed)| parsed)
        .map_err(|error| SERIALIZATION.because(format!("The body is not as the API's model has it: {error}")))
}

fn required<T>(name: &str, value: Option<T>) -> Result<T, ApiError> {
    value.ok_or_else(|| INVALID_REQUEST.because(format!("{name} is required")))
}

/// Sizes are in characters, as in the API model.
fn check_size(name: &str, value: Option<&str>, least: usize, most: usize) -> Result<(), ApiError> {
    match value {
        Some(value) if !(least..=most).contains(&value.chars().count()) => {
            Err(INVALID_PARAMETER.because(format!("{name} must have {least} to {most} characters")))
        }
        _ => Ok(()),
    }
}

fn check_number(name: &str, number: &str) -> Result<(), ApiError> {
    if contact::is_e164(number) {
        return Ok(());
    }
    Err(INVALID_PARAMETER.because(format!("{name} must be a phone number in E.164 format")))
}

fn check_instance(instance_id: &str, config: &Config) -> Result<(), ApiError> {
    if instance_id == config.instance_id {
        return Ok(());
    }
    Err(RESOURCE_NOT_FOUND.because("The instance was not found in this account and Region"))
}

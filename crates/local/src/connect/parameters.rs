//! The parameters of each type of action, as a flow document has them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoParameters {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct LoggingParameters {
    pub(super) flow_logging_behavior: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VoiceParameters {
    #[serde(rename = "TextToSpeechVoice")]
    pub(super) voice: String,
    #[serde(rename = "TextToSpeechEngine")]
    pub(super) engine: Option<String>,
    #[serde(rename = "TextToSpeechStyle")]
    pub(super) style: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct MessageParameters {
    pub(super) text: Option<String>,
    #[serde(rename = "SSML")]
    pub(super) ssml: Option<String>,
    /// The console writes the default explicitly.
    #[serde(rename = "SkipWhenDTMFBufferEnabled")]
    pub(super) skip_when_keys_wait: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct InvokeParameters {
    #[serde(rename = "LambdaFunctionARN")]
    pub(super) function_arn: String,
    pub(super) invocation_time_limit_seconds: String,
    /// Older flows don't have it.
    pub(super) invocation_type: Option<String>,
    #[serde(default)]
    pub(super) lambda_invocation_attributes: BTreeMap<String, String>,
    pub(super) response_validation: Option<ResponseValidation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct ResponseValidation {
    pub(super) response_type: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct LoopParameters {
    pub(super) loop_count: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct AttributesParameters {
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) target_contact: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct InputParameters {
    pub(super) text: Option<String>,
    #[serde(rename = "SSML")]
    pub(super) ssml: Option<String>,
    pub(super) store_input: String,
    pub(super) input_time_limit_seconds: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct FlowAttributesParameters {
    pub(super) flow_attributes: BTreeMap<String, FlowAttribute>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct FlowAttribute {
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct CompareParameters {
    pub(super) comparison_value: String,
}

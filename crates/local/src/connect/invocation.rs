//! The action `InvokeLambdaFunction`: Connect's event, its time limit and retries, and the rules for the answer.
//!
//! <https://docs.aws.amazon.com/connect/latest/adminguide/invoke-lambda-function-block.html>,
//! <https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html>

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::{sleep, timeout};

use super::Connect;
use super::call::Call;
use super::phrase::Phrase;
use crate::aws_error::kinds;
use crate::faults::{Catalogue, Met, Service};
use crate::lambda::{Function, Outcome};

/// How often Connect invokes a function in all. It repeats after a throttle, an error of Lambda and one of the function.
const MAX_INVOCATIONS: usize = 3;
/// The longest answer, in bytes of UTF-8.
const MAX_ANSWER: usize = 32 * 1024;
/// The operation of Lambda's API.
const OPERATION: &str = "Invoke";

kinds! {
    TOO_MANY_REQUESTS = TOO_MANY_REQUESTS "TooManyRequestsException", "Rate Exceeded.";
    SERVICE = INTERNAL_SERVER_ERROR "ServiceException", "The Lambda service encountered an internal error.";
    // Lambda's word for an error of the function, which it answers with this status.
    UNHANDLED = OK "Unhandled", "The function failed.";
}

/// The faults that can be injected into the telephone's invocations.
pub(crate) fn catalogue() -> Catalogue {
    Catalogue { errors: KINDS.to_vec(), operations: vec![OPERATION] }
}

/// An action of a flow that invokes a function.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) function: Function,
    /// How long Connect waits, with all retries.
    pub(super) time_limit: Duration,
    /// What the function gets as `Parameters`.
    pub(super) parameters: Vec<(String, Phrase)>,
    pub(super) answer: AnswerType,
}

/// What the answer must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum AnswerType {
    /// `STRING_MAP`.
    StringMap,
    /// `JSON`.
    Json,
}

impl Invocation {
    /// Invokes the function for a call. `None` is the error branch.
    pub(super) async fn run(
        &self,
        connect: &Connect,
        call: &Call,
        parameters: &BTreeMap<String, String>,
    ) -> Option<BTreeMap<String, String>> {
        let event = event(call, &connect.config().instance_arn, parameters).to_string();
        let answer = timeout(self.time_limit, self.repeat(connect, event.as_bytes())).await.ok()??;
        self.answer.read(&answer)
    }

    /// Invokes the function until it answers, or as often as Connect does. How long Connect pauses is not documented: here
    /// it does not pause.
    async fn repeat(&self, connect: &Connect, event: &[u8]) -> Option<Vec<u8>> {
        for _ in 0..MAX_INVOCATIONS {
            let (functions, function, event) = (connect.functions().clone(), self.function, event.to_vec());
            let effect = connect.faults().take(Service::Lambda, OPERATION);
            match effect.apply(async move { functions.invoke(function, event).await }).await {
                Met::Answer(Outcome::Answered(answer)) => return Some(answer),
                Met::Answer(Outcome::Failed { .. } | Outcome::Crashed { .. } | Outcome::TimedOut { .. })
                | Met::Lost
                | Met::Refused(_) => {}
                // Lambda ends a function at its own time limit, which is an error of the function.
                Met::Silent => sleep(self.function.time_limit()).await,
            }
        }
        None
    }
}

impl AnswerType {
    /// The values of an answer for `$.External`. `None` if Connect would not take the answer.
    fn read(self, answer: &[u8]) -> Option<BTreeMap<String, String>> {
        if answer.len() > MAX_ANSWER {
            return None;
        }
        let members: Map<String, Value> = serde_json::from_slice(answer).ok()?;
        match self {
            Self::Json => {}
            Self::StringMap if members.values().all(is_simple) => {}
            Self::StringMap => return None,
        }
        // How a flow would see a value that is no text is not documented. Here it is as one that is not there.
        let text = |(name, value)| if let Value::String(text) = value { Some((name, text)) } else { None };
        Some(members.into_iter().filter_map(text).collect())
    }
}

/// Whether this may be a value of a `STRING_MAP`.
fn is_simple(value: &Value) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    value.as_str().is_some_and(|text| text.chars().all(allowed))
}

/// What the function gets.
fn event(call: &Call, instance_arn: &str, parameters: &BTreeMap<String, String>) -> Value {
    let endpoint = |number: &str| json!({ "Address": number, "Type": "TELEPHONE_NUMBER" });
    json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": call.attributes,
                "Channel": "VOICE",
                "ContactId": call.contact_id,
                "CustomerEndpoint": endpoint(&call.destination),
                "CustomerId": null,
                "Description": null,
                "InitialContactId": call.contact_id,
                "InitiationMethod": "API",
                "InstanceARN": instance_arn,
                // Connect's default, which a flow changes only together with the voice's language.
                "LanguageCode": "en-US",
                "MediaStreams": { "Customer": { "Audio": null } },
                "Name": null,
                "PreviousContactId": call.contact_id,
                "Queue": null,
                "References": {},
                "SystemEndpoint": endpoint(&call.source),
            },
            "Parameters": parameters,
        },
    })
}

//! Cognito's trigger events. Missing and unknown fields are tolerated, and every field goes back to Cognito.
//!
//! `aws_lambda_events` does not fit. It fails on events that occur (a missing or null `session`, a null
//! `userNotFound`), drops fields that it doesn't know, and its `Debug` prints answers and attributes.

use std::fmt;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::attributes::{Attributes, or_default};
use crate::code::Subject;
use crate::device::{DeviceId, PublicKey};
use crate::error::TriggerError;
use crate::history::ChallengeResult;
use crate::ledger::ClientId;

/// The private challenge parameter that holds the round, from the create trigger to the verify trigger.
pub(crate) const CHALLENGE: &str = "challenge";
/// The private challenge parameter that holds the key of the user's row in the ledger.
pub(crate) const LEDGER_ROW: &str = "ledgerRow";
/// The private challenge parameter that holds the device which is asked to sign.
pub(crate) const DEVICE: &str = "device";
/// The private challenge parameter that holds the terms on which a device can be enrolled.
pub(crate) const DEVICE_TERMS: &str = "deviceTerms";

/// A trigger event with every field that it came with. `Debug` shows none of them.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Event(Value);

/// The request to the define trigger.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DefineRequest {
    /// The sign-in so far.
    #[serde(deserialize_with = "objects")]
    pub session: Vec<ChallengeResult>,
    /// What the client sent along with its latest answer.
    #[serde(deserialize_with = "or_default")]
    pub client_metadata: ClientMetadata,
    /// Whether the user does not exist. Only app clients with `PreventUserExistenceErrors` send such requests.
    #[serde(deserialize_with = "or_default")]
    pub user_not_found: bool,
}

/// The request to the create trigger.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct CreateRequest {
    /// The user's attributes.
    #[serde(deserialize_with = "or_default")]
    pub user_attributes: Attributes,
    /// The sign-in so far.
    #[serde(deserialize_with = "objects")]
    pub session: Vec<ChallengeResult>,
    /// What the client sent along with its latest answer.
    #[serde(deserialize_with = "or_default")]
    pub client_metadata: ClientMetadata,
    /// As in [`DefineRequest`].
    #[serde(deserialize_with = "or_default")]
    pub user_not_found: bool,
}

/// The request to the verify trigger.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct VerifyRequest {
    /// The user's attributes.
    #[serde(deserialize_with = "or_default")]
    pub user_attributes: Attributes,
    /// What the create trigger left for this one. The client never sees it.
    #[serde(deserialize_with = "or_default")]
    pub private_challenge_parameters: Map<String, Value>,
    /// The answer. The client may send any JSON; only a string can be right.
    pub challenge_answer: Value,
    /// What the client sent along.
    #[serde(deserialize_with = "or_default")]
    pub client_metadata: ClientMetadata,
    /// As in [`DefineRequest`].
    #[serde(deserialize_with = "or_default")]
    pub user_not_found: bool,
}

/// The request to the custom SMS sender.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct SendRequest {
    /// The form of the request: [`SendRequest::FORM`].
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub form: String,
    /// Cognito's encrypted message in base64.
    #[serde(deserialize_with = "or_default")]
    pub code: String,
    /// What the client sent along.
    #[serde(deserialize_with = "or_default")]
    pub client_metadata: ClientMetadata,
    /// The user's attributes.
    #[serde(deserialize_with = "or_default")]
    pub user_attributes: Attributes,
}

/// The request to the Pre Token Generation trigger. All versions of the event have this.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct TokenRequest {
    /// The user's attributes.
    #[serde(deserialize_with = "or_default")]
    pub(crate) user_attributes: Attributes,
}

/// What a client sends with `RespondToAuthChallenge`. Cognito passes it on unchecked, so nothing in it can be trusted.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub struct ClientMetadata(Map<String, Value>);

impl SendRequest {
    /// The only form there is, version `V1_0` of the trigger.
    pub const FORM: &str = "customSMSSenderRequestV1";
}

impl Event {
    /// The trigger that Cognito invoked: `triggerSource`.
    #[must_use]
    pub fn trigger_source(&self) -> &str {
        self.text("triggerSource")
    }

    /// The user pool's id.
    #[must_use]
    pub fn user_pool(&self) -> &str {
        self.text("userPoolId")
    }

    /// The user pool's id for a log. `None` if it does not have the form of an id: a forged event may hold anything.
    #[must_use]
    pub fn user_pool_to_log(&self) -> Option<&str> {
        let id = self.user_pool();
        let is_id = id.len() <= 55
            && id.contains('_')
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        is_id.then_some(id)
    }

    /// The user's name in the pool, or the name that a client sent for a user who doesn't exist.
    #[must_use]
    pub fn user_name(&self) -> &str {
        self.text("userName")
    }

    /// The app client that the user signs in on. `None` if its id does not have the form of one.
    #[must_use]
    pub fn client(&self) -> Option<ClientId> {
        ClientId::parse(self.0.get("callerContext")?.get("clientId")?.as_str()?)
    }

    /// The user's `sub`, for a log. `None` if the user doesn't exist or the `sub` is not a UUID.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        let sub = self.0.get("request")?.get("userAttributes")?.get("sub")?.as_str()?;
        let is_uuid = sub.len() == 36 && sub.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        is_uuid.then_some(sub)
    }

    /// The `request`, parsed for one trigger.
    ///
    /// # Errors
    ///
    /// If it is malformed.
    pub fn request<R: DeserializeOwned + Default>(&self) -> Result<R, TriggerError> {
        match self.0.get("request") {
            None | Some(Value::Null) => Ok(R::default()),
            // Serde would parse a list as a struct.
            Some(Value::Array(_)) => Err(TriggerError::EventMalformed),
            Some(request) => R::deserialize(request).map_err(|_| TriggerError::EventMalformed),
        }
    }

    /// The event for Cognito, as it arrived.
    ///
    /// # Errors
    ///
    /// If it is not a JSON object.
    pub fn unchanged(&self) -> Result<Value, TriggerError> {
        if self.0.is_object() { Ok(self.0.clone()) } else { Err(TriggerError::EventMalformed) }
    }

    /// The event with an empty answer. `None` if it is not a JSON object.
    #[must_use]
    pub fn unanswered(&self) -> Option<Value> {
        Self(self.0.clone()).answered(&Map::new()).ok()
    }

    /// The event for Cognito: as it arrived, with the answer in its `response`. Fields that are null in the answer are
    /// removed.
    ///
    /// # Errors
    ///
    /// If the event is not a JSON object.
    pub fn answered(self, answer: &impl Serialize) -> Result<Value, TriggerError> {
        let Value::Object(mut event) = self.0 else {
            return Err(TriggerError::EventMalformed);
        };
        let Ok(Value::Object(answer)) = serde_json::to_value(answer) else {
            return Err(TriggerError::Internal);
        };
        let mut response = match event.remove("response") {
            Some(Value::Object(response)) => response,
            _ => Map::new(),
        };
        response.extend(answer);
        response.retain(|_, value| !value.is_null());
        event.insert("response".to_owned(), response.into());
        Ok(event.into())
    }

    /// The user whom a code is for. A user who doesn't exist has no `sub`; the name takes its place, so that the same
    /// work is done for both.
    #[must_use]
    pub fn subject<'a>(&'a self, attributes: &'a Attributes) -> Subject<'a> {
        Subject { user_pool: self.user_pool(), sub: attributes.value("sub").unwrap_or_else(|| self.user_name()) }
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

impl ClientMetadata {
    /// Whether the user asks for another call instead of an answer: the key `callAgain` is `true`.
    #[must_use]
    pub fn call_again(&self) -> bool {
        self.text("callAgain").is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// The language that the user wants to hear, as a BCP 47 tag: the key `language`.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.text("language")
    }

    /// The trusted device that the client says it is on: the key `trustedDevice`.
    #[must_use]
    pub fn trusted_device(&self) -> Option<DeviceId> {
        DeviceId::parse(self.text("trustedDevice")?)
    }

    /// The key of the device that the client wants to be trusted: the key `rememberDevice`.
    #[must_use]
    pub fn remember_device(&self) -> Option<PublicKey> {
        PublicKey::from_spki(self.text("rememberDevice")?)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }
}

/// Shows the trigger source only.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Event").field(&self.trigger_source()).finish()
    }
}

/// Reads a list of objects; null is an empty list. Serde alone would parse a list as an object, field by field.
fn objects<'de, T: DeserializeOwned, D: Deserializer<'de>>(json: D) -> Result<Vec<T>, D::Error> {
    let objects: Option<Vec<Map<String, Value>>> = Option::deserialize(json)?;
    let objects = objects.unwrap_or_default().into_iter().map(|object| T::deserialize(Value::Object(object)));
    objects.collect::<Result<_, _>>().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests;

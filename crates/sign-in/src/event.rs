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
use crate::error::TriggerError;
use crate::history::ChallengeResult;

/// The private challenge parameter that holds the round, from the create trigger to the verify trigger.
pub(crate) const CHALLENGE: &str = "challenge";
/// The private challenge parameter that holds the key of the user's row in the ledger.
pub(crate) const LEDGER_ROW: &str = "ledgerRow";

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

/// What a client sends with `RespondToAuthChallenge`. Cognito passes it on unchecked, so nothing in it can be trusted.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub struct ClientMetadata(Map<String, Value>);

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
        let value = self.0.get("callAgain").and_then(Value::as_str);
        value.is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
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
mod tests {
    use serde_json::json;

    use super::*;

    fn event(json: Value) -> Event {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn what_came_goes_back() {
        let came = json!({
            "version": "1", "triggerSource": "DefineAuthChallenge_Authentication", "new": { "field": [1.5, null] },
            "request": { "session": [], "alsoNew": true },
            "response": { "challengeName": null, "issueTokens": null, "later": "x" },
        });
        let mut expected = came.clone();
        expected["response"] = json!({ "later": "x", "issueTokens": true });
        assert_eq!(event(came).answered(&json!({ "issueTokens": true })).unwrap(), expected);
    }

    #[test]
    fn missing_and_null_are_alike() {
        for request in
            [json!({}), json!(null), json!({ "session": null, "clientMetadata": null, "userNotFound": null })]
        {
            let event = event(json!({ "request": request }));
            let define: DefineRequest = event.request().unwrap();
            assert!(define.session.is_empty() && !define.user_not_found && !define.client_metadata.call_again());
            let create: CreateRequest = event.request().unwrap();
            assert!(create.session.is_empty() && create.user_attributes.value("sub").is_none());
            let verify: VerifyRequest = event.request().unwrap();
            assert!(verify.challenge_answer.is_null() && verify.private_challenge_parameters.is_empty());
        }
    }

    #[test]
    fn a_step_without_a_result_is_not_passed() {
        let event =
            event(json!({ "request": { "session": [{ "challengeName": "SRP_A", "challengeResult": null }, {}] } }));
        let define: DefineRequest = event.request().unwrap();
        assert_eq!(format!("{:?}", define.session), "[SRP_A:false, :false]");
    }

    #[test]
    fn call_again_is_asked_for_by_one_word_alone() {
        for (metadata, asked) in [
            (json!({ "callAgain": "true" }), true),
            (json!({ "callAgain": " TRUE ", "locale": "en" }), true),
            (json!({ "callAgain": "false" }), false),
            (json!({ "callAgain": "" }), false),
            (json!({ "callAgain": true }), false),
            (json!({ "resend": "yes" }), false),
        ] {
            let event = event(json!({ "request": { "clientMetadata": metadata } }));
            assert_eq!(event.request::<DefineRequest>().unwrap().client_metadata.call_again(), asked, "{metadata}");
        }
    }

    #[test]
    fn what_is_no_event_is_a_fault_and_no_panic() {
        for json in [json!(null), json!([]), json!("text"), json!(7)] {
            assert!(matches!(event(json).answered(&json!({})), Err(TriggerError::EventMalformed)));
        }
        for request in [
            json!([]),
            json!("text"),
            json!({ "session": "x" }),
            json!({ "session": [1] }),
            json!({ "session": [["SRP_A", true]] }),
            json!({ "clientMetadata": ["true"] }),
        ] {
            let event = event(json!({ "request": request }));
            assert!(matches!(event.request::<DefineRequest>(), Err(TriggerError::EventMalformed)), "{request}");
        }
    }

    #[test]
    fn what_an_event_says_of_who_is_logged_only_in_its_own_form() {
        let said = |pool: &str, sub: &str| {
            let event = event(json!({ "userPoolId": pool, "request": { "userAttributes": { "sub": sub } } }));
            (event.user_pool_to_log().is_some(), event.sub().is_some())
        };
        assert_eq!(said("eu-west-2_Ab1", "3f6a1c52-7b1e-4d35-9a0e-0f5d2b8c4e11"), (true, true));
        for forged in ["", "12065550100", "+12065550100_", "a_b c", "a_\n", "_".repeat(56).as_str()] {
            assert_eq!(said(forged, forged), (false, false), "{forged}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_the_request() {
        let event = event(json!({ "triggerSource": "T", "request": { "challengeAnswer": "042917" } }));
        assert_eq!(format!("{event:?}"), "Event(\"T\")");
    }
}

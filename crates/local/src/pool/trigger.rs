//! The three custom-auth triggers, Post Confirmation, Pre Token Generation and the custom SMS sender: the events as Cognito
//! sends them, and the answers that it accepts.

use serde_json::{Map, Value, json};
use sign_in::sending::Source;

use crate::lambda::{Function, Invoker, Outcome};
use crate::pool::error::ApiError;
use crate::pool::request::Strings;

/// How often Cognito delivers an event before it gives up.
const DELIVERIES: usize = 3;

/// The functions, as Cognito invokes them.
#[derive(Clone)]
pub(super) struct Triggers(Invoker);

impl Triggers {
    pub(super) fn new(functions: impl Into<Invoker>) -> Self {
        Self(functions.into())
    }

    /// Asks `define` for the next step.
    pub(super) async fn define(&self, event: &Event<'_>) -> Result<Decision, ApiError> {
        let mut request = event.request();
        request.insert("session".to_owned(), history(event.session));
        let response = json!({"challengeName": null, "issueTokens": null, "failAuthentication": null});
        let response = self.deliver(Trigger::Define, event, request, response).await?;
        let challenge_name = match response.get("challengeName") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name.as_str()),
            Some(_) => return Err(unrecognizable()),
        };
        // AWS does not document which of several answers it would follow, so only one is accepted here.
        match (challenge_name, flag(&response, "issueTokens")?, flag(&response, "failAuthentication")?) {
            (Some("CUSTOM_CHALLENGE"), false, false) => Ok(Decision::CustomChallenge),
            (Some("PASSWORD_VERIFIER"), false, false) => Ok(Decision::PasswordVerifier),
            (None, true, false) => Ok(Decision::IssueTokens),
            (None, false, true) => Ok(Decision::FailAuthentication),
            _ => Err(unrecognizable()),
        }
    }

    /// The challenge that `define` asked for.
    pub(super) async fn create(&self, event: &Event<'_>) -> Result<Challenge, ApiError> {
        let mut request = event.request();
        request.insert("session".to_owned(), history(event.session));
        request.insert("challengeName".to_owned(), json!("CUSTOM_CHALLENGE"));
        let response =
            json!({"publicChallengeParameters": null, "privateChallengeParameters": null, "challengeMetadata": null});
        let response = self.deliver(Trigger::Create, event, request, response).await?;
        let metadata = match response.get("challengeMetadata") {
            None | Some(Value::Null) => None,
            Some(Value::String(metadata)) => Some(metadata.clone()),
            Some(_) => return Err(unrecognizable()),
        };
        Ok(Challenge {
            public: strings(&response, "publicChallengeParameters")?.unwrap_or_default(),
            private: strings(&response, "privateChallengeParameters")?,
            metadata,
        })
    }

    /// Asks `verify` whether the answer is right. The event has no `session`.
    pub(super) async fn verify(
        &self,
        event: &Event<'_>,
        private: Option<Map<String, Value>>,
        answer: &str,
    ) -> Result<bool, ApiError> {
        let mut request = event.request();
        request.insert("privateChallengeParameters".to_owned(), json!(private));
        request.insert("challengeAnswer".to_owned(), json!(answer));
        let response = json!({"answerCorrect": null});
        let response = self.deliver(Trigger::Verify, event, request, response).await?;
        response.get("answerCorrect").and_then(Value::as_bool).ok_or_else(unrecognizable)
    }

    /// Notifies the trigger that this operation took a code. Its answer is empty.
    pub(super) async fn confirmed(&self, operation: &'static str, event: &Event<'_>) -> Result<(), ApiError> {
        self.deliver(Trigger::PostConfirmation(operation), event, event.request(), json!({})).await.map(drop)
    }

    /// Asks Pre Token Generation (`V1_0`) before tokens are issued. This pool changes no claims, so it refuses an answer that
    /// would.
    pub(super) async fn before_tokens(&self, source: TokenSource, event: &Event<'_>) -> Result<(), ApiError> {
        let mut request = event.request();
        let groups = json!({"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null});
        request.insert("groupConfiguration".to_owned(), groups);
        let response = json!({"claimsOverrideDetails": null});
        let response = self.deliver(Trigger::PreTokenGeneration(source), event, request, response).await?;
        match response.get("claimsOverrideDetails") {
            None | Some(Value::Null) => Ok(()),
            Some(Value::Object(details)) if details.is_empty() => Ok(()),
            Some(_) => Err(unrecognizable()),
        }
    }

    /// Hands an encrypted code to the custom SMS sender. Cognito does not wait for it.
    pub(super) fn send_code(&self, source: Source, event: &Event<'_>, code: &str) {
        let request = json!({
            "type": "customSMSSenderRequestV1",
            "code": code,
            "clientMetadata": event.client_metadata,
            "userAttributes": event.user_attributes,
        });
        let source = format!("CustomSMSSender_{}", source.name());
        let document = event.document(&source, request, json!({}));
        self.0.enqueue(Function::SendCode, document.to_string().into_bytes());
    }

    /// Delivers the same event until there is an answer, and gives the answer's `response`.
    async fn deliver(
        &self,
        trigger: Trigger,
        event: &Event<'_>,
        request: Map<String, Value>,
        response: Value,
    ) -> Result<Map<String, Value>, ApiError> {
        let document = event.document(&trigger.source(), request.into(), response);
        let bytes = document.to_string().into_bytes();
        for _ in 0..DELIVERIES {
            match self.0.invoke(trigger.function(), bytes.clone()).await {
                Outcome::Answered(answer) => return response_of(&answer, &document),
                Outcome::Crashed { error_message } | Outcome::Failed { error_message, .. } => {
                    return Err(ApiError::lambda_failed(trigger.name(), &error_message));
                }
                Outcome::TimedOut { .. } => {}
            }
        }
        Err(ApiError::lambda_silent(trigger.name()))
    }
}

/// The data that the events of all triggers have.
pub(super) struct Event<'a> {
    pub(super) region: &'a str,
    pub(super) user_pool_id: &'a str,
    pub(super) client_id: &'a str,
    pub(super) username: &'a str,
    /// `None`: there is no such user.
    pub(super) user_attributes: Option<Strings>,
    pub(super) session: &'a [Round],
    /// Of `RespondToAuthChallenge`; that of `InitiateAuth` does not reach these triggers.
    pub(super) client_metadata: Option<&'a Strings>,
}

impl Event<'_> {
    /// The event as a function gets it.
    fn document(&self, source: &str, request: Value, response: Value) -> Value {
        json!({
            "version": "1",
            "region": self.region,
            "userPoolId": self.user_pool_id,
            "userName": self.username,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": self.client_id},
            "triggerSource": source,
            "request": request,
            "response": response,
        })
    }

    /// The members that the `request` of every trigger has.
    fn request(&self) -> Map<String, Value> {
        let mut request = Map::new();
        request.insert("userAttributes".to_owned(), json!(self.user_attributes));
        if self.user_attributes.is_none() {
            request.insert("userNotFound".to_owned(), json!(true));
        }
        if let Some(metadata) = self.client_metadata {
            request.insert("clientMetadata".to_owned(), json!(metadata));
        }
        request
    }
}

/// One entry of `session`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) name: &'static str,
    pub(super) result: bool,
    pub(super) metadata: Option<String>,
}

/// What `define` decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    CustomChallenge,
    FailAuthentication,
    IssueTokens,
    PasswordVerifier,
}

/// Why tokens are issued: the end of `triggerSource`.
#[derive(Clone, Copy)]
pub(super) enum TokenSource {
    Authentication,
    NewPasswordChallenge,
    RefreshTokens,
}

impl TokenSource {
    fn name(self) -> &'static str {
        match self {
            Self::Authentication => "Authentication",
            Self::NewPasswordChallenge => "NewPasswordChallenge",
            Self::RefreshTokens => "RefreshTokens",
        }
    }
}

/// What `create` made.
pub(super) struct Challenge {
    /// The parameters for the client: only strings.
    pub(super) public: Map<String, Value>,
    /// The parameters for `verify`: only strings.
    pub(super) private: Option<Map<String, Value>>,
    /// `challengeMetadata` for the next entry of `session`.
    pub(super) metadata: Option<String>,
}

#[derive(Clone, Copy)]
enum Trigger {
    Create,
    Define,
    /// After this operation.
    PostConfirmation(&'static str),
    PreTokenGeneration(TokenSource),
    Verify,
}

impl Trigger {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "CreateAuthChallenge",
            Self::Define => "DefineAuthChallenge",
            Self::PostConfirmation(_) => "PostConfirmation",
            Self::PreTokenGeneration(_) => "PreTokenGeneration",
            Self::Verify => "VerifyAuthChallengeResponse",
        }
    }

    fn source(self) -> String {
        match self {
            Self::Create | Self::Define | Self::Verify => format!("{}_Authentication", self.name()),
            Self::PostConfirmation(operation) => format!("{}_{operation}", self.name()),
            Self::PreTokenGeneration(source) => format!("TokenGeneration_{}", source.name()),
        }
    }

    fn function(self) -> Function {
        match self {
            Self::Create => Function::CreateChallenge,
            Self::Define => Function::DefineChallenge,
            Self::PostConfirmation(_) | Self::Verify => Function::VerifyChallenge,
            Self::PreTokenGeneration(_) => Function::GateTokens,
        }
    }
}

/// The `response` of an answer that is still an event.
///
/// Values may have changed, but a part that is missing, or null where the event had a value or nothing, is an answer
/// that Cognito was seen to call unrecognizable.
fn response_of(answer: &[u8], event: &Value) -> Result<Map<String, Value>, ApiError> {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    if answer.is_null() {
        return Err(ApiError::invalid_lambda_output("Invalid lambda function output : Invalid JSON"));
    }
    let whole =
        ["version", "region", "userPoolId", "userName", "triggerSource"].iter().all(|key| answer[key].is_string())
            && same_nulls(&answer["callerContext"], &event["callerContext"])
            && same_nulls(&answer["request"], &event["request"]);
    match &answer["response"] {
        Value::Object(response) if whole => Ok(response.clone()),
        _ => Err(unrecognizable()),
    }
}

fn same_nulls(answer: &Value, event: &Value) -> bool {
    let null_in_event = |key: &String| event.get(key).is_some_and(Value::is_null);
    answer.as_object().is_some_and(|fields| fields.iter().all(|(key, value)| !value.is_null() || null_in_event(key)))
}

fn flag(response: &Map<String, Value>, name: &str) -> Result<bool, ApiError> {
    match response.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(unrecognizable()),
    }
}

fn strings(response: &Map<String, Value>, name: &str) -> Result<Option<Map<String, Value>>, ApiError> {
    match response.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) if map.values().all(Value::is_string) => Ok(Some(map.clone())),
        Some(_) => Err(unrecognizable()),
    }
}

fn history(session: &[Round]) -> Value {
    let entry = |round: &Round| {
        json!({
            "challengeName": round.name,
            "challengeResult": round.result,
            "challengeMetadata": round.metadata,
        })
    };
    session.iter().map(entry).collect()
}

fn unrecognizable() -> ApiError {
    ApiError::invalid_lambda_output("Unrecognizable lambda output")
}

//! `InitiateAuth` and `RespondToAuthChallenge`, and the same for the operator: the rounds of a sign-in.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use crate::pool::app_client::AppClient;
use crate::pool::codes::CodeUse;
use crate::pool::error::ApiError;
use crate::pool::request::{ByOperator, InitiateAuth, RespondToAuthChallenge, Strings};
use crate::pool::session::{self, PendingChallenge, SignIn, Subject};
use crate::pool::trigger::{Decision, Event, Round, TokenSource};
use crate::pool::users::{self, Status};
use crate::pool::{UserPool, policy, srp, timestamp};

impl UserPool {
    pub(super) async fn initiate_auth(&self, request: InitiateAuth) -> Result<Value, ApiError> {
        if request.auth_flow.as_deref().is_some_and(|flow| flow.starts_with("ADMIN_")) {
            return Err(ApiError::invalid_parameter("Initiate Auth method not supported."));
        }
        self.authenticate(request).await
    }

    pub(super) async fn initiate_auth_by_operator(&self, request: ByOperator<InitiateAuth>) -> Result<Value, ApiError> {
        self.check_pool(request.user_pool_id.as_deref())?;
        self.authenticate(request.request).await
    }

    pub(super) async fn respond_by_operator(
        &self,
        request: ByOperator<RespondToAuthChallenge>,
    ) -> Result<Value, ApiError> {
        self.check_pool(request.user_pool_id.as_deref())?;
        self.respond(request.request).await
    }

    pub(super) async fn respond(&self, request: RespondToAuthChallenge) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        let client = self.app_client(&client_id)?;
        let responses = request.challenge_responses.unwrap_or_default();
        let subject = self.subject(required(&responses, "USERNAME")?)?;
        // Not the alias: seen with AWS (https://github.com/alexrudd/cognito-srp/issues/1).
        client.check_secret_hash(subject.name(), secret_hash(&responses))?;
        let challenge_name = request.challenge_name.unwrap_or_default();
        let answer = ChallengeResponse::parse(&challenge_name, &responses)?;
        let session = request.session.ok_or_else(|| ApiError::missing_parameter("Session"))?;
        let metadata = request.client_metadata.as_ref();
        if let ChallengeResponse::Code(code_use, code) = &answer {
            return self.accept_code(&session, (&client_id, subject.name()), *code_use, code, metadata).await;
        }

        // A request of another user or client uses the session up too. No source says what Cognito does then, so the
        // stricter way is chosen.
        let (mut sign_in, step) = self.lock().sessions.take(&session)?;
        if sign_in.client_id != client_id || sign_in.subject.name() != subject.name() {
            return Err(session::invalid());
        }
        // The user as they are now: with another password, or with a second factor. Who was unknown stays so.
        if matches!(sign_in.subject, Subject::User(_)) {
            sign_in.subject = subject;
        }
        let round = match (step, answer) {
            (PendingChallenge::Password { exchange, deadline }, ChallengeResponse::Password { timestamp, claim }) => {
                let right = exchange.accepts(self.config().pool_name(), sign_in.subject.name(), &timestamp, &claim);
                let user = match &sign_in.subject {
                    Subject::User(user) if right && exchange.is_of(&user.verifier) && Instant::now() < deadline => {
                        Arc::clone(user)
                    }
                    _ => return Err(ApiError::incorrect_credentials()),
                };
                if !sign_in.is_custom || user.status != Status::Confirmed || self.wants_mfa(&user) {
                    return self.accept_password(sign_in, user, metadata).await;
                }
                Round { name: "PASSWORD_VERIFIER", result: true, metadata: None }
            }
            (PendingChallenge::Select, ChallengeResponse::Factor(factor)) => {
                return self.begin_chosen(sign_in, &factor, &responses, metadata).await;
            }
            (PendingChallenge::NewPassword, ChallengeResponse::NewPassword(password)) => {
                return self.set_new_password(sign_in, password, metadata).await;
            }
            (PendingChallenge::Custom { private, metadata: made_metadata }, ChallengeResponse::Custom(answer)) => {
                let event = self.event(&sign_in, metadata);
                let result = self.triggers().verify(&event, private, &answer).await?;
                Round { name: "CUSTOM_CHALLENGE", result, metadata: made_metadata }
            }
            _ => return Err(session::invalid()),
        };
        sign_in.history.push(round);
        self.proceed(sign_in, None, metadata).await
    }

    async fn authenticate(&self, request: InitiateAuth) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        let client = self.app_client(&client_id)?;
        let flow = request.auth_flow.unwrap_or_default();
        client.check_flow(&flow)?;
        let parameters = request.auth_parameters.unwrap_or_default();
        match flow.as_str() {
            "CUSTOM_AUTH" => self.start(client, &parameters).await,
            "REFRESH_TOKEN" | "REFRESH_TOKEN_AUTH" => self.refresh(client, &parameters).await,
            "USER_AUTH" => self.choose(client, &parameters).await,
            "USER_SRP_AUTH" => {
                let sign_in = self.begin(client, &parameters, false)?;
                Ok(self.ask_for_proof(sign_in, client_public(&parameters)?))
            }
            _ => self.check_password(self.begin(client, &parameters, false)?, &parameters, None).await,
        }
    }

    /// Starts `CUSTOM_AUTH`.
    async fn start(&self, client: AppClient<'_>, parameters: &Strings) -> Result<Value, ApiError> {
        let mut sign_in = self.begin(client, parameters, true)?;
        let mut srp_a = None;
        if let Some(challenge_name) = parameters.get("CHALLENGE_NAME") {
            if challenge_name != "SRP_A" {
                return Err(ApiError::invalid_parameter("CHALLENGE_NAME must be SRP_A"));
            }
            srp_a = Some(client_public(parameters)?);
            sign_in.history.push(Round { name: "SRP_A", result: true, metadata: None });
        }
        // Not the request's ClientMetadata: InitiateAuth does not hand it to these triggers.
        self.proceed(sign_in, srp_a, None).await
    }

    /// A sign-in of the user whom the request names.
    pub(super) fn begin(
        &self,
        client: AppClient<'_>,
        parameters: &Strings,
        is_custom: bool,
    ) -> Result<SignIn, ApiError> {
        let name = required(parameters, "USERNAME")?;
        let subject = self.subject(name)?;
        client.check_secret_hash(name, secret_hash(parameters))?;
        Ok(SignIn { client_id: client.id.to_owned(), subject, is_custom, history: Vec::new() })
    }

    /// Asks `define` and does what it decides. `client_public` is `Some` if the client has just sent it.
    async fn proceed(
        &self,
        sign_in: SignIn,
        client_public: Option<srp::ClientPublic>,
        metadata: Option<&Strings>,
    ) -> Result<Value, ApiError> {
        let decision = self.triggers().define(&self.event(&sign_in, metadata)).await?;
        match (decision, client_public) {
            (Decision::CustomChallenge, _) => {
                let made = self.triggers().create(&self.event(&sign_in, metadata)).await?;
                let mut parameters = made.public;
                parameters.insert("USERNAME".to_owned(), json!(sign_in.subject.name()));
                let step = PendingChallenge::Custom { private: made.private, metadata: made.metadata };
                Ok(self.challenge(sign_in, "CUSTOM_CHALLENGE", &parameters.into(), step))
            }
            (Decision::PasswordVerifier, Some(client_public)) => Ok(self.ask_for_proof(sign_in, client_public)),
            // There is no SRP_A to answer.
            (Decision::PasswordVerifier, None) => Err(ApiError::invalid_lambda_output("Unrecognizable lambda output")),
            (Decision::IssueTokens, _) => {
                // An unknown user gets no tokens, whatever the function decides.
                let Subject::User(user) = sign_in.subject else { return Err(ApiError::incorrect_credentials()) };
                self.issue(TokenSource::Authentication, &sign_in.client_id, user, metadata).await
            }
            (Decision::FailAuthentication, _) => Err(ApiError::incorrect_credentials()),
        }
    }

    pub(super) fn challenge(&self, sign_in: SignIn, name: &str, parameters: &Value, step: PendingChallenge) -> Value {
        let session = self.lock().sessions.open(sign_in, step, self.config().session_validity);
        json!({"ChallengeName": name, "ChallengeParameters": parameters, "Session": session})
    }

    fn event<'a>(&'a self, sign_in: &'a SignIn, client_metadata: Option<&'a Strings>) -> Event<'a> {
        Event {
            region: &self.config().region,
            user_pool_id: &self.config().user_pool_id,
            client_id: &sign_in.client_id,
            username: sign_in.subject.name(),
            user_attributes: sign_in.subject.event_attributes(),
            session: &sign_in.history,
            client_metadata,
        }
    }

    /// The user that USERNAME names.
    pub(super) fn subject(&self, name: &str) -> Result<Subject, ApiError> {
        if !users::is_name(name) {
            return Err(ApiError::invalid_parameter(
                "1 validation error detected: Value at 'username' failed to satisfy constraint: \
                 Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
            ));
        }
        if let Some(user) = self.lock().users.find(name) {
            return Ok(Subject::User(Arc::clone(user)));
        }
        // A known user is answered with one spelling of the name, whatever the request's. An unknown name must look the
        // same.
        let name = users::folded(name);
        // A known alias is answered with a username that is not the alias.
        let name = if users::is_email(&name) { self.pretended_username(&name) } else { name };
        Ok(Subject::Unknown(name))
    }
}

/// `ChallengeResponses` of a challenge that this pool gives.
enum ChallengeResponse {
    Code(CodeUse, String),
    Custom(String),
    Factor(String),
    NewPassword(String),
    Password { timestamp: String, claim: srp::Claim },
}

impl ChallengeResponse {
    fn parse(challenge_name: &str, responses: &Strings) -> Result<Self, ApiError> {
        if let Some((code_use, name)) = CodeUse::of_challenge(challenge_name) {
            return Ok(Self::Code(code_use, required(responses, name)?.to_owned()));
        }
        match challenge_name {
            "CUSTOM_CHALLENGE" => Ok(Self::Custom(required(responses, "ANSWER")?.to_owned())),
            "NEW_PASSWORD_REQUIRED" => {
                let password = required(responses, "NEW_PASSWORD")?;
                policy::check(password)?;
                Ok(Self::NewPassword(password.to_owned()))
            }
            "PASSWORD_VERIFIER" => {
                let secret_block = required(responses, "PASSWORD_CLAIM_SECRET_BLOCK")?;
                let signature = required(responses, "PASSWORD_CLAIM_SIGNATURE")?;
                let timestamp = timestamp::canonical(required(responses, "TIMESTAMP")?).ok_or_else(|| {
                    ApiError::invalid_parameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english")
                })?;
                let claim = srp::Claim::parse(secret_block, signature)
                    .ok_or_else(|| ApiError::invalid_parameter("The password claim is not Base64"))?;
                Ok(Self::Password { timestamp, claim })
            }
            "SELECT_CHALLENGE" => Ok(Self::Factor(required(responses, "ANSWER")?.to_owned())),
            _ => Err(session::invalid()),
        }
    }
}

pub(super) fn client_public(parameters: &Strings) -> Result<srp::ClientPublic, ApiError> {
    let parsed = srp::ClientPublic::parse(required(parameters, "SRP_A")?);
    parsed.ok_or_else(|| ApiError::invalid_parameter("Invalid SRP_A"))
}

pub(super) fn secret_hash(parameters: &Strings) -> Option<&str> {
    parameters.get("SECRET_HASH").map(String::as_str)
}

/// A parameter that must be there and not empty.
pub(super) fn required<'a>(parameters: &'a Strings, name: &str) -> Result<&'a str, ApiError> {
    let value = parameters.get(name).filter(|value| !value.is_empty());
    value.map(String::as_str).ok_or_else(|| ApiError::missing_parameter(name))
}

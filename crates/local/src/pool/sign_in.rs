//! `InitiateAuth` and `RespondToAuthChallenge`: the rounds of a sign-in.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use crate::pool::error::ApiError;
use crate::pool::request::{InitiateAuth, RespondToAuthChallenge, Strings};
use crate::pool::session::{self, PendingChallenge, SignIn, Subject};
use crate::pool::trigger::{Decision, Event, Round};
use crate::pool::users::{self, Status};
use crate::pool::{UserPool, srp, timestamp};

impl UserPool {
    pub(super) async fn initiate_auth(&self, request: InitiateAuth) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        self.check_client(&client_id)?;
        let parameters = request.auth_parameters.unwrap_or_default();
        match request.auth_flow.as_deref().unwrap_or_default() {
            "CUSTOM_AUTH" => self.start(client_id, &parameters).await,
            "REFRESH_TOKEN" | "REFRESH_TOKEN_AUTH" => self.refresh(&client_id, &parameters),
            "ADMIN_NO_SRP_AUTH" | "ADMIN_USER_PASSWORD_AUTH" => {
                Err(ApiError::invalid_parameter("Initiate Auth method not supported."))
            }
            "USER_SRP_AUTH" => Err(ApiError::invalid_parameter("USER_SRP_AUTH is not enabled for the client.")),
            flow => Err(ApiError::invalid_parameter(format!("{flow} flow not enabled for this client"))),
        }
    }

    pub(super) async fn respond(&self, request: RespondToAuthChallenge) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        self.check_client(&client_id)?;
        let responses = request.challenge_responses.unwrap_or_default();
        let subject = self.subject(required(&responses, "USERNAME")?)?;
        // Not the alias: seen with AWS (https://github.com/alexrudd/cognito-srp/issues/1).
        self.check_secret_hash(&client_id, subject.name(), secret_hash(&responses))?;
        let challenge_name = request.challenge_name.unwrap_or_default();
        let answer = ChallengeResponse::parse(&challenge_name, &responses)?;
        let session = request.session.ok_or_else(|| ApiError::missing_parameter("Session"))?;

        // A request of another user or client uses the session up too. No source says what Cognito does then, so the
        // stricter way is chosen.
        let (mut sign_in, step) = self.lock().sessions.take(&session)?;
        if sign_in.client_id != client_id || sign_in.subject.name() != subject.name() {
            return Err(session::invalid());
        }
        let metadata = request.client_metadata.as_ref();
        let round = match (step, answer) {
            (PendingChallenge::Password { exchange, deadline }, ChallengeResponse::Password { timestamp, claim }) => {
                let right = exchange.accepts(self.config().pool_name(), subject.name(), &timestamp, &claim);
                let user = match &sign_in.subject {
                    Subject::User(user) if right && Instant::now() < deadline => user,
                    _ => return Err(ApiError::incorrect_credentials()),
                };
                if user.status == Status::ForceChangePassword {
                    let reason = "This pool has no NEW_PASSWORD_REQUIRED: set the password with AdminSetUserPassword";
                    return Err(ApiError::not_authorized(reason));
                }
                Round { name: "PASSWORD_VERIFIER", result: true, metadata: None }
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

    async fn start(&self, client_id: String, parameters: &Strings) -> Result<Value, ApiError> {
        let name = required(parameters, "USERNAME")?;
        let subject = self.subject(name)?;
        self.check_secret_hash(&client_id, name, secret_hash(parameters))?;
        let mut sign_in = SignIn { client_id, subject, history: Vec::new() };
        let mut client_public = None;
        if let Some(challenge_name) = parameters.get("CHALLENGE_NAME") {
            if challenge_name != "SRP_A" {
                return Err(ApiError::invalid_parameter("CHALLENGE_NAME must be SRP_A"));
            }
            let srp_a = required(parameters, "SRP_A")?;
            let parsed = srp::ClientPublic::parse(srp_a);
            client_public = Some(parsed.ok_or_else(|| ApiError::invalid_parameter("Invalid SRP_A"))?);
            sign_in.history.push(Round { name: "SRP_A", result: true, metadata: None });
        }
        // Not the request's ClientMetadata: InitiateAuth does not hand it to these triggers.
        self.proceed(sign_in, client_public, None).await
    }

    fn refresh(&self, client_id: &str, parameters: &Strings) -> Result<Value, ApiError> {
        let token = required(parameters, "REFRESH_TOKEN")?;
        self.check_secret_received(client_id, secret_hash(parameters))?;
        let grant = self.lock().grants.of_refresh_token(token, client_id)?;
        self.check_secret_hash(client_id, &grant.user.username, secret_hash(parameters))
            .map_err(|_| ApiError::not_authorized(format!("SecretHash does not match for the client: {client_id}")))?;
        let tokens = grant.tokens(self.keys(), self.config());
        Ok(json!({"AuthenticationResult": tokens, "ChallengeParameters": {}}))
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
            (Decision::PasswordVerifier, Some(client_public)) => {
                let exchange = Box::new(srp::Exchange::start(client_public, self.verifier(&sign_in.subject)));
                let name = sign_in.subject.name();
                let parameters = json!({
                    "SALT": exchange.salt(),
                    "SECRET_BLOCK": exchange.secret_block(),
                    "SRP_B": exchange.server_public(),
                    "USERNAME": name,
                    "USER_ID_FOR_SRP": name,
                });
                let deadline = Instant::now() + self.config().password_answer_within;
                Ok(self.challenge(
                    sign_in,
                    "PASSWORD_VERIFIER",
                    &parameters,
                    PendingChallenge::Password { exchange, deadline },
                ))
            }
            // There is no SRP_A to answer.
            (Decision::PasswordVerifier, None) => Err(ApiError::invalid_lambda_output("Unrecognizable lambda output")),
            (Decision::IssueTokens, _) => {
                // An unknown user gets no tokens, whatever the function decides.
                let Subject::User(user) = sign_in.subject else { return Err(ApiError::incorrect_credentials()) };
                let tokens = self.lock().grants.issue(self.keys(), self.config(), &sign_in.client_id, user);
                Ok(json!({"AuthenticationResult": tokens, "ChallengeParameters": {}}))
            }
            (Decision::FailAuthentication, _) => Err(ApiError::incorrect_credentials()),
        }
    }

    fn challenge(&self, sign_in: SignIn, name: &str, parameters: &Value, step: PendingChallenge) -> Value {
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
    Custom(String),
    Password { timestamp: String, claim: srp::Claim },
}

impl ChallengeResponse {
    fn parse(challenge_name: &str, responses: &Strings) -> Result<Self, ApiError> {
        match challenge_name {
            "CUSTOM_CHALLENGE" => Ok(Self::Custom(required(responses, "ANSWER")?.to_owned())),
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
            _ => Err(session::invalid()),
        }
    }
}

fn secret_hash(parameters: &Strings) -> Option<&str> {
    parameters.get("SECRET_HASH").map(String::as_str)
}

/// A parameter that must be there and not empty.
fn required<'a>(parameters: &'a Strings, name: &str) -> Result<&'a str, ApiError> {
    let value = parameters.get(name).filter(|value| !value.is_empty());
    value.map(String::as_str).ok_or_else(|| ApiError::missing_parameter(name))
}

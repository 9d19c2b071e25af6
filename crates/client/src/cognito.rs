//! The Cognito client: the AWS SDK, with SRP.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Error, Result, bail};
use aws_cognito_srp::{SrpClient, UserAuthenticationParameters, VerificationParameters};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_cognitoidentityprovider::Client as Cognito;
use aws_sdk_cognitoidentityprovider::operation::initiate_auth::InitiateAuthOutput;
use aws_sdk_cognitoidentityprovider::operation::respond_to_auth_challenge::RespondToAuthChallengeOutput;
use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, AuthenticationResultType, ChallengeNameType};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::sdk::{http_client, one_line};

/// The `ClientMetadata` of `RespondToAuthChallenge` when the user wants another call.
const CALL_AGAIN: (&str, &str) = ("callAgain", "true");

/// A client for one user. Each error is one line with the service's error type and text, as in
/// `NotAuthorizedException: Incorrect username or password.`
pub struct Client {
    cognito: Cognito,
    app: AppClient,
    user: User,
}

/// An app client of a user pool. It has no `Debug`, since it may hold a secret.
pub struct AppClient {
    /// The pool's Region.
    pub region: String,
    /// The endpoint, if it is not AWS's own.
    pub endpoint: Option<String>,
    /// The pool's id.
    pub user_pool_id: String,
    /// The app client's id.
    pub id: String,
    /// Its secret, if it has one.
    pub secret: Option<String>,
}

/// The user who signs in. It has no `Debug`, since it holds a password.
#[derive(Clone)]
pub struct User {
    /// The name to sign in with.
    pub username: String,
    /// The password; empty for a sign-in without one.
    pub password: String,
}

/// The next step of a sign-in.
pub enum Step {
    /// The user is signed in.
    Tokens(Tokens),
    /// Cognito waits for an answer to a challenge.
    Challenge(Challenge),
}

/// The end of a sign-in. It has no `Debug`, so that no token is printed by mistake.
pub struct Tokens {
    /// The ID token: a JWT that says who signed in.
    pub id_token: String,
}

/// A `CUSTOM_CHALLENGE`. Cognito takes one answer to it.
#[derive(Clone, Debug)]
pub struct Challenge {
    parameters: HashMap<String, String>,
    session: Option<String>,
}

impl Challenge {
    /// One of the public challenge parameters.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// A challenge that belongs to no sign-in, with these public parameters.
    #[must_use]
    pub fn with_parameters<const N: usize>(parameters: [(&str, &str); N]) -> Self {
        Self { parameters: parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), session: None }
    }
}

impl Client {
    /// A client that signs this user in.
    pub async fn new(app: AppClient, user: User) -> Self {
        let mut sdk_config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(app.region.clone()))
            // These operations are not signed with AWS credentials: a user of the pool signs in, not somebody with an
            // AWS account.
            .no_credentials()
            .http_client(http_client())
            // A retried InitiateAuth would be a second sign-in, with a second call.
            .retry_config(RetryConfig::disabled())
            // Cognito gives each trigger 5 seconds and up to three tries.
            .timeout_config(TimeoutConfig::builder().operation_timeout(Duration::from_mins(1)).build());
        if let Some(endpoint) = &app.endpoint {
            sdk_config = sdk_config.endpoint_url(endpoint);
        }
        Self { cognito: Cognito::new(&sdk_config.load().await), app, user }
    }

    /// The user who signs in.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.user.username
    }

    /// Starts without a password.
    pub async fn start(&self) -> Result<Step> {
        self.initiate([]).await?.try_into()
    }

    /// Starts with `SRP_A` and proves the password.
    pub async fn start_with_password(&self) -> Result<Step> {
        self.start_with_password_and(&[]).await
    }

    /// The same, with `ClientMetadata` beside the proof.
    pub async fn start_with_password_and(&self, metadata: &[(&str, &str)]) -> Result<Step> {
        let User { username, password } = &self.user;
        let user = aws_cognito_srp::User::new(&self.app.user_pool_id, username, password);
        let srp = SrpClient::new(user, &self.app.id, self.app.secret.as_deref());
        let UserAuthenticationParameters { a, .. } = srp.get_auth_parameters();
        let output = self.initiate([("CHALLENGE_NAME", "SRP_A".to_owned()), ("SRP_A", a)]).await?;
        let Some(ChallengeNameType::PasswordVerifier) = output.challenge_name else {
            let asked = output.challenge_name.as_ref().map_or("nothing", ChallengeNameType::as_str);
            bail!(
                "Cognito did not ask for the password but for {asked}. Is the Define Auth Challenge trigger attached? \
                 `voice-otp doctor` says so"
            );
        };

        let parameters = output.challenge_parameters.unwrap_or_default();
        let parameter = |name| parameters.get(name).with_context(|| format!("Cognito sent no {name}"));
        let user_id = parameter("USER_ID_FOR_SRP")?;
        let VerificationParameters { password_claim_secret_block, password_claim_signature, timestamp } = srp
            .verify(parameter("SECRET_BLOCK")?, user_id, parameter("SALT")?, parameter("SRP_B")?)
            .context("Cognito's SRP values can't be used")?;
        let proof = [
            ("PASSWORD_CLAIM_SECRET_BLOCK", password_claim_secret_block),
            ("PASSWORD_CLAIM_SIGNATURE", password_claim_signature),
            ("TIMESTAMP", timestamp),
        ];
        self.respond(ChallengeNameType::PasswordVerifier, output.session, user_id, proof, metadata).await
    }

    /// Answers a challenge with a code.
    pub async fn answer(&self, challenge: &Challenge, code: &str) -> Result<Step> {
        self.answer_with(challenge, code, &[]).await
    }

    /// Asks for another call. Cognito requires an answer, which is not compared.
    pub async fn call_again(&self, challenge: &Challenge) -> Result<Step> {
        self.answer_with(challenge, "call again", &[CALL_AGAIN]).await
    }

    /// Answers a challenge, with `ClientMetadata`.
    pub async fn answer_with(&self, challenge: &Challenge, answer: &str, metadata: &[(&str, &str)]) -> Result<Step> {
        let username = challenge.parameter("USERNAME").unwrap_or(&self.user.username);
        let session = challenge.session.clone();
        let answer = [("ANSWER", answer.to_owned())];
        self.respond(ChallengeNameType::CustomChallenge, session, username, answer, metadata).await
    }

    async fn initiate<const N: usize>(&self, parameters: [(&str, String); N]) -> Result<InitiateAuthOutput> {
        let username = &self.user.username;
        let mut request = self
            .cognito
            .initiate_auth()
            .auth_flow(AuthFlowType::CustomAuth)
            .client_id(&self.app.id)
            .auth_parameters("USERNAME", username);
        for (name, value) in parameters.into_iter().chain(self.secret_hash(username)) {
            request = request.auth_parameters(name, value);
        }
        request.send().await.map_err(|error| one_line("Cognito", &error))
    }

    async fn respond<const N: usize>(
        &self,
        challenge: ChallengeNameType,
        session: Option<String>,
        username: &str,
        responses: [(&str, String); N],
        metadata: &[(&str, &str)],
    ) -> Result<Step> {
        let mut request = self
            .cognito
            .respond_to_auth_challenge()
            .challenge_name(challenge)
            .client_id(&self.app.id)
            .set_session(session)
            .challenge_responses("USERNAME", username);
        for (name, value) in responses.into_iter().chain(self.secret_hash(username)) {
            request = request.challenge_responses(name, value);
        }
        for &(name, value) in metadata {
            request = request.client_metadata(name, value);
        }
        request.send().await.map_err(|error| one_line("Cognito", &error))?.try_into()
    }

    /// The `SECRET_HASH` parameter, which goes with an app client that has a secret. It is valid for the username that
    /// is sent with it, which can change from one request to the next.
    fn secret_hash(&self, username: &str) -> Option<(&'static str, String)> {
        let secret = self.app.secret.as_ref()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(username.as_bytes());
        mac.update(self.app.id.as_bytes());
        Some(("SECRET_HASH", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

impl TryFrom<InitiateAuthOutput> for Step {
    type Error = Error;

    fn try_from(output: InitiateAuthOutput) -> Result<Self> {
        step(output.authentication_result, output.challenge_name, output.challenge_parameters, output.session)
    }
}

impl TryFrom<RespondToAuthChallengeOutput> for Step {
    type Error = Error;

    fn try_from(output: RespondToAuthChallengeOutput) -> Result<Self> {
        step(output.authentication_result, output.challenge_name, output.challenge_parameters, output.session)
    }
}

fn step(
    result: Option<AuthenticationResultType>,
    challenge: Option<ChallengeNameType>,
    parameters: Option<HashMap<String, String>>,
    session: Option<String>,
) -> Result<Step> {
    match (result.and_then(|result| result.id_token), challenge) {
        (Some(id_token), _) => Ok(Step::Tokens(Tokens { id_token })),
        (None, Some(ChallengeNameType::CustomChallenge)) => {
            Ok(Step::Challenge(Challenge { parameters: parameters.unwrap_or_default(), session }))
        }
        (None, Some(other)) => bail!("Cognito asks for {other}, which this client can't answer"),
        (None, None) => bail!("Cognito sent neither tokens nor a challenge"),
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{Json, Router};
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;

    /// A client of the demo user at an address.
    async fn client(address: SocketAddr) -> Client {
        let app = AppClient {
            region: "us-east-1".to_owned(),
            endpoint: Some(format!("http://{address}")),
            user_pool_id: "us-east-1_a".to_owned(),
            id: "a".to_owned(),
            secret: None,
        };
        Client::new(app, User { username: "demo".to_owned(), password: String::new() }).await
    }

    #[tokio::test]
    async fn a_pool_that_asks_for_no_password_is_reported_with_its_challenge() {
        for (answer, asked) in
            [(json!({ "ChallengeName": "CUSTOM_CHALLENGE" }), "CUSTOM_CHALLENGE"), (json!({}), "nothing")]
        {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let client = client(listener.local_addr().unwrap()).await;
            let router = Router::new().fallback(async move || Json(answer));
            tokio::spawn(async move { axum::serve(listener, router).await });
            let error = client.start_with_password().await.err().expect("no password was asked for").to_string();
            let begin =
                format!("Cognito did not ask for the password but for {asked}. Is the Define Auth Challenge trigger");
            assert!(error.starts_with(&begin), "{error}");
        }
    }

    #[tokio::test]
    async fn why_cognito_was_not_reached_is_one_readable_line() {
        // A port that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let client = client(address).await;
        let error = client.start().await.err().expect("nobody listens").to_string();
        assert!(error.starts_with("Cognito was not reached: ") && error.contains("refused"), "{error}");
        assert!(!error.contains(['{', '\n']), "{error}");
    }
}

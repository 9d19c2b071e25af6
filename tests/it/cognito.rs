//! Cognito's client, the AWS SDK for Rust, for what the client of sign-ins by call does not do.

use std::sync::Arc;

use aws_cognito_srp::{SrpClient, UserAuthenticationParameters, VerificationParameters};
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::operation::respond_to_auth_challenge::RespondToAuthChallengeOutput as Answer;
use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, ChallengeNameType};
use client::cognito::User;
use client::sdk::{http_client, one_line};
use local::sign_in::Config;

use crate::stack::Stack;

/// An error is Cognito's type and text.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// The user pool of a stack.
pub(crate) struct Cognito {
    pub(crate) stack: Arc<Stack>,
    pub(crate) config: Config,
    pub(crate) sdk: Client,
}

impl Cognito {
    pub(crate) async fn of(stack: Arc<Stack>) -> Self {
        let config = stack.config().await;
        let credentials = Credentials::new(&config.access_key_id, &config.secret_access_key, None, None, "operator");
        let sdk = aws_sdk_cognitoidentityprovider::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(config.region.clone()))
            .endpoint_url(stack.endpoint())
            .credentials_provider(credentials)
            .http_client(http_client());
        Self { stack, config, sdk: Client::from_conf(sdk.build()) }
    }

    /// The answer to the proof of a password, by SRP.
    pub(crate) async fn prove_password(&self, flow: AuthFlowType, client_id: &str, user: &User) -> Result<Answer> {
        let User { username, password } = user;
        let srp_user = aws_cognito_srp::User::new(&self.config.user_pool_id, username, password);
        let srp = SrpClient::new(srp_user, client_id, None);
        let UserAuthenticationParameters { a, .. } = srp.get_auth_parameters();
        let mut request = self.sdk.initiate_auth().client_id(client_id).auth_parameters("USERNAME", username);
        if flow == AuthFlowType::CustomAuth {
            request = request.auth_parameters("CHALLENGE_NAME", "SRP_A");
        }
        let asked = request.auth_flow(flow).auth_parameters("SRP_A", a).send().await;
        let asked = asked.map_err(|error| said(&error))?;
        let parameters = asked.challenge_parameters.unwrap();
        let parameter = |name: &str| parameters[name].as_str();
        let VerificationParameters { password_claim_secret_block, password_claim_signature, timestamp } = srp
            .verify(parameter("SECRET_BLOCK"), parameter("USER_ID_FOR_SRP"), parameter("SALT"), parameter("SRP_B"))
            .unwrap();
        let proof = [
            ("PASSWORD_CLAIM_SECRET_BLOCK", &*password_claim_secret_block),
            ("PASSWORD_CLAIM_SIGNATURE", &*password_claim_signature),
            ("TIMESTAMP", &*timestamp),
        ];
        self.respond(client_id, ChallengeNameType::PasswordVerifier, asked.session, username, proof).await
    }

    pub(crate) async fn respond<const N: usize>(
        &self,
        client_id: &str,
        name: ChallengeNameType,
        session: Option<String>,
        username: &str,
        responses: [(&str, &str); N],
    ) -> Result<Answer> {
        let request = self.sdk.respond_to_auth_challenge().client_id(client_id).challenge_name(name);
        let mut request = request.set_session(session).challenge_responses("USERNAME", username);
        for (name, value) in responses {
            request = request.challenge_responses(name, value);
        }
        request.send().await.map_err(|error| said(&error))
    }
}

/// An error as a client sees it.
pub(crate) fn said<E, R>(error: &SdkError<E, R>) -> String
where
    SdkError<E, R>: ProvideErrorMetadata + std::error::Error,
{
    one_line("Cognito", error).to_string()
}

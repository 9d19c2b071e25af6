//! The requests of clients, with the constraints of Cognito's API model (`cognito-idp`, 2016-04-18).

mod profile;
mod violations;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub(super) use self::profile::{
    ConfirmSignUp, GetUserAttributeVerificationCode, ResendConfirmationCode, SetUserMfaPreference, SignUp,
    UpdateUserAttributes, VerifyUserAttribute,
};
use self::violations::{AUTH_FLOWS, CHALLENGE_NAMES, Violations};
use crate::pool::error::ApiError;

/// A map of strings: `AuthParameters`, `ChallengeResponses`, `ClientMetadata`.
pub(super) type Strings = BTreeMap<String, String>;

/// A request that has passed the API model's constraints.
pub(super) trait Request: DeserializeOwned {
    /// Notes each constraint that the request breaks.
    fn check(&self, violations: &mut Violations);
}

/// Reads `body` as the request of an operation.
pub(super) fn parse<R: Request>(body: &[u8]) -> Result<R, ApiError> {
    // Read as a map first, because serde would accept a JSON array for a struct.
    let fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(|error| ApiError::serialization(error.to_string()))?;
    let request: R =
        serde_json::from_value(fields.into()).map_err(|error| ApiError::serialization(error.to_string()))?;
    let mut violations = Violations::default();
    request.check(&mut violations);
    violations.into_result()?;
    Ok(request)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminGetUser {
    pub(super) user_pool_id: Option<String>,
    pub(super) username: Option<String>,
}

impl Request for AdminGetUser {
    fn check(&self, violations: &mut Violations) {
        violations.user_pool_id(self.user_pool_id.as_deref());
        violations.username(self.username.as_deref());
    }
}

/// One of `UserAttributes`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminCreateUser {
    pub(super) user_pool_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) user_attributes: Option<Vec<Attribute>>,
    pub(super) temporary_password: Option<String>,
    pub(super) message_action: Option<String>,
    pub(super) desired_delivery_mediums: Option<Vec<String>>,
}

impl Request for AdminCreateUser {
    fn check(&self, violations: &mut Violations) {
        violations.user_pool_id(self.user_pool_id.as_deref());
        violations.username(self.username.as_deref());
        if self.temporary_password.is_some() {
            violations.password(self.temporary_password.as_deref());
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminSetUserPassword {
    pub(super) user_pool_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) permanent: Option<bool>,
}

impl Request for AdminSetUserPassword {
    fn check(&self, violations: &mut Violations) {
        violations.user_pool_id(self.user_pool_id.as_deref());
        violations.username(self.username.as_deref());
        violations.password(self.password.as_deref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminUpdateUserAttributes {
    pub(super) user_pool_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) user_attributes: Option<Vec<Attribute>>,
}

impl Request for AdminUpdateUserAttributes {
    fn check(&self, violations: &mut Violations) {
        violations.user_pool_id(self.user_pool_id.as_deref());
        violations.username(self.username.as_deref());
        violations.required("userAttributes", self.user_attributes.as_ref().map(|_| ""));
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListUsers {
    pub(super) user_pool_id: Option<String>,
    pub(super) limit: Option<usize>,
    pub(super) pagination_token: Option<String>,
    pub(super) filter: Option<String>,
}

impl Request for ListUsers {
    fn check(&self, violations: &mut Violations) {
        violations.user_pool_id(self.user_pool_id.as_deref());
        if self.limit.is_some_and(|limit| !(1..=60).contains(&limit)) {
            violations.add("Value at 'limit'", "Member must have value between 1 and 60");
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeUserPool {
    pub(super) user_pool_id: Option<String>,
}

impl Request for DescribeUserPool {
    fn check(&self, violations: &mut Violations) {
        violations.user_pool_id(self.user_pool_id.as_deref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ForgotPassword {
    pub(super) client_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) secret_hash: Option<String>,
    pub(super) client_metadata: Option<Strings>,
}

impl Request for ForgotPassword {
    fn check(&self, violations: &mut Violations) {
        violations.client_id(self.client_id.as_deref());
        violations.username(self.username.as_deref());
        violations.length("secretHash", self.secret_hash.as_deref(), 1, 128);
        violations.strings("clientMetadata", self.client_metadata.as_ref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmForgotPassword {
    pub(super) client_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) secret_hash: Option<String>,
    pub(super) confirmation_code: Option<String>,
    pub(super) password: Option<String>,
    pub(super) client_metadata: Option<Strings>,
}

impl Request for ConfirmForgotPassword {
    fn check(&self, violations: &mut Violations) {
        violations.client_id(self.client_id.as_deref());
        violations.username(self.username.as_deref());
        violations.length("secretHash", self.secret_hash.as_deref(), 1, 128);
        violations.code("confirmationCode", self.confirmation_code.as_deref());
        violations.password(self.password.as_deref());
        violations.strings("clientMetadata", self.client_metadata.as_ref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InitiateAuth {
    pub(super) auth_flow: Option<String>,
    pub(super) client_id: Option<String>,
    #[serde(default)]
    pub(super) auth_parameters: Option<Strings>,
    client_metadata: Option<Strings>,
    session: Option<String>,
}

impl Request for InitiateAuth {
    fn check(&self, violations: &mut Violations) {
        violations.one_of("authFlow", self.auth_flow.as_deref(), &AUTH_FLOWS);
        violations.client_id(self.client_id.as_deref());
        violations.strings("authParameters", self.auth_parameters.as_ref());
        violations.strings("clientMetadata", self.client_metadata.as_ref());
        violations.length("session", self.session.as_deref(), 20, 4096);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RespondToAuthChallenge {
    pub(super) challenge_name: Option<String>,
    pub(super) challenge_responses: Option<Strings>,
    pub(super) client_id: Option<String>,
    pub(super) client_metadata: Option<Strings>,
    pub(super) session: Option<String>,
}

impl Request for RespondToAuthChallenge {
    fn check(&self, violations: &mut Violations) {
        violations.one_of("challengeName", self.challenge_name.as_deref(), &CHALLENGE_NAMES);
        violations.strings("challengeResponses", self.challenge_responses.as_ref());
        violations.client_id(self.client_id.as_deref());
        violations.strings("clientMetadata", self.client_metadata.as_ref());
        violations.length("session", self.session.as_deref(), 20, 4096);
    }
}

/// A user's request that the operator makes: `AdminInitiateAuth`, `AdminRespondToAuthChallenge`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByOperator<R> {
    pub(super) user_pool_id: Option<String>,
    #[serde(flatten)]
    pub(super) request: R,
}

impl<R: Request> Request for ByOperator<R> {
    fn check(&self, violations: &mut Violations) {
        violations.user_pool_id(self.user_pool_id.as_deref());
        self.request.check(violations);
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetTokensFromRefreshToken {
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
    pub(super) refresh_token: Option<String>,
    pub(super) client_metadata: Option<Strings>,
}

impl Request for GetTokensFromRefreshToken {
    fn check(&self, violations: &mut Violations) {
        violations.client_id(self.client_id.as_deref());
        violations.length("clientSecret", self.client_secret.as_deref(), 1, 64);
        violations.token("refreshToken", self.refresh_token.as_deref());
        violations.strings("clientMetadata", self.client_metadata.as_ref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeToken {
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<String>,
    pub(super) token: Option<String>,
}

impl Request for RevokeToken {
    fn check(&self, violations: &mut Violations) {
        violations.client_id(self.client_id.as_deref());
        violations.length("clientSecret", self.client_secret.as_deref(), 1, 64);
        violations.token("token", self.token.as_deref());
    }
}

/// `GetUser` and `GlobalSignOut`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WithAccessToken {
    pub(super) access_token: Option<String>,
}

impl Request for WithAccessToken {
    fn check(&self, violations: &mut Violations) {
        violations.token("accessToken", self.access_token.as_deref());
    }
}

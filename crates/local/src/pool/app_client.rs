//! The app clients: which flows each allows, and what it proves of its secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::pool::error::ApiError;
use crate::pool::mac::is_hmac;
use crate::pool::{Config, UserPool};

/// `ExplicitAuthFlows` of the clients whose users take a call.
const WITH_CALL: [&str; 2] = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
/// `ExplicitAuthFlows` of the client whose users need a password alone.
const WITH_PASSWORD: [&str; 5] = [
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
];
/// `WriteAttributes` of the clients whose users take a call: those of the template's, where users may sign up.
const WRITTEN_WITH_CALL: [&str; 5] = ["email", "family_name", "given_name", "locale", "name"];

/// An app client.
#[derive(Clone, Copy)]
pub(super) struct AppClient<'a> {
    pub(super) id: &'a str,
    pub(super) secret: Option<&'a str>,
    flows: &'static [&'static str],
    /// `WriteAttributes`. `None` means all that users may write.
    pub(super) writes: Option<&'static [&'static str]>,
}

impl UserPool {
    pub(super) fn app_client(&self, id: &str) -> Result<AppClient<'_>, ApiError> {
        let client = self.config().app_clients().into_iter().find(|client| client.id == id);
        client.ok_or_else(|| ApiError::no_such_client(id))
    }
}

impl Config {
    fn app_clients(&self) -> [AppClient<'_>; 3] {
        let with_call = |id, secret| AppClient { id, secret, flows: &WITH_CALL, writes: Some(&WRITTEN_WITH_CALL) };
        [
            with_call(&self.client_id, None),
            with_call(&self.client_id_with_secret, Some(&self.client_secret)),
            AppClient { id: &self.client_id_password, secret: None, flows: &WITH_PASSWORD, writes: None },
        ]
    }
}

impl AppClient<'_> {
    /// Refuses an `AuthFlow` that this client doesn't allow. Cognito's words differ by flow.
    pub(super) fn check_flow(&self, flow: &str) -> Result<(), ApiError> {
        let allowed_by = match flow {
            "ADMIN_NO_SRP_AUTH" => "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            "REFRESH_TOKEN" => "ALLOW_REFRESH_TOKEN_AUTH",
            flow => &format!("ALLOW_{flow}"),
        };
        if self.flows.contains(&allowed_by) {
            return Ok(());
        }
        Err(ApiError::invalid_parameter(match flow {
            "ADMIN_NO_SRP_AUTH" | "ADMIN_USER_PASSWORD_AUTH" => "Auth flow not enabled for this client".to_owned(),
            "CUSTOM_AUTH" | "USER_SRP_AUTH" => format!("{flow} is not enabled for the client."),
            flow => format!("{flow} flow not enabled for this client"),
        }))
    }

    /// Refuses a request without `SECRET_HASH` from a client that has a secret.
    pub(super) fn check_secret_received(&self, hash: Option<&str>) -> Result<(), ApiError> {
        if self.secret.is_none() || hash.is_some() {
            return Ok(());
        }
        let reason = "is configured with secret but SECRET_HASH was not received";
        Err(ApiError::not_authorized(format!("Client {} {reason}", self.id)))
    }

    /// `SECRET_HASH` is the Base64 of HMAC-SHA-256 over username and client id, and there only if the client has a secret.
    pub(super) fn check_secret_hash(&self, username: &str, hash: Option<&str>) -> Result<(), ApiError> {
        self.check_secret_received(hash)?;
        let right = match (self.secret, hash) {
            (Some(secret), Some(hash)) => {
                let parts = [username.as_bytes(), self.id.as_bytes()];
                STANDARD.decode(hash).is_ok_and(|hash| is_hmac(&hash, secret.as_bytes(), &parts))
            }
            (None, None) => true,
            _ => false,
        };
        if right { Ok(()) } else { Err(self.wrong_secret()) }
    }

    /// The secret itself, which `GetTokensFromRefreshToken` takes.
    pub(super) fn check_secret(&self, secret: Option<&str>) -> Result<(), ApiError> {
        if self.secret == secret { Ok(()) } else { Err(self.wrong_secret()) }
    }

    fn wrong_secret(&self) -> ApiError {
        ApiError::not_authorized(format!("Unable to verify secret hash for client {}", self.id))
    }
}

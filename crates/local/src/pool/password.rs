//! Sign-ins with a password alone, in which no function decides: `USER_SRP_AUTH`, `USER_PASSWORD_AUTH` and
//! `ADMIN_USER_PASSWORD_AUTH`. And what a temporary password leads to, in `CUSTOM_AUTH` too.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use crate::pool::codes::CodeUse;
use crate::pool::error::ApiError;
use crate::pool::request::Strings;
use crate::pool::session::{self, PendingChallenge, SignIn, Subject};
use crate::pool::sign_in::required;
use crate::pool::trigger::TokenSource;
use crate::pool::users::{Status, User};
use crate::pool::{RefusedPassword, UserPool, srp};

impl UserPool {
    /// Takes a password as it is.
    pub(super) async fn check_password(
        &self,
        sign_in: SignIn,
        parameters: &Strings,
        metadata: Option<&Strings>,
    ) -> Result<Value, ApiError> {
        let password = required(parameters, "PASSWORD")?;
        match sign_in.subject.clone() {
            Subject::User(user) if user.password == password => self.accept_password(sign_in, user, metadata).await,
            _ => Err(ApiError::incorrect_credentials()),
        }
    }

    /// Asks for the proof of a password.
    pub(super) fn ask_for_proof(&self, sign_in: SignIn, client_public: srp::ClientPublic) -> Value {
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
        self.challenge(sign_in, "PASSWORD_VERIFIER", &parameters, PendingChallenge::Password { exchange, deadline })
    }

    /// Goes on after a right password, where no function is asked: to tokens, to a second factor, or to a permanent password.
    /// So it is in `CUSTOM_AUTH` too, where MFA takes the place of the custom challenge
    /// (<https://github.com/aws-amplify/amplify-js/issues/3876>).
    pub(super) async fn accept_password(
        &self,
        sign_in: SignIn,
        user: Arc<User>,
        metadata: Option<&Strings>,
    ) -> Result<Value, ApiError> {
        if user.status != Status::ForceChangePassword {
            if user.status == Status::Confirmed && self.wants_mfa(&user) {
                return self.ask_for_code(sign_in, CodeUse::SmsMfa, metadata);
            }
            return self.issue(TokenSource::Authentication, &sign_in.client_id, user, metadata).await;
        }
        let parameters = json!({
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": "[]",
            "userAttributes": json!(user.attributes).to_string(),
        });
        Ok(self.challenge(sign_in, "NEW_PASSWORD_REQUIRED", &parameters, PendingChallenge::NewPassword))
    }

    /// Takes a permanent password for a temporary one. Then there are tokens, in `CUSTOM_AUTH` too and without a custom
    /// challenge, as was seen (<https://github.com/amazon-archives/amazon-cognito-identity-js/issues/341>).
    ///
    /// No source says what Cognito does if the user has got a permanent password meanwhile. So the session ends, as if it
    /// were another user's.
    pub(super) async fn set_new_password(
        &self,
        sign_in: SignIn,
        password: String,
        metadata: Option<&Strings>,
    ) -> Result<Value, ApiError> {
        let Subject::User(user) = sign_in.subject else { return Err(session::invalid()) };
        let (before, after) = {
            let mut state = self.lock();
            let before = state.users.of_sub(&user.sub).filter(|user| user.status == Status::ForceChangePassword);
            let before = Arc::clone(before.ok_or_else(session::invalid)?);
            let after = state.users.set_password(self.config(), &user.sub, password);
            (before, after.ok_or_else(ApiError::no_such_user)?)
        };
        let user = Arc::clone(&after);
        let issued = self.issue(TokenSource::NewPasswordChallenge, &sign_in.client_id, user, metadata).await;
        if issued.is_err() && self.config().refused_password == RefusedPassword::RolledBack {
            self.lock().users.undo(before, &after);
        }
        issued
    }
}

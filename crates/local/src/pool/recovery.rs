//! Forgotten passwords: `ForgotPassword` sends a code, `ConfirmForgotPassword` takes it with a new password.
//!
//! The code goes to the verified e-mail address, as in the template's pool. It is printed, and `GET /local/messages` has it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Value, json};

use crate::pool::error::ApiError;
use crate::pool::mac::hmac_128;
use crate::pool::request::{ConfirmForgotPassword, ForgotPassword};
use crate::pool::session::Subject;
use crate::pool::users::Status;
use crate::pool::{UserPool, policy};
use crate::time::Timestamp;

/// How long a code can be used, as with Cognito.
const VALIDITY: Duration = Duration::from_hours(1);

/// The requested codes, and the messages that they were sent in.
#[derive(Default)]
pub(super) struct Recovery {
    /// By the user's `sub`. A new code replaces the one before.
    codes: HashMap<String, (String, Instant)>,
    messages: Vec<Message>,
}

/// What Cognito would have sent, as `GET /local/messages` shows it.
#[derive(Serialize)]
pub(super) struct Message {
    at: Timestamp,
    to: String,
    username: String,
    code: String,
}

impl Recovery {
    /// What was sent, oldest first.
    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Uses up a user's code.
    fn take(&mut self, sub: &str, code: &str) -> Result<(), ApiError> {
        let (right, expires_at) = self.codes.get(sub).ok_or_else(ApiError::code_expired)?;
        if Instant::now() >= *expires_at {
            return Err(ApiError::code_expired());
        }
        if code != right {
            return Err(ApiError::code_mismatch());
        }
        self.codes.remove(sub);
        Ok(())
    }
}

impl UserPool {
    pub(super) fn forgot_password(&self, request: ForgotPassword) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        let subject = self.named(&client_id, request.username, request.secret_hash.as_deref())?;
        if matches!(&subject, Subject::User(user) if user.status == Status::ForceChangePassword) {
            return Err(ApiError::not_authorized("User password cannot be reset in the current state."));
        }
        let destination = match &subject {
            Subject::User(user) => user.alias().map(|email| (user, email)),
            Subject::Unknown(_) => None,
        };
        let shown = match destination {
            Some((user, email)) => {
                let code = format!("{:06}", rand::random_range(0..1_000_000));
                eprintln!("E-mail to {email}: the code for a new password of {} is {code}", user.username);
                let mut state = self.lock();
                state.recovery.codes.insert(user.sub.clone(), (code.clone(), Instant::now() + VALIDITY));
                state.recovery.messages.push(Message {
                    at: Timestamp::now(),
                    to: email.to_owned(),
                    username: user.username.clone(),
                    code,
                });
                masked(email)
            }
            // An unknown user, or one without an address, gets the same answer each time, and no code.
            None => self.pretended_destination(subject.name()),
        };
        let details = json!({ "Destination": shown, "DeliveryMedium": "EMAIL", "AttributeName": "email" });
        Ok(json!({ "CodeDeliveryDetails": details }))
    }

    pub(super) async fn confirm_forgot_password(&self, request: ConfirmForgotPassword) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        let subject = self.named(&client_id, request.username, request.secret_hash.as_deref())?;
        let password = request.password.unwrap_or_default();
        policy::check(&password)?;
        let Subject::User(user) = subject else { return Err(ApiError::code_mismatch()) };
        let user = {
            let mut state = self.lock();
            state.recovery.take(&user.sub, &request.confirmation_code.unwrap_or_default())?;
            state.users.set_password(self.config(), &user.sub, password).ok_or_else(ApiError::no_such_user)?
        };
        let event = self.event_of_user(&client_id, &user, request.client_metadata.as_ref());
        // The password is changed, even if the trigger fails.
        self.triggers().password_was_reset(&event).await?;
        Ok(json!({}))
    }

    /// The user that a request without a session names. The app client must exist and know its secret.
    fn named(&self, client_id: &str, name: Option<String>, hash: Option<&str>) -> Result<Subject, ApiError> {
        let client = self.app_client(client_id)?;
        let name = name.unwrap_or_default();
        client.check_secret_hash(&name, hash)?;
        self.subject(&name)
    }

    fn pretended_destination(&self, name: &str) -> String {
        let letters = hmac_128(&self.0.secret, &[b"destination", name.as_bytes()]);
        let [name, domain] = [letters[0], letters[1]].map(|byte| char::from(b'a' + byte % 26));
        masked(&format!("{name}@{domain}"))
    }
}

/// An address as Cognito shows it: `d***@e***`.
fn masked(email: &str) -> String {
    let (name, domain) = email.rsplit_once('@').unwrap_or_default();
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    format!("{}***@{}***", first(name), first(domain))
}

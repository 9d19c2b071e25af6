//! Forgotten passwords: `ForgotPassword` sends a code, `ConfirmForgotPassword` takes it with a new password.
//!
//! The code goes to the verified e-mail address, as in the template's pool. A user without one gets it by phone, which the
//! template's pool does not do. As with Cognito, a phone is for the reset or for the second factor, not for both.

use serde_json::{Value, json};
use sign_in::sending::Source;

use crate::pool::codes::CodeUse;
use crate::pool::contact::{Contact, Medium};
use crate::pool::error::ApiError;
use crate::pool::mac::hmac;
use crate::pool::mfa::SmsMfa;
use crate::pool::quotas::Limited;
use crate::pool::request::{ConfirmForgotPassword, ForgotPassword};
use crate::pool::session::Subject;
use crate::pool::users::{Status, User};
use crate::pool::{UserPool, policy};

impl UserPool {
    pub(super) fn forgot_password(&self, request: ForgotPassword) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        let subject = self.named(&client_id, request.username, request.secret_hash.as_deref())?;
        if matches!(&subject, Subject::User(user) if user.status == Status::ForceChangePassword) {
            return Err(ApiError::not_authorized("User password cannot be reset in the current state."));
        }
        let known = match &subject {
            Subject::User(user) => recovery_contact(user).map(|contact| (user, contact)),
            Subject::Unknown(_) => None,
        };
        let details = match known {
            Some((user, contact)) => {
                self.lock().quotas.count(&user.sub, Limited::ForgotPassword)?;
                let metadata = request.client_metadata.as_ref();
                self.send_code(Source::ForgotPassword, CodeUse::Reset, user, &contact, &client_id, metadata)
            }
            // An unknown user, or one who has neither, gets the same answer each time, and no code.
            None => self.pretended_contact(subject.name(), Medium::Email).details(),
        };
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
            state.quotas.count(&user.sub, Limited::ConfirmForgotPassword)?;
            state.codes.take(&user.sub, CodeUse::Reset, &request.confirmation_code.unwrap_or_default())?;
            state.users.set_password(self.config(), &user.sub, password).ok_or_else(ApiError::no_such_user)?
        };
        let event = self.event_of_user(&client_id, &user, request.client_metadata.as_ref());
        // The password is changed, even if the trigger fails.
        self.triggers().confirmed("ConfirmForgotPassword", &event).await?;
        Ok(json!({}))
    }

    /// The user that a request without a session names. The app client must exist and know its secret.
    pub(super) fn named(&self, client_id: &str, name: Option<String>, hash: Option<&str>) -> Result<Subject, ApiError> {
        let client = self.app_client(client_id)?;
        let name = name.unwrap_or_default();
        client.check_secret_hash(&name, hash)?;
        self.subject(&name)
    }

    /// Where the code of an unknown user would go: always the same.
    pub(super) fn pretended_contact(&self, name: &str, medium: Medium) -> Contact {
        let bytes = hmac(&self.0.secret, &[b"destination", name.as_bytes()]);
        let address = match medium {
            Medium::Email => {
                let [name, domain] = [bytes[0], bytes[1]].map(|byte| char::from(b'a' + byte % 26));
                format!("{name}@{domain}")
            }
            Medium::Phone => format!("+1206555{:04}", u16::from_be_bytes([bytes[0], bytes[1]]) % 10_000),
        };
        Contact { medium, address }
    }
}

fn recovery_contact(user: &User) -> Option<Contact> {
    let by_phone = || Contact::verified(user, Medium::Phone).filter(|_| user.sms_mfa == SmsMfa::Off);
    Contact::verified(user, Medium::Email).or_else(by_phone)
}

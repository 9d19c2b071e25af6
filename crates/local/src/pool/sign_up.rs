//! `SignUp`, and how a new user is confirmed: `ConfirmSignUp` takes the code, `ResendConfirmationCode` sends another.
//!
//! The code goes to the number, or to the e-mail address of a user without a number, as in a pool that verifies both.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use sign_in::sending::Source;

use crate::pool::codes::CodeUse;
use crate::pool::contact::{Contact, Medium};
use crate::pool::error::ApiError;
use crate::pool::new_user::{NewUser, PhoneNumber};
use crate::pool::quotas::Limited;
use crate::pool::request::{ConfirmSignUp, ResendConfirmationCode, SignUp, Strings};
use crate::pool::session::Subject;
use crate::pool::users::{Rejected, Status, User, is_email};
use crate::pool::{UserPool, policy};

impl UserPool {
    pub(super) fn sign_up(&self, request: SignUp) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        let client = self.app_client(&client_id)?;
        let username = request.username.unwrap_or_default();
        client.check_secret_hash(&username, request.secret_hash.as_deref())?;
        if is_email(&username) {
            let reason = "Username cannot be of email format, since user pool is configured for email alias.";
            return Err(ApiError::invalid_parameter(reason));
        }
        let password = request.password.unwrap_or_default();
        policy::check(&password)?;
        let attributes = client.writable(request.user_attributes.unwrap_or_default())?;
        let given = attributes.into_iter().filter(|(_, value)| !value.is_empty());
        let mut attributes: BTreeMap<_, _> = given.map(|(name, value)| (name, Some(value))).collect();
        let has_number = attributes.contains_key("phone_number");
        // No default address. What is given is not verified.
        attributes.entry("email".to_owned()).or_insert(None);
        attributes.insert("email_verified".to_owned(), Some("false".to_owned()));
        let new = NewUser {
            username: Some(username),
            password: Some(password),
            phone_number: if has_number { PhoneNumber::Any } else { PhoneNumber::Missing },
            phone_number_verified: Some(false),
            attributes: Some(attributes),
        };
        let added = self.lock().users.add(self.config(), new, Status::Unconfirmed);
        let user = added.map_err(|rejected| match rejected {
            Rejected::Invalid(message) => ApiError::invalid_parameter(message),
            Rejected::Taken(_) => ApiError::username_exists("User already exists"),
        })?;
        let mut answer = json!({ "UserConfirmed": false, "UserSub": user.sub });
        if let Some(contact) = confirmation_contact(&user) {
            let metadata = request.client_metadata.as_ref();
            let sent = self.send_code(Source::SignUp, CodeUse::SignUp, &user, &contact, &client_id, metadata);
            answer["CodeDeliveryDetails"] = sent;
        }
        Ok(answer)
    }

    pub(super) async fn confirm_sign_up(&self, request: ConfirmSignUp) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        let subject = self.named(&client_id, request.username, request.secret_hash.as_deref())?;
        // An unknown user has no code, like one who waited too long.
        let Subject::User(user) = subject else { return Err(ApiError::code_expired()) };
        let user = {
            let mut state = self.lock();
            if user.status != Status::Unconfirmed {
                let status = user.status.name();
                return Err(ApiError::not_authorized(format!("User cannot be confirmed. Current status is {status}")));
            }
            state.quotas.count(&user.sub, Limited::ConfirmSignUp)?;
            // The code is used up, also if the address has become somebody else's meanwhile.
            let code = request.confirmation_code.unwrap_or_default();
            let contact = state.codes.take(&user.sub, CodeUse::SignUp, &code)?;
            state.users.change(&user.sub, request.force_alias_creation == Some(true), |user| {
                contact.set(user, true);
                user.status = Status::Confirmed;
            })?
        };
        let event = self.event_of_user(&client_id, &user, request.client_metadata.as_ref());
        // The user is confirmed, even if the trigger fails.
        self.triggers().confirmed("ConfirmSignUp", &event).await?;
        Ok(json!({}))
    }

    pub(super) fn resend_confirmation_code(&self, request: ResendConfirmationCode) -> Result<Value, ApiError> {
        let client_id = request.client_id.unwrap_or_default();
        let details = match self.named(&client_id, request.username, request.secret_hash.as_deref())? {
            // An unknown user gets the same answer each time.
            Subject::Unknown(name) => self.pretended_contact(&name, Medium::Email).details(),
            Subject::User(user) => self.resend(&user, &client_id, request.client_metadata.as_ref())?,
        };
        Ok(json!({ "CodeDeliveryDetails": details }))
    }

    fn resend(&self, user: &Arc<User>, client_id: &str, metadata: Option<&Strings>) -> Result<Value, ApiError> {
        if user.status != Status::Unconfirmed {
            return Err(ApiError::invalid_parameter("User is already confirmed."));
        }
        let contact = confirmation_contact(user)
            .ok_or_else(|| ApiError::invalid_parameter("Cannot resend codes. Auto verification not turned on."))?;
        self.lock().quotas.count(&user.sub, Limited::ResendConfirmationCode)?;
        Ok(self.send_code(Source::ResendCode, CodeUse::SignUp, user, &contact, client_id, metadata))
    }
}

/// Where the code of a sign-up goes.
fn confirmation_contact(user: &User) -> Option<Contact> {
    Contact::of(user, Medium::Phone).or_else(|| Contact::of(user, Medium::Email))
}

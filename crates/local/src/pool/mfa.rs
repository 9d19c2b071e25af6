//! Codes that sign in: `SMS_MFA` after a password, and `SMS_OTP` instead of one.
//!
//! Without the token gate the pool has `MfaConfiguration` `OPTIONAL`, and each user turns MFA on. With it there is no MFA, as
//! in the template's pool.

use std::sync::Arc;

use serde_json::{Value, json};
use sign_in::sending::Source;

use crate::pool::UserPool;
use crate::pool::codes::CodeUse;
use crate::pool::contact::{Contact, Medium};
use crate::pool::error::ApiError;
use crate::pool::request::{SetUserMfaPreference, Strings};
use crate::pool::session::{self, PendingChallenge, SignIn, Subject};
use crate::pool::trigger::TokenSource;
use crate::pool::users::User;

/// What a user wants of MFA by SMS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SmsMfa {
    #[default]
    Off,
    On,
    Preferred,
}

impl SmsMfa {
    /// Adds the members of `GetUser` that tell of it.
    pub(super) fn describe(self, answer: &mut Value) {
        if self != Self::Off {
            answer["UserMFASettingList"] = json!(["SMS_MFA"]);
        }
        if self == Self::Preferred {
            answer["PreferredMfaSetting"] = json!("SMS_MFA");
        }
    }
}

impl UserPool {
    /// `MfaConfiguration`.
    pub(super) fn mfa_configuration(&self) -> &'static str {
        if self.config().token_gate { "OFF" } else { "OPTIONAL" }
    }

    /// Whether the user is asked for a second factor.
    pub(super) fn wants_mfa(&self, user: &User) -> bool {
        user.sms_mfa != SmsMfa::Off && !self.config().token_gate
    }

    /// The number need not be verified: "Phone numbers don't need to be verified to be used for SMS MFA"
    /// (<https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-sms-email-message.html>).
    pub(super) fn set_mfa_preference(&self, request: SetUserMfaPreference) -> Result<Value, ApiError> {
        let (user, _) = self.signed_in(request.access_token)?;
        if self.config().token_gate {
            return Err(ApiError::invalid_parameter("This pool has MFA with --token-gate off alone"));
        }
        // Cognito refuses it whatever it says (https://github.com/aws-amplify/amplify-js/issues/944 and 1343).
        if request.software_token.is_some() {
            return Err(ApiError::invalid_parameter("User has not verified software token mfa"));
        }
        let not_set_up = |name: &str| {
            Err(ApiError::invalid_parameter(format!("User does not have delivery config set to turn on {name}")))
        };
        if request.email.is_some_and(|settings| settings.enabled || settings.preferred_mfa) {
            return not_set_up("EMAIL_OTP");
        }
        let Some(settings) = request.sms else { return Ok(json!({})) };
        let sms_mfa = match (settings.enabled, settings.preferred_mfa) {
            (false, false) => SmsMfa::Off,
            (true, false) => SmsMfa::On,
            (true, true) => SmsMfa::Preferred,
            (false, true) => return Err(ApiError::invalid_parameter("SMS_MFA must be enabled to be preferred")),
        };
        if settings.enabled && Contact::of(&user, Medium::Phone).is_none() {
            return not_set_up("SMS_MFA");
        }
        self.lock().users.change(&user.sub, false, |user| user.sms_mfa = sms_mfa)?;
        Ok(json!({}))
    }

    /// Sends a code to the user's number and asks for it. An unknown user is asked too, and gets none.
    pub(super) fn ask_for_code(
        &self,
        sign_in: SignIn,
        code_use: CodeUse,
        metadata: Option<&Strings>,
    ) -> Result<Value, ApiError> {
        let name = sign_in.subject.name().to_owned();
        let contact = match &sign_in.subject {
            Subject::Unknown(name) => self.pretended_contact(name, Medium::Phone),
            Subject::User(user) => {
                let contact = Contact::of(user, Medium::Phone)
                    .ok_or_else(|| ApiError::not_authorized("The user has no phone number."))?;
                self.send_code(Source::Authentication, code_use, user, &contact, &sign_in.client_id, metadata);
                contact
            }
        };
        let mut parameters = contact.parameters();
        let challenge = if code_use == CodeUse::SmsMfa { "SMS_MFA" } else { "SMS_OTP" };
        if code_use == CodeUse::SmsMfa {
            parameters["USER_ID_FOR_SRP"] = name.into();
        }
        Ok(self.challenge(sign_in, challenge, &parameters, PendingChallenge::Code(code_use)))
    }

    /// Takes the code of a sign-in. A wrong one leaves the session good, as was seen with AWS. The right one of `SMS_MFA`
    /// verifies the number that it was sent to.
    pub(super) async fn accept_code(
        &self,
        session: &str,
        (client_id, name): (&str, &str),
        code_use: CodeUse,
        code: &str,
        metadata: Option<&Strings>,
    ) -> Result<Value, ApiError> {
        let user = {
            let mut state = self.lock();
            let (sign_in, step) = state.sessions.peek(session)?;
            let fits = matches!(step, PendingChallenge::Code(asked) if *asked == code_use);
            if !fits || sign_in.client_id != client_id || sign_in.subject.name() != name {
                return Err(session::invalid());
            }
            let Subject::User(user) = &sign_in.subject else { return Err(ApiError::wrong_sign_in_code()) };
            let sub = user.sub.clone();
            let contact = state.codes.take(&sub, code_use, code).map_err(|_| ApiError::wrong_sign_in_code())?;
            state.sessions.take(session)?;
            // The user as they are now.
            let user = Arc::clone(state.users.of_sub(&sub).ok_or_else(ApiError::no_such_user)?);
            match code_use {
                CodeUse::SmsMfa if Contact::of(&user, Medium::Phone).as_ref() == Some(&contact) => {
                    state.users.change(&sub, false, |user| contact.set(user, true))?
                }
                // It would go round the second factor.
                CodeUse::SmsOtp if self.wants_mfa(&user) => return Err(session::invalid()),
                _ => user,
            }
        };
        self.issue(TokenSource::Authentication, client_id, user, metadata).await
    }
}

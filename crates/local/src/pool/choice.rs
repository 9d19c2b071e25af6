//! `USER_AUTH`, in which the user chooses the first factor: the password, or a code by phone.

use serde_json::{Value, json};

use crate::pool::UserPool;
use crate::pool::app_client::AppClient;
use crate::pool::codes::CodeUse;
use crate::pool::contact::{Contact, Medium};
use crate::pool::error::ApiError;
use crate::pool::request::Strings;
use crate::pool::session::{PendingChallenge, SignIn, Subject};
use crate::pool::sign_in::client_public;
use crate::pool::users::Status;

/// The first factors that Cognito has.
const FACTORS: [&str; 5] = ["PASSWORD_SRP", "PASSWORD", "SMS_OTP", "EMAIL_OTP", "WEB_AUTHN"];
/// Those that users of this pool can have.
const AVAILABLE: &[&str] = &["PASSWORD_SRP", "PASSWORD", "SMS_OTP"];

impl UserPool {
    /// Starts `USER_AUTH`, with the factor that the client prefers if the user has it.
    pub(super) async fn choose(&self, client: AppClient<'_>, parameters: &Strings) -> Result<Value, ApiError> {
        let sign_in = self.begin(client, parameters, false)?;
        let preferred = parameters.get("PREFERRED_CHALLENGE").map(String::as_str);
        if preferred.is_some_and(|factor| !FACTORS.contains(&factor)) {
            return Err(ApiError::invalid_parameter("PREFERRED_CHALLENGE is none of Cognito's first factors"));
        }
        let available = self.factors(&sign_in.subject);
        let mut answer = match preferred.filter(|factor| available.contains(factor)) {
            // Not the request's ClientMetadata: InitiateAuth does not hand it to the sender.
            Some(factor) => self.begin_factor(sign_in, factor, parameters, None).await?,
            None => self.challenge(sign_in, "SELECT_CHALLENGE", &json!({}), PendingChallenge::Select),
        };
        if answer.get("ChallengeName").is_some() {
            answer["AvailableChallenges"] = json!(available);
        }
        Ok(answer)
    }

    /// Goes on with the factor that the client answered.
    pub(super) async fn begin_chosen(
        &self,
        sign_in: SignIn,
        factor: &str,
        responses: &Strings,
        metadata: Option<&Strings>,
    ) -> Result<Value, ApiError> {
        if !self.factors(&sign_in.subject).contains(&factor) {
            return Err(ApiError::invalid_parameter("The selected challenge is not available to the user"));
        }
        self.begin_factor(sign_in, factor, responses, metadata).await
    }

    async fn begin_factor(
        &self,
        sign_in: SignIn,
        factor: &str,
        parameters: &Strings,
        metadata: Option<&Strings>,
    ) -> Result<Value, ApiError> {
        match factor {
            "SMS_OTP" => self.ask_for_code(sign_in, CodeUse::SmsOtp, metadata),
            "PASSWORD_SRP" => Ok(self.ask_for_proof(sign_in, client_public(parameters)?)),
            _ => self.check_password(sign_in, parameters, metadata).await,
        }
    }

    /// What the user can start with. A user with MFA or with a temporary password has the password alone. An unknown user
    /// has what most have.
    fn factors(&self, subject: &Subject) -> &'static [&'static str] {
        let by_phone = match subject {
            Subject::Unknown(_) => true,
            Subject::User(user) => {
                let usable = user.status == Status::Confirmed && !self.wants_mfa(user);
                usable && Contact::verified(user, Medium::Phone).is_some()
            }
        };
        if by_phone { AVAILABLE } else { &AVAILABLE[..2] }
    }
}

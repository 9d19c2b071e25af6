//! The verify trigger: judges an answer. It also serves Post Confirmation: a user who has reset the password is unlocked,
//! and no device is trusted any more.

use serde::Serialize;
use sign_in::code::Key;
use sign_in::error::TriggerError;
use sign_in::event::VerifyRequest;
use sign_in::handled::Handled;
use sign_in::ledger::{DeviceVerdict, FailureLimits, UserKey, Verdict};
use sign_in::metric::{Metric, UNKNOWN_USER};
use sign_in::settings::{SettingsError, VerifySettings};
use sign_in::verification::{Answer, CALL_AGAIN, compare};

use crate::dynamodb::Store;
use crate::https::{Endpoint, Https};
use crate::trigger::{Invocation, POST_CONFIRMATION};

/// The verify trigger of one sandbox.
#[derive(Debug)]
pub struct Verify {
    key: Key,
    failures: FailureLimits,
    ledger: Store,
    dynamodb: Endpoint,
}

/// The trigger's answer.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyResponse {
    /// Whether the answer is right; the reason is only in the log. `None` for Post Confirmation.
    pub answer_correct: Option<bool>,
}

/// The source of Cognito's trigger after a user has set a new password with a code from the mailbox
/// (user-pool-lambda-post-confirmation).
const PASSWORD_RESET: &str = "PostConfirmation_ConfirmForgotPassword";

impl Verify {
    /// Reads the settings from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let VerifySettings { key, failures, ledger, https } = VerifySettings::read(environment)?;
        let dynamodb = Https::new(&https).dynamodb(&ledger);
        Ok(Self { key, failures, ledger: Store::new(&ledger, dynamodb.client()), dynamodb })
    }

    /// Opens the connection, before there is an event.
    pub async fn open(&self) {
        self.dynamodb.open().await;
    }

    /// Answers the trigger.
    pub async fn answer(&self, invocation: &Invocation) -> Result<Handled<VerifyResponse>, TriggerError> {
        if invocation.event.trigger_source().starts_with(POST_CONFIRMATION) {
            return Ok(Handled::of(VerifyResponse { answer_correct: None }, self.confirmed(invocation).await?));
        }
        self.judge(invocation).await
    }

    /// Unlocks a user who has set a new password, and forgets the trusted devices: somebody else may have enrolled one.
    async fn confirmed(&self, invocation: &Invocation) -> Result<&'static str, TriggerError> {
        let Invocation { event, now, deadline } = invocation;
        if event.trigger_source() != PASSWORD_RESET {
            return Ok("no-password-reset");
        }
        let request: VerifyRequest = event.request()?;
        let Some(sub) = request.user_attributes.value("sub") else { return Ok(UNKNOWN_USER) };
        let cleared = self.ledger.clear_failures(&UserKey::of(event.user_pool(), sub), None, *now, *deadline).await?;
        Ok(if cleared { "failures-cleared" } else { "no-failures" })
    }

    async fn judge(&self, invocation: &Invocation) -> Result<Handled<VerifyResponse>, TriggerError> {
        let &Invocation { ref event, now, deadline } = invocation;
        let request: VerifyRequest = event.request()?;
        let answered = |right, outcome| Handled::of(VerifyResponse { answer_correct: Some(right) }, outcome);
        let (row, answer) = match compare(&self.key, event, &request, now) {
            Ok(answer) => answer,
            // It is no attempt at the code.
            Err(CALL_AGAIN) => return Ok(answered(false, CALL_AGAIN)),
            Err(outcome) => {
                return Ok(Handled { metrics: vec![Metric::Answers(outcome)], ..answered(false, outcome) });
            }
        };
        match answer {
            Answer::Code(verification, device) => {
                let without_device = device.as_ref().map(|_| verification.without_device());
                let mut verdict = self.ledger.judge(&row, verification, &self.failures, deadline).await?;
                let mut device = device;
                // The code may be right all the same: the user has another number since the call, and no device is trusted
                // for a number that was not called.
                if let (Verdict::Replaced, Some(verification)) = (verdict, without_device) {
                    device = None;
                    verdict = self.ledger.judge(&row, verification, &self.failures, deadline).await?;
                }
                let is_unknown = matches!(verdict, Verdict::NotHeard | Verdict::Wrong) && request.user_not_found;
                let outcome = if is_unknown { UNKNOWN_USER } else { verdict.word() };
                let right = verdict == Verdict::Right;
                let answer = answered(right, outcome);
                Ok(Handled { device: device.filter(|_| right), metrics: vec![Metric::Answers(outcome)], ..answer })
            }
            // It is no attempt at the code either.
            Answer::NoSignature(device) => Ok(Handled { device: Some(device), ..answered(false, "device-refused") }),
            Answer::Signature(verification, device) => {
                let verdict = self.ledger.judge(&row, verification, &self.failures, deadline).await?;
                let answer = answered(verdict == DeviceVerdict::Accepted, verdict.word());
                Ok(Handled { device: Some(device), ..answer })
            }
        }
    }
}

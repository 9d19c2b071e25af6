//! The verify trigger: judges an answer. It also serves Post Confirmation, to unlock users who have reset their
//! password.

use serde::Serialize;
use sign_in::code::Key;
use sign_in::error::TriggerError;
use sign_in::event::VerifyRequest;
use sign_in::handled::Handled;
use sign_in::ledger::{FailureLimits, UserKey, Verdict};
use sign_in::metric::{Metric, UNKNOWN_USER};
use sign_in::settings::{SettingsError, VerifySettings};
use sign_in::verification::{CALL_AGAIN, compare};

use crate::aws::https;
use crate::dynamodb::Store;
use crate::trigger::{Invocation, POST_CONFIRMATION};

/// The verify trigger of one sandbox.
#[derive(Debug)]
pub struct Verify {
    key: Key,
    failures: FailureLimits,
    ledger: Store,
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
        let VerifySettings { key, failures, ledger, trust } = VerifySettings::read(environment)?;
        Ok(Self { key, failures, ledger: Store::new(&ledger, https(trust)) })
    }

    /// Answers the trigger.
    pub async fn answer(&self, invocation: &Invocation) -> Result<Handled<VerifyResponse>, TriggerError> {
        if invocation.event.trigger_source().starts_with(POST_CONFIRMATION) {
            return Ok(Handled::of(VerifyResponse { answer_correct: None }, self.confirmed(invocation).await?));
        }
        let outcome = self.judge(invocation).await?;
        let answer = Handled::of(VerifyResponse { answer_correct: Some(outcome == "right") }, outcome);
        let metrics = if outcome == CALL_AGAIN { Vec::new() } else { vec![Metric::Answers(outcome)] };
        Ok(Handled { metrics, ..answer })
    }

    /// Unlocks a user who has set a new password.
    async fn confirmed(&self, invocation: &Invocation) -> Result<&'static str, TriggerError> {
        let Invocation { event, now, deadline } = invocation;
        if event.trigger_source() != PASSWORD_RESET {
            return Ok("no-password-reset");
        }
        let request: VerifyRequest = event.request()?;
        let Some(sub) = request.user_attributes.value("sub") else { return Ok(UNKNOWN_USER) };
        let cleared = self.ledger.clear_failures(&UserKey::of(event.user_pool(), sub), *now, *deadline).await?;
        Ok(if cleared { "failures-cleared" } else { "no-failures" })
    }

    async fn judge(&self, invocation: &Invocation) -> Result<&'static str, TriggerError> {
        let &Invocation { ref event, now, deadline } = invocation;
        let request: VerifyRequest = event.request()?;
        let (row, verification) = match compare(&self.key, event, &request, now) {
            Ok(verification) => verification,
            Err(outcome) => return Ok(outcome),
        };
        let verdict = self.ledger.judge(&row, verification, &self.failures, deadline).await?;
        let is_unknown = matches!(verdict, Verdict::NotHeard | Verdict::Wrong) && request.user_not_found;
        Ok(if is_unknown { UNKNOWN_USER } else { verdict.word() })
    }
}

//! The function that the contact flow invokes once somebody listens: it gives the code to the call, or stops the sign-in.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;
use sign_in::announcement::{Announcement, ContactEvent, Wish};
use sign_in::code::Key;
use sign_in::error::{Failure, TriggerError};
use sign_in::handled::Handled;
use sign_in::ledger::{FailureLimits, Limit, UserKey, Withheld};
use sign_in::metric::Metric;
use sign_in::settings::{SettingsError, SpeakSettings};

use crate::aws::https;
use crate::dynamodb::Store;
use crate::sandbox::{self, Payload};

/// The `Timeout` of the function in the template: three tries fit into the 8 seconds that the flow waits.
const TIMEOUT: Duration = Duration::from_secs(2);

/// The function of one sandbox.
#[derive(Debug)]
struct Speak {
    key: Key,
    instance_arn: String,
    failures: FailureLimits,
    ledger: Store,
}

/// The answer to the flow, which compares `Result` before it speaks `Code`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase", tag = "Result")]
enum SpeakResponse {
    #[serde(rename = "code")]
    Code {
        /// As in `4, 7, 1, 9, 0, 2`.
        #[serde(rename = "Code")]
        spoken: String,
    },
    #[serde(rename = "denied")]
    Denied,
    #[serde(rename = "none")]
    None,
}

/// Serves the function until Lambda ends the sandbox.
pub async fn serve() -> Result<(), lambda_runtime::Error> {
    sandbox::serve("speak", TIMEOUT, Speak::read, async |speak: &Speak, event: ContactEvent, now, deadline| {
        speak.answer(&event, now, deadline).await
    })
    .await
}

impl Speak {
    fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let SpeakSettings { key, instance, failures, ledger, trust } = SpeakSettings::read(environment)?;
        Ok(Self { key, instance_arn: instance.arn, failures, ledger: Store::new(&ledger, https(trust)) })
    }

    async fn answer(&self, event: &ContactEvent, now: u64, deadline: Instant) -> Result<Handled<Value>, Failure> {
        let Announcement { handle, wish } = match Announcement::new(&self.key, &self.instance_arn, event, now)? {
            Ok(announcement) => announcement,
            Err((withheld, user)) => return none(withheld, user),
        };
        let user = Some(handle.user.clone());
        let denies = matches!(wish, Wish::Deny(_));
        let verdict = match wish {
            Wish::Code(write) => self.ledger.judge(&handle.user, write, &self.failures, deadline).await,
            Wish::Deny(write) => self.ledger.judge(&handle.user, write, &self.failures, deadline).await,
        };
        match verdict {
            Err(error) => Err(Failure { user, ..TriggerError::from(error).into() }),
            Ok(Err(withheld)) => none(withheld, user),
            Ok(Ok(())) if denies => {
                let advice = Some(Limit::Denied.advice().to_owned());
                let answer = Handled::of(json(&SpeakResponse::Denied)?, "sign-in-denied");
                Ok(Handled { user, advice, metrics: vec![Metric::SignInsDenied], ..answer })
            }
            Ok(Ok(())) => {
                let spoken = handle.code(&self.key).ok_or(TriggerError::Internal)?;
                let answer = Handled::of(json(&SpeakResponse::Code { spoken })?, "spoken");
                Ok(Handled { user, metrics: vec![Metric::CodesSpoken], ..answer })
            }
        }
    }
}

/// The answer to a call that does not get what it asks for.
fn none(withheld: Withheld, user: Option<UserKey>) -> Result<Handled<Value>, Failure> {
    let answer = Handled::of(json(&SpeakResponse::None)?, withheld.word());
    let (advice, metrics) = (withheld.advice().map(str::to_owned), vec![Metric::CodesWithheld(withheld.word())]);
    Ok(Handled { user, advice, metrics, ..answer })
}

fn json(answer: &SpeakResponse) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|_| TriggerError::Internal.into())
}

impl Payload for ContactEvent {
    /// The handle names the user, once it is opened.
    fn user_pool(&self) -> Option<&str> {
        None
    }

    fn sub(&self) -> Option<&str> {
        None
    }

    fn answer_to_failure(&self) -> Option<Value> {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The contact flow of the template reads these.
    #[test]
    fn the_answers_are_those_that_the_flow_compares() {
        let code = SpeakResponse::Code { spoken: "4, 7".to_owned() };
        assert_eq!(json(&code).unwrap(), json!({ "Result": "code", "Code": "4, 7" }));
        assert_eq!(json(&SpeakResponse::Denied).unwrap(), json!({ "Result": "denied" }));
        assert_eq!(json(&SpeakResponse::None).unwrap(), json!({ "Result": "none" }));
    }
}

//! The function that the contact flow invokes once somebody listens: it gives the code to the call, or stops the sign-in.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;
use sign_in::announcement::{Announcement, ContactEvent, Wish, message_of};
use sign_in::call::{Handle, spoken};
use sign_in::code::{Code, Key};
use sign_in::error::{Failure, TriggerError};
use sign_in::handled::Handled;
use sign_in::ledger::row_write::RowWrite;
use sign_in::ledger::{DenialAttempt, FailureLimits, HearingAttempt, Limit, NumberKey, UserKey, Verdict, Withheld};
use sign_in::metric::Metric;
use sign_in::settings::{SettingsError, SpeakSettings};

use crate::aws::time_left;
use crate::codes::Codes;
use crate::dynamodb::Store;
use crate::https::{Endpoint, Https};
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
    /// `None`: Cognito's own codes are not spoken.
    codes: Option<Codes>,
    dynamodb: Endpoint,
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
    sandbox::serve("speak", TIMEOUT, Speak::read, Speak::open, async |speak, event: ContactEvent, now, deadline| {
        speak.answer(&event, now, deadline).await
    })
    .await
}

impl Speak {
    fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let SpeakSettings { key, instance, failures, ledger, codes, https } = SpeakSettings::read(environment)?;
        let https = Https::new(&https);
        let dynamodb = https.dynamodb(&ledger);
        let (ledger, codes) = (Store::new(&ledger, dynamodb.client()), codes.map(|of| Codes::new(of, &https)));
        Ok(Self { key, instance_arn: instance.arn, failures, ledger, codes, dynamodb })
    }

    /// Opens the connections, before there is an event.
    async fn open(&self) {
        let kms = async {
            if let Some(codes) = &self.codes {
                codes.open_connection().await;
            }
        };
        tokio::join!(self.dynamodb.open(), kms);
    }

    async fn answer(&self, event: &ContactEvent, now: u64, deadline: Instant) -> Result<Handled<Value>, Failure> {
        let Announcement { handle, wish } = match Announcement::new(&self.key, &self.instance_arn, event, now)? {
            Ok(announcement) => announcement,
            Err((withheld, user)) => return none(withheld, user),
        };
        let user = Some(handle.user.clone());
        let answer = match wish {
            Wish::Code(write) => self.code(&handle, write, deadline).await,
            Wish::Deny(write) => self.denied(&handle, write, deadline).await,
            Wish::DenyNumber(number) => self.denied_number(&number, now, deadline).await,
        };
        match answer {
            Ok(Ok(answer)) => Ok(Handled { user, ..answer }),
            Ok(Err(withheld)) => none(withheld, user),
            Err(error) => Err(Failure { user, ..error.into() }),
        }
    }

    /// The code, once the ledger has noted who listens.
    async fn code(&self, handle: &Handle, write: RowWrite<HearingAttempt>, deadline: Instant) -> Answer {
        let message = match (&handle.message, &self.codes) {
            (None, _) => None,
            (Some(_), None) => return Ok(Err(Withheld::Message)),
            (Some(_), Some(codes)) => match message_of(handle, codes.key_arn()) {
                Ok(message) => Some((message, codes)),
                Err(withheld) => return Ok(Err(withheld)),
            },
        };
        if let Err(withheld) = self.ledger.judge(&handle.user, write, &self.failures, deadline).await? {
            return Ok(Err(withheld));
        }
        let spoken = match message {
            None => handle.code(&self.key).ok_or(TriggerError::Internal)?,
            Some((message, codes)) => {
                let text = codes.open(&message, Instant::now() + time_left(deadline)).await?;
                let Some(text) = text else { return Ok(Err(Withheld::Message)) };
                let Some(code) = Code::read(&text) else { return Ok(Err(Withheld::NotACode)) };
                spoken(&code, handle.language)
            }
        };
        answer(&SpeakResponse::Code { spoken }, "spoken", Metric::CodesSpoken, None)
    }

    async fn denied(&self, handle: &Handle, write: RowWrite<DenialAttempt>, deadline: Instant) -> Answer {
        match self.ledger.judge(&handle.user, write, &self.failures, deadline).await? {
            Ok(()) => {
                let advice = Some(Limit::Denied.advice());
                answer(&SpeakResponse::Denied, "sign-in-denied", Metric::SignInsDenied, advice)
            }
            Err(withheld) => Ok(Err(withheld)),
        }
    }

    async fn denied_number(&self, number: &NumberKey, now: u64, deadline: Instant) -> Answer {
        if self.ledger.deny_number(number, now, deadline).await? {
            let advice = Some(CODE_DENIED);
            return answer(&SpeakResponse::Denied, "code-denied", Metric::CodesDenied, advice);
        }
        // The row of a call is kept for days.
        Ok(Err(Withheld::Challenge(Verdict::Expired)))
    }
}

/// What became of a call's wish.
type Answer = Result<Result<Handled<Value>, Withheld>, TriggerError>;

/// What the operator can do about a code that somebody did not ask for.
const CODE_DENIED: &str = "the number is not called for this kind of code for a day. If many users say so, look at who asks for \
                           codes: somebody may be signing up with other people's numbers";

fn answer(response: &SpeakResponse, outcome: &'static str, metric: Metric, advice: Option<&str>) -> Answer {
    let advice = advice.map(str::to_owned);
    Ok(Ok(Handled { advice, metrics: vec![metric], ..Handled::of(json(response)?, outcome) }))
}

/// The answer to a call that does not get what it asks for.
fn none(withheld: Withheld, user: Option<UserKey>) -> Result<Handled<Value>, Failure> {
    let answer = Handled::of(json(&SpeakResponse::None)?, withheld.word());
    let (advice, metrics) = (withheld.advice().map(str::to_owned), vec![Metric::CodesWithheld(withheld.word())]);
    Ok(Handled { user, advice, metrics, ..answer })
}

fn json(answer: &SpeakResponse) -> Result<Value, TriggerError> {
    serde_json::to_value(answer).map_err(|_| TriggerError::Internal)
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

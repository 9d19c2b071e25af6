//! Cognito's triggers: which events a function answers, and how.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;
use sign_in::error::{Failure, TriggerError};
use sign_in::event::Event;
use sign_in::handled::Handled;
use sign_in::settings::SettingsError;

use crate::sandbox::{self, Payload};

/// The prefix of the Post Confirmation trigger's sources.
pub(crate) const POST_CONFIRMATION: &str = "PostConfirmation_";

/// How long Cognito waits for a trigger.
pub(crate) const COGNITO_TIMEOUT: Duration = Duration::from_secs(5);

/// One of our Cognito triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Create Auth Challenge.
    Create,
    /// Define Auth Challenge.
    Define,
    /// Verify Auth Challenge Response, and Post Confirmation, which reports that a password was reset.
    Verify,
}

/// One invocation.
#[derive(Debug)]
pub struct Invocation {
    /// What Cognito sent.
    pub event: Event,
    /// Seconds since the Unix epoch.
    pub now: u64,
    /// When Lambda ends the invocation.
    pub deadline: Instant,
}

/// Serves a trigger until Lambda ends the sandbox. `open` opens connections, before there is an event.
pub async fn serve<S, R: Serialize, E: Into<Failure>>(
    trigger: Trigger,
    read: impl FnOnce(&dyn Fn(&str) -> Option<String>) -> Result<S, SettingsError>,
    open: impl AsyncFn(&S),
    handle: impl AsyncFn(&S, &Invocation) -> Result<Handled<R>, E>,
) -> Result<(), lambda_runtime::Error> {
    sandbox::serve(trigger.name(), COGNITO_TIMEOUT, read, open, async |settings: &S, event: Event, now, deadline| {
        if !trigger.answers(event.trigger_source()) {
            return Err(TriggerError::TriggerMixedUp.into());
        }
        let invocation = Invocation { event, now, deadline };
        let answer = handle(settings, &invocation).await.map_err(Into::into)?;
        let event = invocation.event.answered(&answer.response)?;
        Ok(answer.with(event))
    })
    .await
}

impl Payload for Event {
    fn user_pool(&self) -> Option<&str> {
        self.user_pool_to_log()
    }

    fn sub(&self) -> Option<&str> {
        self.sub()
    }

    /// Cognito has confirmed already: the user must not see an error.
    fn answer_to_failure(&self) -> Option<Value> {
        if self.trigger_source().starts_with(POST_CONFIRMATION) { self.unanswered() } else { None }
    }
}

impl Trigger {
    /// Whether it answers this `triggerSource` of Cognito's.
    fn answers(self, source: &str) -> bool {
        match self {
            Self::Create => source == "CreateAuthChallenge_Authentication",
            Self::Define => source == "DefineAuthChallenge_Authentication",
            Self::Verify => {
                source == "VerifyAuthChallengeResponse_Authentication" || source.starts_with(POST_CONFIRMATION)
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Define => "define",
            Self::Verify => "verify",
        }
    }
}

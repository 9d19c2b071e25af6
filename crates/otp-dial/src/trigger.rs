//! The edge between Lambda's runtime and the triggers: settings, log, panics, time.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use sign_in::error::{Failure, TriggerError};
use sign_in::event::Event;
use sign_in::handled::Handled;
use sign_in::metric::Metric;
use sign_in::settings::{STACK_NAME, SettingsError, is_log_level};
use tracing::level_filters::LevelFilter;

use crate::connect::as_millis_u64;
use crate::log::Log;
use crate::report::{About, Report};

/// The prefix of the Post Confirmation trigger's sources.
pub(crate) const POST_CONFIRMATION: &str = "PostConfirmation_";

/// How long Cognito waits for a trigger.
const COGNITO_TIMEOUT: Duration = Duration::from_secs(5);

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

/// Serves a trigger until Lambda ends the sandbox. Reads the settings once. If they are wrong, each invocation ends
/// with [`TriggerError::Settings`]: if the process exited, Lambda would show its own text to the client, and start the
/// function again each time.
pub async fn serve<S, R: Serialize, E: Into<Failure>>(
    trigger: Trigger,
    read: impl FnOnce(&dyn Fn(&str) -> Option<String>) -> Result<S, SettingsError>,
    handle: impl AsyncFn(&S, &Invocation) -> Result<Handled<R>, E>,
) -> Result<(), lambda_runtime::Error> {
    log();
    // The panic hook has logged a panic already.
    let settings = catch_unwind(AssertUnwindSafe(|| read(&|name| std::env::var(name).ok()))).ok();
    if let Some(Err(error)) = &settings {
        tracing::error!(trigger = trigger.name(), %error, "settings");
    }
    let settings = settings.and_then(Result::ok);
    let stack = std::env::var(STACK_NAME.name).ok();
    let first = AtomicBool::new(true);
    let (settings, stack, handle, first) = (&settings, stack.as_deref(), &handle, &first);
    lambda_runtime::run(service_fn(move |lambda_event: LambdaEvent<Event>| async move {
        let started = Instant::now();
        let LambdaEvent { payload: event, context } = lambda_event;
        let (user_pool, sub) = (event.user_pool_to_log().map(str::to_owned), event.sub().map(str::to_owned));
        let confirmed = event.trigger_source().starts_with(POST_CONFIRMATION);
        let done = if confirmed { event.unanswered() } else { None };
        let answered = without_panic(async {
            let settings = settings.as_ref().ok_or(TriggerError::Settings)?;
            if !trigger.answers(event.trigger_source()) {
                return Err(TriggerError::TriggerMixedUp.into());
            }
            let invocation = Invocation { event, now: now()?, deadline: deadline(context.deadline, SystemTime::now()) };
            let answer = handle(settings, &invocation).await.map_err(Into::into)?;
            let event = invocation.event.answered(&answer.response)?;
            Ok(answer.with(event))
        })
        .await;
        let mut report = match &answered {
            Ok(answer) => Report::answered(answer),
            Err(failure) => Report::failed(failure),
        };
        if first.swap(false, Ordering::Relaxed) {
            report.metrics.push(Metric::ColdStarts);
        }
        report.write(About {
            request_id: &context.request_id,
            trigger: trigger.name(),
            milliseconds: as_millis_u64(started.elapsed()),
            user_pool: user_pool.as_deref(),
            sub: sub.as_deref(),
            stack_name: stack_name(stack, &context.env_config.function_name),
        });
        match answered {
            Ok(answer) => Ok(answer.response),
            // Cognito has confirmed already: the user must not see an error.
            Err(failure) => done.ok_or_else(|| diagnostic(&failure.error)),
        }
    }))
    .await
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

/// Starts the log before anything else can fail.
fn log() {
    Log::start(
        std::env::var("LOG_LEVEL")
            .ok()
            .filter(|level| is_log_level(level))
            .and_then(|level| level.parse().ok())
            .unwrap_or(LevelFilter::INFO),
    );
    // The default hook prints the panic's message, which may hold secrets.
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        tracing::error!(location, "panic");
    }));
}

/// The stack's name for the metrics: the function's name if it was deployed without a stack.
fn stack_name<'a>(stack: Option<&'a str>, function: &'a str) -> &'a str {
    stack.filter(|name| !name.is_empty()).unwrap_or(function)
}

/// The error that Lambda reports to Cognito.
fn diagnostic(error: &TriggerError) -> Diagnostic {
    Diagnostic { error_type: error.word().as_str().to_owned(), error_message: error.client_text() }
}

/// Turns a panic into an error. The runtime would send the panic's message to the client.
async fn without_panic<T>(handling: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut handling = pin!(handling);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| handling.as_mut().poll(context)));
        polled.unwrap_or(Poll::Ready(Err(TriggerError::Internal.into())))
    })
    .await
}

fn now() -> Result<u64, TriggerError> {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).map_err(|_| TriggerError::Internal)
}

/// The deadline that Lambda gives in milliseconds since the Unix epoch. One in the past is ignored, since Lambda would
/// have ended the invocation: `cargo lambda watch` sends one in 1970.
fn deadline(millis: u64, now: SystemTime) -> Instant {
    let until = UNIX_EPOCH.checked_add(Duration::from_millis(millis));
    let left = until.and_then(|until| until.duration_since(now).ok());
    Instant::now() + left.unwrap_or(COGNITO_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_without_a_stack_counts_by_its_own_name() {
        assert_eq!(stack_name(Some("voice-code"), "create"), "voice-code");
        assert_eq!(stack_name(Some(""), "create"), "create");
        assert_eq!(stack_name(None, "create"), "create");
    }

    #[test]
    fn a_deadline_that_is_over_gives_the_time_that_cognito_does() {
        let now = UNIX_EPOCH + Duration::from_hours(500_000);
        for (millis, expected) in [
            (1_800_000_003_000, Duration::from_secs(3)),
            (1_800_000_000_000, Duration::ZERO),
            (1_799_999_999_999, COGNITO_TIMEOUT),
            (600_000, COGNITO_TIMEOUT),
        ] {
            let before = Instant::now();
            let deadline = deadline(millis, now);
            assert!(before + expected <= deadline && deadline <= Instant::now() + expected, "{millis}");
        }
    }
}

//! The edge between Lambda's runtime and a function: settings, log, panics, time.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sign_in::error::{Failure, TriggerError};
use sign_in::handled::Handled;
use sign_in::ledger::ClientId;
use sign_in::metric::Metric;
use sign_in::settings::{STACK_NAME, SettingsError, is_log_level};
use tracing::level_filters::LevelFilter;

use crate::connect::as_millis_u64;
use crate::log::Log;
use crate::report::{About, Report};

/// What a function is invoked with.
pub(crate) trait Payload: DeserializeOwned {
    /// The user pool, for the log.
    fn user_pool(&self) -> Option<&str>;

    /// The user's `sub`, for the log.
    fn sub(&self) -> Option<&str>;

    /// The app client, for the log.
    fn client(&self) -> Option<ClientId> {
        None
    }

    /// Why Cognito sends a code, by its own word, for the log.
    fn source(&self) -> Option<&'static str> {
        None
    }

    /// The answer, if it depends neither on settings nor on anything else that can fail.
    fn answer_at_once(&self) -> Option<Handled<Value>> {
        None
    }

    /// The answer if the invocation fails. `None`: it ends with an error.
    fn answer_to_failure(&self) -> Option<Value>;
}

/// Serves a function until Lambda ends the sandbox. Reads the settings once. If they are wrong, each invocation ends
/// with [`TriggerError::Settings`], unless it can be answered at once. If the process exited, Lambda would show its own
/// text to the client, and start the function again each time. `open` opens connections before there is an event: until
/// then Lambda gives a full CPU. `timeout` is the time for an invocation for which Lambda gives none. `answer` gets the
/// settings, the payload, the time in seconds since the Unix epoch, and when Lambda ends the invocation.
pub(crate) async fn serve<S, P: Payload>(
    name: &'static str,
    timeout: Duration,
    read: impl FnOnce(&dyn Fn(&str) -> Option<String>) -> Result<S, SettingsError>,
    open: impl AsyncFn(&S),
    answer: impl AsyncFn(&S, P, u64, Instant) -> Result<Handled<Value>, Failure>,
) -> Result<(), lambda_runtime::Error> {
    log();
    // The panic hook has logged a panic already.
    let settings = catch_unwind(AssertUnwindSafe(|| read(&|name| std::env::var(name).ok()))).ok();
    if let Some(Err(error)) = &settings {
        tracing::error!(trigger = name, %error, "settings");
    }
    let settings = settings.and_then(Result::ok);
    if let Some(settings) = &settings {
        without_panic(open(settings)).await;
    }
    let stack = std::env::var(STACK_NAME.name).ok();
    let first = AtomicBool::new(true);
    let (settings, stack, answer, first) = (&settings, stack.as_deref(), &answer, &first);
    lambda_runtime::run(service_fn(move |lambda_event: LambdaEvent<P>| async move {
        let started = Instant::now();
        let LambdaEvent { payload, context } = lambda_event;
        let (user_pool, sub) = (payload.user_pool().map(str::to_owned), payload.sub().map(str::to_owned));
        let (client, source) = (payload.client(), payload.source());
        let answer_to_failure = payload.answer_to_failure();
        let answered = without_panic(async {
            if let Some(answer) = payload.answer_at_once() {
                return Ok(answer);
            }
            let settings = settings.as_ref().ok_or(TriggerError::Settings)?;
            answer(settings, payload, now()?, deadline(context.deadline, SystemTime::now(), timeout)).await
        })
        .await
        .unwrap_or_else(|| Err(TriggerError::Internal.into()));
        let mut report = match &answered {
            Ok(answer) => Report::answered(answer),
            Err(failure) => Report::failed(failure),
        };
        if first.swap(false, Ordering::Relaxed) {
            report.metrics.push(Metric::ColdStarts);
        }
        report.write(About {
            request_id: &context.request_id,
            trigger: name,
            milliseconds: as_millis_u64(started.elapsed()),
            user_pool: user_pool.as_deref(),
            sub: sub.as_deref(),
            client: client.as_ref().map(ClientId::as_str),
            source,
            stack_name: stack_name(stack, &context.env_config.function_name),
        });
        match answered {
            Ok(answer) => Ok(answer.response),
            Err(failure) => answer_to_failure.ok_or_else(|| diagnostic(&failure.error)),
        }
    }))
    .await
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

/// The error that Lambda reports to Cognito or Connect.
fn diagnostic(error: &TriggerError) -> Diagnostic {
    Diagnostic { error_type: error.word().as_str().to_owned(), error_message: error.client_text() }
}

/// `None` if the work panics. The runtime would send the panic's message to the client.
async fn without_panic<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(polled) => polled.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

fn now() -> Result<u64, TriggerError> {
    SystemTime::now().duration_since(UNIX_EPOCH).map(|since| since.as_secs()).map_err(|_| TriggerError::Internal)
}

/// The deadline that Lambda gives in milliseconds since the Unix epoch. One in the past is ignored, since Lambda would
/// have ended the invocation: `cargo lambda watch` sends one in 1970.
fn deadline(millis: u64, now: SystemTime, timeout: Duration) -> Instant {
    let until = UNIX_EPOCH.checked_add(Duration::from_millis(millis));
    let left = until.and_then(|until| until.duration_since(now).ok());
    Instant::now() + left.unwrap_or(timeout)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(5);

    #[test]
    fn a_function_without_a_stack_counts_by_its_own_name() {
        assert_eq!(stack_name(Some("voice-code"), "create"), "voice-code");
        assert_eq!(stack_name(Some(""), "create"), "create");
        assert_eq!(stack_name(None, "create"), "create");
    }

    #[test]
    fn a_deadline_that_is_over_is_replaced() {
        let now = UNIX_EPOCH + Duration::from_hours(500_000);
        for (millis, expected) in [
            (1_800_000_003_000, Duration::from_secs(3)),
            (1_800_000_000_000, Duration::ZERO),
            (1_799_999_999_999, TIMEOUT),
            (600_000, TIMEOUT),
        ] {
            let before = Instant::now();
            let deadline = deadline(millis, now, TIMEOUT);
            assert!(before + expected <= deadline && deadline <= Instant::now() + expected, "{millis}");
        }
    }
}

//! Asynchronous invocations: Lambda takes the event, and its caller goes on.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
//!
//! After an error, Lambda delivers the event again, with the same request id. An event that fails for the last time is
//! logged, as is one that the end of this program leaves over. On AWS it would be at the on-failure destination.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::log::Log;
use super::{Function, Lambda, Outcome};

/// The wait before another try. Lambda waits a minute, and two minutes before the third try.
const PAUSE: Duration = Duration::from_secs(1);

/// An event that was taken, until it is handled.
struct Event {
    function: Function,
    request_id: String,
    log: Log,
    /// Why it is not handled. None: it is.
    failure: Option<String>,
}

impl Lambda {
    /// Invokes a function. Its caller need not wait until the event is handled or lost.
    pub(super) fn enqueue(&self, request_id: String, function: Function, body: Vec<u8>) -> JoinHandle<()> {
        let (lambda, log) = (self.clone(), self.log().clone());
        let mut event = Event { function, request_id, log, failure: Some("no try was finished".to_owned()) };
        tokio::spawn(async move {
            let tries = function.retries() + 1;
            for number in 1..=tries {
                match lambda.invoke_as(&event.request_id, function, body.clone()).await.outcome {
                    Outcome::Answered(_) => {
                        event.failure.take();
                        return;
                    }
                    Outcome::Failed { error_message, .. }
                    | Outcome::Crashed { error_message }
                    | Outcome::TimedOut { error_message } => {
                        event.failure = Some(format!("try {number} of {tries} failed: {error_message}"));
                    }
                }
                if number < tries {
                    sleep(PAUSE).await;
                }
            }
        })
    }
}

/// Reports an event that is lost. The end of this program drops those that it has not finished.
impl Drop for Event {
    fn drop(&mut self) {
        if let Some(failure) = &self.failure {
            let line = format!("RequestId: {} Error: this event is lost: {failure}", self.request_id);
            self.log.warn(self.function, Log::NO_PROCESS, &line);
        }
    }
}

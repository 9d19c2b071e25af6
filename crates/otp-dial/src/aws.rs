//! Common parts of the clients of all AWS services.

use std::time::{Duration, Instant};

use aws_sdk_connect::config::Credentials;
use sign_in::settings;

/// Cognito waits five seconds for a trigger and then invokes it again. So two attempts in time are worth more than a
/// third that is late. The SDK's defaults (three attempts, and no limit for all of them together) don't fit.
pub(crate) const ATTEMPTS: u32 = 2;

/// The part of the invocation's time that is kept for the answer to Lambda.
const TIME_TO_ANSWER: Duration = Duration::from_millis(200);

/// The role's credentials. Lambda keeps them valid for the life of a sandbox.
pub(crate) fn credentials(credentials: &settings::Credentials) -> Credentials {
    let settings::Credentials { access_key_id, secret_access_key, session_token } = credentials;
    Credentials::new(access_key_id, secret_access_key, session_token.clone(), None, "environment")
}

/// Waits, but not beyond `until`.
pub(crate) async fn pause(time: Duration, until: Instant) {
    tokio::time::sleep(time.min(until.saturating_duration_since(Instant::now()))).await;
}

/// What is left of the invocation's time for AWS.
pub(crate) fn time_left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).saturating_sub(TIME_TO_ANSWER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_with_the_time_that_there_is() {
        let (began, second) = (tokio::time::Instant::now(), Duration::from_secs(1));
        pause(Duration::from_hours(1), Instant::now() + second).await;
        assert!(began.elapsed() <= second + Duration::from_millis(1), "{:?}", began.elapsed());
    }
}

//! A function that panics, built on the same edge as the real ones: what they do if there is a mistake in them.

use otp_dial::trigger::{Invocation, Trigger, serve};
use serde_json::json;
use sign_in::error::TriggerError;
use sign_in::handled::Handled;

/// Panics for the user `panic`, halfway and with a message that nobody may see; with the mode `panic` while it reads its
/// settings; and with the mode `panic-at-connections` after that. Otherwise it tells its process.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(
        Trigger::Define,
        |environment| {
            assert_ne!(environment("OTP_MODE").as_deref(), Some("panic"), "the code is 471902");
            Ok(environment("OTP_MODE"))
        },
        async |mode| {
            tokio::task::yield_now().await;
            assert_ne!(mode.as_deref(), Some("panic-at-connections"), "the code is 471902");
        },
        async |_, invocation: &Invocation| {
            tokio::task::yield_now().await;
            assert_ne!(invocation.event.user_name(), "panic", "the code is 471902");
            let response = json!({ "process": std::process::id() });
            Ok::<_, TriggerError>(Handled::of(response, "alive"))
        },
    )
    .await
}

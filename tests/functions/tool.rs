//! `voice-otp`, built along with the tests that run it.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    voice_otp::run::main().await
}

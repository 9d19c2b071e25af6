//! `voice-otp`: operates a deployed sign-in.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    voice_otp::run::main().await
}

//! `voice-otp`: looks after a deployed sign-in.

use std::process::ExitCode;

use clap::Parser;
use ctl::args::Args;
use ctl::run::run;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let failure = args.command.failure();
    match run(args).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(failure)
        }
    }
}

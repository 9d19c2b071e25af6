//! `cargo run -p local`: the whole sign-in on one machine.

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};
use local::args::{Args, Command, StackArgs};
use local::server::Server;
use local::{ledger, sign_in};
use tokio::select;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let args = match Args::read(env::args_os()) {
        Ok(args) => args,
        Err(code) => return code,
    };
    match run(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stopped = async {
        select! { _ = terminate.recv() => (), _ = interrupt.recv() => () }
    };
    // When one ends, the other is dropped, and the functions' processes end.
    match args.command {
        None => select! {
            result = serve(&args.stack) => result,
            () = stopped => Ok(()),
        },
        Some(Command::Ledger(ledger_args)) => select! {
            result = ledger::run(&ledger_args, &args.stack) => result,
            () = stopped => bail!("stopped before the ledger had answered"),
        },
        Some(Command::SignIn(sign_in_args)) => select! {
            result = sign_in::run(&sign_in_args, &args.stack) => result,
            () = stopped => bail!("stopped before the sign-in was over"),
        },
    }
}

async fn serve(args: &StackArgs) -> Result<()> {
    let server = Server::start(args).await?;
    server.announce();
    server.failed().await
}

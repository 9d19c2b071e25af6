//! What the commands do, put together.

use std::io::{self, Write};
use std::process::{ExitCode, exit};

use anyhow::{Context, Error, Result};
use clap::{CommandFactory, Parser};

use crate::args::{Args, AttachArgs, CallArgs, Command, DoctorArgs, FunctionsArgs, UserArgs};
use crate::attach::{Attachment, Change, Functions, Outcome};
use crate::aws::{Access, Aws};
use crate::doctor::{Finding, as_json, as_text, examine, exit_code};
use crate::own_flow;
use crate::redaction::printable;
use crate::snapshot::reader::{Reader, Target};
use crate::snapshot::{SetUp, Trigger};
use crate::terminal::{Progress, Terminal, say};
use crate::{call, ledger, sign_in};

/// The exit code of a command line that means nothing: `EX_USAGE` of sysexits.h, since 2 is the doctor's.
const USAGE: i32 = 64;

/// The program.
pub async fn main() -> ExitCode {
    let args = Args::try_parse().unwrap_or_else(|error| {
        let _ = error.print();
        exit(if error.use_stderr() { USAGE } else { 0 })
    });
    let failure = args.command.failure();
    run(args).await.unwrap_or_else(|error| {
        eprintln!("error: {}", one_line(&error));
        ExitCode::from(failure)
    })
}

/// Does what the arguments say.
async fn run(args: Args) -> Result<ExitCode> {
    let access = |pool: Option<&str>| args.access.access(pool);
    match args.command {
        Command::Doctor(command) => doctor(&command, &access(command.target.target().pool())).await,
        Command::Attach(AttachArgs { functions, post_confirmation }) => {
            let change = Change::Attach { post_confirmation };
            attach(&functions, change, &access(functions.user_pool.as_deref())).await
        }
        Command::Detach(command) => {
            attach(&command.functions, Change::Detach, &access(command.functions.user_pool.as_deref())).await
        }
        Command::Call(command) => call(&command, &access(command.target.target().pool())).await,
        Command::SignIn(command) => {
            sign_in::run(&command, &access(command.target.target().pool())).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Unlock(command) => ledger(&command, true, &access(command.target.target().pool())).await,
        Command::Ledger(command) => ledger(&command, false, &access(command.target.target().pool())).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "voice-otp", &mut script);
            // Whoever reads no more of it has had enough.
            let _ = io::stdout().write_all(&script);
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn doctor(args: &DoctorArgs, access: &Access) -> Result<ExitCode> {
    let (set_up, findings) = match examined(args, access).await {
        // A program that reads JSON gets JSON.
        Err(error) if args.json => (None, vec![Finding::unread("Set-up", one_line(&error))]),
        examined => examined.map(|(set_up, findings)| (Some(set_up), findings))?,
    };
    say(&match &set_up {
        Some(set_up) if !args.json => as_text(set_up, &findings),
        set_up => as_json(set_up.as_ref(), &findings),
    });
    Ok(ExitCode::from(exit_code(&findings)))
}

async fn examined(args: &DoctorArgs, access: &Access) -> Result<(SetUp, Vec<Finding>)> {
    let aws = Aws::find(access).await?;
    let progress = Progress::start();
    let tell = |what: &str| progress.say(what);
    let reader = Reader::new(&aws, &tell);
    let names = reader.names(&args.target.target()).await?;
    let snapshot = reader.read(&names, args.users).await;
    let findings = examine(&snapshot, &own_flow()?);
    Ok((snapshot.set_up, findings))
}

async fn attach(args: &FunctionsArgs, change: Change, access: &Access) -> Result<ExitCode> {
    let aws = Aws::find(access).await?;
    let (pool, functions) = functions(args, &aws).await?;
    let attachment = Attachment { aws: &aws, pool: &pool, functions: &functions };
    let outcome = attachment.change(change, &mut Terminal { yes: args.yes, dry_run: args.dry_run }).await?;
    if outcome == Outcome::Shown {
        say("Nothing was written.");
    }
    // To only look is what --dry-run is for.
    Ok(if outcome == Outcome::Shown && !args.dry_run { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn call(args: &CallArgs, access: &Access) -> Result<ExitCode> {
    let aws = Aws::find(access).await?;
    let progress = Progress::start();
    let is_answered = call::run(args, &aws, &|what| progress.say(what)).await?;
    Ok(if is_answered { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn ledger(args: &UserArgs, unlock: bool, access: &Access) -> Result<ExitCode> {
    let aws = Aws::find(access).await?;
    let progress = Progress::start();
    ledger::run(&aws, &args.target.target(), &args.username, unlock, &|what| progress.say(what)).await?;
    Ok(ExitCode::SUCCESS)
}

fn one_line(error: &Error) -> String {
    // Some errors of the SDK have a line for each thing that it tried.
    printable(&format!("{error:#}").replace('\n', " "))
}

/// The pool and the functions that the arguments name, with the help of the stack.
async fn functions(args: &FunctionsArgs, aws: &Aws) -> Result<(String, Functions)> {
    let (mut pool, mut chosen) = (args.user_pool.clone(), Vec::new());
    if let Some(stack) = &args.stack {
        let names = Reader::new(aws, &|_| ()).names(&Target::Stack(stack.clone())).await?;
        pool = pool.or(Some(names.pool).filter(|pool| !pool.is_empty()));
        chosen.extend(names.functions);
    }
    let given = [(Trigger::Define, &args.define), (Trigger::Create, &args.create), (Trigger::Verify, &args.verify)];
    chosen.extend(given.into_iter().filter_map(|(trigger, arn)| Some((trigger, arn.clone()?))));
    let functions = Functions::new(chosen.into_iter().collect());
    let missing = "the stack's outputs name no functions: is it one of this project's template?";
    Ok((pool.context("the stack's outputs name no user pool: give --user-pool")?, functions.context(missing)?))
}

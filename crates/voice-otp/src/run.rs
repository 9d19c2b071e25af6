//! Runs the commands.

use std::io::{self, Write};
use std::process::{ExitCode, exit};

use anyhow::{Context, Error, Result};
use clap::{CommandFactory, Parser};

use crate::args::{
    AddUserArgs, Args, AttachArgs, CallArgs, Command, DetachArgs, DevicesArgs, DoctorArgs, FunctionsArgs, UserArgs,
};
use crate::attach::{Attachment, Change, Functions, Outcome, Sender, WantedGate};
use crate::aws::{Access, Aws, AwsError, Operation};
use crate::doctor::{Finding, as_json, as_text, examine, exit_code};
use crate::redaction::lines;
use crate::snapshot::reader::{Reader, Target};
use crate::snapshot::{SetUp, Trigger};
use crate::terminal::{Progress, Terminal, say};
use crate::{add_user, call, ledger, own_flow, policy, sign_in};

/// The exit code for invalid arguments: `EX_USAGE` of sysexits.h, since 2 is the doctor's.
const USAGE: i32 = 64;

/// How Cognito says that there is no such pool or app client in the Region.
const NO_POOL: &str = "ResourceNotFoundException: User pool ";

/// The program.
pub async fn main() -> ExitCode {
    let args = Args::try_parse().unwrap_or_else(|error| {
        let _ = error.print();
        exit(if error.use_stderr() { USAGE } else { 0 })
    });
    let (failure, access) = (args.command.failure(), args.access.access(args.command.pool()));
    let pool = args.command.pool().map(|pool| pool.id.clone());
    match run(args).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", one_line(&error));
            if let Some(advice) = advice(&error, &access, pool).await {
                eprintln!("  -> {}", lines(&advice));
            }
            ExitCode::from(failure)
        }
    }
}

/// Does what the arguments say.
async fn run(args: Args) -> Result<ExitCode> {
    let access = args.access.access(args.command.pool());
    match args.command {
        Command::Doctor(command) => doctor(&command, &access).await,
        Command::AddUser(command) => add_user(&command, &access).await,
        Command::Attach(command) => {
            let AttachArgs { functions, post_confirmation, token_gate, federated_users, cognito_codes, replace } =
                command;
            let gate = token_gate.map(|mode| WantedGate { mode, federated: federated_users });
            let change = if cognito_codes { Change::AttachCodes } else { Change::Attach { post_confirmation, gate } };
            attach(&functions, None, change, replace, &access).await
        }
        Command::Detach(DetachArgs { functions, token_gate, cognito_codes, send_code }) => {
            let change = match (token_gate, cognito_codes) {
                (true, _) => Change::DetachGate,
                (false, true) => Change::DetachCodes,
                (false, false) => Change::Detach,
            };
            attach(&functions, send_code, change, false, &access).await
        }
        Command::Call(command) => call(&command, &access).await,
        Command::SignIn(command) => {
            sign_in::run(&command, &access).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Unlock(command) => ledger(&command, true, &access).await,
        Command::Ledger(command) => ledger(&command, false, &access).await,
        Command::Devices(command) => devices(&command, &access).await,
        Command::Policy { command } => {
            say(&format!("{:#}", policy::of(command)));
            Ok(ExitCode::SUCCESS)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "voice-otp", &mut script);
            // An error means that stdout was closed.
            let _ = io::stdout().write_all(&script);
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn doctor(args: &DoctorArgs, access: &Access) -> Result<ExitCode> {
    let (set_up, findings) = match examined(args, access).await {
        // With --json, an error is JSON too.
        Err(error) if args.json => {
            let pool = args.target.user_pool.as_ref().map(|pool| pool.id.clone());
            let fix = advice(&error, access, pool).await;
            (None, vec![Finding { fix, ..Finding::unread("Set-up", one_line(&error)) }])
        }
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

async fn add_user(args: &AddUserArgs, access: &Access) -> Result<ExitCode> {
    let aws = Aws::find(access).await?;
    let progress = Progress::start();
    add_user::run(args, &aws, &mut Terminal::default(), &|what| progress.say(what)).await?;
    Ok(ExitCode::SUCCESS)
}

async fn attach(
    args: &FunctionsArgs,
    send_code: Option<String>,
    change: Change,
    replace: bool,
    access: &Access,
) -> Result<ExitCode> {
    let aws = Aws::find(access).await?;
    let (pool, functions) = functions(args, send_code, &aws).await?;
    let stack = args.stack.as_deref();
    let attachment = Attachment { aws: &aws, pool: &pool, functions: &functions, stack };
    let outcome = attachment.change(change, &mut Terminal { yes: args.yes, replace, dry_run: args.dry_run }).await?;
    if outcome == Outcome::Shown {
        say("Nothing was written.");
    }
    // Not confirmed: a failure, except with --dry-run.
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
    ledger::run(args, unlock, &aws, &|what| progress.say(what)).await?;
    Ok(ExitCode::SUCCESS)
}

async fn devices(args: &DevicesArgs, access: &Access) -> Result<ExitCode> {
    let aws = Aws::find(access).await?;
    let progress = Progress::start();
    ledger::devices(args, &aws, &|what| progress.say(what)).await?;
    Ok(ExitCode::SUCCESS)
}

/// An error in one line. Numbers are masked where data comes in, and not here: our own texts have examples of numbers.
fn one_line(error: &Error) -> String {
    // Some errors of the SDK have a line for each attempt.
    lines(&format!("{error:#}").replace('\n', " "))
}

/// The advice for an error, if it is one of AWS's. `pool`: the pool that was named.
async fn advice(error: &Error, access: &Access, pool: Option<String>) -> Option<String> {
    if !is_elsewhere(error) {
        return of_aws(error).map(AwsError::advice);
    }
    let account = match Aws::find(access).await {
        Ok(aws) => aws.account().await,
        Err(_) => None,
    };
    let region = Aws::find_region(access).await.ok()?;
    Some(SetUp { stack: None, user_pool: pool.unwrap_or_default(), region, account }.looked_in())
}

/// Whether the Region has no such stack or pool.
fn is_elsewhere(error: &Error) -> bool {
    let no_stack = |error: &AwsError| error.is_missing() && error.operation() == Operation::DESCRIBE_STACKS;
    // Errors of the SDK are texts here.
    of_aws(error).is_some_and(no_stack) || format!("{error:#}").contains(NO_POOL)
}

fn of_aws(error: &Error) -> Option<&AwsError> {
    error.chain().find_map(|cause| cause.downcast_ref::<AwsError>())
}

/// The pool and the functions that the arguments name, with the help of the stack.
async fn functions(args: &FunctionsArgs, send_code: Option<String>, aws: &Aws) -> Result<(String, Functions)> {
    let mut pool = args.user_pool.as_ref().map(|pool| pool.id.clone());
    let (mut chosen, mut gate) = (Vec::new(), args.gate_tokens.clone());
    let mut sender = send_code.map(|function| Sender { function, key: None, made_key: false });
    if let (Some(pool), Some(_)) = (&pool, &sender) {
        return Ok((pool.clone(), Functions::of_sender(sender)));
    }
    if let Some(stack) = &args.stack {
        let names = Reader::new(aws, &|_| ()).names(&Target::Stack(stack.clone())).await?;
        pool = pool.or(Some(names.pool).filter(|pool| !pool.is_empty()));
        chosen.extend(names.functions);
        gate = gate.or(names.gate);
        let made_key = !names.parameters.contains_key("COGNITO_CODES_KEY_ARN");
        sender = names.send.map(|function| Sender { function, key: names.codes_key, made_key });
    }
    let given = [(Trigger::Define, &args.define), (Trigger::Create, &args.create), (Trigger::Verify, &args.verify)];
    chosen.extend(given.into_iter().filter_map(|(trigger, arn)| Some((trigger, arn.clone()?))));
    let functions = Functions::new(chosen.into_iter().collect(), gate);
    let missing = "the stack's outputs name no functions: is it one of this project's template?";
    Ok((
        pool.context("the stack's outputs name no user pool: give --user-pool")?,
        functions.context(missing)?.with_sender(sender),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand_in::StandIn;

    #[tokio::test]
    async fn a_stack_or_pool_that_is_not_in_the_region_is_told_from_other_errors() {
        let stack = "<E><Code>ValidationError</Code><Message>Stack with id s does not exist</Message></E>";
        let pool = r#"{"__type":"ResourceNotFoundException","message":"User pool us-east-1_A does not exist."}"#;
        let user = r#"{"__type":"UserNotFoundException","message":"User does not exist."}"#;
        for (answer, expected) in [(stack, true), (pool, true), (user, false)] {
            let (_, aws) = StandIn::start(move |_| (400, answer.to_owned())).await;
            let error = if answer == stack {
                aws.query(Operation::DESCRIBE_STACKS, &[]).await.err()
            } else {
                aws.json(Operation::ADMIN_GET_USER, serde_json::json!({})).await.err()
            };
            assert_eq!(is_elsewhere(&Error::new(error.unwrap()).context("outer")), expected, "{answer}");
        }
        let of_sdk = "ResourceNotFoundException: User pool client c does not exist.";
        assert!(is_elsewhere(&Error::msg(of_sdk)) && !is_elsewhere(&Error::msg("ours")));
    }

    #[tokio::test]
    async fn the_account_that_was_asked_is_known() {
        let identity = "<GetCallerIdentityResponse><Account>123456789012</Account></GetCallerIdentityResponse>";
        for (status, account) in [(200, Some("123456789012")), (403, None)] {
            let (stand_in, aws) = StandIn::start(move |_| (status, identity.to_owned())).await;
            assert_eq!(aws.account().await.as_deref(), account);
            assert_eq!(stand_in.asked()[0].service, "sts");
        }
    }

    /// Detaching takes off a key that the stack made, and no other.
    #[tokio::test]
    async fn a_key_that_a_parameter_names_is_not_one_that_the_stack_made() {
        let outputs: Vec<_> =
            ["DefineChallengeArn", "CreateChallengeArn", "VerifyChallengeArn", "SendCodeArn", "UserPoolId"]
                .map(|name| (name, "arn"))
                .into();
        for (parameters, made_key) in [(&[][..], true), (&[("CognitoCodesKeyArn", "arn:key")][..], false)] {
            let answer = crate::stack::tests::answer(&outputs, parameters);
            let (_, aws) = StandIn::start(move |_| (200, answer.clone())).await;
            let args = Args::parse_from(["voice-otp", "detach", "--stack", "s"]);
            let Command::Detach(DetachArgs { functions: args, .. }) = args.command else { unreachable!() };
            let (_, functions) = functions(&args, None, &aws).await.unwrap();
            assert_eq!(functions.sender().unwrap().made_key, made_key);
        }
    }

    #[tokio::test]
    async fn an_error_of_awss_comes_with_advice_and_ours_keeps_its_example() {
        let denied = r#"{"__type":"AccessDeniedException","message":"no, +12065550101"}"#;
        let (_, aws) = StandIn::start(move |_| (400, denied.to_owned())).await;
        let answer = aws.json(Operation::DESCRIBE_USER_POOL, serde_json::json!({})).await;
        let error = answer.context("the pool").unwrap_err();
        let shown = one_line(&error);
        assert!(
            shown.starts_with("the pool: cognito-idp:DescribeUserPool was refused") && !shown.contains("0101"),
            "{shown}"
        );
        let advice = advice(&error, &Access::default(), None).await.unwrap();
        assert_eq!(advice, "allow cognito-idp:DescribeUserPool to whoever runs this");
        assert!(super::advice(&Error::msg("ours"), &Access::default(), None).await.is_none());
        assert_eq!(one_line(&Error::msg("such as +12065550100\n\u{1b}[2J")), "such as +12065550100 \\u{1b}[2J");
    }
}

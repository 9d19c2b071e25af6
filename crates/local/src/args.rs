//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::error::ErrorKind;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use reqwest::Url;

use crate::lambda::Settings;
use crate::pool::{GetTokensSource, RefusedPassword};

/// The port that clients in any language may rely on.
pub const PORT: u16 = 9229;

/// Sign in by phone call, on one machine: a user pool, Lambda and a telephone, on 127.0.0.1 and without an AWS account.
///
/// Without a command: runs everything until Ctrl-C, and prints the addresses.
#[derive(Debug, Parser)]
#[command(name = "local", version)]
pub struct Args {
    /// The command. Without one, everything runs.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How the stack is run.
    #[command(flatten)]
    pub stack: StackArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows what the ledger has on a user, never the code, and clears what locks them
    Ledger(LedgerArgs),
    /// Signs in on the terminal, with a running stack or else with one of its own
    SignIn(SignInArgs),
}

/// How the stack is run. Its `Default` is a stack on a free port.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct StackArgs {
    /// The port that serves everything; 0 takes a free one
    #[arg(long, default_value_t = PORT, global = true)]
    pub port: u16,
    /// Sets a setting of the functions; can be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = known_setting, global = true)]
    pub settings: Vec<String>,
    /// A folder with the built functions, as cargo, cargo-lambda or `sam build` leaves them; without it, those that a
    /// release has beside this program, or else cargo builds them
    #[arg(long, value_name = "FOLDER", global = true)]
    pub functions: Option<PathBuf>,
    /// The DynamoDB for the functions' ledger, instead of the embedded one; it must accept any signature
    #[arg(long, value_name = "URL", value_parser = url, global = true)]
    pub dynamodb: Option<String>,
    /// Turns on production's limits on calls to one user; without it they are off, except those that `--set` sets
    #[arg(long, global = true)]
    pub limits: bool,
    /// What `gate-tokens` does with tokens that a user gets without a call; `off` runs it not at all
    #[arg(long, value_enum, value_name = "MODE", default_value_t, global = true)]
    pub token_gate: TokenGate,
    /// The source of the Pre Token Generation trigger for `GetTokensFromRefreshToken`, which AWS leaves open
    #[arg(long, value_enum, value_name = "SOURCE", default_value_t, global = true)]
    pub get_tokens_source: GetTokensSource,
    /// What becomes of a new password when that trigger refuses the tokens, which AWS leaves open
    #[arg(long, value_enum, value_name = "FATE", default_value_t, global = true)]
    pub refused_password: RefusedPassword,
    /// Runs this contact flow instead of the template's: a file with the output of `aws connect describe-contact-flow
    /// --query ContactFlow.Content --output text`
    #[arg(long, value_name = "FILE", global = true)]
    pub flow: Option<PathBuf>,
    /// Prints what the functions write, to stderr
    #[arg(long, global = true)]
    pub verbose: bool,
}

/// What the token gate does. The words are those of the template's parameter `TokenGate`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum TokenGate {
    /// There is none
    Off,
    /// It counts what it would refuse
    Observe,
    /// It refuses
    #[default]
    On,
}

/// The user whose row of the ledger is meant, and the stack.
#[derive(Clone, Debug, ClapArgs)]
pub struct LedgerArgs {
    /// The user: username, alias or sub
    #[arg(allow_hyphen_values = true)]
    pub username: String,
    /// Clears the wrong codes, and with them any lock
    #[arg(long)]
    pub unlock: bool,
    /// Forgets the devices that the user trusts
    #[arg(long, conflicts_with = "unlock")]
    pub forget_devices: bool,
    /// The endpoint of a running stack; without it, the one at --port
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

/// How to sign in.
#[derive(Clone, Debug, ClapArgs)]
pub struct SignInArgs {
    /// Takes the code from what the phone says instead of asking for it
    #[arg(long)]
    pub answer: bool,
    /// The user who signs in; the demo user unless given
    #[arg(long, allow_hyphen_values = true)]
    pub username: Option<String>,
    /// The user's password; the one from `GET /local/config` unless given
    #[arg(long, allow_hyphen_values = true)]
    pub password: Option<String>,
    /// Starts without the password, for OTP_MODE=call-only
    #[arg(long, conflicts_with = "password")]
    pub call_only: bool,
    /// The endpoint of a running stack; without it, the one at --port if it runs
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Signs in with the app client that has a secret; the secret is the one from `GET /local/config` unless given
    #[arg(long, value_name = "SECRET", num_args = 0..=1, default_missing_value = "")]
    pub client_secret: Option<String>,
}

impl Args {
    /// Reads the command line. For an error, `--help` or `--version`, it prints the text and returns the exit code.
    pub fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self, ExitCode> {
        Self::try_parse_from(line).map_err(|error| {
            if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
                // Who reads it may have gone, as `| head` does.
                let _ = error.print();
                return ExitCode::SUCCESS;
            }
            eprintln!("{}", one_line(&error));
            ExitCode::from(2)
        })
    }
}

impl StackArgs {
    /// The settings that were given.
    pub fn settings(&self) -> Result<Settings> {
        let mut settings = Settings::default();
        self.settings.iter().try_for_each(|setting| settings.set(setting))?;
        Ok(settings)
    }
}

fn known_setting(assignment: &str) -> Result<String> {
    // The mode decides whether there is a gate at all, so it has one place.
    ensure!(!assignment.starts_with("OTP_TOKEN_GATE="), "the mode of the token gate is set by --token-gate");
    Settings::default().set(assignment)?;
    Ok(assignment.to_owned())
}

fn url(text: &str) -> Result<String> {
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    url.map(|_| text.trim_end_matches('/').to_owned()).context("a URL such as http://127.0.0.1:8000 is needed")
}

/// The first paragraph of an error says what is wrong. The others are about usage, which `--help` explains better.
fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph: Vec<_> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    format!("{} (see --help)", paragraph.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(format!("local {line}").split_whitespace())
    }

    #[test]
    fn the_definition_holds_together() {
        <Args as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn nothing_given_runs_everything_on_the_fixed_port() {
        let args = parse("").unwrap();
        assert!(args.command.is_none());
        let StackArgs { port, functions, limits, flow, verbose, token_gate, .. } = args.stack;
        assert_eq!((port, functions, limits, flow, verbose), (9229, None, false, None, false));
        assert_eq!(token_gate, TokenGate::On);
        let StackArgs { get_tokens_source, refused_password, .. } = args.stack;
        assert_eq!((get_tokens_source, refused_password), (GetTokensSource::Authentication, RefusedPassword::Kept));
    }

    #[test]
    fn settings_are_read_in_order_before_and_after_a_command() {
        for line in ["--set OTP_DIGITS=4 --set OTP_DIGITS=8", "sign-in --set OTP_DIGITS=4 --set OTP_DIGITS=8"] {
            let settings = parse(line).unwrap().stack.settings().unwrap();
            assert_eq!(settings.value("OTP_DIGITS"), Some("8"), "{line}");
        }
    }

    #[test]
    fn a_secret_can_be_named_or_left_to_the_pool() {
        for (line, secret) in [
            ("sign-in", None),
            ("sign-in --client-secret --answer", Some("")),
            ("sign-in --client-secret abc", Some("abc")),
        ] {
            let Some(Command::SignIn(args)) = parse(line).unwrap().command else { panic!("{line}") };
            assert_eq!(args.client_secret.as_deref(), secret, "{line}");
        }
    }

    #[test]
    fn a_name_may_begin_with_a_dash() {
        for line in
            ["ledger -dash --unlock", "ledger --unlock -dash", "ledger --unlock --endpoint http://127.0.0.1:1 -dash"]
        {
            let Some(Command::Ledger(args)) = parse(line).unwrap().command else { panic!("{line}") };
            assert!(args.username == "-dash" && args.unlock, "{line}");
        }
        let line = "sign-in --username --dash --password -Horse-7 --answer";
        let Some(Command::SignIn(args)) = parse(line).unwrap().command else { panic!("{line}") };
        assert_eq!((args.username.as_deref(), args.password.as_deref()), (Some("--dash"), Some("-Horse-7")));
        assert!(args.answer);
    }

    #[test]
    fn a_fault_is_one_line_that_names_it() {
        for (line, fault) in [
            ("--prot 1", "--prot"),
            ("--port 70000", "70000"),
            ("--set OTP_DIGIT=4", "OTP_DIGIT"),
            ("--set OTP_DIGITS", "NAME=VALUE"),
            ("--token-gate off --set OTP_TOKEN_GATE=on", "--token-gate"),
            ("--set OTP_TOKEN_GATE=observe", "by --token-gate"),
            ("--dynamodb 127.0.0.1:8000", "URL"),
            ("--dynamodb localhost:8000", "URL"),
            ("ledger", "USERNAME"),
            ("sign-out", "sign-out"),
            ("sign-in --call-only --password x", "--password"),
        ] {
            let error = one_line(&parse(line).unwrap_err());
            assert!(error.contains(fault) && error.lines().count() == 1, "{line}: {error}");
        }
    }
}

//! The command line.

mod examples;
mod gate;
mod target;
mod values;

use clap::{ArgGroup, Args as ClapArgs, Parser, Subcommand};
use clap_complete::Shell;
use sign_in::device::DeviceId;

pub use self::gate::{FederatedUsers, TokenGate};
pub use self::target::{AccessArgs, SetUpArgs, TargetArgs, UserPool};

use self::examples::{ADD_USER, ATTACH, CALL, DETACH, DEVICES, DOCTOR, EXAMPLES, LEDGER, POLICY, SIGN_IN, UNLOCK};
use self::values::{device, user_pool};
use crate::policy::AwsCommand;

/// Operates a deployed sign-in by phone call: checks it, attaches it to a user pool, places a test call.
///
/// It uses the credentials and the Region of the AWS CLI, unless `--region` names another.
#[derive(Debug, Parser)]
#[command(name = "voice-otp", version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Args {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// The Region and the credentials.
    #[command(flatten)]
    pub access: AccessArgs,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Checks a set-up, and prints how to fix what is wrong
    #[command(after_help = DOCTOR)]
    Doctor(DoctorArgs),
    /// Creates a user who can sign in, or finishes one
    #[command(after_help = ADD_USER)]
    AddUser(AddUserArgs),
    /// Attaches the functions to a user pool, and leaves all its other settings as they are
    #[command(after_help = ATTACH)]
    Attach(AttachArgs),
    /// Detaches the functions, and puts back those that they replaced
    #[command(after_help = DETACH)]
    Detach(DetachArgs),
    /// Places a test call, and follows it
    #[command(after_help = CALL)]
    Call(CallArgs),
    /// Signs in on the terminal
    #[command(after_help = SIGN_IN)]
    SignIn(SignInArgs),
    /// Clears the wrong codes of a user, and with them any lock
    #[command(after_help = UNLOCK)]
    Unlock(UserArgs),
    /// Shows what the ledger has on a user, never the code
    #[command(after_help = LEDGER)]
    Ledger(UserArgs),
    /// Lists the devices that a user trusts, and forgets one or all of them
    #[command(after_help = DEVICES)]
    Devices(DevicesArgs),
    /// Prints the IAM policy that a command needs
    #[command(after_help = POLICY)]
    Policy {
        /// The command
        command: AwsCommand,
    },
    /// Generates shell completions
    #[command(
        after_help = "Example:\n  voice-otp completions bash > ~/.local/share/bash-completion/completions/voice-otp"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What to check.
#[derive(Clone, Debug, ClapArgs)]
pub struct DoctorArgs {
    /// Which set-up.
    #[command(flatten)]
    pub target: TargetArgs,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
    /// Counts the users who could not sign in by call, 60 a request
    #[arg(long)]
    pub users: bool,
}

/// The functions and the pool.
#[derive(Clone, Debug, ClapArgs)]
#[command(group(ArgGroup::new("functions").args(["stack", "define"]).required(true)))]
pub struct FunctionsArgs {
    /// The stack with the functions
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// The user pool, if not the stack's
    #[arg(long, value_name = "ID", value_parser = user_pool)]
    pub user_pool: Option<UserPool>,
    /// The function for Define Auth Challenge, without a stack
    #[arg(long, value_name = "ARN", requires_all = ["create", "verify", "user_pool"])]
    pub define: Option<String>,
    /// The function for Create Auth Challenge
    #[arg(long, value_name = "ARN", requires = "define")]
    pub create: Option<String>,
    /// The function for Verify Auth Challenge Response
    #[arg(long, value_name = "ARN", requires = "define")]
    pub verify: Option<String>,
    /// The function for Pre Token Generation, the token gate, if not the stack's
    #[arg(long, value_name = "ARN")]
    pub gate_tokens: Option<String>,
    /// Writes without asking
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// Shows what would change, and writes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What to attach.
#[derive(Clone, Debug, ClapArgs)]
pub struct AttachArgs {
    /// Which functions.
    #[command(flatten)]
    pub functions: FunctionsArgs,
    /// Attaches verify to Post Confirmation too, so that a password reset unlocks the user and forgets trusted devices
    #[arg(long)]
    pub post_confirmation: bool,
    /// Attaches the token gate too, if it is deployed in this mode
    #[arg(long, value_name = "MODE")]
    pub token_gate: Option<TokenGate>,
    /// What becomes of users of identity providers: refuse or allow, as deployed
    #[arg(long, value_name = "RULE", requires = "token_gate")]
    pub federated_users: Option<FederatedUsers>,
    /// Attaches send-code alone, as the custom SMS sender, so that calls speak Cognito's own codes
    #[arg(long, conflicts_with_all = ["define", "post_confirmation", "token_gate", "gate_tokens", "replace"])]
    pub cognito_codes: bool,
    /// Lets --yes replace functions of other owners at these triggers, but for Pre Token Generation
    #[arg(long)]
    pub replace: bool,
}

/// What to detach.
#[derive(Clone, Debug, ClapArgs)]
pub struct DetachArgs {
    /// Which functions.
    #[command(flatten)]
    pub functions: FunctionsArgs,
    /// Detaches the token gate alone
    #[arg(long)]
    pub token_gate: bool,
    /// Detaches send-code alone, so that Cognito sends its own codes as text messages again
    #[arg(long, conflicts_with = "token_gate")]
    pub cognito_codes: bool,
    /// The function at the custom SMS sender, without a stack
    #[arg(long, value_name = "ARN", group = "functions", requires_all = ["cognito_codes", "user_pool"])]
    pub send_code: Option<String>,
}

/// The call to place.
#[derive(Clone, Debug, ClapArgs)]
pub struct CallArgs {
    /// The number, in E.164 form
    #[arg(value_name = "+NUMBER")]
    pub number: String,
    /// Which set-up.
    #[command(flatten)]
    pub set_up: SetUpArgs,
    /// The language of the call, if not the one of the number's country
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
}

/// The user to create.
#[derive(Clone, Debug, ClapArgs)]
pub struct AddUserArgs {
    /// The name to sign in with
    #[arg(value_name = "NAME", allow_hyphen_values = true)]
    pub username: String,
    /// The number to call, in E.164 form. You vouch that it is the user's
    #[arg(long, value_name = "+NUMBER")]
    pub phone: String,
    /// The user's e-mail address. You vouch for it too
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Which set-up.
    #[command(flatten)]
    pub target: TargetArgs,
}

/// The user who signs in.
#[derive(Clone, Debug, ClapArgs)]
pub struct SignInArgs {
    /// The user
    #[arg(allow_hyphen_values = true)]
    pub username: String,
    /// Which set-up.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The app client, if not the stack's
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Starts without a password, for OTP_MODE=call-only
    #[arg(long)]
    pub call_only: bool,
}

/// The user whose row of the ledger is meant.
#[derive(Clone, Debug, ClapArgs)]
pub struct UserArgs {
    /// The user: username, alias or sub
    #[arg(allow_hyphen_values = true)]
    pub username: String,
    /// Which set-up.
    #[command(flatten)]
    pub set_up: SetUpArgs,
}

/// The user whose trusted devices are meant, and what becomes of them.
#[derive(Clone, Debug, ClapArgs)]
pub struct DevicesArgs {
    /// Whose devices.
    #[command(flatten)]
    pub user: UserArgs,
    /// Forgets the device of this id, so that its next sign-in takes a call
    // An id may begin with a dash.
    #[arg(long, value_name = "ID", allow_hyphen_values = true, value_parser = device, conflicts_with = "forget_all")]
    pub forget: Option<DeviceId>,
    /// Forgets all of them
    #[arg(long)]
    pub forget_all: bool,
}

impl Command {
    /// The user pool, if it is given.
    #[must_use]
    pub fn pool(&self) -> Option<&UserPool> {
        match self {
            Self::Doctor(args) => args.target.user_pool.as_ref(),
            Self::AddUser(args) => args.target.user_pool.as_ref(),
            Self::Attach(args) => args.functions.user_pool.as_ref(),
            Self::Detach(args) => args.functions.user_pool.as_ref(),
            Self::Call(args) => args.set_up.target.user_pool.as_ref(),
            Self::SignIn(args) => args.target.user_pool.as_ref(),
            Self::Unlock(args) | Self::Ledger(args) => args.set_up.target.user_pool.as_ref(),
            Self::Devices(args) => args.user.set_up.target.user_pool.as_ref(),
            Self::Policy { .. } | Self::Completions { .. } => None,
        }
    }

    /// The exit code of a failure: 2 for the doctor, which could not look, otherwise 1.
    #[must_use]
    pub fn failure(&self) -> u8 {
        if matches!(self, Self::Doctor(_)) { 2 } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::snapshot::reader::Target;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(format!("voice-otp {line}").split_whitespace())
    }

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_set_up_is_a_stack_or_a_pool() {
        let Command::Doctor(args) = parse("doctor --stack s").unwrap().command else { panic!() };
        assert_eq!(args.target.target(), Target::Stack("s".to_owned()));
        let line = "ledger ann --user-pool eu-west-2_A --profile p --set LEDGER_TABLE_NAME=t --set OTP_MAX_FAILURES=9";
        let Command::Ledger(args) = parse(line).unwrap().command else { panic!() };
        assert_eq!(args.set_up.target.target(), Target::Pool("eu-west-2_A".to_owned()));
        assert_eq!(args.set_up.settings[1], ("OTP_MAX_FAILURES".to_owned(), "9".to_owned()));
        for line in [
            "doctor",
            "doctor --stack s --user-pool eu-west-2_A",
            "call +1 --language de",
            "ledger ann --stack s --set LEDGER_TABLE_NAME=t",
            "ledger ann --user-pool eu-west-2_A --set LEDGER=t",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_name_may_begin_with_a_dash() {
        for line in ["unlock -dash --stack s", "unlock --stack s --dash"] {
            let Command::Unlock(args) = parse(line).unwrap().command else { panic!("{line}") };
            assert!(args.username.ends_with("-dash"), "{line}");
        }
        let Command::SignIn(args) = parse("sign-in -dash --stack s --call-only").unwrap().command else { panic!() };
        assert!(args.username == "-dash" && args.call_only);
        let Command::AddUser(args) = parse("add-user -dash --stack s --phone +1").unwrap().command else { panic!() };
        assert_eq!(args.username, "-dash");
    }

    #[test]
    fn a_device_is_forgotten_by_its_whole_id() {
        // As long as an id, which may begin with a dash.
        let id = format!("-{}A", "a".repeat(41));
        let parse = |options: &str| -> Result<_, clap::Error> {
            let Command::Devices(args) = parse(&format!("devices ann --stack s {options}"))?.command else { panic!() };
            Ok((args.forget, args.forget_all))
        };
        assert_eq!(parse("").unwrap(), (None, false));
        assert_eq!(parse("--forget-all").unwrap(), (None, true));
        let (forget, all) = parse(&format!("--forget {id}")).unwrap();
        assert_eq!((forget.unwrap().as_str(), all), (id.as_str(), false));
        for options in ["--forget", "--forget short", "--forget --forget-all", &format!("--forget {id} --forget-all")] {
            assert!(parse(options).is_err(), "{options}");
        }
    }

    #[test]
    fn a_stack_alone_is_enough_to_attach_and_detach() {
        for (command, which) in [
            ("attach", "<--stack <NAME>|--define <ARN>>"),
            ("detach", "<--stack <NAME>|--define <ARN>|--send-code <ARN>>"),
        ] {
            let error = parse(command).unwrap_err().to_string();
            assert!(error.contains(which), "{error}");
            let mut help = Args::command();
            let help = help.find_subcommand_mut(command).unwrap().render_help().to_string();
            assert!(help.contains(which), "{help}");
        }
    }

    #[test]
    fn functions_are_a_stacks_or_are_named_one_by_one() {
        for (line, is_right) in [
            ("attach --stack s", true),
            ("attach --stack s --user-pool eu-west-2_A --yes --replace --post-confirmation", true),
            ("detach --user-pool eu-west-2_A --define a --create b --verify c --dry-run", true),
            ("attach", false),
            ("attach --user-pool eu-west-2_A", false),
            ("attach --define a --create b --verify c", false),
            ("attach --user-pool eu-west-2_A --define a --create b", false),
            ("attach --user-pool eu-west-2_A --create b --verify c", false),
            ("attach --stack s --define a --create b --verify c", false),
            ("attach --stack s --yes --dry-run", false),
            ("detach --stack s --post-confirmation", false),
            ("detach --stack s --replace", false),
            ("attach --stack s --token-gate observe", true),
            ("attach --stack s --token-gate on --federated-users refuse", true),
            ("attach --stack s --token-gate on --gate-tokens g", true),
            ("attach --stack s --token-gate", false),
            ("attach --stack s --token-gate off", false),
            ("attach --stack s --federated-users allow", false),
            ("attach --gate-tokens g", false),
            ("detach --stack s --token-gate --yes", true),
            ("detach --user-pool eu-west-2_A --define a --create b --verify c --gate-tokens g", true),
            ("attach --stack s --cognito-codes --user-pool eu-west-2_A --yes", true),
            ("attach --user-pool eu-west-2_A --define a --create b --verify c --cognito-codes", false),
            ("attach --stack s --cognito-codes --token-gate on", false),
            ("attach --stack s --cognito-codes --post-confirmation", false),
            ("detach --stack s --cognito-codes", true),
            ("detach --stack s --cognito-codes --token-gate", false),
            ("detach --user-pool eu-west-2_A --cognito-codes --send-code s", true),
            ("detach --user-pool eu-west-2_A --send-code s", false),
            ("detach --cognito-codes --send-code s", false),
            ("detach --stack s --cognito-codes --send-code s", false),
        ] {
            assert_eq!(parse(line).is_ok(), is_right, "{line}");
        }
    }

    /// A replica in another Region has the id of the pool that it copies.
    #[test]
    fn the_region_is_that_of_the_option_or_of_an_arn_and_never_of_an_id() {
        let arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-west-2_A";
        for command in
            ["doctor", "ledger ann", "unlock ann", "devices ann", "sign-in ann", "call +1", "add-user ann --phone +1"]
        {
            for (options, region) in [
                ("eu-west-2_A", None),
                ("eu-west-2_A --region us-east-1", Some("us-east-1")),
                (arn, Some("eu-central-1")),
                (&format!("{arn} --region us-east-1"), Some("us-east-1")),
            ] {
                let args = parse(&format!("{command} --user-pool {options}")).unwrap();
                assert_eq!(args.command.pool().unwrap().id, "eu-west-2_A");
                assert_eq!(args.access.access(args.command.pool()).region.as_deref(), region, "{command} {options}");
            }
        }
    }

    #[test]
    fn every_command_takes_a_region() {
        for command in Args::command().get_subcommands() {
            let mut args = Args::command();
            args.build();
            let command = args.find_subcommand(command.get_name()).unwrap();
            assert!(command.get_arguments().any(|option| option.get_long() == Some("region")), "{command}");
        }
    }

    #[test]
    fn every_command_explains_itself_with_an_example() {
        for command in Args::command().get_subcommands() {
            let help = command.clone().render_long_help().to_string();
            assert!(help.contains(&format!("voice-otp {}", command.get_name())), "{help}");
        }
    }
}

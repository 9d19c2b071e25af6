//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::subject::Subject;

/// Measures what a start and an answer of the functions cost, beside other functions.
///
/// All run in turns under this program's Lambda Runtime API, and call Connect and DynamoDB over TLS at its endpoints.
/// Rely on the ratios: absolute times depend on the machine and its load.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// The command; without one, all are measured
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// How often each is started
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// How many answers each gives after its first, each time
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) warm: u32,
    /// Only these: hello, raw, define, verify, verify-device, speak, speak-message, gate, create, create-device, send,
    /// naive-verify, naive-verify-ring, naive-create, naive-create-ring, recipe
    #[arg(long, global = true, value_name = "NAME", value_delimiter = ',', value_parser = subject)]
    pub(crate) only: Vec<Subject>,
    /// Counts instructions too, with valgrind, except the recipe's
    #[arg(long)]
    pub(crate) instructions: bool,
    /// Makes our functions trust the system's authorities (`OTP_TRUST`), not only Amazon's
    #[arg(long, global = true)]
    pub(crate) system_roots: bool,
    /// Takes our functions from a folder, such as target/lambda of cargo-lambda, instead of building them
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) functions: Option<PathBuf>,
    /// Prints JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Counts the instructions of each function's init and of its first invocation, its bytes and memory, and fails if they
    /// are too far from those that are committed
    Check {
        /// Writes the counted figures as the committed ones
        #[arg(long)]
        accept: bool,
    },
}

fn subject(name: &str) -> Result<Subject, String> {
    Subject::named(name).ok_or_else(|| {
        let names = Subject::ALL.map(Subject::name);
        format!("there is no `{name}`, but {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known() {
        let args = Args::try_parse_from(["bench", "--only", "hello,create", "--rounds", "3"]).unwrap();
        assert_eq!((args.only, args.rounds), (vec![Subject::Hello, Subject::Create], 3));
        let error = Args::try_parse_from(["bench", "--only", "bonjour"]).unwrap_err().to_string();
        assert!(error.contains("no `bonjour`, but hello, raw"), "{error}");
        assert!(Args::try_parse_from(["bench", "--rounds", "0"]).is_err());
    }

    #[test]
    fn what_else_there_is_to_do_takes_built_functions_too() {
        let args = Args::try_parse_from(["bench", "check", "--functions", "f", "--only", "define"]).unwrap();
        assert!(matches!(args.command, Some(Command::Check { accept: false })));
        assert_eq!((args.functions, args.only), (Some("f".into()), vec![Subject::Define]));
    }
}

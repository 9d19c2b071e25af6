//! The page on the command lines.

use clap::{Command, CommandFactory};

use crate::markdown::page as fill;

pub(crate) fn page() -> String {
    let programs = [voice_otp::args::Args::command(), local::args::Args::command()];
    let help = programs.map(|program| help(program, "##")).concat();
    fill(include_str!("../text/commands.md"), &[("commands", help)])
}

/// What `--help` prints, of a command and of each of its subcommands.
fn help(mut command: Command, heading: &str) -> String {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let mut text =
        format!("{heading} {name}\n\n```text\n{}\n```\n\n", command.render_long_help().to_string().trim_end());
    command.build();
    let subcommands = command.get_subcommands().filter(|command| command.get_name() != "help");
    text.extend(subcommands.map(|command| help(command.clone(), "###")));
    text
}

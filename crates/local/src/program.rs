//! How this program was started.

use std::borrow::Cow;
use std::env;

/// Whether this is `cargo run`, as against the program of a release.
pub(crate) fn is_run_by_cargo() -> bool {
    env::var_os("CARGO").is_some()
}

/// The command that runs this program with an argument, if any, for advice that works as printed.
pub(crate) fn command_line(argument: &str) -> String {
    if argument.is_empty() && is_run_by_cargo() {
        return "cargo run -p local".to_owned();
    }
    [&command(), argument].join(" ").trim_end().to_owned()
}

/// The command that runs this program, as a shell reads it. Arguments can follow it.
pub(crate) fn command() -> String {
    let program = env::args_os().next().filter(|_| !is_run_by_cargo());
    program.map_or_else(|| "cargo run -p local --".to_owned(), |path| quoted(&path.to_string_lossy()).into_owned())
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |character: char| character.is_alphanumeric() || "/._-+@%,:=".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''")).into()
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_shell_reads_each_path_as_one_word() {
        for path in ["./local", "/opt/voice code/local", "it's", "a\"b`c$d\\e", "*", "~", "", "/Users/Zoë/local"] {
            let script = format!("printf %s {}", quoted(path));
            let shell = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(shell.stdout).unwrap(), path, "{script}");
        }
        assert_eq!(quoted("./local"), "./local");
    }
}

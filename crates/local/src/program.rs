//! How this program was started.

use std::env;

/// Whether this is `cargo run`, as against the program of a release.
pub(crate) fn is_run_by_cargo() -> bool {
    env::var_os("CARGO").is_some()
}

/// The command that runs this program with an argument, if any, for advice that works as printed.
pub(crate) fn command_line(argument: &str) -> String {
    let program = env::args_os().next().filter(|_| !is_run_by_cargo());
    let (program, separator) =
        program.map_or_else(|| ("cargo run -p local".to_owned(), " -- "), |path| (path.display().to_string(), " "));
    if argument.is_empty() { program } else { [&program, separator, argument].concat() }
}

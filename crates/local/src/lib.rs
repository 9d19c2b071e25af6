//! The whole sign-in on one machine: a strict user pool, Lambda's Runtime API and a telephone in place of Amazon
//! Connect. No AWS account, no container, nothing that listens beyond 127.0.0.1.

pub mod args;
mod cors;
pub mod lambda;
mod object;
pub mod pool;
pub mod server;
pub mod sign_in;
pub mod telephone;

use std::io::{self, Write};

/// Prints a line to stdout. If nobody reads there any more, there is nobody to tell either.
fn say(line: &str) {
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}

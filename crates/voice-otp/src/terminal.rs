//! The terminal: output, and questions to the operator.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, bail, ensure};

use crate::add_user::{Operator, Policy};
use crate::attach::Asker;
use crate::redaction::{lines, printable};

/// Prints one or more lines to stdout, with control characters escaped. A closed stdout is no error.
pub fn say(line: &str) {
    client::terminal::say(&lines(line));
}

/// A line on stderr that says what is being read, and is cleared at the end. It is printed only to a terminal.
#[derive(Debug)]
pub struct Progress {
    is_seen: bool,
}

impl Progress {
    /// An empty line.
    #[must_use]
    pub fn start() -> Self {
        Self { is_seen: io::stderr().is_terminal() }
    }

    /// Shows what is being read. An empty text clears the line.
    pub fn say(&self, what: &str) {
        if what.is_empty() {
            self.end();
        } else if self.is_seen {
            // ESC [ K clears to the end of the line.
            eprint!("\r\x1b[KReading {what} ...");
        }
    }

    /// Clears the line.
    pub fn end(&self) {
        if self.is_seen {
            eprint!("\r\x1b[K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// The person at the terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    /// `--yes`: consent is given already.
    pub yes: bool,
    /// `--replace`: the consent includes replacing functions of other owners.
    pub replace: bool,
    /// `--dry-run`: nothing is written.
    pub dry_run: bool,
}

impl Asker for Terminal {
    fn say(&mut self, line: &str) {
        say(line);
    }

    fn confirms(&mut self, replaces: bool) -> Result<bool> {
        if self.dry_run {
            return Ok(false);
        }
        if self.yes {
            ensure!(
                !replaces || self.replace,
                "this replaces the functions noted above: --yes needs --replace for that"
            );
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            bail!("there is no terminal to ask for consent: --yes writes without asking, --dry-run only shows");
        }
        eprint!("Write this? [y/N] ");
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
    }
}

impl Operator for Terminal {
    fn say(&mut self, line: &str) {
        say(line);
    }

    /// Asks twice, until both entries are the same and meet the policy. Without a terminal, reads one line from stdin.
    fn password(&mut self, username: &str, policy: &Policy) -> Result<String> {
        if !io::stdin().is_terminal() {
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line).context("the password can't be read from standard input")?;
            let password = line.trim_end_matches(['\r', '\n']).to_owned();
            policy.check(&password)?;
            return Ok(password);
        }
        loop {
            let password = rpassword::prompt_password(format!("Password of {}: ", printable(username)))?;
            let wrong = match policy.check(&password) {
                Ok(()) if rpassword::prompt_password("The same again: ")? == password => return Ok(password),
                Ok(()) => "The two are not the same.".to_owned(),
                Err(error) => format!("{error}."),
            };
            eprintln!("{wrong}");
        }
    }
}

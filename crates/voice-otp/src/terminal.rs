//! What the terminal is told and asked.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, bail, ensure};

use crate::add_user::{Operator, Policy};
use crate::attach::Asker;
use crate::redaction::{lines, printable};

/// Prints a line, or some, to stdout, with control characters escaped. If nobody reads there any more, there is nobody to tell either.
pub fn say(line: &str) {
    client::terminal::say(&lines(line));
}

/// One line on stderr that says what is waited for, and goes when it is over. There is none unless a person sees it.
#[derive(Debug)]
pub struct Progress {
    is_seen: bool,
}

impl Progress {
    /// A line without a word yet.
    #[must_use]
    pub fn start() -> Self {
        Self { is_seen: io::stderr().is_terminal() }
    }

    /// Says what is read now; nothing, if nothing is any more.
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
    /// Has said yes already.
    pub yes: bool,
    /// Means that also for functions of others, which are replaced then.
    pub replace: bool,
    /// Only wants to see.
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
                "this replaces the functions that are noted: --yes takes --replace for that"
            );
            return Ok(true);
        }
        if !io::stdin().is_terminal() {
            bail!("nobody can be asked here: --yes writes without asking, --dry-run only shows");
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

    /// Asks twice, until both are the same and fit; where there is no terminal, takes a line of stdin.
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

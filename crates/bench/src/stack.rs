//! The local stack as a process: user pool, Lambda with the functions, telephone and DynamoDB.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::client::Client;
use crate::process::Process;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// No password, since its arithmetic would be most of what is measured; no gate, so that the call comes to the point; and
/// limits of all calls that so many don't reach.
const SETTINGS: [&str; 5] = [
    "OTP_MODE=call-only",
    "OTP_GATE=off",
    "OTP_MAX_CALLS_COUNTRY_HOUR=1000000",
    "OTP_MAX_CALLS_ALL_HOUR=1000000",
    "OTP_MAX_CALLS_ALL_DAY=1000000",
];

/// How many ticks a second has, in which `/proc` counts CPU time.
const TICKS: u32 = 100;

/// A stack that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Stack {
    /// Where it is.
    pub(crate) endpoint: String,
    /// The app client without a secret.
    pub(crate) client_id: String,
    process: Process,
}

/// CPU time until now.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    /// Of the stack itself: pool, Lambda, telephone, DynamoDB.
    pub(crate) stack: Duration,
    /// Of the functions' processes.
    pub(crate) functions: Duration,
    /// Of this program.
    pub(crate) bench: Duration,
}

impl Stack {
    /// Starts the program `local` with functions from a folder, and waits until it is ready.
    pub(crate) fn start(local: &Path, functions: &Path, log: &Path) -> Result<Self> {
        let mut command = Command::new(local);
        command.args(["--port", "0", "--limits", "--functions"]).arg(functions);
        command.args(SETTINGS.iter().flat_map(|setting| ["--set", setting]));
        let mut process = Process::start(&mut command, log)?;
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let output = process.output();
            let ready = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            if let Some(endpoint) = ready.filter(|line| line["ready"] == true).find_map(|line| text(&line["endpoint"]))
            {
                let client_id = text(&Client::connect(&endpoint)?.get("/local/config")?["clientId"]);
                let client_id = client_id.context("the stack doesn't tell its app client")?;
                return Ok(Self { endpoint, client_id, process });
            }
            process.check().with_context(|| format!("the stack doesn't start; it wrote:\n{output}"))?;
            sleep(Duration::from_millis(20));
        }
        bail!("the stack is not ready after {} seconds", PATIENCE.as_secs())
    }

    /// The CPU time that all of it has taken until now.
    pub(crate) fn spent(&self) -> Result<Spent> {
        let own = self.process.id();
        let mut spent = Spent { stack: of(own)?.1, bench: of(std::process::id())?.1, ..Spent::default() };
        for process in fs::read_dir("/proc")? {
            let name = process?.file_name();
            // A process may end while one looks.
            if let Some(id) = name.to_str().and_then(|name| name.parse().ok())
                && let Ok((parent, time)) = of(id)
                && parent == own
            {
                spent.functions += time;
            }
        }
        Ok(spent)
    }

    /// Fails if it has ended.
    pub(crate) fn check(&mut self) -> Result<()> {
        self.process.check().with_context(|| format!("the stack has ended; it wrote:\n{}", self.process.output()))
    }
}

impl Spent {
    /// What has been spent since.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            stack: self.stack.saturating_sub(before.stack),
            functions: self.functions.saturating_sub(before.functions),
            bench: self.bench.saturating_sub(before.bench),
        }
    }

    /// All of it.
    pub(crate) fn sum(self) -> Duration {
        self.stack + self.functions + self.bench
    }
}

/// The parent of a process, and its CPU time: that of threads that have ended, too.
fn of(process: u32) -> Result<(u32, Duration)> {
    let stat = fs::read_to_string(PathBuf::from("/proc").join(process.to_string()).join("stat"))?;
    parent_and_time(&stat).with_context(|| format!("the kernel's account of process {process} is odd"))
}

/// Fields 4, 14 and 15 of a `stat`. The name, in parentheses, may hold anything.
fn parent_and_time(stat: &str) -> Option<(u32, Duration)> {
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let ticks: u32 = fields.get(11)?.parse::<u32>().ok()? + fields.get(12)?.parse::<u32>().ok()?;
    Some((fields.get(1)?.parse().ok()?, Duration::from_secs(1) * ticks / TICKS))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parent_and_time_are_read_whatever_the_process_is_called() {
        let stat = "42 (a) b (c) S 7 42 42 0 -1 4194304 100 0 0 0 150 25 9 9 20 0 1 0 100 0 0\n";
        assert_eq!(parent_and_time(stat), Some((7, Duration::from_millis(1750))));
        assert_eq!(parent_and_time("42 (a) S 7"), None);
        assert!(of(std::process::id()).unwrap().0 > 0);
    }
}

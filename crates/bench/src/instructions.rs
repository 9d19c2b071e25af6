//! How many instructions a start to the first answer takes, by valgrind: a figure that repeats within a percent.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::harness::Harness;
use crate::program::{Program, on_path};
use crate::run::answer_once;
use crate::runtime_api::RuntimeApi;
use crate::subject::Subject;

/// Why instructions can't be counted on this machine. `None` if they can.
pub(crate) fn missing() -> Option<String> {
    on_path("valgrind").is_none().then(|| "there is no `valgrind` on this machine: install valgrind".to_owned())
}

/// Valgrind is so slow that a function may give up a connection and open another. The start with the fewest
/// instructions has no such retry.
const STARTS: usize = 3;

/// How many starts may fail because the machine is busy.
const FAILURES: usize = 5;

/// Counts the instructions of several starts, and returns the fewest.
pub(crate) fn count(subject: Subject, program: &Program, harness: &Harness) -> Result<u64> {
    let (mut counts, mut failures) = (Vec::new(), 0);
    while counts.len() < STARTS {
        match count_one(subject, program, harness) {
            Ok(count) => counts.push(count),
            Err(error) if failures == FAILURES => return Err(error),
            Err(_) => failures += 1,
        }
    }
    counts.into_iter().min().context("there was a start")
}

fn count_one(subject: Subject, program: &Program, harness: &Harness) -> Result<u64> {
    let api = RuntimeApi::listen()?;
    let file = harness.file(subject, "callgrind");
    // An earlier count's file must not be read as this one's.
    if file.exists() {
        fs::remove_file(&file).with_context(|| format!("{} can't be removed", file.display()))?;
    }
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", file.display()));
    command.arg(&program.file).args(&program.arguments);
    harness.set_env(&mut command, subject, program, &api);
    answer_once(subject, command, harness, &api)?;
    read(&file)
}

fn read(file: &Path) -> Result<u64> {
    let profile = fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
    total(&profile).with_context(|| format!("{} has no total", file.display()))
}

fn total(profile: &str) -> Option<u64> {
    profile.lines().rev().find_map(|line| line.strip_prefix("totals:"))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found() {
        assert_eq!(total("events: Ir\nsummary: 5\n\nfn=(0)\n0 7\n\ntotals: 651234\n"), Some(651_234));
        assert_eq!(total("events: Ir\n"), None);
    }
}

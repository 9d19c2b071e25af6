//! How many instructions init and the first invocation take, by valgrind: a figure that repeats within a percent.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Serialize;

use crate::harness::Harness;
use crate::process::Process;
use crate::program::{Program, on_path};
use crate::run::answer_once;
use crate::runtime_api::RuntimeApi;
use crate::subject::Subject;

/// The instructions of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Instructions {
    /// Until it first asks for an event.
    pub(crate) init: u64,
    /// From there to the first answer.
    pub(crate) invocation: u64,
}

/// Why instructions can't be counted on this machine. `None` if they can.
pub(crate) fn missing() -> Option<String> {
    on_path("valgrind").is_none().then(|| "there is no `valgrind` on this machine: install valgrind".to_owned())
}

/// Valgrind is so slow that a function may give up a connection and open another. The start with the fewest
/// instructions has no such retry.
const STARTS: usize = 3;

/// How many starts may fail because the machine is busy.
const FAILURES: usize = 5;

/// Counts the instructions of several starts, and returns those of the start with the fewest. Each has this many
/// connections open at the end of init: one that gave up a connection there took too few instructions for it.
pub(crate) fn count(subject: Subject, program: &Program, harness: &Harness, connections: u32) -> Result<Instructions> {
    let (mut counts, mut failures) = (Vec::new(), 0);
    while counts.len() < STARTS {
        match count_one(subject, program, harness, connections) {
            Ok(count) => counts.push(count),
            Err(error) if failures == FAILURES => return Err(error),
            Err(_) => failures += 1,
        }
    }
    counts.into_iter().min_by_key(|count| count.init + count.invocation).context("there was a start")
}

fn count_one(subject: Subject, program: &Program, harness: &Harness, connections: u32) -> Result<Instructions> {
    let api = RuntimeApi::listen()?;
    let file = harness.file(subject, "callgrind");
    // The counts up to a dump go to a file of their own.
    let of_init = harness.file(subject, "callgrind.1");
    for file in [&file, &of_init].into_iter().filter(|file| file.exists()) {
        // An earlier count's file must not be read as this one's.
        fs::remove_file(file).with_context(|| format!("{} can't be removed", file.display()))?;
    }
    let mut command = if may_be_first() { first_in_line("valgrind") } else { Command::new("valgrind") };
    command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", file.display()));
    command.arg(&program.file).args(&program.arguments);
    harness.set_env(&mut command, subject, program, &api);
    answer_once(subject, command, harness, &api, |process| {
        let opened = harness.opened();
        ensure!(opened == connections, "{opened} connections are open at the end of init, not {connections}");
        dump(process)
    })?;
    Ok(Instructions { init: read(&of_init)?, invocation: read(&file)? })
}

/// A command for a program that waits for no other to use a CPU.
fn first_in_line(program: &str) -> Command {
    let mut command = Command::new("chrt");
    command.args(["--fifo", "1", program]);
    command
}

/// Whether this user may run such commands. Without that right, only a quiet machine will do.
fn may_be_first() -> bool {
    first_in_line("true").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Has valgrind write down its counts, and begin new ones.
fn dump(process: &Process) -> Result<()> {
    process.cpu_at_rest()?;
    let mut command = Command::new(on_path("vgdb").context("there is no `vgdb`, which comes with valgrind")?);
    // It finds the other by names from the environment, and valgrind has that of the subject.
    command.env_clear().arg(format!("--pid={}", process.id())).args(["--cmd-time-out=60", "dump"]);
    let output = command.output().context("`vgdb` can't be run")?;
    ensure!(
        output.status.success(),
        "`vgdb` ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
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

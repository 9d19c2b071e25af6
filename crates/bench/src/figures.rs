//! Compares reproducible figures with the committed ones: instructions and memory of a start, and sizes.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fmt, fs};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::harness::Harness;
use crate::instructions::{self, Instructions};
use crate::program::Builder;
use crate::report::no_http2;
use crate::row::connections;
use crate::run::Run;
use crate::size::Size;
use crate::subject::Subject;

/// In the root of the repository.
const FILE: &str = "crates/bench/figures.json";

/// By how much a figure may differ, in percent.
const SLACK: u64 = 3;

/// The same for memory, which depends on the kernel too.
const SLACK_OF_MEMORY: u64 = 10;

/// Starts of which the least memory counts. A start on a busy machine may open a connection more.
const STARTS: usize = 3;

/// A function's reproducible figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    /// Until it first asks for an event.
    init_instructions: u64,
    /// From there to the first answer.
    invocation_instructions: u64,
    /// Of the stripped binary.
    bytes: u64,
    /// The same, deflated.
    zipped: u64,
    /// The most memory until the first answer, in KiB.
    memory: u64,
}

/// The toolchain that figures were taken with. Figures of different toolchains can't be compared: another compiler
/// generates other code, and another C library starts a program differently.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Toolchain {
    architecture: String,
    /// The output of `rustc --version`.
    compiler: String,
    /// The output of `getconf GNU_LIBC_VERSION`.
    c_library: String,
}

/// The committed figures.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Committed {
    toolchain: Toolchain,
    functions: BTreeMap<String, Figures>,
}

/// Committed figures beside those of today, for each function.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    committed_at: Toolchain,
    today_at: Toolchain,
    rows: BTreeMap<String, Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    committed: Option<Figures>,
    today: Figures,
}

impl Check {
    /// Counts our functions, and fails if one offers HTTP/2 to AWS. With `accept`, writes the figures to the committed file.
    pub(crate) fn run(builder: &Builder, harness: &Harness, accept: bool) -> Result<Self> {
        if let Some(why) = instructions::missing() {
            bail!("instructions can't be counted: {why}");
        }
        let file = builder.workspace.join(FILE);
        let today_at = Toolchain::here()?;
        let Committed { toolchain, functions: mut committed } =
            if accept { Committed::default() } else { read(&file)? };
        let (mut rows, mut offer_http2) = (BTreeMap::new(), Vec::new());
        for subject in Subject::ALL.into_iter().filter(|subject| subject.function().is_some()) {
            let program = builder.program(subject)?.map_err(anyhow::Error::msg)?;
            let Size { bytes, zipped } = Size::of(&program.shipped)?;
            let runs = (0..STARTS).map(|_| Run::measure(subject, &program, harness, 0)).collect::<Result<Vec<_>>>()?;
            if runs.iter().any(|run| run.offers_http2) {
                offer_http2.push(subject);
            }
            let memory = runs.iter().map(|run| run.cold_memory).min().context("there was a start")?;
            let connections = connections(&runs).context("there was a start")?;
            let Instructions { init, invocation } = instructions::count(subject, &program, harness, connections)?;
            let today = Figures { init_instructions: init, invocation_instructions: invocation, bytes, zipped, memory };
            rows.insert(subject.to_string(), Row { committed: committed.remove(subject.name()), today });
        }
        no_http2(&offer_http2)?;
        if accept {
            let functions = rows.iter().map(|(name, row): (&String, &Row)| (name.clone(), row.today)).collect();
            let committed = Committed { toolchain: today_at.clone(), functions };
            fs::write(&file, serde_json::to_string_pretty(&committed)? + "\n")
                .with_context(|| format!("{} can't be written", file.display()))?;
        }
        Ok(Self { committed_at: toolchain, today_at, rows })
    }

    /// Fails if a figure differs by more than the slack. A better figure must be committed too: otherwise a later
    /// regression of the same size would not be noticed.
    ///
    /// Figures of another toolchain are shown, but not compared.
    pub(crate) fn verdict(&self) -> Result<()> {
        if self.committed_at != self.today_at {
            eprintln!("bench: not compared, {:?} is not {:?}", self.today_at, self.committed_at);
            return Ok(());
        }
        let beyond: Vec<_> = self
            .rows
            .iter()
            .flat_map(|(name, row)| row.pairs().map(move |pair| (name, pair)))
            .filter(|(_, (.., committed, today, slack))| {
                !committed.is_some_and(|committed| close(committed, *today, *slack))
            })
            .map(|(name, (what, ..))| format!("{name}: {what}"))
            .collect();
        if beyond.is_empty() {
            return Ok(());
        }
        bail!(
            "more than {SLACK} % ({SLACK_OF_MEMORY} % of memory) from the committed figures: {}.\nIf that is meant, `tests/run weight` with ACCEPT=yes writes {FILE} again",
            beyond.join("; ")
        );
    }
}

impl Row {
    /// Each figure with what is committed, what it is today, and its slack.
    fn pairs(&self) -> [(&'static str, Option<u64>, u64, u64); 5] {
        let of = |what, figure: fn(&Figures) -> u64, slack| {
            (what, self.committed.as_ref().map(figure), figure(&self.today), slack)
        };
        [
            of("instructions of init", |figures| figures.init_instructions, SLACK),
            of("instructions of the first invocation", |figures| figures.invocation_instructions, SLACK),
            of("bytes", |figures| figures.bytes, SLACK),
            of("bytes zipped", |figures| figures.zipped, SLACK),
            of("peak memory, KiB", |figures| figures.memory, SLACK_OF_MEMORY),
        ]
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | figure | committed | today |\n|---|---|---|---|")?;
        for (name, row) in &self.rows {
            for (what, committed, today, _) in row.pairs() {
                let committed = committed.map_or("-".to_owned(), |committed| committed.to_string());
                writeln!(f, "| {name} | {what} | {committed} | {today} |")?;
            }
        }
        Ok(())
    }
}

impl Toolchain {
    fn here() -> Result<Self> {
        let architecture = env::consts::ARCH.to_owned();
        Ok(Self {
            architecture,
            compiler: output_of(&["rustc", "--version"])?,
            c_library: output_of(&["getconf", "GNU_LIBC_VERSION"])?,
        })
    }
}

/// The output of a command.
fn output_of(command: &[&str]) -> Result<String> {
    let (program, arguments) = command.split_first().context("no command")?;
    let output = Command::new(program).args(arguments).output();
    let output = output.with_context(|| format!("{program} can't be run"))?;
    ensure!(output.status.success(), "{program} ended with {}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn read(file: &Path) -> Result<Committed> {
    let text = fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} can't be understood", file.display()))
}

/// Whether a figure differs by no more than this many percent.
fn close(committed: u64, today: u64, slack: u64) -> bool {
    committed.abs_diff(today) * 100 <= committed * slack
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(committed: Option<u64>, today: u64) -> Check {
        let figures = |instructions| Figures {
            init_instructions: 5,
            invocation_instructions: instructions,
            bytes: 7,
            zipped: 3,
            memory: 6000,
        };
        let row = Row { committed: committed.map(figures), today: figures(today) };
        let toolchain = Toolchain::here().unwrap();
        Check {
            committed_at: toolchain.clone(),
            today_at: toolchain,
            rows: BTreeMap::from([("create".to_owned(), row)]),
        }
    }

    #[test]
    fn figures_of_another_toolchain_are_not_judged() {
        let mut check = check(Some(10_000), 20_000);
        assert!(check.verdict().is_err());
        check.committed_at.compiler.push_str("-nightly");
        check.verdict().unwrap();
    }

    #[test]
    fn a_figure_may_differ_by_three_percent() {
        for today in [9_700, 10_000, 10_300] {
            check(Some(10_000), today).verdict().unwrap();
        }
        for (committed, today) in [(Some(10_000), 10_301), (Some(10_000), 9_699), (None, 10_000), (Some(0), 1)] {
            let error = check(committed, today).verdict().unwrap_err().to_string();
            assert!(error.contains("create: instructions of the first invocation"), "{error}");
            for other in ["create: instructions of init", "create: bytes"] {
                assert_eq!(error.contains(other), committed.is_none(), "{error}");
            }
        }
    }

    #[test]
    fn memory_may_differ_by_ten_percent() {
        for (today, is_close) in [(5_400, true), (6_600, true), (5_399, false), (6_601, false)] {
            let mut check = check(Some(1), 1);
            check.rows.get_mut("create").unwrap().today.memory = today;
            assert_eq!(check.verdict().is_ok(), is_close, "{today}");
        }
    }

    #[test]
    fn both_figures_are_shown() {
        let shown = check(Some(10_000), 9_999).to_string();
        assert!(shown.contains("| create | instructions of the first invocation | 10000 | 9999 |"), "{shown}");
        assert!(check(None, 5).to_string().contains("| create | instructions of the first invocation | - | 5 |"));
    }

    #[test]
    fn figures_are_committed_for_all_functions_and_no_other() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(FILE);
        let committed: Vec<_> = read(&file).unwrap().functions.into_keys().collect();
        assert_eq!(
            committed,
            ["create", "create-device", "define", "gate", "send", "speak", "speak-message", "verify", "verify-device"]
        );
    }
}

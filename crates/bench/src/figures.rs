//! The figures that repeat, held against those that are committed: instructions of a cold start, and sizes.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::contender::Contender;
use crate::instructions;
use crate::program::Workshop;
use crate::size::Size;
use crate::stage::Stage;

/// In the root of the repository.
const FILE: &str = "crates/bench/figures.json";

/// By how much a figure may differ, in percent.
const SLACK: u64 = 3;

/// What a function came to, in parts that repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Figures {
    /// From the start to the first answer.
    instructions: u64,
    /// Of the stripped binary.
    bytes: u64,
    /// The same, deflated.
    zipped: u64,
}

/// Committed figures beside those of today, for each function.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    rows: BTreeMap<String, Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    committed: Option<Figures>,
    today: Figures,
}

impl Check {
    /// Counts our functions. With `accept`, commits what came of it.
    pub(crate) fn run(workshop: &Workshop, stage: &Stage, accept: bool) -> Result<Self> {
        if let Some(why) = instructions::missing() {
            bail!("instructions can't be counted: {why}");
        }
        let file = workshop.workspace.join(FILE);
        let mut committed = read(&file, accept)?;
        let mut rows = BTreeMap::new();
        for contender in Contender::ALL.into_iter().filter(|contender| contender.function().is_some()) {
            let Ok(program) = workshop.program(contender)? else { bail!("there is no {contender}") };
            let Size { bytes, zipped } = Size::of(&program.shipped)?;
            let instructions = instructions::count(contender, &program, stage)?;
            let today = Figures { instructions, bytes, zipped };
            rows.insert(contender.to_string(), Row { committed: committed.remove(contender.name()), today });
        }
        if accept {
            let figures: BTreeMap<_, _> = rows.iter().map(|(name, row)| (name, row.today)).collect();
            fs::write(&file, serde_json::to_string_pretty(&figures)? + "\n")
                .with_context(|| format!("{} can't be written", file.display()))?;
        }
        Ok(Self { rows })
    }

    /// Fails if a figure is beyond the slack. One that is better must be committed too: else a later one could be as much
    /// worse unseen.
    pub(crate) fn verdict(&self) -> Result<()> {
        let beyond: Vec<_> = self
            .rows
            .iter()
            .flat_map(|(name, row)| row.pairs().map(move |pair| (name, pair)))
            .filter(|(_, (_, committed, today))| !committed.is_some_and(|committed| close(committed, *today)))
            .map(|(name, (what, ..))| format!("{what} of {name}"))
            .collect();
        if beyond.is_empty() {
            return Ok(());
        }
        bail!(
            "more than {SLACK} % from the committed figures: {}. If that is meant, `bench check --accept` writes {FILE} anew",
            beyond.join(", ")
        );
    }
}

impl Row {
    fn pairs(&self) -> [(&'static str, Option<u64>, u64); 3] {
        let of = |what, figure: fn(&Figures) -> u64| (what, self.committed.as_ref().map(figure), figure(&self.today));
        [
            of("instructions", |figures| figures.instructions),
            of("bytes", |figures| figures.bytes),
            of("bytes zipped", |figures| figures.zipped),
        ]
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | figure | committed | today |\n|---|---|---|---|")?;
        for (name, row) in &self.rows {
            for (what, committed, today) in row.pairs() {
                let committed = committed.map_or("-".to_owned(), |committed| committed.to_string());
                writeln!(f, "| {name} | {what} | {committed} | {today} |")?;
            }
        }
        Ok(())
    }
}

fn read(file: &Path, may_be_absent: bool) -> Result<BTreeMap<String, Figures>> {
    match fs::read_to_string(file) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("{} can't be understood", file.display())),
        Err(_) if may_be_absent => Ok(BTreeMap::new()),
        Err(error) => Err(error).with_context(|| format!("{} can't be read", file.display())),
    }
}

fn close(committed: u64, today: u64) -> bool {
    committed.abs_diff(today) * 100 <= committed * SLACK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(committed: Option<u64>, today: u64) -> Check {
        let figures = |instructions| Figures { instructions, bytes: 7, zipped: 3 };
        let row = Row { committed: committed.map(figures), today: figures(today) };
        Check { rows: BTreeMap::from([("create".to_owned(), row)]) }
    }

    #[test]
    fn a_figure_may_differ_by_three_percent() {
        for today in [9_700, 10_000, 10_300] {
            check(Some(10_000), today).verdict().unwrap();
        }
        for (committed, today) in [(Some(10_000), 10_301), (Some(10_000), 9_699), (None, 10_000), (Some(0), 1)] {
            let error = check(committed, today).verdict().unwrap_err().to_string();
            assert!(error.contains("instructions of create"), "{error}");
            assert_eq!(error.contains("bytes of create"), committed.is_none(), "{error}");
        }
    }

    #[test]
    fn both_figures_are_shown() {
        let shown = check(Some(10_000), 9_999).to_string();
        assert!(shown.contains("| create | instructions | 10000 | 9999 |"), "{shown}");
        assert!(check(None, 5).to_string().contains("| create | instructions | - | 5 |"));
    }

    #[test]
    fn figures_are_committed_for_all_functions_and_no_other() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(FILE);
        let committed: Vec<_> = read(&file, false).unwrap().into_keys().collect();
        assert_eq!(committed, ["create", "define", "verify"]);
    }
}

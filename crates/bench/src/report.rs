//! The results, as tables in Markdown or as JSON.

use std::fmt;

use anyhow::{Result, ensure};
use serde::Serialize;

use crate::aims;
use crate::instructions::Instructions;
use crate::lambda;
use crate::row::{self, Row};
use crate::subject::Subject;
use crate::table::Table;

/// All results.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// How many CPUs there are.
    pub(crate) cpus: usize,
    /// Their architecture.
    pub(crate) architecture: &'static str,
    /// How often each was started.
    pub(crate) rounds: u32,
    /// How many answers followed the first.
    pub(crate) warm: u32,
    /// The result of each subject.
    pub(crate) rows: Vec<Row>,
    /// What could not be measured, and why.
    pub(crate) skipped: Vec<Skipped>,
}

/// What could not be measured.
#[derive(Debug, Serialize)]
pub(crate) struct Skipped {
    /// What was to be measured.
    pub(crate) what: String,
    /// The reason.
    pub(crate) why: String,
}

/// Pairs of our function and the one it is compared with.
const PAIRS: [(Subject, Subject); 5] = [
    (Subject::Verify, Subject::NaiveVerify),
    (Subject::Verify, Subject::NaiveVerifyRing),
    (Subject::Create, Subject::NaiveCreate),
    (Subject::Create, Subject::NaiveCreateRing),
    (Subject::Create, Subject::Recipe),
];

/// Fails if there are functions that offer HTTP/2 to AWS. None of ours needs what it brings, and it is a fifth of define.
pub(crate) fn no_http2(functions: &[Subject]) -> Result<()> {
    let names: Vec<_> = functions.iter().map(|subject| subject.name()).collect();
    ensure!(names.is_empty(), "HTTP/2 is offered to AWS by {}", names.join(", "));
    Ok(())
}

impl Report {
    /// The results of a subject, if it was measured.
    pub(crate) fn row(&self, subject: Subject) -> Option<&Row> {
        row::of(&self.rows, subject)
    }

    /// Fails if a function of ours offers HTTP/2.
    pub(crate) fn verdict(&self) -> Result<()> {
        let ours = self.rows.iter().filter(|row| row.subject.function().is_some() && row.offers_http2);
        no_http2(&ours.map(|row| row.subject).collect::<Vec<_>>())
    }

    fn starts(&self) -> Table {
        let hello = self.row(Subject::Hello);
        let columns = [
            "init, CPU ms",
            "first invocation, CPU ms",
            "both, to hello",
            "init, ms by the clock",
            "first invocation, ms by the clock",
            "connections after init",
        ];
        let mut table = Table::new("A start", &columns);
        for row in &self.rows {
            let cells = [
                format!("{:.2}", row.init_cpu_ms.median),
                format!("{:.2}", row.invocation_cpu_ms.median),
                figure(hello.and_then(|hello| row.cold_cpu_ms.ratio(&hello.cold_cpu_ms))),
                format!("{:.1}", row.init_wall_ms.median),
                format!("{:.1}", row.invocation_wall_ms.median),
                row.connections.to_string(),
            ];
            table.row(row.subject, cells);
        }
        table
    }

    fn instructions(&self) -> Table {
        let mut table = Table::new("Instructions of a start, thousands", &["init", "first invocation", "both"]);
        for row in &self.rows {
            if let Some(Instructions { init, invocation }) = row.instructions {
                table.row(row.subject, [init, invocation, init + invocation].map(|count| (count / 1000).to_string()));
            }
        }
        table
    }

    fn further_answers(&self) -> Table {
        let hello = self.row(Subject::Hello);
        let mut table = Table::new("A further answer", &["CPU µs", "to hello"]);
        for row in &self.rows {
            let ratio = figure(hello.and_then(|hello| row.warm_cpu_us.ratio(&hello.warm_cpu_us)));
            table.row(row.subject, [format!("{:.0}", row.warm_cpu_us.median), ratio]);
        }
        table
    }

    fn memory_and_size(&self) -> Table {
        let columns = ["peak memory at the first answer", "at the last answer", "shipped", "zipped"];
        let mut table = Table::new("Memory and size, MiB", &columns);
        for row in &self.rows {
            let (first, last) = (row.cold_memory_mib.median, row.memory_mib.median);
            let [shipped, zipped] = [row.shipped_mib(), row.zipped_mib()].map(|mib| format!("{mib:.2}"));
            table.row(row.subject, [format!("{first:.1}"), format!("{last:.1}"), shipped, zipped]);
        }
        table
    }

    fn beside_ours(&self) -> Table {
        let mut table = Table::new("Times the CPU of ours", &["a start", "a further answer"]);
        for (ours, other) in PAIRS {
            let (Some(ours), Some(other)) = (self.row(ours), self.row(other)) else { continue };
            let ratios = [other.cold_cpu_ms.ratio(&ours.cold_cpu_ms), other.warm_cpu_us.ratio(&ours.warm_cpu_us)];
            table.row(format!("{} to {}", other.subject, ours.subject), ratios.map(figure));
        }
        table
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpus, architecture, rounds, warm, .. } = self;
        writeln!(
            f,
            "{rounds} rounds, interleaved, {warm} answers after the first, {cpus} CPUs ({architecture}); medians"
        )?;
        for table in [
            self.starts(),
            self.instructions(),
            self.further_answers(),
            self.memory_and_size(),
            self.beside_ours(),
            lambda::waits(&self.rows),
            lambda::bill(&self.rows),
            aims::table(&self.rows),
        ] {
            write!(f, "{table}")?;
        }
        if !self.skipped.is_empty() {
            writeln!(f)?;
        }
        for Skipped { what, why } in &self.skipped {
            writeln!(f, "Skipped: {what}, since {why}.")?;
        }
        Ok(())
    }
}

fn figure(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_owned(), |ratio| if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::tests::row;

    fn report(rows: Vec<Row>) -> Report {
        let skipped = vec![Skipped { what: "recipe".into(), why: "there is no `node`".into() }];
        Report { cpus: 2, architecture: "x86_64", rounds: 1, warm: 10, rows, skipped }
    }

    #[test]
    fn the_tables_have_medians_and_ratios() {
        let report = report(vec![row(Subject::Hello, 1), row(Subject::Create, 2), row(Subject::NaiveCreate, 50)]);
        let text = report.to_string();
        for line in [
            "| hello | 1.00 | 0.50 | 1.00 | 2.0 | 2.0 | 1 |",
            "| create | 2.00 | 1.00 | 2.00 | 2.0 | 2.0 | 2 |",
            "| naive-create | 50.00 | 25.00 | 50 | 2.0 | 2.0 | 50 |",
            "| hello | 400 | 11 | 411 |",
            "| create | 160 | 2.00 |",
            "| create | 1.0 | 2.0 | 3.00 | 1.00 |",
            "| naive-create to create | 25 | 25 |",
            "Skipped: recipe, since there is no `node`.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("naive-verify"), "{text}");
    }

    #[test]
    fn without_hello_there_are_no_ratios_to_it() {
        let text = report(vec![row(Subject::Raw, 1)]).to_string();
        assert!(text.contains("| raw | 1.00 | 0.50 | - |"), "{text}");
    }

    #[test]
    fn http2_is_not_for_ours() {
        report(vec![row(Subject::Create, 1), row(Subject::NaiveCreate, 3)]).verdict().unwrap();
        let error = report(vec![row(Subject::Create, 3)]).verdict().unwrap_err().to_string();
        assert_eq!(error, "HTTP/2 is offered to AWS by create");
    }

    #[test]
    fn json_has_the_same() {
        let json = serde_json::to_value(report(vec![row(Subject::Hello, 1)])).unwrap();
        assert_eq!(json["rows"][0]["subject"], "hello");
        assert_eq!(json["rows"][0]["coldCpuMs"]["median"], 1.5);
        assert_eq!(json["rows"][0]["instructions"]["init"], 400_000);
        assert_eq!(json["skipped"][0]["what"], "recipe");
    }
}

//! The results, as a table or as JSON.

use std::fmt::{self, Write};

use serde::Serialize;

use crate::run::Run;
use crate::size::Size;
use crate::subject::Subject;
use crate::summary::Summary;

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

/// The results of a subject.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// The subject.
    #[serde(serialize_with = "name")]
    pub(crate) subject: Subject,
    /// CPU time from the start to the first answer.
    pub(crate) cold_cpu_ms: Summary,
    /// Elapsed time from the start to the first answer.
    pub(crate) cold_wall_ms: Summary,
    /// The most memory until the first answer.
    pub(crate) cold_memory_mib: Summary,
    /// CPU time of each further answer.
    pub(crate) warm_cpu_us: Summary,
    /// The most memory until the last answer.
    pub(crate) memory_mib: Summary,
    /// The size of what is shipped.
    pub(crate) size: Size,
    /// Instructions from the start to the first answer.
    pub(crate) instructions: Option<u64>,
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
const PAIRS: [(Subject, Subject); 3] = [
    (Subject::Verify, Subject::NaiveVerify),
    (Subject::Create, Subject::NaiveCreate),
    (Subject::Create, Subject::Recipe),
];

const MIB: f64 = 1024.0 * 1024.0;

impl Row {
    /// Sums up the runs of a subject. There is no row without any.
    pub(crate) fn of(subject: Subject, runs: &[Run], size: Size, instructions: Option<u64>) -> Option<Self> {
        let summary = |of: fn(&Run) -> f64| Summary::of(runs.iter().map(of));
        Some(Self {
            subject,
            cold_cpu_ms: summary(|run| run.cold_cpu.as_secs_f64() * 1e3)?,
            cold_wall_ms: summary(|run| run.cold_wall.as_secs_f64() * 1e3)?,
            cold_memory_mib: summary(|run| mib(run.cold_memory * 1024))?,
            warm_cpu_us: summary(|run| run.warm_cpu.as_secs_f64() * 1e6)?,
            memory_mib: summary(|run| mib(run.memory * 1024))?,
            size,
            instructions,
        })
    }
}

impl Report {
    fn row(&self, subject: Subject) -> Option<&Row> {
        self.rows.iter().find(|row| row.subject == subject)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpus, architecture, rounds, warm, .. } = self;
        writeln!(
            f,
            "{rounds} rounds, interleaved, {warm} answers after the first, {cpus} CPUs ({architecture}); medians\n"
        )?;
        writeln!(
            f,
            "| | cold CPU ms | to hello | cold by the clock ms | warm CPU µs | to hello | peak memory MiB, first answer / last \
             | shipped MiB / zipped | instructions, thousands |\n|---|---|---|---|---|---|---|---|---|"
        )?;
        let hello = self.row(Subject::Hello);
        for row in &self.rows {
            let cold = hello.and_then(|hello| row.cold_cpu_ms.ratio(&hello.cold_cpu_ms));
            let warm = hello.and_then(|hello| row.warm_cpu_us.ratio(&hello.warm_cpu_us));
            writeln!(
                f,
                "| {} | {:.2} | {} | {:.1} | {:.0} | {} | {:.1} / {:.1} | {:.2} / {:.2} | {} |",
                row.subject,
                row.cold_cpu_ms.median,
                figure(cold),
                row.cold_wall_ms.median,
                row.warm_cpu_us.median,
                figure(warm),
                row.cold_memory_mib.median,
                row.memory_mib.median,
                mib(row.size.bytes),
                mib(row.size.zipped),
                row.instructions.map_or("-".to_owned(), |count| (count / 1000).to_string()),
            )?;
        }
        let mut pairs = String::new();
        for (ours, other) in PAIRS {
            let (Some(ours), Some(other)) = (self.row(ours), self.row(other)) else { continue };
            let cold = figure(other.cold_cpu_ms.ratio(&ours.cold_cpu_ms));
            let warm = figure(other.warm_cpu_us.ratio(&ours.warm_cpu_us));
            let (ours, other) = (ours.subject, other.subject);
            writeln!(pairs, "{other} takes {cold} times the CPU of {ours} cold, and {warm} times warm.")?;
        }
        for Skipped { what, why } in &self.skipped {
            writeln!(pairs, "Skipped: {what}, since {why}.")?;
        }
        if !pairs.is_empty() {
            write!(f, "\n{pairs}")?;
        }
        Ok(())
    }
}

fn figure(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_owned(), |ratio| if ratio < 10.0 { format!("{ratio:.2}") } else { format!("{ratio:.0}") })
}

#[expect(clippy::cast_precision_loss, reason = "nothing here is of 2^53 bytes")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / MIB
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn name<S: serde::Serializer>(subject: &Subject, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(subject.name())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn row(subject: Subject, times: u32) -> Row {
        let run = Run {
            cold_cpu: Duration::from_micros(1500) * times,
            cold_wall: Duration::from_millis(2) * times,
            cold_memory: 1024,
            warm_cpu: Duration::from_micros(80) * times,
            memory: 2048,
        };
        let size = Size { bytes: 3 * 1024 * 1024, zipped: 1024 * 1024 };
        Row::of(subject, &[run], size, (times == 1).then_some(411_999)).unwrap()
    }

    fn report(rows: Vec<Row>) -> Report {
        let skipped = vec![Skipped { what: "recipe".into(), why: "there is no `node`".into() }];
        Report { cpus: 2, architecture: "x86_64", rounds: 1, warm: 10, rows, skipped }
    }

    #[test]
    fn the_table_has_medians_and_ratios() {
        let report = report(vec![row(Subject::Hello, 1), row(Subject::Create, 2), row(Subject::NaiveCreate, 50)]);
        let text = report.to_string();
        for line in [
            "| hello | 1.50 | 1.00 | 2.0 | 80 | 1.00 | 1.0 / 2.0 | 3.00 / 1.00 | 411 |",
            "| create | 3.00 | 2.00 | 4.0 | 160 | 2.00 | 1.0 / 2.0 | 3.00 / 1.00 | - |",
            "| naive-create | 75.00 | 50 | 100.0 | 4000 | 50 | 1.0 / 2.0 | 3.00 / 1.00 | - |",
            "naive-create takes 25 times the CPU of create cold, and 25 times warm.",
            "Skipped: recipe, since there is no `node`.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("naive-verify"), "{text}");
    }

    #[test]
    fn without_hello_there_are_no_ratios_to_it() {
        let text = report(vec![row(Subject::Raw, 1)]).to_string();
        assert!(text.contains("| raw | 1.50 | - | 2.0 | 80 | - |"), "{text}");
    }

    #[test]
    fn json_has_the_same() {
        let json = serde_json::to_value(report(vec![row(Subject::Hello, 1)])).unwrap();
        assert_eq!(json["rows"][0]["subject"], "hello");
        assert_eq!(json["rows"][0]["coldCpuMs"]["median"], 1.5);
        assert_eq!(json["rows"][0]["instructions"], 411_999);
        assert_eq!(json["skipped"][0]["what"], "recipe");
    }
}

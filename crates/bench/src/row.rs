//! The results of a subject: medians of its runs.

use serde::Serialize;

use crate::instructions::Instructions;
use crate::run::Run;
use crate::size::Size;
use crate::subject::Subject;
use crate::summary::Summary;

/// The results of a subject.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// The subject.
    #[serde(serialize_with = "name")]
    pub(crate) subject: Subject,
    /// CPU time of init.
    pub(crate) init_cpu_ms: Summary,
    /// CPU time of the first invocation.
    pub(crate) invocation_cpu_ms: Summary,
    /// CPU time of both.
    pub(crate) cold_cpu_ms: Summary,
    /// Elapsed time of init.
    pub(crate) init_wall_ms: Summary,
    /// Elapsed time of the first invocation.
    pub(crate) invocation_wall_ms: Summary,
    /// Connections to AWS at the end of init.
    pub(crate) connections: u32,
    /// Whether it offers HTTP/2 to AWS.
    pub(crate) offers_http2: bool,
    /// The most memory until the first answer.
    pub(crate) cold_memory_mib: Summary,
    /// CPU time of each further answer.
    pub(crate) warm_cpu_us: Summary,
    /// The most memory until the last answer.
    pub(crate) memory_mib: Summary,
    /// The size of what is shipped.
    pub(crate) size: Size,
    /// Instructions until the first answer.
    pub(crate) instructions: Option<Instructions>,
}

const MIB: f64 = 1024.0 * 1024.0;

impl Row {
    /// Sums up the runs of a subject. There is no row without any.
    pub(crate) fn of(subject: Subject, runs: &[Run], size: Size, instructions: Option<Instructions>) -> Option<Self> {
        let summary = |of: fn(&Run) -> f64| Summary::of(runs.iter().map(of));
        Some(Self {
            subject,
            init_cpu_ms: summary(|run| run.init.cpu.as_secs_f64() * 1e3)?,
            invocation_cpu_ms: summary(|run| run.invocation.cpu.as_secs_f64() * 1e3)?,
            cold_cpu_ms: summary(|run| (run.init.cpu + run.invocation.cpu).as_secs_f64() * 1e3)?,
            init_wall_ms: summary(|run| run.init.wall.as_secs_f64() * 1e3)?,
            invocation_wall_ms: summary(|run| run.invocation.wall.as_secs_f64() * 1e3)?,
            connections: connections(runs)?,
            offers_http2: runs.iter().any(|run| run.offers_http2),
            cold_memory_mib: summary(|run| mib(run.cold_memory * 1024))?,
            warm_cpu_us: summary(|run| run.warm_cpu.as_secs_f64() * 1e6)?,
            memory_mib: summary(|run| mib(run.memory * 1024))?,
            size,
            instructions,
        })
    }

    /// The size of what is shipped, in MiB.
    pub(crate) fn shipped_mib(&self) -> f64 {
        mib(self.size.bytes)
    }

    /// The same, zipped.
    pub(crate) fn zipped_mib(&self) -> f64 {
        mib(self.size.zipped)
    }
}

/// The results of a subject among these, if it was measured.
pub(crate) fn of(rows: &[Row], subject: Subject) -> Option<&Row> {
    rows.iter().find(|row| row.subject == subject)
}

/// The connections that runs have at the end of init. One on a busy machine may have given some up.
pub(crate) fn connections(runs: &[Run]) -> Option<u32> {
    runs.iter().map(|run| run.connections).max()
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
pub(crate) mod tests {
    use std::time::Duration;

    use super::*;
    use crate::run::Part;

    /// A start takes 1 ms of CPU for init and 0.5 ms for its invocation, and a further answer 80 µs, this many times.
    pub(crate) fn row(subject: Subject, times: u32) -> Row {
        let part = |micros| Part { cpu: Duration::from_micros(micros) * times, wall: Duration::from_millis(2) };
        let run = Run {
            init: part(1000),
            invocation: part(500),
            connections: times,
            offers_http2: times == 3,
            cold_memory: 1024,
            warm_cpu: Duration::from_micros(80) * times,
            memory: 2048,
        };
        let size = Size { bytes: 3 * 1024 * 1024, zipped: 1024 * 1024 };
        let instructions = (times == 1).then_some(Instructions { init: 400_000, invocation: 11_999 });
        Row::of(subject, &[run], size, instructions).unwrap()
    }

    #[test]
    fn a_start_is_its_two_parts() {
        let row = row(Subject::Create, 2);
        assert_eq!((row.init_cpu_ms.median, row.invocation_cpu_ms.median, row.cold_cpu_ms.median), (2.0, 1.0, 3.0));
        assert!(Row::of(Subject::Create, &[], Size::default(), None).is_none());
    }
}

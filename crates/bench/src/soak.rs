//! One process of each function that answers for very long: it must not take more and more memory.

use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;

use crate::contender::Contender;
use crate::process::Process;
use crate::program::{Program, Workshop};
use crate::runtime_api::{Message, RuntimeApi};
use crate::stage::Stage;
use crate::trial::wait;
use crate::variation::{COUNTRIES, Variations};

/// How much more memory than after its first tenth a process may have in the end, in KiB. What an allocator keeps comes and
/// goes by that much; over 100,000 events, it is 6 bytes an event.
const SLACK: u64 = 512;

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Soak {
    slack_kib: u64,
    functions: Vec<Course>,
}

/// The memory of one function's process, as time goes on.
#[derive(Debug, Serialize)]
struct Course {
    function: &'static str,
    checkpoints: Vec<Checkpoint>,
}

/// The memory of a process after some events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Checkpoint {
    events: u32,
    resident_kib: u64,
    peak_kib: u64,
}

impl Soak {
    /// Has these functions answer `events` events each.
    pub(crate) fn run(contenders: &[Contender], workshop: &Workshop, stage: &Stage, events: u32) -> Result<Self> {
        let ours = Contender::ALL.into_iter().filter(|contender| contender.function().is_some());
        let wanted = ours.filter(|contender| contenders.is_empty() || contenders.contains(contender));
        let functions = wanted.map(|contender| match workshop.program(contender)? {
            Ok(program) => Course::run(contender, &program, stage, events),
            Err(why) => bail!("{contender} can't be had: {why}"),
        });
        let functions = functions.collect::<Result<Vec<_>>>()?;
        ensure!(!functions.is_empty(), "none of these is a function of ours");
        Ok(Self { slack_kib: SLACK, functions })
    }

    /// An error if one has grown.
    pub(crate) fn check(&self) -> Result<()> {
        let grown = self.functions.iter().filter(|course| course.growth() > SLACK).map(|course| course.function);
        let grown: Vec<_> = grown.collect();
        ensure!(grown.is_empty(), "memory has grown by more than {SLACK} KiB: {}", grown.join(", "));
        Ok(())
    }
}

impl Course {
    fn run(contender: Contender, program: &Program, stage: &Stage, events: u32) -> Result<Self> {
        let api = RuntimeApi::listen()?;
        let mut command = stage.command(contender, program, &api);
        command.env("OTP_COUNTRIES", COUNTRIES.join(","));
        let mut process = Process::start(&mut command, &stage.file(contender, "log"))?;
        let course = Self::follow(contender, &api, &mut process, stage, events);
        course.with_context(|| format!("{contender} failed; it wrote:\n{}", process.output()))
    }

    fn follow(
        contender: Contender,
        api: &RuntimeApi,
        process: &mut Process,
        stage: &Stage,
        events: u32,
    ) -> Result<Self> {
        let variations = Variations::of(contender, stage)?;
        // Which of the events are refused, by the first time that each came.
        let mut refused = Vec::new();
        let mut checkpoints = Vec::new();
        for count in 1..=events {
            let event = variations.event(count - 1);
            let question = wait(api, process)?;
            ensure!(question.message == Message::Next, "it should have asked for an event: {:?}", question.message);
            question.give(&count.to_string(), &serde_json::to_vec(&event)?)?;

            let answer = wait(api, process)?;
            let place = variations.place(count - 1);
            let is_refused = match &answer.message {
                Message::Answer(id, body) if *id == count.to_string() => {
                    let right = place > 0 || contender.is_answer(&event, &serde_json::from_slice(body)?);
                    ensure!(right, "event {count} was answered by {}", String::from_utf8_lossy(body));
                    false
                }
                Message::Failure(_) if place > 0 => true,
                message => bail!("event {count} was answered by {message:?}"),
            };
            if refused.len() == place {
                refused.push(is_refused);
            }
            ensure!(refused[place] == is_refused, "event {count} should have been answered as others of its kind");
            answer.accept()?;

            if is_checkpoint(count, events) {
                let resident_kib = process.resident_memory()?;
                // The kernel notes a peak only when it takes memory back, and so may tell of a lower one than before.
                let peak_kib =
                    checkpoints.last().map_or(0, |last: &Checkpoint| last.peak_kib).max(process.peak_memory()?);
                let checkpoint = Checkpoint { events: count, resident_kib, peak_kib };
                eprintln!("bench: {contender}: {checkpoint:?}");
                checkpoints.push(checkpoint);
            }
        }
        Ok(Self { function: contender.name(), checkpoints })
    }

    /// From the first tenth of the events to the last, in KiB.
    fn growth(&self) -> u64 {
        let last = self.checkpoints.last().map_or(0, |checkpoint| checkpoint.events);
        let after = |events| self.checkpoints.iter().find(|checkpoint| checkpoint.events >= events);
        let resident = |events| after(events).map_or(0, |checkpoint| checkpoint.resident_kib);
        resident(last).saturating_sub(resident(last.div_ceil(10)))
    }
}

/// After the first event, and after each tenth.
fn is_checkpoint(count: u32, events: u32) -> bool {
    let tenth = events.div_ceil(10).max(1);
    count == 1 || count.is_multiple_of(tenth) || count == events
}

impl fmt::Display for Soak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.functions.iter().map(|course| course.function).collect();
        writeln!(f, "resident memory / its peak, in KiB\n\n| events | {} |", names.join(" | "))?;
        writeln!(f, "|---{}|", "|---".repeat(names.len()))?;
        for (index, first) in self.functions.iter().flat_map(|course| &course.checkpoints).enumerate() {
            let row: Option<Vec<_>> = self.functions.iter().map(|course| course.checkpoints.get(index)).collect();
            let Some(row) = row else { break };
            write!(f, "| {} |", first.events)?;
            row.iter()
                .try_for_each(|checkpoint| write!(f, " {} / {} |", checkpoint.resident_kib, checkpoint.peak_kib))?;
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(resident: [u64; 3]) -> Course {
        let checkpoints = [1, 10, 100].into_iter().zip(resident).map(|(events, resident_kib)| Checkpoint {
            events,
            resident_kib,
            peak_kib: resident_kib + 1,
        });
        Course { function: "define", checkpoints: checkpoints.collect() }
    }

    #[test]
    fn only_what_grows_after_the_first_tenth_is_growth() {
        for (resident, grown) in [
            ([3000, 5000, 5000], false),
            ([3000, 5000, 4000], false),
            ([3000, 3000, 3000 + SLACK], false),
            ([3000, 3000, 3001 + SLACK], true),
        ] {
            let soak = Soak { slack_kib: SLACK, functions: vec![course([1, 1, 1]), course(resident)] };
            assert_eq!(soak.check().is_err(), grown, "{resident:?}");
        }
    }

    #[test]
    fn there_are_eleven_checkpoints_and_a_line_for_each() {
        assert_eq!((1..=100_000).filter(|count| is_checkpoint(*count, 100_000)).count(), 11);
        assert_eq!((1..=3).filter(|count| is_checkpoint(*count, 3)).count(), 3);
        let text = Soak { slack_kib: SLACK, functions: vec![course([7, 8, 9]), course([1, 2, 3])] }.to_string();
        assert!(text.ends_with("| 1 | 7 / 8 | 1 / 2 |\n| 10 | 8 / 9 | 2 / 3 |\n| 100 | 9 / 10 | 3 / 4 |\n"), "{text}");
    }
}

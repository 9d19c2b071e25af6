//! One start of a subject: what it costs until the first answer, and what each further answer costs.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::harness::Harness;
use crate::process::Process;
use crate::program::Program;
use crate::runtime_api::{Message, PendingRequest, RuntimeApi};
use crate::subject::Subject;

/// How long a subject may take for a start or an answer, which is long with valgrind.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(2);

/// How often it is checked whether the process is still running.
const LOOK: Duration = Duration::from_millis(100);

/// What one start was measured to cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// CPU time from the start to the first answer.
    pub(crate) cold_cpu: Duration,
    /// Time by the clock from the start to the first answer.
    pub(crate) cold_wall: Duration,
    /// The most memory until the first answer, in KiB.
    pub(crate) cold_memory: u64,
    /// CPU time of each further answer, on average.
    pub(crate) warm_cpu: Duration,
    /// The most memory until the last answer, in KiB.
    pub(crate) memory: u64,
}

/// A running subject, with the events that it was given.
struct Sandbox<'a> {
    subject: Subject,
    process: Process,
    api: &'a RuntimeApi,
    event: Vec<u8>,
    given: u32,
}

impl Run {
    /// Starts a subject, and measures its first answer and `warm` more.
    pub(crate) fn measure(subject: Subject, program: &Program, harness: &Harness, warm: u32) -> Result<Self> {
        let api = RuntimeApi::listen()?;
        let command = harness.command(subject, program, &api);
        let (run, _) = start(subject, command, harness, &api, |sandbox, started| {
            let answer = sandbox.answer()?;
            let cold_wall = started.elapsed();
            // It waits until its answer is taken.
            let cold_cpu = sandbox.process.cpu_at_rest()?;
            let cold_memory = sandbox.process.peak_memory()?;
            answer.accept()?;

            let mut request = sandbox.next()?;
            let before = sandbox.process.cpu_at_rest()?;
            for _ in 0..warm {
                sandbox.give(request)?;
                sandbox.taken()?.accept()?;
                request = sandbox.next()?;
            }
            let warm_cpu = sandbox.process.cpu_at_rest()?.saturating_sub(before) / warm.max(1);
            let memory = sandbox.process.peak_memory()?;
            Ok(Self { cold_cpu, cold_wall, cold_memory, warm_cpu, memory })
        })?;
        Ok(run)
    }
}

/// Starts a subject by this command, waits for its first answer, and ends it.
pub(crate) fn answer_once(subject: Subject, command: Command, harness: &Harness, api: &RuntimeApi) -> Result<()> {
    let (request, process) = start(subject, command, harness, api, |sandbox, _| sandbox.answer())?;
    process.terminate()?;
    drop(request);
    Ok(())
}

/// Starts a subject, runs `measure`, and checks the requests that it sent to AWS. An error shows the subject's output.
fn start<T>(
    subject: Subject,
    mut command: Command,
    harness: &Harness,
    api: &RuntimeApi,
    measure: impl FnOnce(&mut Sandbox<'_>, Instant) -> Result<T>,
) -> Result<(T, Process)> {
    let event = harness.event(subject)?;
    let log = harness.file(subject, "log");
    harness.take_counts();
    let started = Instant::now();
    let process = Process::start(&mut command, &log)?;
    let mut sandbox = Sandbox { subject, process, api, event, given: 0 };
    let done = measure(&mut sandbox, started).and_then(|done| {
        let (expected, counts) = (subject.requests(sandbox.given), harness.take_counts());
        // A runtime with several threads may open another connection before it notices that the last one is free again.
        let asked = counts.operations == expected.operations && counts.connections >= expected.connections;
        ensure!(asked, "it should have asked AWS for {expected:?}, and has for {counts:?}");
        Ok(done)
    });
    let done = done.with_context(|| format!("{subject} failed; it wrote:\n{}", sandbox.process.output()))?;
    Ok((done, sandbox.process))
}

impl Sandbox<'_> {
    /// Gives it the first event that it asks for, and gets the answer, which must be right.
    fn answer(&mut self) -> Result<PendingRequest> {
        let request = self.next()?;
        self.give(request)?;
        let answer = self.taken()?;
        let Message::Answer(_, body) = &answer.message else { bail!("there is no answer") };
        let (event, body): (Value, Value) = (serde_json::from_slice(&self.event)?, serde_json::from_slice(body)?);
        ensure!(self.subject.is_answer(&event, &body), "{body} is no right answer");
        Ok(answer)
    }

    fn give(&mut self, request: PendingRequest) -> Result<()> {
        self.given += 1;
        request.give(&self.given.to_string(), &self.event)
    }

    /// The answer to the event that was given last.
    fn taken(&mut self) -> Result<PendingRequest> {
        let request = self.wait()?;
        match &request.message {
            Message::Answer(id, _) if *id == self.given.to_string() => Ok(request),
            message => bail!("it should have answered, but said {message:?}"),
        }
    }

    fn next(&mut self) -> Result<PendingRequest> {
        let request = self.wait()?;
        ensure!(request.message == Message::Next, "it should have asked for an event, but said {:?}", request.message);
        Ok(request)
    }

    /// The subject's next request.
    fn wait(&mut self) -> Result<PendingRequest> {
        let start = Instant::now();
        while start.elapsed() < ANSWER_TIMEOUT {
            if let Some(request) = self.api.next(LOOK)? {
                return Ok(request);
            }
            self.process.check()?;
        }
        bail!("it sent no request for {} seconds", ANSWER_TIMEOUT.as_secs())
    }
}

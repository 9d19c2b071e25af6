//! One start of a subject: what its init, its first invocation and each further one cost.

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
    /// From the start to when it first asks for an event. Lambda gives it a whole CPU for so long.
    pub(crate) init: Part,
    /// From its first event to the answer.
    pub(crate) invocation: Part,
    /// The connections to AWS that are open at the end of init.
    pub(crate) connections: u32,
    /// Whether it offers HTTP/2 to AWS.
    pub(crate) offers_http2: bool,
    /// The most memory until the first answer, in KiB.
    pub(crate) cold_memory: u64,
    /// CPU time of each further answer, on average.
    pub(crate) warm_cpu: Duration,
    /// The most memory until the last answer, in KiB.
    pub(crate) memory: u64,
}

/// A part of a start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) cpu: Duration,
    /// By the clock.
    pub(crate) wall: Duration,
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
        let started = start(subject, command, harness, &api, |sandbox, started| {
            let request = sandbox.next()?;
            let wall = started.elapsed();
            // It waits until it is given an event.
            let init = Part { cpu: sandbox.process.cpu_at_rest()?, wall };
            let connections = harness.opened();

            let given = Instant::now();
            let answer = sandbox.answer(request)?;
            let wall = given.elapsed();
            // It waits until its answer is taken.
            let invocation = Part { cpu: sandbox.process.cpu_at_rest()?.saturating_sub(init.cpu), wall };
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
            Ok(Self { init, invocation, connections, offers_http2: false, cold_memory, warm_cpu, memory })
        })?;
        Ok(Self { offers_http2: started.offered_http2, ..started.measured })
    }
}

/// Starts a subject by this command, runs `at_rest` when it first asks for an event, waits for its answer, and ends it.
pub(crate) fn answer_once(
    subject: Subject,
    command: Command,
    harness: &Harness,
    api: &RuntimeApi,
    at_rest: impl FnOnce(&Process) -> Result<()>,
) -> Result<()> {
    let started = start(subject, command, harness, api, |sandbox, _| {
        let request = sandbox.next()?;
        at_rest(&sandbox.process)?;
        sandbox.answer(request)
    })?;
    started.process.terminate()?;
    drop(started.measured);
    Ok(())
}

/// A subject that runs, what was measured of it, and whether it offered HTTP/2 to AWS.
struct Started<T> {
    measured: T,
    process: Process,
    offered_http2: bool,
}

/// Starts a subject, runs `measure`, and checks the requests that it sent to AWS. An error shows the subject's output.
fn start<T>(
    subject: Subject,
    mut command: Command,
    harness: &Harness,
    api: &RuntimeApi,
    measure: impl FnOnce(&mut Sandbox<'_>, Instant) -> Result<T>,
) -> Result<Started<T>> {
    let event = harness.event(subject)?;
    let log = harness.file(subject, "log");
    harness.take_counts();
    let started = Instant::now();
    let process = Process::start(&mut command, &log)?;
    let mut sandbox = Sandbox { subject, process, api, event, given: 0 };
    let measured = measure(&mut sandbox, started).and_then(|measured| {
        let (expected, counts) = (subject.requests(sandbox.given), harness.take_counts());
        // A runtime with several threads may open another connection before it notices that the last one is free again.
        let asked = counts.operations == expected.operations && counts.used >= expected.used;
        ensure!(asked, "it should have asked AWS for {expected:?}, and has for {counts:?}");
        Ok((measured, counts.offered_http2))
    });
    let (measured, offered_http2) =
        measured.with_context(|| format!("{subject} failed; it wrote:\n{}", sandbox.process.output()))?;
    Ok(Started { measured, process: sandbox.process, offered_http2 })
}

impl Sandbox<'_> {
    /// Gives it an event, and gets the answer, which must be right.
    fn answer(&mut self, request: PendingRequest) -> Result<PendingRequest> {
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

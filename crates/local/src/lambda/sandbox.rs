//! One process of a function, which handles one event at a time.

use std::io;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::process::{Child, Command};
use tokio::select;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::log::{Flush, Log};
use super::runtime_api::{Desk, Invocation, Report};
use super::{Function, Lambda, Outcome};

/// A process with its channels. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Sandbox {
    pub(super) id: u64,
    pub(super) desk: Arc<Desk>,
    child: Child,
    invocations: mpsc::Sender<Invocation>,
    reports: mpsc::UnboundedReceiver<Report>,
    log: Log,
    flush: Flush,
    ready: bool,
    usable: bool,
}

impl Sandbox {
    /// Starts a process of a function.
    pub(super) fn start(lambda: &Lambda, function: Function, id: u64) -> Result<Self> {
        let (output, writer) = io::pipe()?;
        let binary = lambda.binary(function);
        // In a process group of its own, so that Ctrl-C reaches only this program, which then ends the functions.
        let child = Command::new(binary)
            .current_dir(binary.parent().context("a binary lies in a folder")?)
            .env_clear()
            .envs(lambda.environment(function, id))
            .stdin(std::process::Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} can't be started", binary.display()))?;

        let (invocations, inbox) = mpsc::channel(1);
        let (sender, reports) = mpsc::unbounded_channel();
        let log = lambda.log().clone();
        let flush = log.collect(function, id, output)?;
        let desk = Arc::new(Desk::new(function, inbox, sender));
        Ok(Self { id, desk, child, invocations, reports, log, flush, ready: false, usable: true })
    }

    /// Waits until the process asks for its first event. The error says why it did not.
    pub(super) async fn ready(&mut self, limit: Duration) -> Result<(), String> {
        let deadline = Instant::now() + limit;
        select! {
            biased;
            report = self.reports.recv() => match report {
                Some(Report::StartFailed(failure)) => return Err(failure.error_message),
                _ => self.ready = true,
            },
            status = self.child.wait() => return Err(describe(status)),
            () = sleep_until(deadline) => return Err(format!("no request for an event in {} seconds", limit.as_secs())),
        }
        Ok(())
    }

    /// Lets the process handle an event until the deadline, which `limit` has set. Afterwards, all that the process
    /// has written by then is in the log.
    pub(super) async fn handle(&mut self, invocation: Invocation, deadline: Instant, limit: Duration) -> Outcome {
        let request_id = invocation.request_id.clone();
        // The process is idle, so the channel has room for one event.
        let _ = self.invocations.try_send(invocation);

        let outcome = loop {
            select! {
                // A report takes precedence over the end of the process, and over the time limit, right after it.
                biased;
                report = self.reports.recv() => match report {
                    Some(Report::Ready) | None => self.ready = true,
                    Some(Report::Answered(body)) => break Outcome::Answered(body),
                    Some(Report::Failed(failure)) => break failure.into(),
                    Some(Report::StartFailed(failure)) => {
                        self.usable = false;
                        break failure.into();
                    }
                },
                status = self.child.wait() => {
                    self.usable = false;
                    let error_message = format!("RequestId: {request_id} Error: {}", describe(status));
                    break Outcome::Crashed { error_message };
                }
                () = sleep_until(deadline) => {
                    self.usable = false;
                    // An error means that it has just ended by itself.
                    let _ = self.child.kill().await;
                    let seconds = limit.as_secs_f64();
                    let error_message = format!("RequestId: {request_id} Error: Task timed out after {seconds:.2} seconds");
                    break Outcome::TimedOut { error_message };
                }
            }
        };
        self.flush.flush().await;
        outcome
    }

    /// Whether the process has got as far as to ask for an event.
    pub(super) fn has_started(&self) -> bool {
        self.ready
    }

    /// Whether the process has fetched the last event that it was to handle.
    pub(super) fn took_event(&self) -> bool {
        self.invocations.capacity() > 0
    }

    /// Whether the process can handle another event.
    pub(super) fn is_usable(&mut self) -> bool {
        self.usable && matches!(self.child.try_wait(), Ok(None))
    }

    /// Everything that the process has written so far.
    pub(super) async fn output(&self) -> String {
        self.flush.flush().await;
        self.log.tail(self.id, 0, usize::MAX)
    }
}

/// How a process ended, in Lambda's words.
fn describe(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) if status.success() => "Runtime exited without providing a reason".to_owned(),
        // "exit status: 1" and "signal: 9 (SIGKILL)" in the standard library's words.
        Ok(status) => {
            format!("Runtime exited with error: {}", status.to_string().replace("exit status: ", "exit status "))
        }
        Err(error) => format!("Runtime is lost: {error}"),
    }
}

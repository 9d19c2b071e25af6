//! The log: what the functions write to stdout and stderr.

use std::collections::VecDeque;
use std::io::{self, PipeReader, Read};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;
use tokio::net::unix::pipe::Receiver;
use tokio::select;
use tokio::sync::{mpsc, oneshot};

use super::Function;
use crate::time::Timestamp;

/// How many lines are kept.
const MAX_LINES: usize = 10_000;
/// Where a line is broken, in bytes.
const MAX_LINE: usize = 16 * 1024;

/// The last lines of all functions. Cheap to clone: clones are the same log.
#[derive(Clone, Debug)]
pub(super) struct Log {
    lines: Arc<Mutex<Lines>>,
    verbose: bool,
}

#[derive(Debug, Default)]
struct Lines {
    kept: VecDeque<LogLine>,
    /// How many lines there have been.
    count: u64,
}

/// A line, as `GET /local/log` shows it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct LogLine {
    /// When it was read.
    at: Timestamp,
    function: &'static str,
    #[serde(rename = "line")]
    text: String,
    /// Which process wrote it.
    #[serde(skip)]
    sandbox: u64,
    /// How many lines there were before it.
    #[serde(skip)]
    number: u64,
}

impl Log {
    /// For a line that is about no process. Processes are numbered from 1.
    pub(super) const NO_PROCESS: u64 = 0;

    /// An empty log, which also prints each line to stderr if it is verbose.
    pub(super) fn new(verbose: bool) -> Self {
        Self { lines: Arc::default(), verbose }
    }

    /// All lines, oldest first.
    pub(super) fn lines(&self) -> Vec<LogLine> {
        self.lock().kept.iter().cloned().collect()
    }

    /// How many lines there have been.
    pub(super) fn count(&self) -> u64 {
        self.lock().count
    }

    /// The last lines of one process, at most `bytes` of them and none before line `from`.
    pub(super) fn tail(&self, sandbox: u64, from: u64, bytes: usize) -> String {
        let mut left = bytes;
        let lines = self.lock();
        let mut tail: Vec<_> = lines
            .kept
            .iter()
            .rev()
            .take_while(|line| line.number >= from)
            .filter(|line| line.sandbox == sandbox)
            .map(|line| format!("{}\n", line.text))
            .take_while(|line| left.checked_sub(line.len()).inspect(|rest| left = *rest).is_some())
            .collect();
        tail.reverse();
        tail.concat()
    }

    /// Adds a line of Lambda's own about a process, which is printed in any case.
    pub(super) fn warn(&self, function: Function, sandbox: u64, line: &str) {
        eprintln!("{function}: {line}");
        self.add(function, sandbox, line);
    }

    /// Adds a line that a process wrote.
    fn push(&self, function: Function, sandbox: u64, line: &str) {
        if self.verbose {
            eprintln!("{function} | {line}");
        }
        self.add(function, sandbox, line);
    }

    fn add(&self, function: Function, sandbox: u64, line: &str) {
        let mut lines = self.lock();
        if lines.kept.len() == MAX_LINES {
            lines.kept.pop_front();
        }
        let number = lines.count;
        lines.kept.push_back(LogLine {
            at: Timestamp::now(),
            function: function.name(),
            text: line.to_owned(),
            sandbox,
            number,
        });
        lines.count += 1;
    }

    /// Reads a process's output into the log until its end, in the background.
    pub(super) fn collect(&self, function: Function, sandbox: u64, output: PipeReader) -> io::Result<Flush> {
        let direct = output.try_clone()?;
        let ready = Receiver::from_owned_fd(OwnedFd::from(output))?;
        let (sender, flushes) = mpsc::channel(1);
        let log = self.clone();
        tokio::spawn(Collector { log, function, sandbox, ready, direct, line: Vec::new() }.run(flushes));
        Ok(Flush(sender))
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads what a process has written so far.
#[derive(Debug)]
pub(super) struct Flush(mpsc::Sender<oneshot::Sender<()>>);

impl Flush {
    /// Returns when everything that the process has written so far is in the log. Without this, an answer could arrive
    /// before the lines that were written before it.
    pub(super) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        if self.0.send(done).await.is_ok() {
            // An error means that the output has ended, so all of it is in the log.
            let _ = flushed.await;
        }
    }
}

struct Collector {
    log: Log,
    function: Function,
    sandbox: u64,
    /// The output, to wait on.
    ready: Receiver,
    /// The same output, to read what is there even if the runtime has not been notified yet. It is non-blocking, since
    /// that is a property of both.
    direct: PipeReader,
    /// The last line, which is not complete yet.
    line: Vec<u8>,
}

impl Collector {
    async fn run(mut self, mut flushes: mpsc::Receiver<oneshot::Sender<()>>) {
        let mut open = true;
        while open {
            select! {
                ready = self.ready.readable() => open = ready.is_ok() && self.read(|this, bytes| this.ready.try_read(bytes)),
                Some(done) = flushes.recv() => {
                    open = self.read(|this, bytes| this.direct.read(bytes));
                    // An error means that the invocation was given up.
                    let _ = done.send(());
                }
            }
        }
        if !self.line.is_empty() {
            self.end_line();
        }
    }

    /// Reads what is available. Returns false at the end of the output.
    fn read(&mut self, read: impl Fn(&mut Self, &mut [u8]) -> io::Result<usize>) -> bool {
        let mut bytes = [0; 4096];
        loop {
            match read(self, &mut bytes) {
                Ok(0) => return false,
                Ok(count) => bytes[..count].iter().for_each(|byte| self.take(*byte)),
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    fn take(&mut self, byte: u8) {
        if byte != b'\n' {
            self.line.push(byte);
        }
        if byte == b'\n' || self.line.len() == MAX_LINE {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        self.log.push(self.function, self.sandbox, &String::from_utf8_lossy(&self.line));
        self.line.clear();
    }
}

/// The last line of a process's output.
pub(super) fn last_words(output: &str) -> Option<&str> {
    output.lines().rfind(|line| !line.trim().is_empty())
}

/// The last line about a fault of an event.
pub(super) fn fault(output: &str) -> Option<Value> {
    let mut lines = output.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.find(|line| line["message"] == "fault")
}

/// The message about wrong settings, if a line that a function logged at its start has one.
pub(super) fn fault_of_settings(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let error = line["error"].as_str().filter(|_| line["message"] == "settings")?;
    Some(error.to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[tokio::test]
    async fn a_flush_brings_everything_written_before_it() {
        let log = Log::new(false);
        let (reader, mut writer) = io::pipe().unwrap();
        let flush = log.collect(Function::CreateChallenge, 7, reader).unwrap();
        writer.write_all(b"one\ntwo\nth").unwrap();
        flush.flush().await;
        assert_eq!(log.tail(7, 0, 100), "one\ntwo\n");

        writer.write_all(b"ree").unwrap();
        drop(writer);
        flush.0.closed().await;
        flush.flush().await;
        assert_eq!(log.tail(7, 0, 100), "one\ntwo\nthree\n");
        assert_eq!(log.tail(7, 0, 10), "two\nthree\n");
        assert_eq!(log.tail(7, 2, 100), "three\n");
        assert_eq!(log.tail(8, 0, 100), "");
    }

    #[test]
    fn old_lines_make_room() {
        let log = Log::new(false);
        for number in 0..=MAX_LINES {
            log.push(Function::DefineChallenge, 1, &number.to_string());
        }
        let lines = log.lines();
        assert_eq!((lines.len(), lines[0].text.as_str()), (MAX_LINES, "1"));
    }
}

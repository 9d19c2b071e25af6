//! Lambda's Runtime API, version 2018-06-01, for one process: gives it events, and takes its answers.

use std::io::{BufReader, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, bail};

use crate::http::{Request, respond};

/// How long Cognito waits for a trigger.
const COGNITO_TIMEOUT: Duration = Duration::from_secs(5);

/// The API of one process, which sends one request at a time.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    asked: Receiver<Result<PendingRequest>>,
    closed: Arc<AtomicBool>,
}

/// A request that waits for its answer.
#[derive(Debug)]
pub(crate) struct PendingRequest {
    /// The request's content.
    pub(crate) message: Message,
    stream: TcpStream,
}

/// The content of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// The answer to the event with this request id.
    Answer(String, Vec<u8>),
    /// An error of the invocation or of the start.
    Failure(String),
    /// The process asks for an event.
    Next,
}

impl RuntimeApi {
    /// Listens on a free port, until it is dropped.
    pub(crate) fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("no port for the Runtime API")?;
        let address = listener.local_addr()?;
        let (sender, asked) = channel();
        let closed = Arc::<AtomicBool>::default();
        let end = closed.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::Acquire) {
                    break;
                }
                let sender = sender.clone();
                thread::spawn(move || {
                    if let Err(error) = stream.map_err(Into::into).and_then(|stream| listen(stream, &sender)) {
                        let _ = sender.send(Err(error));
                    }
                });
            }
        });
        Ok(Self { address, asked, closed })
    }

    /// Where it is, as `AWS_LAMBDA_RUNTIME_API` has it.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next request of the process. `None` if there is none within `timeout`.
    pub(crate) fn next(&self, timeout: Duration) -> Result<Option<PendingRequest>> {
        match self.asked.recv_timeout(timeout) {
            Ok(pending) => pending.map(Some),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("the Runtime API is gone"),
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Release);
        // A connection wakes the thread that waits for one, which then ends.
        let _ = TcpStream::connect(self.address);
    }
}

impl PendingRequest {
    /// Gives the event that was asked for.
    pub(crate) fn give(mut self, request_id: &str, event: &[u8]) -> Result<()> {
        let deadline = (SystemTime::now() + COGNITO_TIMEOUT).duration_since(UNIX_EPOCH)?.as_millis().to_string();
        let headers = [
            ("content-type", "application/json"),
            ("lambda-runtime-aws-request-id", request_id),
            ("lambda-runtime-deadline-ms", &deadline),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:bench"),
            ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0"),
        ];
        respond(&mut self.stream, "200 OK", &headers, event).context("the event can't be given")
    }

    /// Takes the answer.
    pub(crate) fn accept(mut self) -> Result<()> {
        let headers = [("content-type", "application/json")];
        respond(&mut self.stream, "202 Accepted", &headers, br#"{"status":"OK"}"#).context("the answer can't be taken")
    }
}

impl Message {
    fn of(request: Request) -> Result<Self> {
        let path = request.path.strip_prefix("/2018-06-01/runtime/").unwrap_or_default();
        let parts: Vec<_> = path.split('/').collect();
        Ok(match (&*request.method, &parts[..]) {
            ("GET", ["invocation", "next"]) => Self::Next,
            ("POST", ["invocation", id, "response"]) => Self::Answer((*id).to_owned(), request.body),
            ("POST", ["invocation", _, "error"] | ["init", "error"]) => {
                Self::Failure(String::from_utf8_lossy(&request.body).into_owned())
            }
            _ => return Err(anyhow!("the Runtime API has no {} {}", request.method, request.path)),
        })
    }
}

fn listen(stream: TcpStream, sender: &Sender<Result<PendingRequest>>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let request = match Request::read(&mut reader) {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            // A killed process may leave data unread.
            Err(error) if is_reset(&error) => return Ok(()),
            Err(error) => return Err(error.context("what was said to the Runtime API can't be read")),
        };
        let pending = PendingRequest { message: Message::of(request)?, stream: stream.try_clone()? };
        if sender.send(Ok(pending)).is_err() {
            return Ok(());
        }
    }
}

fn is_reset(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    /// Only turns a test that would hang into one that fails.
    const TEST_TIMEOUT: Duration = Duration::from_mins(5);

    #[test]
    fn events_and_answers_take_turns() {
        let api = RuntimeApi::listen().unwrap();
        let mut stream = TcpStream::connect(api.address()).unwrap();

        stream.write_all(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n").unwrap();
        let pending = api.next(TEST_TIMEOUT).unwrap().unwrap();
        assert_eq!(pending.message, Message::Next);
        pending.give("7", b"{\"a\":1}").unwrap();
        let mut read = vec![0; 4096];
        let length = stream.read(&mut read).unwrap();
        let head = String::from_utf8(read[..length].to_vec()).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n{\"a\":1}"), "{head}");
        assert!(head.contains("lambda-runtime-aws-request-id: 7\r\n"), "{head}");

        stream
            .write_all(b"POST /2018-06-01/runtime/invocation/7/response HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}")
            .unwrap();
        let pending = api.next(TEST_TIMEOUT).unwrap().unwrap();
        assert_eq!(pending.message, Message::Answer("7".into(), b"{}".into()));
        pending.accept().unwrap();
        let length = stream.read(&mut read).unwrap();
        assert!(read[..length].starts_with(b"HTTP/1.1 202 Accepted\r\n"));

        assert!(api.next(Duration::ZERO).unwrap().is_none());
    }

    #[test]
    fn a_failure_is_reported_and_anything_else_is_an_error() {
        let api = RuntimeApi::listen().unwrap();
        let mut stream = TcpStream::connect(api.address()).unwrap();
        stream.write_all(b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\ncontent-length: 1\r\n\r\nx").unwrap();
        assert_eq!(api.next(TEST_TIMEOUT).unwrap().unwrap().message, Message::Failure("x".into()));
        stream.write_all(b"GET /2018-06-01/runtime/next HTTP/1.1\r\n\r\n").unwrap();
        assert!(api.next(TEST_TIMEOUT).unwrap_err().to_string().contains("no GET"));
    }
}

//! Connect, DynamoDB and KMS as far as a sign-in needs them, over TLS. Each request is answered at once, and counted.

use std::collections::BTreeMap;
use std::io::{BufReader, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::http::{Request, respond};

/// An endpoint at `https://localhost`, which serves until the end of this program.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Where it is.
    pub(crate) url: String,
    counts: Arc<Mutex<Counts>>,
}

/// How often each operation was asked for, and the handshakes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Connections with at least one request.
    pub(crate) connections: u32,
    /// By the name that the service's API gives it.
    pub(crate) operations: BTreeMap<String, u32>,
}

impl Endpoint {
    /// Serves all services on a port of its own.
    pub(crate) fn serve(config: &Arc<ServerConfig>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port for an endpoint")?;
        let port = listener.local_addr()?.port();
        // Where `localhost` is both, clients try this one first.
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).ok();
        let counts = Arc::<Mutex<Counts>>::default();
        for listener in [Some(listener), second].into_iter().flatten() {
            let (config, counts) = (config.clone(), counts.clone());
            thread::spawn(move || {
                for stream in listener.incoming().filter_map(Result::ok) {
                    let (config, counts) = (config.clone(), counts.clone());
                    thread::spawn(move || {
                        if let Err(error) = serve(stream, config, &counts)
                            && !is_end(&error)
                        {
                            eprintln!("bench: an endpoint's connection failed: {error:#}");
                        }
                    });
                }
            });
        }
        Ok(Self { url: format!("https://localhost:{port}"), counts })
    }

    /// Takes the counts since the last call.
    pub(crate) fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, counts: &Mutex<Counts>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(StreamOwned::new(ServerConnection::new(config)?, stream));
    let mut first = true;
    while let Some(request) = Request::read(&mut reader)? {
        let (operation, status, body) = answer(&request);
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.connections += u32::from(first);
        *counts.operations.entry(operation).or_default() += 1;
        drop(counts);
        first = false;
        let content_type = request.header("content-type").unwrap_or("application/json");
        let headers = [("content-type", content_type), ("x-amzn-requestid", "BENCH")];
        // No device is trusted for more than a year.
        let tomorrow = (SystemTime::now().duration_since(UNIX_EPOCH)? + DAY).as_secs();
        respond(reader.get_mut(), status, &headers, body.replace("TOMORROW", &tomorrow.to_string()).as_bytes())?;
    }
    Ok(())
}

const DAY: Duration = Duration::from_hours(24);

/// The rows for a call: a user whom nobody has called for long, and who has the trusted device of `events`, until tomorrow.
const ROWS: &str = r#"{"Responses":{"ledger":[{"pk":{"S":"USER#us-east-1_Example01#3f6a1c52-7b1e-4d35-9a0e-0f5d2b8c4e11"},"revision":{"N":"1"},"calls":{"L":[]},"failures":{"N":"0"},"devices":{"SS":["BB4YUy_UdUwC8wQdnHXOszuD_9gax85P6ILMscmLxYlupGwxHE4v9A3ZajZT5uRURdMt_khuztdcepDGoYiBwKM.04a7e94e6af1e5c1.TOMORROW.d8390d3f87ccffd0cab8b1ebf94f6ad0"]}}]},"UnprocessedKeys":{}}"#;

/// The data key of the first message in `crates/sign-in/src/message/messages.json`, which `speak-message.json` has.
const DATA_KEY: &str = r#"{"KeyId":"arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555","Plaintext":"vN43GaR2CtkQSzk6spH845NFtcuuwU2hxCKV5RFvrJ4=","EncryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#;

/// The ARN of its KMS key.
pub(crate) const MESSAGE_KEY_ARN: &str = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";

/// The operation's name, with the status and body of the answer.
fn answer(request: &Request) -> (String, &'static str, &'static str) {
    const DONE: &str = "200 OK";
    let target = request.header("x-amz-target");
    if (&*request.method, &*request.path, target) == ("POST", "/", Some("TrentService.Decrypt")) {
        return ("Decrypt".to_owned(), DONE, DATA_KEY);
    }
    let dynamodb = target.and_then(|target| target.strip_prefix("DynamoDB_20120810."));
    match (&*request.method, &*request.path, dynamodb) {
        ("POST", "/", Some(operation @ "BatchGetItem")) => (operation.to_owned(), DONE, ROWS),
        ("POST", "/", Some(operation @ "GetItem")) => {
            (operation.to_owned(), DONE, r#"{"Item":{"pass:6h2k9example0client0id00":{"N":"4102444800"}}}"#)
        }
        ("POST", "/", Some(operation @ ("TransactWriteItems" | "UpdateItem"))) => (operation.to_owned(), DONE, "{}"),
        ("PUT", "/contact/outbound-voice", None) => {
            ("StartOutboundVoiceContact".to_owned(), DONE, r#"{"ContactId":"0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"}"#)
        }
        (method, path, target) => {
            (format!("{method} {path} {}", target.unwrap_or_default()), "404 Not Found", r#"{"message":"unknown"}"#)
        }
    }
}

/// A killed process does not close its connections properly.
fn is_end(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    matches!(kind, Some(ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str, target: Option<&str>) -> Request {
        let headers = target.map(|target| ("X-Amz-Target".to_owned(), target.to_owned())).into_iter().collect();
        Request { method: method.into(), path: path.into(), headers, body: Vec::new() }
    }

    #[test]
    fn what_the_functions_ask_for_is_answered_and_nothing_else() {
        for (request, operation, status) in [
            (request("POST", "/", Some("DynamoDB_20120810.UpdateItem")), "UpdateItem", "200 OK"),
            (request("PUT", "/contact/outbound-voice", None), "StartOutboundVoiceContact", "200 OK"),
            (request("POST", "/", Some("TrentService.Decrypt")), "Decrypt", "200 OK"),
            (request("POST", "/", Some("TrentService.Encrypt")), "POST / ", "404 Not Found"),
            (request("POST", "/", Some("DynamoDB_20120810.Scan")), "POST / Scan", "404 Not Found"),
            (request("POST", "/", None), "POST / ", "404 Not Found"),
        ] {
            let (found, answered, _) = answer(&request);
            assert_eq!((&*found, answered), (operation, status));
        }
    }
}

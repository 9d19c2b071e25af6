//! Connect, DynamoDB and KMS as far as a sign-in needs them, over TLS. Each request is answered at once, and counted.

use std::collections::BTreeMap;
use std::io::{BufReader, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rustls::server::Acceptor;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::http::{Request, respond};

/// An endpoint at `https://localhost`, which serves until the end of this program.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Where it is.
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

/// The connections, and how often each operation was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Connections, with requests or without.
    pub(crate) opened: u32,
    /// Connections with at least one request.
    pub(crate) used: u32,
    /// Whether a client offered HTTP/2 (ALPN). It gets HTTP/1.1.
    pub(crate) offered_http2: bool,
    /// By the name that the service's API gives it.
    pub(crate) operations: BTreeMap<String, u32>,
}

#[derive(Debug, Default)]
struct State {
    counts: Counts,
    /// Handshakes under way.
    handshakes: u32,
}

/// How long a count waits for handshakes under way. A client may have given one up and not said so.
const HANDSHAKE: Duration = Duration::from_secs(2);

impl Endpoint {
    /// Serves all services on a port of its own.
    pub(crate) fn serve(config: &Arc<ServerConfig>) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port for an endpoint")?;
        let port = listener.local_addr()?.port();
        // Where `localhost` is both, clients try this one first.
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).ok();
        let state = Arc::<Mutex<State>>::default();
        for listener in [Some(listener), second].into_iter().flatten() {
            let (config, state) = (config.clone(), state.clone());
            thread::spawn(move || {
                for stream in listener.incoming().filter_map(Result::ok) {
                    let (config, state) = (config.clone(), state.clone());
                    lock(&state).handshakes += 1;
                    thread::spawn(move || {
                        if let Err(error) = serve(stream, config, &state)
                            && !is_end(&error)
                        {
                            eprintln!("bench: an endpoint's connection failed: {error:#}");
                        }
                    });
                }
            });
        }
        Ok(Self { url: format!("https://localhost:{port}"), state })
    }

    /// Connections since the counts were taken last.
    pub(crate) fn opened(&self) -> u32 {
        self.settled().counts.opened
    }

    /// Takes the counts since the last call.
    pub(crate) fn take_counts(&self) -> Counts {
        std::mem::take(&mut self.settled().counts)
    }

    /// The state once no handshake is under way: a client may have ended one that is not counted yet.
    fn settled(&self) -> MutexGuard<'_, State> {
        let asked = Instant::now();
        loop {
            let state = lock(&self.state);
            if state.handshakes == 0 || asked.elapsed() > HANDSHAKE {
                return state;
            }
            drop(state);
            thread::sleep(Duration::from_micros(200));
        }
    }
}

fn serve(mut stream: TcpStream, config: Arc<ServerConfig>, state: &Mutex<State>) -> Result<()> {
    let shaken = handshake(&mut stream, config);
    let mut guard = lock(state);
    guard.handshakes -= 1;
    let (connection, offered_http2) = shaken?;
    guard.counts.opened += 1;
    guard.counts.offered_http2 |= offered_http2;
    drop(guard);

    let mut reader = BufReader::new(StreamOwned::new(connection, stream));
    let mut first = true;
    while let Some(request) = Request::read(&mut reader)? {
        let (operation, status, body) = answer(&request);
        let mut guard = lock(state);
        guard.counts.used += u32::from(first);
        *guard.counts.operations.entry(operation).or_default() += 1;
        drop(guard);
        first = false;
        let content_type = request.header("content-type").unwrap_or("application/json");
        let headers = [("content-type", content_type), ("x-amzn-requestid", "BENCH")];
        // No device is trusted for more than a year.
        let tomorrow = (SystemTime::now().duration_since(UNIX_EPOCH)? + DAY).as_secs();
        respond(reader.get_mut(), status, &headers, body.replace("TOMORROW", &tomorrow.to_string()).as_bytes())?;
    }
    Ok(())
}

/// The connection, and whether the client offered HTTP/2.
fn handshake(stream: &mut TcpStream, config: Arc<ServerConfig>) -> Result<(ServerConnection, bool)> {
    stream.set_nodelay(true)?;
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        if acceptor.read_tls(stream)? == 0 {
            return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into());
        }
        if let Some(accepted) = acceptor.accept().map_err(|(error, _)| error)? {
            break accepted;
        }
    };
    let offered_http2 =
        accepted.client_hello().alpn().is_some_and(|mut protocols| protocols.any(|protocol| protocol == b"h2"));
    let mut connection = accepted.into_connection(config).map_err(|(error, _)| error)?;
    connection.complete_io(stream)?;
    Ok((connection, offered_http2))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
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
    use std::io::{Read, Write};

    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::crypto::ring;
    use rustls::pki_types::PrivatePkcs8KeyDer;
    use rustls::{ClientConfig, ClientConnection, RootCertStore};

    use super::*;

    #[test]
    fn connections_are_counted_before_any_request() {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der()).into();
        let server = ServerConfig::builder_with_provider(ring::default_provider().into());
        let server = server.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let server = server.with_single_cert(vec![cert.der().clone()], key).unwrap();
        let endpoint = Endpoint::serve(&server.into()).unwrap();

        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(ring::default_provider().into());
        let client = client.with_safe_default_protocol_versions().unwrap();
        let mut client = client.with_root_certificates(roots).with_no_client_auth();
        let connect = |client: &ClientConfig| {
            let mut stream = TcpStream::connect(endpoint.url.strip_prefix("https://").unwrap()).unwrap();
            let mut connection = ClientConnection::new(client.clone().into(), "localhost".try_into().unwrap()).unwrap();
            connection.complete_io(&mut stream).unwrap();
            StreamOwned::new(connection, stream)
        };

        let mut stream = connect(&client);
        assert_eq!(endpoint.opened(), 1);
        assert_eq!(endpoint.take_counts(), Counts { opened: 1, ..Counts::default() });
        stream.write_all(b"POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.GetItem\r\n\r\n").unwrap();
        stream.read_exact(&mut [0]).unwrap();
        let operations = BTreeMap::from([("GetItem".to_owned(), 1)]);
        assert_eq!(endpoint.take_counts(), Counts { used: 1, operations, ..Counts::default() });

        client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let _stream = connect(&client);
        assert_eq!(endpoint.take_counts(), Counts { opened: 1, offered_http2: true, ..Counts::default() });
    }

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

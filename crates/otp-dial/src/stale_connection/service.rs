//! A service that keeps its connections open until the test ends them.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

/// How long a connection waits for a byte before it checks whether to end.
const LOOK: Duration = Duration::from_millis(2);

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// With a FIN.
    Closed,
    /// With an RST, if there was a request. Else as `Closed`.
    Reset,
    /// It stays open but answers nothing more, as if packets were lost.
    Silent,
}

/// A request that arrived.
#[derive(Debug)]
pub(super) struct Request {
    /// The operation, if the request names it.
    pub(super) name: String,
    /// What was sent.
    pub(super) body: Value,
}

/// Stands in for Connect, DynamoDB or KMS: it accepts every request.
pub(super) struct Service {
    pub(super) url: String,
    connections: Connections,
    requests: Arc<Mutex<Vec<Request>>>,
    /// It answers only while this other service has a connection.
    answers_after: Arc<Mutex<Option<Connections>>>,
}

type Connections = Arc<Mutex<Vec<Connection>>>;

struct Connection {
    orders: Sender<End>,
    silent: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// A connection's side in its thread.
struct Peer {
    stream: TcpStream,
    /// How much of the last request is left unread. A socket that is closed with something unread sends an RST.
    unread: usize,
    silent: Arc<AtomicBool>,
    requests: Arc<Mutex<Vec<Request>>>,
    answers_after: Arc<Mutex<Option<Connections>>>,
}

impl Service {
    /// Starts a service on its own port.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (connections, requests) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let answers_after = Arc::<Mutex<_>>::default();
        let service = Self {
            url,
            connections: connections.clone(),
            requests: requests.clone(),
            answers_after: answers_after.clone(),
        };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (orders, inbox) = channel();
                let mut connections = connections.lock().unwrap();
                let (stream, requests, answers_after) = (stream.unwrap(), requests.clone(), answers_after.clone());
                let silent = Arc::<AtomicBool>::default();
                let peer = Peer { stream, unread: 0, silent: silent.clone(), requests, answers_after };
                connections.push(Connection { orders, silent, thread: thread::spawn(move || peer.serve(&inbox)) });
            }
        });
        service
    }

    /// The number of connections since the last ones were ended.
    pub(super) fn connections(&self) -> usize {
        self.connections.lock().unwrap().len()
    }

    /// Waits until the service has accepted so many connections. It must not have more.
    pub(super) fn connected(&self, connections: usize) {
        while self.connections() < connections {
            thread::sleep(LOOK);
        }
        assert_eq!(self.connections(), connections, "they are kept");
    }

    /// The requests since the last look.
    pub(super) fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    /// From now on, it answers only while another service has a connection.
    pub(super) fn answer_after(&self, other: &Self) {
        *self.answers_after.lock().unwrap() = Some(other.connections.clone());
    }

    /// Ends all connections. Later ones are served.
    pub(super) fn end_connections(&self, end: End) {
        for Connection { orders, silent, thread } in self.connections.lock().unwrap().drain(..) {
            if end == End::Silent {
                silent.store(true, Ordering::Relaxed);
                continue;
            }
            // It may have ended already.
            let _ = orders.send(end);
            thread.join().unwrap();
        }
    }
}

impl Peer {
    /// Serves until the test ends the connection or the client closes it.
    fn serve(mut self, orders: &Receiver<End>) {
        self.stream.set_read_timeout(Some(LOOK)).unwrap();
        loop {
            match orders.try_recv() {
                Ok(End::Closed) => return self.skip_unread(),
                Ok(End::Reset | End::Silent) => return,
                // Only silence keeps a connection open when the test is over.
                Err(TryRecvError::Disconnected) if !self.silent.load(Ordering::Relaxed) => return,
                Err(_) => {}
            }
            match self.stream.peek(&mut vec![0; self.unread + 1]) {
                Ok(0) => return,
                Ok(length) if length > self.unread => self.answer(),
                Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return,
                _ => thread::sleep(LOOK),
            }
        }
    }

    fn answer(&mut self) {
        self.skip_unread();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.byte().unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let length: usize = header("content-length").unwrap().parse().unwrap();
        let mut body: Vec<u8> = (1..length).map(|_| self.byte().unwrap()).collect();
        // The last byte can only be this one.
        self.unread = 1;
        body.push(b'}');
        let target = header("x-amz-target").and_then(|target| target.split_once('.'));
        let name = target.map(|(_, operation)| operation.to_owned()).unwrap_or_default();
        self.requests.lock().unwrap().push(Request { name, body: serde_json::from_slice(&body).unwrap() });
        let other = self.answers_after.lock().unwrap().clone();
        while other.as_ref().is_some_and(|connections| connections.lock().unwrap().is_empty()) {
            thread::sleep(LOOK);
        }
        if !self.silent.load(Ordering::Relaxed) {
            // Of KMS's key, only the length is right.
            let body = format!(r#"{{"ContactId":"c","Plaintext":"{}="}}"#, "A".repeat(43));
            let length = body.len();
            let answer =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
            self.stream.write_all(answer.as_bytes()).unwrap();
        }
    }

    fn skip_unread(&mut self) {
        for _ in 0..std::mem::take(&mut self.unread) {
            self.byte().unwrap();
        }
    }

    /// The next byte, which is on its way.
    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        loop {
            match self.stream.read_exact(&mut byte) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                read => return read.map(|()| byte[0]),
            }
        }
    }
}

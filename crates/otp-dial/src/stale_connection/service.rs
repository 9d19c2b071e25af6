//! A service that keeps its connections open until the test ends them.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
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
    /// With an RST.
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
    connections: Arc<Mutex<Vec<Connection>>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

struct Connection {
    orders: Sender<End>,
    thread: JoinHandle<()>,
}

/// A connection's side in its thread.
struct Peer {
    stream: TcpStream,
    /// How much of the last request is left unread. A socket that is closed with something unread sends an RST.
    unread: usize,
    silent: bool,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Service {
    /// Starts a service on its own port.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (connections, requests) = (Arc::<Mutex<Vec<_>>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let service = Self { url, connections: connections.clone(), requests: requests.clone() };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (orders, inbox) = channel();
                let mut connections = connections.lock().unwrap();
                let peer = Peer { stream: stream.unwrap(), unread: 0, silent: false, requests: requests.clone() };
                connections.push(Connection { orders, thread: thread::spawn(move || peer.serve(&inbox)) });
            }
        });
        service
    }

    /// The number of connections since the last ones were ended.
    pub(super) fn connections(&self) -> usize {
        self.connections.lock().unwrap().len()
    }

    /// The requests since the last look.
    pub(super) fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    /// Ends all connections. Later ones are served.
    pub(super) fn end_connections(&self, end: End) {
        for Connection { orders, thread } in self.connections.lock().unwrap().drain(..) {
            // It may have ended already.
            let _ = orders.send(end);
            if !matches!(end, End::Silent) {
                thread.join().unwrap();
            }
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
                Ok(End::Reset) => return,
                Ok(End::Silent) => self.silent = true,
                // Only silence keeps a connection open when the test is over.
                Err(TryRecvError::Disconnected) if !self.silent => return,
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
        if !self.silent {
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

//! A client of the local stack, with a connection of its own.

use std::io::{BufReader, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::http::Response;

/// A client that keeps its connection.
#[derive(Debug)]
pub(crate) struct Client {
    host: String,
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Connects to `http://HOST:PORT`.
    pub(crate) fn connect(endpoint: &str) -> Result<Self> {
        let host = endpoint.strip_prefix("http://").with_context(|| format!("{endpoint} is no http:// URL"))?;
        let stream = TcpStream::connect(host).with_context(|| format!("nobody listens at {endpoint}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { host: host.to_owned(), reader: BufReader::new(stream) })
    }

    /// Asks for something in JSON.
    pub(crate) fn get(&mut self, path: &str) -> Result<Value> {
        self.send("GET", path, "", &[])
    }

    /// Posts JSON, and is answered in JSON.
    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        self.send("POST", path, "content-type: application/json\r\n", &serde_json::to_vec(body)?)
    }

    /// Has Cognito do something.
    pub(crate) fn cognito(&mut self, operation: &str, body: &Value) -> Result<Value> {
        let headers = format!(
            "content-type: application/x-amz-json-1.1\r\nx-amz-target: AWSCognitoIdentityProviderService.{operation}\r\n"
        );
        self.send("POST", "/", &headers, &serde_json::to_vec(body)?)
    }

    fn send(&mut self, method: &str, path: &str, headers: &str, body: &[u8]) -> Result<Value> {
        let (host, length) = (&self.host, body.len());
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n{headers}\r\n");
        self.reader.get_mut().write_all(&[head.as_bytes(), body].concat())?;
        let Response { status, body } = Response::read(&mut self.reader)?;
        // An error's body is short, and holds nothing that is secret.
        ensure!((200..300).contains(&status), "{method} {path}: {status} {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).with_context(|| format!("{method} {path} was not answered in JSON"))
    }
}

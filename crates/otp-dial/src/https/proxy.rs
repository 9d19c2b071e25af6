//! A way through a proxy.

use std::io::{self, ErrorKind};

use hyper_util::client::proxy::matcher::Intercept;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::dial;
use super::origin::Origin;

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 8_192;

/// Connects to a proxy, and has it connect to `to`.
pub(super) async fn tunnel(proxy: &Intercept, to: &Origin) -> io::Result<TcpStream> {
    let address = Origin::of(proxy.uri()).ok_or(ErrorKind::InvalidInput)?;
    let mut stream = dial::tcp(&address).await?;
    let to = to.host_and_port();
    let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n").into_bytes();
    if let Some(user) = proxy.basic_auth() {
        for part in [b"Proxy-Authorization: ", user.as_bytes(), b"\r\n"] {
            request.extend_from_slice(part);
        }
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await?;
    // Nothing comes after the head: in TLS, the client speaks first.
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut answer).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if !is_yes(&answer) || answer.len() > LONGEST_ANSWER {
            return Err(io::Error::new(ErrorKind::ConnectionRefused, "the proxy does not connect"));
        }
    }
    Ok(stream)
}

/// Whether an answer, as far as it has come, may be one with a status of success.
fn is_yes(answer: &[u8]) -> bool {
    let start = &answer[..answer.len().min(10)];
    [b"HTTP/1.1 2", b"HTTP/1.0 2"].iter().any(|yes| yes.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_success_is_a_yes() {
        for (answer, expected) in [
            ("", true),
            ("HTTP/1.", true),
            ("HTTP/1.1 200 OK\r\n\r\n", true),
            ("HTTP/1.0 200 Connection established\r\n", true),
            ("HTTP/1.1 299", true),
            ("HTTP/1.1 407 Proxy Authentication Required", false),
            ("HTTP/1.1 100", false),
            ("HTTP/2 200", false),
            ("SSH-2.0", false),
        ] {
            assert_eq!(is_yes(answer.as_bytes()), expected, "{answer}");
        }
    }
}

//! The part of HTTP/1.1 that the clients here use.

use std::io::{BufRead, Write};

use anyhow::{Context, Result, bail};

/// A request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// As in `GET`.
    pub(crate) method: String,
    /// With the query, if there is one.
    pub(crate) path: String,
    /// As they came.
    pub(crate) headers: Vec<(String, String)>,
    /// All of it.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Reads the next one. There is none if the client has closed the connection.
    pub(crate) fn read(reader: &mut impl BufRead) -> Result<Option<Self>> {
        let Some(first) = line(reader)? else { return Ok(None) };
        let mut words = first.split(' ');
        let (Some(method), Some(path), Some("HTTP/1.1"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            bail!("{first:?} is no request line of HTTP/1.1");
        };
        let (method, path) = (method.to_owned(), path.to_owned());
        let mut request = Self { method, path, headers: headers(reader)?, body: Vec::new() };
        request.read_body(reader)?;
        Ok(Some(request))
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn read_body(&mut self, reader: &mut impl BufRead) -> Result<()> {
        if self.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            loop {
                let size = line(reader)?.context("the connection was closed in the middle of a body")?;
                let size = size.split(';').next().unwrap_or_default().trim();
                let size =
                    usize::from_str_radix(size, 16).with_context(|| format!("{size:?} is no size of a chunk"))?;
                let before = self.body.len();
                self.body.resize(before + size, 0);
                reader.read_exact(&mut self.body[before..])?;
                line(reader)?;
                if size == 0 {
                    return Ok(());
                }
            }
        }
        let length = self.header("content-length").unwrap_or("0");
        let length = length.parse().with_context(|| format!("{length:?} is no content-length"))?;
        self.body.resize(length, 0);
        reader.read_exact(&mut self.body)?;
        Ok(())
    }
}

/// Writes an answer, all of it at once.
pub(crate) fn respond(
    stream: &mut impl Write,
    status: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> std::io::Result<()> {
    let mut answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        answer.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    answer.extend_from_slice(b"\r\n");
    answer.extend_from_slice(body);
    stream.write_all(&answer)?;
    stream.flush()
}

/// The headers, and the empty line after them.
fn headers(reader: &mut impl BufRead) -> Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    loop {
        let header = line(reader)?.context("the connection was closed in the middle of a head")?;
        if header.is_empty() {
            return Ok(headers);
        }
        let (name, value) = header.split_once(':').with_context(|| format!("{header:?} is no header"))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

/// The next line without its end. There is none at the end of the stream.
fn line(reader: &mut impl BufRead) -> Result<Option<String>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let line = line.strip_suffix('\n').context("the connection was closed in the middle of a line")?;
    Ok(Some(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_follow_each_other() {
        let mut bytes: &[u8] =
            b"GET /next HTTP/1.1\r\nHost: h:1\r\n\r\nPOST /a?b HTTP/1.1\r\nContent-Length:3\r\n\r\nabc";
        let first = Request::read(&mut bytes).unwrap().unwrap();
        assert_eq!((&*first.method, &*first.path, first.header("host")), ("GET", "/next", Some("h:1")));
        assert_eq!(first.body, b"");
        let second = Request::read(&mut bytes).unwrap().unwrap();
        assert_eq!((&*second.method, &*second.path, &*second.body), ("POST", "/a?b", &b"abc"[..]));
        assert_eq!(Request::read(&mut bytes).unwrap(), None);
    }

    #[test]
    fn a_body_may_come_in_chunks() {
        let mut bytes: &[u8] =
            b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";
        assert_eq!(Request::read(&mut bytes).unwrap().unwrap().body, b"abc0123456789");
        assert_eq!(bytes, b"");
    }

    #[test]
    fn what_is_cut_off_or_no_http_is_an_error() {
        for bytes in [
            &b"GET / HTTP/1.1\r\nhost"[..],
            b"GET / HTTP/1.1\r\n",
            b"GET / HTTP/1.1",
            b"POST / HTTP/1.1\r\ncontent-length: 4\r\n\r\nabc",
            b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\nabc",
            b"GET / HTTP/2\r\n\r\n",
            b"\x16\x03\x01\r\n",
        ] {
            assert!(Request::read(&mut &*bytes).is_err(), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn an_answer_says_how_long_it_is() {
        let mut written = Vec::new();
        respond(&mut written, "202 Accepted", &[("a", "b")], b"{}").unwrap();
        assert_eq!(written, b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\na: b\r\n\r\n{}");
    }
}

//! The access check: only programs and pages of this machine may send requests.
//!
//! The stack listens on 127.0.0.1 only, but a browser on this machine also runs pages from elsewhere. Such a page can
//! send requests here, which its `Origin` shows. It can also let its own name resolve to 127.0.0.1 (DNS rebinding),
//! which the `Host` shows.

use std::time::Duration;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

use crate::refusal::Refusal;

/// The names of this machine, as they stand in URLs.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Refuses a request whose `Host` is not this machine, or whose `Origin` is a page from elsewhere. A request without
/// `Origin` comes from a program, or from a page of the same origin.
pub(crate) async fn refuse_strangers(request: Request, next: Next) -> Response {
    match check(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(message) => Refusal(StatusCode::FORBIDDEN, message).into_response(),
    }
}

/// The CORS headers, which let in pages of this machine on any port. Apart from the origins, they are Cognito's.
pub(crate) fn cors() -> CorsLayer {
    let exposed = ["x-amzn-requestid", "x-amzn-errortype", "x-amzn-errormessage", "date"];
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(|origin: &HeaderValue, _: &Parts| is_local_origin(origin)))
        .allow_methods(Any)
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(exposed.map(HeaderName::from_static))
        .max_age(Duration::from_hours(48))
}

fn check(uri: &Uri, headers: &HeaderMap) -> Result<(), String> {
    // An absolute request URL and HTTP/2 name the host there.
    let named = uri.authority().map(|authority| authority.as_str().as_bytes());
    let hosts = || named.into_iter().chain(headers.get_all(header::HOST).iter().map(HeaderValue::as_bytes));
    if hosts().next().is_none() || !hosts().all(is_local_host) {
        return Err(format!(
            "This stack is for this machine alone: ask it as http://localhost, http://127.0.0.1 or http://[::1] with its \
             port, not as {}.",
            hosts().find(|host| !is_local_host(host)).map_or("nobody (there is no Host)".into(), shown),
        ));
    }
    // A page from elsewhere requests a picture or a script without an `Origin`. Browsers mark such requests by these
    // headers. Links are allowed.
    let has = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
    if has("sec-fetch-site", "cross-site") && !has("sec-fetch-mode", "navigate") {
        return Err("This stack is for pages of this machine alone: another site asked for this.".to_owned());
    }
    match headers.get_all(header::ORIGIN).iter().find(|origin| !is_local_origin(origin)) {
        None => Ok(()),
        Some(origin) => Err(format!(
            "This stack is for pages of this machine alone, not of {}: serve the page from http://localhost or \
             http://127.0.0.1, on any port.",
            shown(origin.as_bytes()),
        )),
    }
}

/// `NAME` or `NAME:PORT`.
fn is_local_host(host: &[u8]) -> bool {
    let Ok(host) = str::from_utf8(host) else { return false };
    let host = host.to_ascii_lowercase();
    NAMES.iter().filter_map(|name| host.strip_prefix(name)).any(|rest| match rest.strip_prefix(':') {
        None => rest.is_empty(),
        Some(port) => port.bytes().all(|digit| digit.is_ascii_digit()) && port.parse::<u16>().is_ok(),
    })
}

/// `http://NAME` or `https://NAME`, with or without a port. `null`, of a file or a sandboxed frame, can come from
/// anywhere, so it is refused.
fn is_local_origin(origin: &HeaderValue) -> bool {
    let origin = origin.as_bytes();
    ["http://", "https://"].iter().any(|scheme| origin.strip_prefix(scheme.as_bytes()).is_some_and(is_local_host))
}

/// A header's value, shortened for a message.
fn shown(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().take(100).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, headers: &[(&'static str, &str)]) -> Result<(), String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        check(&uri.parse().unwrap(), &map)
    }

    #[test]
    fn a_page_from_elsewhere_embeds_nothing() {
        let embedded =
            |site, mode| asked("/", &[("host", "localhost"), ("sec-fetch-site", site), ("sec-fetch-mode", mode)]);
        assert!(embedded("cross-site", "no-cors").unwrap_err().contains("another site"));
        for (site, mode) in
            [("cross-site", "navigate"), ("same-site", "cors"), ("same-origin", "no-cors"), ("none", "navigate")]
        {
            assert_eq!(embedded(site, mode), Ok(()), "{site} {mode}");
        }
    }

    #[test]
    fn a_host_is_this_machine_on_any_port() {
        for host in ["localhost", "localhost:9229", "LocalHost:1", "127.0.0.1", "127.0.0.1:65535", "[::1]", "[::1]:80"]
        {
            assert_eq!(asked("/", &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "",
            "example.com",
            "example.com:9229",
            "localhost.example.com",
            "localhost.",
            "127.0.0.1.example.com",
            "evil-localhost",
            "localhost:x",
            "localhost:",
            "localhost:+1",
            "localhost:9229:1",
            "localhost:65536",
            "user@localhost",
            "127.0.0.2",
            "0.0.0.0",
            "::1",
            "[::1",
        ] {
            let message = asked("/local/config", &[("host", host)]).unwrap_err();
            assert!(message.contains("http://127.0.0.1") && message.contains(host), "{host}: {message}");
        }
    }

    #[test]
    fn every_name_of_the_host_must_be_this_machine() {
        let local = ("host", "localhost:9229");
        assert!(asked("/", &[]).is_err());
        assert!(asked("http://example.com/", &[local]).is_err());
        assert!(asked("/", &[local, ("host", "example.com")]).is_err());
        assert_eq!(asked("http://localhost:9229/", &[]), Ok(()));
        assert_eq!(asked("http://localhost:9229/", &[local]), Ok(()));
    }

    #[test]
    fn an_origin_is_a_page_of_this_machine() {
        let of = |origins: &[&'static str]| {
            let origins = origins.iter().map(|origin| ("origin", *origin));
            asked("/", &[("host", "localhost:9229")].into_iter().chain(origins).collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), Ok(()));
        for origin in ["http://localhost:5173", "https://localhost", "http://127.0.0.1:3000", "http://[::1]:8080"] {
            assert_eq!(of(&[origin]), Ok(()), "{origin}");
        }
        for origin in [
            "null",
            "",
            "https://example.com",
            "http://localhost.example.com",
            "http://localhost@example.com",
            "ftp://localhost",
            "file://",
            "localhost:5173",
            "http://localhost:5173/page",
        ] {
            let message = of(&[origin]).unwrap_err();
            assert!(message.contains(origin) && message.contains("http://localhost"), "{origin}: {message}");
            assert!(of(&["http://localhost:5173", origin]).is_err(), "{origin}");
        }
    }

    #[test]
    fn what_was_sent_is_shown_without_control_characters_and_short() {
        assert_eq!(shown(b"a\x1b[31m\xff"), "a\\u{1b}[31m\u{fffd}");
        assert_eq!(shown(&[b'x'; 5000]).len(), 100);
    }
}

//! Where a connection goes.

use hyper::Uri;
use hyper::http::HeaderValue;
use hyper::http::uri::{PathAndQuery, Scheme};

/// Scheme, host and port of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin(Uri);

impl Origin {
    /// `None`: the URL is not of HTTP, or names no host.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme().filter(|&scheme| *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP)?;
        let authority = uri.authority().filter(|authority| !authority.host().is_empty())?;
        let uri = Uri::builder().scheme(scheme.clone()).authority(authority.clone());
        uri.path_and_query(PathAndQuery::from_static("/")).build().ok().map(Self)
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.0
    }

    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == Some(&Scheme::HTTPS)
    }

    /// The name or the address, which is without brackets here.
    pub(super) fn host(&self) -> &str {
        let host = self.0.host().unwrap_or_default();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(self.default_port())
    }

    /// Host and port as in a CONNECT request.
    pub(super) fn host_and_port(&self) -> String {
        format!("{}:{}", self.0.host().unwrap_or_default(), self.port())
    }

    /// The header `Host`, as signatures have it: with no port that is the default.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let host = self.0.host().unwrap_or_default();
        let header = if self.port() == self.default_port() { host } else { &self.host_and_port() };
        HeaderValue::try_from(header).ok()
    }

    fn default_port(&self) -> u16 {
        if self.is_https() { 443 } else { 80 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_what_a_connection_needs() {
        for (url, is_https, host, port, header) in [
            ("https://a.example/b?c", true, "a.example", 443, "a.example"),
            ("https://a.example:443", true, "a.example", 443, "a.example"),
            ("https://a.example:80", true, "a.example", 80, "a.example:80"),
            ("http://a.example:80", false, "a.example", 80, "a.example"),
            ("http://127.0.0.1:1/", false, "127.0.0.1", 1, "127.0.0.1:1"),
            ("https://[::1]:1", true, "::1", 1, "[::1]:1"),
            ("https://user:password@[::1]", true, "::1", 443, "[::1]"),
        ] {
            let origin = Origin::of(&url.parse().unwrap()).unwrap();
            assert_eq!((origin.is_https(), origin.host(), origin.port()), (is_https, host, port), "{url}");
            assert_eq!(origin.header().unwrap(), header, "{url}");
        }
        for url in ["/", "a.example:443", "ftp://a.example", "https://:1"] {
            assert_eq!(url.parse().ok().as_ref().and_then(Origin::of), None, "{url}");
        }
    }

    #[test]
    fn the_path_is_no_part_of_an_origin() {
        let of = |url: &str| Origin::of(&url.parse().unwrap());
        assert_eq!(of("https://a.example"), of("https://A.example/b?c"));
        assert_ne!(of("https://a.example"), of("http://a.example"));
        assert_ne!(of("https://a.example"), of("https://b.example"));
    }
}

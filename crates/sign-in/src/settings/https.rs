//! How AWS's services are reached: trusted certificates, and a proxy.

use std::fmt;

use super::variable::{Reader, Variable};

/// How AWS's services are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsSettings {
    /// The certificate authorities that are trusted for AWS's endpoints.
    pub trust: Trust,
    /// A file of certificate authorities, in PEM form.
    pub cert_file: Option<String>,
    /// The proxy for endpoints with `https://`.
    pub proxy: Option<Proxy>,
}

/// Certificate authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Amazon's, and those in the file.
    Amazon,
    /// Those that the system trusts, or those in the file instead.
    System,
}

/// A proxy. `Debug` does not show it: its URL may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Its URL, as in `http://user:password@proxy.example:3128`.
    pub url: String,
    /// The hosts that are reached without it, with commas between them, as in `.internal,10.0.0.0/8`.
    pub except: String,
}

const TRUST: Variable = Variable::new("OTP_TRUST", "`amazon` or `system`").or("amazon");
const CERT_FILE: Variable = Variable::new("SSL_CERT_FILE", "a file with certificates");
const PROXY: Variable = Variable::new("HTTPS_PROXY", PROXY_MUST_BE).redacted();
const PROXY_TOO: Variable = Variable::new("https_proxy", PROXY_MUST_BE).redacted();
const NO_PROXY: Variable = Variable::new("NO_PROXY", NO_PROXY_MUST_BE);
const NO_PROXY_TOO: Variable = Variable::new("no_proxy", NO_PROXY_MUST_BE);

const PROXY_MUST_BE: &str = "the URL of a proxy, as in `http://user:password@proxy.example:3128`";
const NO_PROXY_MUST_BE: &str = "hosts, domains or networks with commas between them, as in `.internal,10.0.0.0/8`";

pub(super) const VARIABLES: [Variable; 6] = [TRUST, CERT_FILE, PROXY, PROXY_TOO, NO_PROXY, NO_PROXY_TOO];

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy(redacted)")
    }
}

/// Reads how AWS's services are reached.
pub(super) fn https(reader: &mut Reader<'_>) -> Option<HttpsSettings> {
    let trust = reader.value(&TRUST, |text| match text {
        "amazon" => Some(Trust::Amazon),
        "system" => Some(Trust::System),
        _ => None,
    });
    let cert_file = reader.optional(&CERT_FILE, |text| Some(text.to_owned()));
    let url = reader.optional(set(reader, [&PROXY, &PROXY_TOO]), proxy_url);
    let except = reader.optional(set(reader, [&NO_PROXY, &NO_PROXY_TOO]), |text| Some(text.to_owned()));
    let proxy = url.map(|url| Proxy { url, except: except.unwrap_or_default() });
    Some(HttpsSettings { trust: trust?, cert_file, proxy })
}

/// The one of two spellings that is set.
fn set(reader: &Reader<'_>, [name, too]: [&'static Variable; 2]) -> &'static Variable {
    if reader.is_set(name) { name } else { too }
}

/// The URL of a proxy, in full. A proxy that is reached by TLS or SOCKS is refused.
fn proxy_url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("http://").unwrap_or(text);
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let (user, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    // An IPv6 address has colons between brackets.
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (address, "80"),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match bare {
        Some(bare) => bare.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    };
    let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:".contains(&byte);
    (is_host && port.parse::<u16>().is_ok() && user.bytes().all(is_user)).then(|| format!("http://{authority}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<HttpsSettings, String> {
        let environment =
            |name: &str| variables.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
        let mut reader = Reader::new(&environment);
        let settings = https(&mut reader);
        reader.finish(|| settings).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_of_certificates_goes_with_both() {
        let (system, file) = (("OTP_TRUST", "system"), ("SSL_CERT_FILE", "/opt/roots.pem"));
        for (variables, trust, cert_file) in [
            (&[] as &[_], Trust::Amazon, None),
            (&[file], Trust::Amazon, Some("/opt/roots.pem")),
            (&[system], Trust::System, None),
            (&[system, file], Trust::System, Some("/opt/roots.pem")),
        ] {
            let expected = HttpsSettings { trust, cert_file: cert_file.map(str::to_owned), proxy: None };
            assert_eq!(read(variables), Ok(expected));
        }
    }

    #[test]
    fn a_proxy_is_read_in_both_spellings() {
        let proxy = |variables: &[_]| read(variables).unwrap().proxy;
        let of = |url: &str, except: &str| Some(Proxy { url: url.to_owned(), except: except.to_owned() });
        assert_eq!(proxy(&[("NO_PROXY", "a")]), None);
        assert_eq!(proxy(&[("https_proxy", "http://b:1"), ("no_proxy", "c,d")]), of("http://b:1", "c,d"));
        let both = [("https_proxy", "b"), ("HTTPS_PROXY", "a"), ("no_proxy", "d"), ("NO_PROXY", "c")];
        assert_eq!(proxy(&both), of("http://a", "c"));
    }

    #[test]
    fn a_proxy_is_a_host_that_is_reached_without_tls() {
        for text in ["a", "a.b-c_d:3128", "http://a/", "10.0.0.1:80", "[::1]", "[::1]:8080", "u:p%40@a:1", "u@[::1]:1"]
        {
            let url = format!("http://{}", text.trim_start_matches("http://").trim_end_matches('/'));
            assert_eq!(proxy_url(text), Some(url), "{text}");
        }
        for text in [
            "https://a",
            "socks5://a",
            "http://",
            "http://a/b",
            "a b",
            "a:",
            "a:x",
            "a:65536",
            "a:b:1",
            "[a]:1",
            "[::1",
            "u p@a",
            "u/p@a",
            "u@",
            "@",
            "ü",
        ] {
            assert_eq!(proxy_url(text), None, "{text}");
        }
    }

    #[test]
    fn a_proxy_is_never_shown() {
        let error = read(&[("HTTPS_PROXY", "https://user:secret@a")]).unwrap_err();
        assert!(error.starts_with("HTTPS_PROXY must be ") && error.ends_with("21 characters (redacted)"), "{error}");
        let shown = format!("{:?}", read(&[("HTTPS_PROXY", "http://user:secret@a")]).unwrap());
        assert!(shown.contains("redacted") && !shown.contains("secret") && !shown.contains("user"), "{shown}");
    }
}

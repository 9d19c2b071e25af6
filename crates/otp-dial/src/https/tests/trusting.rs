//! Whom a connection trusts, and what it offers.

use rustls::version::{TLS12, TLS13};
use sign_in::settings::Trust;

use super::*;

const BOTH: [&rustls::SupportedProtocolVersion; 2] = [&TLS12, &TLS13];
/// A year that is over, and one that is not.
const PAST: i32 = 2001;
const LATER: i32 = 4095;

#[tokio::test]
async fn http_1_is_all_that_is_offered_in_both_versions_of_tls() {
    let authority = Authority::new("Test CA");
    let https = Https::with_roots(authority.roots(), None);
    for version in BOTH {
        let peer = Peer::https("127.0.0.1", authority.tls("127.0.0.1", LATER, &[version])).await;
        assert_eq!(get(&endpoint(&https, &peer.url), peer.url.clone()).await.unwrap(), ok());
        assert_eq!(peer.protocols(), [[b"http/1.1"]]);
    }
}

#[tokio::test]
async fn a_connection_is_kept_over_tls_too() {
    let authority = Authority::new("Test CA");
    let peer = Peer::https("127.0.0.1", authority.tls("127.0.0.1", LATER, &BOTH)).await;
    let endpoint = endpoint(&Https::with_roots(authority.roots(), None), &peer.url);
    endpoint.open().await;
    for path in ["/large", "/then-close"] {
        get(&endpoint, format!("{}{path}", peer.url)).await.unwrap();
    }
    assert_eq!(peer.connections(), 1);
    peer.ended(1).await;
    assert_eq!(get(&endpoint, peer.url.clone()).await.unwrap(), ok());
    assert_eq!(peer.paths(), ["/large", "/then-close", "/"]);
}

#[tokio::test]
async fn a_certificate_must_be_good_for_the_time_the_host_and_an_authority() {
    let (authority, other) = (Authority::new("Test CA"), Authority::new("Another CA"));
    let https = Https::with_roots(authority.roots(), None);
    for (tls, expected) in [
        (authority.tls("127.0.0.1", PAST, &BOTH), "expired"),
        (authority.tls("127.0.0.2", LATER, &BOTH), "not valid for name"),
        (other.tls("127.0.0.1", LATER, &BOTH), "UnknownIssuer"),
    ] {
        let peer = Peer::https("127.0.0.1", tls).await;
        let endpoint = endpoint(&https, &peer.url);
        endpoint.open().await;
        let error = get(&endpoint, peer.url.clone()).await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
        let error = all_of(&error);
        assert!(error.contains(expected), "{expected}: {error}");
        assert_eq!(peer.paths(), [""; 0]);
    }
}

#[tokio::test]
async fn an_authority_is_trusted_that_the_settings_name() {
    let authority = Authority::new("Test CA");
    let peer = Peer::https("127.0.0.1", authority.tls("127.0.0.1", LATER, &BOTH)).await;
    let file = std::env::temp_dir().join(format!("authority-{}.pem", std::process::id()));
    std::fs::write(&file, authority.pem()).unwrap();
    for trust in [Trust::Amazon, Trust::System] {
        for is_named in [true, false] {
            let cert_file = is_named.then(|| file.to_str().unwrap().to_owned());
            let https = Https::new(&HttpsSettings { trust, cert_file, proxy: None });
            let answer = get(&endpoint(&https, &peer.url), peer.url.clone()).await;
            assert_eq!(answer.is_ok(), is_named, "{trust:?}: {answer:?}");
        }
    }
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn a_service_may_have_ipv6_alone() {
    let authority = Authority::new("Test CA");
    let https = Https::with_roots(authority.roots(), None);
    for peer in [Peer::http("::1").await, Peer::https("::1", authority.tls("::1", LATER, &BOTH)).await] {
        let endpoint = endpoint(&https, &peer.url);
        endpoint.open().await;
        assert_eq!(get(&endpoint, peer.url.clone()).await.unwrap(), ok());
        assert_eq!(peer.connections(), 1);
    }
}

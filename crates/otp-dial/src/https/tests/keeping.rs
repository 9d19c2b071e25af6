//! Connections that are kept between requests.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn a_connection_is_kept_whatever_body_it_brought() {
    let peer = Peer::http("127.0.0.1").await;
    let endpoint = plain(&peer);
    for (path, answer) in [
        ("/", ok()),
        ("/chunked", ok()),
        ("/early", ok()),
        ("/none", (204, Vec::new())),
        ("/large", (200, vec![b'x'; peer::LARGE])),
        ("/a?b=c", ok()),
    ] {
        assert_eq!(get(&endpoint, format!("{}{path}", peer.url)).await.unwrap(), answer, "{path}");
    }
    assert_eq!(peer.connections(), 1);
    assert_eq!(peer.paths(), ["/", "/chunked", "/early", "/none", "/large", "/a?b=c"]);
    let host = peer.url.trim_start_matches("http://");
    assert!(peer.heads().iter().all(|head| head.contains(&format!("host: {host}\r\n"))), "{:?}", peer.heads());
}

#[tokio::test]
async fn a_connection_that_the_service_closes_is_not_kept() {
    for path in ["/close", "/then-close"] {
        let peer = Peer::http("127.0.0.1").await;
        let endpoint = plain(&peer);
        for requests in 1..=3 {
            assert_eq!(get(&endpoint, format!("{}{path}", peer.url)).await.unwrap(), ok(), "{path}");
            peer.ended(requests).await;
        }
        // Each request went out once.
        assert_eq!((peer.connections(), peer.paths().len()), (3, 3), "{path}");
    }
}

/// It may have been sent. Whether it may be sent twice is for the caller to say.
#[tokio::test]
async fn a_request_that_got_no_answer_is_not_repeated() {
    let peer = Peer::http("127.0.0.1").await;
    let endpoint = plain(&peer);
    get(&endpoint, peer.url.clone()).await.unwrap();
    // Neither is one whose answer ends too early.
    for path in ["/silence", "/cut"] {
        let error = get(&endpoint, format!("{}{path}", peer.url)).await.unwrap_err();
        // The callers read that as "Response": it may have been done.
        assert!(error.is_other(), "{error:?}");
    }
    assert_eq!(peer.paths(), ["/", "/silence", "/cut"]);
}

/// What is on the way may have forgotten it by then.
#[tokio::test]
async fn a_connection_that_was_idle_for_long_takes_no_request() {
    let peer = Peer::http("127.0.0.1").await;
    let endpoint = plain(&peer);
    get(&endpoint, peer.url.clone()).await.unwrap();
    idle(59).await;
    get(&endpoint, peer.url.clone()).await.unwrap();
    assert_eq!(peer.connections(), 1);
    idle(60).await;
    get(&endpoint, peer.url.clone()).await.unwrap();
    assert_eq!(peer.connections(), 2);
    // It is opened ahead as well.
    idle(60).await;
    endpoint.open().await;
    while peer.connections() < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(peer.paths().len(), 3, "each request went out once");
}

/// Lets seconds pass on the clock of the connections alone.
async fn idle(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn two_requests_at_once_have_a_connection_each_and_one_is_kept() {
    let peer = Peer::http("127.0.0.1").await;
    let endpoint = plain(&peer);
    let both = || get(&endpoint, format!("{}/both", peer.url));
    let (one, other) = tokio::join!(both(), both());
    assert_eq!((one.unwrap(), other.unwrap()), (ok(), ok()));
    peer.ended(1).await;
    assert_eq!(get(&endpoint, peer.url.clone()).await.unwrap(), ok());
    assert_eq!(peer.connections(), 2);
}

/// Nothing of ours asks for that. A request must not go astray all the same.
#[tokio::test]
async fn a_connection_takes_no_request_for_another_place() {
    let (peer, other) = (Peer::http("127.0.0.1").await, Peer::http("127.0.0.1").await);
    let endpoint = plain(&peer);
    for url in [&peer.url, &other.url, &peer.url] {
        get(&endpoint, url.clone()).await.unwrap();
    }
    assert_eq!((peer.paths().len(), other.paths().len()), (2, 1));
}

#[tokio::test]
async fn a_url_that_names_no_place_is_the_callers_error() {
    let peer = Peer::http("127.0.0.1").await;
    for url in ["/", "ftp://127.0.0.1/"] {
        let error = get(&plain(&peer), url.to_owned()).await.unwrap_err();
        assert!(error.is_user(), "{url}: {error:?}");
    }
    // No connection can be opened to it either.
    endpoint(&Https::with_roots(RootCertStore::empty(), None), "ftp://127.0.0.1").open().await;
    assert_eq!(peer.connections(), 0);
}

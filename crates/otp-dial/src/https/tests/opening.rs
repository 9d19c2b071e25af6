//! Connections that are opened before there is a request.

use std::net::TcpListener;

use tokio::time::Instant;

use super::*;

#[tokio::test]
async fn a_request_goes_over_the_connection_that_was_opened() {
    let peer = Peer::http("127.0.0.1").await;
    let endpoint = plain(&peer);
    endpoint.open().await;
    endpoint.open().await;
    assert_eq!(get(&endpoint, peer.url.clone()).await.unwrap(), ok());
    endpoint.open().await;
    assert_eq!((peer.connections(), peer.paths().len()), (1, 1));
}

#[tokio::test]
async fn a_request_waits_for_the_connection_that_is_being_opened() {
    let peer = Peer::http("127.0.0.1").await;
    let endpoint = plain(&peer);
    let ((), answer) = tokio::join!(endpoint.open(), get(&endpoint, peer.url.clone()));
    assert_eq!((answer.unwrap(), peer.connections()), (ok(), 1));
}

#[tokio::test]
async fn a_connection_that_was_closed_is_opened_again() {
    let peer = Peer::http("127.0.0.1").await;
    let endpoint = plain(&peer);
    get(&endpoint, format!("{}/then-close", peer.url)).await.unwrap();
    peer.ended(1).await;
    endpoint.open().await;
    assert_eq!(get(&endpoint, peer.url.clone()).await.unwrap(), ok());
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn without_a_service_there_is_an_error_when_there_is_a_request() {
    let https = Https::with_roots(RootCertStore::empty(), None);
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://127.0.0.1:1");
        let endpoint = endpoint(&https, &url);
        endpoint.open().await;
        let error = get(&endpoint, url).await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
    }
}

/// The clock is paused: it moves on when all wait for it.
#[tokio::test(start_paused = true)]
async fn a_service_that_never_speaks_tls_takes_no_more_than_the_time_to_connect() {
    // The system accepts connections for it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let endpoint = endpoint(&Https::with_roots(RootCertStore::empty(), None), &url);
    for of_request in [false, true] {
        let began = Instant::now();
        if of_request {
            let error = get(&endpoint, url.clone()).await.unwrap_err();
            assert!(error.is_timeout(), "{error:?}");
        } else {
            endpoint.open().await;
        }
        // A timer is exact to the millisecond.
        assert_eq!((began.elapsed().as_millis() + 1) / 10, 70, "{:?}", began.elapsed());
    }
    // The time to wait for a connection that is being opened is part of it.
    let began = Instant::now();
    let ((), answer) = tokio::join!(endpoint.open(), get(&endpoint, url.clone()));
    assert!(answer.unwrap_err().is_timeout());
    assert_eq!((began.elapsed().as_millis() + 1) / 10, 70, "{:?}", began.elapsed());
}

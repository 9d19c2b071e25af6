//! Through a proxy.

use std::sync::{Arc, Mutex};

use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// A proxy, and the heads of the requests that it got.
struct Way {
    authority: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Way {
    /// Starts a proxy that gives this answer, and connects to `to` if it is a success. `None`: it never answers.
    async fn start(answer: Option<&'static str>, to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (authority, to) = (listener.local_addr().unwrap().to_string(), to.to_owned());
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let way = Self { authority, heads: heads.clone() };
        tokio::spawn(async move {
            let mut silent = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let head = peer::head(&mut stream).await.unwrap();
                heads.lock().unwrap().push(head);
                let Some(answer) = answer else {
                    silent.push(stream);
                    continue;
                };
                stream.write_all(answer.as_bytes()).await.unwrap();
                if answer.contains(" 200 ") {
                    let mut service = TcpStream::connect(&*to).await.unwrap();
                    tokio::spawn(async move { copy_bidirectional(&mut stream, &mut service).await });
                }
            }
        });
        way
    }

    fn proxy(&self, user: &str, except: &str) -> Proxy {
        Proxy { url: format!("http://{user}{}", self.authority), except: except.to_owned() }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

const CONNECTED: Option<&str> = Some("HTTP/1.1 200 Connection established\r\nvia: a\r\n\r\n");

/// A service with TLS of the name `dynamodb.test`, and where it is.
async fn service(authority: &Authority) -> (Peer, String) {
    let peer = Peer::https("127.0.0.1", authority.tls("dynamodb.test", 4095, &[&TLS12, &TLS13])).await;
    let address = peer.url.trim_start_matches("https://").to_owned();
    (peer, address)
}

/// Only the proxy resolves the service's name.
#[tokio::test]
async fn a_proxy_connects_and_reads_nothing() {
    let authority = Authority::new("Test CA");
    for (user, header) in [("", None), ("me:p%40ss@", Some("Proxy-Authorization: Basic bWU6cEBzcw==\r\n"))] {
        let (peer, address) = service(&authority).await;
        let way = Way::start(CONNECTED, &address).await;
        let https = Https::with_roots(authority.roots(), Some(&way.proxy(user, ".internal")));
        let endpoint = endpoint(&https, "https://dynamodb.test");
        endpoint.open().await;
        for _ in 0..2 {
            assert_eq!(get(&endpoint, "https://dynamodb.test/a".to_owned()).await.unwrap(), ok());
        }
        let to = "dynamodb.test:443";
        let head = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n{}\r\n", header.unwrap_or_default());
        assert_eq!(way.heads(), [head]);
        assert_eq!((peer.connections(), peer.paths()), (1, vec!["/a".to_owned(); 2]));
        assert!(peer.heads()[0].contains("host: dynamodb.test\r\n") && !peer.heads()[0].contains("roxy"));
    }
}

#[tokio::test]
async fn what_is_excepted_and_what_is_not_https_goes_without_the_proxy() {
    let authority = Authority::new("Test CA");
    let excepted = Peer::https("127.0.0.1", authority.tls("127.0.0.1", 4095, &[&TLS13])).await;
    let plain = Peer::http("127.0.0.1").await;
    let way = Way::start(CONNECTED, "127.0.0.1:1").await;
    for (peer, except) in [(&excepted, "a.test, 127.0.0.0/8"), (&excepted, "127.0.0.1"), (&plain, "")] {
        let https = Https::with_roots(authority.roots(), Some(&way.proxy("", except)));
        assert_eq!(get(&endpoint(&https, &peer.url), peer.url.clone()).await.unwrap(), ok(), "{except}");
    }
    assert_eq!(way.heads(), [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_refuses_is_an_error_without_its_password() {
    let authority = Authority::new("Test CA");
    for answer in [
        "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 5\r\n\r\nplease",
        "HTTP/1.1 403 Forbidden\r\n\r\n",
        "SSH-2.0-x\r\n",
    ] {
        let (peer, address) = service(&authority).await;
        let way = Way::start(Some(answer), &address).await;
        let proxy = way.proxy("me:secret@", "");
        let https = Https::with_roots(authority.roots(), Some(&proxy));
        let endpoint = endpoint(&https, "https://dynamodb.test");
        endpoint.open().await;
        let error = get(&endpoint, "https://dynamodb.test".to_owned()).await.unwrap_err();
        assert!(error.is_io(), "{error:?}");
        let shown = format!("{error:?} {https:?} {endpoint:?} {}", all_of(&error));
        assert!(shown.contains("the proxy does not connect"), "{shown}");
        assert!(!shown.contains("secret") && !shown.contains("bWU6"), "{shown}");
        assert_eq!((way.heads().len(), peer.connections()), (2, 0), "{answer}");
    }
}

/// The clock is paused: it moves on when all wait for it.
#[tokio::test(start_paused = true)]
async fn a_proxy_that_never_answers_takes_no_more_than_the_time_to_connect() {
    let way = Way::start(None, "127.0.0.1:1").await;
    let https = Https::with_roots(RootCertStore::empty(), Some(&way.proxy("", "")));
    let began = tokio::time::Instant::now();
    let error = get(&endpoint(&https, "https://dynamodb.test"), "https://dynamodb.test".to_owned()).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!((began.elapsed().as_millis() + 1) / 10, 70, "{:?}", began.elapsed());
}

//! A service, and an authority that vouches for it.

use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;
use tokio_rustls::LazyConfigAcceptor;

use super::super::Stream;

/// An authority whose certificate only a test trusts.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

/// A service that answers as the path of a request says.
pub(super) struct Peer {
    pub(super) url: String,
    seen: Arc<Mutex<Seen>>,
}

/// What a service has seen.
#[derive(Default)]
struct Seen {
    connections: usize,
    ended: usize,
    /// What each client offered by ALPN.
    protocols: Vec<Vec<Vec<u8>>>,
    heads: Vec<String>,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    pub(super) fn pem(&self) -> String {
        self.certificate.pem()
    }

    pub(super) fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        roots
    }

    /// A service of this name or address, whose certificate is good until the end of that year.
    pub(super) fn tls(&self, name: &str, year: i32, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 12, 31);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let chain: Vec<CertificateDer<'_>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        config.with_protocol_versions(versions).unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap()
    }
}

impl Peer {
    /// Starts a service without TLS.
    pub(super) async fn http(address: &str) -> Self {
        Self::start(address, None).await
    }

    /// Starts a service with TLS.
    pub(super) async fn https(address: &str, tls: ServerConfig) -> Self {
        Self::start(address, Some(Arc::new(tls))).await
    }

    async fn start(address: &str, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((address, 0)).await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (seen, both) = (Arc::<Mutex<Seen>>::default(), Arc::new(Barrier::new(2)));
        let peer = Self { url, seen: seen.clone() };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                seen.lock().unwrap().connections += 1;
                let (seen, tls, both) = (seen.clone(), tls.clone(), both.clone());
                tokio::spawn(async move {
                    serve(stream, tls, &seen, &both).await;
                    seen.lock().unwrap().ended += 1;
                });
            }
        });
        peer
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// Waits until so many connections have ended.
    pub(super) async fn ended(&self, connections: usize) {
        while self.seen.lock().unwrap().ended < connections {
            tokio::task::yield_now().await;
        }
    }

    pub(super) fn protocols(&self) -> Vec<Vec<Vec<u8>>> {
        self.seen.lock().unwrap().protocols.clone()
    }

    /// The paths that were asked for.
    pub(super) fn paths(&self) -> Vec<String> {
        self.heads().iter().map(|head| path(head).to_owned()).collect()
    }

    pub(super) fn heads(&self) -> Vec<String> {
        self.seen.lock().unwrap().heads.clone()
    }
}

async fn serve(stream: TcpStream, tls: Option<Arc<ServerConfig>>, seen: &Mutex<Seen>, both: &Barrier) {
    let Some(tls) = tls else { return answer(stream, seen, both).await };
    let Ok(hello) = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await else { return };
    let offered = hello.client_hello().alpn().into_iter().flatten().map(<[u8]>::to_vec).collect();
    seen.lock().unwrap().protocols.push(offered);
    if let Ok(stream) = hello.into_stream(tls).await {
        answer(stream, seen, both).await;
    }
}

/// Answers requests until the client closes the connection, or the service does.
async fn answer(mut stream: impl Stream, seen: &Mutex<Seen>, both: &Barrier) {
    while let Some(head) = head(&mut stream).await {
        seen.lock().unwrap().heads.push(head.clone());
        let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        let answer = match path(&head) {
            "/close" => "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok".to_owned(),
            "/chunked" => {
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n".to_owned()
            }
            "/cut" => "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok".to_owned(),
            "/early" => format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n{ok}"),
            "/large" => format!("HTTP/1.1 200 OK\r\ncontent-length: {LARGE}\r\n\r\n{}", "x".repeat(LARGE)),
            "/none" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
            "/silence" => return,
            "/both" => {
                both.wait().await;
                ok.to_owned()
            }
            _ => ok.to_owned(),
        };
        stream.write_all(answer.as_bytes()).await.unwrap();
        if ["/close", "/cut", "/then-close"].contains(&path(&head)) {
            return;
        }
    }
}

/// The length of a large body.
pub(super) const LARGE: usize = 1_000_000;

/// The head of the next request. It has no body.
pub(super) async fn head(stream: &mut impl Stream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

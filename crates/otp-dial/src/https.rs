//! The HTTP client under the AWS SDK: HTTP/1.1 over TLS, and one kept connection for each service.
//!
//! The SDK's own client can't open a connection before there is a request. It sends a request that was never sent as a new
//! attempt. And it brings HTTP/2 into every function, by the features of a crate that Lambda's runtime uses too.

mod dial;
mod endpoint;
mod origin;
mod proxy;
mod roots;

use std::fmt;
use std::io;
use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use sign_in::settings::{ConnectSettings, HttpsSettings, LedgerSettings, Proxy};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

pub(crate) use endpoint::Endpoint;
use origin::Origin;

/// What the connections to all services have in common. A function makes one at its cold start: reading the trusted
/// certificates is most of its cost.
#[derive(Clone)]
pub(crate) struct Https(Arc<Common>);

struct Common {
    tls: TlsConnector,
    proxies: Matcher,
}

/// The bytes of a connection. One type for all, so that HTTP is compiled once.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Https {
    pub(crate) fn new(HttpsSettings { trust, cert_file, proxy }: &HttpsSettings) -> Self {
        Self::with_roots(roots::read(*trust, cert_file.as_deref()), proxy.as_ref())
    }

    fn with_roots(roots: RootCertStore, proxy: Option<&Proxy>) -> Self {
        // Not the default of rustls: at first use that one gathers entropy for tens of milliseconds.
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let versions = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
        let mut tls = versions.expect("ring has both versions").with_root_certificates(roots).with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let proxies = match proxy {
            Some(Proxy { url, except }) => Matcher::builder().https(url).no(except).build(),
            None => Matcher::builder().build(),
        };
        Self(Arc::new(Common { tls: Arc::new(tls).into(), proxies }))
    }

    /// DynamoDB, as the settings have it.
    pub(crate) fn dynamodb(&self, settings: &LedgerSettings) -> Endpoint {
        self.endpoint("dynamodb", &settings.region, settings.endpoint_url.as_deref())
    }

    /// Amazon Connect, as the settings have it.
    pub(crate) fn connect(&self, settings: &ConnectSettings) -> Endpoint {
        self.endpoint("connect", &settings.instance.region, settings.endpoint_url.as_deref())
    }

    /// A service in a Region, or at another URL.
    pub(crate) fn endpoint(&self, service: &'static str, region: &str, url: Option<&str>) -> Endpoint {
        Endpoint::new(self.clone(), service, region, url)
    }

    /// Connects, through the proxy if there is one for this place.
    async fn stream(&self, to: &Origin) -> io::Result<Box<dyn Stream>> {
        let Common { tls, proxies } = &*self.0;
        let stream = match proxies.intercept(to.uri()) {
            Some(proxy) => proxy::tunnel(&proxy, to).await?,
            None => dial::tcp(to).await?,
        };
        stream.set_nodelay(true)?;
        if !to.is_https() {
            return Ok(Box::new(stream));
        }
        let name = ServerName::try_from(to.host().to_owned()).map_err(|_| io::ErrorKind::InvalidInput)?;
        Ok(Box::new(tls.connect(name, stream).await?))
    }
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Https").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

//! The code of `naive-verify`. TLS by ring in place of AWS-LC is all that differs.

use aws_config::BehaviorVersion;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use lambda_runtime::Error;

#[path = "../../naive-verify/src/verify.rs"]
mod verify;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(client);
    verify::serve(&config.load().await).await
}

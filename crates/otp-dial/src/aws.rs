//! Common parts of the clients of all AWS services.

use std::time::{Duration, Instant};

use aws_sdk_connect::config::{Credentials, SharedHttpClient};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector, http_client_fn};
use sign_in::settings::{self, Trust};

/// Cognito waits five seconds for a trigger and then invokes it again. So two attempts in time are worth more than a
/// third that is late. The SDK's defaults (three attempts, and no limit for all of them together) don't fit.
pub(crate) const ATTEMPTS: u32 = 2;

/// The time to make a connection, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(700);

/// The part of the invocation's time that is kept for the answer to Lambda.
const TIME_TO_ANSWER: Duration = Duration::from_millis(200);

/// The certificate authorities of AWS's endpoints. `trust/README.md` says where they are from.
const AMAZON_ROOTS: [&str; 5] = [
    include_str!("../trust/amazon-root-ca-1.pem"),
    include_str!("../trust/amazon-root-ca-2.pem"),
    include_str!("../trust/amazon-root-ca-3.pem"),
    include_str!("../trust/amazon-root-ca-4.pem"),
    include_str!("../trust/starfield-services-root-ca-g2.pem"),
];

/// A client for HTTPS. A function makes one for all services at its cold start, since reading the trusted certificates
/// is most of its cost. The SDK's own client would make a connector for each service, since their time limits differ.
pub(crate) fn https(trust: Trust) -> SharedHttpClient {
    https_by(connector(trust))
}

/// The client of a connector, for the SDK.
pub(crate) fn https_by(connector: SharedHttpConnector) -> SharedHttpClient {
    http_client_fn(move |_, _| connector.clone())
}

/// What connects to all services.
pub(crate) fn connector(trust: Trust) -> SharedHttpConnector {
    let roots = match trust {
        Trust::Amazon => TrustStore::empty(),
        // Reads the file that `SSL_CERT_FILE` names and nothing else, if the variable is set.
        Trust::AmazonAndFile | Trust::System => TrustStore::default(),
    };
    let roots = match trust {
        Trust::Amazon | Trust::AmazonAndFile => AMAZON_ROOTS.into_iter().fold(roots, TrustStore::with_pem_certificate),
        Trust::System => roots,
    };
    let context = TlsContext::builder().with_trust_store(roots).build().expect("it can't fail");
    let connector = Connector::builder()
        .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build())
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build();
    SharedHttpConnector::new(connector)
}

/// The role's credentials. Lambda keeps them valid for the life of a sandbox.
pub(crate) fn credentials(credentials: &settings::Credentials) -> Credentials {
    let settings::Credentials { access_key_id, secret_access_key, session_token } = credentials;
    Credentials::new(access_key_id, secret_access_key, session_token.clone(), None, "environment")
}

/// Waits, but not beyond `until`.
pub(crate) async fn pause(time: Duration, until: Instant) {
    tokio::time::sleep(time.min(until.saturating_duration_since(Instant::now()))).await;
}

/// What is left of the invocation's time for AWS.
pub(crate) fn time_left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now()).saturating_sub(TIME_TO_ANSWER)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_roots_are_those_that_amazon_names() {
        let fingerprints = AMAZON_ROOTS.map(|pem| {
            let lines = pem.lines().filter(|line| !line.starts_with("-----"));
            let digest = Sha256::digest(STANDARD.decode(lines.collect::<String>()).unwrap());
            digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
        });
        let known = [
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ];
        assert_eq!(fingerprints, known);
        let document = include_str!("../trust/README.md");
        assert!(known.iter().all(|fingerprint| document.contains(fingerprint)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_with_the_time_that_there_is() {
        let (began, second) = (tokio::time::Instant::now(), Duration::from_secs(1));
        pause(Duration::from_hours(1), Instant::now() + second).await;
        assert!(began.elapsed() <= second + Duration::from_millis(1), "{:?}", began.elapsed());
    }

    /// The client reads them when it is first used, and would panic then.
    #[tokio::test]
    async fn the_roots_can_be_read() {
        for trust in [Trust::Amazon, Trust::AmazonAndFile, Trust::System] {
            let config = aws_sdk_dynamodb::Config::builder()
                .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::latest())
                .region(aws_sdk_dynamodb::config::Region::new("us-east-1"))
                .credentials_provider(Credentials::new("id", "key", None, None, "test"))
                .http_client(https(trust))
                .endpoint_url("https://127.0.0.1:1")
                .build();
            let error = aws_sdk_dynamodb::Client::from_conf(config).list_tables().send().await.unwrap_err();
            assert!(matches!(error, aws_sdk_dynamodb::error::SdkError::DispatchFailure(_)), "{error:?}");
        }
    }
}

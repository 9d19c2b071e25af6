//! The HTTP client and the errors of the AWS SDK's clients.

use std::error::Error as StdError;
use std::iter::successors;

use anyhow::Error;
use aws_sdk_cognitoidentityprovider::config::SharedHttpClient;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::masking::without_numbers;

/// An HTTP client with the same TLS as the functions.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// The service's error code and text in one line, without whole numbers, or why the service was not reached.
pub fn one_line<E, R>(service: &str, error: &SdkError<E, R>) -> Error
where
    SdkError<E, R>: ProvideErrorMetadata + StdError,
{
    if let Some(code) = error.code() {
        return Error::msg(format!("{code}: {}", without_numbers(error.message().unwrap_or("no message"))));
    }
    let chain = successors(Some(error as &dyn StdError), |&error| error.source());
    let reasons: Vec<_> = chain.map(ToString::to_string).collect();
    Error::msg(format!("{service} was not reached: {}", reasons.join(": ")).replace('\n', " "))
}

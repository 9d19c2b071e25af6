//! What the clients of this crate have in common, which are the AWS SDK's.

use crate::lambda::redaction::without_numbers;
use anyhow::Error;
use aws_sdk_cognitoidentityprovider::{
    config::SharedHttpClient,
    error::{ProvideErrorMetadata, SdkError},
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::iter::successors;

/// An HTTP client with the TLS that the functions have too.
pub(crate) fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// The service's code word and text in one line, without whole numbers, or why the service was not reached.
pub(crate) fn one_line<E, R>(service: &str, error: &SdkError<E, R>) -> Error
where
    SdkError<E, R>: ProvideErrorMetadata + std::error::Error,
{
    if let Some(code) = error.code() {
        return Error::msg(format!("{code}: {}", without_numbers(error.message().unwrap_or("no message"))));
    }
    let chain = successors(Some(error as &dyn std::error::Error), |error| error.source());
    let reasons: Vec<_> = chain.map(ToString::to_string).collect();
    Error::msg(format!("{service} was not reached: {}", reasons.join(": ")).replace('\n', " "))
}

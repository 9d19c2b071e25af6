//! Verifies AWS Signature Version 4, as a service does.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use BadSignature::{IncompleteSignature, InvalidSignature, MissingAuthenticationToken, UnrecognizedClient};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};
use time::PrimitiveDateTime;
use time::format_description::FormatItem;
use time::macros::format_description;

use crate::credentials::Credentials;

/// The largest difference between a client's clock and ours.
const MAX_SKEW: Duration = Duration::from_mins(5);
const DATE_TIME: &[FormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");

/// The Region and service that a signature must be for.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    /// The service's name in signatures, such as `connect`.
    pub(crate) service: &'a str,
}

/// Why a signature was refused.
#[derive(Debug)]
pub(crate) struct SignatureError {
    pub(crate) error: BadSignature,
    pub(crate) message: String,
}

/// The errors of AWS that are about signatures. What status they have differs from service to service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadSignature {
    IncompleteSignature,
    InvalidSignature,
    MissingAuthenticationToken,
    UnrecognizedClient,
}

impl BadSignature {
    /// The error's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            IncompleteSignature => "IncompleteSignatureException",
            InvalidSignature => "InvalidSignatureException",
            MissingAuthenticationToken => "MissingAuthenticationTokenException",
            UnrecognizedClient => "UnrecognizedClientException",
        }
    }

    /// The default text.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            IncompleteSignature => "The request signature does not conform to AWS standards.",
            InvalidSignature => {
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details."
            }
            MissingAuthenticationToken => "Missing Authentication Token",
            UnrecognizedClient => "The security token included in the request is invalid.",
        }
    }

    fn because(self, message: impl Into<String>) -> SignatureError {
        SignatureError { error: self, message: message.into() }
    }
}

impl From<BadSignature> for SignatureError {
    fn from(error: BadSignature) -> Self {
        error.because(error.message())
    }
}

/// Checks the signature of a request: key, scope, clock, session token, signed headers and body. Returns which of the
/// `known` credentials it was made with.
pub(crate) fn verify<'a>(
    scope: Scope<'_>,
    known: impl IntoIterator<Item = &'a Credentials>,
    parts: &Parts,
    body: &[u8],
    now: SystemTime,
) -> Result<&'a Credentials, SignatureError> {
    let authorization = Authorization::from_headers(&parts.headers)?;
    let date_time = only(&parts.headers, "x-amz-date")?.ok_or_else(|| {
        IncompleteSignature.because("Authorization header requires existence of 'X-Amz-Date' header.")
    })?;
    let signed_at = PrimitiveDateTime::parse(date_time, DATE_TIME)
        .map_err(|_| IncompleteSignature.because("Date must be in ISO-8601 'basic format'."))?
        .assume_utc();

    let [key_id, ..] = authorization.credential;
    let mut known = known.into_iter();
    let credentials = known.find(|known| known.access_key_id == key_id).ok_or(UnrecognizedClient)?;
    authorization.check_scope(scope, date_time)?;
    check_clock(signed_at.into(), now)?;
    if only(&parts.headers, "x-amz-security-token")? != credentials.session_token.as_deref() {
        return Err(UnrecognizedClient.into());
    }
    authorization.check_signed_headers(&parts.headers)?;
    if only(&parts.headers, "x-amz-content-sha256")?.is_some_and(|claimed| claimed != hex(&Sha256::digest(body))) {
        return Err(InvalidSignature.because("The value of 'x-amz-content-sha256' does not match the body."));
    }
    let right = signature(scope, credentials, parts, &authorization.signed_headers, body, signed_at.into())?;
    if authorization.signature != right {
        return Err(InvalidSignature.into());
    }
    Ok(credentials)
}

/// The parts of `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=A;B, Signature=HEX`.
struct Authorization<'a> {
    credential: [&'a str; 5],
    signed_headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn from_headers(headers: &'a HeaderMap) -> Result<Self, SignatureError> {
        let value = only(headers, AUTHORIZATION.as_str())?.ok_or(MissingAuthenticationToken)?;
        let fields = value
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .ok_or_else(|| IncompleteSignature.because("Unsupported AWS 'algorithm' in the Authorization header."))?;
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for field in fields.split(',') {
            let (name, value) = field.trim().split_once('=').ok_or(IncompleteSignature)?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(IncompleteSignature.into()),
            };
            if slot.replace(value).is_some() {
                return Err(IncompleteSignature.into());
            }
        }
        let lacks = |name| IncompleteSignature.because(format!("Authorization header requires '{name}' parameter."));
        let credential: Vec<&str> = credential.ok_or_else(|| lacks("Credential"))?.split('/').collect();
        Ok(Self {
            credential: credential
                .try_into()
                .map_err(|_| IncompleteSignature.because("Credential must have exactly 5 slash-delimited elements."))?,
            signed_headers: signed_headers.ok_or_else(|| lacks("SignedHeaders"))?.split(';').collect(),
            signature: signature.ok_or_else(|| lacks("Signature"))?,
        })
    }

    fn check_scope(&self, scope: Scope<'_>, date_time: &str) -> Result<(), SignatureError> {
        let [_, date, region, service, terminator] = self.credential;
        if region != scope.region {
            return Err(InvalidSignature.because("Credential should be scoped to a valid region."));
        }
        if service != scope.service {
            let message = format!("Credential should be scoped to correct service: '{}'.", scope.service);
            return Err(InvalidSignature.because(message));
        }
        if terminator != "aws4_request" {
            let message = "Credential should be scoped with a valid terminator: 'aws4_request'.";
            return Err(InvalidSignature.because(message));
        }
        // `date_time` was parsed before, so that its first eight characters are the date.
        if Some(date) != date_time.get(..8) {
            let message = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.";
            return Err(InvalidSignature.because(message));
        }
        Ok(())
    }

    /// The host and all headers for AWS must be signed, so that they can't be changed on the way.
    fn check_signed_headers(&self, headers: &HeaderMap) -> Result<(), SignatureError> {
        let meant_for_aws = headers.keys().map(HeaderName::as_str).filter(|name| name.starts_with("x-amz-"));
        for name in meant_for_aws.chain(["host"]) {
            if !self.signed_headers.contains(&name) {
                let message = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
                return Err(InvalidSignature.because(message));
            }
        }
        Ok(())
    }
}

/// The signature that the request must have.
fn signature(
    scope: Scope<'_>,
    credentials: &Credentials,
    parts: &Parts,
    signed_headers: &[&str],
    body: &[u8],
    signed_at: SystemTime,
) -> Result<String, SignatureError> {
    let identity = credentials.clone().for_sdk().into();
    let mut settings = SigningSettings::default();
    // The signer excludes some headers by default. Here, the client names the signed headers.
    settings.excluded_headers = None;
    let params = SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(signed_at)
        .settings(settings)
        .build()
        .map_err(|_| InvalidSignature)?
        .into();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    // The signature uses the `Host` header. The signer only needs some host in the URL.
    let uri = Cow::Owned::<str>(format!("http://localhost{path}"));
    let headers: Vec<(&str, &str)> = parts
        .headers
        .iter()
        .filter(|(name, _)| signed_headers.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let request = SignableRequest::new(parts.method.as_str(), uri, headers.into_iter(), SignableBody::Bytes(body))
        .map_err(|_| InvalidSignature)?;
    let (_, signature) = sign(request, &params).map_err(|_| InvalidSignature)?.into_parts();
    Ok(signature)
}

fn check_clock(signed_at: SystemTime, now: SystemTime) -> Result<(), SignatureError> {
    if signed_at + MAX_SKEW < now {
        return Err(InvalidSignature.because("Signature expired: its date is more than 5 minutes ago."));
    }
    if signed_at > now + MAX_SKEW {
        return Err(InvalidSignature.because("Signature not yet current: its date is more than 5 minutes ahead."));
    }
    Ok(())
}

/// The value of a header that may be sent at most once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, SignatureError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(IncompleteSignature.because(format!("The header '{name}' was sent more than once.")));
    }
    value.to_str().map(Some).map_err(|_| IncompleteSignature.into())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

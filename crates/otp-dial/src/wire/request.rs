//! A request, and its signature.

use std::fmt::Write;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;

/// One request, before it is signed. It has no `Debug`, since its body may hold a password.
#[derive(Clone)]
pub struct Request {
    /// As in `POST`.
    pub method: &'static str,
    /// The path with its query, escaped.
    pub path: String,
    /// Headers, but for those of the signature.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// A request with the headers that sign it. It has no `Debug`, since one of them is a token.
pub struct Signed {
    request: Request,
    signature: Vec<(&'static str, String)>,
}

impl Request {
    /// Signs it for a service at a URL.
    ///
    /// # Errors
    ///
    /// If the parts make no request, such as a URL that is none.
    pub fn sign(self, credentials: &Credentials, service: &str, url: &str, region: &str) -> Result<Signed, BoxError> {
        let identity = credentials.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let body = SignableBody::Bytes(self.body.as_bytes());
        let signable = SignableRequest::new(self.method, format!("{url}{}", self.path), headers, body)?;
        let (headers, _) = sign(signable, &params)?.into_parts().0.into_parts();
        let signature = headers.iter().map(|header| (header.name(), header.value().to_owned())).collect();
        Ok(Signed { request: self, signature })
    }
}

impl Signed {
    /// The request in the SDK's type.
    ///
    /// # Errors
    ///
    /// If a header can't be sent.
    pub fn to_http(&self) -> Result<HttpRequest, BoxError> {
        let Request { method, path, headers, body } = &self.request;
        let mut http = HttpRequest::new(SdkBody::from(body.as_str()));
        http.set_method(method)?;
        http.set_uri(path.as_str())?;
        for (name, value) in headers.iter().chain(&self.signature) {
            http.headers_mut().try_insert(*name, value.clone())?;
        }
        Ok(http)
    }
}

/// A part of a path, or of a form. Everything is escaped except the characters that RFC 3986 calls unreserved.
#[must_use]
pub fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_unreserved_is_left_as_it_is() {
        assert_eq!(encoded("arn:aws:lambda:f-1_a.b~/ü"), "arn%3Aaws%3Alambda%3Af-1_a.b~%2F%C3%BC");
    }
}

//! Why AWS gave no answer.

use std::fmt;
use std::iter::successors;

use serde_json::Value;

use super::{Operation, Xml};
use crate::redaction::printable;

/// Why an operation failed.
#[derive(Debug)]
pub enum AwsError {
    /// The service answered with an error code and a text.
    Refused {
        /// What was asked.
        operation: Operation,
        /// The error code, as in `AccessDeniedException`.
        code: String,
        /// The text, without phone numbers and control characters.
        message: String,
        /// The HTTP status.
        status: u16,
    },
    /// There was no answer, or none that can be read.
    Unreached {
        /// What was asked.
        operation: Operation,
        /// Why.
        reason: String,
    },
}

impl AwsError {
    /// Reads the error of an answer in JSON or XML. Services put the code in different places; `error_type` is the
    /// header that some use.
    pub(super) fn refused(operation: Operation, status: u16, error_type: Option<String>, body: &[u8]) -> Self {
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let field = |names: &[&str]| names.iter().find_map(|name| json[*name].as_str()).map(str::to_owned);
        let xml = Xml::new(String::from_utf8_lossy(body).into_owned());
        let code = error_type.or_else(|| field(&["__type", "Code", "code"])).or_else(|| xml.text("Code"));
        let code = code.unwrap_or_else(|| format!("HTTP {status}"));
        // `com.amazonaws.dynamodb.v20120810#ResourceNotFoundException`, `AccessDeniedException:http://…`
        let code = code.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default().to_owned();
        let message = field(&["message", "Message"]).or_else(|| xml.text("Message")).unwrap_or_default();
        Self::Refused { operation, code, message: printable(&message), status }
    }

    pub(super) fn unreached(operation: Operation, error: &dyn std::error::Error) -> Self {
        let reasons: Vec<_> = successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
        Self::Unreached { operation, reason: printable(&reasons.join(": ").replace('\n', " ")) }
    }

    /// Whether what was asked for does not exist.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        let Self::Refused { code, message, status, .. } = self else { return false };
        *status == 404
            || ["NotFoundException", "ResourceNotFoundException", "NoSuchEntity"].contains(&code.as_str())
            // CloudFormation's error for a stack that doesn't exist.
            || (code == "ValidationError" && message.contains("does not exist"))
    }

    /// Whether something of that name exists already.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.has_code("ResourceConflictException")
    }

    /// Whether the service answered with this error code.
    #[must_use]
    pub fn has_code(&self, word: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == word)
    }

    /// Whether the operation may have been carried out nevertheless.
    #[must_use]
    pub fn may_be_done(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::Unreached { .. } => true,
        }
    }

    /// Whether a retry may succeed.
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::Refused { code, status, .. } => {
                *status == 429 || *status >= 500 || code.contains("Throttl") || code == "TooManyRequestsException"
            }
            Self::Unreached { .. } => false,
        }
    }

    /// What was asked.
    #[must_use]
    pub fn operation(&self) -> Operation {
        match self {
            Self::Refused { operation, .. } | Self::Unreached { operation, .. } => *operation,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            // Cognito refuses to update a pool whose only second factor is an app or the mailbox
            // (<https://github.com/hashicorp/terraform-provider-aws/issues/7261>).
            Self::Refused { operation, message, .. }
                if *operation == Operation::UPDATE_USER_POOL && message.contains("MFA") =>
            {
                "turn MFA off first: this sign-in needs it off anyway".to_owned()
            }
            Self::Refused { operation, code, .. }
                if code.contains("AccessDenied") || code.contains("NotAuthorized") =>
            {
                format!("allow {operation} to whoever runs this")
            }
            Self::Refused { code, .. }
                if ["ExpiredToken", "UnrecognizedClient", "InvalidClientToken", "InvalidSignature"]
                    .iter()
                    .any(|word| code.contains(word)) =>
            {
                "sign in to AWS again, and check the clock of this machine".to_owned()
            }
            Self::Refused { operation, .. } => format!("look the code up in the API reference of {operation}"),
            Self::Unreached { .. } => "check --region, the network, and any proxy in between".to_owned(),
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { operation, code, message, .. } if message.is_empty() => {
                write!(f, "{operation} was refused: {code}")
            }
            Self::Refused { operation, code, message, .. } => write!(f, "{operation} was refused: {code}: {message}"),
            Self::Unreached { operation, reason } => write!(f, "{operation} got no answer: {reason}"),
        }
    }
}

impl std::error::Error for AwsError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> AwsError {
        AwsError::refused(Operation::GET_POLICY, status, None, body.as_bytes())
    }

    #[test]
    fn the_code_is_found_wherever_a_service_puts_it() {
        for (body, text) in [
            (r#"{"__type":"com.amazonaws.x#NotFound","message":"none"}"#, "NotFound: none"),
            (r#"{"__type":"Denied:http://x/","Message":"no"}"#, "Denied: no"),
            (r#"{"code":"Gone","message":""}"#, "Gone"),
            ("<E><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></E>", "NoSuchEntity: none"),
            ("<html>", "HTTP 400"),
            (r#"{"__type":"Bad","message":"Number +12065550100 is bad"}"#, "Bad: Number +1********00 is bad"),
        ] {
            assert_eq!(refused(400, body).to_string(), format!("lambda:GetPolicy was refused: {text}"), "{body}");
        }
    }

    #[test]
    fn a_header_says_which_error_it_is() {
        let header = Some("ResourceNotFoundException:http://internal.amazon.com/".to_owned());
        let error = AwsError::refused(Operation::GET_POLICY, 400, header, br#"{"Message":"none"}"#);
        assert!(error.is_missing() && error.to_string().ends_with("ResourceNotFoundException: none"), "{error}");
    }

    #[test]
    fn missing_throttled_and_denied_are_told_apart() {
        let missing = refused(404, r#"{"Type":"User","Message":"Function not found"}"#);
        assert!(missing.is_missing() && !missing.passes());
        assert!(refused(400, r#"{"__type":"ResourceNotFoundException"}"#).is_missing());
        assert!(
            refused(400, "<E><Code>ValidationError</Code><Message>Stack x does not exist</Message></E>").is_missing()
        );
        assert!(!refused(400, r#"{"__type":"InvalidParameterException"}"#).is_missing());
        for throttled in [refused(429, ""), refused(400, r#"{"__type":"ThrottlingException"}"#), refused(503, "")] {
            assert!(throttled.passes() && !throttled.is_missing(), "{throttled}");
        }
        let denied = refused(403, r#"{"__type":"AccessDeniedException"}"#);
        assert!(!denied.passes() && !denied.is_missing() && !denied.may_be_done() && refused(502, "").may_be_done());
        assert_eq!(denied.advice(), "allow lambda:GetPolicy to whoever runs this");
    }
}

//! Why a service that Cognito's own codes need can't be used, by its error code.

use std::borrow::Cow;

/// KMS or AWS End User Messaging can't be used.
#[derive(Debug, PartialEq, Eq)]
pub struct ServiceError {
    /// Whether it may pass without the operator's help.
    pub passes: bool,
    /// AWS's error code, or a word for why there is none.
    pub cause: String,
    /// What the operator can do about it.
    pub advice: Cow<'static, str>,
}

impl ServiceError {
    /// An error that may pass without the operator's help. `cause`: AWS's error code, or a word for why there is none.
    #[must_use]
    pub fn busy(cause: &str) -> Self {
        let advice = "if it lasts, look for an event of the service in this Region (AWS Health), and at its quotas";
        Self { passes: true, cause: cause.to_owned(), advice: advice.into() }
    }

    /// The error for an error code of KMS, after a request to decrypt with this key. `is_server_error`: the HTTP status is 500
    /// or more.
    #[must_use]
    pub fn of_kms(code: &str, is_server_error: bool, key_arn: &str) -> Self {
        let advice = match code {
            "AccessDeniedException" => format!(
                "allow this function's role kms:Decrypt on the key {key_arn}, which OTP_COGNITO_CODES_KEY_ARN names: in the role's \
                 policy, as the template does, and in the key's policy if that does not leave it to the account's policies"
            ),
            "DisabledException" | "KMSInvalidStateException" => {
                format!("enable the key, with aws kms enable-key --key-id {key_arn}, or cancel its deletion")
            }
            "NotFoundException" => format!("check OTP_COGNITO_CODES_KEY_ARN: there is no key {key_arn}"),
            _ => return Self::of(code, is_server_error, "KMS"),
        };
        Self { passes: false, cause: code.to_owned(), advice: advice.into() }
    }

    /// The error for an error code of AWS End User Messaging, after a request to send a text message.
    #[must_use]
    pub fn of_texts(code: &str, is_server_error: bool) -> Self {
        let advice = match code {
            "AccessDeniedException" => {
                "allow this function's role sms-voice:SendTextMessage on what OTP_SMS_ORIGINATION_IDENTITY names"
            }
            "ResourceNotFoundException" | "ValidationException" | "ConflictException" => {
                "set OTP_SMS_ORIGINATION_IDENTITY to a number, sender id or pool that is active in this account and Region, and see \
                 that the account is out of the SMS sandbox"
            }
            "ServiceQuotaExceededException" => "raise the account's monthly spending limit for text messages",
            _ => return Self::of(code, is_server_error, "AWS End User Messaging"),
        };
        Self { passes: false, cause: code.to_owned(), advice: advice.into() }
    }

    fn of(code: &str, is_server_error: bool, service: &str) -> Self {
        match code {
            "ThrottlingException" | "LimitExceededException" | "DependencyTimeoutException" => Self::busy(code),
            _ if is_server_error => Self::busy(code),
            "UnrecognizedClientException" | "InvalidSignatureException" | "ExpiredTokenException" => Self {
                passes: false,
                cause: code.to_owned(),
                advice: format!("check the role of this function: {service} does not know its credentials").into(),
            },
            _ => Self {
                passes: false,
                cause: code.to_owned(),
                advice: format!("look the error code up in the API reference of {service}").into(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1";

    #[test]
    fn what_the_operator_must_change_is_named() {
        let enable = format!("aws kms enable-key --key-id {KEY}");
        for (code, named) in [
            ("AccessDeniedException", ["kms:Decrypt", "OTP_COGNITO_CODES_KEY_ARN"]),
            ("DisabledException", [&enable, "deletion"]),
            ("KMSInvalidStateException", [&enable, "deletion"]),
            ("NotFoundException", ["OTP_COGNITO_CODES_KEY_ARN", KEY]),
            ("ExpiredTokenException", ["role of this function", "KMS"]),
            ("InvalidSignatureException", ["role of this function", "KMS"]),
            ("UnrecognizedClientException", ["role of this function", "KMS"]),
            ("InvalidKeyUsageException", ["API reference", "KMS"]),
        ] {
            lasts(&ServiceError::of_kms(code, false, KEY), code, named);
        }
        for (code, named) in [
            ("AccessDeniedException", ["sms-voice:SendTextMessage", "OTP_SMS_ORIGINATION_IDENTITY"]),
            ("ConflictException", ["OTP_SMS_ORIGINATION_IDENTITY", "sandbox"]),
            ("ResourceNotFoundException", ["OTP_SMS_ORIGINATION_IDENTITY", "sandbox"]),
            ("ValidationException", ["OTP_SMS_ORIGINATION_IDENTITY", "sandbox"]),
            ("ServiceQuotaExceededException", ["spending limit", "text messages"]),
            ("ExpiredTokenException", ["role of this function", "End User Messaging"]),
            ("Unknown", ["API reference", "End User Messaging"]),
        ] {
            lasts(&ServiceError::of_texts(code, false), code, named);
        }
    }

    fn lasts(error: &ServiceError, code: &str, named: [&str; 2]) {
        assert_eq!((error.passes, &*error.cause), (false, code));
        assert!(named.iter().all(|named| error.advice.contains(named)), "{code}: {}", error.advice);
    }

    #[test]
    fn throttles_and_failures_of_the_service_pass() {
        let throttles = ["ThrottlingException", "LimitExceededException", "DependencyTimeoutException"];
        let failures = ["KMSInternalException", "KeyUnavailableException", "InternalServerException", "Unknown"];
        let all = throttles.map(|code| (code, false)).into_iter().chain(failures.map(|code| (code, true)));
        for (code, is_server_error) in all {
            let busy = ServiceError::busy(code);
            assert!(busy.passes && busy.cause == code && busy.advice.contains("AWS Health"), "{code}");
            assert_eq!(ServiceError::of_kms(code, is_server_error, KEY), busy);
            assert_eq!(ServiceError::of_texts(code, is_server_error), busy);
        }
    }
}

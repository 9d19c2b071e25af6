//! Why Connect did not take a call, by its error code.

use std::borrow::Cow;

use super::ErrorWord;
use crate::settings::ConnectSettings;

/// Connect did not take a call, or may not have taken it.
#[derive(Debug, PartialEq, Eq)]
pub struct DialError {
    /// What the client can do about it.
    pub kind: DialErrorKind,
    /// AWS's error code, or a word for why there is none. Never AWS's message, which may hold the number.
    pub cause: String,
    /// What the operator can do about it.
    pub advice: Cow<'static, str>,
    /// Whether the phone may ring all the same: Connect may have taken the call, and its answer was lost.
    pub may_ring: bool,
}

/// The kinds of [`DialError`], by what the client can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DialErrorKind {
    /// A throttle or a quota. A later attempt may work.
    Busy,
    /// Access, a resource or a parameter is wrong. The operator must change it.
    Misconfigured,
    /// Connect does not call this number or its country.
    Refused,
    /// A timeout or a failure of the service. A later attempt may work.
    Unreachable,
}

impl DialError {
    /// The error for Connect's error code and HTTP status, after a call to this country (ISO 3166-1) with these
    /// settings. The codes are those of the API reference: `StartOutboundVoiceContact` and Common Error Types.
    #[must_use]
    pub fn of(code: &str, status: Option<u16>, country: &str, connect: &ConnectSettings) -> Self {
        let instance = &connect.instance;
        let (kind, advice): (_, Cow<'static, str>) = match (code, status) {
            ("DestinationNotAllowedException", _) => {
                let advice = format!(
                    "Connect instance {} may not call {country}. Look for the country and the number's prefix in \"Region and \
                     country code allow list\" of the Connect guide. Then ask AWS Support to open it",
                    instance.id
                );
                (DialErrorKind::Refused, advice.into())
            }
            ("OutboundContactNotPermittedException", _) => {
                let advice = format!(
                    "enable outbound calls on Connect instance {} (in its console, under Telephony), and check that its \
                     number may call {}",
                    instance.id,
                    country
                );
                (DialErrorKind::Misconfigured, advice.into())
            }
            ("LimitExceededException" | "ServiceQuotaExceededException", _) => (
                DialErrorKind::Busy,
                "raise the Connect quota \"Concurrent active calls per instance\". If calls are refused at fewer calls than \
                 that, raise the rate of StartOutboundVoiceContact: 2 a second by default, for the account and Region"
                    .into(),
            ),
            ("ThrottlingException" | "TooManyRequestsException", _) | (_, Some(429)) => (
                DialErrorKind::Busy,
                "raise the quota for the rate of StartOutboundVoiceContact: 2 a second by default, for the account and \
                 Region"
                    .into(),
            ),
            (_, Some(500..)) => return Self::unreachable(code),
            ("AccessDeniedException", _) => {
                let advice = format!(
                    "allow connect:StartOutboundVoiceContact to this function's role, as the template does: on {0} and {0}/*. \
                     See that no other policy denies it. If AWS takes no resource for this action, allow it on all. Run \
                     `sam deploy --parameter-overrides ConnectCallResource=any` where you ran `sam build`, with the stack's \
                     --stack-name. The other parameters stay",
                    instance.arn
                );
                (DialErrorKind::Misconfigured, advice.into())
            }
            ("ResourceNotFoundException", _) => {
                let advice = format!(
                    "in Region {}, check CONNECT_INSTANCE_ARN, CONNECT_CONTACT_FLOW_ARN and {}: one of them does not exist",
                    instance.region,
                    connect.caller.variable()
                );
                (DialErrorKind::Misconfigured, advice.into())
            }
            ("InvalidParameterException" | "InvalidRequestException", _) => {
                let advice = format!(
                    "check that CONNECT_CONTACT_FLOW_ARN is a published flow of the instance and {} is claimed by it",
                    connect.caller.variable()
                );
                (DialErrorKind::Misconfigured, advice.into())
            }
            _ => (
                DialErrorKind::Misconfigured,
                "look the error code up in the API reference of StartOutboundVoiceContact, section Errors, and in \
                 Common Error Types"
                    .into(),
            ),
        };
        Self { kind, cause: code.to_owned(), advice, may_ring: false }
    }

    /// Connect did not answer, or answered that it failed: it may have taken the call. `cause`: a word for why there
    /// is no answer.
    #[must_use]
    pub fn unreachable(cause: &str) -> Self {
        Self {
            kind: DialErrorKind::Unreachable,
            cause: cause.to_owned(),
            advice:
                "look for an event of Amazon Connect in this Region (AWS Health). If it lasts, check that the function \
                 reaches the internet: in a VPC it needs a NAT gateway or an endpoint"
                    .into(),
            may_ring: true,
        }
    }
}

impl DialErrorKind {
    /// The error word for the client.
    #[must_use]
    pub fn word(self) -> ErrorWord {
        match self {
            Self::Busy => ErrorWord::CallBusy,
            Self::Misconfigured => ErrorWord::CallMisconfigured,
            Self::Refused => ErrorWord::CallRefused,
            Self::Unreachable => ErrorWord::CallUnreachable,
        }
    }

    /// Whether it may pass without the operator's help.
    #[must_use]
    pub fn passes(self) -> bool {
        matches!(self, Self::Busy | Self::Unreachable)
    }
}

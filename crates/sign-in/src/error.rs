//! Errors of a trigger: a fixed text for the client, cause and advice for the operator.

use std::borrow::Cow;
use std::fmt;

use crate::ledger::{Limit, Refusal, UserKey};
use crate::mode::Mode;
use crate::phone::{LIBPHONENUMBER, Masked, PhoneError};

pub use dial::{DialError, DialErrorKind};
pub use ledger::LedgerError;
pub use not_called::NotCalled;
pub use service::ServiceError;
pub use word::ErrorWord;

mod dial;
mod ledger;
mod not_called;
mod service;
mod word;

/// An error with the number and the user that it is about, for the log.
#[derive(Debug)]
pub struct Failure {
    /// The error.
    pub error: TriggerError,
    /// The number that was or would have been called, masked. `None` if it is not known.
    pub destination: Option<Masked>,
    /// The user whom it is about, if the event does not name them.
    pub user: Option<UserKey>,
}

/// A trigger ends without an answer. Cognito passes [`TriggerError::client_text`] on to the client and ends the
/// sign-in.
#[derive(Debug)]
pub enum TriggerError {
    /// Connect did not take the call.
    Dial(DialError),
    /// The event isn't one that Cognito sends.
    EventMalformed,
    /// A mistake of this program.
    Internal,
    /// The ledger could not be read or written. Nobody is called and nobody gets tokens.
    Ledger(LedgerError),
    /// A limit on calls or wrong codes was reached, or the user denied a sign-in. In mode `call-only` the client does
    /// not learn of a denial.
    Limit(Refusal, Mode),
    /// Tokens were refused: the user was not called for them.
    NotCalled(NotCalled),
    /// The user has no number that can be called.
    Phone(PhoneError),
    /// A service that Cognito's own codes need can't be used.
    Service(ServiceError),
    /// The function's settings are wrong. The log named them when the function started.
    Settings,
    /// The function is attached to a trigger that is not its own.
    TriggerMixedUp,
}

impl TriggerError {
    /// The stable word for the error.
    #[must_use]
    pub fn word(&self) -> ErrorWord {
        self.word_and_text().0
    }

    /// The text for the client. It is fixed, and holds no data but the word and, if waiting helps, the seconds.
    #[must_use]
    pub fn client_text(&self) -> String {
        let (word, text) = self.word_and_text();
        let word = word.as_str();
        match self {
            Self::Limit(Refusal { retry_after: Some(seconds), .. }, _) => {
                format!("{text}, try again in {seconds} seconds [{word} {seconds}]")
            }
            _ => format!("{text} [{word}]"),
        }
    }

    fn word_and_text(&self) -> (ErrorWord, &'static str) {
        match self {
            Self::Dial(DialError { kind, .. }) => {
                let text = match kind {
                    DialErrorKind::Busy => "All lines are busy, try again in a minute",
                    DialErrorKind::Misconfigured => "Calls are not available, ask for help",
                    DialErrorKind::Refused => "Your phone number cannot be called",
                    DialErrorKind::Unreachable => "The call may not have been placed, try again in a minute",
                };
                (kind.word(), text)
            }
            Self::EventMalformed
            | Self::Internal
            | Self::Service(ServiceError { passes: false, .. })
            | Self::Settings
            | Self::TriggerMixedUp => (ErrorWord::SignInUnavailable, "Sign-in is not available, ask for help"),
            Self::Ledger(_) | Self::Service(_) => (ErrorWord::SignInBusy, "Sign-in is busy, try again in a minute"),
            Self::Limit(refusal, mode) => match (refusal.limit, mode) {
                // Without a password in between, a word of its own would tell a stranger that the user exists.
                (Limit::Calls(..), _) | (Limit::Denied, Mode::CallOnly) => (ErrorWord::CallLimit, "Too many calls"),
                (Limit::Denied, Mode::PasswordThenCall) => {
                    (ErrorWord::SignInDenied, "A sign-in was stopped from your phone")
                }
                (Limit::Lockout, _) => (ErrorWord::SignInLocked, "Too many wrong codes"),
                (Limit::MaxFailures, _) => (ErrorWord::SignInLocked, "Too many wrong codes, ask for help"),
            },
            Self::NotCalled(_) => (ErrorWord::SignInNotCalled, "Sign in with a phone call"),
            Self::Phone(error) => match error {
                PhoneError::CountryNotAllowed(_) => {
                    (ErrorWord::PhoneCountryNotAllowed, "Your phone number's country is not called")
                }
                // The user can do nothing about either.
                PhoneError::NotE164 | PhoneError::UnknownRange => {
                    (ErrorWord::PhoneInvalid, "Your phone number is not valid")
                }
                PhoneError::Missing => (ErrorWord::PhoneMissing, "You have no phone number on record"),
                PhoneError::TypeNotAllowed => {
                    (ErrorWord::PhoneTypeNotAllowed, "Phone numbers of your type are not called")
                }
                PhoneError::Unverified => (ErrorWord::PhoneUnverified, "Your phone number is not verified"),
            },
        }
    }

    /// The cause for the log: a word, or AWS's error code.
    #[must_use]
    pub fn cause(&self) -> &str {
        match self {
            Self::Dial(DialError { cause, .. })
            | Self::Ledger(LedgerError { cause, .. })
            | Self::Service(ServiceError { cause, .. }) => cause,
            Self::EventMalformed => "EventMalformed",
            Self::Internal => "Internal",
            Self::Limit(..) => "Limit",
            Self::NotCalled(reason) => reason.word(),
            Self::Phone(PhoneError::NotE164) => "NotE164",
            Self::Phone(PhoneError::UnknownRange) => "UnknownRange",
            Self::Phone(_) => self.word().as_str(),
            Self::Settings => "Settings",
            Self::TriggerMixedUp => "TriggerMixedUp",
        }
    }

    /// What the operator can do about it.
    #[must_use]
    pub fn advice(&self) -> Cow<'_, str> {
        let advice = match self {
            Self::Dial(DialError { advice, .. })
            | Self::Ledger(LedgerError { advice, .. })
            | Self::Service(ServiceError { advice, .. }) => advice,
            Self::Phone(PhoneError::CountryNotAllowed("001")) => {
                "give the user a number of a country: this one is of none, such as a satellite phone's"
            }
            Self::Phone(PhoneError::CountryNotAllowed(country)) => {
                return format!("if you have users in {country}, add {country} to OTP_COUNTRIES").into();
            }
            Self::EventMalformed => "invoke this function only from a Cognito user pool",
            Self::Internal => "report this as a bug, with the log lines of this request",
            Self::Limit(refusal, _) => refusal.limit.advice(),
            Self::NotCalled(reason) => reason.advice(),
            Self::Phone(PhoneError::NotE164) => "set the user's number in E.164 form, as in +12065550100",
            Self::Phone(PhoneError::UnknownRange) => {
                return format!(
                    "check whether the number is right, and whether its country has given it another form: the metadata of \
                     libphonenumber {LIBPHONENUMBER} in this build know no such number. If the number is right, its range is \
                     newer than the metadata. Then add its beginning to OTP_ALLOW_PREFIXES, as in +1357, or run \
                     crates/sign-in/numbers/renew and deploy"
                )
                .into();
            }
            Self::Phone(PhoneError::Missing) => {
                "give the user a number, or set OTP_PHONE_ATTRIBUTE to the attribute that holds it"
            }
            Self::Phone(PhoneError::TypeNotAllowed) => {
                "give the user a number of a fixed line or a mobile phone that crates/sign-in/numbers/denied.toml does not deny"
            }
            Self::Phone(PhoneError::Unverified) => {
                "when you know that the number is the user's, set phone_number_verified with admin-update-user-attributes: without \
                 a sign-in, users can't verify it"
            }
            Self::Settings => "see the log event \"settings\" of this function's start",
            Self::TriggerMixedUp => {
                "in the user pool's LambdaConfig, attach each function to the trigger it is named by"
            }
        };
        advice.into()
    }
}

impl From<TriggerError> for Failure {
    fn from(error: TriggerError) -> Self {
        Self { error, destination: None, user: None }
    }
}

impl From<LedgerError> for TriggerError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

impl From<ServiceError> for TriggerError {
    fn from(error: ServiceError) -> Self {
        Self::Service(error)
    }
}

impl From<NotCalled> for TriggerError {
    fn from(reason: NotCalled) -> Self {
        Self::NotCalled(reason)
    }
}

impl From<PhoneError> for TriggerError {
    fn from(error: PhoneError) -> Self {
        Self::Phone(error)
    }
}

impl fmt::Display for TriggerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.client_text())
    }
}

impl std::error::Error for TriggerError {}

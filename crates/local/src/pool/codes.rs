//! The codes that Cognito makes: what each is good for, and until when.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::pool::contact::{Contact, Medium};
use crate::pool::error::ApiError;
use crate::pool::mac::{hmac, is_hmac};

/// What a code is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum CodeUse {
    /// `ConfirmForgotPassword`.
    Reset,
    /// `ConfirmSignUp`.
    SignUp,
    /// The second factor of a sign-in.
    SmsMfa,
    /// The first factor of a sign-in.
    SmsOtp,
    /// `VerifyUserAttribute`.
    Verify(Medium),
}

impl CodeUse {
    /// The challenge that asks for the code of a sign-in, and the name of its answer.
    pub(super) fn of_challenge(name: &str) -> Option<(Self, &'static str)> {
        match name {
            "SMS_MFA" => Some((Self::SmsMfa, "SMS_MFA_CODE")),
            "SMS_OTP" => Some((Self::SmsOtp, "SMS_OTP_CODE")),
            _ => None,
        }
    }

    /// Digits at random: eight for the first factor, which nothing else protects
    /// (<https://github.com/aws-amplify/amplify-js/issues/14428>).
    fn digits(self) -> String {
        match self {
            Self::SmsOtp => format!("{:08}", rand::random_range(0..100_000_000)),
            _ => format!("{:06}", rand::random_range(0..1_000_000)),
        }
    }

    /// How long the code can be used. That of a sign-in lasts as long as its session.
    pub(super) fn validity(self, session: Duration) -> Duration {
        match self {
            Self::Reset => Duration::from_hours(1),
            Self::SignUp | Self::Verify(_) => Duration::from_hours(24),
            Self::SmsMfa | Self::SmsOtp => session,
        }
    }
}

/// The codes that can be used now. Not the codes themselves are kept, but MACs over them.
pub(super) struct Codes {
    key: [u8; 32],
    /// By the user's `sub`. A new code replaces the one before it of the same use.
    live: HashMap<(String, CodeUse), Code>,
}

struct Code {
    mac: [u8; 32],
    expires_at: Instant,
    contact: Contact,
}

impl Default for Codes {
    fn default() -> Self {
        Self { key: rand::random(), live: HashMap::new() }
    }
}

impl Codes {
    /// A new code, which is to be sent there.
    pub(super) fn make(&mut self, sub: &str, code_use: CodeUse, validity: Duration, contact: Contact) -> String {
        let now = Instant::now();
        self.live.retain(|_, code| code.expires_at > now);
        let digits = code_use.digits();
        let code = Code { mac: hmac(&self.key, &[digits.as_bytes()]), expires_at: now + validity, contact };
        self.live.insert((sub.to_owned(), code_use), code);
        digits
    }

    /// Uses up the user's code, and tells where it was sent.
    pub(super) fn take(&mut self, sub: &str, code_use: CodeUse, digits: &str) -> Result<Contact, ApiError> {
        let key = (sub.to_owned(), code_use);
        let code = self.live.get(&key).filter(|code| Instant::now() < code.expires_at);
        if !is_hmac(&code.ok_or_else(ApiError::code_expired)?.mac, &self.key, &[digits.as_bytes()]) {
            return Err(ApiError::code_mismatch());
        }
        self.live.remove(&key).map(|code| code.contact).ok_or_else(ApiError::code_expired)
    }

    /// Voids the user's codes that would make an address or a number theirs.
    pub(super) fn void_changes(&mut self, sub: &str, medium: Medium) {
        let changes = |code_use: CodeUse| matches!(code_use, CodeUse::SignUp | CodeUse::Verify(_));
        self.live.retain(|(of, code_use), code| of != sub || code.contact.medium != medium || !changes(*code_use));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number() -> Contact {
        Contact { medium: Medium::Phone, address: "+12065550100".to_owned() }
    }

    #[test]
    fn a_code_lasts_as_long_as_cognitos() {
        let minutes = |code_use: CodeUse| code_use.validity(Duration::from_mins(3)).as_secs() / 60;
        let uses = [CodeUse::SmsMfa, CodeUse::SmsOtp, CodeUse::Reset, CodeUse::SignUp, CodeUse::Verify(Medium::Phone)];
        assert_eq!(uses.map(minutes), [3, 3, 60, 24 * 60, 24 * 60]);
    }

    #[test]
    fn an_expired_code_is_as_one_that_was_never_sent() {
        let mut codes = Codes::default();
        let digits = codes.make("sub", CodeUse::Reset, Duration::ZERO, number());
        assert_eq!(codes.take("sub", CodeUse::Reset, &digits), Err(ApiError::code_expired()));
        assert_eq!(codes.take("sub", CodeUse::SignUp, &digits), Err(ApiError::code_expired()));
    }

    #[test]
    fn a_code_is_good_for_its_user_and_its_use_alone() {
        let mut codes = Codes::default();
        let validity = Duration::from_hours(1);
        let digits = codes.make("ann", CodeUse::SmsOtp, validity, number());
        assert!(digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_digit()));
        codes.make("bob", CodeUse::SmsOtp, validity, number());
        codes.make("ann", CodeUse::SmsMfa, validity, number());
        assert!(codes.take("bob", CodeUse::SmsOtp, &digits).is_err());
        assert!(codes.take("ann", CodeUse::SmsMfa, &digits).is_err());
        assert_eq!(codes.take("ann", CodeUse::SmsOtp, &digits), Ok(number()));
    }
}

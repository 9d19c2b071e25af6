//! Cognito's quotas on requests about one user.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::pool::error::ApiError;

/// The time in which requests count.
const WINDOW: Duration = Duration::from_hours(1);

/// An operation that each user has a quota of.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Limited {
    ConfirmForgotPassword,
    ConfirmSignUp,
    ForgotPassword,
    GetUserAttributeVerificationCode,
    ResendConfirmationCode,
    VerifyUserAttribute,
}

impl Limited {
    /// Requests in an hour. For forgotten passwords, Cognito takes 5 to 20, by what it thinks of the client; here it is 5.
    fn quota(self) -> usize {
        match self {
            Self::ConfirmSignUp | Self::VerifyUserAttribute => 15,
            Self::ConfirmForgotPassword
            | Self::ForgotPassword
            | Self::GetUserAttributeVerificationCode
            | Self::ResendConfirmationCode => 5,
        }
    }
}

/// The last hour's requests, by the user's `sub`.
#[derive(Default)]
pub(super) struct Quotas(HashMap<(String, Limited), Vec<Instant>>);

impl Quotas {
    /// Counts a request, unless it is one too many.
    pub(super) fn count(&mut self, sub: &str, operation: Limited) -> Result<(), ApiError> {
        self.count_at(Instant::now(), sub, operation)
    }

    fn count_at(&mut self, now: Instant, sub: &str, operation: Limited) -> Result<(), ApiError> {
        let counted = self.0.entry((sub.to_owned(), operation)).or_default();
        counted.retain(|at| now.duration_since(*at) < WINDOW);
        if counted.len() >= operation.quota() {
            return Err(ApiError::limit_exceeded());
        }
        counted.push(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_each_quota_anew_after_an_hour() {
        let mut quotas = Quotas::default();
        let now = Instant::now();
        for _ in 0..5 {
            quotas.count_at(now, "ann", Limited::ResendConfirmationCode).unwrap();
        }
        let refused = quotas.count_at(now, "ann", Limited::ResendConfirmationCode);
        assert_eq!(refused, Err(ApiError::limit_exceeded()));
        quotas.count_at(now, "bob", Limited::ResendConfirmationCode).unwrap();
        quotas.count_at(now, "ann", Limited::ConfirmSignUp).unwrap();
        quotas.count_at(now + WINDOW, "ann", Limited::ResendConfirmationCode).unwrap();
    }
}

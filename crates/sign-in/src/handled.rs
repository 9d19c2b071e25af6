//! The result of an invocation: the answer for Cognito, and what the log says about it.

use std::fmt;

use crate::device::DeviceId;
use crate::ledger::{Limit, UserKey};
use crate::metric::Metric;
use crate::phone::Masked;

/// A function's answer, and what the log says about it.
pub struct Handled<R> {
    /// The event's `response`.
    pub response: R,
    /// What happened, in a word for the log.
    pub outcome: &'static str,
    /// The user whom it is about, if the event does not name them.
    pub user: Option<UserKey>,
    /// The number that was or would have been called, masked. `None` if it is not known.
    pub destination: Option<Masked>,
    /// The trusted device that was enrolled, was asked or has signed.
    pub device: Option<DeviceId>,
    /// The limit that refused a call.
    pub limit: Option<Limit>,
    /// The cause of an error that was let pass: a word, or AWS's error code.
    pub cause: Option<String>,
    /// Advice to the operator about a user who could not be called. For a limit, see [`Limit::advice`].
    pub advice: Option<String>,
    /// The metrics of the invocation.
    pub metrics: Vec<Metric>,
}

/// Omits the response, which may be a code.
impl<R> fmt::Debug for Handled<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outcome, user, destination, device, limit, cause, advice, metrics, .. } = self;
        f.debug_struct("Handled")
            .field("outcome", outcome)
            .field("user", user)
            .field("destination", destination)
            .field("device", device)
            .field("limit", limit)
            .field("cause", cause)
            .field("advice", advice)
            .field("metrics", metrics)
            .finish_non_exhaustive()
    }
}

impl<R> Handled<R> {
    /// An answer without metrics.
    #[must_use]
    pub fn of(response: R, outcome: &'static str) -> Self {
        Self {
            response,
            outcome,
            user: None,
            destination: None,
            device: None,
            limit: None,
            cause: None,
            advice: None,
            metrics: Vec::new(),
        }
    }

    /// The same, with another response.
    #[must_use]
    pub fn with<T>(self, response: T) -> Handled<T> {
        let Self { outcome, user, destination, device, limit, cause, advice, metrics, .. } = self;
        Handled { response, outcome, user, destination, device, limit, cause, advice, metrics }
    }
}

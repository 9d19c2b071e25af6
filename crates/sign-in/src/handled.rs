//! The result of an invocation: the answer for Cognito, and what the log says about it.

use crate::ledger::Limit;
use crate::metric::Metric;
use crate::phone::Masked;

/// A trigger's answer, and what the log says about it.
#[derive(Debug)]
pub struct Handled<R> {
    /// The event's `response`.
    pub response: R,
    /// What happened, in a word for the log.
    pub outcome: &'static str,
    /// The number that was or would have been called, masked. `None` if it is not known.
    pub destination: Option<Masked>,
    /// The limit that refused a call.
    pub limit: Option<Limit>,
    /// Advice to the operator about a user who could not be called. For a limit, see [`Limit::advice`].
    pub advice: Option<String>,
    /// The metrics of the invocation.
    pub metrics: Vec<Metric>,
}

impl<R> Handled<R> {
    /// An answer without metrics.
    #[must_use]
    pub fn of(response: R, outcome: &'static str) -> Self {
        Self { response, outcome, destination: None, limit: None, advice: None, metrics: Vec::new() }
    }

    /// The same, with another response.
    #[must_use]
    pub fn with<T>(self, response: T) -> Handled<T> {
        let Self { outcome, destination, limit, advice, metrics, .. } = self;
        Handled { response, outcome, destination, limit, advice, metrics }
    }
}

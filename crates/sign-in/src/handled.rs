//! What an invocation came to.

use crate::ledger::Limit;
use crate::metric::Metric;
use crate::phone::Masked;

/// A trigger's answer and what the log says of it.
#[derive(Debug)]
pub struct Handled<R> {
    /// What goes into the event's `response`.
    pub response: R,
    /// What happened, in a word.
    pub outcome: &'static str,
    /// The number that was or would have been called, if one is known.
    pub destination: Option<Masked>,
    /// What kept the user from being called again.
    pub limit: Option<Limit>,
    /// What the operator can do about a user that could not be called. For a limit, the limit says it.
    pub advice: Option<String>,
    /// What is counted of it.
    pub metrics: Vec<Metric>,
}

impl<R> Handled<R> {
    /// An answer of which nothing is counted.
    #[must_use]
    pub fn of(response: R, outcome: &'static str) -> Self {
        Self { response, outcome, destination: None, limit: None, advice: None, metrics: Vec::new() }
    }

    /// The same with another response.
    #[must_use]
    pub fn with<T>(self, response: T) -> Handled<T> {
        let Self { outcome, destination, limit, advice, metrics, .. } = self;
        Handled { response, outcome, destination, limit, advice, metrics }
    }
}

//! What was done for a round, and what is counted of it. Pure.

use crate::ledger::Refusal;
use crate::metric::Metric;

/// What was done for a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoundOutcome {
    /// A call was placed, or for an unknown user not placed.
    Called,
    /// The phone rings already: the sign-in goes on with the challenge of that call.
    Joined,
    /// This limit refused a call, and the code that the phone has said is still good.
    Refused(Refusal),
    /// No call was asked for: the code is the same.
    SameCode,
}

impl RoundOutcome {
    /// As in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Called => "called",
            Self::Joined => "joined",
            Self::Refused(_) => "call-refused",
            Self::SameCode => "same-code",
        }
    }

    /// The limit that refused a call.
    #[must_use]
    pub fn refusal(self) -> Option<Refusal> {
        if let Self::Refused(refusal) = self { Some(refusal) } else { None }
    }

    /// What is counted of it. `latency`: how long Connect took to take the call, in milliseconds. `not_called`: why nobody was
    /// called.
    #[must_use]
    pub fn metrics(self, latency: u64, not_called: Option<&'static str>) -> Vec<Metric> {
        match (self, not_called) {
            (Self::Refused(refusal), _) => vec![Metric::CallsRefused(refusal.limit.to_string().into())],
            (Self::Called, Some(why)) => vec![Metric::CallsRefused(why.into())],
            (Self::Called, None) => vec![Metric::CallsPlaced, Metric::CallLatency(latency)],
            (Self::Joined | Self::SameCode, _) => Vec::new(),
        }
    }
}

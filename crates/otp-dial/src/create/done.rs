//! What became of a round.

use std::time::Duration;

use crate::dial::milliseconds;
use crate::ledger::Refusal;
use crate::metric::Metric;

/// What was done for a round.
#[derive(Clone, Copy)]
pub(super) enum Done {
    /// The user was called, or somebody who doesn't exist was not; and how long Connect took for it.
    Called(Duration),
    /// A call was under way already.
    Joined,
    /// A call was refused, and the user has a code all the same.
    Refused(Refusal),
    /// No call was asked for.
    SameCode,
}

impl Done {
    /// As in the log.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Called(_) => "called",
            Self::Joined => "joined",
            Self::Refused(_) => "call-refused",
            Self::SameCode => "same-code",
        }
    }

    /// The limit that refused a call.
    pub(super) fn refusal(self) -> Option<Refusal> {
        if let Self::Refused(refusal) = self { Some(refusal) } else { None }
    }

    /// What is counted of it. `nobody`: why nobody was called.
    pub(super) fn metrics(self, nobody: Option<&'static str>) -> Vec<Metric> {
        match (self, nobody) {
            (Self::Refused(refusal), _) => vec![Metric::CallsRefused(refusal.limit.to_string().into())],
            (Self::Called(_), Some(why)) => vec![Metric::CallsRefused(why.into())],
            (Self::Called(latency), None) => vec![Metric::CallsPlaced, Metric::CallLatency(milliseconds(latency))],
            (Self::Joined | Self::SameCode, _) => Vec::new(),
        }
    }
}

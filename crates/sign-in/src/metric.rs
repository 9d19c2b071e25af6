//! What CloudWatch counts: names, units and the one dimension that some have beside the stack's name. The words in them
//! are few, so that they make few metrics, which are paid for one by one.

use std::borrow::Cow;

/// A value for a metric of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// An answer was judged, and how.
    Answers(&'static str),
    /// How long Connect took to take a call, in milliseconds.
    CallLatency(u64),
    /// Connect has taken a call.
    CallsPlaced,
    /// Nobody was called, by a limit or because of the number or the user, and why.
    CallsRefused(Cow<'static, str>),
    /// The sandbox was new.
    ColdStarts,
    /// What kept a trigger from answering, by the error word.
    Failures(&'static str),
    /// A user has got tokens.
    SignInsCompleted,
    /// A sign-in has ended without tokens, and why.
    SignInsRefused(&'static str),
    /// A sign-in has begun.
    SignInsStarted,
}

impl Metric {
    /// As in CloudWatch.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answers(_) => "Answers",
            Self::CallLatency(_) => "CallLatency",
            Self::CallsPlaced => "CallsPlaced",
            Self::CallsRefused(_) => "CallsRefused",
            Self::ColdStarts => "ColdStarts",
            Self::Failures(_) => "Failures",
            Self::SignInsCompleted => "SignInsCompleted",
            Self::SignInsRefused(_) => "SignInsRefused",
            Self::SignInsStarted => "SignInsStarted",
        }
    }

    /// By CloudWatch's names of units.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        if matches!(self, Self::CallLatency(_)) { "Milliseconds" } else { "Count" }
    }

    /// The number.
    #[must_use]
    pub fn value(&self) -> u64 {
        if let Self::CallLatency(milliseconds) = self { *milliseconds } else { 1 }
    }

    /// The name of a dimension, and where it is. No two metrics of one invocation have the same with another value: it
    /// is a field of the line that they share.
    #[must_use]
    pub fn dimension(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::Answers(outcome) => Some(("Outcome", outcome)),
            Self::CallsRefused(reason) => Some(("Reason", reason)),
            Self::SignInsRefused(reason) => Some(("Reason", reason)),
            Self::Failures(kind) => Some(("Kind", kind)),
            Self::CallLatency(_)
            | Self::CallsPlaced
            | Self::ColdStarts
            | Self::SignInsCompleted
            | Self::SignInsStarted => None,
        }
    }
}

//! The metrics in CloudWatch: names, units, and the dimension that some have beside the stack's name. CloudWatch
//! charges for each metric, and each value of a dimension makes one, so there are few values.

use std::borrow::Cow;

/// One data point of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// An answer was judged: the verdict.
    Answers(&'static str),
    /// How long Connect took to take a call, in milliseconds.
    CallLatency(u64),
    /// Connect has taken a call.
    CallsPlaced,
    /// A call was refused: the limit, or why the user can't be called.
    CallsRefused(Cow<'static, str>),
    /// The invocation was a sandbox's first.
    ColdStarts,
    /// A trigger did not answer: the error word.
    Failures(&'static str),
    /// A user got tokens.
    SignInsCompleted,
    /// A sign-in ended without tokens: the reason.
    SignInsRefused(&'static str),
    /// A sign-in started.
    SignInsStarted,
}

impl Metric {
    /// The name in CloudWatch.
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

    /// The unit, by CloudWatch's name.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        if matches!(self, Self::CallLatency(_)) { "Milliseconds" } else { "Count" }
    }

    /// The value: milliseconds for `CallLatency`, else 1.
    #[must_use]
    pub fn value(&self) -> u64 {
        if let Self::CallLatency(milliseconds) = self { *milliseconds } else { 1 }
    }

    /// The dimension's name and value. Within one invocation, no two metrics have one dimension with different values:
    /// it is a field of the line that they share.
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

//! What was done for a round, and what is counted of it. Pure.

use crate::ledger::Refusal;
use crate::metric::Metric;

/// What was done for a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// A call was placed, or for an unknown user not placed.
    Called,
    /// The phone rings already: the sign-in goes on with the challenge of that call.
    Joined,
    /// This limit refused a call, and the code that the phone has said is still good.
    Refused(Refusal),
    /// No call was asked for: the code is the same.
    SameCode,
}

impl How {
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

    /// What is counted of it. `latency`: how long Connect took to take the call, in milliseconds. `nobody`: why nobody was
    /// called.
    #[must_use]
    pub fn metrics(self, latency: u64, nobody: Option<&'static str>) -> Vec<Metric> {
        match (self, nobody) {
            (Self::Refused(refusal), _) => vec![Metric::CallsRefused(refusal.limit.to_string().into())],
            (Self::Called, Some(why)) => vec![Metric::CallsRefused(why.into())],
            (Self::Called, None) => vec![Metric::CallsPlaced, Metric::CallLatency(latency)],
            (Self::Joined | Self::SameCode, _) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Limit, Scope, Window};

    const REFUSED: How = How::Refused(Refusal { limit: Limit::Calls(Scope::User, Window::Hour), wait: Some(60) });

    /// A call is counted as placed if Connect took it, as refused if nobody was called, and else not at all.
    #[test]
    fn each_round_is_counted_for_what_was_done() {
        assert_eq!(How::Called.metrics(250, None), [Metric::CallsPlaced, Metric::CallLatency(250)]);
        assert_eq!(How::Called.metrics(250, Some("unknown-user")), [Metric::CallsRefused("unknown-user".into())]);
        for nobody in [None, Some("unknown-user")] {
            assert_eq!(REFUSED.metrics(0, nobody), [Metric::CallsRefused("user-hour".into())]);
            assert_eq!((How::Joined.metrics(0, nobody), How::SameCode.metrics(0, nobody)), (vec![], vec![]));
        }
    }

    #[test]
    fn the_log_tells_what_was_done_apart() {
        let words = [How::Called, How::Joined, REFUSED, How::SameCode].map(How::word);
        assert_eq!(words, ["called", "joined", "call-refused", "same-code"]);
    }
}

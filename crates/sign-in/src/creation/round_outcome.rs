//! Whether the user was called for a round, and the metrics that count it.

use crate::ledger::Refusal;
use crate::metric::Metric;

/// Whether the user was called for a round, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RoundOutcome {
    /// A call was placed. For an unknown user: it was only pretended.
    Called,
    /// The phone rings already. The sign-in goes on with the challenge of that call.
    Joined,
    /// This limit refused a call. The sign-in goes on with the code that the phone has heard before.
    Refused(Refusal),
    /// No call was asked for. The code is the one of the round before.
    SameCode,
}

impl RoundOutcome {
    /// The word for it in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Called => "called",
            Self::Joined => "joined",
            Self::Refused(_) => "call-refused",
            Self::SameCode => "same-code",
        }
    }

    /// The limit that refused a call, if one did.
    #[must_use]
    pub fn refusal(self) -> Option<Refusal> {
        if let Self::Refused(refusal) = self { Some(refusal) } else { None }
    }

    /// The metrics of the round. `latency`: how long Connect took to take the call, in milliseconds. `not_called`: why
    /// the user can't be called, if that is so.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{Limit, Scope, Window};

    const REFUSED: RoundOutcome =
        RoundOutcome::Refused(Refusal { limit: Limit::Calls(Scope::User, Window::Hour), retry_after: Some(60) });

    /// A call is counted as placed if Connect took it, as refused if nobody was called, and otherwise not at all.
    #[test]
    fn each_round_is_counted_for_what_was_done() {
        assert_eq!(RoundOutcome::Called.metrics(250, None), [Metric::CallsPlaced, Metric::CallLatency(250)]);
        assert_eq!(
            RoundOutcome::Called.metrics(250, Some("unknown-user")),
            [Metric::CallsRefused("unknown-user".into())]
        );
        for nobody in [None, Some("unknown-user")] {
            assert_eq!(REFUSED.metrics(0, nobody), [Metric::CallsRefused("user-hour".into())]);
            assert_eq!(
                (RoundOutcome::Joined.metrics(0, nobody), RoundOutcome::SameCode.metrics(0, nobody)),
                (vec![], vec![])
            );
        }
    }

    #[test]
    fn the_log_tells_what_was_done_apart() {
        let words =
            [RoundOutcome::Called, RoundOutcome::Joined, REFUSED, RoundOutcome::SameCode].map(RoundOutcome::word);
        assert_eq!(words, ["called", "joined", "call-refused", "same-code"]);
    }
}

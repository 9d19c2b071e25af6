//! The metrics in CloudWatch: names, units, and the dimension that some have beside the stack's name. CloudWatch
//! charges for each metric, and each value of a dimension makes one, so there are few values.

use std::borrow::Cow;

use crate::error::{ErrorWord, LedgerError, NotCalled, TriggerError};
use crate::ledger::{Limit, Verdict, Withheld};
use crate::mode::RefusalReason;

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
    /// Somebody said in a call that a code of Cognito's is not for them.
    CodesDenied,
    /// A code of Cognito's that no call speaks, and no text message carries.
    CodesNotSent,
    /// A call got its code: somebody has answered it, and pressed the gate's key if there is a gate.
    CodesSpoken,
    /// A call asked for its code and did not get it: the reason.
    CodesWithheld(&'static str),
    /// The invocation was a sandbox's first.
    ColdStarts,
    /// A trigger did not answer: the error word.
    Failures(&'static str),
    /// A user got tokens since a trusted device has signed.
    SignInsByDevice,
    /// A user got tokens.
    SignInsCompleted,
    /// A user said in a call that the sign-in is not theirs.
    SignInsDenied,
    /// A sign-in ended without tokens: the reason.
    SignInsRefused(&'static str),
    /// A sign-in started.
    SignInsStarted,
    /// Tokens were refused, or would be if the gate did more than observe: the reason.
    TokensWithoutCall(&'static str),
}

/// The word for a user who does not exist.
pub const UNKNOWN_USER: &str = "unknown-user";

/// The word for an answer whose event has no challenge.
pub(crate) const NO_CHALLENGE: &str = "no-challenge";

/// The word for a failure of the ledger that waiting does not fix.
pub const LEDGER_MISCONFIGURED: &str = "LEDGER_MISCONFIGURED";

impl Metric {
    /// One of each, without its word.
    pub const ALL: [Self; 16] = [
        Self::SignInsStarted,
        Self::SignInsCompleted,
        Self::SignInsByDevice,
        Self::SignInsRefused(""),
        Self::CallsPlaced,
        Self::CallLatency(0),
        Self::CallsRefused(Cow::Borrowed("")),
        Self::CodesSpoken,
        Self::CodesWithheld(""),
        Self::CodesDenied,
        Self::CodesNotSent,
        Self::SignInsDenied,
        Self::Answers(""),
        Self::TokensWithoutCall(""),
        Self::Failures(""),
        Self::ColdStarts,
    ];

    /// What an error counts as.
    #[must_use]
    pub fn of(error: &TriggerError) -> Self {
        match error {
            TriggerError::Limit(refusal, _) => Self::CallsRefused(refusal.limit.to_string().into()),
            TriggerError::NotCalled(reason) => Self::TokensWithoutCall(reason.word()),
            TriggerError::Phone(_) => Self::CallsRefused(error.word().as_str().into()),
            TriggerError::Ledger(LedgerError { passes: false, .. }) => Self::Failures(LEDGER_MISCONFIGURED),
            _ => Self::Failures(error.word().as_str()),
        }
    }

    /// What it counts, and in which function.
    #[must_use]
    pub fn counts(&self) -> &'static str {
        match self {
            Self::Answers(_) => "verify: answers, by verdict",
            Self::CallLatency(_) => "create, send: milliseconds that Connect took to take a call",
            Self::CallsPlaced => {
                "create, send: calls that Connect has taken. Those that it may have taken (`CALL_UNREACHABLE`) are not among them"
            }
            Self::CallsRefused(_) => {
                "create, send: calls that were not placed, by limit or by what is wrong with the user"
            }
            Self::CodesDenied => {
                "speak: calls in which somebody said that a code of Cognito's is not for them, once for each time that Connect asks"
            }
            Self::CodesNotSent => {
                "send: codes of Cognito's that no call speaks, and no text message carries, since no origination identity is set"
            }
            Self::CodesSpoken => {
                "speak: calls that got their code, once for each time that Connect asks. Somebody has answered, and pressed the \
                 gate's key if there is a gate"
            }
            Self::CodesWithheld(_) => {
                "speak: calls that asked for their code and did not get it, by reason. Among them are calls that denied the \
                 sign-in when it was over"
            }
            Self::ColdStarts => "all: new sandboxes",
            Self::Failures(_) => {
                "all: other errors, by error word. `LEDGER_MISCONFIGURED` is a `SIGN_IN_BUSY` that waiting does not fix"
            }
            Self::SignInsByDevice => {
                "define: sign-ins that end with tokens since a trusted device has signed. `SignInsCompleted` counts them too"
            }
            Self::SignInsCompleted => "define: sign-ins that end with tokens",
            Self::SignInsDenied => {
                "speak: calls in which the user said that the sign-in is not theirs, once for each time that Connect asks"
            }
            Self::SignInsRefused(_) => "define: sign-ins that end without tokens, by reason",
            Self::SignInsStarted => "define: sign-ins that begin",
            Self::TokensWithoutCall(_) => {
                "gate: tokens that are refused since the user was not called for them, by reason. If the gate observes, they are \
                 issued, and counted all the same"
            }
        }
    }

    /// The words of its dimension. Empty if it has none.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let errors = ErrorWord::ALL.iter().map(|word| word.as_str());
        let (phones, others): (Vec<_>, Vec<_>) = errors.partition(|word| word.starts_with("PHONE_"));
        let (words, last): (Vec<_>, &[&str]) = match self {
            Self::Answers(_) => (Verdict::ALL.map(Verdict::word).to_vec(), &[UNKNOWN_USER, NO_CHALLENGE]),
            Self::CallsRefused(_) => {
                let limits = Limit::all().map(|limit| limit.to_string());
                return limits.chain(phones.into_iter().chain([UNKNOWN_USER]).map(str::to_owned)).collect();
            }
            Self::Failures(_) => {
                // Errors by a limit are refused calls, and tokens without a call have a metric of their own.
                let counted = [
                    ErrorWord::CallLimit,
                    ErrorWord::SignInDenied,
                    ErrorWord::SignInLocked,
                    ErrorWord::SignInNotCalled,
                ];
                let counted = counted.map(ErrorWord::as_str);
                (others.into_iter().filter(|word| !counted.contains(word)).collect(), &[LEDGER_MISCONFIGURED])
            }
            Self::CodesWithheld(_) => (Withheld::ALL.map(Withheld::word).to_vec(), &[]),
            Self::SignInsRefused(_) => (RefusalReason::ALL.map(RefusalReason::word).to_vec(), &[UNKNOWN_USER]),
            Self::TokensWithoutCall(_) => (NotCalled::ALL.map(NotCalled::word).to_vec(), &[]),
            Self::CallLatency(_)
            | Self::CallsPlaced
            | Self::CodesDenied
            | Self::CodesNotSent
            | Self::CodesSpoken
            | Self::ColdStarts
            | Self::SignInsByDevice
            | Self::SignInsCompleted
            | Self::SignInsDenied
            | Self::SignInsStarted => (Vec::new(), &[]),
        };
        words.iter().chain(last).map(|&word| word.to_owned()).collect()
    }

    /// The name in CloudWatch.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answers(_) => "Answers",
            Self::CallLatency(_) => "CallLatency",
            Self::CallsPlaced => "CallsPlaced",
            Self::CallsRefused(_) => "CallsRefused",
            Self::CodesDenied => "CodesDenied",
            Self::CodesNotSent => "CodesNotSent",
            Self::CodesSpoken => "CodesSpoken",
            Self::CodesWithheld(_) => "CodesWithheld",
            Self::ColdStarts => "ColdStarts",
            Self::Failures(_) => "Failures",
            Self::SignInsByDevice => "SignInsByDevice",
            Self::SignInsCompleted => "SignInsCompleted",
            Self::SignInsDenied => "SignInsDenied",
            Self::SignInsRefused(_) => "SignInsRefused",
            Self::SignInsStarted => "SignInsStarted",
            Self::TokensWithoutCall(_) => "TokensWithoutCall",
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
            Self::CodesWithheld(reason) | Self::SignInsRefused(reason) | Self::TokensWithoutCall(reason) => {
                Some(("Reason", reason))
            }
            Self::Failures(kind) => Some(("Kind", kind)),
            Self::CallLatency(_)
            | Self::CallsPlaced
            | Self::CodesDenied
            | Self::CodesNotSent
            | Self::CodesSpoken
            | Self::ColdStarts
            | Self::SignInsByDevice
            | Self::SignInsCompleted
            | Self::SignInsDenied
            | Self::SignInsStarted => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Documents and alarms take them from here.
    #[test]
    fn exactly_the_metrics_with_a_dimension_have_words() {
        for metric in Metric::ALL {
            let words = metric.words();
            assert_eq!(metric.dimension().is_some(), !words.is_empty(), "{metric:?}");
            assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len(), "{metric:?}");
        }
    }
}

//! Tokens by another way than a call.

use sign_in::ledger::PassLife;

use super::compared;
use crate::policy::Policy;
use crate::trace::Fact;

/// There are tokens exactly as long as a right answer of the same user on the same app client stands in for a call.
pub(super) fn tokens(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let days = if policy.rules.pass_life == PassLife::of_days(1) { 1 } else { 2 };
    let seconds = days * 24 * 60 * 60 + 60;
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::Gated { user, client, tokens, at: now, .. } = fact else { return None };
        let mut rights = compared(&trace[..index]).filter_map(|fact| match *fact {
            Fact::Judged { user, client, verdict: "right", at, .. } => Some((user, client, at)),
            _ => None,
        });
        let right = rights.any(|(by, on, at)| (by, on) == (user, client) && now < at + seconds);
        (tokens != right).then(|| format!("{fact:?}"))
    })
}

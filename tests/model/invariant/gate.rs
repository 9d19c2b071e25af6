//! Tokens by another way than a call.

use sign_in::ledger::PassLife;

use super::compared;
use crate::policy::Policy;
use crate::trace::Fact;

/// There are tokens exactly as long as a right answer of the same user on the same app client stands in for a call: a
/// code, or the signature of a device.
pub(super) fn tokens(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let days = if policy.rules.pass_life == PassLife::of_days(1) { 1 } else { 2 };
    let seconds = days * 24 * 60 * 60 + 60;
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::Gated { user, client, tokens, at: now, .. } = fact else { return None };
        let signed = trace[..index].iter().filter(|fact| matches!(fact, Fact::Signed { written: true, .. }));
        let right = compared(&trace[..index]).chain(signed).any(|fact| match *fact {
            Fact::Judged { user: by, client: on, verdict: "right", at, .. }
            | Fact::Signed { user: by, client: on, at, .. } => (by, on) == (user, client) && now < at + seconds,
            _ => false,
        });
        (tokens != right).then(|| format!("{fact:?}"))
    })
}

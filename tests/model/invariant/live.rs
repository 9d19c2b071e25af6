//! The worth of a code to somebody who is asked for it.

use super::{DELIVERY_SECONDS, calls_of, decision, is_open, not_refused};
use crate::policy::Policy;
use crate::trace::{Call, Fact};

/// When the ledger decides, the code can still be answered, and this number has heard it or hears it now. Another sign-in may
/// use it up before the user is asked.
pub(super) fn at_decision(policy: &Policy, trace: &[Fact]) -> Option<String> {
    let validity = policy.rules.challenge.validity_seconds;
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::Asked { event, delivery, number, challenge, .. } = fact else { return None };
        let (index, decision) = decision(&trace[..index], event, delivery)?;
        let (before, with) = (&trace[..index], &trace[..=index]);
        let calls: Vec<_> = calls_of(challenge, with).collect();
        let (Some(first), Some(latest)) = (calls.first(), calls.last()) else { return Some(format!("{fact:?}")) };
        let expiry = first.at + validity;
        let in_time = match *decision {
            // Time enough to type it.
            Fact::Counted(Call { at, .. }) => at + (validity / 2).min(60) <= expiry,
            // However short the validity, all deliveries of one event are for one call.
            Fact::Joined { at, .. } => at < expiry.max(latest.at + DELIVERY_SECONDS),
            Fact::Refused { at, .. } => at < expiry,
            _ => false,
        };
        let is_called = not_refused(with).any(|call| call.challenge == challenge);
        let live = in_time && is_called && is_open(challenge, policy, before) && latest.keys.number == number;
        (!live).then(|| format!("{fact:?} after {decision:?}"))
    })
}

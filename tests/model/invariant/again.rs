//! Who is called, once a call is due.

use super::{calls_of, decision};
use crate::policy::Policy;
use crate::trace::{Event, Fact};

/// A counted call was placed by the time that Cognito hears of it. A call-again that the sign-in grants is for the ledger to
/// decide, and joins a call only if there was a later one than the user has heard. Connect may have refused that one since.
pub(super) fn rings(_: &Policy, trace: &[Fact]) -> Option<String> {
    trace.iter().enumerate().find_map(|(index, fact)| {
        let &Fact::Asked { event, delivery, challenge, .. } = fact else { return None };
        let before = &trace[..index];
        let granted = before.contains(&Fact::Granted { event, delivery });
        let rings = match decision(before, event, delivery) {
            Some((_, Fact::Counted(call))) => before.contains(&Fact::Rang(*call)),
            Some((index, Fact::Joined { .. })) if granted => {
                calls_of(challenge, &trace[..index]).count() > heard(before, event, challenge)
            }
            Some(_) => true,
            None => !granted,
        };
        (!rings).then(|| format!("{fact:?}"))
    })
}

/// How many calls of the challenge there were when the sign-in was last asked for its code.
pub(crate) fn heard(trace: &[Fact], of: Event, challenge: u128) -> usize {
    let mut asked = trace.iter().rev().filter_map(|fact| match fact {
        Fact::Asked { event, delivery, challenge, .. } if event.sign_in == of.sign_in => {
            let (index, _) = decision(trace, *event, *delivery)?;
            Some((*challenge, index))
        }
        _ => None,
    });
    asked
        .next()
        .filter(|asked| asked.0 == challenge)
        .map_or(0, |(_, index)| calls_of(challenge, &trace[..=index]).count())
}

//! What happened in the traces. A run in which little happens proves little.

use std::collections::{BTreeMap, BTreeSet};

use sign_in::ledger::Devices;

use crate::invariant::device::Known;
use crate::trace::{Call, Event, Fact};

/// How often each kind of event happened.
#[derive(Debug, Default)]
pub(crate) struct Coverage(BTreeMap<String, usize>);

impl Coverage {
    pub(crate) fn note(&mut self, trace: &[Fact]) {
        for name in names(trace) {
            *self.0.entry(name.to_owned()).or_default() += 1;
        }
    }

    /// The names that happened less often than `least` times.
    pub(crate) fn missing<'a>(&self, names: &[&'a str], least: usize) -> Vec<&'a str> {
        names.iter().copied().filter(|&name| self.0.get(name).is_none_or(|&count| count < least)).collect()
    }
}

/// What happened in a trace, by name.
pub(crate) fn names(trace: &[Fact]) -> Vec<&str> {
    let (mut events, mut refused, mut right) = (BTreeSet::<Event>::new(), BTreeSet::new(), BTreeSet::new());
    let (mut challenges, mut heard, mut denied) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut names = Vec::new();
    let mut known = Known::default();
    for fact in trace {
        let name = match fact {
            Fact::Asked { event, .. } => match refused.contains(event) {
                false => "asked",
                // With the code that the sign-in has already, or with another sign-in's.
                true if event.round > 0 => "asked-again-joined",
                true => "refused-joined",
            },
            Fact::Cleared { .. } => "cleared",
            Fact::Conflicted { .. } => "conflict",
            Fact::Counted(Call { event, challenge, .. }) => {
                events.insert(*event);
                if challenges.insert(*challenge) { "new-challenge" } else { "called-again" }
            }
            Fact::Denied { call, contact, .. } if denied.insert((call, contact)) => "denied",
            Fact::Denied { .. } => "denied-again",
            Fact::Enrolled { user, device, .. } => match known.of(*user).count() {
                _ if known.of(*user).any(|known| known.key == device.key) => "renewed",
                Devices::MAX => "pushed-out",
                _ => "enrolled",
            },
            Fact::Forgotten { .. } => "forgotten",
            Fact::Gated { reason, .. } => reason,
            Fact::GivenBack(_) => "given-back",
            Fact::Granted { .. } => "granted",
            Fact::Heard { call, contact, .. } if heard.insert((call, contact)) => "heard",
            Fact::Had { .. } => "had",
            Fact::Heard { .. } => "heard-again",
            Fact::Joined { event, .. } if events.contains(event) => "repeat-joined",
            Fact::Joined { .. } => "joined",
            Fact::Judged { event, verdict: "right", .. } if !right.insert(*event) => "right-again",
            Fact::Signed { verdict: "device", written: false, .. } => "device-again",
            Fact::Judged { verdict, .. } | Fact::Signed { verdict, .. } => verdict,
            Fact::Named { .. } => "named",
            Fact::Rang(_) => "rang",
            Fact::Refused { event, limit, joins, .. } => {
                if joins.is_some() {
                    refused.insert(*event);
                }
                if limit == "denied" { "user-denied" } else { limit }
            }
            Fact::SignatureAsked { .. } => "device-asked",
            Fact::StaysCounted(_) => "stays-counted",
            Fact::Withheld { reason, .. } => withheld(reason),
            Fact::Over { tokens: true, .. } => "tokens",
            Fact::Over { tokens: false, .. } => "no-tokens",
        };
        names.push(name);
        known.note(fact);
    }
    let count = |wanted: &str| names.iter().filter(|&&name| name == wanted).count();
    let counted = count("new-challenge") + count("called-again");
    let silent = counted.saturating_sub(count("rang") + count("given-back"));
    names.extend(std::iter::repeat_n("never-rang", silent));
    names
}

/// The name for a code that is withheld. An answer may have the same word.
fn withheld(reason: &str) -> &'static str {
    match reason {
        "attempts-used-up" => "withheld-attempts-used-up",
        "denied" => "withheld-denied",
        "expired" => "withheld-expired",
        "lockout" => "withheld-lockout",
        "max-failures" => "withheld-max-failures",
        "older-call" => "withheld-older-call",
        "other-contact" => "withheld-other-contact",
        "replaced" => "withheld-replaced",
        "used" => "withheld-used",
        _ => panic!("the ledger does not withhold a code for {reason}"),
    }
}

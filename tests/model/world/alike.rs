//! Which worlds are equivalent: they have the same futures, and the invariants find the same in them. The model
//! checker visits one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use super::World;
use crate::device::Trusted;
use crate::invariant::again::heard;
use crate::invariant::device::Known;
use crate::invariant::kept;
use crate::sign_in::{SignIn, Stage};
use crate::telephone::Ringing;
use crate::trace::{Call, Event, Fact, Nonce};

/// What the invariants need of the facts that were checked before.
#[derive(Default, Hash)]
struct Past<'a> {
    issued: BTreeMap<u128, u64>,
    kept: BTreeSet<Call>,
    given_back: BTreeSet<Call>,
    stays_counted: BTreeSet<Call>,
    /// The challenge of each user's latest call.
    latest: BTreeMap<usize, u128>,
    rung: BTreeSet<Call>,
    asked: BTreeSet<(Event, u128)>,
    /// How many calls of its challenge each sign-in has heard.
    heard: BTreeMap<usize, usize>,
    /// Who has heard the code of which call.
    listeners: BTreeSet<(Ringing, u128)>,
    judged: Vec<&'a Fact>,
    /// The challenges that were denied.
    dead: BTreeSet<u128>,
    /// When each user last denied a sign-in, unless that was cleared.
    denied: BTreeMap<usize, u64>,
    /// Which devices each user has, and has ever had.
    devices: Known,
    had: BTreeSet<(usize, Trusted)>,
    enrolled: BTreeSet<Event>,
    signatures_asked: BTreeSet<(Event, Trusted, Nonce)>,
    /// Which nonce was used last, and when each was.
    signed: BTreeMap<usize, Nonce>,
    nonces: BTreeMap<u128, (Event, u64)>,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { now, numbers, sign_ins, creations, listenings, trace, old: _, table, telephone } = self;
        (now, numbers, listenings, table, telephone, Past::of(trace), self.news()).hash(state);
        for SignIn { session, stage } in sign_ins {
            (stage, (*stage != Stage::Over).then_some(session)).hash(state);
        }
        for creation in creations {
            // The revision that was read doesn't matter, only whether it is still the current one.
            let unchanged = creation.writes().map(|(keys, rows)| table.is_unchanged(keys, rows));
            (creation, unchanged).hash(state);
        }
    }
}

impl<'a> Past<'a> {
    fn of(trace: &'a [Fact]) -> Self {
        let mut past = Self { kept: kept(trace).collect(), ..Self::default() };
        for fact in trace {
            past.devices.note(fact);
            match fact {
                Fact::Had { user, device } => {
                    past.had.insert((*user, *device));
                }
                Fact::Enrolled { event, user, device, .. } => {
                    past.enrolled.insert(*event);
                    past.had.insert((*user, *device));
                }
                Fact::SignatureAsked { event, device, nonce, .. } => {
                    past.signatures_asked.insert((*event, *device, *nonce));
                }
                Fact::Signed { event, user, nonce, written: true, at, .. } => {
                    past.signed.insert(*user, *nonce);
                    past.nonces.insert(nonce.nonce, (*event, *at));
                }
                Fact::Counted(call) => {
                    past.issued.entry(call.challenge).or_insert(call.at);
                    past.latest.insert(call.keys.user, call.challenge);
                }
                Fact::GivenBack(call) => {
                    past.given_back.insert(*call);
                }
                Fact::StaysCounted(call) => {
                    past.stays_counted.insert(*call);
                }
                Fact::Rang(call) => {
                    past.rung.insert(*call);
                }
                Fact::Asked { event, challenge, .. } => {
                    past.asked.insert((*event, *challenge));
                    past.heard.insert(event.sign_in, heard(trace, *event, *challenge));
                }
                Fact::Heard { call, contact, .. } => {
                    past.listeners.insert((*call, *contact));
                }
                Fact::Denied { call, challenge, at, .. } => {
                    past.dead.insert(*challenge);
                    past.denied.insert(call.user, *at);
                }
                Fact::Cleared { user } => {
                    past.denied.remove(user);
                    // Clearing twice is clearing once.
                    if past.judged.last() != Some(&fact) {
                        past.judged.push(fact);
                    }
                }
                Fact::Judged { verdict: "right" | "wrong", .. } => past.judged.push(fact),
                _ => {}
            }
        }
        past
    }
}

//! Connect: takes each call once.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

/// The calls that Connect took, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Telephone(Vec<Taken>);

/// A call that Connect took, and which of its contacts have an answer: a flow asks once, and again only without one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Taken {
    call: Ringing,
    answered: BTreeSet<Contact>,
}

/// What the handle of a call names. Challenge and number of the call are its client token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ringing {
    pub(crate) user: usize,
    pub(crate) challenge: u128,
    /// The number of the call among those of its challenge.
    pub(crate) call: u32,
}

/// Who asks with the handle of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Contact {
    /// The contact of the call.
    Own,
    /// Another one, which somebody started with the same handle.
    Other,
}

/// What a contact asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Wish {
    Code,
    Deny,
}

impl Telephone {
    /// Takes a call. Returns whether it rings: not for a token that was used before.
    pub(crate) fn call(&mut self, call: Ringing) -> bool {
        let rings = self.calls().all(|taken| (taken.challenge, taken.call) != (call.challenge, call.call));
        if rings {
            self.0.push(Taken { call, answered: BTreeSet::new() });
        }
        rings
    }

    /// All calls, oldest first.
    pub(crate) fn calls(&self) -> impl DoubleEndedIterator<Item = Ringing> {
        self.0.iter().map(|taken| taken.call)
    }

    /// Whether this contact may ask with the handle of the call.
    pub(crate) fn may_ask(&self, call: Ringing, contact: Contact) -> bool {
        self.0.iter().any(|taken| taken.call == call && !taken.answered.contains(&contact))
    }

    /// This contact has an answer.
    pub(crate) fn answer(&mut self, call: Ringing, contact: Contact) {
        let taken = self.0.iter_mut().find(|taken| taken.call == call);
        taken.map(|taken| taken.answered.insert(contact));
    }
}

impl Ringing {
    /// The contact's id.
    pub(crate) fn contact(self, contact: Contact) -> u128 {
        (self.challenge * 1_000 + u128::from(self.call)) * 2 + u128::from(contact == Contact::Other)
    }
}

// Their order is left out: see `world::alike`.
impl Hash for Telephone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iter().collect::<BTreeSet<_>>().hash(state);
    }
}

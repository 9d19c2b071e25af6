//! Connect: takes each call once.

use std::collections::BTreeSet;

/// The calls that Connect took, by what their client tokens consist of: the challenge and the number of the call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Telephone(BTreeSet<(u128, u32)>);

impl Telephone {
    /// Takes a call. Returns whether it rings: not for a token that was used before.
    pub(crate) fn call(&mut self, challenge: u128, call: u32) -> bool {
        self.0.insert((challenge, call))
    }
}

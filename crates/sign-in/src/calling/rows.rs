//! The two rows that decide about a call.

use std::hash::{Hash, Hasher};

use crate::ledger::{NumberRow, UserRow};

/// The user's row and the number's, as they were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// The user's row.
    pub user: UserRow,
    /// The number's row.
    pub number: NumberRow,
    /// The revisions of both. Every write makes a new one; `None` is a row that does not exist.
    pub revisions: (Option<u64>, Option<u64>),
}

/// The result of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Another write came between the reading and this write: nothing was written.
    Conflict,
    /// Everything was written.
    Done,
    /// The row of the counter of this index has no room: nothing was written.
    Full(usize),
}

/// Without the revisions: for the model checker, rows of the same content are the same.
impl Hash for Rows {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.user, &self.number).hash(state);
    }
}

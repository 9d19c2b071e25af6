//! What a call asks of the one who carries it out.

use std::time::Duration;

use super::{Failed, Rows};
use crate::ledger::conflict::pause_before;
use crate::ledger::{Counter, Issued};

/// The pause between two attempts to place a call.
const REDIAL_PAUSE: Duration = Duration::from_millis(300);

/// What the caller of [`Calling`](super::Calling) does next.
#[derive(Debug)]
pub enum Step<'a, S> {
    /// Read both rows. The reply goes to [`Calling::read`](super::Calling::read).
    Read {
        /// Whether the ledger's time starts now. All requests to the ledger from here to the end of the decision share
        /// one [`TIMEOUT`](crate::ledger::conflict::TIMEOUT).
        first: bool,
    },
    /// Replace both rows if they have not changed since they were read, and add one to the row of each counter, if all of these
    /// have room: all or nothing. The reply goes to [`Calling::written`](super::Calling::written).
    Count(&'a Rows, &'a [Counter]),
    /// Replace both rows if they have not changed since they were read, and take one from each counter's row: all
    /// or nothing. The reply goes to [`Calling::written`](super::Calling::written).
    CountBack(&'a Rows, &'a [Counter]),
    /// Place the latest call of this challenge. The reply goes to [`Calling::dialled`](super::Calling::dialled).
    Dial(&'a Issued),
    /// Place no call, but take as long as one. [`Calling::dialled`](super::Calling::dialled) gets `Ok`.
    Pretend,
    /// Pause. Then call [`Calling::waited`](super::Calling::waited).
    Pause(Pause),
    /// It is over.
    Done(&'a Result<S, Failed>),
}

/// The reason for a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pause {
    /// This many conflicts in a row happened.
    AfterConflict(u32),
    /// Connect did not take the call, and may take it at the next attempt.
    BeforeRedial,
}

impl Pause {
    /// How long it is. After a conflict, `random` picks a part of the longest pause: 0 is no pause, `u32::MAX` the
    /// longest.
    #[must_use]
    pub fn duration(self, random: u32) -> Duration {
        match self {
            Self::AfterConflict(conflicts) => pause_before(conflicts, random),
            Self::BeforeRedial => REDIAL_PAUSE,
        }
    }
}

//! An invocation that makes one conditional write of a user's row: verify's, or that of a call that asks for its code.

use std::fmt;
use std::time::Duration;

use sign_in::ledger::FailureLimits;
use sign_in::ledger::conflict::{TIMEOUT, pause_before};
use sign_in::ledger::row_write::{self, Attempt, Failed, RowWrite};

use super::Step;
use crate::rng::Rng;
use crate::table::{Keys, Table};

/// An invocation between its event and its answer.
pub struct Writing<A: Attempt> {
    machine: RowWrite<A>,
    keys: Keys,
    limits: FailureLimits,
    /// When the ledger's requests must end.
    ledger_until: Duration,
}

impl<A: Attempt> Writing<A> {
    /// Starts an invocation whose first request is at this time.
    pub fn new(machine: RowWrite<A>, keys: Keys, limits: FailureLimits, starts: Duration) -> Self {
        Self { machine, keys, limits, ledger_until: starts + TIMEOUT }
    }

    /// Takes the next step at this time. A request takes as long as `latency`.
    pub fn proceed(
        &mut self,
        time: Duration,
        table: &mut Table,
        rng: &mut Rng,
        latency: Duration,
    ) -> Step<Result<A::Verdict, Failed>> {
        let takes = match self.machine.next() {
            row_write::Step::Write(_) if time >= self.ledger_until => {
                self.machine.unreachable();
                Duration::ZERO
            }
            row_write::Step::Write(attempt) => {
                let written = table.judge(time, self.keys, attempt, &self.limits);
                self.machine.written(written, &self.limits);
                latency
            }
            row_write::Step::Pause(conflicts) => {
                self.machine.waited();
                pause_before(conflicts, rng.bits())
            }
            row_write::Step::Done(done) => return Step::Done(done),
        };
        Step::Next(time + takes)
    }
}

impl<A: Attempt> fmt::Debug for Writing<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writing").field("keys", &self.keys).finish_non_exhaustive()
    }
}

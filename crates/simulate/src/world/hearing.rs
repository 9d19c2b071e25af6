//! The function that gives a call its code: from the gate to the code, on the virtual clock. The steps are those of
//! [`sign_in::ledger::row_write`].

use std::time::Duration;

use sign_in::ledger::conflict::{TIMEOUT, pause_before};
use sign_in::ledger::row_write::{RowWrite, Step};
use sign_in::ledger::{HearingAttempt, Listener};

use super::{Event, World};
use crate::outcome::Call;

/// An invocation between its event and its answer, and when the ledger's requests must end.
pub(super) type Hearing = (RowWrite<HearingAttempt>, Duration);

impl World<'_> {
    /// The gate is passed: the call asks for its code.
    pub(super) fn ask(&mut self, call: usize, now: Duration) {
        let &Call { challenge, nth, .. } = &self.calls[call];
        let listener = Listener { call: nth, contact: call as u128 };
        let attempt = HearingAttempt { challenge, listener, now: self.seconds(now) };
        let starts = now + self.scenario.latency.lambda;
        self.hearings.insert(call, (RowWrite::new(attempt), starts + TIMEOUT));
        self.queue.at(starts, Event::Speak(call));
    }

    /// Makes the next request of a call that asks for its code.
    pub(super) fn speak(&mut self, call: usize, now: Duration) {
        let Self { functions, table, hearings, calls, random, .. } = self;
        let (Some((write, until)), Some(asking)) = (hearings.get_mut(&call), calls.get_mut(call)) else { return };
        let failures = &functions.rules.failures;
        let takes = match write.next() {
            Step::Write(_) if now >= *until => {
                write.unreachable();
                Duration::ZERO
            }
            Step::Write(attempt) => {
                let written = table.judge(now, asking.user, attempt, failures);
                write.written(written, failures);
                self.scenario.latency.ledger
            }
            Step::Pause(conflicts) => {
                write.waited();
                pause_before(conflicts, random.bits())
            }
            Step::Done(done) => {
                asking.heard = done == Ok(Ok(()));
                hearings.remove(&call);
                return;
            }
        };
        self.queue.at(now + takes, Event::Speak(call));
    }
}

//! The function that gives a call its code: from the gate to the code, on the virtual clock.

use std::time::Duration;

use sign_in::ledger::row_write::RowWrite;
use sign_in::ledger::{HearingAttempt, Listener};

use super::{Event, World};
use crate::invocation::{Step, Writing};
use crate::outcome::Call;

impl World<'_> {
    /// The gate is passed: the call asks for its code.
    pub(super) fn ask(&mut self, call: usize, now: Duration) {
        let &Call { challenge, nth, keys, .. } = &self.calls[call];
        let listener = Listener { call: nth, contact: call as u128 };
        let attempt = HearingAttempt { challenge, listener, now: self.seconds(now) };
        let starts = now + self.scenario.latency.lambda;
        let writing = Writing::new(RowWrite::new(attempt), keys, self.functions.rules.failures, starts);
        self.hearings.insert(call, writing);
        self.queue.at(starts, Event::Speak(call));
    }

    /// Makes the next request of a call that asks for its code.
    pub(super) fn speak(&mut self, call: usize, now: Duration) {
        let Some(writing) = self.hearings.get_mut(&call) else { return };
        match writing.proceed(now, &mut self.table, &mut self.random, self.scenario.latency.ledger) {
            Step::Next(time) => self.queue.at(time, Event::Speak(call)),
            Step::Done(done) => {
                self.calls[call].heard = done == Ok(Ok(()));
                self.hearings.remove(&call);
            }
        }
    }
}

//! One invocation of the create trigger on the virtual clock. The steps are those of [`sign_in::creation`]; the
//! scenario says how long each takes.

use std::time::Duration;

use sign_in::creation::{self, Delivery, NotPlaced};
use sign_in::history::ChallengeResult;
use sign_in::ledger::conflict::TIMEOUT;

use crate::account::Account;
use crate::connect::{Connect, Reply};
use crate::functions::Functions;
use crate::rng::Rng;
use crate::round_started::{Failed, RoundStarted};
use crate::scenario::Latency;
use crate::table::Table;

/// An invocation between its event and its answer.
#[derive(Debug)]
pub struct Creation {
    /// When it was invoked, in seconds since the Unix epoch.
    pub now: u64,
    machine: creation::Creation,
    /// When the ledger's requests must end.
    ledger_until: Duration,
    /// Whether a phone rings.
    rings: bool,
}

/// The result of a step.
#[derive(Debug)]
pub enum Step {
    /// The next step is at this time.
    Next(Duration),
    /// Cognito has the answer.
    Done(Result<RoundStarted, Failed>),
}

/// The services that the requests go to.
pub struct Surroundings<'a> {
    /// The settings.
    pub functions: &'a Functions,
    /// The ledger.
    pub table: &'a mut Table,
    /// What places calls.
    pub connect: &'a mut Connect,
    /// The functions' random numbers.
    pub rng: &'a mut Rng,
    /// How long requests take.
    pub latency: Latency,
}

impl Creation {
    /// Starts an invocation. `now` is in seconds since the Unix epoch.
    pub fn start(
        account: &Account,
        history: &[ChallengeResult],
        call_again: bool,
        now: u64,
        functions: &Functions,
        rng: &mut Rng,
    ) -> Self {
        let delivery = Delivery {
            now,
            number: account.keys().number,
            callable: account.phone.is_some(),
            // As in the function, unknown users do not count against the budget.
            counters: account.phone.as_ref().map(|phone| functions.counters(phone, now)).unwrap_or_default(),
            new_challenge: (u128::from(rng.draw()) << 64) | u128::from(rng.draw()),
            new_sign_in: rng.draw(),
        };
        let wishes = creation::Wishes { call_again, device: None };
        let machine = creation::Creation::new(history, wishes, delivery, &functions.policy());
        Self { now, machine, ledger_until: Duration::ZERO, rings: false }
    }

    /// Takes the next step at this time.
    pub fn proceed(&mut self, time: Duration, account: &Account, around: &mut Surroundings<'_>) -> Step {
        use creation::Step::{Count, CountBack, Dial, Done, Pause, Pretend, Read};

        let Latency { ledger, connect, .. } = around.latency;
        let policy = around.functions.policy();
        if let Read { first: true } = self.machine.next() {
            self.ledger_until = time + TIMEOUT;
        }
        let takes = match self.machine.next() {
            Read { .. } | Count(..) | CountBack(..) if time >= self.ledger_until => {
                self.machine.unreachable();
                Duration::ZERO
            }
            Read { .. } => {
                self.machine.read(around.table.read(account.keys()), &policy);
                ledger
            }
            Count(rows, counters) => {
                let written = around.table.count(time, account.keys(), rows, counters);
                self.machine.written(written, &policy);
                ledger
            }
            CountBack(rows, counters) => {
                let written = around.table.count_back(time, account.keys(), rows, counters);
                self.machine.written(written, &policy);
                ledger
            }
            Dial(_) => {
                let reply = around.connect.start(time, account.permitted);
                self.rings = reply == Reply::Rings;
                self.machine.dialled(match (reply, &account.phone) {
                    (Reply::Error(code, status), Some(phone)) => {
                        let error = around.functions.dial_error(code, status, phone);
                        Err(NotPlaced { kind: error.kind, may_ring: error.may_ring })
                    }
                    _ => Ok(()),
                });
                connect
            }
            Pretend => {
                self.machine.dialled(Ok(()));
                connect
            }
            Pause(pause) => {
                self.machine.waited();
                pause.duration(around.rng.bits())
            }
            Done(answer) => {
                let asked = |started| match started {
                    creation::RoundStarted::Call { round, outcome } => {
                        RoundStarted { round, outcome, rings: self.rings }
                    }
                    creation::RoundStarted::Device { .. } => unreachable!("no simulated user has a trusted device"),
                };
                return Step::Done(answer.clone().map(asked));
            }
        };
        Step::Next(time + takes)
    }
}

#[cfg(test)]
mod tests;

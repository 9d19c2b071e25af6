//! An invocation that places a call: the create trigger's, or the one that sends a code of Cognito's own.

use std::time::Duration;

use sign_in::calling::{self, Calling, Delivery, Failed, NotPlaced, Occasion};
use sign_in::creation::{Creation, SignInRound, Wishes};
use sign_in::history::ChallengeResult;
use sign_in::ledger::conflict::TIMEOUT;
use sign_in::sending::{MessageCall, Purpose, Sending};

use super::Step;
use crate::account::Account;
use crate::connect::{Connect, Reply};
use crate::functions::Functions;
use crate::rng::Rng;
use crate::scenario::Latency;
use crate::table::{Keys, Table};

/// An invocation between its event and its answer.
#[derive(Debug)]
pub struct Placing<O: Occasion> {
    /// When it was invoked, in seconds since the Unix epoch.
    pub now: u64,
    machine: Calling<O>,
    keys: Keys,
    policy: O::Policy,
    /// When the ledger's requests must end.
    ledger_until: Duration,
    /// Whether a phone rings.
    rings: bool,
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

impl Placing<SignInRound> {
    /// Starts an invocation of the create trigger, with the sign-in so far. `now` is in seconds since the Unix epoch.
    pub fn of_round(
        account: &Account,
        history: &[ChallengeResult],
        call_again: bool,
        now: u64,
        functions: &Functions,
        rng: &mut Rng,
    ) -> Self {
        let keys = account.keys(None);
        let (new_challenge, new_sign_in) = (rng.id(), rng.draw());
        // As in the function: unknown users do not count against the budget, and the sign-in's id picks the rows.
        let counters = account.phone.as_ref().map(|phone| functions.counters(phone, None, now, new_sign_in));
        let delivery = Delivery {
            now,
            number: keys.number,
            callable: account.phone.is_some(),
            counters: counters.unwrap_or_default(),
            new_challenge,
            new_sign_in,
        };
        let wishes = Wishes { call_again, device: account.device.as_ref().map(|device| device.key.id()) };
        let policy = functions.policy();
        Self::new(Creation::new(history, wishes, delivery, &policy), keys, policy, now)
    }
}

impl Placing<MessageCall> {
    /// Starts an invocation of the custom SMS sender, with a message of this id. `None`: there is no number to call. `now`
    /// is in seconds since the Unix epoch.
    #[must_use]
    pub fn of_message(account: &Account, purpose: Purpose, id: u128, now: u64, functions: &Functions) -> Option<Self> {
        let keys = account.keys(Some(purpose));
        let draw = u64::try_from(id >> 64).unwrap_or(0);
        let delivery = Delivery {
            now,
            number: keys.number,
            callable: true,
            counters: functions.counters(account.phone.as_ref()?, Some(purpose), now, draw),
            new_challenge: id,
            new_sign_in: 0,
        };
        Some(Self::new(Sending::new(id, delivery), keys, functions.send_policy(purpose), now))
    }
}

impl<O: Occasion> Placing<O> {
    fn new(machine: Calling<O>, keys: Keys, policy: O::Policy, now: u64) -> Self {
        Self { now, machine, keys, policy, ledger_until: Duration::ZERO, rings: false }
    }

    /// Takes the next step at this time. At the end it says what has started, and whether a phone rings.
    pub fn proceed(
        &mut self,
        time: Duration,
        account: &Account,
        around: &mut Surroundings<'_>,
    ) -> Step<(Result<O::Started, Failed>, bool)> {
        use calling::Step::{Count, CountBack, Dial, Done, Pause, Pretend, Read};

        let Latency { ledger, connect, .. } = around.latency;
        let Self { machine, keys, policy, .. } = self;
        if let Read { first: true } = machine.next() {
            self.ledger_until = time + TIMEOUT;
        }
        let takes = match machine.next() {
            Read { .. } | Count(..) | CountBack(..) if time >= self.ledger_until => {
                machine.unreachable();
                Duration::ZERO
            }
            Read { .. } => {
                machine.read(around.table.read(*keys), policy);
                ledger
            }
            Count(rows, counters) => {
                let written = around.table.count(time, *keys, rows, counters);
                machine.written(written, policy);
                ledger
            }
            CountBack(rows, counters) => {
                let written = around.table.count_back(time, *keys, rows, counters);
                machine.written(written, policy);
                ledger
            }
            Dial(_) => {
                let reply = around.connect.start(time, account.permitted);
                self.rings = reply == Reply::Rings;
                machine.dialled(match (reply, &account.phone) {
                    (Reply::Error(code, status), Some(phone)) => {
                        let error = around.functions.dial_error(code, status, phone);
                        Err(NotPlaced { kind: error.kind, may_ring: error.may_ring })
                    }
                    _ => Ok(()),
                });
                connect
            }
            Pretend => {
                machine.dialled(Ok(()));
                connect
            }
            Pause(pause) => {
                machine.waited();
                pause.duration(around.rng.bits())
            }
            Done(answer) => return Step::Done((answer.clone(), self.rings)),
        };
        Step::Next(time + takes)
    }
}

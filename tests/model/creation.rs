//! One delivery of an event to the create trigger: every request that the function makes is a step of its own. The steps are
//! the function's own ([`sign_in::creation`]).

use sign_in::creation::{self, Asked, How, NotPlaced, Rows, Written};
use sign_in::fault::CallFaultKind;
use sign_in::ledger::Refusal;

use crate::policy::Policy;
use crate::sign_in::{Session, Text};
use crate::table::{Keys, Table};
use crate::telephone::Telephone;
use crate::trace::{Call, Event, Fact};
use crate::world::COUNTRIES;

/// The function, somewhere between its invocation and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Creation {
    pub(crate) delivery: Delivery,
    keys: Keys,
    machine: creation::Creation,
    /// The call that it counted last.
    counted: Option<Call>,
}

/// A delivery of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Delivery {
    pub(crate) event: Event,
    /// Which one, from 0 on.
    pub(crate) number: u8,
    /// When.
    pub(crate) now: u64,
}

/// The function gives an error: Cognito ends the sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Failed;

/// How a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Luck {
    Good,
    /// It is done, but the answer to it is lost.
    LostDone,
    /// It is not done, and nobody is told.
    LostUndone,
    /// It is refused, by Connect.
    Refused,
}

/// What a request reads and changes.
pub(crate) struct Surroundings<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) table: &'a mut Table,
    pub(crate) telephone: &'a mut Telephone,
    pub(crate) trace: &'a mut Vec<Fact>,
}

impl Creation {
    /// For how long Lambda lets the function run: `Timeout` in the template.
    pub(crate) const SECONDS: u64 = 5;

    pub(crate) fn start(
        delivery: Delivery,
        session: &Session,
        number: usize,
        call_again: bool,
        policy: &Policy,
    ) -> Self {
        let Delivery { event, number: count, now } = delivery;
        // Another one for each delivery.
        let random = ((event.sign_in * 1_000 + event.round) * 10) as u64 + u64::from(count) + 1;
        let of_function = creation::Delivery {
            now,
            number: number as u64,
            callable: true,
            counters: policy.budget.counters(COUNTRIES[number], now),
            new_challenge: random.into(),
            new_sign_in: random,
        };
        let machine = creation::Creation::new(&session.history(), call_again, of_function, &policy.creation());
        Self { delivery, keys: Keys { user: session.user, number }, machine, counted: None }
    }

    /// Which number is called.
    pub(crate) fn number(&self) -> usize {
        self.keys.number
    }

    /// The ways in which the next request can go.
    pub(crate) fn lucks(&self) -> &'static [Luck] {
        use creation::Step::{Count, CountBack, Dial, Done, Pause, Pretend, Read};

        match self.machine.next() {
            Read { .. } | Pause(_) | Pretend => &[Luck::Good],
            Count(..) | CountBack(..) => &[Luck::Good, Luck::LostDone, Luck::LostUndone],
            Dial(_) => &[Luck::Good, Luck::Refused, Luck::LostDone, Luck::LostUndone],
            Done(_) => &[Luck::Good, Luck::LostDone],
        }
    }

    /// If the next request is a write to the ledger: whose rows it replaces, and by what.
    pub(crate) fn writes(&self) -> Option<(Keys, &Rows)> {
        match self.machine.next() {
            creation::Step::Count(rows, _) | creation::Step::CountBack(rows, _) => Some((self.keys, rows)),
            _ => None,
        }
    }

    /// Makes the next request. If that gives Cognito the answer, gives it here.
    pub(crate) fn proceed(&mut self, luck: Luck, around: &mut Surroundings<'_>) -> Option<Result<Text, Failed>> {
        use creation::Step::{Count, CountBack, Dial, Done, Pause, Pretend, Read};

        let &mut Self { delivery: Delivery { event, number: delivery, now }, keys, .. } = self;
        let policy = around.policy.creation();
        match self.machine.next() {
            Done(answer) => {
                return Some(answer.as_ref().map(|asked| Text::of(asked.round.clone())).map_err(|_| Failed));
            }
            Count(..) | CountBack(..) if luck == Luck::LostUndone => self.machine.unreachable(),
            Read { .. } => {
                let was_counted = self.counted;
                self.machine.read(around.table.read(keys), &policy);
                // It looked at the rows after a refused call, and changes nothing.
                if let (Some(call), Done(_)) = (was_counted, self.machine.next()) {
                    around.trace.push(Fact::StaysCounted(call));
                }
            }
            Count(rows, counters) => {
                let written = around.table.count(keys, rows, counters);
                if let (Written::Done, Some(issued)) = (written, rows.user.issued) {
                    let call = Call { event, delivery, keys, challenge: issued.challenge.id, at: now };
                    around.trace.push(Fact::Counted(call));
                    self.counted = Some(call);
                }
                self.written(written, luck, around);
            }
            CountBack(rows, counters) => {
                // What is given back is no longer among the calls that all limits count.
                let counted = |rows: &Rows| rows.user.calls.as_slice().len();
                let given_back = counted(rows) < counted(&around.table.read(keys));
                let written = around.table.count_back(keys, rows, counters);
                if let (Written::Done, Some(call)) = (written, self.counted) {
                    around.trace.push(if given_back { Fact::GivenBack(call) } else { Fact::StaysCounted(call) });
                }
                self.written(written, luck, around);
            }
            Dial(issued) => {
                let is_taken = matches!(luck, Luck::Good | Luck::LostDone);
                let rings = is_taken && around.telephone.call(issued.challenge.id, issued.calls);
                if let (true, Some(call)) = (rings, self.counted) {
                    around.trace.push(Fact::Rang(call));
                }
                let not_placed = |kind, may_ring| Err(NotPlaced { kind, may_ring });
                self.machine.dialled(match luck {
                    Luck::Good => Ok(()),
                    Luck::Refused => not_placed(CallFaultKind::Refused, false),
                    Luck::LostDone | Luck::LostUndone => not_placed(CallFaultKind::Unreachable, true),
                });
            }
            Pretend => self.machine.dialled(Ok(())),
            Pause(_) => self.machine.waited(),
        }
        self.note(around.trace);
        None
    }

    /// A write was tried, and its answer may be lost.
    fn written(&mut self, written: Written, luck: Luck, around: &mut Surroundings<'_>) {
        if written == Written::Conflict {
            around.trace.push(Fact::Conflicted { event: self.delivery.event });
        }
        if luck == Luck::LostDone {
            self.machine.unreachable();
        } else {
            self.machine.written(written, &around.policy.creation());
        }
    }

    /// Notes what the function has decided, if it has.
    fn note(&self, trace: &mut Vec<Fact>) {
        let &Self { delivery: Delivery { event, number: delivery, now }, keys, .. } = self;
        let refused = |Refusal { limit, wait }, joins| Fact::Refused {
            event,
            delivery,
            keys,
            limit: limit.to_string(),
            wait,
            joins,
            at: now,
        };
        let creation::Step::Done(answer) = self.machine.next() else { return };
        match answer {
            Ok(Asked { round, how: How::Joined }) => {
                let challenge = round.challenge.id;
                trace.push(Fact::Joined { event, delivery, number: keys.number, challenge, at: now });
            }
            Ok(Asked { round, how: How::Refused(refusal) }) => {
                trace.push(refused(*refusal, Some(round.challenge.id)));
            }
            Err(creation::Failed::Limit(refusal)) => trace.push(refused(*refusal, None)),
            _ => {}
        }
    }
}

//! One delivery of an event to the create trigger. The steps are those of [`sign_in::creation`], and every request is
//! a step of the model.

use sign_in::creation::{self, NotPlaced, RoundOutcome, RoundStarted, Rows, Wishes, Written};
use sign_in::error::DialErrorKind;
use sign_in::ledger::{Part, Refusal};

use crate::policy::Policy;
use crate::sign_in::{Private, Session};
use crate::table::{Keys, Table};
use crate::telephone::{Ringing, Telephone};
use crate::trace::{Call, Event, Fact};
use crate::world::COUNTRIES;

/// An invocation between its event and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Creation {
    pub(crate) delivery: Delivery,
    keys: Keys,
    machine: creation::Creation,
    /// The call that it counted last, if it has counted one.
    counted: Option<Call>,
}

/// A delivery of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Delivery {
    pub(crate) event: Event,
    /// The number of the delivery, from 0.
    pub(crate) number: u8,
    /// When it is delivered, in seconds since the Unix epoch.
    pub(crate) now: u64,
}

/// The function ended with an error. Cognito ends the sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Failed;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RequestFate {
    Good,
    /// It is done, but its response is lost.
    LostDone,
    /// It is not done, and there is no response.
    LostUndone,
    /// Connect refuses it. For a hearing, the database does: another write uses the row at the same time.
    Refused,
}

/// The state that requests read and change.
pub(crate) struct Surroundings<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) table: &'a mut Table,
    pub(crate) telephone: &'a mut Telephone,
    pub(crate) trace: &'a mut Vec<Fact>,
}

impl Creation {
    /// How long Lambda lets the function run: `Timeout` in the template.
    pub(crate) const SECONDS: u64 = 5;

    pub(crate) fn start(
        delivery: Delivery,
        session: &Session,
        number: usize,
        call_again: bool,
        policy: &Policy,
    ) -> Self {
        let Delivery { event, number: count, now } = delivery;
        // Each delivery has its own.
        let random = ((event.sign_in * 1_000 + event.round) * 10) as u64 + u64::from(count) + 1;
        let of_function = creation::Delivery {
            now,
            number: number as u64,
            callable: true,
            counters: policy.budget.counters(COUNTRIES[number], now, Part::Whole, random),
            new_challenge: random.into(),
            new_sign_in: random,
        };
        let wishes = Wishes { call_again, device: session.device.map(|key| key.public().id()) };
        let machine = creation::Creation::new(&session.history(), wishes, of_function, &policy.creation());
        Self { delivery, keys: Keys { user: session.user, number }, machine, counted: None }
    }

    /// The number that is called.
    pub(crate) fn number(&self) -> usize {
        self.keys.number
    }

    /// What can happen to the next request.
    pub(crate) fn fates(&self) -> &'static [RequestFate] {
        use creation::Step::{Count, CountBack, Dial, Done, Pause, Pretend, Read};

        match self.machine.next() {
            Read { .. } | Pause(_) | Pretend => &[RequestFate::Good],
            Count(..) | CountBack(..) => &[RequestFate::Good, RequestFate::LostDone, RequestFate::LostUndone],
            Dial(_) => &[RequestFate::Good, RequestFate::Refused, RequestFate::LostDone, RequestFate::LostUndone],
            Done(_) => &[RequestFate::Good, RequestFate::LostDone],
        }
    }

    /// If the next request writes to the ledger: the rows' keys and new values.
    pub(crate) fn writes(&self) -> Option<(Keys, &Rows)> {
        match self.machine.next() {
            creation::Step::Count(rows, _) | creation::Step::CountBack(rows, _) => Some((self.keys, rows)),
            _ => None,
        }
    }

    /// Makes the next request. Returns the answer for Cognito, if there is one now.
    pub(crate) fn proceed(
        &mut self,
        fate: RequestFate,
        around: &mut Surroundings<'_>,
    ) -> Option<Result<Private, Failed>> {
        use creation::Step::{Count, CountBack, Dial, Done, Pause, Pretend, Read};

        let &mut Self { delivery: Delivery { event, number: delivery, now }, keys, .. } = self;
        let policy = around.policy.creation();
        match self.machine.next() {
            Done(answer) => {
                let private = |started| Private::of(started, keys.number as u64, around.policy, now);
                return Some(answer.as_ref().map(private).map_err(|_| Failed));
            }
            Count(..) | CountBack(..) if fate == RequestFate::LostUndone => self.machine.unreachable(),
            Read { .. } => {
                let was_counted = self.counted;
                self.machine.read(around.table.read(keys), &policy);
                // After a refused call it read the rows, and nothing changes.
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
                self.written(written, fate, around);
            }
            CountBack(rows, counters) => {
                // A call that is given back is no longer among the calls that all limits count.
                let counted = |rows: &Rows| rows.user.calls.as_slice().len();
                let given_back = counted(rows) < counted(&around.table.read(keys));
                let written = around.table.count_back(keys, rows, counters);
                if let (Written::Done, Some(call)) = (written, self.counted) {
                    around.trace.push(if given_back { Fact::GivenBack(call) } else { Fact::StaysCounted(call) });
                }
                self.written(written, fate, around);
            }
            Dial(issued) => {
                let is_taken = matches!(fate, RequestFate::Good | RequestFate::LostDone);
                let rings = is_taken
                    && around.telephone.call(Ringing {
                        user: keys.user,
                        challenge: issued.challenge.id,
                        call: issued.calls,
                    });
                if let (true, Some(call)) = (rings, self.counted) {
                    around.trace.push(Fact::Rang(call));
                }
                let not_placed = |kind, may_ring| Err(NotPlaced { kind, may_ring });
                self.machine.dialled(match fate {
                    RequestFate::Good => Ok(()),
                    RequestFate::Refused => not_placed(DialErrorKind::Refused, false),
                    RequestFate::LostDone | RequestFate::LostUndone => not_placed(DialErrorKind::Unreachable, true),
                });
            }
            Pretend => self.machine.dialled(Ok(())),
            Pause(_) => self.machine.waited(),
        }
        self.note(around.trace);
        None
    }

    /// Hands a write's result to the function, unless the response is lost.
    fn written(&mut self, written: Written, fate: RequestFate, around: &mut Surroundings<'_>) {
        if written == Written::Conflict {
            around.trace.push(Fact::Conflicted { event: self.delivery.event });
        }
        if fate == RequestFate::LostDone {
            self.machine.unreachable();
        } else {
            self.machine.written(written, &around.policy.creation());
        }
    }

    /// Adds the function's decision to the trace, if there is one.
    fn note(&self, trace: &mut Vec<Fact>) {
        let &Self { delivery: Delivery { event, number: delivery, now }, keys, .. } = self;
        let refused = |Refusal { limit, retry_after: wait }, joins| Fact::Refused {
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
            Ok(RoundStarted::Call { round, outcome: RoundOutcome::Joined }) => {
                let challenge = round.challenge.id;
                trace.push(Fact::Joined { event, delivery, number: keys.number, challenge, at: now });
            }
            Ok(RoundStarted::Call { round, outcome: RoundOutcome::Refused(refusal) }) => {
                trace.push(refused(*refusal, Some(round.challenge.id)));
            }
            Err(creation::Failed::Limit(refusal)) => trace.push(refused(*refusal, None)),
            _ => {}
        }
    }
}

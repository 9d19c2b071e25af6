//! One delivery of an event to the create trigger: every request that the function makes is a step of its own.

use otp_dial::ledger::call::wait;
use otp_dial::ledger::{Ask, CallTimes, CountedCall, Counter, Entry, Refusal, UserRow, decide, has_code, take_back};
use otp_dial::round::Round;
use otp_dial::sign_in::Rounds;

use crate::policy::Policy;
use crate::sign_in::{Session, Text};
use crate::table::{Keys, Rows, Table, Written};
use crate::telephone::Telephone;
use crate::trace::{Call, Event, Fact};
use crate::world::COUNTRIES;

/// The function, somewhere between its invocation and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Creation {
    pub(crate) delivery: Delivery,
    keys: Keys,
    /// The round before, if the sign-in had one.
    latest: Option<Text>,
    /// Answers that were compared in the sign-in before.
    used: u32,
    next: Request,
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

/// What the function does next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Request {
    Read,
    Write(Rows),
    Dial(Call, Text),
    ReadAgain(Call),
    /// Whether it is given back, or stays counted.
    WriteBack(Call, Rows, bool),
    /// Gives the round to Cognito, or an error.
    Answer(Result<Text, Failed>),
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

    /// As `Create::answer_with` begins.
    pub(crate) fn start(
        delivery: Delivery,
        session: &Session,
        number: usize,
        call_again: bool,
        policy: &Policy,
    ) -> Self {
        let (history, limits) = (session.history(), policy.sign_in());
        let rounds = Rounds::of(&history);
        let used = rounds.attempts_used(call_again, &limits, delivery.now);
        let granted = call_again && rounds.grants_call_again(&limits, delivery.now);
        let latest = rounds.latest().map(Text::of);
        let next = match &latest {
            Some(latest) if !granted => Request::Answer(Ok(latest.clone())),
            _ => Request::Read,
        };
        Self { delivery, keys: Keys { user: session.user, number }, latest, used, next }
    }

    /// Which number is called.
    pub(crate) fn number(&self) -> usize {
        self.keys.number
    }

    /// The ways in which the next request can go.
    pub(crate) fn lucks(&self) -> &'static [Luck] {
        match self.next {
            Request::Read | Request::ReadAgain(_) => &[Luck::Good],
            Request::Write(_) | Request::WriteBack(..) => &[Luck::Good, Luck::LostDone, Luck::LostUndone],
            Request::Dial(..) => &[Luck::Good, Luck::Refused, Luck::LostDone, Luck::LostUndone],
            Request::Answer(_) => &[Luck::Good, Luck::LostDone],
        }
    }

    /// If the next request is a write to the ledger: whose rows it replaces, and by what.
    pub(crate) fn writes(&self) -> Option<(Keys, &Rows)> {
        match &self.next {
            Request::Write(rows) | Request::WriteBack(_, rows, _) => Some((self.keys, rows)),
            _ => None,
        }
    }

    /// Makes the next request. If that gives Cognito the answer, gives it here.
    pub(crate) fn proceed(&mut self, luck: Luck, around: &mut Surroundings<'_>) -> Option<Result<Text, Failed>> {
        self.next = match &self.next {
            Request::Read => self.decide(around),
            Request::Write(_) | Request::WriteBack(..) if luck == Luck::LostUndone => Request::Answer(Err(Failed)),
            Request::Write(rows) => self.write(rows, luck, around),
            Request::Dial(call, round) => dial(*call, round, luck, around),
            Request::ReadAgain(call) => self.read_again(*call, around),
            Request::WriteBack(call, rows, given_back) => self.write_back(*call, rows, *given_back, around),
            Request::Answer(answer) => return Some(answer.clone()),
        };
        None
    }

    /// As `Store::call` decides on the rows that it has read.
    fn decide(&self, around: &mut Surroundings<'_>) -> Request {
        let &Self { delivery: Delivery { event, now, .. }, keys, .. } = self;
        let rows = around.table.read(keys);
        let latest: Option<Round> = self.latest.as_ref().map(Text::round);
        match decide(&rows.user, &rows.number, &self.ask(latest.as_ref()), &around.policy.rules) {
            Entry::Join(None) => {
                let round = self.round(&rows.user, &rows.number, None, around.policy);
                around.trace.push(Fact::Joined { event, number: keys.number, challenge: round.challenge.id, at: now });
                Request::Answer(Ok(Text::of(round)))
            }
            Entry::Join(Some(refusal)) => self.join(&rows, refusal, around),
            Entry::Refuse(refusal) => self.refuse(refusal, around.trace),
            Entry::Call(user, number) => Request::Write(rows.replaced_by(user, number)),
        }
    }

    /// As `Store::call` writes what was decided.
    fn write(&self, rows: &Rows, luck: Luck, around: &mut Surroundings<'_>) -> Request {
        let &Self { delivery: Delivery { event, number: delivery, now }, keys, .. } = self;
        let counters = self.counters(around.policy);
        match around.table.count(keys, rows, &counters) {
            Written::Conflict => {
                around.trace.push(Fact::Conflicted { event });
                Request::Read
            }
            Written::Full(index) => {
                let refusal = counters[index].refusal(now);
                // Nothing has changed since the rows were read.
                let rows = around.table.read(keys);
                let latest: Option<Round> = self.latest.as_ref().map(Text::round);
                if has_code(&rows.user, &self.ask(latest.as_ref())) {
                    self.join(&rows, refusal, around)
                } else {
                    self.refuse(refusal, around.trace)
                }
            }
            Written::Done => {
                let round = self.round(&rows.user, &rows.number, None, around.policy);
                let call = Call { event, delivery, keys, challenge: round.challenge.id, at: now };
                around.trace.push(Fact::Counted(call));
                if luck == Luck::Good { Request::Dial(call, Text::of(round)) } else { Request::Answer(Err(Failed)) }
            }
        }
    }

    /// As `Create::next_round` goes on if a limit refuses the call, and not the sign-in.
    fn join(&self, rows: &Rows, refusal: Refusal, around: &mut Surroundings<'_>) -> Request {
        let round = self.round(&rows.user, &rows.number, Some(refusal), around.policy);
        around.trace.push(self.refused(refusal, Some(round.challenge.id)));
        Request::Answer(Ok(Text::of(round)))
    }

    fn refuse(&self, refusal: Refusal, trace: &mut Vec<Fact>) -> Request {
        trace.push(self.refused(refusal, None));
        Request::Answer(Err(Failed))
    }

    fn refused(&self, refusal: Refusal, joins: Option<u128>) -> Fact {
        let &Self { delivery: Delivery { event, now, .. }, keys, .. } = self;
        let Refusal { limit, wait } = refusal;
        Fact::Refused { event, keys, limit: limit.to_string(), wait, joins, at: now }
    }

    /// As `Store::take_back` decides on the rows that it has read.
    fn read_again(&self, call: Call, around: &mut Surroundings<'_>) -> Request {
        let rows = around.table.read(self.keys);
        let attempts = around.policy.rules.challenge.attempts;
        let counted = CountedCall { challenge: call.challenge, at: call.at, attempts };
        if let Some(back) = take_back(&rows.user, &rows.number, &counted) {
            Request::WriteBack(call, rows.replaced_by(back.user, back.number), back.given_back)
        } else {
            around.trace.push(Fact::StaysCounted(call));
            Request::Answer(Err(Failed))
        }
    }

    /// As `Store::take_back` writes what was decided.
    fn write_back(&self, call: Call, rows: &Rows, given_back: bool, around: &mut Surroundings<'_>) -> Request {
        let counters = if given_back { self.counters(around.policy) } else { Vec::new() };
        if around.table.count_back(self.keys, rows, &counters) {
            around.trace.push(if given_back { Fact::GivenBack(call) } else { Fact::StaysCounted(call) });
            return Request::Answer(Err(Failed));
        }
        around.trace.push(Fact::Conflicted { event: self.delivery.event });
        Request::ReadAgain(call)
    }

    /// As `Create::next_round` makes it. `refusal`: of the call.
    fn round(&self, user: &UserRow, number: &CallTimes, refusal: Option<Refusal>, policy: &Policy) -> Round {
        let now = self.delivery.now;
        let issued = user.issued.expect("a user who is called has a challenge");
        let refusal = refusal.or_else(|| wait(user, number, &policy.rules.calls, now));
        let latest: Option<Round> = self.latest.as_ref().map(Text::round);
        Round {
            challenge: issued.challenge,
            sign_in: latest.as_ref().map_or(self.random(), |latest| latest.sign_in),
            attempts: self.used + issued.attempts_left,
            calls: latest.map_or(0, |latest| latest.calls) + 1,
            call: issued.calls,
            call_again_at: refusal.map_or(now, |refusal| refusal.ends_at(now)),
        }
    }

    fn ask<'a>(&self, again: Option<&'a Round>) -> Ask<'a> {
        let now = self.delivery.now;
        Ask { again, id: self.random().into(), number: self.keys.number as u64, now }
    }

    fn counters(&self, policy: &Policy) -> Vec<Counter> {
        policy.budget.counters(COUNTRIES[self.keys.number], self.delivery.now)
    }

    /// A number that no other delivery draws.
    fn random(&self) -> u64 {
        let Delivery { event: Event { sign_in, round }, number, .. } = self.delivery;
        ((sign_in * 1_000 + round) * 10) as u64 + u64::from(number) + 1
    }
}

/// As `Create::call` has Connect call.
fn dial(call: Call, round: &Text, luck: Luck, around: &mut Surroundings<'_>) -> Request {
    let done = matches!(luck, Luck::Good | Luck::LostDone);
    if done && around.telephone.call(call.challenge, round.round().call) {
        around.trace.push(Fact::Rang(call));
    }
    match luck {
        Luck::Good => Request::Answer(Ok(round.clone())),
        Luck::Refused => Request::ReadAgain(call),
        // The phone may ring.
        Luck::LostDone | Luck::LostUndone => Request::Answer(Err(Failed)),
    }
}

//! The whole world: sign-ins, deliveries, the functions, the table, Connect, the clock.

use sign_in::error::NotCalled;
use sign_in::history::Rounds;
use sign_in::ledger::Verdict;
use sign_in::verification::{Step as Judge, Verification};

use crate::creation::{Creation, Delivery, Failed, RequestFate, Surroundings};
use crate::listening::Listening;
use crate::policy::Policy;
use crate::sign_in::{Client, Reply, Session, SignIn, Stage, Text};
use crate::table::Table;
use crate::telephone::{Contact, Ringing, Telephone, Wish};
use crate::trace::{Event, Fact};

mod alike;

/// The country of each number.
pub(crate) const COUNTRIES: [&str; 3] = ["US", "US", "CA"];

/// The state of the world. [`alike`] says which states are equivalent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct World {
    pub(crate) now: u64,
    /// The number of each user. The first two share one.
    numbers: [usize; 4],
    pub(crate) sign_ins: Vec<SignIn>,
    /// Deliveries to the create trigger that are in progress.
    pub(crate) creations: Vec<Creation>,
    /// Calls that are asking for their codes, or deny their sign-ins.
    pub(crate) listenings: Vec<Listening>,
    pub(crate) trace: Vec<Fact>,
    /// The number of facts before the latest step.
    old: usize,
    table: Table,
    pub(crate) telephone: Telephone,
}

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// A call is answered: this contact asks for its code, or denies the sign-in.
    Ask(Ringing, Contact, Wish),
    /// A user begins a sign-in on this app client.
    Begin(usize, Client),
    /// Somebody clears a user's wrong codes and denial.
    Clear(usize),
    /// Cognito delivers the event of this sign-in, for the first time or again. For the verify trigger: what happens
    /// to its write.
    Deliver(usize, RequestFate),
    /// The database deletes old rows.
    Expire,
    /// Somebody asks for tokens of this user and app client by another way than a call.
    Gate(usize, Client),
    /// A user gets another number.
    Move(usize),
    /// This delivery to the create trigger makes its next request.
    Proceed(usize, RequestFate),
    /// The user of this sign-in answers.
    Reply(usize, Reply),
    /// This call that asks for something makes its next request.
    Speak(usize, RequestFate),
    /// Time passes.
    Wait(u64),
}

/// Who takes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    Creation(usize),
    Listening(usize),
    SignIn(usize),
    World,
}

impl World {
    /// A world in which nothing has happened, at this time.
    pub(crate) fn at(now: u64) -> Self {
        Self {
            now,
            numbers: [0, 0, 1, 2],
            sign_ins: Vec::new(),
            creations: Vec::new(),
            listenings: Vec::new(),
            trace: Vec::new(),
            old: 0,
            table: Table::default(),
            telephone: Telephone::default(),
        }
    }

    /// The steps that the functions, Cognito and its clients can take now, except that a call is answered.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (index, creation) in self.creations.iter().enumerate() {
            steps.extend(creation.fates().iter().map(|&fate| Step::Proceed(index, fate)));
        }
        for (index, listening) in self.listenings.iter().enumerate() {
            steps.extend(listening.fates().iter().map(|&fate| Step::Speak(index, fate)));
        }
        for (index, sign_in) in self.sign_ins.iter().enumerate() {
            match &sign_in.stage {
                Stage::Asked(_) => {
                    let replies = [Reply::Wrong, Reply::Right, Reply::CallAgain];
                    steps.extend(replies.map(|reply| Step::Reply(index, reply)));
                }
                Stage::Create { deliveries, .. } if deliveries.more(self.now) => {
                    steps.push(Step::Deliver(index, RequestFate::Good));
                }
                Stage::Verify { deliveries, .. } if deliveries.more(self.now) => {
                    let fates = [RequestFate::Good, RequestFate::LostDone, RequestFate::LostUndone];
                    steps.extend(fates.map(|fate| Step::Deliver(index, fate)));
                }
                _ => {}
            }
        }
        steps
    }

    /// Takes a step.
    pub(crate) fn take(&mut self, step: Step, policy: &Policy) {
        self.old = self.trace.len();
        match step {
            // The handle of a call says until when it may deny.
            Step::Ask(call, contact, Wish::Deny) if self.is_expired(call, policy) => {
                let (id, at) = (call.contact(contact), self.now);
                self.trace.push(Fact::Withheld { call, contact: id, reason: "expired", at });
                self.telephone.answer(call, contact);
            }
            Step::Ask(call, contact, wish) => self.listenings.push(Listening::start(call, contact, wish, self.now)),
            Step::Begin(user, client) => self.sign_ins.push(SignIn::new(user, client)),
            Step::Clear(user) => {
                self.table.clear_failures(user);
                self.trace.push(Fact::Cleared { user });
            }
            Step::Deliver(sign_in, fate) => self.deliver(sign_in, fate, policy),
            Step::Expire => self.table.expire(policy.rules.pass_life, self.now),
            Step::Gate(user, client) => {
                let (tokens, reason) = match self.gate(user, client, policy) {
                    Ok(reason) => (true, reason),
                    Err(reason) => (false, reason.word()),
                };
                self.trace.push(Fact::Gated { user, client, tokens, reason, at: self.now });
            }
            Step::Move(user) => self.numbers[user] = (self.numbers[user] + 1) % COUNTRIES.len(),
            Step::Proceed(index, fate) => self.proceed(index, fate, policy),
            Step::Reply(index, reply) => {
                let sign_in = &mut self.sign_ins[index];
                if let Stage::Asked(round) = &sign_in.stage {
                    let deliveries = <_>::default();
                    sign_in.stage = Stage::Verify { round: round.clone(), reply, deliveries };
                }
            }
            Step::Speak(index, fate) => self.speak(index, fate, policy),
            Step::Wait(seconds) => {
                self.now += seconds;
                self.listenings.retain(|listening| self.now <= listening.now + Listening::SECONDS);
                self.creations.retain(|creation| self.now <= creation.delivery.now + Creation::SECONDS);
            }
        }
    }

    /// Whether this contact may ask with the handle of the call now.
    pub(crate) fn may_ask(&self, call: Ringing, contact: Contact) -> bool {
        let asks = self.listenings.iter().any(|listening| (listening.call, listening.contact) == (call, contact));
        !asks && self.telephone.may_ask(call, contact)
    }

    /// The facts of the latest step.
    pub(crate) fn news(&self) -> &[Fact] {
        &self.trace[self.old..]
    }

    fn is_expired(&self, call: Ringing, policy: &Policy) -> bool {
        let counted = self.trace.iter().find_map(|fact| match fact {
            Fact::Counted(counted) if counted.challenge == call.challenge => Some(counted.at),
            _ => None,
        });
        counted.is_none_or(|issued| self.now >= issued + policy.rules.challenge.validity_seconds)
    }

    fn deliver(&mut self, index: usize, fate: RequestFate, policy: &Policy) {
        let now = self.now;
        let SignIn { session, stage } = &mut self.sign_ins[index];
        let event = session.event(index);
        match stage {
            Stage::Create { call_again, deliveries } => {
                let delivery = Delivery { event, number: deliveries.count, now };
                *deliveries = deliveries.with(now);
                if *call_again && Rounds::of(&session.history()).grants_call_again(&policy.sign_in(), now) {
                    self.trace.push(Fact::Granted { event, delivery: delivery.number });
                }
                let number = self.numbers[session.user];
                self.creations.push(Creation::start(delivery, session, number, *call_again, policy));
            }
            Stage::Verify { round, reply, deliveries } => {
                *deliveries = deliveries.with(now);
                if fate == RequestFate::LostUndone {
                    return;
                }
                let (round, reply, session) = (round.clone(), *reply, session.clone());
                let right = self.judge(event, &session, &round, reply, policy);
                if fate == RequestFate::LostDone {
                    return;
                }
                let over = self.sign_ins[index].verified(round, right, reply == Reply::CallAgain, policy, now);
                if let Some(tokens) = over {
                    let tokens = tokens && self.gate(session.user, session.client, policy).is_ok();
                    self.trace.push(Fact::Over { event, right, tokens });
                }
            }
            Stage::Asked(_) | Stage::Over => {}
        }
    }

    /// Judges an answer, as the verify trigger does.
    fn judge(&mut self, event: Event, session: &Session, round: &Text, reply: Reply, policy: &Policy) -> bool {
        if reply == Reply::CallAgain {
            return false;
        }
        let (round, now, failures) = (round.round(), self.now, &policy.rules.failures);
        let &Session { user, client, .. } = session;
        let mut verification = Verification::of_answer(&round, Some(client.id()), now, || reply == Reply::Right);
        let verdict = loop {
            match verification.next() {
                Judge::Write(attempt) => {
                    let written = self.table.judge(user, attempt, failures);
                    verification.written(written, failures);
                }
                Judge::Pause(_) => verification.waited(),
                Judge::Done(done) => break done.expect("nothing is in the way of this write"),
            }
        };
        let challenge = round.challenge.id;
        self.trace.push(Fact::Judged { event, user, client, challenge, verdict: name(verdict), at: now });
        verdict == Verdict::Right
    }

    /// Asks the token gate, as Cognito does before it issues tokens.
    fn gate(&self, user: usize, client: Client, policy: &Policy) -> Result<&'static str, NotCalled> {
        policy.gate().by_pass(self.table.user(user).passes.of(&client.id()), self.now)
    }

    fn speak(&mut self, index: usize, fate: RequestFate, policy: &Policy) {
        let Self { table, telephone, trace, .. } = self;
        let mut around = Surroundings { policy, table, telephone, trace };
        let Some(answered) = self.listenings[index].proceed(fate, &mut around) else { return };
        let Listening { call, contact, .. } = self.listenings.remove(index);
        // Without an answer, Connect invokes the function again.
        if answered {
            self.telephone.answer(call, contact);
        }
    }

    fn proceed(&mut self, index: usize, fate: RequestFate, policy: &Policy) {
        let Self { table, telephone, trace, .. } = self;
        let mut around = Surroundings { policy, table, telephone, trace };
        let Some(answer) = self.creations[index].proceed(fate, &mut around) else { return };
        let creation = self.creations.remove(index);
        let Delivery { event, number: delivery, .. } = creation.delivery;
        let SignIn { session, stage } = &mut self.sign_ins[event.sign_in];
        // Cognito waits only for the answer to the latest delivery.
        let awaited = match stage {
            Stage::Create { deliveries, .. } => {
                session.event(event.sign_in) == event && deliveries.count == delivery + 1
            }
            _ => false,
        };
        if !awaited || fate != RequestFate::Good {
            return;
        }
        *stage = match answer {
            Ok(round) => {
                let (number, challenge) = (creation.number(), round.round().challenge.id);
                self.trace.push(Fact::Asked { event, delivery, number, challenge });
                Stage::Asked(round)
            }
            Err(Failed) => Stage::Over,
        };
    }
}

impl Step {
    pub(crate) fn actor(self) -> Actor {
        match self {
            Self::Proceed(index, _) => Actor::Creation(index),
            Self::Speak(index, _) => Actor::Listening(index),
            Self::Deliver(index, _) | Self::Reply(index, _) => Actor::SignIn(index),
            Self::Ask(..)
            | Self::Begin(..)
            | Self::Clear(_)
            | Self::Expire
            | Self::Gate(..)
            | Self::Move(_)
            | Self::Wait(_) => Actor::World,
        }
    }

    /// What happens to the step's request.
    pub(crate) fn fate(self) -> RequestFate {
        match self {
            Self::Deliver(_, fate) | Self::Proceed(_, fate) | Self::Speak(_, fate) => fate,
            _ => RequestFate::Good,
        }
    }
}

/// The verdict's word in the log.
fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => "right",
        Verdict::Wrong => "wrong",
        Verdict::AttemptsUsedUp => "attempts-used-up",
        Verdict::Expired => "expired",
        Verdict::Locked(_) => "locked",
        Verdict::NotHeard => "not-heard",
        Verdict::Replaced => "replaced",
        Verdict::Used => "used",
    }
}

//! The whole world: sign-ins, deliveries, the functions, the table, Connect, the clock.

use sign_in::error::NotCalled;
use sign_in::history::{Round, Rounds};

use crate::creation::{Creation, Delivery, Failed, RequestFate, Surroundings};
use crate::device::{Key, Trusted};
use crate::listening::Listening;
use crate::policy::Policy;
use crate::sign_in::{Client, Reply, SignIn, Stage};
use crate::table::Table;
use crate::telephone::{Contact, Ringing, Telephone, Wish};
use crate::trace::{Fact, Nonce};

mod alike;
mod judging;
mod step;

pub(crate) use step::Step;

/// The country of each number.
pub(crate) const COUNTRIES: [&str; 3] = ["US", "US", "CA"];

/// The number of each user at first. The first two share one.
const NUMBERS: [usize; 4] = [0, 0, 1, 2];

/// The state of the world. [`alike`] says which states are equivalent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct World {
    pub(crate) now: u64,
    /// The number of each user.
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

impl World {
    /// A world in which nothing has happened, at this time.
    pub(crate) fn at(now: u64) -> Self {
        Self {
            now,
            numbers: NUMBERS,
            sign_ins: Vec::new(),
            creations: Vec::new(),
            listenings: Vec::new(),
            trace: Vec::new(),
            old: 0,
            table: Table::default(),
            telephone: Telephone::default(),
        }
    }

    /// The same, after so many calls that each row of the hour's counter of all calls has room for one more.
    pub(crate) fn nearly_full(now: u64, policy: &Policy) -> Self {
        let mut world = Self::at(now);
        world.table.fill_but_one(policy.budget.all_hour, now);
        world
    }

    /// A world in which nothing has happened, but a user has this many devices.
    pub(crate) fn with_devices(now: u64, user: usize, count: usize, policy: &Policy) -> Self {
        let mut world = Self::at(now);
        let number = world.numbers[user] as u64;
        let ends = now + u64::from(policy.device_days) * 24 * 60 * 60;
        let devices = (100..).zip((0..ends).rev()).map(|(key, until)| Trusted { key: Key(key), number, until });
        let devices: Vec<_> = devices.take(count).collect();
        world.table.had(user, devices.iter().map(|device| device.device()));
        world.trace.extend(devices.into_iter().map(|device| Fact::Had { user, device }));
        world
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
            Step::Begin(user, client, device) => {
                if let Some(key) = device {
                    self.trace.push(Fact::Named { sign_in: self.sign_ins.len(), user, key });
                }
                self.sign_ins.push(SignIn::new(user, client, device));
            }
            Step::Clear(user) => {
                self.table.clear_failures(user);
                self.trace.push(Fact::Cleared { user });
            }
            Step::Deliver(sign_in, fate) => self.deliver(sign_in, fate, policy),
            Step::Expire => self.table.expire(policy.rules.pass_life, self.now),
            Step::Forget(user, key) => self.forget(user, Some(key)),
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
            Step::Reset(user) => {
                self.table.clear_failures(user);
                self.trace.push(Fact::Cleared { user });
                self.forget(user, None);
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

    /// Whether a step that may end the trust in a user's devices does so now. A number changes once.
    pub(crate) fn matters(&self, step: Step) -> bool {
        match step {
            Step::Forget(user, key) => self.table.user(user).devices.iter().any(|device| device.key == key.public()),
            Step::Reset(user) => !self.table.user(user).devices.is_empty(),
            Step::Move(user) => self.numbers[user] == NUMBERS[user],
            _ => false,
        }
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
                let right = self.verify(event, &session, &round, reply, policy);
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

    fn forget(&mut self, user: usize, key: Option<Key>) {
        self.table.forget(user, key);
        self.trace.push(Fact::Forgotten { user, key });
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
            Ok(private) => {
                let asked = match &private.device {
                    None => {
                        let round: Round = private.challenge.parse().expect("it is made of a round");
                        let used = Rounds::of(&session.history()).attempts_used(false, &policy.sign_in(), self.now);
                        let (number, challenge) = (creation.number(), round.challenge.id);
                        Fact::Asked { event, delivery, number, challenge, used }
                    }
                    Some(device) => {
                        let (user, number) = (session.user, creation.number());
                        let (device, nonce) = (Trusted::of(device), Nonce::of(&private));
                        Fact::SignatureAsked { event, user, number, device, nonce }
                    }
                };
                self.trace.push(asked);
                Stage::Asked(private)
            }
            Err(Failed) => Stage::Over,
        };
    }
}

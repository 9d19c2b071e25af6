//! The whole world: people, Cognito, the functions, the ledger, Connect, the clock.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use sign_in::ledger::HearingAttempt;
use sign_in::sending::Purpose;

use crate::account::Account;
use crate::attack::Kind;
use crate::connect::Connect;
use crate::event_queue::EventQueue;
use crate::functions::Functions;
use crate::invocation::Writing;
use crate::outcome::{Call, Outcome};
use crate::rng::Rng;
use crate::round_started::RoundStarted;
use crate::scenario::Scenario;
use crate::stats::{End, Stats};
use crate::table::Table;
use crate::user_model::{Intent, Next};
use crate::visit::{SignIn, Source, Visit};

mod arrivals;
mod gate;
mod hearing;
mod sending;
mod telephone;
mod triggers;

use arrivals::Arrivals;
use sending::Message;

/// The first midnight, in seconds since the Unix epoch.
const MIDNIGHT: u64 = 20_000 * 86_400;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A visitor does what they were going to do.
    Act(usize),
    /// Somebody has answered this call and passed the gate.
    Ask(usize),
    /// A call is over. `None`: it never rang.
    CallOver(usize, Option<usize>),
    /// Lambda delivers this message.
    Deliver(usize),
    /// The token gate answers about a visit.
    Gate(usize),
    /// A visit begins.
    Arrive(Source),
    /// The create trigger of a visit makes its next request.
    Proceed(usize),
    /// The function that sends this message's code makes its next request.
    Send(usize),
    /// The verify trigger of a visit, which has a device's signature, makes its next request.
    Sign(usize),
    /// This call, which asks for its code, makes its next request.
    Speak(usize),
    /// The verify trigger of a visit makes its next request.
    Verify(usize),
    /// A user has waited for the call with this message's code.
    Waited(usize),
}

struct World<'a> {
    scenario: &'a Scenario,
    functions: Functions,
    queue: EventQueue<Event>,
    arrivals: Arrivals,
    table: Table,
    connect: Connect,
    visits: Vec<Visit>,
    calls: Vec<Call>,
    /// The calls that are asking for their codes.
    hearings: BTreeMap<usize, Writing<HearingAttempt>>,
    /// The messages with codes of Cognito's own.
    messages: Vec<Message>,
    stats: [Stats; 3],
    people: Rng,
    random: Rng,
}

impl Scenario {
    /// Runs the scenario to its end.
    pub fn run(&self) -> Result<Outcome> {
        let functions = Functions::read(&self.settings)?;
        let mut rng = Rng::new(self.seed);
        let (people, random) = (rng.split(), rng.split());
        let arrivals = Arrivals::new(self, &functions, rng)?;
        let mut world = World {
            scenario: self,
            functions,
            queue: EventQueue::default(),
            arrivals,
            table: Table::new(self.latency.ledger),
            connect: Connect::new(self.quotas, self.when_full),
            visits: Vec::new(),
            calls: Vec::new(),
            hearings: BTreeMap::new(),
            messages: Vec::new(),
            stats: <_>::default(),
            people,
            random,
        };
        let (calls_mean, calls_most) = world.run()?;
        let World { table, visits, calls, stats: [attackers, users, victims], .. } = world;
        let mut counted: Vec<_> = table.counted().map(|(key, count)| (key.to_owned(), count)).collect();
        counted.sort_unstable();
        let (mut countries, mut purposes) = (BTreeMap::new(), BTreeMap::new());
        for visit in visits.iter().filter(|visit| visit.source == Source::User) {
            let country = visit.account.phone.as_ref().map_or("none", |phone| phone.country());
            let purpose = visit.purpose.map_or("sign-in", Purpose::name);
            let counts = [countries.entry(country.to_owned()).or_default(), purposes.entry(purpose).or_default()];
            for (all, completed) in counts {
                *all += 1;
                *completed += u32::from(visit.end == Some(End::Completed));
            }
        }
        let writes = table.writes();
        let scenario = self.clone();
        Ok(Outcome {
            scenario,
            users,
            attackers,
            victims,
            calls_mean,
            calls_most,
            writes,
            counted,
            calls,
            countries,
            purposes,
        })
    }
}

impl World<'_> {
    /// Returns the mean and the maximum number of concurrent calls while visits began.
    fn run(&mut self) -> Result<(f64, u32)> {
        let end = Duration::from_mins(self.scenario.minutes.into());
        for source in [Source::User, Source::Attacker, Source::Victim] {
            self.next_arrival(source, Duration::ZERO);
        }
        let mut mean = None;
        while let Some((now, event)) = self.queue.take() {
            if now >= end && mean.is_none() {
                mean = Some(self.connect.mean(end));
            }
            match event {
                Event::Act(visit) => self.act(visit, now),
                Event::Ask(call) => self.ask(call, now),
                Event::CallOver(visit, call) => self.call_over(visit, call, now),
                Event::Arrive(source) => {
                    let (mut account, purpose) = self.arrivals.account(source, &self.functions)?;
                    if source == Source::User && purpose.is_none() {
                        self.trust_device(&mut account, now);
                    }
                    let index = self.visits.len();
                    self.visits.push(Visit::new(source, account, purpose, now));
                    self.stats(index).visits += 1;
                    self.act(index, now);
                    self.next_arrival(source, now);
                }
                Event::Deliver(message) => self.deliver(message, now),
                Event::Gate(visit) => self.gate(visit, now),
                Event::Proceed(visit) => self.proceed(visit, now),
                Event::Send(message) => self.proceed_sending(message, now),
                Event::Sign(visit) => self.verify_signature(visit, now),
                Event::Speak(call) => self.speak(call, now),
                Event::Verify(visit) => self.verify(visit, now),
                Event::Waited(message) => self.waited(message, now),
            }
        }
        let mean = mean.unwrap_or_else(|| self.connect.mean(end));
        Ok((mean, self.connect.most()))
    }

    fn next_arrival(&mut self, source: Source, now: Duration) {
        let end = Duration::from_mins(self.scenario.minutes.into());
        if let Some(time) = self.arrivals.next(source, now).filter(|time| *time < end) {
            self.queue.at(time, Event::Arrive(source));
        }
    }

    fn act(&mut self, index: usize, now: Duration) {
        let visit = &mut self.visits[index];
        match visit.intent {
            Intent::SignIn => {
                visit.sign_ins += 1;
                let (source, purpose) = (visit.source, visit.purpose);
                visit.sign_in = SignIn::new(self.functions.mode);
                self.stats(index).sign_ins += 1;
                match purpose {
                    Some(_) => self.send(index, now),
                    None if source == Source::Attacker && self.is_past_the_call() => self.ask_gate(index, now),
                    None => self.define(index, false, now),
                }
            }
            Intent::Answer if visit.purpose.is_some() => self.type_code(index, now),
            Intent::Answer => {
                self.visits[index].sign_in.answer = self.answer(index);
                self.queue.at(now, Event::Verify(index));
            }
            // The verify trigger doesn't compare it, and makes no request.
            Intent::CallAgain => {
                let sign_in = &mut visit.sign_in;
                if let Some(RoundStarted { round, .. }) = sign_in.asked.take() {
                    sign_in.over(&round, false);
                    self.define(index, true, now);
                }
            }
        }
    }

    /// With its chance, the user has a device that is trusted since an earlier sign-in.
    fn trust_device(&mut self, account: &mut Account, now: Duration) {
        let devices = self.scenario.user_model.devices;
        if devices > 0.0 && self.people.chance(devices) {
            account.device = account.enrolled(&self.functions, self.seconds(now));
            if let Some(device) = account.device.clone() {
                self.table.enrol(account.keys(None), device);
            }
        }
    }

    /// Whether the attackers sign in by another flow.
    fn is_past_the_call(&self) -> bool {
        self.scenario.attack.as_ref().is_some_and(|attack| attack.kind == Kind::OtherFlow)
    }

    fn follow(&mut self, index: usize, next: Next, now: Duration) {
        match next {
            Next::Act(pause, intent) => {
                self.visits[index].intent = intent;
                self.queue.at(now + pause, Event::Act(index));
            }
            Next::End(end) => self.end(index, end, now),
            Next::Listen => {}
        }
    }

    fn end(&mut self, index: usize, end: End, now: Duration) {
        let visit = &mut self.visits[index];
        let before = visit.end.replace(end);
        assert_eq!(before, None, "a visit ends once");
        let began = visit.began;
        // Its memory is freed, since there may be many visits.
        visit.sign_in = SignIn::default();
        let in_time = now < Duration::from_mins(self.scenario.minutes.into());
        self.stats(index).end(end, began, now, in_time);
    }

    fn stats(&mut self, index: usize) -> &mut Stats {
        &mut self.stats[self.visits[index].source as usize]
    }

    /// Seconds since the Unix epoch.
    fn seconds(&self, now: Duration) -> u64 {
        MIDNIGHT + u64::from(self.scenario.hour) * 3_600 + now.as_secs()
    }
}

#[cfg(test)]
mod tests;

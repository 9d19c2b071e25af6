//! Codes of Cognito's own: Cognito's message, the function that has it spoken, and the user who waits.

use std::time::Duration;

use sign_in::calling::Failed;
use sign_in::error::DialErrorKind;
use sign_in::sending::{MessageCall, Sent};

use super::{Event, World};
use crate::invocation::{Placing, Step, Surroundings};
use crate::round_started::word;
use crate::stats::End;
use crate::user_model::Next;
use crate::visit::Source;

/// A message with a code.
pub(super) struct Message {
    visit: usize,
    id: u128,
    deliveries: u32,
    /// Whether a phone has rung for it.
    rang: bool,
    /// The function's invocation, while it runs.
    sending: Option<Placing<MessageCall>>,
}

/// Lambda delivers a message at most so often (`MaximumRetryAttempts` in the template), and waits so long between.
const MAX_DELIVERIES: u32 = 2;
const REDELIVERY_PAUSE: Duration = Duration::from_mins(1);

impl World<'_> {
    /// Cognito sends a code, and tells the user so.
    pub(super) fn send(&mut self, visit: usize, now: Duration) {
        let id = self.random.id();
        let message = self.messages.len();
        self.messages.push(Message { visit, id, deliveries: 0, rang: false, sending: None });
        (self.visits[visit].message, self.visits[visit].listens) = (Some(message), None);
        self.deliver(message, now);
        if self.visits[visit].source == Source::Attacker {
            self.end(visit, End::Stopped, now);
        } else {
            let waits = self.people.within(self.scenario.user_model.waits);
            self.queue.at(now + waits, Event::Waited(message));
        }
    }

    /// Lambda invokes the function with a message.
    pub(super) fn deliver(&mut self, message: usize, now: Duration) {
        let seconds = self.seconds(now);
        let Message { visit, id, deliveries, sending, .. } = &mut self.messages[message];
        let visit = &self.visits[*visit];
        *deliveries += 1;
        *sending = visit
            .purpose
            .and_then(|purpose| Placing::of_message(&visit.account, purpose, *id, seconds, &self.functions));
        self.queue.at(now, Event::Send(message));
    }

    /// Makes the next request of the function.
    pub(super) fn proceed_sending(&mut self, message: usize, now: Duration) {
        let Self { functions, table, connect, messages, visits, random: rng, .. } = self;
        let Message { visit, id, ref mut sending, deliveries, .. } = messages[message];
        let Some(placing) = sending else { return };
        let latency = self.scenario.latency;
        let mut around = Surroundings { functions, table, connect, rng, latency };
        let (answer, rings) = match placing.proceed(now, &visits[visit].account, &mut around) {
            Step::Next(time) => return self.queue.at(time, Event::Send(message)),
            Step::Done(done) => done,
        };
        let counted_at = placing.now;
        *sending = None;
        match answer {
            Ok(Sent::Called) if rings => {
                self.messages[message].rang = true;
                let call = self.ring(visit, id, 1, counted_at, now);
                let visit = &mut self.visits[visit];
                // Else the user has asked for another code meanwhile.
                if visit.message == Some(message) {
                    visit.listens = Some(call);
                }
            }
            Ok(Sent::Called) => self.stats(visit).refuse("dropped"),
            Ok(Sent::Void) => {}
            Err(failed) => {
                self.stats(visit).refuse(word(failed));
                // The function answers these, since another delivery would end the same way.
                let is_answered = match failed {
                    Failed::Limit(_) => true,
                    Failed::Call(reason) => reason.kind == DialErrorKind::Refused,
                    Failed::Ledger => false,
                };
                if !is_answered && deliveries < MAX_DELIVERIES {
                    self.queue.at(now + REDELIVERY_PAUSE, Event::Deliver(message));
                }
            }
        }
    }

    /// The user has waited for the phone to ring.
    pub(super) fn waited(&mut self, message: usize, now: Duration) {
        let &Message { visit: index, rang, .. } = &self.messages[message];
        let visit = &self.visits[index];
        if visit.end.is_none() && visit.message == Some(message) && !rang {
            let next = self.scenario.user_model.waited(visit.sign_ins, &mut self.people);
            self.follow(index, next, now);
        }
    }

    /// The user types the code, which Cognito compares.
    pub(super) fn type_code(&mut self, index: usize, now: Duration) {
        self.stats(index).compared += 1;
        let model = &self.scenario.user_model;
        if self.people.chance(model.mistypes) {
            let next = Next::Act(self.people.within(model.types), self.visits[index].intent);
            self.follow(index, next, now);
        } else {
            self.end(index, End::Completed, now);
        }
    }
}

#[cfg(test)]
mod tests;

//! Phones that ring, and what people do.

use std::time::Duration;

use sign_in::ledger::Hearing;

use super::{Event, World};
use crate::outcome::Call;
use crate::scenario::Scenario;
use crate::stats::End;
use crate::user_model::Next;
use crate::visit::Source;

impl World<'_> {
    /// A phone rings, with this call of this challenge or message. Connect took it a moment ago.
    pub(super) fn ring(&mut self, index: usize, challenge: u128, nth: u32, at: u64, now: Duration) -> usize {
        let Scenario { user_model, attack, latency, .. } = self.scenario;
        let ring = Duration::from_secs(self.functions.ring_seconds.into());
        let visit = &mut self.visits[index];
        let taken = match (visit.source, attack) {
            (Source::Attacker, Some(attack)) => attack.kind.takes(),
            _ => user_model.take(ring, &mut self.people),
        };
        let placed = now.saturating_sub(latency.connect);
        let lasts = taken.map_or(ring, |(ring, talk)| ring + talk);
        // If not, the code is an attribute of the call.
        let asks = visit.purpose.is_some() || self.functions.rules.challenge.hearing == Hearing::Awaited;
        let first = !std::mem::replace(&mut visit.rung, true);
        let (began, account) = (visit.began, &visit.account);
        let call = Call {
            at,
            placed,
            visit: index,
            challenge,
            nth,
            keys: account.keys(visit.purpose),
            country: account.phone.as_ref().map(|phone| phone.country().to_owned()).unwrap_or_default(),
            lasts,
            taken: taken.is_some(),
            heard: taken.is_some() && !asks,
        };
        let stats = self.stats(index);
        stats.call(taken.map(|(_, talk)| talk));
        if first {
            stats.ring(placed.saturating_sub(began));
        }
        let number = self.calls.len();
        self.calls.push(call);
        if let Some((ring, talk)) = taken.filter(|_| asks) {
            let passes = Duration::from_secs_f64(user_model.passes).min(talk);
            self.queue.at(placed + ring + passes, Event::Ask(number));
        }
        self.queue.at(placed + lasts, Event::CallOver(index, Some(number)));
        number
    }

    pub(super) fn call_over(&mut self, index: usize, call: Option<usize>, now: Duration) {
        if call.is_some() {
            self.connect.end(now);
        }
        let heard = call.is_some_and(|call| self.calls[call].heard);
        self.stats(index).heard += u32::from(heard);
        let seconds = self.seconds(now);
        let visit = &mut self.visits[index];
        if visit.end.is_some() || visit.listens != call {
            return;
        }
        if visit.purpose.is_some() {
            let next = self.scenario.user_model.told(heard, visit.sign_ins, &mut self.people);
            return self.follow(index, next, now);
        }
        let Some(asked) = visit.sign_in.asked.as_ref() else { return };
        visit.listens = None;
        let limits = &self.functions.limits;
        let next = match (visit.source, &self.scenario.attack) {
            (Source::Attacker, Some(attack)) => match attack.kind.asked(asked, limits, seconds) {
                Next::Listen => attack.kind.called(asked, limits, seconds),
                // The visitor did not wait for it.
                _ => return,
            },
            _ => self.scenario.user_model.called(heard, &asked.round, limits, seconds, &mut self.people),
        };
        let next = match next {
            // Connect dropped this call.
            Next::End(End::Unanswered) if call.is_none() => Next::End(End::Busy),
            next => next,
        };
        self.follow(index, next, now);
    }

    /// What a visitor types.
    pub(super) fn answer(&mut self, index: usize) -> String {
        let visit = &self.visits[index];
        let Some(asked) = &visit.sign_in.asked else { return String::new() };
        if visit.source == Source::Attacker {
            return format!("{:06}", self.people.draw() % 1_000_000);
        }
        let heard = visit.heard(&self.functions, &asked.round);
        if !self.people.chance(self.scenario.user_model.mistypes) {
            return heard;
        }
        let last = if heard.ends_with('0') { '1' } else { '0' };
        format!("{}{last}", &heard[..heard.len() - 1])
    }
}

//! Cognito and the three triggers, as they go from one step of a sign-in to the next.

use std::time::Duration;

use otp_dial::ledger::dynamodb::{CONFLICTS, pause_before};
use otp_dial::ledger::{Answer, Verdict};
use otp_dial::sign_in::Next as Defined;

use super::{Event, World};
use crate::asked::{Asked, Failed, How};
use crate::creation::{Creation, Step, Surroundings};
use crate::habits::Next;
use crate::tally::End;
use crate::visit::{Source, Visit};

impl World<'_> {
    /// As the define trigger does, and Cognito goes on.
    pub(super) fn define(&mut self, index: usize, call_again: bool, now: Duration) {
        let seconds = self.seconds(now);
        let Self { functions, visits, random, .. } = self;
        let Visit { account, sign_in, .. } = &mut visits[index];
        match functions.mode.next(&sign_in.history, call_again, &functions.limits, seconds) {
            Defined::CustomChallenge => {
                let creation = Creation::start(account, &sign_in.history, call_again, seconds, functions, random);
                sign_in.creation = Some(creation);
                self.agenda.at(now, Event::Proceed(index));
            }
            Defined::Tokens => self.end(index, End::Tokens, now),
            Defined::PasswordVerifier | Defined::Refuse(_) => {
                self.tally(index).refuse("attempts-used-up");
                let visit = &self.visits[index];
                let next = match visit.source {
                    Source::Attacker => Next::End(End::Stopped),
                    _ => self.scenario.habits.refused(visit.sign_ins, &mut self.people),
                };
                self.follow(index, next, now);
            }
        }
    }

    pub(super) fn proceed(&mut self, index: usize, now: Duration) {
        let Self { functions, table, connect, visits, random, .. } = self;
        let Visit { account, sign_in, .. } = &mut visits[index];
        let Some(creation) = &mut sign_in.creation else { return };
        let latency = self.scenario.latency;
        let mut around = Surroundings { functions, table, connect, dice: random, latency };
        match creation.proceed(now, account, &mut around) {
            Step::Next(time) => self.agenda.at(time, Event::Proceed(index)),
            Step::Done(time, answer) => {
                let counted_at = creation.now;
                sign_in.creation = None;
                match answer {
                    Ok(asked) => self.asked(index, asked, counted_at, time),
                    Err(failed) => self.failed(index, failed, time),
                }
            }
        }
    }

    fn asked(&mut self, index: usize, asked: Asked, counted_at: u64, now: Duration) {
        let seconds = self.seconds(now);
        let listens = match asked.how {
            How::Called { rings: true } => Some(self.ring(index, counted_at, now)),
            How::Refused(limit) => {
                self.tally(index).refuse(limit.to_string());
                None
            }
            How::Called { rings: false } if self.visits[index].account.phone.is_some() => {
                self.tally(index).refuse("dropped");
                None
            }
            _ => None,
        };
        let limits = &self.functions.limits;
        let visit = &mut self.visits[index];
        let next = match (visit.source, &self.scenario.attack) {
            (Source::Attacker, Some(attack)) => attack.kind.asked(&asked, limits, seconds),
            _ => self.scenario.habits.asked(&asked, limits, seconds, &mut self.people),
        };
        let dropped = asked.how == How::Called { rings: false };
        (visit.sign_in.listens, visit.sign_in.asked) = (listens, Some(asked));
        // Who hears nothing waits as long as a phone rings.
        if next == Next::Listen && dropped {
            let patience = Duration::from_secs(self.functions.ring_seconds.into());
            self.agenda.at(now + patience, Event::CallOver(index, None));
        }
        self.follow(index, next, now);
    }

    fn failed(&mut self, index: usize, failed: Failed, now: Duration) {
        self.tally(index).refuse(failed.word());
        let visit = &self.visits[index];
        let next = match visit.source {
            Source::Attacker => Next::End(End::Stopped),
            _ => self.scenario.habits.failed(failed, visit.sign_ins, &mut self.people),
        };
        self.follow(index, next, now);
    }

    /// As the verify trigger does.
    pub(super) fn verify(&mut self, index: usize, now: Duration) {
        let seconds = self.seconds(now);
        let Self { functions, table, visits, .. } = self;
        let visit = &visits[index];
        let Some(Asked { round, .. }) = visit.sign_in.asked.clone() else { return };
        let right = visit.is_code(functions, &round, &visit.sign_in.answer);
        let answer = Answer { challenge: round.challenge.id, sign_in: round.sign_in, right, now: seconds };
        let verdict = if round.challenge.expired(seconds) {
            Some(Verdict::Expired)
        } else {
            table.answer(now, visit.account.user, &answer, &functions.rules.failures)
        };
        let now = now + self.scenario.latency.ledger;
        let Some(verdict) = verdict else {
            let sign_in = &mut self.visits[index].sign_in;
            sign_in.conflicts += 1;
            if sign_in.conflicts < CONFLICTS {
                let pause = pause_before(sign_in.conflicts, self.random.bits());
                self.agenda.at(now + pause, Event::Verify(index));
            } else {
                self.failed(index, Failed::Ledger, now);
            }
            return;
        };
        match verdict {
            Verdict::Right | Verdict::Wrong => self.tally(index).compared += 1,
            Verdict::Locked(limit) => self.tally(index).refuse(limit.to_string()),
            _ => {}
        }
        let sign_in = &mut self.visits[index].sign_in;
        sign_in.over(&round, verdict == Verdict::Right);
        self.define(index, false, now);
    }
}

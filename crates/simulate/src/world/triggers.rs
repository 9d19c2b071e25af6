//! Cognito and the three triggers: from one step of a sign-in to the next.

use std::time::Duration;

use sign_in::creation::RoundStarted as Started;
use sign_in::define::Next as Defined;
use sign_in::device::{Device, Enrolment};
use sign_in::history::{DeviceRound, Round};
use sign_in::ledger::{DeviceVerdict, Verdict};
use sign_in::verification::{DeviceVerification, Verification};

use super::{Event, World};
use crate::invocation::{Placing, Step, Surroundings, Writing};
use crate::round_started::{Failed, RoundOutcome, RoundStarted, word};
use crate::stats::End;
use crate::user_model::Next;
use crate::visit::{Source, Visit};

impl World<'_> {
    /// Runs the define trigger and the next step of the sign-in.
    pub(super) fn define(&mut self, index: usize, call_again: bool, now: Duration) {
        let seconds = self.seconds(now);
        let Self { functions, visits, random, .. } = self;
        let Visit { account, sign_in, .. } = &mut visits[index];
        match functions.mode.next(&sign_in.history, call_again, &functions.limits, seconds) {
            Defined::CustomChallenge => {
                let creation = Placing::of_round(account, &sign_in.history, call_again, seconds, functions, random);
                sign_in.creation = Some(creation);
                self.queue.at(now, Event::Proceed(index));
            }
            Defined::Tokens => self.ask_gate(index, now),
            Defined::PasswordVerifier | Defined::Refuse(_) => {
                self.stats(index).refuse("attempts-used-up");
                let visit = &self.visits[index];
                let next = match visit.source {
                    Source::Attacker => Next::End(End::Stopped),
                    _ => self.scenario.user_model.refused(visit.sign_ins, &mut self.people),
                };
                self.follow(index, next, now);
            }
        }
    }

    pub(super) fn proceed(&mut self, index: usize, now: Duration) {
        let Self { functions, table, connect, visits, random: rng, .. } = self;
        let Visit { account, sign_in, .. } = &mut visits[index];
        let Some(creation) = &mut sign_in.creation else { return };
        let latency = self.scenario.latency;
        let mut around = Surroundings { functions, table, connect, rng, latency };
        match creation.proceed(now, account, &mut around) {
            Step::Next(time) => self.queue.at(time, Event::Proceed(index)),
            Step::Done((answer, rings)) => {
                let counted_at = creation.now;
                sign_in.creation = None;
                match answer {
                    Ok(Started::Call { round, outcome }) => {
                        self.asked(index, RoundStarted { round, outcome, rings }, counted_at, now);
                    }
                    Ok(Started::Device { round, device }) => self.sign(index, round, device, now),
                    Err(failed) => self.failed(index, failed, now),
                }
            }
        }
    }

    fn asked(&mut self, index: usize, asked: RoundStarted, counted_at: u64, now: Duration) {
        let seconds = self.seconds(now);
        let listens = match asked.outcome {
            RoundOutcome::Called if asked.rings => {
                Some(self.ring(index, asked.round.challenge.id, asked.round.call, counted_at, now))
            }
            RoundOutcome::Refused(refusal) => {
                self.stats(index).refuse(refusal.limit.to_string());
                None
            }
            RoundOutcome::Called if self.visits[index].account.phone.is_some() => {
                self.stats(index).refuse("dropped");
                None
            }
            _ => None,
        };
        let limits = &self.functions.limits;
        let visit = &mut self.visits[index];
        let next = match (visit.source, &self.scenario.attack) {
            (Source::Attacker, Some(attack)) => attack.kind.asked(&asked, limits, seconds),
            _ => self.scenario.user_model.asked(&asked, limits, seconds, &mut self.people),
        };
        let dropped = asked.outcome == RoundOutcome::Called && !asked.rings;
        (visit.listens, visit.sign_in.asked) = (listens, Some(asked));
        // Without a call, the visitor waits as long as a phone would ring.
        if next == Next::Listen && dropped {
            let patience = Duration::from_secs(self.functions.ring_seconds.into());
            self.queue.at(now + patience, Event::CallOver(index, None));
        }
        self.follow(index, next, now);
    }

    fn failed(&mut self, index: usize, failed: Failed, now: Duration) {
        self.stats(index).refuse(word(failed));
        let visit = &self.visits[index];
        let next = match visit.source {
            Source::Attacker => Next::End(End::Stopped),
            _ => self.scenario.user_model.failed(failed, visit.sign_ins, &mut self.people),
        };
        self.follow(index, next, now);
    }

    /// Makes the next request of the verify trigger.
    pub(super) fn verify(&mut self, index: usize, now: Duration) {
        let seconds = self.seconds(now);
        let Self { functions, table, visits, random, .. } = self;
        let visit = &mut visits[index];
        let Some(RoundStarted { round, .. }) = visit.sign_in.asked.clone() else { return };
        let mut writing = visit.sign_in.verification.take().unwrap_or_else(|| {
            let is_right = || visit.is_code(functions, &round, &visit.sign_in.answer);
            let client = Some(functions.client.clone());
            let verification = Verification::of_answer(&round, client, Enrolment::NONE, seconds, is_right);
            Writing::new(verification, visit.account.keys(None), functions.rules.failures, now)
        });
        match writing.proceed(now, table, random, self.scenario.latency.ledger) {
            Step::Next(time) => {
                visit.sign_in.verification = Some(writing);
                self.queue.at(time, Event::Verify(index));
            }
            Step::Done(Ok(verdict)) => self.judged(index, &round, verdict, now),
            Step::Done(Err(_)) => self.failed(index, Failed::Ledger, now),
        }
    }

    /// A trusted device is asked to sign, and does so at once.
    fn sign(&mut self, index: usize, round: DeviceRound, device: Device, now: Duration) {
        self.stats(index).signed += 1;
        let seconds = self.seconds(now);
        let Self { functions, visits, .. } = self;
        let Visit { account, sign_in, .. } = &mut visits[index];
        let verification = DeviceVerification::of_signature(round, device, functions.client.clone(), seconds);
        let writing = Writing::new(verification, account.keys(None), functions.rules.failures, now);
        sign_in.signature = Some((round, writing));
        self.queue.at(now, Event::Sign(index));
    }

    /// Makes the next request of the verify trigger, which has a valid signature.
    pub(super) fn verify_signature(&mut self, index: usize, now: Duration) {
        let Self { table, visits, random, .. } = self;
        let sign_in = &mut visits[index].sign_in;
        let Some((round, writing)) = &mut sign_in.signature else { return };
        match writing.proceed(now, table, random, self.scenario.latency.ledger) {
            Step::Next(time) => self.queue.at(time, Event::Sign(index)),
            Step::Done(Ok(verdict)) => {
                let (round, is_accepted) = (*round, verdict == DeviceVerdict::Accepted);
                sign_in.signature = None;
                sign_in.over(&round, is_accepted);
                if !is_accepted {
                    self.stats(index).refuse(verdict.word());
                }
                self.define(index, false, now);
            }
            Step::Done(Err(_)) => self.failed(index, Failed::Ledger, now),
        }
    }

    fn judged(&mut self, index: usize, round: &Round, verdict: Verdict, now: Duration) {
        match verdict {
            Verdict::Right | Verdict::Wrong => self.stats(index).compared += 1,
            Verdict::NotHeard => self.stats(index).refuse(verdict.word()),
            Verdict::Locked(limit) => self.stats(index).refuse(limit.to_string()),
            _ => {}
        }
        self.visits[index].sign_in.over(round, verdict == Verdict::Right);
        self.define(index, false, now);
    }
}

//! Cognito and the three triggers: from one step of a sign-in to the next.

use std::time::Duration;

use sign_in::define::Next as Defined;
use sign_in::device::Enrolment;
use sign_in::history::Round;
use sign_in::ledger::Verdict;
use sign_in::ledger::conflict::{TIMEOUT, pause_before};
use sign_in::verification::{Step as Judge, Verification};

use super::{Event, World};
use crate::creation::{Creation, Step, Surroundings};
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
                let creation = Creation::start(account, &sign_in.history, call_again, seconds, functions, random);
                sign_in.creation = Some(creation);
                self.queue.at(now, Event::Proceed(index));
            }
            Defined::Tokens => self.end(index, End::Tokens, now),
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
        let Self { functions, table, connect, visits, random, .. } = self;
        let Visit { account, sign_in, .. } = &mut visits[index];
        let Some(creation) = &mut sign_in.creation else { return };
        let latency = self.scenario.latency;
        let mut around = Surroundings { functions, table, connect, rng: random, latency };
        match creation.proceed(now, account, &mut around) {
            Step::Next(time) => self.queue.at(time, Event::Proceed(index)),
            Step::Done(answer) => {
                let counted_at = creation.now;
                sign_in.creation = None;
                match answer {
                    Ok(asked) => self.asked(index, asked, counted_at, now),
                    Err(failed) => self.failed(index, failed, now),
                }
            }
        }
    }

    fn asked(&mut self, index: usize, asked: RoundStarted, counted_at: u64, now: Duration) {
        let seconds = self.seconds(now);
        let listens = match asked.outcome {
            RoundOutcome::Called if asked.rings => Some(self.ring(index, &asked.round, counted_at, now)),
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
        (visit.sign_in.listens, visit.sign_in.asked) = (listens, Some(asked));
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
        let Self { functions, table, visits, .. } = self;
        let visit = &visits[index];
        let (account, answer) = (visit.account.user, &visit.sign_in.answer);
        let Some(RoundStarted { round, .. }) = visit.sign_in.asked.clone() else { return };
        let (mut verification, until) = visit.sign_in.verification.clone().unwrap_or_else(|| {
            let is_right = || visit.is_code(functions, &round, answer);
            (Verification::of_answer(&round, None, Enrolment::NONE, seconds, is_right), now + TIMEOUT)
        });
        let takes = match verification.next() {
            Judge::Write(_) if now >= until => {
                verification.unreachable();
                Duration::ZERO
            }
            Judge::Write(attempt) => {
                let written = table.judge(now, account, attempt, &functions.rules.failures);
                verification.written(written, &functions.rules.failures);
                self.scenario.latency.ledger
            }
            Judge::Pause(conflicts) => {
                verification.waited();
                pause_before(conflicts, self.random.bits())
            }
            Judge::Done(done) => {
                self.visits[index].sign_in.verification = None;
                match done {
                    Ok(verdict) => self.judged(index, &round, verdict, now),
                    Err(_) => self.failed(index, Failed::Ledger, now),
                }
                return;
            }
        };
        self.visits[index].sign_in.verification = Some((verification, until));
        self.queue.at(now + takes, Event::Verify(index));
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

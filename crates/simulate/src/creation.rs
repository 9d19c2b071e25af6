//! One invocation of the create trigger, request by request: as `otp_dial::create` and `otp_dial::ledger::Store` go about
//! it, with their decisions and limits.

use std::time::Duration;

use otp_dial::dial::{ATTEMPTS, BACKOFF};
use otp_dial::fault::CallFaultKind;
use otp_dial::ledger::call::wait;
use otp_dial::ledger::dynamodb::{CONFLICTS, TIMEOUT, pause_before};
use otp_dial::ledger::{Ask, CountedCall, Counter, Entry, Refusal, TakenBack, decide, has_code, take_back};
use otp_dial::round::Round;
use otp_dial::sign_in::{ChallengeResult, Rounds};

use crate::account::Account;
use crate::asked::{Asked, Failed, How};
use crate::connect::{Connect, Reply};
use crate::dice::Dice;
use crate::functions::Functions;
use crate::scenario::Latency;
use crate::table::{Rows, Table, Written};

/// The function, somewhere between its invocation and its answer.
#[derive(Debug)]
pub struct Creation {
    /// Seconds since the Unix epoch when it was invoked.
    pub now: u64,
    latest: Option<Round>,
    /// The answers of the sign-in that were compared before.
    compared: u32,
    sign_in: u64,
    challenge: u128,
    counters: Vec<Counter>,
    /// When the ledger was first asked for what it is being asked for.
    asked: Duration,
    conflicts: u32,
    next: Request,
}

/// What the function does next.
#[derive(Debug)]
enum Request {
    Read,
    Write(Rows),
    Dial { round: Round, attempt: u32 },
    ReadAgain { issued: Round, fault: CallFaultKind },
    WriteBack { issued: Round, fault: CallFaultKind, rows: Rows, given_back: bool },
    Answer(Result<Asked, Failed>),
}

/// What a step comes to.
#[derive(Debug)]
pub enum Step {
    /// The next request is made then.
    Next(Duration),
    /// Cognito has the answer then.
    Done(Duration, Result<Asked, Failed>),
}

/// What the requests are made to.
pub struct Surroundings<'a> {
    /// The settings.
    pub functions: &'a Functions,
    /// The ledger.
    pub table: &'a mut Table,
    /// What places calls.
    pub connect: &'a mut Connect,
    /// What is random in a function.
    pub dice: &'a mut Dice,
    /// How long requests take.
    pub latency: Latency,
}

impl Creation {
    /// As `Create::next_round` begins. `now` is in seconds since the Unix epoch.
    pub fn start(
        account: &Account,
        history: &[ChallengeResult],
        call_again: bool,
        now: u64,
        functions: &Functions,
        dice: &mut Dice,
    ) -> Self {
        let rounds = Rounds::of(history);
        let compared = rounds.attempts_used(call_again, &functions.limits, now);
        let latest = rounds.latest();
        let granted = call_again && rounds.grants_call_again(&functions.limits, now);
        let next = match &latest {
            Some(round) if !granted => Request::Answer(Ok(Asked { round: round.clone(), how: How::SameCode })),
            _ => Request::Read,
        };
        // Nobody costs nothing.
        let counters = account.phone.as_ref().map(|phone| functions.counters(phone, now)).unwrap_or_default();
        let sign_in = latest.as_ref().map_or_else(|| dice.draw(), |round| round.sign_in);
        let challenge = (u128::from(dice.draw()) << 64) | u128::from(dice.draw());
        Self { now, latest, compared, sign_in, challenge, counters, asked: Duration::ZERO, conflicts: 0, next }
    }

    /// Makes the next request at this time.
    pub fn proceed(&mut self, time: Duration, account: &Account, around: &mut Surroundings<'_>) -> Step {
        let Latency { ledger, connect } = around.latency;
        let (next, time) = match std::mem::replace(&mut self.next, Request::Read) {
            Request::Read => (self.decide(time, account, around), time + ledger),
            Request::Write(rows) => self.write(time, account, &rows, around),
            Request::Dial { round, attempt } => (Self::dial(time, account, round, attempt, around), time + connect),
            Request::ReadAgain { issued, fault } => {
                (self.read_again(time, account, issued, fault, around), time + ledger)
            }
            Request::WriteBack { issued, fault, rows, given_back } => {
                self.write_back(time, account, (issued, fault), &rows, given_back, around)
            }
            Request::Answer(answer) => return Step::Done(time, answer),
        };
        self.next = next;
        // A throttled call is tried again after a pause.
        let again = matches!(self.next, Request::Dial { attempt, .. } if attempt > 1);
        Step::Next(if again { time + BACKOFF } else { time })
    }

    /// As `Store::call` decides on the rows that it has read.
    fn decide(&mut self, time: Duration, account: &Account, around: &mut Surroundings<'_>) -> Request {
        if self.conflicts == 0 {
            self.asked = time;
        }
        let rows = around.table.read(account.keys());
        match decide(&rows.user, &rows.number, &self.ask(account), &around.functions.rules) {
            Entry::Join(None) => {
                let round = self.round(&rows, None, around.functions);
                Request::Answer(Ok(Asked { round, how: How::Joined }))
            }
            Entry::Join(Some(refusal)) => self.join(&rows, refusal, around.functions),
            Entry::Refuse(refusal) => Request::Answer(Err(Failed::Limit(refusal))),
            Entry::Call(user, number) => Request::Write(rows.replaced_by(user, number)),
        }
    }

    /// As `Store::call` writes what was decided.
    fn write(
        &mut self,
        time: Duration,
        account: &Account,
        rows: &Rows,
        around: &mut Surroundings<'_>,
    ) -> (Request, Duration) {
        let after = time + around.latency.ledger;
        match around.table.count(time, account.keys(), rows, &self.counters) {
            Written::Conflict => match self.pause(after, around.dice) {
                Some(time) => (Request::Read, time),
                None => (Request::Answer(Err(Failed::Ledger)), after),
            },
            Written::Full(index) => {
                let refusal = self.counters[index].refusal(self.now);
                // Nothing has changed since the rows were read.
                let rows = around.table.read(account.keys());
                let next = if has_code(&rows.user, &self.ask(account)) {
                    self.join(&rows, refusal, around.functions)
                } else {
                    Request::Answer(Err(Failed::Limit(refusal)))
                };
                (next, after)
            }
            Written::Done => {
                self.conflicts = 0;
                let round = self.round(rows, None, around.functions);
                let next = match account.phone {
                    Some(_) => Request::Dial { round, attempt: 1 },
                    None => Request::Answer(Ok(Asked { round, how: How::Called { rings: false } })),
                };
                (next, after)
            }
        }
    }

    /// As `Dialer::call` makes its attempts, and `Create::call` goes on.
    fn dial(time: Duration, account: &Account, round: Round, attempt: u32, around: &mut Surroundings<'_>) -> Request {
        let (code, status) = match around.connect.start(time, account.permitted) {
            Reply::Rings => return Request::Answer(Ok(Asked { round, how: How::Called { rings: true } })),
            Reply::Dropped => return Request::Answer(Ok(Asked { round, how: How::Called { rings: false } })),
            Reply::Error(code, status) => (code, status),
        };
        let Some(phone) = &account.phone else { return Request::Answer(Err(Failed::Ledger)) };
        let fault = around.functions.fault(code, status, phone);
        if attempt < ATTEMPTS && fault.kind.passes() {
            return Request::Dial { round, attempt: attempt + 1 };
        }
        if fault.may_ring {
            return Request::Answer(Err(Failed::Call(fault.kind)));
        }
        Request::ReadAgain { issued: round, fault: fault.kind }
    }

    /// As `Store::take_back` decides on the rows that it has read.
    fn read_again(
        &mut self,
        time: Duration,
        account: &Account,
        issued: Round,
        fault: CallFaultKind,
        around: &mut Surroundings<'_>,
    ) -> Request {
        if self.conflicts == 0 {
            self.asked = time;
        }
        let rows = around.table.read(account.keys());
        let attempts = around.functions.rules.challenge.attempts;
        let call = CountedCall { challenge: issued.challenge.id, at: self.now, attempts };
        match take_back(&rows.user, &rows.number, &call) {
            None => Request::Answer(Err(Failed::Call(fault))),
            Some(TakenBack { user, number, given_back }) => {
                Request::WriteBack { issued, fault, rows: rows.replaced_by(user, number), given_back }
            }
        }
    }

    /// As `Store::take_back` writes what was decided.
    fn write_back(
        &mut self,
        time: Duration,
        account: &Account,
        (issued, fault): (Round, CallFaultKind),
        rows: &Rows,
        given_back: bool,
        around: &mut Surroundings<'_>,
    ) -> (Request, Duration) {
        let after = time + around.latency.ledger;
        let counters = if given_back { &*self.counters } else { &[] };
        let written = around.table.count_back(time, account.keys(), rows, counters);
        let failed = Request::Answer(Err(Failed::Call(fault)));
        if written != Written::Conflict {
            return (failed, after);
        }
        // If there is no time left for it, the call stays counted.
        match self.pause(after, around.dice) {
            Some(time) => (Request::ReadAgain { issued, fault }, time),
            None => (failed, after),
        }
    }

    /// When to try again after a conflict, if at all.
    fn pause(&mut self, time: Duration, dice: &mut Dice) -> Option<Duration> {
        self.conflicts += 1;
        let next = time + pause_before(self.conflicts, dice.bits());
        (self.conflicts < CONFLICTS && next < self.asked + TIMEOUT).then_some(next)
    }

    /// As `Create::next_round` goes on if a limit refuses the call, and not the sign-in.
    fn join(&self, rows: &Rows, refusal: Refusal, functions: &Functions) -> Request {
        let round = self.round(rows, Some(refusal), functions);
        Request::Answer(Ok(Asked { round, how: How::Refused(refusal.limit) }))
    }

    fn ask(&self, account: &Account) -> Ask<'_> {
        Ask { again: self.latest.as_ref(), id: self.challenge, number: account.keys().number, now: self.now }
    }

    /// As `Create::next_round` makes it. `refusal`: of the call.
    fn round(&self, Rows { user, number, .. }: &Rows, refusal: Option<Refusal>, functions: &Functions) -> Round {
        let issued = user.issued.expect("a user who is called has a challenge");
        let refusal = refusal.or_else(|| wait(user, number, &functions.rules.calls, self.now));
        Round {
            challenge: issued.challenge,
            sign_in: self.sign_in,
            attempts: self.compared.saturating_add(issued.attempts_left),
            calls: self.latest.as_ref().map_or(0, |latest| latest.calls).saturating_add(1),
            call: issued.calls,
            call_again_at: refusal.map_or(self.now, |refusal| refusal.ends_at(self.now)),
        }
    }
}

#[cfg(test)]
mod tests;

//! One invocation of the function that gives a call its code, or stops its sign-in. The steps are those of
//! [`sign_in::ledger::row_write`], and every request is a step of the model.

use sign_in::ledger::row_write::{Attempt, Failed, RowWrite, Step, Written};
use sign_in::ledger::{DenialAttempt, Hearing, HearingAttempt, Issued, Listener, UserRow};

use crate::creation::{RequestFate, Surroundings};
use crate::telephone::{Contact, Ringing, Wish};
use crate::trace::Fact;

/// An invocation between its event and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Listening {
    pub(crate) call: Ringing,
    pub(crate) contact: Contact,
    /// When it was invoked, in seconds since the Unix epoch.
    pub(crate) now: u64,
    machine: Machine,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Machine {
    Code(RowWrite<HearingAttempt>),
    Deny(RowWrite<DenialAttempt>),
}

impl Listening {
    /// How long Lambda lets the function run: `Timeout` in the template.
    pub(crate) const SECONDS: u64 = 2;

    pub(crate) fn start(call: Ringing, contact: Contact, wish: Wish, now: u64) -> Self {
        let challenge = call.challenge;
        let machine = match wish {
            Wish::Code => {
                let listener = Listener { call: call.call, contact: call.contact(contact) };
                Machine::Code(RowWrite::new(HearingAttempt { challenge, listener, now }))
            }
            Wish::Deny => Machine::Deny(RowWrite::new(DenialAttempt { now })),
        };
        Self { call, contact, now, machine }
    }

    /// What can happen to the next request.
    pub(crate) fn fates(&self) -> &'static [RequestFate] {
        let writes = match &self.machine {
            Machine::Code(write) => matches!(write.next(), Step::Write(_)),
            Machine::Deny(write) => matches!(write.next(), Step::Write(_)),
        };
        if writes {
            &[RequestFate::Good, RequestFate::Refused, RequestFate::LostDone, RequestFate::LostUndone]
        } else {
            &[RequestFate::Good]
        }
    }

    /// Makes the next request. Returns whether the contact has an answer, if the invocation is over.
    pub(crate) fn proceed(&mut self, fate: RequestFate, around: &mut Surroundings<'_>) -> Option<bool> {
        let user = self.call.user;
        let before = around.table.user(user);
        let (written, done) = match &mut self.machine {
            Machine::Code(write) => step(write, user, fate, around),
            Machine::Deny(write) => step(write, user, fate, around),
        };
        let &mut Self { call, contact, now: at, .. } = self;
        let contact = call.contact(contact);
        if written {
            let after = around.table.user(user);
            around.trace.push(match self.machine {
                Machine::Code(_) => {
                    let alone = without_hearing(before) == without_hearing(after);
                    Fact::Heard { call, contact, at, alone }
                }
                Machine::Deny(_) => {
                    let alone = without_denial(before) == without_denial(after.clone());
                    // Without a challenge the row is not written.
                    let challenge = after.issued.map_or(0, |issued| issued.challenge.id);
                    Fact::Denied { call, contact, challenge, at, alone }
                }
            });
        }
        match done? {
            Ok(Ok(())) => {}
            Ok(Err(withheld)) => around.trace.push(Fact::Withheld { call, contact, reason: withheld.word(), at }),
            Err(Failed::Ledger) => return Some(false),
            Err(Failed::Disagreement) => panic!("the table has one rule"),
        }
        Some(true)
    }
}

/// Makes the next request of a write. Returns whether the row was written, and the verdict if there is one now.
fn step<A: Attempt>(
    write: &mut RowWrite<A>,
    user: usize,
    fate: RequestFate,
    around: &mut Surroundings<'_>,
) -> (bool, Option<Result<A::Verdict, Failed>>) {
    let failures = around.policy.rules.failures;
    let mut is_written = false;
    match write.next() {
        Step::Write(_) if fate == RequestFate::LostUndone => write.unreachable(),
        Step::Write(_) if fate == RequestFate::Refused => write.written(Written::Conflict, &failures),
        Step::Write(attempt) => {
            let written = around.table.judge(user, attempt, &failures);
            is_written = written == Written::Done;
            if fate == RequestFate::LostDone {
                write.unreachable();
            } else {
                write.written(written, &failures);
            }
        }
        Step::Pause(_) => write.waited(),
        Step::Done(_) => {}
    }
    let Step::Done(done) = write.next() else { return (is_written, None) };
    (is_written, Some(done))
}

fn without_hearing(row: UserRow) -> UserRow {
    UserRow { issued: row.issued.map(|issued| Issued { hearing: Hearing::Awaited, ..issued }), ..row }
}

fn without_denial(row: UserRow) -> UserRow {
    UserRow { issued: row.issued.map(|issued| Issued { attempts_left: 0, ..issued }), denied_at: None, ..row }
}

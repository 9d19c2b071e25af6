//! One invocation of the function that gives a call its code. The steps are those of [`sign_in::ledger::row_write`], and
//! every request is a step of the model.

use sign_in::ledger::row_write::{Failed, RowWrite, Step, Written};
use sign_in::ledger::{Hearing, HearingAttempt, Issued, Listener, UserRow, Withheld};

use crate::creation::{RequestFate, Surroundings};
use crate::telephone::{Contact, Ringing};
use crate::trace::Fact;

/// An invocation between its event and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Listening {
    pub(crate) call: Ringing,
    pub(crate) contact: Contact,
    /// When it was invoked, in seconds since the Unix epoch.
    pub(crate) now: u64,
    machine: RowWrite<HearingAttempt>,
}

impl Listening {
    /// How long Lambda lets the function run: `Timeout` in the template.
    pub(crate) const SECONDS: u64 = 2;

    pub(crate) fn start(call: Ringing, contact: Contact, now: u64) -> Self {
        let listener = Listener { call: call.call, contact: call.contact(contact) };
        let machine = RowWrite::new(HearingAttempt { challenge: call.challenge, listener, now });
        Self { call, contact, now, machine }
    }

    /// What can happen to the next request.
    pub(crate) fn fates(&self) -> &'static [RequestFate] {
        match self.machine.next() {
            Step::Write(_) => {
                &[RequestFate::Good, RequestFate::Refused, RequestFate::LostDone, RequestFate::LostUndone]
            }
            Step::Pause(_) | Step::Done(_) => &[RequestFate::Good],
        }
    }

    /// Makes the next request. Returns whether the contact has an answer, if the invocation is over.
    pub(crate) fn proceed(&mut self, fate: RequestFate, around: &mut Surroundings<'_>) -> Option<bool> {
        let failures = around.policy.rules.failures;
        match self.machine.next() {
            Step::Write(_) if fate == RequestFate::LostUndone => self.machine.unreachable(),
            Step::Write(_) if fate == RequestFate::Refused => self.machine.written(Written::Conflict, &failures),
            Step::Write(attempt) => {
                let before = around.table.user(self.call.user);
                let written = around.table.judge(self.call.user, attempt, &failures);
                if written == Written::Done {
                    let alone = without_hearing(before) == without_hearing(around.table.user(self.call.user));
                    around.trace.push(self.heard(alone));
                }
                if fate == RequestFate::LostDone {
                    self.machine.unreachable();
                } else {
                    self.machine.written(written, &failures);
                }
            }
            Step::Pause(_) => self.machine.waited(),
            Step::Done(_) => {}
        }
        let Step::Done(done) = self.machine.next() else { return None };
        match done {
            Ok(Ok(())) => {}
            Ok(Err(withheld)) => around.trace.push(self.withheld(withheld)),
            Err(Failed::Ledger) => return Some(false),
            Err(Failed::Disagreement) => panic!("the table has one rule"),
        }
        Some(true)
    }

    fn heard(&self, alone: bool) -> Fact {
        let &Self { call, contact, now: at, .. } = self;
        Fact::Heard { call, contact: call.contact(contact), at, alone }
    }

    fn withheld(&self, reason: Withheld) -> Fact {
        let &Self { call, contact, now: at, .. } = self;
        Fact::Withheld { call, contact: call.contact(contact), reason: reason.word(), at }
    }
}

fn without_hearing(row: UserRow) -> UserRow {
    UserRow { issued: row.issued.map(|issued| Issued { hearing: Hearing::Awaited, ..issued }), ..row }
}

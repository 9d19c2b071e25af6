//! The verify trigger: judges an answer of a user or a device.

use sign_in::device::{DeviceTerms, Enrolment};
use sign_in::history::{DeviceRound, Round};
use sign_in::ledger::row_write::{Attempt, RowWrite, Step, Written};
use sign_in::ledger::{DeviceVerdict, FailureLimits, Passes, UserRow, Verdict};
use sign_in::verification::{DeviceVerification, Verification};

use super::World;
use crate::device::Trusted;
use crate::policy::Policy;
use crate::sign_in::{Private, Reply, Session};
use crate::table::Table;
use crate::trace::{Event, Fact, Nonce};

impl World {
    /// Judges an answer, as the verify trigger does. Returns whether it is right.
    pub(super) fn verify(
        &mut self,
        event: Event,
        session: &Session,
        private: &Private,
        reply: Reply,
        policy: &Policy,
    ) -> bool {
        let right = match reply {
            Reply::CallAgain => return false,
            Reply::Right => true,
            Reply::Wrong => false,
        };
        if private.device.is_some() {
            self.judge_signature(event, session, private, right, policy)
        } else {
            self.judge_code(event, session, private, right, policy)
        }
    }

    fn judge_code(&mut self, event: Event, session: &Session, private: &Private, right: bool, policy: &Policy) -> bool {
        let round: Round = private.challenge.parse().expect("it is made of a round");
        let (now, challenge) = (self.now, round.challenge.id);
        let &Session { user, client, device, .. } = session;
        let (key, terms) = (device, private.terms);
        let enrolled =
            key.zip(terms).map(|(key, DeviceTerms { number, expires_at: until })| Trusted { key, number, until });
        let enrolment = Enrolment { device: enrolled.map(Trusted::device), terms };
        let verification = Verification::of_answer(&round, Some(client.id()), enrolment, now, || right);
        let (written, verdict) = judge(&mut self.table, user, verification, &policy.rules.failures);
        if let (true, Verdict::Right, Some(device)) = (written, verdict, enrolled) {
            self.trace.push(Fact::Enrolled { event, user, device, challenge, at: now });
        }
        self.trace.push(Fact::Judged { event, user, client, challenge, verdict: name(verdict), at: now });
        verdict == Verdict::Right
    }

    fn judge_signature(
        &mut self,
        event: Event,
        session: &Session,
        private: &Private,
        valid: bool,
        policy: &Policy,
    ) -> bool {
        let round: DeviceRound = private.challenge.parse().expect("a device is asked in such a round");
        let device = private.device.clone().expect("a device is asked");
        let (&Session { user, client, .. }, now) = (session, self.now);
        let before = self.table.user(user);
        let of = Trusted::of(&device);
        let (written, verdict) = if valid {
            let verification = DeviceVerification::of_signature(round, device, client.id(), now);
            let (written, verdict) = judge(&mut self.table, user, verification, &policy.rules.failures);
            (written, Some(verdict))
        } else {
            (false, None)
        };
        self.trace.push(Fact::Signed {
            event,
            user,
            client,
            device: of,
            nonce: Nonce::of(private),
            valid,
            verdict: verdict.map_or("device-refused", DeviceVerdict::word),
            written,
            alone: without_use(before) == without_use(self.table.user(user)),
            at: now,
        });
        verdict == Some(DeviceVerdict::Accepted)
    }
}

impl Nonce {
    /// That of a round in which a device is asked.
    pub(crate) fn of(private: &Private) -> Self {
        let round: DeviceRound = private.challenge.parse().expect("a device is asked in such a round");
        Self { nonce: round.nonce, issued_at: round.issued_at }
    }
}

/// Makes the requests of a write. Returns whether it was written, and the verdict.
fn judge<A: Attempt>(
    table: &mut Table,
    user: usize,
    mut write: RowWrite<A>,
    failures: &FailureLimits,
) -> (bool, A::Verdict) {
    let mut is_written = false;
    loop {
        match write.next() {
            Step::Write(attempt) => {
                let written = table.judge(user, attempt, failures);
                is_written |= written == Written::Done;
                write.written(written, failures);
            }
            Step::Pause(_) => write.waited(),
            Step::Done(done) => return (is_written, done.expect("nothing is in the way of this write")),
        }
    }
}

fn without_use(row: UserRow) -> UserRow {
    UserRow { device_used: None, passes: Passes::default(), ..row }
}

/// The verdict's word in the log.
fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Right => "right",
        Verdict::Wrong => "wrong",
        Verdict::AttemptsUsedUp => "attempts-used-up",
        Verdict::Expired => "expired",
        Verdict::Locked(_) => "locked",
        Verdict::NotHeard => "not-heard",
        Verdict::Replaced => "replaced",
        Verdict::Used => "used",
    }
}

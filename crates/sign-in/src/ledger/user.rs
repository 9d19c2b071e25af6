//! A user's row: the live challenge, the calls, the wrong codes in a row.

use super::row_write::Attempt;
use super::{CallTimes, ClientId, DeviceUse, Devices, FailureLimits, Hearing, Limit, Messages, Passes, Refusal, Rules};
use crate::code::Challenge;
use crate::device::Enrolment;

/// For how long Cognito may deliver one event, in seconds: it delivers three times and waits five seconds each time
/// (cognito-user-identity-pools-working-with-aws-lambda-triggers).
pub(super) const DELIVERY_SECONDS: u64 = 15;

/// What the ledger knows about a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UserRow {
    /// The latest challenge. It may be expired or used up.
    pub issued: Option<Issued>,
    /// The calls of the last day.
    pub calls: CallTimes,
    /// Wrong codes since the latest right one, or since they were cleared.
    pub failures: u32,
    /// When the latest wrong code was given, in seconds since the Unix epoch.
    pub failed_at: u64,
    /// When the user last denied a sign-in, in seconds since the Unix epoch. `None`: never, or it was cleared.
    pub denied_at: Option<u64>,
    /// On which app clients the user has given a right code, or signed by a trusted device.
    pub passes: Passes,
    /// The trusted devices.
    pub devices: Devices,
    /// The latest use of one.
    pub device_used: Option<DeviceUse>,
    /// In a row of Cognito's own codes: the messages that the user was called for.
    pub messages: Messages,
}

/// A challenge and its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Issued {
    /// The challenge.
    pub challenge: Challenge,
    /// The number that was called with it, by its hash. If the user's number changes, the code is not used for the new
    /// one.
    pub number: u64,
    /// Answers that may still be compared.
    pub attempts_left: u32,
    /// The number of its calls, refused ones included. So the latest call has this number, and it is never used again.
    pub calls: u32,
    /// How many of its calls Connect refused. When all are refused, the challenge is removed.
    pub refused: u32,
    /// Who has heard the code.
    pub hearing: Hearing,
    /// The right answer, once it was given.
    pub used: Option<Used>,
}

/// A right answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Used {
    /// The sign-in that gave it.
    pub sign_in: u64,
    /// When, in seconds since the Unix epoch.
    pub at: u64,
}

/// An answer, compared with the code but not yet counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CodeAttempt {
    /// The challenge's id.
    pub challenge: u128,
    /// The sign-in that answers.
    pub sign_in: u64,
    /// The app client of the sign-in, for which a right answer is a pass. `None` if the event names none.
    pub client: Option<ClientId>,
    /// The device that is enrolled if the answer is right.
    pub enrolment: Enrolment,
    /// Whether it is the code. The client must not learn it before the ledger has counted the attempt.
    pub right: bool,
    /// When, in seconds since the Unix epoch.
    pub now: u64,
}

/// The verdict on an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It was compared and is right: the user has passed.
    Right,
    /// It was compared and is wrong.
    Wrong,
    /// It was not compared: the attempts of the challenge are used up.
    AttemptsUsedUp,
    /// It was not compared: the challenge has expired.
    Expired,
    /// It was not compared: the user is locked.
    Locked(Limit),
    /// It was not compared: nobody has heard the code.
    NotHeard,
    /// It was not compared: another challenge has replaced this one.
    Replaced,
    /// It was not compared: the code was used in another sign-in.
    Used,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 10] = [
        Self::Right,
        Self::Wrong,
        Self::AttemptsUsedUp,
        Self::Expired,
        Self::Locked(Limit::Denied),
        Self::Locked(Limit::Lockout),
        Self::Locked(Limit::MaxFailures),
        Self::NotHeard,
        Self::Replaced,
        Self::Used,
    ];

    /// The word for the log and the metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::AttemptsUsedUp => "attempts-used-up",
            Self::Expired => "expired",
            Self::Locked(Limit::Denied) => "denied",
            Self::Locked(Limit::MaxFailures) => "max-failures",
            Self::Locked(_) => "lockout",
            Self::NotHeard => "not-heard",
            Self::Replaced => "replaced",
            Self::Used => "used",
        }
    }
}

impl UserRow {
    /// Judges an answer. Returns the row as it is afterwards, if it changes. The verdict holds only once that row is
    /// written.
    ///
    /// A right answer stays right for the sign-in that gave it while Cognito may deliver it again.
    #[must_use]
    pub fn judge(&self, attempt: &CodeAttempt, limits: &FailureLimits) -> (Verdict, Option<Self>) {
        let &CodeAttempt { challenge, sign_in, ref client, ref enrolment, right, now } = attempt;
        let again = |used: Used| used.sign_in == sign_in && now < used.at.saturating_add(DELIVERY_SECONDS);
        let issued = match self.open(challenge, limits, now) {
            Ok(issued) if issued.hearing == Hearing::Awaited => return (Verdict::NotHeard, None),
            // The user's number has changed since the call. A device would be trusted for one that nobody has called.
            Ok(issued) if enrolment.device.as_ref().is_some_and(|device| device.number != issued.number) => {
                return (Verdict::Replaced, None);
            }
            Ok(issued) => issued,
            // It was used, so the row has the challenge.
            Err(Verdict::Used) if right && self.issued.and_then(|issued| issued.used).is_some_and(again) => {
                return (Verdict::Right, None);
            }
            Err(verdict) => return (verdict, None),
        };
        if right {
            let issued = Some(Issued { used: Some(Used { sign_in, at: now }), ..issued });
            let mut passes = self.passes.clone();
            if let Some(client) = client {
                passes.note(client.clone(), now);
            }
            let mut devices = self.devices.clone();
            if let Some(device) = &enrolment.device {
                devices.enrol(device.clone());
            }
            return (Verdict::Right, Some(Self { issued, failures: 0, passes, devices, ..self.clone() }));
        }
        let issued = Some(Issued { attempts_left: issued.attempts_left.saturating_sub(1), ..issued });
        (
            Verdict::Wrong,
            Some(Self { issued, failures: self.failures.saturating_add(1), failed_at: now, ..self.clone() }),
        )
    }

    /// This challenge, if an answer to it can still be right. If not, the verdict on each answer.
    pub(super) fn open(&self, challenge: u128, limits: &FailureLimits, now: u64) -> Result<Issued, Verdict> {
        let issued = self.issued.filter(|issued| issued.challenge.id == challenge).ok_or(Verdict::Replaced)?;
        if issued.used.is_some() {
            return Err(Verdict::Used);
        }
        if issued.challenge.expired(now) {
            return Err(Verdict::Expired);
        }
        if let Some(refusal) = self.locked(limits, now) {
            return Err(Verdict::Locked(refusal.limit));
        }
        if issued.attempts_left == 0 { Err(Verdict::AttemptsUsedUp) } else { Ok(issued) }
    }

    /// The lock on the user, if there is one now. If there are several, the one that ends last.
    #[must_use]
    pub fn locked(&self, limits: &FailureLimits, now: u64) -> Option<Refusal> {
        if limits.max > 0 && self.failures >= limits.max {
            return Some(Refusal { limit: Limit::MaxFailures, retry_after: None });
        }
        let wait = |at: u64, seconds| at.saturating_add(seconds).saturating_sub(now);
        let lockout = (limits.lockout > 0 && self.failures >= limits.lockout)
            .then(|| (wait(self.failed_at, limits.lockout_seconds), Limit::Lockout));
        let denied = self.denied_at.map(|at| (wait(at, limits.denied_seconds), Limit::Denied));
        let longest = lockout.into_iter().chain(denied).max_by_key(|&(wait, _)| wait).filter(|&(wait, _)| wait > 0);
        longest.map(|(wait, limit)| Refusal { limit, retry_after: Some(wait) })
    }

    /// The challenge, if an answer to it can still be right.
    #[must_use]
    pub fn live(&self, now: u64) -> Option<Issued> {
        self.issued.filter(|issued| issued.is_open() && !issued.challenge.expired(now))
    }

    /// The row with one more call for the challenge `issued`, without the passes that have ended.
    pub(crate) fn with_call(&self, issued: Issued, rules: &Rules, now: u64) -> Self {
        let issued = Issued { calls: issued.calls.saturating_add(1), ..issued };
        let mut row = Self { issued: Some(issued), calls: self.calls.with(&rules.calls, now), ..self.clone() };
        row.passes.prune(rules.pass_life, now);
        row
    }
}

impl Attempt for CodeAttempt {
    type Verdict = Verdict;

    fn accepted(&self) -> Verdict {
        if self.right { Verdict::Right } else { Verdict::Wrong }
    }

    fn judge(&self, row: &UserRow, limits: &FailureLimits) -> (Verdict, Option<UserRow>) {
        row.judge(self, limits)
    }
}

impl Issued {
    /// A challenge that is just issued, without a call yet. The other arguments are the fields of their names.
    pub(crate) fn new(challenge: Challenge, number: u64, attempts_left: u32, hearing: Hearing) -> Self {
        Self { challenge, number, attempts_left, calls: 0, refused: 0, hearing, used: None }
    }

    /// Whether it still takes answers. Ignores its expiry.
    pub(super) fn is_open(&self) -> bool {
        self.used.is_none() && self.attempts_left > 0
    }
}

#[cfg(test)]
mod tests;

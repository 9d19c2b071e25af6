//! Whether somebody has heard the code of a challenge, and who may.
//!
//! A call carries no code. When it has been answered and the gate's key was pressed, the flow asks for the code. The
//! user's row then notes which contact of which call has it. So a code has one listener a call, and an answer to a code
//! that nobody has heard is not compared.

use super::row_write::Attempt;
use super::{FailureLimits, Issued, Limit, UserRow, Verdict};

/// Who has heard the code of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hearing {
    /// The code is a contact attribute of the call, so nobody asks for it.
    NotNeeded,
    /// Nobody has asked for it yet.
    Awaited,
    /// A listener has it.
    Heard(Listener),
}

/// Who listens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Listener {
    /// The number of the call among those of its challenge, 1 or more.
    pub call: u32,
    /// Connect's id of the contact, a UUID.
    pub contact: u128,
}

/// A call asks for the code of its challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HearingAttempt {
    /// The challenge's id.
    pub challenge: u128,
    /// Who listens.
    pub listener: Listener,
    /// When, in seconds since the Unix epoch.
    pub now: u64,
}

/// Why a call does not get what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Withheld {
    /// The handle is not one that this deployment sealed.
    Handle,
    /// The flow asks for something that is not known.
    Wish,
    /// The message of Cognito's is not of the handle's user pool, or not encrypted with the key that the settings name.
    Message,
    /// The message of Cognito's holds something else than a code.
    NotACode,
    /// The contact is of another Connect instance.
    Instance,
    /// The contact is no voice call.
    Channel,
    /// The contact was not placed by the API.
    Initiation,
    /// The contact is with another number than the call was placed to.
    Number,
    /// Another contact has heard this call's code.
    OtherContact,
    /// A later call's code was heard already.
    OlderCall,
    /// The challenge takes no answers, for this reason.
    Challenge(Verdict),
}

impl Withheld {
    /// All reasons.
    pub const ALL: [Self; 17] = [
        Self::Handle,
        Self::Wish,
        Self::Message,
        Self::NotACode,
        Self::Instance,
        Self::Channel,
        Self::Initiation,
        Self::Number,
        Self::OtherContact,
        Self::OlderCall,
        Self::Challenge(Verdict::AttemptsUsedUp),
        Self::Challenge(Verdict::Expired),
        Self::Challenge(Verdict::Locked(Limit::Denied)),
        Self::Challenge(Verdict::Locked(Limit::Lockout)),
        Self::Challenge(Verdict::Locked(Limit::MaxFailures)),
        Self::Challenge(Verdict::Replaced),
        Self::Challenge(Verdict::Used),
    ];

    /// The word for the log and the metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Handle => "handle",
            Self::Wish => "wish",
            Self::Message => "message",
            Self::NotACode => "not-a-code",
            Self::Instance => "instance",
            Self::Channel => "channel",
            Self::Initiation => "initiation",
            Self::Number => "number",
            Self::OtherContact => "other-contact",
            Self::OlderCall => "older-call",
            Self::Challenge(verdict) => verdict.word(),
        }
    }

    /// What the operator can do about it. `None`: it is part of normal sign-ins.
    #[must_use]
    pub fn advice(self) -> Option<&'static str> {
        match self {
            Self::Handle => Some(
                "if OTP_KEY was changed in the last minutes, this passes. If not, see that the contact flow sends the attribute \
                 Handle as the parameter handle, and that create and speak-code have the same OTP_KEY",
            ),
            Self::Wish => Some("let the contact flow send the parameter wish as deny, or leave it out to get the code"),
            Self::Instance => Some("set CONNECT_INSTANCE_ARN of this function to the instance that create calls with"),
            Self::Message => Some(
                "set OTP_COGNITO_CODES to all, and OTP_COGNITO_CODES_KEY_ARN to the ARN of the key that the user pool has as \
                 LambdaConfig.KMSKeyID, both of send-code and speak-code",
            ),
            Self::NotACode => Some("look at what Cognito sends in its messages: only 4 to 10 digits are spoken"),
            Self::Channel | Self::Initiation => {
                Some("use the contact flow for the calls of this stack alone: another contact has run it")
            }
            Self::Number | Self::OtherContact => {
                Some("look at who can start contacts in the instance: another contact had the handle of a call")
            }
            Self::OlderCall | Self::Challenge(_) => None,
        }
    }
}

impl UserRow {
    /// Judges a call that asks for the code. Returns the row as it is afterwards, if the call gets the code. That holds
    /// only once the row is written.
    ///
    /// The listener who has the code gets it again: Connect may ask several times.
    pub fn hear(&self, attempt: &HearingAttempt, limits: &FailureLimits) -> Result<Self, Withheld> {
        let &HearingAttempt { challenge, listener, now } = attempt;
        let issued = self.open(challenge, limits, now).map_err(Withheld::Challenge)?;
        if let Hearing::Heard(heard) = issued.hearing {
            if listener.call < heard.call {
                return Err(Withheld::OlderCall);
            }
            if listener.call == heard.call && listener.contact != heard.contact {
                return Err(Withheld::OtherContact);
            }
        }
        Ok(Self { issued: Some(Issued { hearing: Hearing::Heard(listener), ..issued }), ..self.clone() })
    }
}

impl Attempt for HearingAttempt {
    type Verdict = Result<(), Withheld>;

    fn accepted(&self) -> Self::Verdict {
        Ok(())
    }

    fn judge(&self, row: &UserRow, limits: &FailureLimits) -> (Self::Verdict, Option<UserRow>) {
        match row.hear(self, limits) {
            Ok(row) => (Ok(()), Some(row)),
            Err(withheld) => (Err(withheld), None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::code::{Challenge, Digits};
    use crate::device::Enrolment;
    use crate::ledger::{CodeAttempt, Used};

    const NOW: u64 = 1_000;
    const LIMITS: FailureLimits = FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 600 };
    const FIRST: Listener = Listener { call: 1, contact: 7 };
    const ATTEMPT: HearingAttempt = HearingAttempt { challenge: 1, listener: FIRST, now: NOW };

    fn issued() -> Issued {
        Issued::new(Challenge::issue(1, NOW, 300, Digits::SIX), 5, 3, Hearing::Awaited)
    }

    fn row(issued: Issued) -> UserRow {
        UserRow { issued: Some(issued), ..UserRow::default() }
    }

    fn hear(issued: Issued, call: u32, contact: u128) -> Result<Hearing, Withheld> {
        let attempt = HearingAttempt { listener: Listener { call, contact }, ..ATTEMPT };
        row(issued).hear(&attempt, &LIMITS).map(|row| row.issued.unwrap().hearing)
    }

    #[test]
    fn a_call_has_one_listener_who_may_ask_again() {
        let heard = Issued { hearing: hear(issued(), 1, 7).unwrap(), ..issued() };
        assert_eq!(heard.hearing, Hearing::Heard(FIRST));
        assert_eq!(hear(heard, 1, 7), Ok(heard.hearing));
        assert_eq!(hear(heard, 1, 8), Err(Withheld::OtherContact));
    }

    #[test]
    fn a_later_call_is_heard_and_an_older_one_no_more() {
        let heard = Issued { hearing: hear(issued(), 2, 7).unwrap(), ..issued() };
        assert_eq!(hear(heard, 1, 8), Err(Withheld::OlderCall));
        assert_eq!(hear(heard, 1, 7), Err(Withheld::OlderCall));
        assert_eq!(hear(heard, 3, 9), Ok(Hearing::Heard(Listener { call: 3, contact: 9 })));
    }

    /// A call again for a challenge of an earlier version, or of a time when the code was an attribute.
    #[test]
    fn a_challenge_that_needs_no_hearing_is_heard_all_the_same() {
        assert!(hear(Issued { hearing: Hearing::NotNeeded, ..issued() }, 1, 7).is_ok());
    }

    #[test]
    fn a_code_that_takes_no_answers_is_not_heard() {
        let used = Some(Used { sign_in: 9, at: NOW });
        let locked = |failures| UserRow { failures, failed_at: NOW, ..row(issued()) };
        for (row, attempt, expected) in [
            (UserRow::default(), ATTEMPT, Verdict::Replaced),
            (row(issued()), HearingAttempt { challenge: 2, ..ATTEMPT }, Verdict::Replaced),
            (row(issued()), HearingAttempt { now: NOW + 300, ..ATTEMPT }, Verdict::Expired),
            (row(Issued { attempts_left: 0, ..issued() }), ATTEMPT, Verdict::AttemptsUsedUp),
            (row(Issued { used, ..issued() }), ATTEMPT, Verdict::Used),
            (locked(10), ATTEMPT, Verdict::Locked(Limit::Lockout)),
            (locked(100), ATTEMPT, Verdict::Locked(Limit::MaxFailures)),
            (UserRow { denied_at: Some(NOW), ..row(issued()) }, ATTEMPT, Verdict::Locked(Limit::Denied)),
        ] {
            let withheld = row.hear(&attempt, &LIMITS).unwrap_err();
            assert_eq!(withheld, Withheld::Challenge(expected));
            assert!(Withheld::ALL.contains(&withheld));
        }
        assert!(row(issued()).hear(&HearingAttempt { now: NOW + 299, ..ATTEMPT }, &LIMITS).is_ok());
    }

    /// Invariant 2: every comparison was paid for by a call that somebody answered.
    #[test]
    fn invariant_2_an_answer_to_a_code_that_nobody_has_heard_is_not_compared() {
        for right in [true, false] {
            let answer =
                CodeAttempt { challenge: 1, sign_in: 9, client: None, enrolment: Enrolment::NONE, right, now: NOW };
            assert_eq!(row(issued()).judge(&answer, &LIMITS), (Verdict::NotHeard, None));
            let heard = row(issued()).hear(&ATTEMPT, &LIMITS).unwrap();
            assert!(heard.judge(&answer, &LIMITS).1.is_some());
        }
    }

    #[test]
    fn each_reason_has_its_word() {
        let words: BTreeSet<_> = Withheld::ALL.map(Withheld::word).into();
        assert_eq!(words.len(), Withheld::ALL.len());
    }
}

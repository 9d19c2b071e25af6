//! One invocation by the contact flow: somebody listens, and the call asks for its code, or denies the sign-in.
//!
//! The handle is opened first: it says which code the call may say. Then the contact must be the call that the handle
//! was sealed for: of our Connect instance, a voice call, placed by the API, with the number that was called. The number
//! is what Connect says of the contact. A parameter would be the flow's to choose. At last comes one conditional
//! write of the user's row. For the code it notes who listens, if the code can still be answered and nobody else has
//! heard it in this call. Only then is the code derived. A denial ends the user's challenge and locks the user for a while.
//!
//! A call with a code of Cognito's own has the message in its handle. [`message_of`] says whether it is one of the pool's and
//! of our KMS key, and KMS is asked only then. A denial there is about the number: it may be a stranger's.

use std::fmt;

pub use contact::ContactEvent;

use crate::call::Handle;
use crate::code::Key;
use crate::error::TriggerError;
use crate::ledger::row_write::RowWrite;
use crate::ledger::{DenialAttempt, HearingAttempt, Listener, NumberKey, UserKey, Verdict, Withheld};
use crate::message::Message;

mod contact;

/// The wish that denies the sign-in.
const DENY: &str = "deny";

/// A call that asks for something.
#[derive(Clone, PartialEq)]
pub struct Announcement {
    /// What the call may say.
    pub handle: Handle,
    /// What it asks for.
    pub wish: Wish,
}

/// What a call asks for, with the write that gives the verdict: [`RowWrite::next`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The code. The write notes who listens.
    Code(RowWrite<HearingAttempt>),
    /// The listener pressed the key of "I am not signing in". The write stops the sign-in.
    Deny(RowWrite<DenialAttempt>),
    /// The listener of a code of Cognito's own pressed that key. This number is not called for that purpose for a day.
    DenyNumber(NumberKey),
}

impl Announcement {
    /// Starts with an event of Connect's. `instance_arn`: our instance. `now` is in seconds since the Unix epoch.
    /// `Ok(Err)`: the call does not get what it asks for, for this reason. The user is named if the handle opened.
    ///
    /// # Errors
    ///
    /// If the event is not one that Connect sends for a contact.
    pub fn new(
        key: &Key,
        instance_arn: &str,
        event: &ContactEvent,
        now: u64,
    ) -> Result<Result<Self, (Withheld, Option<UserKey>)>, TriggerError> {
        let contact = event.contact_id().ok_or(TriggerError::EventMalformed)?;
        let Some(handle) = Handle::open(key, event.handle()) else {
            return Ok(Err((Withheld::Handle, None)));
        };
        let checks = [
            (matches!(event.wish(), None | Some(DENY)), Withheld::Wish),
            (event.instance_arn() == instance_arn, Withheld::Instance),
            (event.channel() == "VOICE", Withheld::Channel),
            (event.initiation_method() == "API", Withheld::Initiation),
            (NumberKey::of(key, event.number()).hash() == handle.number, Withheld::Number),
        ];
        if let Some(&(_, withheld)) = checks.iter().find(|(passes, _)| !passes) {
            return Ok(Err((withheld, Some(handle.user))));
        }
        let challenge = handle.challenge.id;
        // For the code, the ledger would give the same verdict, but need not be asked.
        let expired = handle.challenge.expired(now).then_some(Err(Withheld::Challenge(Verdict::Expired)));
        let codes = handle.user.codes().map(|(_, purpose)| purpose);
        let wish = match (event.wish(), codes) {
            (Some(DENY), None) => Wish::Deny(RowWrite::new(DenialAttempt { now }).known(expired)),
            (Some(DENY), Some(purpose)) => match expired {
                Some(Err(withheld)) => return Ok(Err((withheld, Some(handle.user)))),
                _ => Wish::DenyNumber(NumberKey::of_hash(handle.number).for_codes(purpose)),
            },
            _ => {
                let listener = Listener { call: handle.call, contact };
                Wish::Code(RowWrite::new(HearingAttempt { challenge, listener, now }).known(expired))
            }
        };
        Ok(Ok(Self { handle, wish }))
    }
}

/// Cognito's message in the handle, if it is of the handle's user pool and was encrypted with this KMS key.
pub fn message_of<'a>(handle: &'a Handle, key_arn: &str) -> Result<Message<'a>, Withheld> {
    let message = handle.message.as_deref().and_then(Message::parse).ok_or(Withheld::Message)?;
    let (subject, _) = handle.user.codes().ok_or(Withheld::Message)?;
    message.is_of(subject.user_pool, key_arn).then_some(message).ok_or(Withheld::Message)
}

impl fmt::Debug for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Announcement").field("handle", &self.handle).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

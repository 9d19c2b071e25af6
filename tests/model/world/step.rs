//! What can happen next, and who does it.

use crate::creation::RequestFate;
use crate::device::Key;
use crate::sign_in::{Client, Reply};
use crate::telephone::{Contact, Ringing, Wish};

/// What can happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// A call is answered: this contact asks for its code, or denies the sign-in.
    Ask(Ringing, Contact, Wish),
    /// A user begins a sign-in on this app client, on a device that can be trusted or not.
    Begin(usize, Client, Option<Key>),
    /// Somebody clears a user's wrong codes and denial.
    Clear(usize),
    /// Cognito delivers the event of this sign-in, for the first time or again. For the verify trigger: what happens
    /// to its write.
    Deliver(usize, RequestFate),
    /// The database deletes old rows.
    Expire,
    /// Somebody forgets this device of a user.
    Forget(usize, Key),
    /// Somebody asks for tokens of this user and app client by another way than a call.
    Gate(usize, Client),
    /// A user gets another number.
    Move(usize),
    /// This delivery to the create trigger makes its next request.
    Proceed(usize, RequestFate),
    /// The user of this sign-in answers.
    Reply(usize, Reply),
    /// A user resets the password. That clears wrong codes and denial, and forgets all devices.
    Reset(usize),
    /// This call that asks for something makes its next request.
    Speak(usize, RequestFate),
    /// Time passes.
    Wait(u64),
}

/// Who takes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actor {
    Creation(usize),
    Listening(usize),
    SignIn(usize),
    World,
}

impl Step {
    pub(crate) fn actor(self) -> Actor {
        match self {
            Self::Proceed(index, _) => Actor::Creation(index),
            Self::Speak(index, _) => Actor::Listening(index),
            Self::Deliver(index, _) | Self::Reply(index, _) => Actor::SignIn(index),
            Self::Ask(..)
            | Self::Begin(..)
            | Self::Clear(_)
            | Self::Expire
            | Self::Forget(..)
            | Self::Gate(..)
            | Self::Move(_)
            | Self::Reset(_)
            | Self::Wait(_) => Actor::World,
        }
    }

    /// What happens to the step's request.
    pub(crate) fn fate(self) -> RequestFate {
        match self {
            Self::Deliver(_, fate) | Self::Proceed(_, fate) | Self::Speak(_, fate) => fate,
            _ => RequestFate::Good,
        }
    }
}

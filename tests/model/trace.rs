//! What happened, in order.

use crate::device::{Key, Trusted};
use crate::sign_in::Client;
use crate::table::Keys;
use crate::telephone::Ringing;

/// A fact. Times are those of the function's invocation, in seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fact {
    /// Cognito took this answer of the create trigger: the user is asked for the code. `used`: how many of the sign-in's
    /// attempts are used.
    Asked { event: Event, delivery: u8, number: usize, challenge: u128, used: u32 },
    /// Somebody cleared the user's wrong codes.
    Cleared { user: usize },
    /// Another write came between this event's read and its write.
    Conflicted { event: Event },
    /// The ledger counted a call.
    Counted(Call),
    /// A contact of this call has denied a sign-in. `challenge`: the one that is dead now. `alone`: nothing else changed
    /// in the row.
    Denied { call: Ringing, contact: u128, challenge: u128, at: u64, alone: bool },
    /// A right code has enrolled a device.
    Enrolled { event: Event, user: usize, device: Trusted, challenge: u128, at: u64 },
    /// Somebody forgot a device of the user, or all.
    Forgotten { user: usize, key: Option<Key> },
    /// The token gate was asked for tokens that no sign-in by a call ends with. `reason`: its word in the log.
    Gated { user: usize, client: Client, tokens: bool, reason: &'static str, at: u64 },
    /// The ledger gave a call back.
    GivenBack(Call),
    /// The user of this event has asked for another call, and the sign-in grants it to this delivery.
    Granted { event: Event, delivery: u8 },
    /// A contact has heard the code of this call, by its row. `alone`: nothing else changed in the row.
    Heard { call: Ringing, contact: u128, at: u64, alone: bool },
    /// The user had this device before.
    Had { user: usize, device: Trusted },
    /// The ledger kept a call counted that Connect had refused.
    StaysCounted(Call),
    /// The ledger decided that the phone rings already.
    Joined { event: Event, delivery: u8, number: usize, challenge: u128, at: u64 },
    /// An answer was judged. `verdict`: its word in the log.
    Judged { event: Event, user: usize, client: Client, challenge: u128, verdict: &'static str, at: u64 },
    /// Connect took a call.
    Rang(Call),
    /// The limit of this name refused a call. `joins`: the challenge that the sign-in goes on with, if it does.
    Refused { event: Event, delivery: u8, keys: Keys, limit: String, wait: Option<u64>, joins: Option<u128>, at: u64 },
    /// A device has answered. `valid`: by a signature of what it was to sign. `verdict`: its word in the log. `written`:
    /// this device and this nonce are used now. `alone`: nothing else changed in the row, except a pass.
    Signed {
        event: Event,
        user: usize,
        client: Client,
        device: Trusted,
        nonce: Nonce,
        valid: bool,
        verdict: &'static str,
        written: bool,
        alone: bool,
        at: u64,
    },
    /// Cognito took this answer of the create trigger: a device of the user is asked for a signature, and nobody is called.
    SignatureAsked { event: Event, user: usize, number: usize, device: Trusted, nonce: Nonce },
    /// This sign-in has begun on a device, which it has named.
    Named { sign_in: usize, user: usize, key: Key },
    /// A contact of this call did not get what it asked for. `reason`: its word in the log.
    Withheld { call: Ringing, contact: u128, reason: &'static str, at: u64 },
    /// The sign-in is over, with tokens or without, after an answer that was right or not.
    Over { event: Event, right: bool, tokens: bool },
}

/// One event of the create trigger, or the answer to its round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Event {
    pub(crate) sign_in: usize,
    /// The round of the sign-in, from 0.
    pub(crate) round: usize,
}

/// What a device is to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Nonce {
    pub(crate) nonce: u128,
    pub(crate) issued_at: u64,
}

/// A call that the ledger counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Call {
    pub(crate) event: Event,
    /// The delivery of the event that counted it, from 0.
    pub(crate) delivery: u8,
    pub(crate) keys: Keys,
    pub(crate) challenge: u128,
    pub(crate) at: u64,
}

/// One fact a line, for the message of a failed test.
pub(crate) fn lines(trace: &[Fact]) -> String {
    trace.iter().fold(String::new(), |lines, fact| format!("{lines}{fact:?}\n"))
}

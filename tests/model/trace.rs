//! What happened, in the order in which it did.

use crate::table::Keys;

/// A fact. Times are those at which the function was invoked, in seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fact {
    /// Cognito took this answer of the create trigger: the user is asked for the code.
    Asked { event: Event, delivery: u8, number: usize, challenge: u128 },
    /// Somebody cleared the user's wrong codes.
    Cleared { user: usize },
    /// Another write came between this event's reading and its writing.
    Conflicted { event: Event },
    /// The ledger counted a call.
    Counted(Call),
    /// The ledger gave a call back.
    GivenBack(Call),
    /// The user of this event has asked for another call, and the sign-in grants it to this delivery.
    Granted { event: Event, delivery: u8 },
    /// The ledger kept a call counted that Connect had refused.
    StaysCounted(Call),
    /// The ledger said that the phone rings already.
    Joined { event: Event, delivery: u8, number: usize, challenge: u128, at: u64 },
    /// An answer was given, and this is what the log has for it.
    Judged { event: Event, user: usize, challenge: u128, verdict: &'static str, at: u64 },
    /// Connect took a call.
    Rang(Call),
    /// The ledger refused a call, by the limit of this name, and had the sign-in go on with a challenge, or not.
    Refused { event: Event, delivery: u8, keys: Keys, limit: String, wait: Option<u64>, joins: Option<u128>, at: u64 },
    /// The sign-in was over: with tokens or without, after an answer that was right or not.
    Over { event: Event, right: bool, tokens: bool },
}

/// One event of the create trigger, or the answer to what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Event {
    pub(crate) sign_in: usize,
    /// Which round of the sign-in, from 0 on.
    pub(crate) round: usize,
}

/// A call, as the ledger counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Call {
    pub(crate) event: Event,
    /// Which delivery of the event counted it, from 0 on.
    pub(crate) delivery: u8,
    pub(crate) keys: Keys,
    pub(crate) challenge: u128,
    pub(crate) at: u64,
}

/// A fact a line, for who reads why a test failed.
pub(crate) fn lines(trace: &[Fact]) -> String {
    trace.iter().fold(String::new(), |lines, fact| format!("{lines}{fact:?}\n"))
}

//! The rules for what is counted across sign-ins: calls, attempts, wrong codes, and the calls of all users together.
//!
//! Rows, time and limits go in; new rows and a decision come out. The caller reads and writes the rows. A write fails
//! if a row has changed since it was read ([`conflict`]).
//!
//! There are three kinds of rows. A user's row holds the live challenge, which all sign-ins of the user share, the
//! times of recent calls, the wrong codes in a row, the passes for the token gate, and the trusted devices. A number's row holds the times
//! of recent calls to the number, even if several users have it. Counters bound the calls of all users together, by
//! hour and day.
//!
//! `decide` says whether a sign-in gets a call. [`UserRow::hear`] says whether a call gets the code, and
//! [`UserRow::deny`] stops the sign-in that it was placed for. [`UserRow::judge`] gives the verdict on an answer.
//! [`UserRow::use_device`] gives the one on the signature of a trusted device.
//! `take_back` undoes the counting of a call that Connect did not take.

mod budget;
mod call;
mod call_times;
pub mod conflict;
mod denial;
mod devices;
mod hearing;
mod key;
mod limits;
mod messages;
mod number_row;
mod passes;
mod refused_call;
pub mod row_write;
mod user;

pub use budget::{Budget, Counter, Part};
pub use call::Rules;
pub(crate) use call::{CallRequest, Decision, decide, has_code, retry_after};
pub use call_times::CallTimes;
pub use denial::DenialAttempt;
pub use devices::{DeviceAttempt, DeviceUse, DeviceVerdict, Devices};
pub use hearing::{Hearing, HearingAttempt, Listener, Withheld};
pub use key::{CallKeys, NumberKey, UserKey};
pub use limits::{CallLimits, ChallengeForm, FailureLimits, Limit, Refusal, Scope, Window};
pub use messages::Messages;
pub use number_row::NumberRow;
pub use passes::{ClientId, PassLife, Passes};
pub(crate) use refused_call::{CountedCall, TakenBack, take_back};
pub use user::{CodeAttempt, Issued, Used, UserRow, Verdict};

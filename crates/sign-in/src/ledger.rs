//! What is counted across sign-ins: attempts, failures, calls, and what calls may cost.
//!
//! Rows, time and limits go in; new rows and what to do come out. Who reads and writes the rows is no matter here.
//!
//! One row a user holds the live challenge, which every sign-in of the user joins, the times of recent calls and the
//! wrong codes in a row. One row a number holds the times of recent calls to it, whoever's number it is. Counters
//! bound what all calls together may cost.

pub mod budget;
pub mod call;
pub mod call_times;
pub mod conflict;
pub mod key;
pub mod limits;
pub mod refused_call;
pub mod user;

pub use budget::{Budget, Counter};
pub use call::{CallRequest, Decision, decide, has_code};
pub use call_times::CallTimes;
pub use key::{CallKeys, UserKey};
pub use limits::{CallLimits, FailureLimits, Limit, Refusal, Scope, Window};
pub use refused_call::{CountedCall, TakenBack, take_back};
pub use user::{CodeAttempt, Issued, UserRow, Verdict};

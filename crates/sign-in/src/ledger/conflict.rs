//! What becomes of a write that another write comes between. Pure.
//!
//! DynamoDB writes a row only if it is still as it was read, so of two functions that write one row at a time, one is told
//! of a conflict. It reads again after a random pause, up to [`MAX_CONFLICTS`] times and for [`TIMEOUT`] at the most.

use std::time::Duration;

/// How often a write is tried.
pub const MAX_CONFLICTS: u32 = 8;

/// The time that the requests of one decision may take together, pauses included. Cognito waits five seconds, and Connect
/// needs most of them.
pub const TIMEOUT: Duration = Duration::from_secs(2);

/// The pause before an attempt, the first of which is number 0 and has none: at random up to 20 ms, 40 ms and so on to
/// 640 ms. `random`: which part of the longest pause.
#[must_use]
pub fn pause_before(attempt: u32, random: u32) -> Duration {
    if attempt == 0 {
        return Duration::ZERO;
    }
    let most = 10_u64 << attempt.min(6);
    Duration::from_millis(most * u64::from(random) / u64::from(u32::MAX))
}

//! What happens when two functions write one row at the same time.
//!
//! DynamoDB writes a row only if it is still as it was read. Of two functions that write one row at the same time, one
//! gets a conflict. It pauses for a random time, reads again and decides again: up to [`MAX_CONFLICTS`] times, within
//! [`TIMEOUT`].

use std::time::Duration;

/// The most attempts to write.
pub const MAX_CONFLICTS: u32 = 8;

/// The time for all requests of one decision, with pauses. Cognito waits five seconds, and Connect needs most of them.
pub const TIMEOUT: Duration = Duration::from_secs(2);

/// The pause before an attempt. Attempt 0 has none. Then it is random: up to 20 ms, 40 ms and so on to 640 ms.
/// `random` picks a part of the longest pause: 0 is no pause, `u32::MAX` the longest.
#[must_use]
pub fn pause_before(attempt: u32, random: u32) -> Duration {
    if attempt == 0 {
        return Duration::ZERO;
    }
    let most = 10_u64 << attempt.min(6);
    Duration::from_millis(most * u64::from(random) / u64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_pause_doubles_from_20_ms_to_640_ms() {
        let longest: Vec<_> = (0..MAX_CONFLICTS).map(|attempt| pause_before(attempt, u32::MAX).as_millis()).collect();
        assert_eq!(longest, [0, 20, 40, 80, 160, 320, 640, 640]);
        assert_eq!(pause_before(u32::MAX, u32::MAX), Duration::from_millis(640));
    }

    /// So functions that got the same conflict try again at different times.
    #[test]
    fn a_pause_is_any_part_of_the_longest() {
        let pauses = [0, u32::MAX / 4 + 1, u32::MAX / 2 + 1].map(|random| pause_before(1, random).as_millis());
        assert_eq!(pauses, [0, 5, 10]);
    }
}

//! When a user or a number was called.

use super::user::DELIVERY_SECONDS;
use super::{CallLimits, Window};

/// The times of recent calls, in seconds since the Unix epoch. Limits on users and numbers slide: they count the calls
/// in any period of their length, so each call's time is kept for a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CallTimes {
    /// The calls that every limit counts, oldest first.
    counted: Vec<u64>,
    /// The latest call that Connect refused. Only the pause counts it.
    refused: Option<u64>,
}

impl CallTimes {
    /// From the counted times in any order, and the time of the latest call that Connect refused.
    #[must_use]
    pub fn new(mut counted: Vec<u64>, refused: Option<u64>) -> Self {
        counted.sort_unstable();
        Self { counted, refused }
    }

    /// The times of the calls that every limit counts, oldest first.
    #[must_use]
    pub fn as_slice(&self) -> &[u64] {
        &self.counted
    }

    /// When the latest counted call was.
    #[must_use]
    pub fn latest(&self) -> Option<u64> {
        self.counted.last().copied()
    }

    /// The time of the latest call that Connect refused.
    #[must_use]
    pub fn refused(&self) -> Option<u64> {
        self.refused
    }

    /// The limit that keeps a call from being placed now, and the seconds until it ends. Of several limits, the one
    /// that ends last. A call in the future, from a clock that runs fast, counts like any other.
    #[must_use]
    pub fn retry_after(&self, limits: &CallLimits, now: u64) -> Option<(Window, u64)> {
        let waits = limits.windows().filter_map(|(window, seconds, calls)| {
            // This call must leave the window before there is room.
            let oldest = self.counted.len().checked_sub(calls).map(|index| self.counted[index]);
            let refused = self.refused.filter(|_| window == Window::Pause);
            let wait = oldest.max(refused)?.saturating_add(seconds).saturating_sub(now);
            (wait > 0).then_some((window, wait))
        });
        waits.max_by_key(|&(_, wait)| wait)
    }

    /// The times with a call at `now` added. Drops those that no limit needs any more, except those so recent that
    /// Cognito may deliver their event again.
    #[must_use]
    pub fn with(&self, limits: &CallLimits, now: u64) -> Self {
        let most = limits.windows().map(|(_, _, calls)| calls).max().unwrap_or(1);
        let mut counted = self.counted.clone();
        counted.push(now);
        counted.sort_unstable();
        counted.retain(|time| time.saturating_add(Window::DAY_SECONDS) > now);
        let delivered = counted.iter().filter(|time| time.saturating_add(DELIVERY_SECONDS) <= now).count();
        counted.drain(..counted.len().saturating_sub(most).min(delivered));
        Self { counted, ..*self }
    }

    /// The times after Connect refused the call of this time: only the pause counts it.
    #[must_use]
    pub(super) fn with_refused(&self, time: u64) -> Self {
        let mut counted = self.counted.clone();
        if let Some(index) = counted.iter().rposition(|&placed| placed == time) {
            counted.remove(index);
        }
        Self { counted, refused: self.refused.max(Some(time)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: CallLimits = CallLimits { seconds_between_calls: 30, quarter_hour: 3, hour: 5, day: 10 };
    const OFF: CallLimits = CallLimits { seconds_between_calls: 0, quarter_hour: 0, hour: 0, day: 0 };

    #[test]
    fn each_limit_refuses_and_recovers() {
        for (times, now, expected) in [
            (&[][..], 1_000, None),
            (&[1_000], 1_000, Some((Window::Pause, 30))),
            (&[1_000], 1_029, Some((Window::Pause, 1))),
            (&[1_000], 1_030, None),
            (&[1_000, 1_100, 1_200], 1_300, Some((Window::QuarterHour, 600))),
            (&[1_000, 1_100, 1_200], 1_899, Some((Window::QuarterHour, 1))),
            (&[1_000, 1_100, 1_200], 1_900, None),
            (&[0, 900, 1_800, 2_700, 3_000], 3_500, Some((Window::Hour, 100))),
            (&[0, 900, 1_800, 2_700, 3_000], 3_600, None),
            (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 86_399, Some((Window::Day, 1))),
            (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 86_400, None),
            // A clock that runs fast.
            (&[2_000], 1_000, Some((Window::Pause, 1_030))),
            (&[u64::MAX], 1_000, Some((Window::Pause, u64::MAX - 1_000))),
        ] {
            assert_eq!(CallTimes::new(times.to_vec(), None).retry_after(&LIMITS, now), expected, "{times:?} {now}");
        }
    }

    /// Without limits, a call is remembered for as long as Cognito may deliver the event that placed it.
    #[test]
    fn what_is_off_refuses_nothing_and_forgets_a_call_after_its_last_delivery() {
        let times = CallTimes::new(vec![984, 985, 986, 987], None).with(&OFF, 1_000);
        assert_eq!((times.retry_after(&OFF, 1_000), times.as_slice()), (None, &[986, 987, 1_000][..]));
    }

    /// Not even for a call from a clock that runs fast, or for one that Connect refused.
    #[test]
    fn without_limits_there_is_no_wait() {
        assert_eq!(CallTimes::new(vec![1_005], Some(1_005)).retry_after(&OFF, 1_000), None);
    }

    #[test]
    fn a_call_is_forgotten_after_a_day() {
        let of = |time| CallTimes::new(vec![time], None).with(&LIMITS, 100_000).as_slice().to_vec();
        assert_eq!((of(100_000 - 86_400), of(100_001 - 86_400)), (vec![100_000], vec![100_001 - 86_400, 100_000]));
    }

    #[test]
    fn a_refused_call_counts_once_and_for_the_pause_alone() {
        let times = CallTimes::new(vec![1, 5, 5, 9], None).with_refused(5);
        assert_eq!(times, CallTimes::new(vec![1, 5, 9], Some(5)));
        assert_eq!((times.latest(), times.refused()), (Some(9), Some(5)));
        assert_eq!(times.with_refused(3), times.with_refused(4), "the latest one");

        let full = CallTimes::new(vec![1_000, 1_100, 1_200], None);
        assert_eq!(full.retry_after(&LIMITS, 1_210), Some((Window::QuarterHour, 690)));
        let refused = full.with_refused(1_200);
        assert_eq!(refused.retry_after(&LIMITS, 1_210), Some((Window::Pause, 20)));
        assert_eq!((refused.retry_after(&LIMITS, 1_230), refused.retry_after(&OFF, 1_210)), (None, None));
    }

    proptest! {
        /// The dropped times make no difference: the limits hold over all calls ever placed.
        #[test]
        fn no_window_ever_holds_more_calls_than_it_may(steps in prop::collection::vec((0_u64..4_000, any::<bool>()), 0..200)) {
            let (mut kept, mut placed, mut asked, mut now) = (CallTimes::default(), Vec::new(), None, 1_000_000);
            for (seconds, refused) in steps {
                now += seconds;
                if kept.retry_after(&LIMITS, now).is_some() {
                    continue;
                }
                prop_assert!(asked.replace(now).is_none_or(|asked| now >= asked + LIMITS.seconds_between_calls));
                kept = kept.with(&LIMITS, now);
                if refused {
                    kept = kept.with_refused(now);
                    continue;
                }
                placed.push(now);
                for (_, seconds, calls) in LIMITS.windows() {
                    let within = placed.iter().filter(|&&time| time + seconds > now).count();
                    prop_assert!(within <= calls, "{within} in {seconds} s");
                }
            }
            prop_assert!(kept.as_slice().len() <= 10);
        }
    }
}

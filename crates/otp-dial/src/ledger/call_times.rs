//! When a user or a number was called. Pure.

use super::limits::{CallLimits, Window};

/// The times of recent calls, oldest first, in seconds since the Unix epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallTimes(Vec<u64>);

impl CallTimes {
    /// Takes the times in any order.
    #[must_use]
    pub fn new(mut times: Vec<u64>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The times, oldest first.
    #[must_use]
    pub fn as_slice(&self) -> &[u64] {
        &self.0
    }

    /// When the latest call was.
    #[must_use]
    pub fn latest(&self) -> Option<u64> {
        self.0.last().copied()
    }

    /// The limit that keeps a call from being placed now, and for how many seconds; of several, the one that lasts
    /// longest. A call of the future, from a clock that runs fast, counts like any other.
    #[must_use]
    pub fn wait(&self, limits: &CallLimits, now: u64) -> Option<(Window, u64)> {
        let waits = limits.windows().filter_map(|(window, seconds, calls)| {
            // The one that must have left the window before there is room in it.
            let oldest = self.0.len().checked_sub(calls).map(|index| self.0[index])?;
            let wait = oldest.saturating_add(seconds).saturating_sub(now);
            (wait > 0).then_some((window, wait))
        });
        waits.max_by_key(|&(_, wait)| wait)
    }

    /// With a call that is placed now, and without those that no limit looks at any more.
    #[must_use]
    pub fn with(&self, limits: &CallLimits, now: u64) -> Self {
        let most = limits.windows().map(|(_, _, calls)| calls).max().unwrap_or(1);
        let mut times = self.0.clone();
        times.push(now);
        times.sort_unstable();
        times.retain(|time| time.saturating_add(Window::DAY_SECONDS) > now);
        times.drain(..times.len().saturating_sub(most));
        Self(times)
    }

    /// Without a call that was placed then, or `None` if there was none.
    #[must_use]
    pub fn without(&self, time: u64) -> Option<Self> {
        let index = self.0.iter().rposition(|&placed| placed == time)?;
        let mut times = self.0.clone();
        times.remove(index);
        Some(Self(times))
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
            assert_eq!(CallTimes(times.to_vec()).wait(&LIMITS, now), expected, "{times:?} {now}");
        }
    }

    #[test]
    fn what_is_off_refuses_nothing_and_only_the_latest_call_is_kept() {
        let times = CallTimes(vec![998, 999]).with(&OFF, 1_000);
        assert_eq!((times.wait(&OFF, 1_000), times.as_slice()), (None, &[1_000][..]));
    }

    #[test]
    fn a_call_that_was_not_placed_is_taken_out_once() {
        let times = CallTimes(vec![1, 5, 5, 9]);
        assert_eq!(times.without(5), Some(CallTimes(vec![1, 5, 9])));
        assert_eq!(times.without(4), None);
    }

    proptest! {
        /// What is forgotten would have changed nothing: the limits hold over all calls that ever were placed.
        #[test]
        fn no_window_ever_holds_more_calls_than_it_may(steps in prop::collection::vec((0_u64..4_000, any::<bool>()), 0..200)) {
            let (mut kept, mut placed, mut now) = (CallTimes::default(), Vec::new(), 1_000_000);
            for (seconds, taken_back) in steps {
                now += seconds;
                if kept.wait(&LIMITS, now).is_some() {
                    continue;
                }
                kept = kept.with(&LIMITS, now);
                if taken_back {
                    kept = kept.without(now).unwrap();
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

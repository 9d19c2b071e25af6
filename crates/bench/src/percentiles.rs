//! How long many things took.

use std::time::Duration;

use serde::Serialize;

/// The middle of many times, and what all but a few stay below.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Percentiles {
    /// Half took no longer, in milliseconds.
    pub(crate) median_ms: f64,
    /// 95 of 100 took no longer.
    pub(crate) p95_ms: f64,
}

impl Percentiles {
    /// Of some times, each the nearest that there is. Nothing of none.
    pub(crate) fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort();
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100).max(1);
            times.get(rank - 1).map(|time| time.as_secs_f64() * 1000.0)
        };
        Some(Self { median_ms: at(50)?, p95_ms: at(95)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_there_were() {
        let of = |millis: &[u64]| Percentiles::of(millis.iter().copied().map(Duration::from_millis).collect());
        let hundred: Vec<_> = (1..=100).rev().collect();
        assert_eq!(of(&hundred), Some(Percentiles { median_ms: 50.0, p95_ms: 95.0 }));
        assert_eq!(of(&[30, 10, 20]), Some(Percentiles { median_ms: 20.0, p95_ms: 30.0 }));
        assert_eq!(of(&[7]), Some(Percentiles { median_ms: 7.0, p95_ms: 7.0 }));
        assert_eq!(of(&[]), None);
    }
}

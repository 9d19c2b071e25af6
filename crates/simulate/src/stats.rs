//! Statistics of the visits of one group of people.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// Counts and times of a group's visits.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Visits. In a visit, a person tries to sign in, with one or more sign-ins.
    pub visits: u32,
    /// Sign-ins, and codes of Cognito's own that were asked for.
    pub sign_ins: u32,
    /// How the visits ended.
    pub ends: BTreeMap<End, u32>,
    /// Visits that were completed while others still began.
    pub in_time: u32,
    /// Refusals, by the error word or the limit's name in the log.
    pub refusals: BTreeMap<String, u32>,
    /// Calls that Connect took.
    pub calls: u32,
    /// Calls that were answered.
    pub taken: u32,
    /// Calls that said the code.
    pub heard: u32,
    /// How many seconds calls were connected.
    pub talk_seconds: f64,
    /// Answers that were compared, right or wrong: by verify, or by Cognito.
    pub compared: u32,
    /// Signatures of trusted devices.
    pub signed: u32,
    /// Tokens that the gate was asked for.
    pub gated: u32,
    #[serde(skip)]
    to_ring: Vec<Duration>,
    #[serde(skip)]
    to_tokens: Vec<Duration>,
}

/// How a visit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// With tokens, or with the code of Cognito's own that was asked for.
    Completed,
    /// No attempts were left.
    Attempts,
    /// Connect was busy.
    Busy,
    /// The ledger was busy.
    Ledger,
    /// A limit on calls was reached.
    Limit,
    /// Wrong codes had locked the user.
    Locked,
    /// Connect does not call the number.
    NotPermitted,
    /// The token gate refused the tokens.
    NoPass,
    /// No phone rang for any code of Cognito's own.
    Silence,
    /// The attackers stopped.
    Stopped,
    /// The calls were not answered.
    Unanswered,
}

impl Stats {
    /// Records the end of a visit. `in_time`: whether other visits still begin.
    pub fn end(&mut self, end: End, began: Duration, now: Duration, in_time: bool) {
        *self.ends.entry(end).or_default() += 1;
        if end == End::Completed {
            self.in_time += u32::from(in_time);
            self.to_tokens.push(now.saturating_sub(began));
        }
    }

    /// Records that a visit's phone rings for the first time, so long after its start.
    pub fn ring(&mut self, after: Duration) {
        self.to_ring.push(after);
    }

    /// Records a call. `talk`: how long it was connected, `None` if it was not answered.
    pub fn call(&mut self, talk: Option<Duration>) {
        self.calls += 1;
        if let Some(talk) = talk {
            self.taken += 1;
            self.talk_seconds += talk.as_secs_f64();
        }
    }

    /// How many minutes calls were connected, which Connect charges for.
    #[must_use]
    pub fn talk_minutes(&self) -> f64 {
        self.talk_seconds / 60.0
    }

    /// Records a refusal, by the error word or the limit's name.
    pub fn refuse(&mut self, by: impl Into<String>) {
        *self.refusals.entry(by.into()).or_default() += 1;
    }

    /// Visits that ended this way.
    #[must_use]
    pub fn ended(&self, end: End) -> u32 {
        self.ends.get(&end).copied().unwrap_or(0)
    }

    /// Calls without a right code after them.
    #[must_use]
    pub fn unverified(&self) -> u32 {
        (self.calls + self.signed).saturating_sub(self.ended(End::Completed))
    }

    /// Visits that were completed, in percent.
    #[must_use]
    pub fn completed(&self) -> f64 {
        100.0 * f64::from(self.ended(End::Completed)) / f64::from(self.visits.max(1))
    }

    /// From the start of a visit until its phone rang: median and 95th percentile.
    #[must_use]
    pub fn to_ring(&self) -> Option<(Duration, Duration)> {
        percentiles(&self.to_ring)
    }

    /// From the start of a visit to its completion: median and 95th percentile.
    #[must_use]
    pub fn to_tokens(&self) -> Option<(Duration, Duration)> {
        percentiles(&self.to_tokens)
    }
}

/// Median and 95th percentile, each a time that occurred.
fn percentiles(times: &[Duration]) -> Option<(Duration, Duration)> {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).max(1) - 1).copied();
    Some((at(50)?, at(95)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_there_were() {
        let of = |seconds: &[u64]| percentiles(&seconds.iter().copied().map(Duration::from_secs).collect::<Vec<_>>());
        let hundred: Vec<_> = (1..=100).rev().collect();
        assert_eq!(of(&hundred), Some((Duration::from_secs(50), Duration::from_secs(95))));
        assert_eq!(of(&[7]), Some((Duration::from_secs(7), Duration::from_secs(7))));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn talk_is_that_of_the_calls_that_were_taken() {
        let mut stats = Stats::default();
        for talk in [Some(Duration::from_secs(35)), Some(Duration::from_secs(10)), None] {
            stats.call(talk);
        }
        assert_eq!((stats.calls, stats.taken), (3, 2));
        assert!((stats.talk_minutes() - 0.75).abs() < 1e-12, "{}", stats.talk_minutes());
    }
}

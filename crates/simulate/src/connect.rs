//! Amazon Connect, as far as its quotas go.

use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

/// The quotas that apply to calls.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quotas {
    /// Requests of `StartOutboundVoiceContact` per second.
    pub rate: f64,
    /// Requests that may come at once.
    pub burst: f64,
    /// Concurrent calls, from the request to the end of the call.
    pub concurrent: u32,
}

/// What happens to a call beyond the quota of concurrent calls. The API reference has `LimitExceededException` among
/// the operation's errors; the guide only says that "contacts get a reorder tone".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum WhenFull {
    /// The request is refused, with `LimitExceededException`
    #[default]
    Refuse,
    /// The request is taken, and no phone rings
    Drop,
}

/// A Connect instance.
#[derive(Debug)]
pub struct Connect {
    quotas: Quotas,
    when_full: WhenFull,
    tokens: f64,
    active: u32,
    most: u32,
    /// Concurrent calls, integrated over time in seconds.
    seconds: f64,
    seen: Duration,
}

/// Connect's reply to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The phone rings.
    Rings,
    /// The call was taken and then dropped.
    Dropped,
    /// An error: its code and the HTTP status.
    Error(&'static str, u16),
}

impl Quotas {
    /// The defaults of a new account, multiplied.
    #[must_use]
    pub fn times(factor: u32) -> Self {
        let Self { rate, burst, concurrent } = Self::default();
        let times = f64::from(factor);
        Self { rate: rate * times, burst: burst * times, concurrent: concurrent * factor }
    }
}

/// Those of a new account: 2 requests a second, 5 at once, 10 calls at a time ("Amazon Connect service quotas").
impl Default for Quotas {
    fn default() -> Self {
        Self { rate: 2.0, burst: 5.0, concurrent: 10 }
    }
}

impl Connect {
    /// An instance without calls.
    #[must_use]
    pub fn new(quotas: Quotas, when_full: WhenFull) -> Self {
        Self { quotas, when_full, tokens: quotas.burst, active: 0, most: 0, seconds: 0.0, seen: Duration::ZERO }
    }

    /// Takes a request for a call. `permitted`: whether the instance may call the number.
    pub fn start(&mut self, now: Duration, permitted: bool) -> Reply {
        self.pass(now);
        if self.tokens < 1.0 {
            return Reply::Error("TooManyRequestsException", 429);
        }
        self.tokens -= 1.0;
        if !permitted {
            return Reply::Error("DestinationNotAllowedException", 403);
        }
        if self.active >= self.quotas.concurrent {
            return match self.when_full {
                WhenFull::Refuse => Reply::Error("LimitExceededException", 429),
                WhenFull::Drop => Reply::Dropped,
            };
        }
        self.active += 1;
        self.most = self.most.max(self.active);
        Reply::Rings
    }

    /// A call is over.
    pub fn end(&mut self, now: Duration) {
        self.pass(now);
        self.active -= 1;
    }

    /// The mean number of concurrent calls until now.
    pub fn mean(&mut self, now: Duration) -> f64 {
        self.pass(now);
        self.seconds / now.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The maximum number of concurrent calls until now.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.most
    }

    /// Time passes.
    fn pass(&mut self, now: Duration) {
        let seconds = now.saturating_sub(self.seen).as_secs_f64();
        self.tokens = (self.tokens + seconds * self.quotas.rate).min(self.quotas.burst);
        self.seconds += seconds * f64::from(self.active);
        self.seen = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THROTTLED: Reply = Reply::Error("TooManyRequestsException", 429);
    const FULL: Reply = Reply::Error("LimitExceededException", 429);

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_burst_of_five_then_two_a_second() {
        let mut connect = Connect::new(Quotas { concurrent: 1_000, ..Quotas::default() }, WhenFull::Refuse);
        let mut at = |time, times: usize| (0..times).map(|_| connect.start(millis(time), true)).collect::<Vec<_>>();
        let rings = |count: usize| vec![Reply::Rings; count];
        assert_eq!(at(0, 5), rings(5));
        assert_eq!(at(0, 1), [THROTTLED]);
        assert_eq!(at(499, 1), [THROTTLED]);
        assert_eq!(at(500, 2), [Reply::Rings, THROTTLED]);
        assert_eq!(at(1_500, 3), [Reply::Rings, Reply::Rings, THROTTLED]);
        // After any time without requests, five is the maximum.
        assert_eq!(at(60_000, 6), [rings(5), vec![THROTTLED]].concat());
    }

    #[test]
    fn ten_at_a_time_and_the_next_when_one_has_ended() {
        let quotas = Quotas { rate: 1_000.0, burst: 1_000.0, concurrent: 10 };
        let mut connect = Connect::new(quotas, WhenFull::Refuse);
        let replies: Vec<_> = (0..11).map(|_| connect.start(Duration::ZERO, true)).collect();
        assert_eq!((&replies[..10], replies[10]), (&[Reply::Rings; 10][..], FULL));
        connect.end(millis(30_000));
        assert_eq!(connect.start(millis(30_000), true), Reply::Rings);
        assert_eq!(connect.start(millis(30_000), true), FULL);
        // Ten for half a minute, then ten again.
        assert_eq!(connect.most(), 10);
        assert!((connect.mean(millis(60_000)) - 10.0).abs() < 1e-9);
        let mut dropping = Connect::new(Quotas { concurrent: 0, ..quotas }, WhenFull::Drop);
        assert_eq!(dropping.start(Duration::ZERO, true), Reply::Dropped);
    }

    #[test]
    fn what_is_not_permitted_takes_of_the_rate_and_of_nothing_else() {
        let mut connect = Connect::new(Quotas { rate: 1.0, burst: 2.0, concurrent: 1 }, WhenFull::Refuse);
        let refused = Reply::Error("DestinationNotAllowedException", 403);
        assert_eq!(
            [false, true, true].map(|permitted| connect.start(Duration::ZERO, permitted)),
            [refused, Reply::Rings, THROTTLED]
        );
    }
}

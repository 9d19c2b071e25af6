//! The limits on the calls of all users together.

use std::fmt;

use super::{Limit, Refusal, Scope, Window};

/// Limits on the calls of all users together; 0 turns a limit off. Hours and days follow the clock in UTC. So up to
/// twice the limit can be called within a short time around the turn of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Calls to one country in an hour, 0 to 1,000,000.
    pub country_hour: u32,
    /// All calls in an hour, 0 to 1,000,000.
    pub all_hour: u32,
    /// All calls in a day, 0 to 1,000,000.
    pub all_day: u32,
}

/// A counter of the calls of one hour or day. It has a row of its own, so counting needs no reading.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Counter {
    scope: Scope,
    window: Window,
    country: String,
    start: u64,
    most: u32,
}

impl Budget {
    /// The counters that a call to this country counts in now. `country` is an ISO 3166-1 code, `now` is in seconds
    /// since the Unix epoch.
    #[must_use]
    pub fn counters(&self, country: &str, now: u64) -> Vec<Counter> {
        [
            (Scope::Country, Window::Hour, self.country_hour),
            (Scope::All, Window::Hour, self.all_hour),
            (Scope::All, Window::Day, self.all_day),
        ]
        .into_iter()
        .filter(|&(_, _, most)| most > 0)
        .map(|(scope, window, most)| {
            let start = now - now % seconds(window);
            Counter { scope, window, country: country.to_owned(), start, most }
        })
        .collect()
    }
}

impl Counter {
    /// The highest count that it allows.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.most
    }

    /// When its hour or day ends, in seconds since the Unix epoch.
    #[must_use]
    pub fn ends_at(&self) -> u64 {
        self.start.saturating_add(seconds(self.window))
    }

    /// The refusal once the counter is full.
    #[must_use]
    pub fn refusal(&self, now: u64) -> Refusal {
        Refusal { limit: Limit::Calls(self.scope, self.window), retry_after: Some(self.ends_at().saturating_sub(now)) }
    }
}

/// The key of its row.
impl fmt::Display for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = if self.scope == Scope::Country { &*self.country } else { "ALL" };
        let window = if self.window == Window::Day { "DAY" } else { "HOUR" };
        write!(f, "CALLS#{scope}#{window}#{}", self.start)
    }
}

fn seconds(window: Window) -> u64 {
    if window == Window::Day { Window::DAY_SECONDS } else { Window::HOUR_SECONDS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_days_are_those_of_the_clock() {
        let budget = Budget { country_hour: 1, all_hour: 2, all_day: 3 };
        // 2026-11-22T13:46:39Z
        let counters = budget.counters("US", 1_795_355_199);
        let keys: Vec<_> = counters.iter().map(ToString::to_string).collect();
        assert_eq!(keys, ["CALLS#US#HOUR#1795352400", "CALLS#ALL#HOUR#1795352400", "CALLS#ALL#DAY#1795305600"]);
        let waits: Vec<_> = counters.iter().map(|counter| counter.refusal(1_795_355_199).retry_after).collect();
        assert_eq!(waits, [Some(801), Some(801), Some(36_801)]);
    }

    #[test]
    fn what_is_off_is_not_counted() {
        let budget = Budget { country_hour: 0, all_hour: 0, all_day: 3 };
        assert_eq!(budget.counters("US", 0).len(), 1);
        assert_eq!(Budget { all_day: 0, ..budget }.counters("US", 0), []);
    }

    /// Each counter has its own limit and its own time.
    #[test]
    fn a_counter_counts_to_its_limit_until_its_time_is_over() {
        let counters = Budget { country_hour: 1, all_hour: 2, all_day: 3 }.counters("US", 90_000);
        let of = |counter: &Counter| (counter.refusal(90_000).limit.to_string(), counter.most(), counter.ends_at());
        let expected = [("country-hour", 1, 93_600), ("all-hour", 2, 93_600), ("all-day", 3, 172_800)];
        assert_eq!(
            counters.iter().map(of).collect::<Vec<_>>(),
            expected.map(|(limit, most, end)| (limit.to_owned(), most, end))
        );
    }
}

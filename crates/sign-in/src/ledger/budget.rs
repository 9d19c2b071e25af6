//! The limits on the calls of all users together.
//!
//! Each hour and day of the clock has a counter, which every call adds one to. DynamoDB cancels a transaction if another is
//! under way on one of its rows. So a counter with a large limit has several rows, each with a part of the limit, and a call
//! counts in one of them at random. If that row is full, the call tries the next ones. The parts add up to the limit, so
//! all rows together never count more.

use std::fmt;

use super::{Limit, Refusal, Scope, Window};

/// Limits on the calls of all users together; 0 turns a limit off. Hours and days follow the clock in UTC. So up to
/// twice the limit can be called within a short time around the turn of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Calls to one country in an hour, 0 to 100,000,000.
    pub country_hour: u32,
    /// All calls in an hour, 0 to 100,000,000.
    pub all_hour: u32,
    /// All calls in a day, 0 to 100,000,000.
    pub all_day: u32,
}

/// The part of a budget that a call may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Half of each limit, by whatever calls it is used. The least limit stays one.
    Half,
}

/// A counter of the calls of one hour or day, and the row of it that a call counts in. Counting needs no reading.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Counter {
    scope: Scope,
    window: Window,
    country: String,
    start: u64,
    /// How many calls all rows together may count.
    most: u32,
    rows: u32,
    row: u32,
    /// How many more rows may be tried.
    others: u32,
}

impl Budget {
    /// The counters that a call to this country counts in now. `country` is an ISO 3166-1 code, `now` is in seconds
    /// since the Unix epoch, and `draw` are random bits: they pick the rows.
    #[must_use]
    pub fn counters(&self, country: &str, now: u64, part: Part, draw: u64) -> Vec<Counter> {
        [
            (Scope::Country, Window::Hour, self.country_hour),
            (Scope::All, Window::Hour, self.all_hour),
            (Scope::All, Window::Day, self.all_day),
        ]
        .into_iter()
        .filter(|&(_, _, limit)| limit > 0)
        .map(|(scope, window, limit)| {
            let rows = Counter::rows(limit);
            // The remainder is smaller than `rows`.
            let row = u32::try_from(draw % u64::from(rows)).unwrap_or(0);
            Counter {
                scope,
                window,
                country: country.to_owned(),
                start: now - now % seconds(window),
                most: if part == Part::Half { limit.div_ceil(2) } else { limit },
                rows,
                row,
                others: rows.min(Counter::MOST_TRIED) - 1,
            }
        })
        .collect()
    }
}

impl Counter {
    /// A row has this part of a limit at most, as long as there are fewer rows than may be. That many calls in five minutes
    /// are 17 a second. If each holds the row for 5 ms, about one in ten meets another.
    const MOST_IN_ROW: u32 = 5_000;

    /// Beyond these, the rows' parts grow. They bear more than 10,000 calls a minute (docs/internals/simulation.md).
    const MOST_ROWS: u32 = 64;

    /// So many rows are tried until a call is refused. With 64 rows of 5,000 the first call is refused when 98 % of the limit
    /// are used, and one in two when some 99.6 % are.
    const MOST_TRIED: u32 = 3;

    /// The number of rows of a counter with this limit.
    #[must_use]
    pub fn rows(limit: u32) -> u32 {
        limit.div_ceil(Self::MOST_IN_ROW).clamp(1, Self::MOST_ROWS)
    }

    /// How many calls all its rows together may count.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.most
    }

    /// The counter with each of its rows.
    pub fn each_row(&self) -> impl Iterator<Item = Self> {
        (0..self.rows).map(|row| Self { row, ..self.clone() })
    }

    /// The highest count that its row allows.
    #[must_use]
    pub fn most(&self) -> u32 {
        self.most / self.rows + u32::from(self.row < self.most % self.rows)
    }

    /// When its hour or day ends, in seconds since the Unix epoch.
    #[must_use]
    pub fn ends_at(&self) -> u64 {
        self.start.saturating_add(seconds(self.window))
    }

    /// Goes on to the next row, since this one is full. `false`: there is none to try.
    pub(crate) fn try_next(&mut self) -> bool {
        let Some(others) = self.others.checked_sub(1) else { return false };
        (self.row, self.others) = ((self.row + 1) % self.rows, others);
        true
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
        write!(f, "CALLS#{scope}#{window}#{}", self.start)?;
        // The first row has the key that the only one would have.
        if self.row > 0 { write!(f, "#{}", self.row) } else { Ok(()) }
    }
}

fn seconds(window: Window) -> u64 {
    if window == Window::Day { Window::DAY_SECONDS } else { Window::HOUR_SECONDS }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn hours_and_days_are_those_of_the_clock() {
        let budget = Budget { country_hour: 1, all_hour: 2, all_day: 3 };
        // 2026-11-22T13:46:39Z
        let counters = budget.counters("US", 1_795_355_199, Part::Whole, 7);
        let keys: Vec<_> = counters.iter().map(ToString::to_string).collect();
        assert_eq!(keys, ["CALLS#US#HOUR#1795352400", "CALLS#ALL#HOUR#1795352400", "CALLS#ALL#DAY#1795305600"]);
        let waits: Vec<_> = counters.iter().map(|counter| counter.refusal(1_795_355_199).retry_after).collect();
        assert_eq!(waits, [Some(801), Some(801), Some(36_801)]);
    }

    #[test]
    fn what_is_off_is_not_counted() {
        let budget = Budget { country_hour: 0, all_hour: 0, all_day: 3 };
        assert_eq!(budget.counters("US", 0, Part::Whole, 0).len(), 1);
        assert_eq!(Budget { all_day: 0, ..budget }.counters("US", 0, Part::Whole, 0), []);
    }

    /// Each counter has its own limit and its own time.
    #[test]
    fn a_counter_counts_to_its_limit_until_its_time_is_over() {
        let counters = Budget { country_hour: 1, all_hour: 2, all_day: 3 }.counters("US", 90_000, Part::Whole, 5);
        let of = |counter: &Counter| (counter.refusal(90_000).limit.to_string(), counter.most(), counter.ends_at());
        let expected = [("country-hour", 1, 93_600), ("all-hour", 2, 93_600), ("all-day", 3, 172_800)];
        assert_eq!(
            counters.iter().map(of).collect::<Vec<_>>(),
            expected.map(|(limit, most, end)| (limit.to_owned(), most, end))
        );
    }

    /// The rows of a counter that a call which draws this may try, with what each may count.
    fn tried(limit: u32, part: Part, draw: u64) -> Vec<(String, u32)> {
        let mut counters = Budget { country_hour: 0, all_hour: limit, all_day: 0 }.counters("US", 0, part, draw);
        let counter = &mut counters[0];
        let mut tried = vec![(counter.to_string(), counter.most())];
        while counter.try_next() {
            tried.push((counter.to_string(), counter.most()));
        }
        tried
    }

    #[test]
    fn a_small_limit_has_one_row_as_ever() {
        for limit in [1, 200, 5_000] {
            for draw in [0, 1, u64::MAX] {
                assert_eq!(tried(limit, Part::Whole, draw), [("CALLS#ALL#HOUR#0".to_owned(), limit)], "{limit}");
            }
        }
    }

    #[test]
    fn a_call_tries_three_rows_of_a_large_limit() {
        let row = |row: &str, most| (format!("CALLS#ALL#HOUR#0{row}"), most);
        assert_eq!(tried(5_001, Part::Whole, 0), [row("", 2_501), row("#1", 2_500)]);
        assert_eq!(tried(5_001, Part::Whole, 1), [row("#1", 2_500), row("", 2_501)]);
        assert_eq!(tried(20_000, Part::Whole, 6), [row("#2", 5_000), row("#3", 5_000), row("", 5_000)]);
        assert_eq!(tried(5_001, Part::Half, 1), [row("#1", 1_250), row("", 1_251)]);
    }

    /// By what a row holds above its new part (docs/internals/ledger.md).
    #[test]
    fn a_limit_that_is_raised_within_its_hour_may_be_exceeded_once() {
        let rows =
            |limit| -> BTreeMap<_, _> { (0..64).map(|draw| tried(limit, Part::Whole, draw).swap_remove(0)).collect() };
        for (before, after, most) in [(5_000, 6_000, 8_000), (10_000, 10_001, 13_333), (5_000, 10_000, 10_000)] {
            let full = rows(before);
            let possible = rows(after).iter().map(|(row, part)| part.max(full.get(row).unwrap_or(&0))).sum::<u32>();
            assert_eq!(possible, most, "{before} and then {after}");
            assert!(possible - after <= Counter::MOST_IN_ROW);
        }
    }

    #[test]
    fn the_rows_of_a_limit_add_up_to_it() {
        for limit in [1, 2, 4_999, 5_000, 5_001, 9_999, 12_345, 320_000, 1_000_003, 100_000_000, u32::MAX] {
            for (part, most) in [(Part::Whole, limit), (Part::Half, limit.div_ceil(2))] {
                let drawn: BTreeMap<_, _> = (0..100).map(|draw| tried(limit, part, draw).swap_remove(0)).collect();
                let sum: u64 = drawn.values().map(|most| u64::from(*most)).sum();
                assert_eq!((drawn.len(), sum), (Counter::rows(limit) as usize, u64::from(most)), "{limit}, {part:?}");
                let counter = Budget { country_hour: 0, all_hour: limit, all_day: 0 }.counters("US", 0, part, 7);
                let each = counter[0].each_row().map(|row| (row.to_string(), row.most()));
                assert_eq!((each.collect::<BTreeMap<_, _>>(), counter[0].limit()), (drawn, most));
            }
        }
    }
}

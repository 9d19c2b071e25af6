//! The ledger's table in memory. Writes at the same time conflict as in DynamoDB.

use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;
use sign_in::calling::{Rows, Written};
use sign_in::device::Device;
use sign_in::ledger::row_write::{self, Attempt};
use sign_in::ledger::{ClientId, Counter, FailureLimits, NumberRow, UserRow};
use sign_in::sending::Purpose;

/// The rows of users and numbers, and the counters.
///
/// A transaction holds its rows for as long as the request takes. Another write to one of them meanwhile gets a
/// conflict. DynamoDB does not publish how long it holds rows; it can't be longer than the request.
#[derive(Debug)]
pub struct Table {
    users: HashMap<(usize, Option<Purpose>), Row<UserRow>>,
    numbers: HashMap<(u64, Option<Purpose>), Row<NumberRow>>,
    counters: HashMap<String, Row<u32>>,
    request: Duration,
    writes: Writes,
}

/// Numbers of writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Writes {
    /// Transactions.
    pub transactions: u32,
    /// Transactions that met a conflict.
    pub conflicts: u32,
}

/// The rows that a call counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The user.
    pub user: usize,
    /// The number, by its hash.
    pub number: u64,
    /// For a code of Cognito's own, its purpose: these have rows of their own.
    pub purpose: Option<Purpose>,
}

#[derive(Clone, Debug, Default)]
struct Row<R> {
    value: R,
    /// Every write makes a new one; `None` for a row that does not exist.
    revision: Option<u64>,
    held_until: Duration,
}

impl Table {
    /// An empty table. `latency`: how long a request takes.
    #[must_use]
    pub fn new(request: Duration) -> Self {
        let (users, numbers, counters) = <_>::default();
        Self { users, numbers, counters, request, writes: Writes::default() }
    }

    /// Reads the rows for a call to a user.
    #[must_use]
    pub fn read(&self, keys: Keys) -> Rows {
        let user = self.users.get(&keys.user()).cloned().unwrap_or_default();
        let number = self.numbers.get(&keys.number()).cloned().unwrap_or_default();
        Rows { user: user.value, number: number.value, revisions: (user.revision, number.revision) }
    }

    /// Writes new rows and counts a call. Conflicts if the rows have changed since they were read, or if another
    /// transaction holds a row that is to be written. Fails if a counter is full.
    pub fn count(&mut self, now: Duration, keys: Keys, rows: &Rows, counters: &[Counter]) -> Written {
        self.write(now, keys, rows, counters, |calls, most| if calls < most { Some(calls + 1) } else { None })
    }

    /// Writes new rows and counts a call back.
    ///
    /// # Panics
    ///
    /// If the call was not counted.
    pub fn count_back(&mut self, now: Duration, keys: Keys, rows: &Rows, counters: &[Counter]) -> Written {
        self.write(now, keys, rows, counters, |calls, _| {
            // DynamoDB would count below zero; the functions must never make it do so.
            Some(calls.checked_sub(1).expect("a call is counted before it is counted back"))
        })
    }

    /// Writes what an attempt changes in the row, if the row allows it and no transaction holds it.
    pub fn judge<A: Attempt>(
        &mut self,
        now: Duration,
        keys: Keys,
        attempt: &A,
        limits: &FailureLimits,
    ) -> row_write::Written {
        let Some(row) = self.users.get_mut(&keys.user()) else { return row_write::Written::Refused(None) };
        if row.held_until > now {
            return row_write::Written::Conflict;
        }
        match attempt.judge(&row.value, limits).1 {
            Some(new_row) => {
                (row.value, row.revision) = (new_row, Some(next(row.revision)));
                row_write::Written::Done
            }
            None => row_write::Written::Refused(Some(row.value.clone())),
        }
    }

    /// A device of the user's is trusted, as after an earlier sign-in.
    pub fn enrol(&mut self, keys: Keys, device: Device) {
        let row = self.users.entry(keys.user()).or_default();
        row.value.devices.enrol(device);
        row.revision = Some(next(row.revision));
    }

    /// When the pass of a user on an app client was noted.
    #[must_use]
    pub fn pass(&self, keys: Keys, client: &ClientId) -> Option<u64> {
        self.users.get(&keys.user())?.value.passes.of(client)
    }

    /// Numbers of writes.
    #[must_use]
    pub fn writes(&self) -> Writes {
        self.writes
    }

    /// The counters' values, by their keys.
    pub fn counted(&self) -> impl Iterator<Item = (&str, u32)> {
        self.counters.iter().map(|(key, counter)| (key.as_str(), counter.value))
    }

    fn write(
        &mut self,
        now: Duration,
        keys: Keys,
        rows: &Rows,
        counters: &[Counter],
        counted: impl Fn(u32, u32) -> Option<u32>,
    ) -> Written {
        self.writes.transactions += 1;
        let written = self.try_write(now, keys, rows, counters, counted);
        if written == Written::Conflict {
            self.writes.conflicts += 1;
        }
        written
    }

    fn try_write(
        &mut self,
        now: Duration,
        keys: Keys,
        rows: &Rows,
        counters: &[Counter],
        counted: impl Fn(u32, u32) -> Option<u32>,
    ) -> Written {
        let user = self.users.entry(keys.user()).or_default();
        let number = self.numbers.entry(keys.number()).or_default();
        if (user.revision, number.revision) != rows.revisions || user.held_until.max(number.held_until) > now {
            return Written::Conflict;
        }
        let mut new_counts = Vec::with_capacity(counters.len());
        for (index, counter) in counters.iter().enumerate() {
            let key = counter.to_string();
            let row = self.counters.entry(key.clone()).or_default();
            if row.held_until > now {
                return Written::Conflict;
            }
            let Some(calls) = counted(row.value, counter.most()) else { return Written::Full(index) };
            new_counts.push((key, calls));
        }
        let held_until = now + self.request;
        *user = Row { value: rows.user.clone(), revision: Some(next(user.revision)), held_until };
        *number = Row { value: rows.number.clone(), revision: Some(next(number.revision)), held_until };
        for (key, value) in new_counts {
            self.counters.insert(key, Row { value, revision: None, held_until });
        }
        Written::Done
    }
}

impl Keys {
    fn user(self) -> (usize, Option<Purpose>) {
        (self.user, self.purpose)
    }

    fn number(self) -> (u64, Option<Purpose>) {
        (self.number, self.purpose)
    }
}

fn next(revision: Option<u64>) -> u64 {
    revision.map_or(0, |revision| revision + 1)
}

#[cfg(test)]
mod tests {
    use sign_in::ledger::{Budget, Part};

    use super::*;

    const KEYS: Keys = Keys { user: 1, number: 7, purpose: None };

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn counters(most: u32) -> Vec<Counter> {
        Budget { country_hour: 0, all_hour: most, all_day: 0 }.counters("US", 0, Part::Whole, 0)
    }

    #[test]
    fn who_writes_what_another_holds_or_has_written_meanwhile_is_turned_away() {
        let mut table = Table::new(millis(5));
        let (rows, others) = (table.read(KEYS), Keys { user: 2, number: 8, purpose: None });
        let of_others = table.read(others);
        assert_eq!(table.count(millis(0), KEYS, &rows, &counters(9)), Written::Done);
        // The counter is held, then free.
        assert_eq!(table.count(millis(4), others, &of_others, &counters(9)), Written::Conflict);
        assert_eq!(table.count(millis(5), others, &of_others, &counters(9)), Written::Done);
        // The row has changed since it was read.
        assert_eq!(table.count(millis(50), KEYS, &rows, &counters(9)), Written::Conflict);
        assert_eq!(table.writes(), Writes { transactions: 4, conflicts: 2 });
        assert_eq!(table.counted().collect::<Vec<_>>(), [("CALLS#ALL#HOUR#0", 2)]);
    }

    #[test]
    fn without_counters_only_writers_of_one_user_meet() {
        let mut table = Table::new(millis(5));
        let (rows, others) = (table.read(KEYS), Keys { user: 2, number: 8, purpose: None });
        let of_others = table.read(others);
        assert_eq!(table.count(millis(0), KEYS, &rows, &[]), Written::Done);
        assert_eq!(table.count(millis(1), others, &of_others, &[]), Written::Done);
    }

    #[test]
    fn a_full_counter_refuses_and_one_that_is_given_back_does_not() {
        let mut table = Table::new(millis(5));
        let count = |table: &mut Table, time| {
            let rows = table.read(KEYS);
            table.count(millis(time), KEYS, &rows, &counters(1))
        };
        assert_eq!(count(&mut table, 0), Written::Done);
        assert_eq!(count(&mut table, 10), Written::Full(0));
        let rows = table.read(KEYS);
        assert_eq!(table.count_back(millis(20), KEYS, &rows, &counters(1)), Written::Done);
        assert_eq!(count(&mut table, 30), Written::Done);
    }
}

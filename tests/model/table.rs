//! The ledger's table in memory: rows with revisions, and writes that happen whole or not at all.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use sign_in::creation::{Rows, Written};
use sign_in::device::Device;
use sign_in::ledger::row_write::{self, Attempt};
use sign_in::ledger::{Budget, CallTimes, Counter, FailureLimits, NumberRow, Part, PassLife, UserRow};

use crate::device::Key;

/// The rows of users and numbers, and the counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    users: BTreeMap<usize, (UserRow, u64)>,
    numbers: BTreeMap<usize, (NumberRow, u64)>,
    counters: BTreeMap<String, u32>,
}

/// The rows that a call counts in: a user and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Keys {
    pub(crate) user: usize,
    pub(crate) number: usize,
}

/// How old a row must be before it may be deleted, in seconds.
const KEEP_SECONDS: u64 = 2 * 24 * 60 * 60;

impl Table {
    /// Reads the rows for a call to a user.
    pub(crate) fn read(&self, keys: Keys) -> Rows {
        let (user, user_revision) = self.users.get(&keys.user).cloned().unzip();
        let (number, number_revision) = self.numbers.get(&keys.number).cloned().unzip();
        Rows {
            user: user.unwrap_or_default(),
            number: number.unwrap_or_default(),
            revisions: (user_revision, number_revision),
        }
    }

    /// Writes new rows and counts a call, if the rows are still those that were read and no counter is full.
    pub(crate) fn count(&mut self, keys: Keys, rows: &Rows, counters: &[Counter]) -> Written {
        if !self.is_unchanged(keys, rows) {
            return Written::Conflict;
        }
        if let Some(full) = counters.iter().position(|counter| self.counted(counter) >= counter.most()) {
            return Written::Full(full);
        }
        for counter in counters {
            *self.counters.entry(counter.to_string()).or_default() += 1;
        }
        self.put(keys, rows);
        Written::Done
    }

    /// Writes new rows and counts a call back in these counters, if the rows are still those that were read.
    pub(crate) fn count_back(&mut self, keys: Keys, rows: &Rows, counters: &[Counter]) -> Written {
        if !self.is_unchanged(keys, rows) {
            return Written::Conflict;
        }
        for counter in counters {
            *self.counters.entry(counter.to_string()).or_default() -= 1;
        }
        self.put(keys, rows);
        Written::Done
    }

    /// Leaves room for one call in each row of the counter of all calls in this hour.
    pub(crate) fn fill_but_one(&mut self, all_hour: u32, now: u64) {
        let budget = Budget { country_hour: 0, all_hour, all_day: 0 };
        let rows = (0..Counter::rows(all_hour)).flat_map(|row| budget.counters("US", now, Part::Whole, row.into()));
        self.counters.extend(rows.map(|row| (row.to_string(), row.most() - 1)));
    }

    /// The row of a user.
    pub(crate) fn user(&self, user: usize) -> UserRow {
        self.users.get(&user).map(|(row, _)| row.clone()).unwrap_or_default()
    }

    /// Writes what an attempt changes in the row, if the row allows it.
    pub(crate) fn judge<A: Attempt>(&mut self, user: usize, attempt: &A, limits: &FailureLimits) -> row_write::Written {
        let Some((row, revision)) = self.users.get_mut(&user) else { return row_write::Written::Refused(None) };
        let Some(new_row) = attempt.judge(row, limits).1 else {
            return row_write::Written::Refused(Some(row.clone()));
        };
        *row = new_row;
        *revision += 1;
        row_write::Written::Done
    }

    /// Clears the wrong codes and the denial of a user, in one write.
    pub(crate) fn clear_failures(&mut self, user: usize) {
        if let Some((row, revision)) = self.users.get_mut(&user) {
            (row.failures, row.failed_at, row.denied_at) = (0, 0, None);
            *revision += 1;
        }
    }

    /// Forgets a device of a user, or all, in one write.
    pub(crate) fn forget(&mut self, user: usize, key: Option<Key>) {
        if let Some((row, revision)) = self.users.get_mut(&user) {
            let stays = |device: &&Device| key.is_some_and(|key| device.key != key.public());
            row.devices = row.devices.iter().filter(stays).cloned().collect();
            *revision += 1;
        }
    }

    /// A user who has these devices.
    pub(crate) fn had(&mut self, user: usize, devices: impl Iterator<Item = Device>) {
        self.users.insert(user, (UserRow { devices: devices.collect(), ..UserRow::default() }, 0));
    }

    /// Deletes old rows, as the database does some day.
    pub(crate) fn expire(&mut self, pass_life: PassLife, now: u64) {
        let old = |time: u64| time + KEEP_SECONDS <= now;
        let calls_old = |calls: &CallTimes| calls.latest().max(calls.refused()).is_none_or(old);
        self.users.retain(|_, (row, _)| {
            let issued = row.issued.is_none_or(|issued| old(issued.challenge.expires_at));
            // A device notes passes until it expires.
            let last_pass = row.passes.latest().max(row.devices.latest_expiry());
            let passes = last_pass.is_none_or(|noted_at| old(pass_life.ends_at(noted_at)));
            !(row.failures == 0 && issued && passes && calls_old(&row.calls))
        });
        self.numbers.retain(|_, (number, _)| !calls_old(&number.calls));
    }

    /// Whether the rows are still those that were read.
    pub(crate) fn is_unchanged(&self, keys: Keys, rows: &Rows) -> bool {
        self.read(keys).revisions == rows.revisions
    }

    fn put(&mut self, keys: Keys, rows: &Rows) {
        let next = |revision: Option<u64>| revision.map_or(0, |revision| revision + 1);
        self.users.insert(keys.user, (rows.user.clone(), next(rows.revisions.0)));
        self.numbers.insert(keys.number, (rows.number.clone(), next(rows.revisions.1)));
    }

    fn counted(&self, counter: &Counter) -> u32 {
        self.counters.get(&counter.to_string()).copied().unwrap_or(0)
    }
}

// Revisions are left out: see `world::alike`.
impl Hash for Table {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (user, (row, _)) in &self.users {
            (user, row).hash(state);
        }
        for (number, (row, _)) in &self.numbers {
            (number, row).hash(state);
        }
        self.counters.hash(state);
    }
}

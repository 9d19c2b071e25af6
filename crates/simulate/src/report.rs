//! The results of scenarios, as a table.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::outcome::Outcome;
use crate::stats::{End, Stats};

/// One outcome, with figures computed from it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The results of the scenario.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Users' visits per minute.
    pub offered_per_minute: f64,
    /// Visits per minute that ended with tokens while others still began.
    pub completed_per_minute: f64,
    /// Visits that ended with tokens, in percent.
    pub completed_percent: f64,
    /// Visits that ended because something was refused, in percent.
    pub turned_away_percent: f64,
    /// Seconds until a visit's phone rang first: median and 95th percentile.
    pub to_ring: Option<(f64, f64)>,
    /// Seconds until a visit got tokens: median and 95th percentile.
    pub to_tokens: Option<(f64, f64)>,
    /// Users' calls without a right code after them.
    pub unverified: u32,
}

/// A table of reports.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// Its heading.
    pub title: &'static str,
    /// The rows.
    pub rows: Vec<Report>,
}

impl Report {
    /// Computes the figures of an outcome.
    #[must_use]
    pub fn of(outcome: Outcome) -> Self {
        let (users, minutes) = (&outcome.users, f64::from(outcome.scenario.minutes));
        let seconds = |(half, most): (Duration, Duration)| (half.as_secs_f64(), most.as_secs_f64());
        Self {
            offered_per_minute: f64::from(users.visits) / minutes,
            completed_per_minute: f64::from(users.in_time) / minutes,
            completed_percent: users.completed(),
            turned_away_percent: turned_away(users),
            to_ring: users.to_ring().map(seconds),
            to_tokens: users.to_tokens().map(seconds),
            unverified: users.unverified(),
            outcome,
        }
    }
}

/// Visits that ended because something was refused, in percent.
fn turned_away(stats: &Stats) -> f64 {
    let ends = [End::Busy, End::Ledger, End::Limit, End::Locked, End::NotPermitted];
    let away: u32 = ends.iter().map(|end| stats.ended(*end)).sum();
    100.0 * f64::from(away) / f64::from(stats.visits.max(1))
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.title)?;
        writeln!(
            f,
            "| | visits a minute | in a minute | in % | turned away % | s to the ring, 50 / 95 % | s to tokens, 50 / 95 % \
             | calls | at a time, mean / most | without a right code | refused | ended otherwise | conflicts % | minutes of talk |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
        )?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        if !self.rows.iter().any(|row| row.outcome.scenario.attack.is_some()) {
            return Ok(());
        }
        writeln!(
            f,
            "\n| the attackers, and below them the user whom it is on | sign-ins | calls | minutes of talk \
             | codes compared | refused | in %; users by country |\n|---|---|---|---|---|---|---|"
        )?;
        for Report { outcome, .. } in &self.rows {
            if outcome.scenario.attack.is_some() {
                attackers(f, &outcome.scenario.name, &outcome.attackers, &by_country(outcome))?;
            }
            if outcome.victims.visits > 0 {
                let completed = format!("{:.1}", outcome.victims.completed());
                attackers(f, "their user", &outcome.victims, &completed)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { scenario, users, calls_mean, calls_most, writes, .. } = &self.outcome;
        let conflicts = 100.0 * f64::from(writes.conflicts) / f64::from(writes.transactions.max(1));
        let ends = users.ends.iter().filter(|(end, _)| **end != End::Tokens);
        let ends: BTreeMap<_, _> = ends.map(|(end, count)| (word(*end), *count)).collect();
        write!(
            f,
            "| {} | {:.1} | {:.1} | {:.1} | {:.1} | {} | {} | {} | {calls_mean:.1} / {calls_most} | {} | {} | {} | {conflicts:.1} | {:.0} |",
            scenario.name,
            self.offered_per_minute,
            self.completed_per_minute,
            self.completed_percent,
            self.turned_away_percent,
            pair(self.to_ring),
            pair(self.to_tokens),
            users.calls,
            self.unverified,
            counts(&users.refusals),
            counts(&ends),
            users.talk_minutes(),
        )
    }
}

fn attackers(f: &mut fmt::Formatter<'_>, name: &str, stats: &Stats, completed: &str) -> fmt::Result {
    let Stats { sign_ins, calls, compared, refusals, .. } = stats;
    let (talk, refusals) = (stats.talk_minutes(), counts(refusals));
    writeln!(f, "| {name} | {sign_ins} | {calls} | {talk:.0} | {compared} | {refusals} | {completed} |")
}

fn by_country(outcome: &Outcome) -> String {
    let percent = |(country, (all, within)): (&String, &(u32, u32))| {
        format!("{country} {:.1}", 100.0 * f64::from(*within) / f64::from((*all).max(1)))
    };
    outcome.countries.iter().map(percent).collect::<Vec<_>>().join(", ")
}

fn pair(seconds: Option<(f64, f64)>) -> String {
    seconds.map_or_else(|| "-".to_owned(), |(half, most)| format!("{half:.1} / {most:.1}"))
}

fn counts(counts: &BTreeMap<String, u32>) -> String {
    if counts.is_empty() {
        return "-".to_owned();
    }
    counts.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>().join(", ")
}

fn word(end: End) -> String {
    match end {
        End::Tokens => "in",
        End::Attempts => "wrong codes",
        End::Busy => "Connect busy",
        End::Ledger => "ledger busy",
        End::Limit => "limit",
        End::Locked => "locked",
        End::NotPermitted => "not permitted",
        End::Stopped => "stopped",
        End::Unanswered => "unanswered",
    }
    .to_owned()
}

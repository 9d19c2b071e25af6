//! The results of one scenario, with figures computed from them.

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
    /// Visits per minute that were completed while others still began.
    pub completed_per_minute: f64,
    /// Visits that were completed, in percent.
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
    let ends = [End::Busy, End::Ledger, End::Limit, End::Locked, End::NotPermitted, End::NoPass, End::Silence];
    let away: u32 = ends.iter().map(|end| stats.ended(*end)).sum();
    100.0 * f64::from(away) / f64::from(stats.visits.max(1))
}

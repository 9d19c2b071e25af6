//! The columns of the printed tables.

use crate::outcome::Outcome;
use crate::report::Report;
use crate::stats::{End, Stats};

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Concurrent calls while visits began.
    AtATime,
    /// The attackers' calls, and how long these were connected.
    AttackersCalls,
    /// The attackers' answers that were compared.
    AttackersCompared,
    /// The attackers' sign-ins and sign-ups, and how many were completed.
    AttackersTried,
    /// Users' calls.
    Calls,
    /// Transactions of the ledger that met a conflict.
    Conflicts,
    /// Users' visits that were completed: all, and those of each purpose or country if there are several.
    In,
    /// Users' visits per minute that were completed.
    InAMinute,
    /// Users' refusals.
    Refused,
    /// Seconds until a phone rang first.
    ToRing,
    /// Seconds until a visit got tokens.
    ToTokens,
    /// Users' visits that ended because something was refused.
    TurnedAway,
    /// The visits of the user under attack.
    VictimIn,
}

impl Column {
    /// Those that say something of any scenario.
    pub const ALL: [Self; 9] = [
        Self::InAMinute,
        Self::In,
        Self::TurnedAway,
        Self::ToRing,
        Self::ToTokens,
        Self::Calls,
        Self::AtATime,
        Self::Refused,
        Self::Conflicts,
    ];

    /// Those of attackers, and of the user under attack.
    pub const ATTACKERS: [Self; 4] =
        [Self::AttackersTried, Self::AttackersCalls, Self::AttackersCompared, Self::VictimIn];

    /// The column's heading.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::AtATime => "at a time, mean / most",
            Self::AttackersCalls => "their calls / minutes of talk",
            Self::AttackersCompared => "codes they had compared",
            Self::AttackersTried => "they tried / got in",
            Self::Calls => "calls",
            Self::Conflicts => "conflicts %",
            Self::In => "in %",
            Self::InAMinute => "in a minute",
            Self::Refused => "refused",
            Self::ToRing => "s to the ring, 50 / 95 %",
            Self::ToTokens => "s to tokens, 50 / 95 %",
            Self::TurnedAway => "turned away %",
            Self::VictimIn => "the attacked user, in %",
        }
    }

    /// What the column says of a scenario.
    #[must_use]
    pub fn cell(self, report: &Report) -> String {
        let Outcome { users, attackers, victims, writes, calls_mean, calls_most, .. } = &report.outcome;
        match self {
            Self::AtATime => format!("{calls_mean:.1} / {calls_most}"),
            Self::AttackersCalls => format!("{} / {:.0}", attackers.calls, attackers.talk_minutes()),
            Self::AttackersCompared => attackers.compared.to_string(),
            Self::AttackersTried => format!("{} / {}", attackers.sign_ins, attackers.ended(End::Completed)),
            Self::Calls => users.calls.to_string(),
            Self::Conflicts => {
                format!("{:.1}", 100.0 * f64::from(writes.conflicts) / f64::from(writes.transactions.max(1)))
            }
            Self::In => format!("{:.1}{}", report.completed_percent, of_each(&report.outcome)),
            Self::InAMinute => format!("{:.1}", report.completed_per_minute),
            Self::Refused => counts(users),
            Self::ToRing => pair(report.to_ring),
            Self::ToTokens => pair(report.to_tokens),
            Self::TurnedAway => format!("{:.1}", report.turned_away_percent),
            Self::VictimIn if victims.visits == 0 => "-".to_owned(),
            Self::VictimIn => format!("{:.1}", victims.completed()),
        }
    }
}

/// The completed visits by what they are for, if that differs, and else by country, if that does.
fn of_each(outcome: &Outcome) -> String {
    let purposes = outcome.purposes.iter().map(|(purpose, counts)| (*purpose, counts));
    let countries = outcome.countries.iter().map(|(country, counts)| (&**country, counts));
    let parts: Vec<_> = if outcome.purposes.len() > 1 { purposes.collect() } else { countries.collect() };
    if parts.len() < 2 {
        return String::new();
    }
    let percent = |(all, completed): &(u32, u32)| 100.0 * f64::from(*completed) / f64::from((*all).max(1));
    let parts: Vec<_> = parts.into_iter().map(|(part, counts)| format!("{part} {:.1}", percent(counts))).collect();
    format!(" ({})", parts.join(", "))
}

fn pair(seconds: Option<(f64, f64)>) -> String {
    seconds.map_or_else(|| "-".to_owned(), |(half, most)| format!("{half:.1} / {most:.1}"))
}

fn counts(stats: &Stats) -> String {
    if stats.refusals.is_empty() {
        return "-".to_owned();
    }
    stats.refusals.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>().join(", ")
}

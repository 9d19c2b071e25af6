//! The scenarios of docs/internals/simulation.md and docs/operate/quotas.md.

use std::time::Duration;

use clap::ValueEnum;

use crate::attack::{Attack, Kind};
use crate::connect::{Quotas, WhenFull};
use crate::scenario::{Latency, Scenario};

/// The scenarios of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Suite {
    /// The advised quotas and budgets, for four loads
    Advice,
    /// Attacks on a day of normal load, with default settings
    Attacks,
    /// The default budgets, for a day
    Budgets,
    /// Everybody comes at nine
    Burst,
    /// Connect takes calls when its lines are full, and drops them
    Drop,
    /// The ledger's counters at up to 10,000 visits a minute
    HotKeys,
    /// 1, 10 and 100 times Connect's default quotas
    Quotas,
    /// Connect's default rate, with as many calls at a time as there are
    Rate,
}

/// The maximum of the settings: the counters are written as with any limit, but never full.
const RAISED: [u32; 3] = [1_000_000; 3];

const DAY: u32 = 24 * 60;

impl Suite {
    /// The table's heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Advice => "Quotas and budgets as the document advises them",
            Self::Attacks => {
                "Attacks for a day on 0.4 visits a minute (with numbers that Connect refuses: for four hours on 1.5), four in five from the US \
                 and one from Mexico"
            }
            Self::Budgets => "The default budgets for a day, under Connect's default quotas",
            Self::Burst => "Everybody comes at nine, within five minutes; budgets raised",
            Self::Drop => "Default quotas, if Connect takes calls that exceed them and drops them; budgets raised",
            Self::HotKeys => "The ledger's counters, under 1000 times the default quotas, for ten minutes",
            Self::Quotas => "1, 10 and 100 times Connect's default quotas; budgets raised",
            Self::Rate => "2 requests a second and a burst of 5, 1000 calls at a time; budgets raised",
        }
    }

    /// Its scenarios.
    #[must_use]
    pub fn scenarios(self, seed: u64) -> Vec<Scenario> {
        let scenario = |name: String, per_minute, minutes| Scenario::new(name, seed, per_minute, minutes);
        match self {
            Self::Advice => advice(seed),
            Self::Attacks => attacks(seed),
            Self::Budgets => {
                let loads = [0.5, 0.7, 1.0, 1.5, 2.0, 5.0];
                loads.map(|load| scenario(format!("{load} a minute"), load, DAY)).into()
            }
            Self::Burst => [(1, 50), (1, 100), (1, 200), (1, 500), (10, 500), (10, 1_000), (100, 5_000), (100, 10_000)]
                .into_iter()
                .map(|(factor, users)| {
                    let quotas = Quotas::times(factor);
                    let name = format!("{factor}×, {users} users");
                    Scenario { quotas, hour: 9, ..scenario(name, f64::from(users) / 5.0, 5) }.budgets(RAISED)
                })
                .collect(),
            Self::Drop => [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
                .map(|load| {
                    let when_full = WhenFull::Drop;
                    Scenario { when_full, ..scenario(format!("{load} a minute"), load, 600) }.budgets(RAISED)
                })
                .into(),
            Self::HotKeys => hot_keys(seed),
            Self::Quotas => {
                let parts = [2, 4, 6, 8, 10, 12, 13, 14, 20];
                let steps = [(1, 1_200), (10, 120), (100, 20)];
                let all = steps.into_iter().flat_map(|step| parts.map(|part| (step, part)));
                all.map(|((factor, minutes), part)| {
                    let load = part * factor;
                    let name = format!("{factor}×, {load} a minute");
                    let quotas = Quotas::times(factor);
                    Scenario { quotas, ..scenario(name, f64::from(load), minutes) }.budgets(RAISED)
                })
                .collect()
            }
            Self::Rate => [60.0, 80.0, 90.0, 100.0, 110.0, 120.0, 150.0]
                .map(|load| {
                    let quotas = Quotas { concurrent: 1_000, ..Quotas::default() };
                    Scenario { quotas, ..scenario(format!("{load} a minute"), load, 120) }.budgets(RAISED)
                })
                .into(),
        }
    }
}

fn advice(seed: u64) -> Vec<Scenario> {
    let scenario = |load: u32, concurrent, rate: f64, budgets, minutes| {
        let quotas = Quotas { rate, burst: 2.5 * rate, concurrent };
        let name = format!("{load} a minute, {concurrent} lines, {rate} a second");
        Scenario { quotas, ..Scenario::new(name, seed, f64::from(load), minutes) }.budgets(budgets)
    };
    vec![
        scenario(5, 10, 2.0, [650, 650, 10_000], 7 * DAY),
        scenario(50, 55, 2.0, [6_500, 6_500, 100_000], DAY),
        scenario(500, 430, 12.0, [65_000, 65_000, 1_000_000], 120),
        scenario(10_000, 7_700, 230.0, [0; 3], 10),
    ]
}

fn attacks(seed: u64) -> Vec<Scenario> {
    let normal = |name: &str| {
        let countries = vec![("US".to_owned(), 0.8), ("MX".to_owned(), 0.2)];
        Scenario { countries, ..Scenario::new(name, seed, 0.4, DAY) }.set("OTP_COUNTRIES", "US,MX")
    };
    let attack = |name: &str, kind, per_minute, accounts, countries: &[&str]| {
        let countries = countries.iter().map(|country| (*country).to_owned()).collect();
        Scenario { attack: Some(Attack { kind, per_minute, accounts, countries }), ..normal(name) }
    };
    // A whole day would be too many visits, so the load is higher and the time shorter.
    let hours = |scenario: Scenario| Scenario { minutes: 240, per_minute: 1.5, ..scenario };
    vec![
        normal("no attack"),
        attack("fraud, 500 accounts in Mexico", Kind::Fraud, 3.0, 500, &["MX"]),
        attack("... with OTP_MAX_CALLS_ALL_DAY 5000", Kind::Fraud, 3.0, 500, &["MX"])
            .set("OTP_MAX_CALLS_ALL_DAY", 5_000),
        Scenario {
            quotas: Quotas::times(10),
            ..attack("... and with 10 times the quotas", Kind::Fraud, 3.0, 500, &["MX"])
        }
        .set("OTP_MAX_CALLS_ALL_DAY", 5_000),
        attack("... with OTP_MAX_CALLS_COUNTRY_HOUR 20", Kind::Fraud, 3.0, 500, &["MX"])
            .set("OTP_MAX_CALLS_COUNTRY_HOUR", 20),
        attack("fraud, 500 accounts in both", Kind::Fraud, 3.0, 500, &["US", "MX"]),
        attack("fraud, 10 accounts in Mexico", Kind::Fraud, 3.0, 10, &["MX"]),
        attack("a flood of one user", Kind::Flood, 2.0, 1, &["US"]),
        attack("a flood of one number, by 20 users", Kind::Flood, 2.0, 20, &["US"]),
        attack("guessing one user's codes", Kind::Guess, 2.0, 1, &["US"]),
        attack("guessing 100 users' codes", Kind::Guess, 10.0, 100, &["US"]),
        attack("... with OTP_CODE_DELIVERY attribute", Kind::Guess, 10.0, 100, &["US"])
            .set("OTP_CODE_DELIVERY", "attribute"),
        attack("... of users who answer and press the key", Kind::GuessHeard, 10.0, 100, &["US"]),
        attack("made-up names, call-only", Kind::Names, 20.0, 0, &[]).set("OTP_MODE", "call-only"),
        hours(attack("a number that Connect refuses, 3 a second", Kind::NotPermitted, 180.0, 1, &["US"])),
        hours(attack("... 10 a second", Kind::NotPermitted, 600.0, 1, &["US"])),
        hours(attack("20 such numbers, 3 a second", Kind::NotPermitted, 180.0, 20, &["US"])),
        hours(attack("... 10 a second", Kind::NotPermitted, 600.0, 20, &["US"])),
    ]
}

fn hot_keys(seed: u64) -> Vec<Scenario> {
    let scenario = |load: u32, what: &str, budgets, millis| {
        let latency = Latency { ledger: Duration::from_millis(millis), ..Latency::default() };
        let quotas = Quotas::times(1_000);
        let name = format!("{load} a minute, {what}");
        Scenario { quotas, latency, ..Scenario::new(name, seed, f64::from(load), 10) }.budgets(budgets)
    };
    let counters = [1_000, 2_000, 4_000, 6_000, 8_000, 10_000].map(|load| scenario(load, "5 ms", RAISED, 5));
    let others = [
        scenario(10_000, "2 ms", RAISED, 2),
        scenario(10_000, "10 ms", RAISED, 10),
        scenario(10_000, "5 ms, no counters", [0; 3], 5),
    ];
    counters.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Report, Table};

    const DOCUMENTS: &str =
        concat!(include_str!("../../../docs/operate/quotas.md"), include_str!("../../../docs/internals/simulation.md"));

    /// The tables of a text, as rows of cells.
    fn tables(text: &str) -> Vec<Vec<Vec<&str>>> {
        let mut tables = vec![Vec::new()];
        for line in text.lines() {
            if let Some(row) = line.strip_prefix('|').and_then(|row| row.strip_suffix('|')) {
                let row = row.split('|').map(str::trim).collect();
                tables.last_mut().unwrap().push(row);
            } else {
                tables.push(Vec::new());
            }
        }
        tables.retain(|table: &Vec<_>| !table.is_empty());
        tables
    }

    /// For tables that take a few seconds at most. A document has some of the columns.
    #[test]
    fn the_documents_have_the_figures() {
        for suite in [Suite::Budgets, Suite::Burst, Suite::Drop] {
            let rows = suite.scenarios(1).iter().map(|scenario| Report::of(scenario.run().unwrap())).collect();
            let printed = Table { title: suite.title(), rows }.to_string();
            let whole = &tables(&printed)[0];
            let column =
                |heading: &&str| whole[0].iter().position(|each| each == heading).expect("a heading of the simulator");
            let names = |table: &[Vec<&str>]| table.iter().map(|row| row[0].to_owned()).collect::<Vec<_>>();
            let found: Vec<_> = tables(DOCUMENTS).into_iter().filter(|table| names(table) == names(whole)).collect();
            assert!(!found.is_empty(), "no document has {whole:?}");
            for table in found {
                let columns: Vec<_> = table[0].iter().map(column).collect();
                let expected: Vec<Vec<_>> =
                    whole.iter().map(|row| columns.iter().map(|column| row[*column]).collect()).collect();
                assert_eq!(table, expected, "{suite:?}");
            }
        }
    }
}

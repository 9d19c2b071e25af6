//! The scenarios of docs/internals/simulation.md and docs/operate/quotas.md.

use std::time::Duration;

use clap::ValueEnum;

use crate::attack::{Attack, Kind};
use crate::column::Column;
use crate::connect::{Quotas, WhenFull};
use crate::scenario::{Latency, Scenario};
use crate::user_model::UserModel;

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
    /// Cognito's own codes beside sign-ins
    Codes,
    /// The ledger's counters at up to 10,000 visits a minute
    Counters,
    /// Users with trusted devices, who are not called
    Devices,
    /// Connect takes calls when its lines are full, and drops them
    Drop,
    /// 1, 10 and 100 times Connect's default quotas
    Quotas,
    /// Connect's default rate, with as many calls at a time as there are
    Rate,
}

/// The counters are written as with any limit, but never full.
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
            Self::Codes => {
                "Cognito's own codes, for a day of 0.5 visits a minute with the defaults, and on 10 lines for 20 hours"
            }
            Self::Counters => {
                "The ledger's counters, under 1000 times the default quotas, for 15 minutes; budgets as advised"
            }
            Self::Devices => {
                "Users with trusted devices, under 10 times the default quotas, for an hour; budgets raised"
            }
            Self::Drop => "Default quotas, if Connect takes calls that exceed them and drops them; budgets raised",
            Self::Quotas => {
                "1, 10 and 100 times Connect's default quotas, for 20 hours, 2 hours and 15 minutes; budgets raised"
            }
            Self::Rate => "2 requests a second and a burst of 5, 1000 calls at a time, for two hours; budgets raised",
        }
    }

    /// The columns of its tables.
    #[must_use]
    pub fn columns(self) -> Vec<Vec<Column>> {
        use Column::{
            AtATime, AttackersCalls, AttackersCompared, Calls, Conflicts, In, InAMinute, Refused, ToRing, ToTokens,
            TurnedAway, VictimIn,
        };

        match self {
            Self::Advice => vec![vec![In, TurnedAway, AtATime, Refused]],
            Self::Attacks => vec![vec![In, AttackersCalls, AttackersCompared, VictimIn]],
            Self::Budgets | Self::Codes => vec![vec![In, TurnedAway, Calls, Refused]],
            Self::Burst => vec![vec![In, TurnedAway, ToTokens, AtATime]],
            Self::Counters => vec![vec![InAMinute, TurnedAway, ToTokens, Conflicts]],
            Self::Devices => vec![vec![InAMinute, TurnedAway, Calls, AtATime]],
            Self::Drop => vec![vec![In, TurnedAway, ToRing, Refused]],
            Self::Quotas | Self::Rate => vec![vec![InAMinute, TurnedAway, ToTokens, AtATime]],
        }
    }

    /// Its scenarios.
    #[must_use]
    pub fn scenarios(self, seed: u64) -> Vec<Scenario> {
        let scenario = |name: String, per_minute, minutes| Scenario::new(name, seed, per_minute, minutes);
        let of_load = |load: f64, minutes| scenario(format!("{load} a minute"), load, minutes);
        match self {
            Self::Advice => advice(seed),
            Self::Attacks => attacks(seed),
            Self::Budgets => [0.5, 0.7, 1.0, 2.0, 5.0].map(|load| of_load(load, DAY)).into(),
            Self::Burst => [(1, 50), (1, 100), (1, 500), (10, 500), (10, 1_000), (100, 10_000)]
                .into_iter()
                .map(|(factor, users)| {
                    let quotas = Quotas::times(factor);
                    let name = format!("{factor}×, {users} users");
                    Scenario { quotas, hour: 9, ..scenario(name, f64::from(users) / 5.0, 5) }.budgets(RAISED)
                })
                .collect(),
            Self::Codes => codes(seed),
            Self::Counters => counters(seed),
            Self::Devices => [(120, 0.0), (120, 0.5), (240, 0.5), (1_200, 0.9)]
                .map(|(load, devices)| {
                    let name = format!("{load} a minute, {:.0} % with a device", 100.0 * devices);
                    let user_model = UserModel { devices, ..UserModel::default() };
                    let quotas = Quotas::times(10);
                    Scenario { quotas, user_model, ..scenario(name, f64::from(load), 60) }.budgets(RAISED)
                })
                .into(),
            Self::Drop => [6.0, 8.0, 10.0]
                .map(|load| Scenario { when_full: WhenFull::Drop, ..of_load(load, 600) }.budgets(RAISED))
                .into(),
            Self::Quotas => [(1, 1_200, [8, 10, 14]), (10, 120, [100, 120, 140]), (100, 15, [1_000, 1_300, 1_400])]
                .into_iter()
                .flat_map(|(factor, minutes, loads)| loads.map(|load| (factor, minutes, load)))
                .map(|(factor, minutes, load)| {
                    let name = format!("{factor}×, {load} a minute");
                    let quotas = Quotas::times(factor);
                    Scenario { quotas, ..scenario(name, f64::from(load), minutes) }.budgets(RAISED)
                })
                .collect(),
            Self::Rate => [80.0, 90.0, 100.0, 120.0]
                .map(|load| {
                    let quotas = Quotas { concurrent: 1_000, ..Quotas::default() };
                    Scenario { quotas, ..of_load(load, 120) }.budgets(RAISED)
                })
                .into(),
        }
    }
}

/// The budgets that are advised for so many visits a minute: twice what they take.
fn advised(load: u32) -> [u32; 3] {
    [130 * load, 130 * load, 24 * 130 * load]
}

fn advice(seed: u64) -> Vec<Scenario> {
    let scenario = |load: u32, concurrent, rate: f64, minutes| {
        let quotas = Quotas { rate, burst: 2.5 * rate, concurrent };
        let name = format!("{load} a minute, {concurrent} lines, {rate} a second");
        Scenario { quotas, ..Scenario::new(name, seed, f64::from(load), minutes) }.budgets(advised(load))
    };
    vec![
        scenario(5, 10, 2.0, 7 * DAY),
        scenario(50, 55, 2.0, DAY),
        scenario(500, 430, 12.0, 120),
        scenario(10_000, 7_700, 230.0, 15),
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
    let with_sign_ups = |scenario: Scenario| {
        let user_model = UserModel { verifies: 0.25, ..UserModel::default() };
        Scenario { user_model, ..scenario }
    };
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
        with_sign_ups(normal("a quarter of visits are sign-ups, no attack")),
        with_sign_ups(attack("fraud by sign-ups, 500 numbers in Mexico", Kind::FraudSignUp, 3.0, 500, &["MX"])),
        with_sign_ups(attack("a flood of one number by sign-ups", Kind::FloodSignUp, 2.0, 1, &["US"])),
        attack("a flood of one user", Kind::Flood, 2.0, 1, &["US"]),
        attack("a flood of one number, by 20 users", Kind::Flood, 2.0, 20, &["US"]),
        attack("guessing one user's codes", Kind::Guess, 2.0, 1, &["US"]),
        attack("guessing 100 users' codes", Kind::Guess, 10.0, 100, &["US"]),
        attack("... with OTP_CODE_DELIVERY attribute", Kind::Guess, 10.0, 100, &["US"])
            .set("OTP_CODE_DELIVERY", "attribute"),
        attack("... of users who answer and press the key", Kind::GuessHeard, 10.0, 100, &["US"]),
        attack("100 passwords, past the call", Kind::OtherFlow, 10.0, 100, &["US"]),
        attack("made-up names, call-only", Kind::Names, 20.0, 0, &[]).set("OTP_MODE", "call-only"),
        hours(attack("a number that Connect refuses, 10 a second", Kind::NotPermitted, 600.0, 1, &["US"])),
        hours(attack("20 such numbers, 10 a second", Kind::NotPermitted, 600.0, 20, &["US"])),
    ]
}

fn codes(seed: u64) -> Vec<Scenario> {
    let scenario = |name: &str, load, minutes, verifies, resets| {
        let user_model = UserModel { verifies, resets, ..UserModel::default() };
        Scenario { user_model, ..Scenario::new(name, seed, load, minutes) }
    };
    vec![
        scenario("1 in 10 sign up, 1 in 20 forgot", 0.5, DAY, 0.1, 0.05),
        scenario("half sign up", 0.5, DAY, 0.5, 0.0),
        scenario("9 in 10 sign up", 0.5, DAY, 0.9, 0.0),
        scenario("... with twice the budgets", 0.5, DAY, 0.9, 0.0).budgets([200, 400, 2_000]),
        scenario("8 a minute, half sign up, budgets raised", 8.0, 1_200, 0.5, 0.0).budgets(RAISED),
        scenario("12 a minute, half sign up, budgets raised", 12.0, 1_200, 0.5, 0.0).budgets(RAISED),
    ]
}

fn counters(seed: u64) -> Vec<Scenario> {
    let scenario = |load: u32, millis| {
        let latency = Latency { ledger: Duration::from_millis(millis), ..Latency::default() };
        let quotas = Quotas::times(1_000);
        let name = format!("{load} a minute, {millis} ms");
        Scenario { quotas, latency, ..Scenario::new(name, seed, f64::from(load), 15) }.budgets(advised(load))
    };
    vec![scenario(1_000, 5), scenario(10_000, 5), scenario(10_000, 10), scenario(10_000, 20)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;
    use crate::results::Table;

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

    /// For tables that take a few seconds at most.
    #[test]
    fn the_documents_have_the_figures() {
        for suite in [Suite::Budgets, Suite::Burst, Suite::Codes, Suite::Drop] {
            let rows = suite.scenarios(1).iter().map(|scenario| Report::of(scenario.run().unwrap())).collect();
            let printed = Table { title: suite.title(), columns: suite.columns(), rows }.to_string();
            for table in tables(&printed) {
                assert!(tables(DOCUMENTS).contains(&table), "{suite:?}\n{printed}");
            }
        }
    }

    #[test]
    fn a_table_has_five_columns_at_most() {
        for suite in Suite::value_variants() {
            assert!(suite.columns().iter().all(|columns| columns.len() < 5), "{suite:?}");
        }
    }
}

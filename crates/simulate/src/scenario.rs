//! The parameters of a simulation.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::attack::Attack;
use crate::connect::{Quotas, WhenFull};
use crate::user_model::UserModel;

/// One simulation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scenario {
    /// Its name in the table.
    pub name: String,
    /// The seed of all random numbers.
    pub seed: u64,
    /// The functions' settings that differ from the defaults.
    pub settings: BTreeMap<String, String>,
    /// Connect's quotas.
    pub quotas: Quotas,
    /// What Connect does with a call beyond its quota of concurrent calls.
    pub when_full: WhenFull,
    /// How long requests take.
    pub latency: Latency,
    /// The assumptions about users.
    pub user_model: UserModel,
    /// When it begins: the hour of the day (UTC).
    pub hour: u32,
    /// For how many minutes visits begin. Visits that have begun run to their end.
    pub minutes: u32,
    /// Visits per minute, at random times. Each has a user and a number of its own.
    pub per_minute: f64,
    /// The countries of the numbers, each with its share.
    pub countries: Vec<(String, f64)>,
    /// An attack at the same time.
    pub attack: Option<Attack>,
}

/// How long requests take, as assumed in docs/internals/performance.md.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// A request to the ledger.
    pub ledger: Duration,
    /// A request to Connect.
    pub connect: Duration,
    /// From Connect's request to run a function to the function's first request.
    pub lambda: Duration,
}

impl Scenario {
    /// Users in the United States, with all defaults.
    #[must_use]
    pub fn new(name: impl Into<String>, seed: u64, per_minute: f64, minutes: u32) -> Self {
        Self {
            name: name.into(),
            seed,
            settings: BTreeMap::new(),
            quotas: Quotas::default(),
            when_full: WhenFull::default(),
            latency: Latency::default(),
            user_model: UserModel::default(),
            hour: 0,
            minutes,
            per_minute,
            countries: vec![("US".to_owned(), 1.0)],
            attack: None,
        }
    }

    /// With another setting.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.insert(name.to_owned(), value.to_string());
        self
    }

    /// With these budgets: calls to a country in an hour, all calls in an hour, all calls in a day. 0 is no limit.
    #[must_use]
    pub fn budgets(self, [country_hour, all_hour, all_day]: [u32; 3]) -> Self {
        let hours = self.set("OTP_MAX_CALLS_COUNTRY_HOUR", country_hour).set("OTP_MAX_CALLS_ALL_HOUR", all_hour);
        hours.set("OTP_MAX_CALLS_ALL_DAY", all_day)
    }
}

impl Default for Latency {
    fn default() -> Self {
        let millis = Duration::from_millis;
        Self { ledger: millis(5), connect: millis(200), lambda: millis(50) }
    }
}

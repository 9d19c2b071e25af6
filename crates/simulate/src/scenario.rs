//! What is simulated.

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
    /// What it is called in the table.
    pub name: String,
    /// What chance begins with.
    pub seed: u64,
    /// The functions' settings that are not the defaults.
    pub settings: BTreeMap<String, String>,
    /// Connect's quotas.
    pub quotas: Quotas,
    /// What Connect does when its lines are all taken.
    pub when_full: WhenFull,
    /// How long requests take.
    pub latency: Latency,
    /// What users do.
    pub user_model: UserModel,
    /// When it begins, in hours of the day (UTC).
    pub hour: u32,
    /// For how long visits begin. Those that have begun go on to their end.
    pub minutes: u32,
    /// How many do a minute, each by a user and with a number of its own, at random.
    pub per_minute: f64,
    /// The countries of the numbers, and each one's part.
    pub countries: Vec<(String, f64)>,
    /// Somebody attacks meanwhile.
    pub attack: Option<Attack>,
}

/// How long requests take: COMPARE.md's assumptions.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    /// One to the ledger.
    pub ledger: Duration,
    /// One to Connect.
    pub connect: Duration,
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

    /// With a setting.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.insert(name.to_owned(), value.to_string());
        self
    }

    /// With budgets of so many calls: to a country in an hour, in all in an hour, in all in a day. 0 is none.
    #[must_use]
    pub fn budgets(self, [country_hour, all_hour, all_day]: [u32; 3]) -> Self {
        let hours = self.set("OTP_MAX_CALLS_COUNTRY_HOUR", country_hour).set("OTP_MAX_CALLS_ALL_HOUR", all_hour);
        hours.set("OTP_MAX_CALLS_ALL_DAY", all_day)
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self { ledger: Duration::from_millis(5), connect: Duration::from_millis(200) }
    }
}

//! The results of a scenario.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::scenario::Scenario;
use crate::stats::Stats;
use crate::table::{Keys, Writes};

/// The results of a scenario.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The scenario that was run.
    pub scenario: Scenario,
    /// The users' visits.
    pub users: Stats,
    /// The attackers'.
    pub attackers: Stats,
    /// Those of the user whom an attack is on.
    pub victims: Stats,
    /// The mean number of concurrent calls while visits began.
    pub calls_mean: f64,
    /// The maximum number of concurrent calls while visits began.
    pub calls_most: u32,
    /// The number of the ledger's transactions, and of those that met a conflict.
    pub writes: Writes,
    /// The totals of the counters, by their keys.
    pub counted: Vec<(String, u32)>,
    /// Every call that Connect took.
    #[serde(skip)]
    pub calls: Vec<Call>,
    /// The users' visits by the country of their numbers: how many, and how many were completed.
    pub countries: BTreeMap<String, (u32, u32)>,
    /// The same by what they are for: a sign-in, or the purpose of Cognito's own code.
    pub purposes: BTreeMap<&'static str, (u32, u32)>,
}

/// A call that Connect took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When the ledger counted it, in seconds since the Unix epoch.
    pub at: u64,
    /// When Connect took it.
    pub placed: Duration,
    /// The index of the visit.
    pub visit: usize,
    /// The id of its challenge, or of Cognito's message.
    pub challenge: u128,
    /// Its number among the calls of its challenge.
    pub nth: u32,
    /// The rows that it counts in: of the user, by index, and of the number, by its hash.
    pub keys: Keys,
    /// The number's country.
    pub country: String,
    /// How long it lasts, ringing included.
    pub lasts: Duration,
    /// Whether it is answered.
    pub taken: bool,
    /// Whether it says the code.
    pub heard: bool,
}

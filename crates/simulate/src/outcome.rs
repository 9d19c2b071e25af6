//! What came of a scenario.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::scenario::Scenario;
use crate::stats::Stats;
use crate::table::Writes;

/// What came of a scenario.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The scenario.
    pub scenario: Scenario,
    /// The users' visits.
    pub users: Stats,
    /// The attackers'.
    pub attackers: Stats,
    /// Those of the user whom an attack is on.
    pub victims: Stats,
    /// Calls at a time, while visits began: on average.
    pub calls_mean: f64,
    /// ... and at most.
    pub calls_most: u32,
    /// The ledger's transactions.
    pub writes: Writes,
    /// What the counters have counted to, in all, by their keys.
    pub counted: Vec<(String, u32)>,
    /// Every call that Connect took.
    #[serde(skip)]
    pub calls: Vec<Call>,
    /// The users' visits by the country of their numbers: how many, and how many ended with tokens.
    pub countries: BTreeMap<String, (u32, u32)>,
}

/// A call that Connect took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When the ledger counted it, in seconds since the Unix epoch.
    pub at: u64,
    /// When Connect took it.
    pub placed: Duration,
    /// Which visit it is of.
    pub visit: usize,
    /// Who is called.
    pub user: usize,
    /// The number, by its hash.
    pub number: u64,
    /// The number's country.
    pub country: String,
    /// How long it lasts, ringing included.
    pub lasts: Duration,
    /// Whether somebody takes it.
    pub taken: bool,
}

//! Amazon Connect: the instance, the flow and the number that calls.

use serde::{Deserialize, Serialize};

use super::{Flow, Found};

/// The instance of Amazon Connect, and the parts of it that are used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Connect {
    /// The instance.
    pub instance: Found<Instance>,
    /// The flow that speaks.
    pub flow: Found<Flow>,
    /// The number that calls. If a queue calls, this is the queue's number.
    pub number: Found<Number>,
    /// The queue, if one calls.
    pub queue: Option<Found<Queue>>,
    /// The quotas that Service Quotas returns, the instance's own first.
    pub quotas: Found<Vec<Quota>>,
}

/// A Connect instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Its id.
    pub id: String,
    /// `ACTIVE`, if it is ready.
    pub status: String,
    /// Whether it may place outbound calls.
    pub calls_out: bool,
}

/// A number that is claimed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Number {
    /// `DID`, `TOLL_FREE` and others.
    pub kind: String,
    /// `CLAIMED`, if it is ready.
    pub status: String,
}

/// A queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// `ENABLED` or `DISABLED`.
    pub status: String,
}

/// A quota of the account or of this instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
}

impl Quota {
    /// The name of the quota on concurrent calls.
    pub const CONCURRENT_CALLS: &str = "Concurrent active calls per instance";
}

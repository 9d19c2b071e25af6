//! Simulates many sign-ins on a virtual clock: what Connect's quotas, the budgets and attackers do to them. docs/internals/simulation.md
//! has the results.
//!
//! Every decision is the functions' own code: the state machines of the triggers, the ledger, codes, settings, and
//! what an error of Connect's means. Simulated are the time, the people, Connect and the table. [`invocation`] drives
//! the machines as the functions do, with the scenario's latencies.

pub mod account;
pub mod args;
pub mod attack;
pub mod column;
pub mod connect;
pub mod event_queue;
pub mod functions;
pub mod invocation;
pub mod outcome;
pub mod report;
pub mod results;
pub mod rng;
pub mod round_started;
pub mod scenario;
pub mod stats;
pub mod suite;
pub mod table;
pub mod user_model;
pub mod visit;
pub mod world;

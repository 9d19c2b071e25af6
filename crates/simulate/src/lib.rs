//! Many sign-ins on a virtual clock, to see what Connect's quotas, the budgets and attackers do to them. SCALE.md has what
//! came of it.
//!
//! What is decided, the functions' own code decides: the ledger's decisions, the rounds of a sign-in, codes, settings, what
//! an error of Connect's means, how often and after which pauses something is tried again. Simulated are the time, the
//! people, Connect and the table. The way from one decision to the next, which in the functions is between their requests,
//! is told once more in [`creation`], as `tests/model` does.

pub mod account;
pub mod args;
pub mod attack;
pub mod connect;
pub mod creation;
pub mod event_queue;
pub mod functions;
pub mod outcome;
pub mod report;
pub mod rng;
pub mod round_started;
pub mod scenario;
pub mod stats;
pub mod suite;
pub mod table;
pub mod user_model;
pub mod visit;
pub mod world;

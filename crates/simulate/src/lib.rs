//! Many sign-ins on a virtual clock, to see what Connect's quotas, the budgets and attackers do to them. SCALE.md has what
//! came of it.
//!
//! What is decided, the functions' own code decides: the ledger's decisions, the rounds of a sign-in, codes, settings, what
//! an error of Connect's means, how often and after which pauses something is tried again. Simulated are the time, the
//! people, Connect and the table. The way from one decision to the next, which in the functions is between their requests,
//! is told once more in [`creation`], as `tests/model` does.

pub mod account;
pub mod agenda;
pub mod args;
pub mod attack;
pub mod connect;
pub mod creation;
pub mod dice;
pub mod functions;
pub mod habits;
pub mod outcome;
pub mod report;
pub mod round_started;
pub mod scenario;
pub mod suite;
pub mod table;
pub mod tally;
pub mod visit;
pub mod world;

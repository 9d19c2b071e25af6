//! The ledger's decisions over time, with everything that can come between.
//!
//! [`world`] is a world in memory: users who sign in, Cognito, which delivers an event up to three times, the functions,
//! each request of theirs a step of its own, the ledger's table, Connect, and a clock. What is decided, the real pure
//! functions decide. [`random`] walks through that world at random, for days; [`exhaustive`] takes every way through a
//! few small ones. Either keeps the facts in a [`trace`], and [`invariant`] says what must be true of them, by nothing
//! but the settings and the facts.

mod coverage;
mod creation;
mod exhaustive;
mod found;
mod invariant;
mod policy;
mod random;
mod sign_in;
mod table;
mod telephone;
mod trace;
mod world;

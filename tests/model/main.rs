//! A model of sign-ins over time, with everything that can happen at the same time.
//!
//! [`world`] is a world in memory: users who sign in, Cognito, which delivers an event up to three times, the
//! functions, the ledger's table, Connect, and a clock. Each request of a function is a step of its own. The decisions
//! are those of the `sign-in` crate. [`random`] walks through that world at random, for days. [`exhaustive`] takes
//! every path through a few small worlds. [`codes`] does so with Cognito's own codes. Both record facts in a [`trace`]. [`invariant`] says what must be true of
//! them, by the settings and the facts alone.

mod codes;
mod coverage;
mod creation;
mod device;
mod exhaustive;
mod found;
mod invariant;
mod listening;
mod policy;
mod random;
mod sign_in;
mod table;
mod telephone;
mod trace;
mod world;

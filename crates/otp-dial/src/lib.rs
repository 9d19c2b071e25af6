//! The sign-in on Lambda.
//!
//! [`sign_in`] decides; this crate does what it says. [`trigger`] is the edge to Lambda's runtime: settings, log, panics, time.
//! [`create`] and [`verify`] drive the state machines of the triggers of that name, with [`dynamodb`] and [`connect`]. [`define`]
//! asks nobody.

mod aws;
pub mod connect;
pub mod create;
pub mod define;
pub mod dynamodb;
mod log;
mod report;
#[cfg(test)]
mod stale_connection;
pub mod trigger;
pub mod verify;

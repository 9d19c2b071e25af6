//! The sign-in on Lambda.
//!
//! The decisions are in [`sign_in`]; this crate carries them out. [`trigger`] is the edge to Lambda's runtime:
//! settings, log, panics, time. [`create`] and [`verify`] drive the state machines of these triggers, with requests to
//! [`dynamodb`] and [`connect`]. [`define`] needs no request.

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

//! A sign-in code for Amazon Cognito, spoken by an Amazon Connect call.
//!
//! Three Cognito triggers share this crate: [`define`](mod@define) says what comes next, [`create`](mod@create) makes
//! the challenge and places the call, [`verify`](mod@verify) checks the answer.
//!
//! A few modules touch the world. [`trigger`] with the log is the edge to Lambda. [`dial`] asks Amazon Connect,
//! [`ledger::dynamodb`] asks `DynamoDB`, and `aws` is what both share. [`create`](mod@create) and [`verify`](mod@verify) drive
//! them, and [`create`](mod@create) draws random numbers. The rest is pure: time and randomness are arguments, and nothing there
//! reads a clock, the environment or the network.

mod aws;
pub mod challenge;
pub mod code;
pub mod country;
pub mod create;
pub mod creation;
pub mod define;
pub mod dial;
pub mod event;
pub mod fault;
pub mod key;
pub mod language;
pub mod ledger;
mod log;
pub mod metric;
pub mod phone;
mod plan;
pub mod prefix;
mod report;
pub mod round;
pub mod settings;
pub mod sign_in;
pub mod speech;
#[cfg(test)]
mod stale_connection;
pub mod trigger;
pub mod verification;
pub mod verify;

//! The sign-in on Lambda.
//!
//! The decisions are in [`sign_in`]; this crate carries them out. `sandbox` is the edge to Lambda's runtime: settings,
//! log, panics, time. [`create`] and [`verify`] drive the state machines of these triggers, with requests to
//! [`dynamodb`] and [`connect`], over connections of `https`. [`define`] needs no request. [`speak`] gives the code to a call that is listened to.
//! [`gate`] lets Cognito issue tokens. [`send`] has Cognito's own codes spoken.

mod aws;
mod calling;
mod codes;
pub mod connect;
pub mod create;
pub mod define;
pub mod dynamodb;
pub mod gate;
mod https;
mod log;
mod report;
mod sandbox;
pub mod send;
pub mod speak;
#[cfg(test)]
mod stale_connection;
pub mod trigger;
pub mod verify;
pub mod wire;

//! What decides in a sign-in by phone call.
//!
//! Cognito runs a sign-in by three triggers. [`define`](mod@define) reads the [`history`] and says what comes next.
//! [`creation`] makes the challenge and has the user called. [`verification`] judges the answer. What is counted across sign-ins
//! (calls, attempts, wrong codes) the [`ledger`] decides.
//!
//! Nothing here reads a clock, draws randomness, or asks anybody: time and randomness are arguments, and requests to
//! DynamoDB and Amazon Connect are steps of a state machine, which others carry out. So the code that the functions run on
//! Lambda is the code that the simulator runs on a virtual clock and the model checker in every order.

pub mod attributes;
pub mod call;
pub mod code;
pub mod creation;
pub mod define;
pub mod event;
pub mod fault;
pub mod handled;
pub mod history;
pub mod ledger;
pub mod metric;
mod mode;
pub mod phone;
pub mod settings;
pub mod verification;

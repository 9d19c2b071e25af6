//! Every decision of a sign-in by phone call.
//!
//! Cognito invokes three triggers in a sign-in. [`define`](mod@define) reads the [`history`] of the sign-in and says
//! what comes next. [`creation`] issues a challenge and places the call. [`verification`] judges the answer. Before
//! that, the call asks for its code once somebody listens: [`announcement`] says whether it gets it. A trusted
//! [`device`] can stand in for the call. The [`ledger`] counts across sign-ins: calls, attempts and wrong codes. At the end of every sign-in, with a call or without,
//! [`gate`] says whether Cognito may issue tokens.
//!
//! This crate has no clock, no randomness and no network. Time and random numbers are arguments. Requests to DynamoDB
//! and Amazon Connect are steps of a state machine, which the caller carries out. So three callers run the same code:
//! the functions on Lambda, the simulator on a virtual clock, and the model checker, which tries every order of
//! requests and replies.

pub mod announcement;
pub mod attributes;
pub mod call;
pub mod calling;
pub mod code;
pub mod creation;
pub mod define;
pub mod device;
pub mod error;
pub mod event;
pub mod gate;
pub mod handled;
pub mod history;
pub mod ledger;
pub mod message;
pub mod metric;
pub mod mode;
pub mod phone;
pub mod purpose;
pub mod sending;
pub mod settings;
pub mod verification;

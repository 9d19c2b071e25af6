//! `voice-otp`: operates a deployed sign-in. [`doctor`] checks it.
//!
//! Checks and plans are pure functions of plain data. Only [`aws`] talks to AWS.

pub mod add_user;
pub mod args;
pub mod attach;
pub mod aws;
pub mod call;
pub mod deployment;
pub mod doctor;
pub mod environment;
pub mod gate;
pub mod ledger;
pub mod number;
pub mod policy;
pub mod redaction;
pub mod run;
pub mod sign_in;
pub mod snapshot;
pub mod stack;
#[cfg(test)]
mod stand_in;
pub mod terminal;

use anyhow::{Context, Result};

/// The template that this version deploys.
const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The content of the contact flow that the template makes. The ARN of speak-code stands in it as in the template:
/// `${SpeakCode.Arn}`.
pub fn own_flow() -> Result<String> {
    client::template::contact_flow(TEMPLATE, |reference| Some(format!("${{{reference}}}")))
        .map_err(anyhow::Error::msg)
        .context("the template has no contact flow")
}

//! The page on the operators' rights.

use clap::ValueEnum;
use voice_otp::policy::{self, AwsCommand};

use crate::markdown::page as fill;

pub(crate) fn page() -> String {
    let policies = AwsCommand::value_variants().iter().filter_map(|command| {
        let (name, policy) = (command.to_possible_value()?, policy::of(*command));
        Some(format!("## {}\n\n```json\n{policy:#}\n```\n\n", name.get_name()))
    });
    fill(include_str!("../text/rights.md"), &[("policies", policies.collect())])
}

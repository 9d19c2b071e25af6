//! The page on the operators' rights.

use voice_otp::policy;

use crate::markdown::page as fill;

pub(crate) fn page() -> String {
    let policies = policy::commands().filter_map(|command| Some((command, policy::of(command)?)));
    let policies = policies.map(|(command, policy)| format!("## {command}\n\n```json\n{policy:#}\n```\n\n"));
    fill(include_str!("../text/rights.md"), &[("policies", policies.collect())])
}

//! `voice-otp doctor`: checks a set-up, and reports each part on a line. The checks are pure: they take a [`Snapshot`]
//! and call nothing.

mod checks;
mod finding;
mod fix;
mod flow;
mod report;
#[cfg(test)]
mod tests;

pub use self::finding::{Finding, Verdict};
pub use self::report::{as_json, as_text};

use crate::snapshot::Snapshot;

/// Judges a set-up. `own_flow` is the content of the contact flow that the template makes.
#[must_use]
pub fn examine(snapshot: &Snapshot, own_flow: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if checks::codes::are_alone(snapshot) {
        checks::gate::check_alone(snapshot, &mut findings);
    } else {
        checks::triggers::check(snapshot, &mut findings);
        checks::pool::check(snapshot, &mut findings);
        checks::gate::check(snapshot, &mut findings);
        checks::clients::check(snapshot, &mut findings);
        checks::users::check(snapshot, &mut findings);
    }
    checks::codes::check(snapshot, &mut findings);
    checks::functions::check(snapshot, &mut findings);
    checks::settings::check(snapshot, &mut findings);
    checks::limits::check(snapshot, &mut findings);
    checks::roles::check(snapshot, &mut findings);
    checks::connect::check(snapshot, own_flow, &mut findings);
    checks::speak::check(snapshot, &mut findings);
    checks::reach::check(snapshot, &mut findings);
    checks::table::check(snapshot, &mut findings);
    findings
}

/// The exit code: 0 if all is right, 1 if something is wrong, 2 if something could not be read.
#[must_use]
pub fn exit_code(findings: &[Finding]) -> u8 {
    let any = |verdict| findings.iter().any(|finding| finding.verdict == verdict);
    match (any(Verdict::Wrong), any(Verdict::Unread)) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => 0,
    }
}

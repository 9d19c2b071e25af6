//! The functions: whether they exist, are ready, and have the right time limit.

use super::{functions, name};
use crate::doctor::Finding;
use crate::snapshot::{Configuration, Found, Function, SetUp, Snapshot};

/// How long Cognito waits for a function, in seconds. A function must not run longer.
const SECONDS: u64 = 5;

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    for (trigger, function) in functions(snapshot) {
        let subject = format!("{} function", trigger.key());
        let missing = missing(snapshot);
        // If nothing names the function, its trigger is not attached, or the pool could not be read. Another finding
        // reports that.
        if !matches!(function, Found::Unnamed) {
            findings.extend(Finding::of_absence(function, &subject, ["", ""], &missing));
        }
        let Some(function) = function.here() else { continue };
        findings.extend(Finding::of_absence(&function.configuration, &subject, ["", ""], &missing));
        if let Some(configuration) = function.configuration.here() {
            configured(&snapshot.set_up, &subject, function, configuration, findings);
        }
        findings.extend(Finding::of_absence(&function.reserved, &subject, ["", ""], ""));
        if function.reserved.here() == Some(&Some(0)) {
            let start = format!("lambda delete-function-concurrency --function-name {}", name(&function.arn));
            let fix = format!("find out why it was stopped, then: {}", snapshot.set_up.aws(&start));
            let text = "its reserved concurrency is 0, so it never runs";
            findings.push(Finding::wrong("function-stopped", &subject, text, fix));
        }
    }
}

/// What to do about a function that is gone.
fn missing(snapshot: &Snapshot) -> String {
    let (restore, attach) = (snapshot.set_up.restore(), snapshot.set_up.attach(""));
    let detach = format!("voice-otp detach --user-pool {}", snapshot.set_up.user_pool);
    let arns = functions(snapshot).map(|(trigger, function)| {
        let attached = snapshot.pool.here().and_then(|pool| pool.triggers.get(trigger.key()));
        let arn = attached.or(function.here().map(|function| &function.arn)).map_or("ARN", String::as_str);
        format!(" --{} {arn}", trigger.word())
    });
    format!("{restore}\n{attach}\nor, if they are gone for good: {detach}{}", arns.concat())
}

fn configured(
    set_up: &SetUp,
    subject: &str,
    Function { arn, .. }: &Function,
    configuration: &Configuration,
    findings: &mut Vec<Finding>,
) {
    let shown = |query: &str| {
        set_up.aws(&format!("lambda get-function-configuration --function-name {} --query {query}", name(arn)))
    };
    let limit =
        set_up.aws(&format!("lambda update-function-configuration --function-name {} --timeout {SECONDS}", name(arn)));
    findings.push(match configuration.timeout {
        SECONDS => Finding::right(subject, "its time limit is 5 s, as long as Cognito waits"),
        longer @ 6.. => Finding::wrong(
            "timeout",
            subject,
            format!("its time limit is {longer} s: it still runs when Cognito has given up and invokes it again"),
            limit,
        ),
        shorter => Finding::wrong(
            "timeout",
            subject,
            format!("its time limit is {shorter} s, which can end it in the middle of placing a call"),
            limit,
        ),
    });
    // Lambda sets a function that was not invoked for a long time to Inactive, and back to Active on the next
    // invocation.
    if !["Active", "Inactive"].contains(&configuration.state.as_str()) {
        findings.push(Finding::wrong(
            "function-state",
            subject,
            format!("its state is {}, so it can't be invoked", configuration.state),
            format!("wait if it is Pending; else this says why: {}", shown("StateReason")),
        ));
    }
    if configuration.last_update == "Failed" {
        findings.push(Finding::wrong(
            "function-update",
            subject,
            "its last update failed, so it still runs as before",
            format!("this says why: {}\nthen {}", shown("LastUpdateStatusReason"), set_up.restore()),
        ));
    }
}

//! The functions: there, ready, and with the right time limit.

use super::functions;
use super::triggers::name;
use crate::doctor::Finding;
use crate::snapshot::{Found, Snapshot};

/// How long Cognito waits, and so how long a function may run.
const SECONDS: u64 = 5;

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    for (trigger, function) in functions(snapshot) {
        let subject = format!("{} function", trigger.key());
        let missing = "deploy the stack again, and attach its functions with `voice-otp attach`; if it is gone for good, `voice-otp \
                       detach --user-pool ID --define ARN --create ARN --verify ARN`";
        // One that nothing names is a trigger that is not attached, or of a pool that could not be read: that is said.
        if !matches!(function, Found::Unnamed) {
            findings.extend(Finding::of_absence(function, &subject, ["", ""], missing));
        }
        let Some(function) = function.here() else { continue };
        findings.push(match function.timeout {
            SECONDS => Finding::right(&subject, "its time limit is 5 s, as long as Cognito waits"),
            longer @ 6.. => Finding::wrong(
                "timeout",
                &subject,
                format!("its time limit is {longer} s: it works on after Cognito gave up, and asks anew meanwhile"),
                "set Timeout to 5",
            ),
            shorter => Finding::wrong(
                "timeout",
                &subject,
                format!("its time limit is {shorter} s, which can end it in the middle of placing a call"),
                "set Timeout to 5",
            ),
        });
        // Lambda takes a function that nobody invoked for long from Active to Inactive, and back when one comes.
        if !["Active", "Inactive"].contains(&function.state.as_str()) {
            findings.push(Finding::wrong(
                "function-state",
                &subject,
                format!("its state is {}, so that it can't be invoked", function.state),
                "wait if it is Pending; else look at StateReason with aws lambda get-function-configuration",
            ));
        }
        if function.last_update == "Failed" {
            findings.push(Finding::wrong(
                "function-update",
                &subject,
                "its last update failed, so that it still runs as it was before",
                "look at LastUpdateStatusReason with aws lambda get-function-configuration, and deploy again",
            ));
        }
        findings.extend(Finding::of_absence(&function.reserved, &subject, ["", ""], ""));
        if function.reserved.here() == Some(&Some(0)) {
            let fix = format!(
                "once whoever stopped it agrees, aws lambda delete-function-concurrency --function-name {}",
                name(&function.arn)
            );
            let text = "its reserved concurrency is 0, so that it never runs";
            findings.push(Finding::wrong("function-stopped", &subject, text, fix));
        }
    }
}

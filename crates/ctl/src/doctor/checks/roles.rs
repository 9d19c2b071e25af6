//! What the functions' roles may do.

use super::functions;
use crate::doctor::Finding;
use crate::snapshot::Snapshot;

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    for (trigger, function) in functions(snapshot) {
        let Some(function) = function.here() else { continue };
        let subject = format!("{} role", trigger.key());
        let missing = "deploy the stack again, which makes the role";
        findings.extend(Finding::of_absence(&function.role, &subject, ["it has none", missing], missing));
        let Some(role) = function.role.here() else { continue };
        if !role.lacks.is_empty() {
            findings.push(Finding::wrong(
                "role-lacks",
                &subject,
                format!("it may not do what the function needs: {}", role.lacks.join(", ")),
                format!("allow that to {}, as the template does", role.arn),
            ));
        }
        if !role.exceeds.is_empty() {
            findings.push(Finding::wrong(
                "role-exceeds",
                &subject,
                format!("it may do what the function does not need: {}", role.exceeds.join(", ")),
                format!("take that from {}; the template's role is enough", role.arn),
            ));
        }
        if role.lacks.is_empty() && role.exceeds.is_empty() {
            findings.push(Finding::right(&subject, "it may do what the function needs"));
        }
    }
}

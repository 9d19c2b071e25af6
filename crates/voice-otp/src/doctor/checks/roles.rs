//! What the functions' roles may do.

use super::configured;
use crate::doctor::Finding;
use crate::snapshot::{Program, Snapshot};

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let restore = snapshot.set_up.restore();
    for (program, _, configuration) in configured(snapshot) {
        let subject = format!("{} role", program.subject());
        findings.extend(Finding::of_absence(&configuration.role, &subject, ["it has none", &restore], &restore));
        let Some(role) = configuration.role.here() else { continue };
        if !role.lacks.is_empty() {
            findings.push(Finding::wrong(
                "role-lacks",
                &subject,
                format!("it may not do what the function needs: {}", role.lacks.join(", ")),
                format!("deploy this version: {}\nif the role stays as it is, {restore}", snapshot.set_up.deploy("")),
            ));
        }
        if !role.exceeds.is_empty() {
            findings.push(Finding::wrong(
                "role-exceeds",
                &subject,
                format!("it may do what the function does not need: {}", role.exceeds.join(", ")),
                format!("what the template gives {} is enough; {restore}", role.arn),
            ));
        }
        if role.lacks.is_empty() && role.exceeds.is_empty() {
            findings.push(Finding::right(&subject, "it may do what the function needs"));
        }
        if program == Program::Create
            && snapshot.parameters.get("CONNECT_CALL_RESOURCE").is_none_or(|form| form != "any")
        {
            findings.push(Finding::note(
                "call-right",
                &subject,
                "on which resource AWS asks for connect:StartOutboundVoiceContact is not proven: AWS's sources disagree",
                format!(
                    "if sign-ins end with CALL_MISCONFIGURED and the log's cause is AccessDeniedException: {}",
                    snapshot.set_up.deploy("ConnectCallResource=any")
                ),
            ));
        }
    }
}

//! The pool's triggers: attached, the right ones, and permitted.

use super::functions;
use crate::doctor::Finding;
use crate::snapshot::{Function, Permission, Pool, Snapshot, Trigger};

/// A trigger that makes Cognito tell unknown users apart (Cognito's guide, "Managing error responses").
const PRE_AUTHENTICATION: &str = "PreAuthentication";
const POST_CONFIRMATION: &str = "PostConfirmation";

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let Some(pool) = snapshot.pool.here() else { return };
    for (trigger, function) in functions(snapshot) {
        let subject = trigger.key();
        let function = function.here();
        findings.push(attached(pool, trigger, function));
        let Some(function) = function else { continue };
        let permissions = &function.permissions;
        let missing = Finding::of_absence(permissions, &format!("{subject} permission"), ["", ""], "");
        findings.extend(missing);
        findings.extend(permissions.here().map(|all| permitted(pool, subject, all)));
    }
    if pool.triggers.contains_key(PRE_AUTHENTICATION) {
        findings.push(Finding::note(
            "pre-authentication",
            PRE_AUTHENTICATION,
            "with this trigger, Cognito tells strangers which users exist",
            "detach it if you can do without",
        ));
    }
    let verify = snapshot.verify.here().map(|function| &function.arn);
    if verify.is_some() && pool.triggers.get(POST_CONFIRMATION) != verify {
        findings.push(Finding::note(
            "post-confirmation",
            POST_CONFIRMATION,
            "it is not the verify function, so that a password reset does not unlock a user",
            "`voice-otp attach --post-confirmation`, or unlock users with `voice-otp unlock`",
        ));
    }
}

fn attached(pool: &Pool, trigger: Trigger, function: Option<&Function>) -> Finding {
    let subject = trigger.key();
    match (pool.triggers.get(subject), function) {
        (None, _) => Finding::wrong(
            "trigger-missing",
            subject,
            format!("the pool {} has no function for it, so that no sign-in by call works", pool.id),
            "`voice-otp attach` attaches it and keeps all other settings",
        ),
        (Some(attached), Some(function)) if *attached != function.arn => Finding::wrong(
            "trigger-wrong",
            subject,
            format!("{} is attached, which is not the function that this stack made for it", name(attached)),
            format!("attach {} with `voice-otp attach`", name(&function.arn)),
        ),
        (Some(attached), _) => Finding::right(subject, format!("{} is attached", name(attached))),
    }
}

fn permitted(pool: &Pool, trigger: &str, permissions: &[Permission]) -> Finding {
    let subject = format!("{trigger} permission");
    let mut admitting = permissions.iter().filter(|permission| permission.admits(&pool.arn)).peekable();
    if admitting.peek().is_none() {
        return Finding::wrong(
            "permission-missing",
            subject,
            "Cognito may not invoke the function for this pool",
            "`voice-otp attach` adds the permission",
        );
    }
    if let Some(wide) = admitting.find(|permission| !permission.admits_only(&pool.arn)) {
        return Finding::wrong(
            "permission-wide",
            subject,
            format!("the statement {} lets other pools invoke the function too", wide.id),
            format!("give it SourceArn {} and SourceAccount, of which at least one is missing or wider", pool.arn),
        );
    }
    Finding::right(subject, "Cognito may invoke it for this pool alone")
}

/// The name of a function.
fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

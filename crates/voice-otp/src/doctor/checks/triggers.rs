//! The pool's triggers: attached, the right ones, and permitted.

use super::{functions, name};
use crate::attach::statement_id;
use crate::doctor::Finding;
use crate::snapshot::{Denial, Function, Permission, Pool, SetUp, Snapshot, Trigger};

/// With this trigger, Cognito's answers reveal which users exist (Cognito's guide, "Managing error responses").
const PRE_AUTHENTICATION: &str = "PreAuthentication";
const POST_CONFIRMATION: &str = "PostConfirmation";

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let Some(pool) = snapshot.pool.here() else { return };
    let set_up = &snapshot.set_up;
    for (trigger, function) in functions(snapshot) {
        let subject = trigger.key();
        let function = function.here();
        findings.push(attached(set_up, pool, trigger, function));
        let Some(function) = function else { continue };
        let permissions = &function.permissions;
        let missing = Finding::of_absence(permissions, &format!("{subject} permission"), ["", ""], "");
        findings.extend(missing);
        findings.extend(permissions.here().into_iter().flat_map(|all| permitted(set_up, pool, subject, function, all)));
    }
    if pool.triggers.contains_key(PRE_AUTHENTICATION) {
        findings.push(Finding::note(
            "pre-authentication",
            PRE_AUTHENTICATION,
            "with this trigger, Cognito tells strangers which users exist",
            set_up.in_console("Extensions > Pre authentication Lambda trigger > Delete, if you can do without"),
        ));
    }
    let verify = snapshot.verify.here().map(|function| &function.arn);
    if verify.is_some() && pool.triggers.get(POST_CONFIRMATION) != verify {
        findings.push(Finding::note(
            "post-confirmation",
            POST_CONFIRMATION,
            "it is not the verify function, so a password reset does not unlock a user",
            format!(
                "{}; or unlock users with: {}",
                set_up.attach(" --post-confirmation"),
                set_up.voice_otp("unlock NAME")
            ),
        ));
    }
}

fn attached(set_up: &SetUp, pool: &Pool, trigger: Trigger, function: Option<&Function>) -> Finding {
    let subject = trigger.key();
    match (pool.triggers.get(subject), function) {
        (None, _) => Finding::wrong(
            "trigger-missing",
            subject,
            format!("the pool {} has no function for it, so no sign-in by call works", pool.id),
            format!("this attaches it and keeps all other settings: {}", set_up.attach("")),
        ),
        (Some(attached), Some(function)) if *attached != function.arn => Finding::wrong(
            "trigger-wrong",
            subject,
            format!("{} is attached, which is not the function that this stack made for it", name(attached)),
            format!("to attach {}: {}", name(&function.arn), set_up.attach("")),
        ),
        (Some(attached), _) => Finding::right(subject, format!("{} is attached", name(attached))),
    }
}

fn permitted(
    set_up: &SetUp,
    pool: &Pool,
    trigger: &str,
    function: &Function,
    permissions: &[Permission],
) -> Vec<Finding> {
    let subject = format!("{trigger} permission");
    let mut findings: Vec<_> =
        permissions.iter().filter_map(|permission| judged(set_up, pool, &subject, function, permission)).collect();
    if !permissions.iter().any(|permission| permission.admits(&pool.arn)) {
        findings.push(Finding::wrong(
            "permission-missing",
            &subject,
            "Cognito may not invoke the function for this pool",
            format!("this adds the permission: {}", set_up.attach("")),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::right(subject, "Cognito may invoke it for this pool alone"));
    }
    findings
}

/// The finding about a statement. `None` if it lets only Cognito invoke, and only for this pool.
fn judged(set_up: &SetUp, pool: &Pool, subject: &str, function: &Function, permission: &Permission) -> Option<Finding> {
    let Permission { id, principal, .. } = permission;
    let function = name(&function.arn);
    let remove = set_up.aws(&format!("lambda remove-permission --function-name {function} --statement-id {id}"));
    if permission.denies.is_some() {
        return permission.denial_of_cognito().map(|denial| match denial {
            Denial::Always => {
                let text = format!("the statement {id} denies it to Cognito, so no sign-in works");
                Finding::wrong("permission-denied", subject, text, remove)
            }
            Denial::Sometimes => Finding::note(
                "permission-denial",
                subject,
                format!("the statement {id} denies it to Cognito under a condition, which is not judged here"),
                "see that the condition spares this pool".to_owned(),
            ),
        });
    }
    if permission.admits_only(&pool.arn) {
        return None;
    }
    Some(if permission.admits(&pool.arn) {
        Finding::wrong(
            "permission-wide",
            subject,
            format!("the statement {id} lets other pools invoke the function too"),
            format!("{remove} && {}", admit(set_up, pool, function)),
        )
    } else if permission.is_of_a_pool_beside(&pool.arn) {
        let text =
            format!("the statement {id} lets another pool invoke the function too, whose calls use up the same budget");
        Finding::note("permission-pool", subject, text, format!("unless that pool is meant: {remove}"))
    } else {
        let text = format!(
            "the statement {id} lets {principal} invoke the function: whoever can makes up its events, and with create's has any allowed \
             number called"
        );
        Finding::wrong("permission-other", subject, text, remove)
    })
}

/// The command that lets Cognito invoke a function for this pool alone.
fn admit(set_up: &SetUp, pool: &Pool, function: &str) -> String {
    let account = pool.arn.split(':').nth(4).unwrap_or("ACCOUNT");
    set_up.aws(&format!(
        "lambda add-permission --function-name {function} --statement-id {} --action lambda:InvokeFunction --principal \
         cognito-idp.amazonaws.com --source-arn {} --source-account {account}",
        statement_id(&pool.id),
        pool.arn
    ))
}

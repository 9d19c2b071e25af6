//! The pool's triggers: attached, the right ones, and permitted.

use super::permissions::Wanted;
use super::{functions, name, number, setting};
use crate::attach::statement_id;
use crate::doctor::Finding;
use crate::snapshot::{Function, Invoker, Pool, SetUp, Snapshot, Trigger};

/// With this trigger, Cognito's answers reveal which users exist (Cognito's guide, "Managing error responses").
const PRE_AUTHENTICATION: &str = "PreAuthentication";
const POST_CONFIRMATION: &str = "PostConfirmation";

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let Some(pool) = snapshot.pool.here() else { return };
    let set_up = &snapshot.set_up;
    for (program, function) in functions(snapshot) {
        let Some(trigger) = program.trigger() else { continue };
        let function = function.here();
        findings.push(attached(set_up, pool, trigger, function));
        let Some(function) = function else { continue };
        wanted(set_up, pool, trigger).check(set_up, function, findings);
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
        findings.push(reset_unseen(snapshot));
    }
}

/// What becomes of a password reset of which verify does not hear.
fn reset_unseen(snapshot: &Snapshot) -> Finding {
    let set_up = &snapshot.set_up;
    let [text, forget] = if trusts_devices(snapshot) {
        let forget = format!(", and forget a user's devices with: {}", set_up.voice_otp("devices NAME --forget-all"));
        ["a password reset neither unlocks a user nor forgets the devices that the user trusts".to_owned(), forget]
    } else {
        ["a password reset does not unlock a user".to_owned(), String::new()]
    };
    let (attach, unlock) = (set_up.attach(" --post-confirmation"), set_up.voice_otp("unlock NAME"));
    Finding::note(
        "post-confirmation",
        POST_CONFIRMATION,
        format!("it is not the verify function, so {text}"),
        format!("{attach}; or unlock users with: {unlock}{forget}"),
    )
}

/// Whether users can have devices trusted. `false` if the settings could not be read.
fn trusts_devices(snapshot: &Snapshot) -> bool {
    snapshot.settings().is_some()
        && setting(snapshot, "OTP_MODE") != Some("call-only")
        && number(snapshot, "OTP_DEVICE_DAYS", 30) > 0
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

/// Cognito, which has to be able to invoke the function of a trigger.
fn wanted<'a>(set_up: &SetUp, pool: &'a Pool, trigger: Trigger) -> Wanted<'a> {
    Wanted {
        subject: format!("{} permission", trigger.key()),
        invoker: Invoker::pool(&pool.arn),
        service: "Cognito",
        resource: "pool",
        without: "no sign-in works",
        misuse: "with create's has any allowed number called",
        beside: ["permission-pool", "whose calls use up the same budget"],
        statement: statement_id(&pool.id),
        admit: Some(set_up.attach("")),
    }
}

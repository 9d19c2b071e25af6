//! The functions: whether they exist, are ready, and have the right time limit.

use super::{functions, name};
use crate::doctor::Finding;
use crate::snapshot::{Configuration, Found, Function, Program, SetUp, Snapshot};

/// The time limit that a function must have, in seconds.
struct TimeLimit {
    seconds: u64,
    /// Why it is right.
    right: &'static str,
    /// What a longer limit does.
    longer: &'static str,
    /// What a shorter one does.
    shorter: &'static str,
}

/// That of a trigger's function: how long Cognito waits.
const OF_TRIGGER: TimeLimit = TimeLimit {
    seconds: 5,
    right: "as long as Cognito waits",
    longer: "it still runs when Cognito has given up and invokes it again",
    shorter: "it can end in the middle of placing a call",
};

/// That of speak-code. The flow waits for 8 s in all, and Connect tries three times.
const OF_SPEAK_CODE: TimeLimit = TimeLimit {
    seconds: 2,
    right: "of which three fit into the 8 s that the flow waits",
    longer: "if the first try hangs, the flow has given up before the third",
    shorter: "it can end before the ledger has answered",
};

/// That of gate-tokens. It places no call.
const OF_GATE: TimeLimit = TimeLimit { shorter: "it can end before the ledger has answered", ..OF_TRIGGER };

/// That of send-code, for whose end nobody waits.
const OF_SEND: TimeLimit = TimeLimit {
    seconds: 10,
    right: "enough for the ledger and a call",
    longer: "a code that comes so late is of no use",
    ..OF_TRIGGER
};

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    for (program, function) in functions(snapshot) {
        let subject = format!("{} function", program.subject());
        let (missing, limit) = match program {
            Program::Define | Program::Create | Program::Verify => (missing(snapshot), OF_TRIGGER),
            Program::Speak => (snapshot.set_up.restore(), OF_SPEAK_CODE),
            Program::Gate => (snapshot.set_up.restore(), OF_GATE),
            Program::Send => (snapshot.set_up.restore(), OF_SEND),
        };
        // If nothing names the function, its trigger is not attached, or the pool could not be read. Another finding
        // reports that.
        if !matches!(function, Found::Unnamed) {
            findings.extend(Finding::of_absence(function, &subject, ["", ""], &missing));
        }
        let Some(function) = function.here() else { continue };
        findings.extend(Finding::of_absence(&function.configuration, &subject, ["", ""], &missing));
        if let Some(configuration) = function.configuration.here() {
            configured(&snapshot.set_up, &subject, limit, function, configuration, findings);
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

/// What to do about a trigger's function that is gone.
fn missing(snapshot: &Snapshot) -> String {
    let (restore, attach) = (snapshot.set_up.restore(), snapshot.set_up.attach(""));
    format!("{restore}\n{attach}\nor, if they are gone for good: {}", detach_by_name(snapshot, ""))
}

/// The command that takes the token gate off the pool.
pub(super) fn detach_gate(snapshot: &Snapshot) -> String {
    match snapshot.set_up.stack {
        Some(_) => snapshot.set_up.voice_otp("detach --token-gate"),
        None => detach_by_name(snapshot, " --token-gate"),
    }
}

/// The command that takes off the functions by their names: no stack has to name them.
fn detach_by_name(snapshot: &Snapshot, options: &str) -> String {
    let arns = functions(snapshot).into_iter().filter_map(|(program, function)| {
        let trigger = program.trigger()?;
        let attached = snapshot.pool.here().and_then(|pool| pool.triggers.get(trigger.key()));
        let arn = attached.or(function.here().map(|function| &function.arn)).map_or("ARN", String::as_str);
        Some(format!(" --{} {arn}", trigger.word()))
    });
    let SetUp { region, user_pool, .. } = &snapshot.set_up;
    format!("voice-otp detach{options} --region {region} --user-pool {user_pool}{}", arns.collect::<String>())
}

fn configured(
    set_up: &SetUp,
    subject: &str,
    TimeLimit { seconds, right, longer, shorter }: TimeLimit,
    Function { arn, .. }: &Function,
    configuration: &Configuration,
    findings: &mut Vec<Finding>,
) {
    let shown = |query: &str| {
        set_up.aws(&format!("lambda get-function-configuration --function-name {} --query {query}", name(arn)))
    };
    let limit =
        set_up.aws(&format!("lambda update-function-configuration --function-name {} --timeout {seconds}", name(arn)));
    let other = configuration.timeout;
    findings.push(if other == seconds {
        Finding::right(subject, format!("its time limit is {seconds} s, {right}"))
    } else {
        let then = if other > seconds { longer } else { shorter };
        Finding::wrong("timeout", subject, format!("its time limit is {other} s: {then}"), limit)
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

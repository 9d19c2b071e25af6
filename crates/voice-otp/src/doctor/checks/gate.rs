//! The token gate: whether it is attached, and what it lets through.

use super::functions::detach_gate;
use super::permissions::Wanted;
use super::{attached_gate, name};
use crate::attach::statement_id;
use crate::doctor::Finding;
use crate::gate::Gate;
use crate::snapshot::{Found, Invoker, Pool, SetUp, Snapshot, TokenTrigger};

const SUBJECT: &str = "Token gate";
/// What the checks of the app clients tell one by one.
const OPEN: &str = "an app client whose flow needs no call gets tokens without one";

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let Some(pool) = snapshot.pool.here() else { return };
    let set_up = &snapshot.set_up;
    let gate = attached_gate(snapshot);
    match (&pool.token_trigger, snapshot.gate.here()) {
        (Some(trigger), Some(function)) if trigger.function == function.arn => {
            findings.extend(gate.as_ref().map(|gate| mode(set_up, gate)));
            findings.extend(version(set_up, trigger, gate.as_ref()));
            wanted(set_up, pool).check(set_up, function, findings);
        }
        (trigger, function) => findings.push(not_attached(snapshot, trigger.as_ref(), function.is_some())),
    }
    findings.extend(Finding::of_absence(&snapshot.identity_providers, "Identity providers", ["", ""], ""));
    let Some(gate) = gate else { return };
    findings.extend(federated(snapshot, &gate));
    findings.extend(unknown(snapshot, &gate));
}

/// The trigger in a pool without the sign-in by call: no sign-in there has the call that the gate asks for.
pub(in super::super) fn check_alone(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let Some(trigger) = snapshot.pool.here().and_then(|pool| pool.token_trigger.as_ref()) else { return };
    if is_gone(snapshot, trigger) {
        findings.push(gone(snapshot, trigger));
    } else if snapshot.gate.here().is_some_and(|function| function.arn == trigger.function) {
        findings.push(Finding::wrong(
            "token-gate-alone",
            SUBJECT,
            "gate-tokens is attached, and the pool has no sign-in by call: it refuses every sign-in, or counts each",
            format!("this takes it off: {}", detach_gate(snapshot)),
        ));
    }
}

/// Whether the attached gate refuses tokens.
fn mode(set_up: &SetUp, gate: &Gate) -> Finding {
    if gate.is_on() {
        return Finding::right(SUBJECT, "it is attached and on: no tokens without the call");
    }
    Finding::note(
        "token-gate-observes",
        SUBJECT,
        format!("it is attached and only counts: {OPEN}"),
        format!("once TokensWithoutCall counts nobody who is to get in: {}", set_up.deploy("TokenGate=on")),
    )
}

fn version(set_up: &SetUp, TokenTrigger { version, .. }: &TokenTrigger, gate: Option<&Gate>) -> Option<Finding> {
    let word = if gate.is_none_or(Gate::is_on) { "on" } else { "observe" };
    (version != TokenTrigger::FIRST_VERSION).then(|| {
        Finding::note(
            "token-gate-version",
            SUBJECT,
            format!("it gets events of {version}, which it decides like those of V1_0; only V1_0 is in every plan of Cognito"),
            format!("unless that is what you want: {}", set_up.attach(&format!(" --token-gate {word}"))),
        )
    })
}

/// The finding about a pool that has another function at Pre Token Generation, or none.
fn not_attached(snapshot: &Snapshot, trigger: Option<&TokenTrigger>, is_deployed: bool) -> Finding {
    let set_up = &snapshot.set_up;
    let attach = set_up.attach(" --token-gate observe");
    let Some(trigger) = trigger else {
        let (text, fix) = if is_deployed {
            ("gate-tokens is deployed and not attached", attach)
        } else {
            let deploy = set_up.deploy("TokenGate=observe");
            ("it is not deployed", format!("{deploy}\n{attach}"))
        };
        return Finding::note("token-gate-off", SUBJECT, format!("{text}: {OPEN}"), fix);
    };
    if is_gone(snapshot, trigger) {
        return gone(snapshot, trigger);
    }
    Finding::note(
        "token-gate-other",
        SUBJECT,
        format!("{} is at Pre Token Generation. Unless it invokes gate-tokens, {OPEN}", name(&trigger.function)),
        format!("this says how it does, and writes nothing: {attach} --dry-run"),
    )
}

fn is_gone(snapshot: &Snapshot, trigger: &TokenTrigger) -> bool {
    let is_missing = matches!(&snapshot.gate, Found::Missing { name } if *name == trigger.function);
    is_missing || snapshot.token_trigger_is_gone
}

fn gone(snapshot: &Snapshot, trigger: &TokenTrigger) -> Finding {
    Finding::wrong(
        "token-trigger-gone",
        SUBJECT,
        format!("{} is at Pre Token Generation and does not exist: nobody gets tokens", name(&trigger.function)),
        format!("this takes it off: {}", detach_gate(snapshot)),
    )
}

/// Users of identity providers, whom nobody calls.
fn federated(snapshot: &Snapshot, gate: &Gate) -> Option<Finding> {
    let names = snapshot.identity_providers.here().filter(|names| !names.is_empty())?.join(" and ");
    let deploy = |rule: &str| {
        let deploy = snapshot.set_up.deploy(&format!("TokenGateFederated={rule}"));
        format!("unless that is what you want: {deploy}")
    };
    Some(if gate.allows_federated() {
        let text = format!("users of {names} get tokens without the call, from every app client with managed login");
        Finding::note("federated-allowed", "Identity providers", text, deploy("refuse"))
    } else {
        let text = format!("users of {names} get no tokens while the token gate is on: nobody calls them");
        Finding::note("federated-refused", "Identity providers", text, deploy("allow"))
    })
}

/// Exempt app clients that the pool does not have.
fn unknown(snapshot: &Snapshot, gate: &Gate) -> Option<Finding> {
    let clients = snapshot.clients.here()?;
    let unknown: Vec<_> = gate.exempt().filter(|id| clients.iter().all(|client| client.id != *id)).collect();
    (!unknown.is_empty()).then(|| {
        Finding::note(
            "exempt-unknown",
            SUBJECT,
            format!("it exempts app clients that the pool does not have: {}", unknown.join(", ")),
            snapshot.set_up.deploy("TokenGateExemptClients=IDS"),
        )
    })
}

/// Cognito, which has to be able to invoke the attached gate.
fn wanted<'a>(set_up: &SetUp, pool: &'a Pool) -> Wanted<'a> {
    Wanted {
        subject: "gate-tokens permission".to_owned(),
        invoker: Invoker::pool(&pool.arn),
        service: "Cognito",
        resource: "pool",
        without: "nobody gets tokens",
        misuse: "learns which users have taken a call",
        beside: ["permission-pool", "for which it finds no passes unless that pool has the same ledger"],
        statement: statement_id(&pool.id),
        admit: Some(set_up.attach(" --token-gate on")),
    }
}

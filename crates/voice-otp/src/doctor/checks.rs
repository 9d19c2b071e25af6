//! The checks, by what they look at.

pub(super) mod clients;
pub(super) mod codes;
pub(super) mod connect;
pub(super) mod functions;
pub(super) mod gate;
pub(super) mod limits;
mod permissions;
pub(super) mod pool;
pub(super) mod reach;
pub(super) mod roles;
pub(super) mod settings;
pub(super) mod speak;
pub(super) mod table;
pub(super) mod triggers;
pub(super) mod users;

use crate::gate::Gate;
use crate::snapshot::{Configuration, Found, Function, Program, Snapshot};

/// The functions.
fn functions(snapshot: &Snapshot) -> [(Program, &Found<Function>); 6] {
    [
        (Program::Define, &snapshot.define),
        (Program::Create, &snapshot.create),
        (Program::Verify, &snapshot.verify),
        (Program::Speak, &snapshot.speak),
        (Program::Gate, &snapshot.gate),
        (Program::Send, &snapshot.send),
    ]
}

/// The functions whose configuration could be read.
fn configured(snapshot: &Snapshot) -> impl Iterator<Item = (Program, &Function, &Configuration)> {
    functions(snapshot).into_iter().filter_map(|(program, function)| {
        let function = function.here()?;
        Some((program, function, function.configuration.here()?))
    })
}

/// The token gate, if it is attached to the pool and its settings can be read.
fn attached_gate(snapshot: &Snapshot) -> Option<Gate> {
    let (trigger, function) = (snapshot.pool.here()?.token_trigger.as_ref()?, snapshot.gate.here()?);
    let environment = function.environment().filter(|_| trigger.function == function.arn)?;
    Gate::read(environment).ok()
}

/// send-code, if it is the pool's custom SMS sender.
fn attached_sender(snapshot: &Snapshot) -> Option<&Function> {
    let (sender, function) = (snapshot.pool.here()?.sms_sender.as_ref()?, snapshot.send.here()?);
    (sender.function == function.arn).then_some(function)
}

/// A setting of the create function, if it is set.
fn setting<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a str> {
    snapshot.settings()?.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// A setting that is a whole number; otherwise its default.
fn number(snapshot: &Snapshot, name: &str, default: u64) -> u64 {
    setting(snapshot, name).and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// The name of the attribute that holds the number.
fn phone_attribute(snapshot: &Snapshot) -> &str {
    setting(snapshot, "OTP_PHONE_ATTRIBUTE").unwrap_or("phone_number")
}

/// The function's name.
fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

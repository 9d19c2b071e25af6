//! The functions' settings, read as the functions read them, and whether they agree.

use std::collections::BTreeMap;

use otp_dial::settings::{CreateSettings, DefineSettings, SettingsError, VerifySettings};

use super::{functions, setting};
use crate::doctor::Finding;
use crate::environment::completed;
use crate::snapshot::{Function, Snapshot, Trigger};

/// What functions must agree on.
const SHARED: [(Trigger, &[&str]); 2] = [
    (Trigger::Define, &["OTP_MODE", "OTP_MAX_ATTEMPTS", "OTP_MAX_CALLS"]),
    (Trigger::Verify, &["LEDGER_TABLE_NAME", "OTP_LOCKOUT_FAILURES", "OTP_LOCKOUT_SECONDS", "OTP_MAX_FAILURES"]),
];

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    for (trigger, function) in functions(snapshot) {
        let Some(function) = function.here() else { continue };
        let subject = format!("{} settings", trigger.key());
        findings.push(match faults(trigger, function) {
            Some(faults) => Finding::wrong(
                "settings",
                subject,
                faults.to_string(),
                "set the stack's parameters of these names, and deploy",
            ),
            None => Finding::right(subject, "all of them can be read"),
        });
    }
    agreement(snapshot, findings);
    if let Some(same) = snapshot.same_key {
        findings.push(Finding::of(
            same,
            "keys-differ",
            "OTP_KEY",
            [
                "create and verify have the same key",
                "create and verify have different keys, so that no code is ever right",
                "deploy both functions with the secret as it is now",
            ],
        ));
    }
    weak(snapshot, findings);
}

fn faults(trigger: Trigger, Function { environment, .. }: &Function) -> Option<SettingsError> {
    let value = completed(environment);
    match trigger {
        Trigger::Define => DefineSettings::read(&value).err(),
        Trigger::Create => CreateSettings::read(&value).err(),
        Trigger::Verify => VerifySettings::read(&value).err(),
    }
}

fn agreement(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let Some(create) = snapshot.create.here() else { return };
    for (trigger, names) in SHARED {
        let other = if trigger == Trigger::Define { &snapshot.define } else { &snapshot.verify };
        let Some(other) = other.here() else { continue };
        let differ: Vec<_> = names
            .iter()
            .copied()
            .filter(|name| set(&create.environment, name) != set(&other.environment, name))
            .collect();
        if !differ.is_empty() {
            findings.push(Finding::wrong(
                "settings-differ",
                format!("{} settings", trigger.key()),
                format!("not as in the create function: {}", differ.join(", ")),
                "deploy all functions from one template",
            ));
        }
    }
}

fn set<'a>(environment: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// What works, and protects less.
fn weak(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    if setting(snapshot, "OTP_MODE") == Some("call-only") {
        findings.push(Finding::note(
            "call-only",
            "OTP_MODE",
            "there is no password: whoever knows a user name can have the phone rung, and whoever answers is in",
            "set OtpMode to password-then-call, unless that is what you want",
        ));
    }
    if setting(snapshot, "OTP_GATE") == Some("off") {
        findings.push(Finding::note(
            "gate-off",
            "OTP_GATE",
            "a mailbox that takes the call records the code",
            "set OtpGate to on",
        ));
    }
    if setting(snapshot, "OTP_DIGITS").and_then(|digits| digits.parse::<u8>().ok()).is_some_and(|digits| digits < 6) {
        findings.push(Finding::note(
            "digits",
            "OTP_DIGITS",
            "NIST SP 800-63B asks for at least 6",
            "set OtpDigits to 6",
        ));
    }
}

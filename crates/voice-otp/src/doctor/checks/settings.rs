//! The functions' settings, read as the functions read them, and whether they agree.

use std::collections::BTreeMap;

use sign_in::settings::{
    CreateSettings, DefineSettings, GateSettings, SendSettings, SettingsError, SpeakSettings, VerifySettings,
};

use super::{configured, functions, setting};
use crate::doctor::{Finding, Verdict};
use crate::environment::completed;
use crate::snapshot::{Configuration, Function, Program, Snapshot};

/// Settings that must be the same in create and in the given function.
fn shared(program: Program) -> &'static [&'static str] {
    match program {
        Program::Create => &[],
        Program::Define => &["OTP_MODE", "OTP_MAX_ATTEMPTS", "OTP_MAX_CALLS"],
        Program::Verify => &[
            "LEDGER_TABLE_NAME",
            "OTP_DENIED_SECONDS",
            "OTP_LOCKOUT_FAILURES",
            "OTP_LOCKOUT_SECONDS",
            "OTP_MAX_FAILURES",
            "OTP_REFRESH_TOKEN_DAYS",
        ],
        Program::Gate => &["LEDGER_TABLE_NAME", "OTP_REFRESH_TOKEN_DAYS"],
        Program::Send => &[
            "CONNECT_CONTACT_FLOW_ARN",
            "CONNECT_INSTANCE_ARN",
            "CONNECT_QUEUE_ARN",
            "CONNECT_SOURCE_PHONE_NUMBER",
            "LEDGER_TABLE_NAME",
            "OTP_ALLOW_PREFIXES",
            "OTP_COUNTRIES",
            "OTP_GATE",
            "OTP_MAX_CALLS_ALL_DAY",
            "OTP_MAX_CALLS_ALL_HOUR",
            "OTP_MAX_CALLS_COUNTRY_HOUR",
        ],
        Program::Speak => &[
            "CONNECT_INSTANCE_ARN",
            "LEDGER_TABLE_NAME",
            "OTP_DENIED_SECONDS",
            "OTP_LOCKOUT_FAILURES",
            "OTP_LOCKOUT_SECONDS",
            "OTP_MAX_FAILURES",
        ],
    }
}

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    for (program, _, Configuration { environment, .. }) in configured(snapshot) {
        let subject = format!("{} settings", program.subject());
        findings.extend(Finding::of_absence(environment, &subject, ["", ""], ""));
        let Some(environment) = environment.here() else { continue };
        findings.push(match faults(program, environment) {
            Some(faults) => Finding::wrong(
                "settings",
                subject,
                faults.to_string(),
                format!(
                    "by the parameters of these names (OtpMode for OTP_MODE): {}",
                    snapshot.set_up.deploy("NAME=VALUE")
                ),
            ),
            None => Finding::right(subject, "all of them can be read"),
        });
    }
    if snapshot.settings().is_none() && snapshot.create.here().is_some() {
        let text = "the limits, the Connect instance, its flow and number, and the ledger are not looked at: what they are \
                    stands in the create function's settings";
        let region = &snapshot.set_up.region;
        let fix = format!(
            "name the stack, whose parameters have the settings too: voice-otp doctor --region {region} --stack STACK"
        );
        let unread = Finding::wrong("unread", "Settings", text, fix);
        findings.push(Finding { verdict: Verdict::Unread, ..unread });
    }
    agreement(snapshot, findings);
    for (same, other, without) in [
        (snapshot.same_key, "verify", "no code is ever right"),
        (snapshot.same_key_to_speak, "speak-code", "calls say no code"),
        (snapshot.same_key_to_send, "send-code", "calls say no code of Cognito's"),
    ] {
        let Some(same) = same else { continue };
        findings.push(Finding::of(
            same,
            "keys-differ",
            "OTP_KEY",
            [
                &format!("create and {other} have the same key"),
                &format!("create and {other} have different keys, so {without}"),
                // A function reads the secret only when a changed configuration is deployed.
                &format!("{}; then again with LogLevel as it was", snapshot.set_up.deploy("LogLevel=debug")),
            ],
        ));
    }
    encryption(snapshot, findings);
    weak(snapshot, findings);
}

/// Whether a KMS key of the operator's encrypts `OTP_KEY`. Without one, anybody who can read the functions'
/// configuration can read it. The key and a user's row of the ledger give that user's live code. With a password
/// before the call, the code is one factor of two, so the finding is a note. Without a password, the code is the whole
/// sign-in, so the finding is wrong.
fn encryption(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let with_key = configured(snapshot).filter(|(program, _, _)| program.has_key());
    let open: Vec<_> = with_key.filter(|(_, _, configuration)| configuration.kms_key.is_none()).collect();
    if open.is_empty() {
        return;
    }
    let functions: Vec<_> = open.iter().map(|(program, _, _)| program.subject()).collect();
    let text = format!(
        "no KMS key of yours encrypts it in {}: anyone with lambda:GetFunctionConfiguration can read it, and with a \
         row of the ledger compute the code of any call",
        listed(&functions)
    );
    let fix = format!("deploy this version, which makes a KMS key: {}", snapshot.set_up.deploy(""));
    let finding = if setting(snapshot, "OTP_MODE") == Some("call-only") { Finding::wrong } else { Finding::note };
    findings.push(finding("key-readable", "OTP_KEY", text, fix));
}

/// As in "a, b and c".
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

fn faults(program: Program, environment: &BTreeMap<String, String>) -> Option<SettingsError> {
    let value = completed(environment);
    match program {
        Program::Define => DefineSettings::read(&value).err(),
        Program::Create => CreateSettings::read(&value).err(),
        Program::Verify => VerifySettings::read(&value).err(),
        Program::Speak => SpeakSettings::read(&value).err(),
        Program::Gate => GateSettings::read(&value).err(),
        Program::Send => SendSettings::read(&value).err(),
    }
}

fn agreement(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let Some(create) = snapshot.create.here().and_then(Function::environment) else { return };
    for (program, other) in functions(snapshot) {
        let Some(other) = other.here().and_then(Function::environment) else { continue };
        let names = shared(program).iter().copied();
        let differ: Vec<_> = names.filter(|name| set(create, name) != set(other, name)).collect();
        if !differ.is_empty() {
            findings.push(Finding::wrong(
                "settings-differ",
                format!("{} settings", program.subject()),
                format!("not as in the create function: {}", differ.join(", ")),
                snapshot.set_up.restore(),
            ));
        }
    }
}

fn set<'a>(environment: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// Settings that work but protect less.
fn weak(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    if setting(snapshot, "OTP_MODE") == Some("call-only") {
        findings.push(Finding::note(
            "call-only",
            "OTP_MODE",
            "there is no password: anyone who knows a user name can make the phone ring, and whoever answers it is signed in",
            format!("unless that is what you want: {}", snapshot.set_up.deploy("OtpMode=password-then-call")),
        ));
    }
    if setting(snapshot, "OTP_GATE") == Some("off") {
        findings.push(Finding::note(
            "gate-off",
            "OTP_GATE",
            "a mailbox that takes the call records the code",
            snapshot.set_up.deploy("OtpGate=on"),
        ));
    }
    if setting(snapshot, "OTP_DIGITS").and_then(|digits| digits.parse::<u8>().ok()).is_some_and(|digits| digits < 6) {
        findings.push(Finding::note(
            "digits",
            "OTP_DIGITS",
            "NIST SP 800-63B asks for at least 6",
            snapshot.set_up.deploy("OtpDigits=6"),
        ));
    }
}

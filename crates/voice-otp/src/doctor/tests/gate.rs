//! Ways to break the token gate, and what it lets through.

use super::set_up::*;
use crate::doctor::{Finding, Verdict};
use crate::snapshot::{Client, Found, Snapshot, TokenTrigger};

/// Another app client beside the right one.
fn beside(snapshot: &mut Snapshot, id: &str, flows: &[&str]) {
    let other = Client { id: id.to_owned(), flows: Some(owned(flows)), ..client(snapshot).clone() };
    here(&mut snapshot.clients).push(other);
}

fn attach(snapshot: &mut Snapshot, name: &str) {
    let function = arn(name);
    here(&mut snapshot.pool).token_trigger = Some(TokenTrigger { function, version: "V1_0".to_owned() });
}

fn fix(finding: &Finding) -> &str {
    finding.fix.as_deref().unwrap()
}

#[test]
fn a_gate_that_only_counts() {
    let finding = the_one(|it| set(&mut it.gate, "OTP_TOKEN_GATE", "observe"));
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "token-gate-observes"));
    assert!(fix(&finding).ends_with("--parameter-overrides TokenGate=on"), "{finding:?}");
}

#[test]
fn a_gate_that_is_not_attached_or_not_deployed() {
    let finding = the_one(|it| here(&mut it.pool).token_trigger = None);
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "token-gate-off"));
    assert!(finding.text.contains("deployed and not attached"), "{finding:?}");
    assert!(fix(&finding).starts_with("voice-otp attach ") && fix(&finding).ends_with(" --token-gate observe"));
    let finding = the_one(|it| {
        here(&mut it.pool).token_trigger = None;
        it.gate = Found::Unnamed;
    });
    assert!(finding.text.starts_with("it is not deployed") && fix(&finding).contains("TokenGate=observe"));
}

#[test]
fn another_function_in_its_place() {
    for deployed in [true, false] {
        let finding = the_one(|it| {
            attach(it, "claims");
            if !deployed {
                it.gate = Found::Unnamed;
            }
        });
        assert_eq!((finding.verdict, finding.word), (Verdict::Note, "token-gate-other"));
        assert!(finding.text.starts_with("claims is at") && fix(&finding).ends_with(" --dry-run"), "{finding:?}");
    }
}

/// Every sign-in of the pool ends without tokens then.
#[test]
fn a_function_that_does_not_exist_at_its_trigger() {
    let detach = "voice-otp detach --token-gate --region us-east-1 --stack voice-code";
    let finding = the_one(|it| {
        attach(it, "old");
        it.token_trigger_is_gone = true;
    });
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "token-trigger-gone"));
    assert!(fix(&finding).ends_with(detach), "{finding:?}");
    let words = broken(|it| it.gate = Found::Missing { name: arn("gate") });
    assert_eq!(words, ["token-trigger-gone", "missing"]);
    // Without a stack, the functions are named.
    let finding = the_one(|it| {
        it.set_up.stack = None;
        it.gate = Found::Unnamed;
        it.token_trigger_is_gone = true;
    });
    let by_name = format!(
        "voice-otp detach --token-gate --region us-east-1 --user-pool us-east-1_Example01 --define {}",
        arn("define")
    );
    assert!(fix(&finding).contains(&by_name), "{finding:?}");
}

#[test]
fn a_gate_that_cognito_may_not_invoke_or_anybody_may() {
    assert_eq!(broken(|it| here(&mut here(&mut it.gate).permissions).clear()), ["permission-missing"]);
    assert_eq!(
        broken(|it| permission(&mut it.gate).principal = "*".to_owned()),
        ["permission-other", "permission-missing"]
    );
    // Until it is attached, nobody has to invoke it.
    let words = broken(|it| {
        here(&mut it.pool).token_trigger = None;
        here(&mut here(&mut it.gate).permissions).clear();
    });
    assert_eq!(words, ["token-gate-off"]);
}

#[test]
fn events_of_a_later_version() {
    for version in ["V2_0", "V3_0"] {
        let finding = the_one(|it| here(&mut it.pool).token_trigger.as_mut().unwrap().version = version.to_owned());
        assert_eq!((finding.verdict, finding.word), (Verdict::Note, "token-gate-version"));
        assert!(finding.text.contains(version) && fix(&finding).ends_with(" --token-gate on"), "{finding:?}");
    }
}

#[test]
fn a_gate_with_other_settings_than_create() {
    assert_eq!(broken(|it| set(&mut it.gate, "LEDGER_TABLE_NAME", "other")), ["settings-differ"]);
    assert_eq!(broken(|it| set(&mut it.gate, "OTP_REFRESH_TOKEN_DAYS", "60")), ["settings-differ"]);
    assert_eq!(broken(|it| set(&mut it.verify, "OTP_REFRESH_TOKEN_DAYS", "60")), ["settings-differ"]);
    assert_eq!(broken(|it| set(&mut it.gate, "OTP_TOKEN_GATE", "maybe")), ["settings"]);
}

#[test]
fn a_gate_with_another_time_limit_or_a_role_that_may_too_much() {
    assert_eq!(broken(|it| configuration(&mut it.gate).timeout = 3), ["timeout"]);
    let words = broken(|it| here(&mut configuration(&mut it.gate).role).exceeds = owned(&["dynamodb:UpdateItem"]));
    assert_eq!(words, ["role-exceeds"]);
    // It has no key that a KMS key would have to encrypt.
    assert_eq!(broken(|it| configuration(&mut it.gate).kms_key = None), [""; 0]);
}

#[test]
fn exempt_clients_and_what_they_open() {
    let exempt = |it: &mut Snapshot| set(&mut it.gate, "OTP_TOKEN_GATE_EXEMPT_CLIENTS", "machine");
    let finding = the_one(|it| {
        beside(it, "machine", &["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH"]);
        here(&mut it.clients)[1].oauth_flows = owned(&["code"]);
        here(&mut it.pool).domains = owned(&["login.example.com"]);
        exempt(it);
    });
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "client-exempt"));
    let opens = "by ALLOW_ADMIN_USER_PASSWORD_AUTH and managed login at login.example.com";
    assert!(finding.text.ends_with(opens), "{finding:?}");
    // Observing does not count it either.
    let words = broken_without_gate(|it| {
        beside(it, "machine", &["ALLOW_USER_SRP_AUTH"]);
        exempt(it);
    });
    assert_eq!(words, ["client-exempt"]);
    let finding = the_one(exempt);
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "exempt-unknown"));
    assert!(finding.text.ends_with(": machine"), "{finding:?}");
}

#[test]
fn refresh_tokens_that_live_longer_than_a_pass() {
    let finding = the_one(|it| client(it).refresh_seconds = 45 * 86_400);
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "refresh-outlives-pass"));
    assert!(fix(&finding).ends_with("RefreshTokenDays=45"), "{finding:?}");
    let longer = |it: &mut Snapshot| {
        client(it).refresh_seconds = 45 * 86_400;
        for function in [&mut it.create, &mut it.verify, &mut it.gate] {
            set(function, "OTP_REFRESH_TOKEN_DAYS", "45");
        }
    };
    assert_eq!(broken(longer), ["refresh-long"]);
    let words = broken(|it| {
        client(it).refresh_seconds = 45 * 86_400;
        here(&mut it.pool).token_trigger = None;
    });
    assert_eq!(words, ["token-gate-off", "refresh-long"]);
}

#[test]
fn users_of_identity_providers() {
    let google = |it: &mut Snapshot| it.identity_providers = Found::Here(owned(&["Google"]));
    let finding = the_one(google);
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "federated-refused"));
    assert!(fix(&finding).ends_with("TokenGateFederated=allow"), "{finding:?}");
    let finding = the_one(|it| {
        google(it);
        set(&mut it.gate, "OTP_TOKEN_GATE_FEDERATED", "allow");
    });
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "federated-allowed"));
    assert_eq!(broken(|it| it.identity_providers = unread()), ["unread"]);
    let words = broken(|it| {
        google(it);
        here(&mut it.pool).token_trigger = None;
    });
    assert_eq!(words, ["token-gate-off"]);
}

//! Ways to break the user pool, its triggers and its clients.

use super::set_up::*;
use crate::doctor::{Verdict, examine};
use crate::snapshot::{Client, Denial, Permission, Registration, Snapshot, Trigger};

#[test]
fn a_trigger_that_is_not_attached() {
    let words = broken(|it| drop(here(&mut it.pool).triggers.remove(Trigger::Create.key())));
    assert_eq!(words, ["trigger-missing"]);
}

#[test]
fn triggers_that_are_mixed_up() {
    let words = broken(|it| {
        let triggers = &mut here(&mut it.pool).triggers;
        triggers.insert(Trigger::Define.key().to_owned(), arn("create"));
        triggers.insert(Trigger::Create.key().to_owned(), arn("define"));
    });
    assert_eq!(words, ["trigger-wrong", "trigger-wrong"]);
}

#[test]
fn a_function_that_cognito_may_not_invoke() {
    assert_eq!(broken(|it| here(&mut here(&mut it.verify).permissions).clear()), ["permission-missing"]);
}

#[test]
fn a_permission_for_another_pool() {
    let words = broken(|it| {
        here(&mut here(&mut it.define).permissions)[0].source_arn = Some(POOL.replace("Example01", "Example02"));
    });
    assert_eq!(words, ["permission-pool", "permission-missing"]);
}

#[test]
fn a_permission_for_anybody_or_for_a_second_pool() {
    let with = |change: fn(&mut Permission)| {
        broken(|it| {
            let permissions = here(&mut here(&mut it.create).permissions);
            let mut more = permissions[0].clone();
            change(&mut more);
            permissions.push(more);
        })
    };
    assert_eq!(with(|more| more.principal = "*".to_owned()), ["permission-other"]);
    assert_eq!(with(|more| more.principal = "arn:aws:iam::999999999999:root".to_owned()), ["permission-other"]);
    assert_eq!(with(|more| more.source_arn = Some(POOL.replace("Example01", "Example02"))), ["permission-pool"]);
    let of_strangers = |more: &mut Permission| more.source_arn = Some(POOL.replace("123456789012", "999999999999"));
    assert_eq!(with(of_strangers), ["permission-other"]);
    assert_eq!(with(|more| more.denies = Some(Denial::Always)), ["permission-denied"]);
    assert_eq!(with(|more| more.denies = Some(Denial::Sometimes)), ["permission-denial"]);
    let of_another = |more: &mut Permission| {
        more.denies = Some(Denial::Always);
        more.principal = "arn:aws:iam::999999999999:root".to_owned();
    };
    assert_eq!(with(of_another), [""; 0]);
}

#[test]
fn a_permission_for_any_pool() {
    let words = broken(|it| here(&mut here(&mut it.create).permissions)[0].source_arn = None);
    assert_eq!(words, ["permission-wide"]);
}

#[test]
fn a_permission_for_any_account() {
    let words = broken(|it| here(&mut here(&mut it.create).permissions)[0].source_account = None);
    assert_eq!(words, ["permission-wide"]);
}

#[test]
fn a_trigger_that_reveals_users() {
    let words = broken(|it| {
        here(&mut it.pool).triggers.insert("PreAuthentication".to_owned(), arn("other"));
    });
    assert_eq!(words, ["pre-authentication"]);
}

#[test]
fn a_reset_that_neither_unlocks_nor_forgets_devices() {
    let without = |name: &str, value: &str| {
        the_one(|it| {
            here(&mut it.pool).triggers.remove("PostConfirmation");
            set(&mut it.create, name, value);
        })
    };
    for days in ["", "30", "1"] {
        let finding = without("OTP_DEVICE_DAYS", days);
        assert_eq!((finding.verdict, finding.word), (Verdict::Note, "post-confirmation"));
        assert!(finding.text.contains("neither unlocks a user nor forgets the devices"), "{finding:?}");
        let fix = finding.fix.unwrap();
        let stack = "--region us-east-1 --stack voice-code";
        for command in ["unlock NAME", "devices NAME --forget-all"] {
            assert!(fix.contains(&format!("voice-otp {command} {stack}")), "{fix}");
        }
        assert!(fix.starts_with("voice-otp attach ") && fix.contains(" --post-confirmation;"), "{fix}");
    }
    let finding = without("OTP_DEVICE_DAYS", "0");
    assert!(finding.text.ends_with("does not unlock a user") && !finding.fix.unwrap().contains("devices"));
}

#[test]
fn without_a_password_no_device_is_trusted() {
    let mut snapshot = right();
    here(&mut snapshot.pool).triggers.remove("PostConfirmation");
    for function in [&mut snapshot.define, &mut snapshot.create] {
        set(function, "OTP_MODE", "call-only");
    }
    let findings = examine(&snapshot, FLOW);
    let finding = findings.iter().find(|finding| finding.word == "post-confirmation").unwrap();
    assert!(finding.text.ends_with("does not unlock a user"), "{finding:?}");
}

#[test]
fn mfa_that_is_optional() {
    assert_eq!(broken(|it| here(&mut it.pool).mfa = "OPTIONAL".to_owned()), ["mfa-on"]);
}

#[test]
fn a_number_that_changes_before_it_is_verified() {
    // In this set-up only an administrator can change the number.
    assert_eq!(broken(|it| here(&mut it.pool).verified_before_update.clear()), [""; 0]);
    let words = broken(|it| {
        here(&mut it.pool).verified_before_update.clear();
        client(it).write_attributes = Some(owned(&["phone_number"]));
    });
    // Verification before an update does not stop a stolen token from changing the number. The client's right to write
    // the number is the finding.
    assert_eq!(words, ["update-unverified", "client-writes-number"]);
    let mut snapshot = right();
    here(&mut snapshot.pool).verified_before_update.clear();
    client(&mut snapshot).write_attributes = Some(owned(&["phone_number"]));
    let findings = examine(&snapshot, FLOW);
    let finding = findings.iter().find(|finding| finding.word == "update-unverified").unwrap();
    assert_eq!(finding.verdict, Verdict::Note);
}

#[test]
fn clients_that_register_themselves() {
    for (registration, word) in
        [(Registration::Open, "client-registration-open"), (Registration::Authenticated, "client-registration")]
    {
        assert_eq!(broken_without_gate(|it| here(&mut it.pool).registration = registration), [word]);
        // The gate gives new clients no tokens, unless it lets users of identity providers through.
        assert_eq!(broken(|it| here(&mut it.pool).registration = registration), [""; 0]);
        let finding = the_one(|it| {
            here(&mut it.pool).registration = registration;
            set(&mut it.gate, "OTP_TOKEN_GATE_FEDERATED", "allow");
        });
        assert_eq!((finding.word, finding.verdict == Verdict::Wrong), (word, registration == Registration::Open));
    }
}

#[test]
fn text_messages_that_cognito_can_not_send() {
    for (failure, parts) in [
        ("SNSSandbox", &["SMS sandbox", "aws sns get-sms-sandbox-account-status --region REGION"][..]),
        ("InvalidSmsRoleAccessPolicyException", &["role may not send", "sns:Publish"]),
        ("InvalidSmsRoleAccessPolicyException,SNSSandbox", &["SMS sandbox", "role may not send"]),
        ("Something", &["Something", "SmsConfigurationFailure"]),
    ] {
        let finding = the_one(|it| here(&mut it.pool).sms_failure = Some(failure.to_owned()));
        assert_eq!((finding.verdict, finding.word), (Verdict::Note, "sms-failure"));
        let said = format!("{} {}", finding.text, finding.fix.unwrap());
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
}

#[test]
fn strangers_who_sign_up_by_a_number() {
    let by_number = |it: &mut Snapshot, open: bool| {
        here(&mut it.pool).open_sign_up = open;
        here(&mut it.pool).sign_in_names = owned(&["phone_number"]);
    };
    assert_eq!(broken(|it| by_number(it, true)), ["sign-up-by-number"]);
    assert_eq!(broken(|it| by_number(it, false)), [""; 0]);
    assert_eq!(broken(|it| here(&mut it.pool).open_sign_up = true), [""; 0]);
}

#[test]
fn a_recovery_by_what_users_can_write() {
    let words = |recovery: &[&str]| {
        broken(|it| {
            client(it).write_attributes = Some(owned(&["email"]));
            here(&mut it.pool).recovery = Some(owned(recovery));
        })
    };
    assert_eq!(words(&["verified_email"]), ["client-writes-email"]);
    assert_eq!(words(&["admin_only"]), [""; 0]);
}

#[test]
fn refresh_tokens_that_can_not_be_revoked() {
    assert_eq!(broken(|it| client(it).revokes = false), ["revocation-off"]);
}

#[test]
fn recovery_by_phone() {
    assert_eq!(broken(|it| here(&mut it.pool).recovery = None), ["recovery-by-phone"]);
    let words = broken(|it| here(&mut it.pool).recovery = Some(owned(&["verified_email", "verified_phone_number"])));
    assert_eq!(words, ["recovery-by-phone"]);
}

#[test]
fn a_number_in_an_attribute_that_the_pool_has_not() {
    assert_eq!(broken(|it| set(&mut it.create, "OTP_PHONE_ATTRIBUTE", "custom:Phone")), ["attribute-missing"]);
}

#[test]
fn a_client_with_another_flow() {
    for flow in ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    {
        let words = broken(|it| client(it).flows = Some(owned(&[flow, "ALLOW_REFRESH_TOKEN_AUTH"])));
        assert_eq!(words, ["no-client"], "{flow}");
        let words = broken_without_gate(|it| client(it).flows = Some(owned(&[flow, "ALLOW_REFRESH_TOKEN_AUTH"])));
        assert_eq!(words, ["no-client", "client-flow"], "{flow}");
        // A pass is good for all flows of its client.
        let mixed = |it: &mut Snapshot| client(it).flows.as_mut().unwrap().push(flow.to_owned());
        assert_eq!((broken(mixed), broken_without_gate(mixed)), (vec!["client-mixed"], vec!["client-mixed"]), "{flow}");
    }
}

#[test]
fn a_client_with_the_default_flows() {
    let finding = the_one(|it| client(it).flows = None);
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "client-mixed"));
    assert!(finding.text.contains("ALLOW_USER_SRP_AUTH, which is Cognito's default"), "{finding:?}");
    let words = broken(|it| {
        client(it).flows = None;
        here(&mut it.pool).token_trigger = None;
    });
    assert_eq!(words, ["token-gate-off", "client-flow"]);
}

#[test]
fn a_second_client_beside_a_right_one() {
    let beside = |it: &mut Snapshot| {
        let flows = Some(owned(&["ALLOW_USER_SRP_AUTH"]));
        let other = Client { name: "old".to_owned(), flows, hides_users: false, ..client(it).clone() };
        here(&mut it.clients).push(other);
    };
    // That the client reveals users matters only if users sign in with the call.
    assert_eq!(broken_without_gate(beside), ["client-flow"]);
    assert_eq!(broken(beside), [""; 0]);
}

#[test]
fn no_client_that_can_sign_in_by_call() {
    let words = broken(|it| client(it).flows = Some(owned(&["ALLOW_REFRESH_TOKEN_AUTH"])));
    assert_eq!(words, ["no-client"]);
}

#[test]
fn managed_login_beside_the_call() {
    let oauth = |it: &mut Snapshot, flow: &str, domain: bool| {
        client(it).oauth_flows = owned(&[flow]);
        here(&mut it.pool).domains = if domain { owned(&["login.example.com"]) } else { Vec::new() };
    };
    let google = |it: &mut Snapshot| {
        oauth(it, "code", true);
        client(it).identity_providers = owned(&["Google"]);
    };
    let not_attached = |it: &mut Snapshot| {
        oauth(it, "code", true);
        here(&mut it.pool).token_trigger = None;
    };
    assert_eq!(broken(not_attached), ["token-gate-off", "client-managed-login"]);
    // A pass of this client is good for a password on its managed login.
    let finding = the_one(|it| oauth(it, "code", true));
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "client-mixed"));
    assert!(finding.text.contains("managed login at login.example.com"), "{finding:?}");
    assert_eq!(broken_without_gate(|it| oauth(it, "code", true)), ["client-mixed"]);
    // Users of a provider have no pass.
    assert_eq!(broken(google), [""; 0]);
    assert_eq!(broken_without_gate(google), ["client-managed-login"]);
    for how in [("code", false), ("client_credentials", true)] {
        assert_eq!(broken(|it| oauth(it, how.0, how.1)), [""; 0]);
        assert_eq!(broken_without_gate(|it| oauth(it, how.0, how.1)), [""; 0]);
    }
}

#[test]
fn a_client_that_reveals_users() {
    assert_eq!(broken(|it| client(it).hides_users = false), ["client-reveals-users"]);
}

#[test]
fn a_session_that_ends_before_the_code() {
    assert_eq!(broken(|it| client(it).session_minutes = 3), ["session-short"]);
    assert_eq!(broken(|it| client(it).session_minutes = 5), [""; 0]);
}

#[test]
fn a_client_whose_users_choose_the_number() {
    assert_eq!(broken(|it| client(it).write_attributes = None), ["client-writes-number", "client-writes-email"]);
    let words = broken(|it| client(it).write_attributes = Some(owned(&["phone_number"])));
    assert_eq!(words, ["client-writes-number"]);
}

#[test]
fn a_number_in_a_custom_attribute_that_users_can_write() {
    let custom = |it: &mut Snapshot, mutable: bool| {
        set(&mut it.create, "OTP_PHONE_ATTRIBUTE", "custom:Phone");
        let pool = here(&mut it.pool);
        pool.attributes.push("custom:Phone".to_owned());
        if mutable {
            pool.mutable_attributes.push("custom:Phone".to_owned());
        }
        client(it).write_attributes = Some(owned(&["custom:Phone"]));
    };
    assert_eq!(broken(|it| custom(it, true)), ["client-writes-number"]);
    assert_eq!(broken(|it| custom(it, false)), [""; 0]);
    // An attribute that can't be changed can still be set at sign-up.
    let words = broken(|it| {
        custom(it, false);
        here(&mut it.pool).open_sign_up = true;
    });
    assert_eq!(words, ["client-writes-number"]);
}

#[test]
fn a_number_in_a_standard_attribute_that_users_can_write() {
    let nickname = |it: &mut Snapshot, written: Option<&[&str]>| {
        set(&mut it.create, "OTP_PHONE_ATTRIBUTE", "nickname");
        let pool = here(&mut it.pool);
        pool.attributes.push("nickname".to_owned());
        pool.mutable_attributes.push("nickname".to_owned());
        pool.recovery = Some(Vec::new());
        client(it).write_attributes = written.map(owned);
    };
    // Cognito's default lets users write all standard attributes.
    assert_eq!(broken(|it| nickname(it, None)), ["client-writes-number"]);
    assert_eq!(broken(|it| nickname(it, Some(&["nickname"]))), ["client-writes-number"]);
    assert_eq!(broken(|it| nickname(it, Some(&["name"]))), [""; 0]);
}

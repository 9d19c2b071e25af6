//! Ways to break the functions, their settings and their roles.

use super::set_up::*;
use crate::snapshot::Found;

#[test]
fn a_function_that_does_not_exist() {
    let words = broken(|it| it.verify = Found::Missing { name: arn("verify") });
    assert_eq!(words, ["missing"]);
}

#[test]
fn a_time_limit_that_is_not_cognitos() {
    for seconds in [3, 30] {
        assert_eq!(broken(|it| here(&mut it.create).timeout = seconds), ["timeout"], "{seconds}");
    }
}

#[test]
fn a_function_that_can_not_be_invoked() {
    assert_eq!(broken(|it| here(&mut it.define).state = "Failed".to_owned()), ["function-state"]);
}

#[test]
fn an_update_that_failed() {
    assert_eq!(broken(|it| here(&mut it.create).last_update = "Failed".to_owned()), ["function-update"]);
    assert_eq!(broken(|it| here(&mut it.create).last_update = "InProgress".to_owned()), [""; 0]);
}

#[test]
fn a_function_that_somebody_stopped() {
    for (reserved, words) in [(0, &["function-stopped"][..]), (5, &[])] {
        assert_eq!(broken(|it| here(&mut it.verify).reserved = Found::Here(Some(reserved))), words);
    }
    assert_eq!(broken(|it| here(&mut it.verify).reserved = unread()), ["unread"]);
}

#[test]
fn a_setting_that_can_not_be_read() {
    let words = broken(|it| set(&mut it.create, "OTP_DIGITS", "six"));
    assert_eq!(words, ["settings"]);
}

#[test]
fn a_key_that_is_too_short() {
    assert_eq!(broken(|it| set(&mut it.verify, "OTP_KEY", &"*".repeat(31))), ["settings"]);
}

#[test]
fn a_key_that_was_never_resolved() {
    let reference = format!("{{{{resolve:{}}}}}", "…".repeat(20));
    assert_eq!(broken(|it| set(&mut it.create, "OTP_KEY", &reference)), ["settings"]);
}

#[test]
fn functions_with_different_keys() {
    assert_eq!(broken(|it| it.same_key = Some(false)), ["keys-differ"]);
}

#[test]
fn functions_that_do_not_agree() {
    assert_eq!(broken(|it| set(&mut it.define, "OTP_MODE", "call-only")), ["settings-differ"]);
    assert_eq!(broken(|it| set(&mut it.verify, "LEDGER_TABLE_NAME", "other")), ["settings-differ"]);
}

#[test]
fn settings_that_protect_less_are_noted() {
    for (name, value, word) in [("OTP_GATE", "off", "gate-off"), ("OTP_DIGITS", "4", "digits")] {
        assert_eq!(broken(|it| set(&mut it.create, name, value)), [word]);
    }
    let words = broken(|it| {
        set(&mut it.create, "OTP_MODE", "call-only");
        set(&mut it.define, "OTP_MODE", "call-only");
    });
    assert_eq!(words, ["call-only"]);
}

#[test]
fn a_role_that_may_too_little() {
    let words = broken(|it| here(&mut here(&mut it.create).role).lacks = owned(&["dynamodb:PutItem"]));
    assert_eq!(words, ["role-lacks"]);
}

#[test]
fn a_role_that_may_too_much() {
    let words = broken(|it| here(&mut here(&mut it.define).role).exceeds = owned(&["iam:PassRole"]));
    assert_eq!(words, ["role-exceeds"]);
}

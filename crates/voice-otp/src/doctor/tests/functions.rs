//! Ways to break the functions, their settings and their roles.

use super::set_up::*;
use crate::doctor::{Verdict, examine, exit_code};
use crate::snapshot::{Found, Snapshot};

#[test]
fn a_function_that_does_not_exist() {
    let words = broken(|it| it.verify = Found::Missing { name: arn("verify") });
    assert_eq!(words, ["missing"]);
}

#[test]
fn a_time_limit_that_is_not_cognitos() {
    for seconds in [3, 30] {
        assert_eq!(broken(|it| configuration(&mut it.create).timeout = seconds), ["timeout"], "{seconds}");
    }
}

#[test]
fn a_function_that_can_not_be_invoked() {
    assert_eq!(broken(|it| configuration(&mut it.define).state = "Failed".to_owned()), ["function-state"]);
}

#[test]
fn an_update_that_failed() {
    assert_eq!(broken(|it| configuration(&mut it.create).last_update = "Failed".to_owned()), ["function-update"]);
    assert_eq!(broken(|it| configuration(&mut it.create).last_update = "InProgress".to_owned()), [""; 0]);
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
    assert_eq!(broken(call_only), ["call-only"]);
}

#[test]
fn a_role_that_may_too_little() {
    let words = broken(|it| here(&mut configuration(&mut it.create).role).lacks = owned(&["dynamodb:PutItem"]));
    assert_eq!(words, ["role-lacks"]);
}

#[test]
fn a_role_that_may_too_much() {
    let words = broken(|it| here(&mut configuration(&mut it.define).role).exceeds = owned(&["iam:PassRole"]));
    assert_eq!(words, ["role-exceeds"]);
}

#[test]
fn a_key_that_no_kms_key_of_the_customer_encrypts() {
    for finding in [
        the_one(|it| configuration(&mut it.create).kms_key = None),
        the_one(|it| configuration(&mut it.verify).kms_key = None),
    ] {
        assert_eq!((finding.verdict, finding.word), (Verdict::Note, "key-readable"), "{finding:?}");
    }
    // Define has no key.
    assert_eq!(broken(|it| configuration(&mut it.define).kms_key = None), [""; 0]);
    // Without a password, anyone who reads the key can sign in as any user.
    let words = broken(|it| {
        call_only(it);
        configuration(&mut it.verify).kms_key = None;
    });
    assert_eq!(words, ["key-readable", "call-only"]);
    let mut snapshot = right();
    call_only(&mut snapshot);
    configuration(&mut snapshot.verify).kms_key = None;
    assert_eq!(exit_code(&examine(&snapshot, FLOW)), 1);
}

/// The rest is judged from what the stack says.
#[test]
fn configurations_that_can_not_be_read() {
    let unreadable = |it: &mut Snapshot| {
        for function in [&mut it.define, &mut it.create, &mut it.verify] {
            here(function).configuration = unread();
        }
        it.same_key = None;
        it.parameters.extend(right().settings().unwrap().clone());
    };
    assert_eq!(broken(unreadable), ["unread"; 3]);
    let words = broken(|it| {
        unreadable(it);
        it.parameters.insert("OTP_MAX_CALLS_ALL_HOUR".to_owned(), "2000".to_owned());
        it.parameters.insert("OTP_GATE".to_owned(), "off".to_owned());
        it.table = Found::Missing { name: "ledger".to_owned() };
        here(&mut it.pool).triggers.insert("DefineAuthChallenge".to_owned(), arn("other"));
        here(&mut here(&mut it.verify).permissions).clear();
    });
    for word in ["trigger-wrong", "permission-missing", "gate-off", "quota-calls", "missing"] {
        assert!(words.contains(&word), "{word} is not in {words:?}");
    }
}

#[test]
fn an_environment_that_can_not_be_decrypted() {
    let words = broken(|it| {
        configuration(&mut it.create).environment = unread();
        it.same_key = None;
        it.parameters.clear();
    });
    // Checks that depend on the settings report `unread`, not a fault.
    assert_eq!(words, ["unread", "unread", "call-right"]);
}

#[test]
fn a_right_to_call_whose_form_is_not_proven() {
    let finding = the_one(|it| it.parameters.clear());
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "call-right"));
    let fix = "sam build && sam deploy --region us-east-1 --stack-name voice-code --parameter-overrides ConnectCallResource=any";
    assert!(finding.fix.unwrap().ends_with(fix));
}

/// Deploying an unchanged template restores nothing.
#[test]
fn what_was_deleted_is_put_back_by_a_change_set_with_all_parameters_as_they_are() {
    let fix = the_one(|it| it.verify = Found::Missing { name: arn("verify") }).fix.unwrap();
    let lines: Vec<_> = fix.lines().collect();
    let create = "aws cloudformation create-change-set --region us-east-1 --stack-name voice-code --change-set-name repair \
                  --use-previous-template --deployment-mode REVERT_DRIFT --capabilities CAPABILITY_IAM \
                  CAPABILITY_AUTO_EXPAND --parameters \"$(aws cloudformation describe-stacks --region us-east-1 --stack-name \
                  voice-code --output json --query \
                  'Stacks[0].Parameters[].{ParameterKey:ParameterKey,UsePreviousValue:`true`}')\"";
    assert_eq!(lines[1], create);
    assert!(lines[2].starts_with("aws cloudformation describe-change-set ") && lines[3].contains("execute-change-set"));
    assert!(lines[4].starts_with("voice-otp attach --region us-east-1 --stack voice-code"), "{fix}");
    let detach = format!("--define {} --create {} --verify {}", arn("define"), arn("create"), arn("verify"));
    assert!(lines[5].ends_with(&detach), "{fix}");
}

#[test]
fn a_clients_name_adds_no_line_to_a_fix() {
    let fix = the_one(|it| {
        client(it).name = "app\naws iam delete-role".to_owned();
        client(it).session_minutes = 3;
    });
    assert_eq!(fix.fix.unwrap().lines().count(), 1);
}

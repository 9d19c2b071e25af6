//! Ways in which a call does not get its code.

use super::set_up::*;
use crate::doctor::{Verdict, examine};
use crate::snapshot::{Denial, Found, Snapshot};

fn by_attribute(it: &mut Snapshot) {
    set(&mut it.create, "OTP_CODE_DELIVERY", "attribute");
    it.speak = Found::Unnamed;
    (it.same_key_to_speak, it.speak_listed) = (None, None);
    own_flow(it, &[("InvokeLambdaFunction", "MessageParticipant"), ("$.Attributes.Handle", "$.Attributes.VoiceMFA")]);
}

/// The change with which a flow speaks the attribute at its end.
const SPEAKS_ATTRIBUTE: (&str, &str) = (
    "\"Type\":\"DisconnectParticipant\"",
    "\"Type\":\"MessageParticipant\",\"Parameters\":{\"Text\":\"$.Attributes.VoiceMFA\"}",
);

/// A flow of the operator's own, with changes to its content.
fn own_flow(it: &mut Snapshot, changes: &[(&str, &str)]) {
    let flow = here(&mut it.connect.flow);
    flow.name = "ours".to_owned();
    // The same as in the template would not be a flow of one's own.
    flow.content = flow.content.replace("\"c\"", "\"end\"");
    for (what, with) in changes {
        assert!(flow.content.contains(what), "{what}");
        flow.content = flow.content.replace(what, with);
    }
}

#[test]
fn a_set_up_by_attribute_has_no_speak_code_and_the_code_is_in_connects_record() {
    let findings = findings(by_attribute);
    assert_eq!(words(&findings), ["flow-own", "code-in-record"]);
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Note));
    assert!(findings[1].text.contains("keeps for 24 months"), "{findings:?}");
    let mut snapshot = right();
    by_attribute(&mut snapshot);
    let all = examine(&snapshot, FLOW);
    assert!(all.iter().all(|finding| !finding.subject.starts_with("speak-code")), "{all:?}");
}

#[test]
fn a_flow_that_wants_the_function_while_the_code_is_an_attribute() {
    let words = broken(|it| {
        by_attribute(it);
        own_flow(it, &[("$.Attributes.VoiceMFA", "$.Attributes.Handle")]);
    });
    assert_eq!(words, ["flow-own", "code-in-record", "flow-wants-function"]);
    let elsewhere = broken(|it| {
        by_attribute(it);
        own_flow(it, &[("$.Attributes.VoiceMFA", "$.Attributes.Handle"), ("DisconnectParticipant", "TransferToFlow")]);
    });
    assert_eq!(elsewhere, ["flow-own", "code-in-record"]);
}

#[test]
fn a_flow_that_wants_the_attribute_while_the_function_gives_the_code() {
    let other = "arn:aws:lambda:us-east-1:123456789012:function:other";
    for (change, word) in [
        (("InvokeLambdaFunction", "Wait"), "flow-function"),
        ((SPEAK, other), "flow-function"),
        (("$.Attributes.Handle", ""), "flow-handle"),
    ] {
        let findings = findings(|it| own_flow(it, &[SPEAKS_ATTRIBUTE, change]));
        assert_eq!(words(&findings), ["flow-own", "flow-wants-attribute", word]);
        assert_eq!(findings[1].verdict, Verdict::Wrong);
    }
    let elsewhere = [SPEAKS_ATTRIBUTE, ("InvokeLambdaFunction", "TransferToFlow")];
    assert_eq!(broken(|it| own_flow(it, &elsewhere)), ["flow-own", "flow-unseen"]);
}

#[test]
fn a_flow_that_serves_both_deliveries_is_right_with_either() {
    assert_eq!(broken(|it| own_flow(it, &[SPEAKS_ATTRIBUTE])), ["flow-own"]);
    let words = broken(|it| {
        by_attribute(it);
        own_flow(it, &[("$.Attributes.VoiceMFA", "$.Attributes.VoiceMFA $.Attributes.Handle")]);
    });
    assert_eq!(words, ["flow-own", "code-in-record"]);
}

#[test]
fn a_function_that_the_stack_does_not_name() {
    assert_eq!(broken(|it| it.speak = Found::Unnamed), ["unnamed"]);
}

#[test]
fn a_function_that_is_gone_is_restored_and_not_attached() {
    let finding = the_one(|it| it.speak = Found::Missing { name: SPEAK.to_owned() });
    assert_eq!((finding.word, finding.subject.as_str()), ("missing", "speak-code function"));
    assert!(!finding.fix.as_ref().unwrap().contains("attach"), "{finding:?}");
}

#[test]
fn a_pool_whose_flow_invokes_nothing_or_is_not_read() {
    let of_pool = |it: &mut Snapshot| (it.set_up.stack, it.speak) = (None, Found::Unnamed);
    let words = |how: &dyn Fn(&mut Snapshot)| {
        broken(|it| {
            of_pool(it);
            how(it);
        })
    };
    assert_eq!(words(&|it| own_flow(it, &[("InvokeLambdaFunction", "Wait")])), ["flow-own", "flow-function"]);
    let by_reference = [("$.Attributes.Handle", "$.FlowAttributes.Handle")];
    assert_eq!(words(&|it| own_flow(it, &by_reference)), ["flow-own", "flow-reference"]);
    assert_eq!(words(&|it| it.connect.flow = unread()), ["unread", "unread"]);
}

#[test]
fn a_time_limit_that_leaves_no_time_for_three_tries() {
    for (seconds, said) in [(5, "given up before the third"), (1, "before the ledger has answered")] {
        let finding = the_one(|it| configuration(&mut it.speak).timeout = seconds);
        assert!(finding.word == "timeout" && finding.text.contains(said), "{finding:?}");
        assert!(finding.fix.unwrap().ends_with("--timeout 2"));
    }
}

#[test]
fn a_function_that_does_not_run() {
    assert_eq!(broken(|it| configuration(&mut it.speak).state = "Failed".to_owned()), ["function-state"]);
    assert_eq!(broken(|it| configuration(&mut it.speak).last_update = "Failed".to_owned()), ["function-update"]);
    assert_eq!(broken(|it| here(&mut it.speak).reserved = Found::Here(Some(0))), ["function-stopped"]);
}

#[test]
fn a_key_that_speak_code_alone_has_otherwise() {
    let finding = the_one(|it| it.same_key_to_speak = Some(false));
    assert_eq!(finding.word, "keys-differ");
    assert!(finding.text.contains("create and speak-code have different keys"), "{finding:?}");
}

#[test]
fn settings_that_speak_code_alone_has_otherwise() {
    for (name, value) in [
        ("LEDGER_TABLE_NAME", "other"),
        ("OTP_LOCKOUT_FAILURES", "11"),
        ("OTP_LOCKOUT_SECONDS", "60"),
        ("OTP_MAX_FAILURES", "7"),
        ("OTP_DENIED_SECONDS", "60"),
        ("CONNECT_INSTANCE_ARN", &INSTANCE.replace("1111", "2222")),
    ] {
        let finding = the_one(|it| set(&mut it.speak, name, value));
        assert_eq!((finding.word, finding.subject.as_str()), ("settings-differ", "speak-code settings"), "{name}");
        assert!(finding.text.ends_with(name), "{finding:?}");
    }
}

#[test]
fn a_setting_of_speak_code_that_can_not_be_read() {
    for (name, value, words) in [
        ("OTP_KEY", "short", &["settings"][..]),
        ("LEDGER_TABLE_NAME", "", &["settings", "settings-differ"]),
        ("CONNECT_INSTANCE_ARN", "", &["settings", "settings-differ"]),
    ] {
        let findings = findings(|it| set(&mut it.speak, name, value));
        assert_eq!(self::words(&findings), words, "{name}");
        assert!(findings.iter().all(|finding| finding.subject == "speak-code settings"), "{findings:?}");
    }
}

#[test]
fn a_key_of_speak_code_that_no_kms_key_of_the_customer_encrypts() {
    let finding = the_one(|it| configuration(&mut it.speak).kms_key = None);
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "key-readable"));
    assert!(finding.text.contains("encrypts it in speak-code:"), "{finding:?}");
    let all = the_one(|it| {
        for function in [&mut it.create, &mut it.verify, &mut it.speak] {
            configuration(function).kms_key = None;
        }
    });
    assert!(all.text.contains("in CreateAuthChallenge, VerifyAuthChallengeResponse and speak-code:"), "{all:?}");
}

#[test]
fn a_role_of_speak_code_that_may_too_little_or_too_much() {
    let finding = the_one(|it| here(&mut configuration(&mut it.speak).role).lacks = owned(&["dynamodb:UpdateItem"]));
    assert_eq!((finding.word, finding.subject.as_str()), ("role-lacks", "speak-code role"));
    assert_eq!(
        broken(|it| here(&mut configuration(&mut it.speak).role).exceeds = owned(&["dynamodb:Scan"])),
        ["role-exceeds"]
    );
}

#[test]
fn a_function_that_connect_may_not_invoke() {
    let add = format!(
        "this adds the permission: aws lambda add-permission --region us-east-1 --function-name speak --statement-id \
         connect --action lambda:InvokeFunction --principal connect.amazonaws.com --source-arn {INSTANCE} \
         --source-account 123456789012"
    );
    let finding = the_one(|it| here(&mut here(&mut it.speak).permissions).clear());
    assert_eq!((finding.word, finding.fix), ("permission-missing", Some(add)));
    assert_eq!(finding.text, "Connect may not invoke the function for this instance, so calls say no code");
    let words = broken(|it| permission(&mut it.speak).source_arn = Some(INSTANCE.replace("1111", "2222")));
    assert_eq!(words, ["permission-instance", "permission-missing"]);
    assert_eq!(
        broken(|it| permission(&mut it.speak).denies = Some(Denial::Always)),
        ["permission-denied", "permission-missing"]
    );
    assert_eq!(broken(|it| here(&mut it.speak).permissions = unread()), ["unread"]);
}

#[test]
fn a_function_that_others_may_invoke_too() {
    let also = |principal: &'static str, source: Option<String>| {
        move |it: &mut Snapshot| {
            let mut other = permission(&mut it.speak).clone();
            (other.principal, other.source_arn) = (principal.to_owned(), source);
            here(&mut here(&mut it.speak).permissions).push(other);
        }
    };
    let connect = "connect.amazonaws.com";
    assert_eq!(broken(also(connect, None)), ["permission-wide"]);
    assert_eq!(broken(also(connect, Some(INSTANCE.replace("1111", "2222")))), ["permission-instance"]);
    assert_eq!(broken(also("cognito-idp.amazonaws.com", Some(POOL.to_owned()))), ["permission-other"]);
    // Connect's own statements may have no account.
    assert_eq!(broken(|it| permission(&mut it.speak).source_account = None), [""; 0]);
}

#[test]
fn an_instance_that_does_not_list_the_function() {
    let finding = the_one(|it| it.speak_listed = Some(Found::Here(false)));
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "association-missing"));
    let associate = format!(
        "aws connect associate-lambda-function --region us-east-1 --instance-id {INSTANCE} --function-arn {SPEAK}"
    );
    assert_eq!(finding.fix, Some(associate));
    assert_eq!(broken(|it| it.speak_listed = Some(unread())), ["unread"]);
    // In another Region or account, it can't be asked.
    assert_eq!(broken(|it| it.speak_listed = None), [""; 0]);
}

#[test]
fn a_flow_that_invokes_another_function_or_none() {
    for (what, with, said) in [
        (
            SPEAK,
            "arn:aws:lambda:us-east-1:123456789012:function:old",
            "it invokes arn:aws:lambda:us-east-1:123456789012:function:old and not ",
        ),
        ("InvokeLambdaFunction", "Wait", "it does not invoke "),
    ] {
        let findings = findings(|it| own_flow(it, &[(what, with)]));
        assert_eq!(words(&findings), ["flow-own", "flow-function"]);
        assert!(findings[1].text.starts_with(&format!("{said}{SPEAK}, so calls say no code")), "{findings:?}");
    }
    // The template's own flow is compared without the ARN.
    let finding = the_one(|it| {
        let flow = here(&mut it.connect.flow);
        flow.content = flow.content.replace(SPEAK, "arn:aws:lambda:us-east-1:123456789012:function:old");
    });
    assert_eq!((finding.verdict, finding.word), (Verdict::Wrong, "flow-function"));
    assert!(finding.fix.unwrap().contains(&format!("| sed 's|${{SpeakCode.Arn}}|{SPEAK}|'")));
}

#[test]
fn a_flow_that_goes_on_in_another_is_not_judged() {
    let findings = findings(|it| own_flow(it, &[("InvokeLambdaFunction", "TransferToFlow")]));
    assert_eq!(words(&findings), ["flow-own", "flow-unseen"]);
    assert!(findings.iter().all(|finding| finding.verdict == Verdict::Note));
}

#[test]
fn a_flow_that_invokes_it_without_the_handle_or_with_the_log_on() {
    assert_eq!(broken(|it| own_flow(it, &[("$.Attributes.Handle", "")])), ["flow-own", "flow-handle"]);
    assert_eq!(broken(|it| own_flow(it, &[("Disabled", "Enabled")])), ["flow-own", "flow-logs-code"]);
    // Without a block that turns it on, there is no log.
    let findings = findings(|it| own_flow(it, &[("\"StartAction\":\"a\"", "\"StartAction\":\"b\"")]));
    assert_eq!(words(&findings), ["flow-own", "flow-log-unset"]);
    assert_eq!(findings[1].verdict, Verdict::Note);
}

#[test]
fn a_flow_in_which_no_key_denies_the_sign_in() {
    let only_code = ("\"wish\":\"deny\"", "\"brand\":\"ours\"");
    let findings = findings(|it| own_flow(it, &[only_code]));
    assert_eq!(words(&findings), ["flow-own", "flow-no-denial"]);
    assert_eq!(findings[1].verdict, Verdict::Note);
    assert!(findings[1].fix.as_ref().unwrap().contains("wish = deny"), "{findings:?}");
    // What a reference leads to is not known, nor what another flow does.
    assert_eq!(broken(|it| own_flow(it, &[("\"deny\"", "\"$.Attributes.Wish\"")])), ["flow-own"]);
    let elsewhere = [only_code, ("DisconnectParticipant", "TransferToFlow")];
    assert_eq!(broken(|it| own_flow(it, &elsewhere)), ["flow-own"]);
    // Without a gate, no call asks for a key.
    let ungated = broken(|it| {
        set(&mut it.create, "OTP_GATE", "off");
        own_flow(it, &[only_code]);
    });
    assert_eq!(ungated, ["gate-off", "flow-own"]);
}

#[test]
fn a_flow_that_can_deny_and_never_gets_the_code() {
    let both = "\"handle\":\"$.Attributes.Handle\"}";
    let words = broken(|it| own_flow(it, &[(both, "\"handle\":\"$.Attributes.Handle\",\"wish\":\"deny\"}")]));
    assert_eq!(words, ["flow-own", "flow-function"]);
}

#[test]
fn a_flow_that_invokes_a_version_or_an_alias_of_it() {
    assert_eq!(broken(|it| own_flow(it, &[(SPEAK, &format!("{SPEAK}:live"))])), ["flow-own"]);
}

#[test]
fn a_flow_that_names_the_function_or_the_handle_by_reference_is_not_judged() {
    let function = (SPEAK, "$.Attributes.Function");
    let handle = ("$.Attributes.Handle", "$.FlowAttributes.Handle");
    for changes in [&[function][..], &[handle], &[function, handle], &[function, SPEAKS_ATTRIBUTE]] {
        let findings = findings(|it| own_flow(it, changes));
        assert_eq!(words(&findings), ["flow-own", "flow-reference"], "{changes:?}");
        assert_eq!(findings[1].verdict, Verdict::Note);
    }
    let without = [function, ("$.Attributes.Handle", "")];
    assert_eq!(broken(|it| own_flow(it, &without)), ["flow-own", "flow-function"]);
    // The stack's function is gone. That alone is reported.
    let gone = |it: &mut Snapshot| {
        it.speak = Found::Missing { name: SPEAK.to_owned() };
        own_flow(it, &[handle]);
    };
    assert_eq!(broken(gone), ["missing", "flow-own"]);
}

#[test]
fn settings_that_nobody_knows_leave_the_delivery_open() {
    let words = broken(|it| {
        configuration(&mut it.create).environment = unread();
        it.parameters.clear();
        (it.same_key, it.same_key_to_speak, it.speak, it.speak_listed) = (None, None, Found::Unnamed, None);
    });
    assert_eq!(words, ["unread", "unread", "call-right"]);
}

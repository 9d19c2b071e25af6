//! Ways to break the Connect instance, everything in it, and the ledger's table.

use std::collections::BTreeSet;

use serde_json::Value;

use super::set_up::*;
use crate::doctor::{examine, exit_code};
use crate::snapshot::{Found, Queue, Snapshot};

#[test]
fn an_instance_that_does_not_exist() {
    assert_eq!(broken(|it| it.connect.instance = Found::Missing { name: "1".to_owned() }), ["missing"]);
}

#[test]
fn an_instance_that_is_not_ready() {
    let words = broken(|it| here(&mut it.connect.instance).status = "CREATION_FAILED".to_owned());
    assert_eq!(words, ["instance-status"]);
}

#[test]
fn an_instance_that_may_not_call_out() {
    assert_eq!(broken(|it| here(&mut it.connect.instance).calls_out = false), ["outbound-off"]);
}

#[test]
fn a_flow_that_is_not_published() {
    assert_eq!(broken(|it| here(&mut it.connect.flow).status = "SAVED".to_owned()), ["flow-unpublished"]);
}

#[test]
fn a_flow_that_is_archived() {
    assert_eq!(broken(|it| here(&mut it.connect.flow).state = "ARCHIVED".to_owned()), ["flow-archived"]);
}

#[test]
fn a_flow_of_the_wrong_type() {
    assert_eq!(broken(|it| here(&mut it.connect.flow).kind = "CUSTOMER_QUEUE".to_owned()), ["flow-type"]);
}

#[test]
fn a_flow_that_somebody_changed() {
    let change = |it: &mut Snapshot| {
        let flow = here(&mut it.connect.flow);
        flow.content = flow.content.replace("DisconnectParticipant", "MessageParticipant");
    };
    let finding = the_one(change);
    assert_eq!(finding.word, "flow-differs");
    let by_hand = "aws connect update-contact-flow-content --region us-east-1 --instance-id 1 --contact-flow-id \
                   66666666-7777-8888-9999-000000000000 --content \"$(aws cloudformation get-template --region us-east-1 --stack-name voice-code --template-stage \
                   Processed --query 'TemplateBody.Resources.VoiceCodeFlow.Properties.Content.\"Fn::Sub\"' --output text | \
                   sed 's|${SpeakCode.Arn}|arn:aws:lambda:us-east-1:123456789012:function:speak|')\"";
    assert!(finding.fix.as_ref().unwrap().contains(by_hand), "{finding:?}");
    let own = broken(|it| {
        change(it);
        here(&mut it.connect.flow).name = "ours".to_owned();
    });
    assert_eq!(own, ["flow-own"]);
}

#[test]
fn a_flow_that_the_console_saved_without_a_change() {
    let own = crate::own_flow().unwrap();
    let mut snapshot = right();
    let mut saved: Value = serde_json::from_str(&own).unwrap();
    let mut changed = BTreeSet::new();
    for action in saved["Actions"].as_array_mut().unwrap() {
        let kind = action["Type"].as_str().unwrap().to_owned();
        match &*kind {
            "Loop" if action["Parameters"]["LoopCount"] == "3" => action["Parameters"]["LoopCount"] = 3.into(),
            "MessageParticipant" => action["Parameters"]["SkipWhenDTMFBufferEnabled"] = "false".into(),
            _ => continue,
        }
        changed.insert(kind);
    }
    assert_eq!(changed.len(), 2, "{changed:?}");
    here(&mut snapshot.connect.flow).content = saved.to_string().replace("${SpeakCode.Arn}", SPEAK);
    assert_eq!(exit_code(&examine(&snapshot, &own)), 0);
}

#[test]
fn a_number_that_is_not_claimed() {
    let words = broken(|it| it.connect.number = Found::Missing { name: "the number".to_owned() });
    assert_eq!(words, ["missing"]);
    assert_eq!(broken(|it| here(&mut it.connect.number).status = "FAILED".to_owned()), ["number-status"]);
}

#[test]
fn a_number_that_may_not_come_through() {
    assert_eq!(broken(|it| here(&mut it.connect.number).kind = "TOLL_FREE".to_owned()), ["number-toll-free"]);
    for kind in ["SHORT_CODE", "UIFN"] {
        assert_eq!(broken(|it| here(&mut it.connect.number).kind = kind.to_owned()), ["number-type"]);
    }
}

#[test]
fn a_queue_that_is_disabled_or_gone() {
    let queue = |status: &str| Some(Found::Here(Queue { status: status.to_owned() }));
    assert_eq!(broken(|it| it.connect.queue = queue("ENABLED")), [""; 0]);
    assert_eq!(broken(|it| it.connect.queue = queue("DISABLED")), ["queue-disabled"]);
    assert_eq!(broken(|it| it.connect.queue = Some(Found::Missing { name: "q".to_owned() })), ["missing"]);
}

#[test]
fn countries_that_need_a_case() {
    assert_eq!(broken(|it| set(&mut it.create, "OTP_COUNTRIES", "US,GB,JP")), ["country-case", "country-case"]);
    assert_eq!(broken(|it| set(&mut it.create, "OTP_COUNTRIES", "us, gb")), ["country-case"]);
    let of_the_number_that_calls = broken(|it| {
        set(&mut it.create, "OTP_COUNTRIES", "");
        set(&mut it.create, "CONNECT_SOURCE_PHONE_NUMBER", "+442079460123");
    });
    assert_eq!(of_the_number_that_calls, ["country-case"]);
}

#[test]
fn a_quota_that_the_budget_exceeds() {
    assert_eq!(broken(|it| set(&mut it.create, "OTP_MAX_CALLS_ALL_HOUR", "2000")), ["quota-calls"]);
    assert_eq!(broken(|it| set(&mut it.create, "OTP_MAX_CALLS_ALL_HOUR", "350")), [""; 0]);
}

#[test]
fn a_quota_of_no_calls_at_all() {
    for budget in ["200", "0"] {
        let words = broken(|it| {
            here(&mut it.connect.quotas)[0].value = 0.0;
            set(&mut it.create, "OTP_MAX_CALLS_ALL_HOUR", budget);
        });
        assert!(words.contains(&"quota-none"), "{budget}: {words:?}");
    }
    let fix = the_one(|it| here(&mut it.connect.quotas)[0].value = 0.0).fix.unwrap();
    let command = format!(
        "aws service-quotas request-service-quota-increase --region us-east-1 --service-code connect --quota-code L-12AB7C57 \
         --context-id {INSTANCE} --desired-value "
    );
    assert!(fix.starts_with(&command), "{fix}");
}

#[test]
fn a_quota_that_nobody_tells() {
    assert_eq!(broken(|it| here(&mut it.connect.quotas).clear()), ["unread"]);
}

#[test]
fn a_quota_that_a_busy_hour_exceeds() {
    assert_eq!(broken(|it| set(&mut it.create, "OTP_MAX_CALLS_ALL_HOUR", "600")), ["quota-tight"]);
}

#[test]
fn a_table_that_does_not_exist() {
    assert_eq!(broken(|it| it.table = Found::Missing { name: "ledger".to_owned() }), ["missing"]);
}

#[test]
fn a_table_that_is_not_ready() {
    assert_eq!(broken(|it| here(&mut it.table).status = "CREATING".to_owned()), ["table-status"]);
}

#[test]
fn a_table_with_another_key() {
    assert_eq!(broken(|it| here(&mut it.table).key.push("sk RANGE S".to_owned())), ["table-key"]);
}

#[test]
fn rows_that_never_go() {
    let finding = the_one(|it| here(&mut it.table).deletes_by = None);
    assert!(finding.word == "table-ttl" && finding.text.contains("never deleted"), "{finding:?}");
    assert_eq!(
        finding.fix.as_deref(),
        Some(
            "aws dynamodb update-time-to-live --region us-east-1 --table-name ledger --time-to-live-specification \
             Enabled=true,AttributeName=deleteAfter"
        )
    );
}

#[test]
fn rows_that_go_by_another_time() {
    let finding = the_one(|it| here(&mut it.table).deletes_by = Some("expiresAt".to_owned()));
    assert_eq!(finding.word, "table-ttl");
    assert!(finding.text.contains("deleted once that is past, and with it the failures"), "{finding:?}");
    // DynamoDB allows one such attribute at a time.
    let fix = finding.fix.unwrap();
    assert!(
        fix.contains("Enabled=false,AttributeName=expiresAt") && fix.contains("Enabled=true,AttributeName=deleteAfter")
    );
}

//! A set-up that is right, and each way in which it can be broken.

mod codes;
mod connect;
mod functions;
mod gate;
mod limits;
mod pool;
mod set_up;
mod speak;
mod users;

use self::set_up::*;
use super::*;
use crate::snapshot::{Codes, Connect, Found, SetUp, Snapshot};

#[test]
fn a_right_set_up_has_nothing_but_right_lines() {
    assert_eq!(broken(|_| ()), [""; 0]);
    let findings = examine(&right(), FLOW);
    assert_eq!(exit_code(&findings), 0);
    let text = as_text(&right().set_up, &findings);
    assert!(
        text.starts_with("Stack voice-code, user pool us-east-1_Example01, Region us-east-1, account 123456789012\n")
    );
    assert!(text.ends_with("All is right."));
}

#[test]
fn the_templates_own_flow_is_as_in_the_template() {
    let own = crate::own_flow().unwrap();
    let mut snapshot = right();
    here(&mut snapshot.connect.flow).content = own.replace("${SpeakCode.Arn}", SPEAK);
    assert_eq!(exit_code(&examine(&snapshot, &own)), 0);
    assert_eq!(exit_code(&examine(&right(), &own)), 1);
}

#[test]
fn what_can_not_be_looked_at_is_neither_right_nor_wrong() {
    let mut snapshot = right();
    snapshot.table = unread();
    configuration(&mut snapshot.create).role = unread();
    snapshot.connect.quotas = unread();
    let findings = examine(&snapshot, FLOW);
    assert_eq!(exit_code(&findings), 2);
    let count = findings.iter().filter(|finding| finding.verdict == Verdict::Unread).count();
    assert_eq!(count, 3);
    assert!(as_text(&snapshot.set_up, &findings).ends_with("Wrong: 0. Not looked at: 3."));
    // Something wrong weighs more.
    here(&mut snapshot.pool).mfa = "ON".to_owned();
    assert_eq!(exit_code(&examine(&snapshot, FLOW)), 1);
}

#[test]
fn a_set_up_without_anything_is_judged_too() {
    let snapshot = Snapshot {
        set_up: SetUp::default(),
        parameters: [].into(),
        temporary_passwords: Found::Unnamed,
        users: Some(Found::Unnamed),
        made_pool: false,
        pool: Found::Unnamed,
        clients: Found::Unnamed,
        identity_providers: Found::Unnamed,
        define: Found::Unnamed,
        create: Found::Unnamed,
        verify: Found::Unnamed,
        speak: Found::Unnamed,
        gate: Found::Unnamed,
        send: Found::Unnamed,
        codes: Codes::default(),
        token_trigger_is_gone: false,
        same_key: None,
        same_key_to_speak: None,
        same_key_to_send: None,
        speak_listed: None,
        table: Found::Unnamed,
        connect: Connect {
            instance: Found::Unnamed,
            flow: Found::Unnamed,
            number: Found::Unnamed,
            queue: None,
            quotas: Found::Unnamed,
        },
    };
    assert_eq!(exit_code(&examine(&snapshot, FLOW)), 1);
}

#[test]
fn a_pool_that_can_not_be_read_is_all_that_is_said() {
    let mut snapshot = right();
    snapshot.pool = unread();
    snapshot.clients = unread();
    (snapshot.define, snapshot.create, snapshot.verify) = (Found::Unnamed, Found::Unnamed, Found::Unnamed);
    (snapshot.speak, snapshot.gate) = (Found::Unnamed, Found::Unnamed);
    snapshot.parameters.clear();
    let findings = examine(&snapshot, FLOW);
    assert_eq!(findings.iter().filter(|finding| finding.word == "unread").count(), 2);
    assert_eq!(exit_code(&findings), 2);
}

#[test]
fn the_json_has_the_same() {
    let mut snapshot = right();
    here(&mut snapshot.pool).mfa = "ON".to_owned();
    let json: serde_json::Value =
        serde_json::from_str(&as_json(Some(&snapshot.set_up), &examine(&snapshot, FLOW))).unwrap();
    assert_eq!(json["verdict"], "wrong");
    assert_eq!(json["setUp"]["stack"], "voice-code");
    assert_eq!(json["setUp"]["userPool"], "us-east-1_Example01");
    let findings = json["findings"].as_array().unwrap();
    let wrong: Vec<_> = findings.iter().filter(|finding| finding["verdict"] == "wrong").collect();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0]["word"], "mfa-on");
    assert!(wrong[0]["fix"].as_str().unwrap().contains("set-user-pool-mfa-config"));
    // A set-up can be kept, and judged later.
    let kept = serde_json::to_string(&snapshot).unwrap();
    assert_eq!(serde_json::from_str::<Snapshot>(&kept).unwrap(), snapshot);
}

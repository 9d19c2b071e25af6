//! A set-up that is right, and each way in which it can be broken.

use std::collections::BTreeMap;

use super::*;
use crate::snapshot::{
    Client, Connect, Flow, Found, Function, Instance, Number, Permission, Pool, Queue, Quota, Role, Table, Trigger,
};

const POOL: &str = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Example01";
const INSTANCE: &str = "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-3333-4444-555555555555";
const FLOW: &str =
    r#"{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"DisconnectParticipant"}]}"#;

fn right() -> Snapshot {
    let define = [("OTP_MODE", "password-then-call"), ("OTP_MAX_ATTEMPTS", "3"), ("OTP_MAX_CALLS", "3")];
    let verify = [("OTP_LOCKOUT_FAILURES", "10"), ("LEDGER_TABLE_NAME", "ledger"), ("OTP_KEY", &"*".repeat(64))];
    let flow = format!("{INSTANCE}/contact-flow/66666666-7777-8888-9999-000000000000");
    let call = [
        ("OTP_COUNTRIES", "US"),
        ("OTP_VALIDITY_SECONDS", "300"),
        ("CONNECT_INSTANCE_ARN", INSTANCE),
        ("CONNECT_CONTACT_FLOW_ARN", &flow),
        ("CONNECT_SOURCE_PHONE_NUMBER", "+12065550100"),
    ];
    let create: Vec<_> = [&define[..], &verify, &call].concat();
    Snapshot {
        pool: Found::Here(Pool {
            id: "us-east-1_Example01".to_owned(),
            arn: POOL.to_owned(),
            triggers: [
                ("DefineAuthChallenge", "define"),
                ("CreateAuthChallenge", "create"),
                ("VerifyAuthChallengeResponse", "verify"),
                ("PostConfirmation", "verify"),
            ]
            .map(|(key, name)| (key.to_owned(), arn(name)))
            .into(),
            mfa: "OFF".to_owned(),
            verified_before_update: vec!["phone_number".to_owned()],
            recovery: Some(vec!["verified_email".to_owned()]),
            mutable_attributes: vec!["phone_number".to_owned(), "email".to_owned()],
            attributes: vec!["sub".to_owned(), "phone_number".to_owned(), "email".to_owned()],
            domains: Vec::new(),
        }),
        clients: Found::Here(vec![Client {
            id: "abc".to_owned(),
            name: "app".to_owned(),
            flows: Some(vec!["ALLOW_CUSTOM_AUTH".to_owned(), "ALLOW_REFRESH_TOKEN_AUTH".to_owned()]),
            oauth_flows: Vec::new(),
            identity_providers: Vec::new(),
            hides_users: true,
            session_minutes: 7,
            write_attributes: Some(vec!["email".to_owned()]),
        }]),
        define: function("define", &define),
        create: function("create", &create),
        verify: function("verify", &verify),
        same_key: Some(true),
        connect: Connect {
            instance: Found::Here(Instance { id: "1".to_owned(), status: "ACTIVE".to_owned(), calls_out: true }),
            flow: Found::Here(Flow {
                name: "stack-voice-code".to_owned(),
                kind: "CONTACT_FLOW".to_owned(),
                state: "ACTIVE".to_owned(),
                status: "PUBLISHED".to_owned(),
                content: FLOW.to_owned(),
            }),
            number: Found::Here(Number { kind: "DID".to_owned(), status: "CLAIMED".to_owned() }),
            queue: None,
            quotas: Found::Here(vec![Quota { name: "Concurrent active calls per instance".to_owned(), value: 10.0 }]),
        },
        table: Found::Here(Table {
            name: "ledger".to_owned(),
            status: "ACTIVE".to_owned(),
            key: vec!["pk HASH S".to_owned()],
            deletes_by: Some("deleteAfter".to_owned()),
        }),
    }
}

fn arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:123456789012:function:{name}")
}

fn function(name: &str, environment: &[(&str, &str)]) -> Found<Function> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Found::Here(Function {
        arn: arn(name),
        timeout: 5,
        state: "Active".to_owned(),
        environment: environment.collect(),
        permissions: Found::Here(vec![Permission {
            id: "cognito".to_owned(),
            principal: "cognito-idp.amazonaws.com".to_owned(),
            source_arn: Some(POOL.to_owned()),
            source_account: Some("123456789012".to_owned()),
        }]),
        role: Found::Here(Role { arn: format!("arn:aws:iam::123456789012:role/{name}"), ..Role::default() }),
    })
}

fn here<T>(found: &mut Found<T>) -> &mut T {
    match found {
        Found::Here(thing) => thing,
        _ => panic!("it is there in a set-up that is right"),
    }
}

/// What is found once something was broken: the words of all that isn't right.
fn broken(how: impl FnOnce(&mut Snapshot)) -> Vec<&'static str> {
    let mut snapshot = right();
    how(&mut snapshot);
    let findings = examine(&snapshot, FLOW);
    // Whatever is wrong, there is something to do about it.
    for finding in &findings {
        let has_fix = finding.fix.as_ref().is_some_and(|fix| !fix.is_empty());
        assert_eq!(has_fix, finding.verdict != Verdict::Right, "{finding:?}");
        assert!(!finding.text.is_empty() && !finding.text.contains("+12065550100"), "{finding:?}");
    }
    findings.iter().filter(|finding| finding.verdict != Verdict::Right).map(|finding| finding.word).collect()
}

fn client(snapshot: &mut Snapshot) -> &mut Client {
    &mut here(&mut snapshot.clients)[0]
}

fn environment(function: &mut Found<Function>) -> &mut BTreeMap<String, String> {
    &mut here(function).environment
}

fn set(function: &mut Found<Function>, name: &str, value: &str) {
    environment(function).insert(name.to_owned(), value.to_owned());
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn unread<T>() -> Found<T> {
    Found::Unread { reason: "x:Get was refused: AccessDenied".to_owned(), advice: "allow x:Get".to_owned() }
}

#[test]
fn a_right_set_up_has_nothing_but_right_lines() {
    assert_eq!(broken(|_| ()), [""; 0]);
    let findings = examine(&right(), FLOW);
    assert_eq!(exit_code(&findings), 0);
    assert!(as_text(&findings).ends_with("All is right."));
}

#[test]
fn the_templates_own_flow_is_as_in_the_template() {
    let own = crate::own_flow().unwrap();
    let mut snapshot = right();
    here(&mut snapshot.connect.flow).content.clone_from(&own);
    assert_eq!(exit_code(&examine(&snapshot, &own)), 0);
    assert_eq!(exit_code(&examine(&right(), &own)), 1);
}

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
        here(&mut here(&mut it.define).permissions)[0].source_arn = Some(POOL.replace("01", "02"));
    });
    assert_eq!(words, ["permission-missing"]);
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
fn a_reset_that_does_not_unlock() {
    assert_eq!(broken(|it| drop(here(&mut it.pool).triggers.remove("PostConfirmation"))), ["post-confirmation"]);
}

#[test]
fn mfa_that_is_optional() {
    assert_eq!(broken(|it| here(&mut it.pool).mfa = "OPTIONAL".to_owned()), ["mfa-on"]);
}

#[test]
fn a_number_that_counts_before_it_is_verified() {
    assert_eq!(broken(|it| here(&mut it.pool).verified_before_update.clear()), ["update-unverified"]);
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
        let words = broken(|it| client(it).flows.as_mut().unwrap().push(flow.to_owned()));
        assert_eq!(words, ["client-flow"], "{flow}");
    }
}

#[test]
fn a_client_with_the_default_flows() {
    assert_eq!(broken(|it| client(it).flows = None), ["client-flow"]);
}

#[test]
fn a_second_client_beside_a_right_one() {
    let words = broken(|it| {
        let flows = Some(owned(&["ALLOW_USER_SRP_AUTH"]));
        let other = Client { name: "old".to_owned(), flows, hides_users: false, ..client(it).clone() };
        here(&mut it.clients).push(other);
    });
    // That it reveals users matters only where users sign in by call.
    assert_eq!(words, ["client-flow"]);
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
    assert_eq!(broken(|it| oauth(it, "code", true)), ["client-managed-login"]);
    assert_eq!(broken(|it| oauth(it, "code", false)), [""; 0]);
    assert_eq!(broken(|it| oauth(it, "client_credentials", true)), [""; 0]);
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
    assert_eq!(broken(|it| client(it).write_attributes = None), ["client-writes-number"]);
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
}

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
    assert_eq!(broken(change), ["flow-differs"]);
    let own = broken(|it| {
        change(it);
        here(&mut it.connect.flow).name = "ours".to_owned();
    });
    assert_eq!(own, ["flow-own"]);
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
    assert_eq!(broken(|it| here(&mut it.connect.number).kind = "SHORT_CODE".to_owned()), ["number-type"]);
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
}

#[test]
fn a_quota_that_the_budget_exceeds() {
    assert_eq!(broken(|it| set(&mut it.create, "OTP_MAX_CALLS_ALL_HOUR", "2000")), ["quota-calls"]);
    assert_eq!(broken(|it| set(&mut it.create, "OTP_MAX_CALLS_ALL_HOUR", "800")), [""; 0]);
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
    assert_eq!(broken(|it| here(&mut it.table).deletes_by = None), ["table-ttl"]);
}

#[test]
fn what_can_not_be_looked_at_is_neither_right_nor_wrong() {
    let mut snapshot = right();
    snapshot.table = unread();
    here(&mut snapshot.create).role = unread();
    snapshot.connect.quotas = unread();
    let findings = examine(&snapshot, FLOW);
    assert_eq!(exit_code(&findings), 2);
    let count = findings.iter().filter(|finding| finding.verdict == Verdict::Unread).count();
    assert_eq!(count, 3);
    assert!(as_text(&findings).ends_with("Wrong: 0. Not looked at: 3."));
    // Something wrong weighs more.
    here(&mut snapshot.pool).mfa = "ON".to_owned();
    assert_eq!(exit_code(&examine(&snapshot, FLOW)), 1);
}

#[test]
fn a_set_up_without_anything_is_judged_too() {
    let snapshot = Snapshot {
        pool: Found::Unnamed,
        clients: Found::Unnamed,
        define: Found::Unnamed,
        create: Found::Unnamed,
        verify: Found::Unnamed,
        same_key: None,
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
    let findings = examine(&snapshot, FLOW);
    assert_eq!(findings.iter().filter(|finding| finding.word == "unread").count(), 2);
    assert_eq!(exit_code(&findings), 2);
}

#[test]
fn a_program_is_told_the_same() {
    let mut snapshot = right();
    here(&mut snapshot.pool).mfa = "ON".to_owned();
    let json: serde_json::Value = serde_json::from_str(&as_json(&examine(&snapshot, FLOW))).unwrap();
    assert_eq!(json["verdict"], "wrong");
    let findings = json["findings"].as_array().unwrap();
    let wrong: Vec<_> = findings.iter().filter(|finding| finding["verdict"] == "wrong").collect();
    assert_eq!(wrong.len(), 1);
    assert_eq!(wrong[0]["word"], "mfa-on");
    assert!(wrong[0]["fix"].as_str().unwrap().contains("set-user-pool-mfa-config"));
    // A set-up can be kept, and judged later.
    let kept = serde_json::to_string(&snapshot).unwrap();
    assert_eq!(serde_json::from_str::<Snapshot>(&kept).unwrap(), snapshot);
}

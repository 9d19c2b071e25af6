//! A set-up that is right, and helpers that break it.

use std::collections::BTreeMap;

use crate::doctor::{Finding, Verdict, examine};
use crate::snapshot::{
    Client, Codes, Configuration, Connect, Flow, Found, Function, Instance, Number, Permission, Pool, Quota,
    Registration, Role, SetUp, Snapshot, Table, TokenTrigger,
};

pub(super) const POOL: &str = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Example01";
pub(super) const INSTANCE: &str =
    "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-3333-4444-555555555555";
pub(super) const SPEAK: &str = "arn:aws:lambda:us-east-1:123456789012:function:speak";
/// Turns logging off, gets the code and hangs up.
pub(super) const FLOW: &str = r#"{"Version":"2019-10-30","StartAction":"a","Actions":[
    {"Identifier":"a","Type":"UpdateFlowLoggingBehavior","Parameters":{"FlowLoggingBehavior":"Disabled"},
     "Transitions":{"NextAction":"b"}},
    {"Identifier":"b","Type":"InvokeLambdaFunction","Parameters":{
        "LambdaFunctionARN":"arn:aws:lambda:us-east-1:123456789012:function:speak",
        "LambdaInvocationAttributes":{"handle":"$.Attributes.Handle"}},
     "Transitions":{"NextAction":"d","Errors":[{"ErrorType":"NoMatchingError","NextAction":"c"}]}},
    {"Identifier":"d","Type":"InvokeLambdaFunction","Parameters":{
        "LambdaFunctionARN":"arn:aws:lambda:us-east-1:123456789012:function:speak",
        "LambdaInvocationAttributes":{"handle":"$.Attributes.Handle","wish":"deny"}},
     "Transitions":{"NextAction":"c","Errors":[{"ErrorType":"NoMatchingError","NextAction":"c"}]}},
    {"Identifier":"c","Type":"DisconnectParticipant"}]}"#;

pub(super) fn right() -> Snapshot {
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
    let gate = [("OTP_TOKEN_GATE", "on"), ("LEDGER_TABLE_NAME", "ledger")];
    let speak: Vec<_> = [&verify[..], &[("CONNECT_INSTANCE_ARN", INSTANCE)]].concat();
    Snapshot {
        set_up: SetUp {
            stack: Some("voice-code".to_owned()),
            user_pool: "us-east-1_Example01".to_owned(),
            region: "us-east-1".to_owned(),
            account: Some("123456789012".to_owned()),
        },
        // With the default, the form of the right to call is a note.
        parameters: [("CONNECT_CALL_RESOURCE".to_owned(), "any".to_owned())].into(),
        temporary_passwords: Found::Here(0),
        users: None,
        made_pool: false,
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
            token_trigger: Some(TokenTrigger { function: arn("gate"), version: "V1_0".to_owned() }),
            sms_sender: None,
            codes_key: None,
            sends_texts: true,
            mfa: "OFF".to_owned(),
            verified_before_update: vec!["phone_number".to_owned()],
            recovery: Some(vec!["verified_email".to_owned()]),
            mutable_attributes: vec!["phone_number".to_owned(), "email".to_owned()],
            attributes: vec!["sub".to_owned(), "phone_number".to_owned(), "email".to_owned()],
            domains: Vec::new(),
            open_sign_up: false,
            sign_in_names: vec!["email".to_owned()],
            registration: Registration::Off,
            sms_failure: None,
        }),
        clients: Found::Here(vec![Client {
            id: "abc".to_owned(),
            name: "app".to_owned(),
            flows: Some(vec!["ALLOW_CUSTOM_AUTH".to_owned(), "ALLOW_REFRESH_TOKEN_AUTH".to_owned()]),
            oauth_flows: Vec::new(),
            identity_providers: Vec::new(),
            hides_users: true,
            session_minutes: 7,
            write_attributes: Some(vec!["name".to_owned()]),
            refresh_seconds: 30 * 86_400,
            revokes: true,
        }]),
        identity_providers: Found::Here(Vec::new()),
        define: function("define", &define),
        create: function("create", &create),
        verify: function("verify", &verify),
        speak: speak_code(&speak),
        gate: function("gate", &gate),
        send: Found::Unnamed,
        codes: Codes::default(),
        token_trigger_is_gone: false,
        same_key: Some(true),
        same_key_to_speak: Some(true),
        same_key_to_send: None,
        speak_listed: Some(Found::Here(true)),
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

pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:123456789012:function:{name}")
}

pub(super) fn function(name: &str, environment: &[(&str, &str)]) -> Found<Function> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Found::Here(Function {
        arn: arn(name),
        reserved: Found::Here(None),
        permissions: Found::Here(vec![Permission {
            id: "cognito".to_owned(),
            principal: "cognito-idp.amazonaws.com".to_owned(),
            source_arn: Some(POOL.to_owned()),
            source_account: Some("123456789012".to_owned()),
            denies: None,
        }]),
        configuration: Found::Here(Configuration {
            timeout: 5,
            state: "Active".to_owned(),
            last_update: "Successful".to_owned(),
            kms_key: Some("arn:aws:kms:us-east-1:123456789012:key/1".to_owned()),
            environment: Found::Here(environment.collect()),
            role: Found::Here(Role { arn: format!("arn:aws:iam::123456789012:role/{name}"), ..Role::default() }),
        }),
    })
}

/// speak-code, with a shorter time limit than the others, and invoked by Connect.
fn speak_code(environment: &[(&str, &str)]) -> Found<Function> {
    let mut speak = function("speak", environment);
    configuration(&mut speak).timeout = 2;
    let permission = permission(&mut speak);
    permission.principal = "connect.amazonaws.com".to_owned();
    permission.source_arn = Some(INSTANCE.to_owned());
    speak
}

/// The only statement of a function's policy.
pub(super) fn permission(function: &mut Found<Function>) -> &mut Permission {
    let [permission] = &mut here(&mut here(function).permissions)[..] else { panic!("one statement") };
    permission
}

pub(super) fn here<T>(found: &mut Found<T>) -> &mut T {
    match found {
        Found::Here(thing) => thing,
        _ => panic!("it is there in a set-up that is right"),
    }
}

/// Breaks something. Returns the words of all findings that aren't right.
pub(super) fn broken(how: impl FnOnce(&mut Snapshot)) -> Vec<&'static str> {
    words(&findings(how))
}

pub(super) fn words(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.word).collect()
}

/// Breaks something. Returns the only finding that isn't right.
pub(super) fn the_one(how: impl FnOnce(&mut Snapshot)) -> Finding {
    let findings = findings(how);
    let [finding] = &findings[..] else { panic!("{findings:?}") };
    finding.clone()
}

/// Breaks something. Returns all findings that aren't right.
pub(super) fn findings(how: impl FnOnce(&mut Snapshot)) -> Vec<Finding> {
    let mut snapshot = right();
    how(&mut snapshot);
    let findings = examine(&snapshot, FLOW);
    // Every finding that is not right has a fix.
    for finding in &findings {
        let has_fix = finding.fix.as_ref().is_some_and(|fix| !fix.is_empty());
        assert_eq!(has_fix, finding.verdict != Verdict::Right, "{finding:?}");
        // UpdateUserPool and UpdateUserPoolClient reset what they are not sent: no fix is to call them.
        let fix = finding.fix.as_deref().unwrap_or_default();
        assert!(!fix.contains("update-user-pool") && !fix.contains("deploy the stack"), "{finding:?}");
        let parts = ["aws ", "voice-otp ", "sam build && ", " console", "check --", "give --", "wait"];
        let is_followed = parts.iter().any(|part| fix.contains(part));
        assert!(is_followed || finding.verdict != Verdict::Wrong, "{finding:?}");
        assert!(!finding.text.is_empty() && !finding.text.contains("+12065550100"), "{finding:?}");
    }
    findings.into_iter().filter(|finding| finding.verdict != Verdict::Right).collect()
}

pub(super) fn client(snapshot: &mut Snapshot) -> &mut Client {
    &mut here(&mut snapshot.clients)[0]
}

pub(super) fn configuration(function: &mut Found<Function>) -> &mut Configuration {
    here(&mut here(function).configuration)
}

pub(super) fn environment(function: &mut Found<Function>) -> &mut BTreeMap<String, String> {
    here(&mut configuration(function).environment)
}

pub(super) fn set(function: &mut Found<Function>, name: &str, value: &str) {
    environment(function).insert(name.to_owned(), value.to_owned());
}

/// Breaks something in a pool whose token gate only counts. Returns the words of all findings that aren't right, without
/// the one on the gate.
pub(super) fn broken_without_gate(how: impl FnOnce(&mut Snapshot)) -> Vec<&'static str> {
    let words = broken(|it| {
        set(&mut it.gate, "OTP_TOKEN_GATE", "observe");
        how(it);
    });
    assert!(words.contains(&"token-gate-observes"), "{words:?}");
    words.into_iter().filter(|word| *word != "token-gate-observes").collect()
}

pub(super) fn call_only(snapshot: &mut Snapshot) {
    set(&mut snapshot.define, "OTP_MODE", "call-only");
    set(&mut snapshot.create, "OTP_MODE", "call-only");
    set(&mut snapshot.create, "OTP_DIGITS", "8");
}

pub(super) fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub(super) fn unread<T>() -> Found<T> {
    Found::Unread { reason: "x:Get was refused: AccessDenied".to_owned(), advice: "allow x:Get".to_owned() }
}

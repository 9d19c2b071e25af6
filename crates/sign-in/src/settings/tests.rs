use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use regex_syntax::hir::{Class, ClassUnicode, HirKind};

use super::speech::is_brand;
use super::*;
use crate::code::Digits;
use crate::ledger::{Budget, CallLimits, ClientId, PassLife};
use crate::phone::{Caller, Countries};

const INSTANCE_ARN: &str = "arn:aws:connect:eu-central-1:123456789012:instance/11111111-2222-3333-4444-555555555555";

fn right() -> HashMap<&'static str, String> {
    HashMap::from([
        ("OTP_KEY", "k".repeat(32)),
        ("CONNECT_INSTANCE_ARN", INSTANCE_ARN.to_owned()),
        ("CONNECT_CONTACT_FLOW_ARN", format!("{INSTANCE_ARN}/contact-flow/flow-1")),
        ("CONNECT_SOURCE_PHONE_NUMBER", "+12065550199".to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret-of-aws".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("LEDGER_TABLE_NAME", "ledger".to_owned()),
    ])
}

fn create(changes: &[(&'static str, &str)]) -> Result<CreateSettings, SettingsError> {
    let mut environment = right();
    environment.extend(changes.iter().map(|&(name, value)| (name, value.to_owned())));
    CreateSettings::read(&|name| environment.get(name).cloned())
}

#[test]
fn what_is_left_out_has_its_default() {
    let CreateSettings { challenge, speech, connect, policy, failures, ledger, https } = create(&[]).unwrap();
    assert_eq!(challenge.mode, Mode::PasswordThenCall);
    assert_eq!(challenge.limits, SignInLimits { attempts: 3, calls: 3 });
    assert_eq!(
        challenge.form,
        ChallengeForm { attempts: 3, digits: Digits::SIX, validity_seconds: 300, hearing: Hearing::Awaited }
    );
    assert_eq!(policy.countries, Countries::parse("US").unwrap());
    assert_eq!(policy.calls, CallLimits { seconds_between_calls: 30, quarter_hour: 3, hour: 5, day: 10 });
    assert_eq!(policy.budget, Budget { country_hour: 100, all_hour: 200, all_day: 1000 });
    assert_eq!(failures, FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 900 });
    assert_eq!((&*ledger.table_name, &*ledger.region, ledger.endpoint_url), ("ledger", "us-east-1", None));
    assert_eq!(ledger.pass_life, PassLife::of_days(30));
    assert_eq!(https, HttpsSettings { trust: Trust::Amazon, cert_file: None, proxy: None });
    assert_eq!(challenge.phone_attribute, "phone_number");
    assert_eq!((&*speech.brand, speech.gate, speech.language.tag()), ("your sign-in service", true, "en-US"));
    assert_eq!((connect.ring_timeout_seconds, connect.endpoint_url), (25, None));
}

#[test]
fn an_empty_value_is_none() {
    assert_eq!(create(&[("OTP_DIGITS", ""), ("CONNECT_QUEUE_ARN", "")]).unwrap().challenge.form.digits, Digits::SIX);
}

#[test]
fn the_arns_give_ids_and_the_region() {
    let connect = create(&[]).unwrap().connect;
    assert_eq!(connect.instance.region, "eu-central-1");
    assert_eq!(connect.instance.id, "11111111-2222-3333-4444-555555555555");
    assert_eq!(connect.contact_flow_id, "flow-1");
}

#[test]
fn the_endpoint_of_connect_goes_before_that_of_all_services() {
    let endpoint = |changes: &[_]| create(changes).unwrap().connect.endpoint_url;
    let all = ("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let connect = ("AWS_ENDPOINT_URL_CONNECT", "http://127.0.0.1:2");
    assert_eq!(endpoint(&[all]).unwrap(), all.1);
    assert_eq!(endpoint(&[all, connect]).unwrap(), connect.1);
}

#[test]
fn each_wrong_value_is_named_with_what_it_must_be() {
    let long_brand = "x".repeat(65);
    for (name, value) in [
        ("OTP_MODE", "sms"),
        ("OTP_DIGITS", "3"),
        ("OTP_DIGITS", "11"),
        ("OTP_DIGITS", "six"),
        ("OTP_VALIDITY_SECONDS", "0"),
        ("OTP_VALIDITY_SECONDS", "601"),
        ("OTP_CODE_DELIVERY", "sms"),
        ("OTP_MAX_ATTEMPTS", "0"),
        ("OTP_MAX_ATTEMPTS", "11"),
        ("OTP_MAX_CALLS", "0"),
        ("OTP_MAX_CALLS", "-1"),
        ("OTP_SECONDS_BETWEEN_CALLS", "601"),
        ("OTP_MAX_CALLS_QUARTER_HOUR", "101"),
        ("OTP_MAX_CALLS_HOUR", "-1"),
        ("OTP_MAX_CALLS_DAY", "ten"),
        ("OTP_MAX_CALLS_COUNTRY_HOUR", "100000001"),
        ("OTP_MAX_CALLS_ALL_HOUR", "1.5"),
        ("OTP_MAX_CALLS_ALL_DAY", "1e3"),
        ("OTP_LOCKOUT_FAILURES", "101"),
        ("OTP_LOCKOUT_SECONDS", "0"),
        ("OTP_LOCKOUT_SECONDS", "86401"),
        ("OTP_MAX_FAILURES", "101"),
        ("OTP_REFRESH_TOKEN_DAYS", "0"),
        ("OTP_REFRESH_TOKEN_DAYS", "3651"),
        ("OTP_COUNTRIES", "US;CA"),
        ("OTP_COUNTRIES", "XX"),
        ("LEDGER_TABLE_NAME", "a table"),
        ("AWS_REGION", "here and there"),
        ("OTP_PHONE_ATTRIBUTE", "téléphone"),
        ("OTP_PHONE_ATTRIBUTE", "phone number"),
        ("OTP_PHONE_ATTRIBUTE", "+12065550100"),
        ("OTP_BRAND", "Example <b>"),
        ("OTP_BRAND", "$.Attributes.VoiceMFA"),
        ("OTP_BRAND", "A & B"),
        ("OTP_BRAND", " "),
        ("OTP_BRAND", "A\u{fffe}"),
        ("OTP_BRAND", "A\u{1ffff}"),
        ("OTP_BRAND", "A\u{202e}B"),
        ("OTP_BRAND", "A\u{2028}B"),
        ("OTP_BRAND", "A\u{e000}"),
        ("OTP_BRAND", &long_brand),
        ("OTP_GATE", "true"),
        ("OTP_GATE", "OFF"),
        ("OTP_LANGUAGE", "de"),
        ("OTP_LANGUAGE", "tlh"),
        ("CONNECT_INSTANCE_ARN", "11111111-2222-3333-4444-555555555555"),
        ("CONNECT_INSTANCE_ARN", "arn:aws:connect:us-east-1:12345678901:instance/x"),
        ("CONNECT_INSTANCE_ARN", "arn:aws:connect:us-east-1:123456789012:instance/x/contact-flow/y"),
        ("CONNECT_CONTACT_FLOW_ARN", "flow-1"),
        ("CONNECT_CONTACT_FLOW_ARN", "arn:aws:connect:us-east-1:123456789012:instance/other/contact-flow/y"),
        ("CONNECT_RING_TIMEOUT_SECONDS", "14"),
        ("CONNECT_RING_TIMEOUT_SECONDS", "61"),
        ("AWS_ENDPOINT_URL", "localhost"),
        ("OTP_TRUST", "everybody"),
        ("LOG_LEVEL", "trace"),
        ("LOG_LEVEL", "off"),
    ] {
        let error = create(&[(name, value)]).unwrap_err().to_string();
        let shown: String = value.chars().take(80).collect();
        assert!(
            error.starts_with(&format!("{name} must be ")) && error.ends_with(&format!("but was {shown:?}")),
            "{error}"
        );
    }
}

#[test]
fn all_faults_are_reported_at_once() {
    let error = CreateSettings::read(&|_| None).unwrap_err().to_string();
    for name in
        ["OTP_KEY", "CONNECT_INSTANCE_ARN", "CONNECT_CONTACT_FLOW_ARN", "CONNECT_QUEUE_ARN", "AWS_ACCESS_KEY_ID"]
    {
        assert!(error.contains(name), "{error}");
    }
    let error = create(&[("CONNECT_INSTANCE_ARN", "x"), ("CONNECT_CONTACT_FLOW_ARN", "y")]).unwrap_err().to_string();
    assert!(error.contains("CONNECT_INSTANCE_ARN") && error.contains("CONNECT_CONTACT_FLOW_ARN must be"), "{error}");
    let error = create(&[("CONNECT_INSTANCE_ARN", "x")]).unwrap_err().to_string();
    assert!(!error.contains("CONNECT_CONTACT_FLOW_ARN"), "{error}");
    let error = create(&[("OTP_DIGITS", "1"), ("OTP_MODE", "x")]).unwrap_err().to_string();
    assert!(error.contains("OTP_DIGITS") && error.contains("OTP_MODE"), "{error}");
    assert!(VerifySettings::read(&|_| None).unwrap_err().to_string().contains("OTP_KEY"));
    let error = DefineSettings::read(&|name| (name == "OTP_MODE").then(|| "x".to_owned())).unwrap_err().to_string();
    assert!(error.contains("OTP_MODE"), "{error}");
}

#[test]
fn the_number_that_calls_is_in_e164_form() {
    for number in ["12065550199", "206-555-0199", "+02065550199", "+1206555019x", "+1 206 555 0199", "+1", "anonymous"]
    {
        let error = create(&[("CONNECT_SOURCE_PHONE_NUMBER", number)]).unwrap_err().to_string();
        assert!(error.starts_with("CONNECT_SOURCE_PHONE_NUMBER must be a number in E.164 form"), "{error}");
    }
}

#[test]
fn one_of_number_and_queue_is_needed() {
    let queue = format!("{INSTANCE_ARN}/queue/queue-1");
    let error = create(&[("CONNECT_QUEUE_ARN", &queue)]).unwrap_err().to_string();
    assert!(error.contains("both are set"), "{error}");
    let error = create(&[("CONNECT_SOURCE_PHONE_NUMBER", "")]).unwrap_err().to_string();
    assert!(error.contains("both are unset"), "{error}");
    let settings =
        create(&[("CONNECT_SOURCE_PHONE_NUMBER", ""), ("CONNECT_QUEUE_ARN", &queue), ("OTP_COUNTRIES", "US")]).unwrap();
    assert!(matches!(settings.connect.caller, Caller::Queue(id) if id == "queue-1"));
}

#[test]
fn without_a_number_of_a_country_the_countries_must_be_named() {
    let queue = format!("{INSTANCE_ARN}/queue/queue-1");
    let error = create(&[("CONNECT_SOURCE_PHONE_NUMBER", ""), ("CONNECT_QUEUE_ARN", &queue)]).unwrap_err().to_string();
    assert!(error.starts_with("OTP_COUNTRIES must be ") && error.ends_with("but was unset"), "{error}");
    assert!(create(&[("CONNECT_SOURCE_PHONE_NUMBER", "+80012345678")]).is_err());
    let named = [("CONNECT_SOURCE_PHONE_NUMBER", "+80012345678"), ("OTP_COUNTRIES", "DE, at")];
    let policy = create(&named).unwrap().policy;
    assert!(policy.countries.contain("AT") && policy.countries.contain("DE") && !policy.countries.contain("US"));
}

#[test]
fn prefixes_are_those_of_countries_that_may_be_called() {
    let policy = |countries, prefixes| {
        create(&[("OTP_COUNTRIES", countries), ("OTP_ALLOW_PREFIXES", prefixes)]).map(|settings| settings.policy)
    };
    let callable = |countries, prefixes| policy(countries, prefixes).unwrap().callable("+13572345678").is_ok();
    assert!(callable("", "+1357") && callable("US,CA", "+1457, +1357") && callable("CA", "+1357"));
    assert!(!callable("US", "") && !callable("US", "+1457"));
    for (countries, prefixes) in [("GB", "+1357"), ("US", "+1"), ("US", "1357"), ("US", "+1357;+1457")] {
        let error = policy(countries, prefixes).unwrap_err().to_string();
        assert!(
            error.starts_with("OTP_ALLOW_PREFIXES must be ") && error.ends_with("characters (redacted)"),
            "{error}"
        );
    }
}

#[test]
fn a_brand_may_be_of_any_script() {
    for brand in ["Example", "Smith, Jones and Co.", "L'Économe", "Müller’s", "A – B", "例え", "हिन्दी", "𠮷野家", "O-1"]
    {
        assert_eq!(create(&[("OTP_BRAND", brand)]).unwrap().speech.brand, brand);
    }
    assert!(create(&[("OTP_BRAND", "AT&T")]).unwrap_err().to_string().contains("for & write `and`"));
}

/// The template's parameter takes what the function takes: character by character, the first and the others.
#[test]
fn the_function_and_the_template_take_the_same_brands() {
    let (_, parameter) = include_str!("../../../../template.yaml").split_once("\n  OtpBrand:\n").unwrap();
    let (_, pattern) = parameter.split_once("\n    AllowedPattern: ").unwrap();
    // In double quotes, YAML has JSON's syntax.
    let pattern: String = serde_json::from_str(pattern.lines().next().unwrap()).unwrap();
    let (first, others) = pattern.strip_prefix('^').unwrap().split_once("][").unwrap();
    let others = others.strip_suffix("]{0,63}$").unwrap();
    let of = |class: &str| match regex_syntax::parse(class).unwrap().into_kind() {
        HirKind::Class(Class::Unicode(class)) => class,
        kind => panic!("{class}: {kind:?}"),
    };
    let has = |class: &ClassUnicode, char| {
        let place = class.ranges().partition_point(|range| range.end() < char);
        class.ranges().get(place).is_some_and(|range| range.start() <= char)
    };
    let (first, others) = (of(&format!("{first}]")), of(&format!("[{others}]")));
    // The standard library may know newer characters.
    let unassigned = of(r"\p{Cn}");
    for char in (char::MIN..=char::MAX).filter(|char| !has(&unassigned, *char)) {
        assert_eq!(is_brand(&char.to_string()), has(&first, char), "{char:?}");
        assert_eq!(is_brand(&format!("A{char}")), has(&others, char), "A{char:?}");
    }
    assert!(is_brand(&"x".repeat(64)) && !is_brand(&"x".repeat(65)) && !is_brand(""));
}

#[test]
fn the_gate_can_be_turned_off_and_another_language_be_the_default() {
    let speech = create(&[("OTP_GATE", "off"), ("OTP_LANGUAGE", "pt-BR")]).unwrap().speech;
    assert_eq!((speech.gate, speech.language.tag()), (false, "pt-BR"));
}

/// Of the functions' settings, the token gate has these and no key.
fn gate(changes: &[(&'static str, &str)]) -> Result<GateSettings, SettingsError> {
    let mut environment = right();
    environment.remove("OTP_KEY");
    environment.extend(changes.iter().map(|&(name, value)| (name, value.to_owned())));
    GateSettings::read(&|name| environment.get(name).cloned())
}

#[test]
fn the_token_gate_is_on_and_lets_nobody_through_unless_that_is_set() {
    let rule = |changes: &[_]| gate(changes).unwrap().rule;
    let shut = GateRule { mode: GateMode::On, exempt: Vec::new(), federated: false, pass_life: PassLife::of_days(30) };
    assert_eq!(rule(&[("OTP_TOKEN_GATE_EXEMPT_CLIENTS", "")]), shut);
    let open = GateRule {
        mode: GateMode::Observe,
        exempt: ["a", "B_2+"].map(|id| ClientId::parse(id).unwrap()).into(),
        federated: true,
        pass_life: PassLife::of_days(365),
    };
    let changes = [
        ("OTP_TOKEN_GATE", "observe"),
        ("OTP_TOKEN_GATE_EXEMPT_CLIENTS", "a, B_2+"),
        ("OTP_TOKEN_GATE_FEDERATED", "allow"),
        ("OTP_REFRESH_TOKEN_DAYS", "365"),
    ];
    assert_eq!(rule(&changes), open);
    for (name, value) in [
        ("OTP_TOKEN_GATE", "off"),
        ("OTP_TOKEN_GATE_EXEMPT_CLIENTS", "a;b"),
        ("OTP_TOKEN_GATE_EXEMPT_CLIENTS", "a,"),
        ("OTP_TOKEN_GATE_FEDERATED", "true"),
        ("OTP_REFRESH_TOKEN_DAYS", "1.5"),
    ] {
        let error = gate(&[(name, value)]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} must be ")), "{error}");
    }
}

const KEY_ARN: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn with_codes(changes: &[(&'static str, &str)]) -> HashMap<&'static str, String> {
    let mut environment = right();
    environment.extend([("OTP_COGNITO_CODES", "all".to_owned()), ("OTP_COGNITO_CODES_KEY_ARN", KEY_ARN.to_owned())]);
    environment.extend(changes.iter().map(|&(name, value)| (name, value.to_owned())));
    environment
}

fn send(changes: &[(&'static str, &str)]) -> Result<SendSettings, SettingsError> {
    let environment = with_codes(changes);
    SendSettings::read(&|name| environment.get(name).cloned())
}

#[test]
fn cognitos_codes_are_off_unless_that_is_set() {
    let speak = |changes: &[_]| {
        let environment = with_codes(changes);
        SpeakSettings::read(&|name| environment.get(name).cloned()).unwrap().codes
    };
    assert_eq!(speak(&[]).map(|codes| codes.key.region), Some("eu-west-1".to_owned()));
    for off in ["", "off"] {
        // The key may be left as it is.
        assert!(speak(&[("OTP_COGNITO_CODES", off), ("OTP_COGNITO_CODES_KEY_ARN", "x")]).is_none());
        let error = send(&[("OTP_COGNITO_CODES", off)]).unwrap_err().to_string();
        assert!(error.starts_with("OTP_COGNITO_CODES must be `all`"), "{error}");
    }
}

#[test]
fn codes_are_sent_as_the_settings_say() {
    let settings = send(&[("OTP_VALIDITY_SECONDS", "120"), ("OTP_MAX_CALLS_DAY", "7")]).unwrap();
    assert_eq!((settings.rules.challenge.validity_seconds, settings.rules.challenge.attempts), (120, 1));
    assert_eq!((settings.rules.calls.day, settings.rules.challenge.hearing), (7, Hearing::Awaited));
    assert_eq!((&*settings.codes.key.region, &*settings.codes.key.arn), ("eu-west-1", KEY_ARN));
    assert!(settings.texts.is_none());
    let text = send(&[("OTP_SMS_ORIGINATION_IDENTITY", "+12065550199")]).unwrap();
    assert_eq!(text.texts.unwrap().origination_identity, "+12065550199");
}

#[test]
fn a_wrong_setting_of_cognitos_codes_is_named() {
    for (name, value) in [
        ("OTP_COGNITO_CODES", "on"),
        ("OTP_COGNITO_CODES_KEY_ARN", ""),
        ("OTP_COGNITO_CODES_KEY_ARN", "1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("OTP_COGNITO_CODES_KEY_ARN", "arn:aws:kms:eu-west-1:123456789012:alias/codes"),
        ("OTP_COGNITO_CODES_KEY_ARN", "arn:aws:kms:eu-west-1:12345678901:key/1234abcd"),
        ("OTP_COGNITO_CODES_KEY_ARN", "arn:aws:kms:eu-west-1:123456789012:key/"),
        ("OTP_SMS_ORIGINATION_IDENTITY", "+1 206"),
        ("AWS_ENDPOINT_URL_KMS", "localhost"),
    ] {
        let error = send(&[(name, value)]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{name} must be ")), "{error}");
        assert!(!error.contains("+1 206"), "{error}");
    }
}

#[test]
fn a_reference_that_was_not_resolved_is_no_key() {
    let reference = "{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:123456789012:secret:Key}}";
    assert!(create(&[("OTP_KEY", reference)]).is_err());
}

#[test]
fn secrets_and_numbers_show_in_no_fault_and_no_debug_output() {
    let error = create(&[("OTP_KEY", "too-short-a-key"), ("CONNECT_SOURCE_PHONE_NUMBER", "+1206555019x")]).unwrap_err();
    let error = format!("{error} {error:?}");
    assert!(!error.contains("too-short-a-key") && !error.contains("1206555019"), "{error}");
    assert!(error.contains("15 characters (redacted)"), "{error}");

    let settings = format!("{:?}", create(&[("AWS_SESSION_TOKEN", "token-of-aws")]).unwrap());
    for secret in ["kkk", "secret-of-aws", "token-of-aws", "AKIAEXAMPLE", "2065550199"] {
        assert!(!settings.contains(secret), "{settings}");
    }
}

/// The documents list them.
#[test]
fn every_variable_that_is_read_is_listed() {
    let read = RefCell::new(BTreeSet::new());
    let environment = |name: &str| {
        read.borrow_mut().insert(name.to_owned());
        right().remove(name)
    };
    DefineSettings::read(&environment).unwrap();
    CreateSettings::read(&environment).unwrap();
    VerifySettings::read(&environment).unwrap();
    GateSettings::read(&environment).unwrap();
    // The key of Cognito's codes is read if they are spoken.
    let _ = SendSettings::read(&|name| {
        let on = (name == "OTP_COGNITO_CODES").then(|| "all".to_owned());
        environment(name).or(on)
    });
    // The log reads it.
    read.borrow_mut().insert(STACK_NAME.name.to_owned());
    let listed: BTreeSet<_> = VARIABLES.into_iter().flatten().map(|variable| variable.name.to_owned()).collect();
    assert_eq!(read.into_inner(), listed);
}

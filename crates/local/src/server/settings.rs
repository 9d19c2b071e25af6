//! Derives the configuration of the pool, of Connect and of the ledger from the functions' settings.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::args::TokenGate;
use crate::kms::default_key_arn;
use crate::lambda::{Function, Lambda, Settings};
use crate::region::{ACCOUNT, REGION};
use crate::{connect, dynamodb, pool};

const LEDGER_TABLE: &str = "ledger";
const CONNECT_INSTANCE: &str = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";
const CONTACT_FLOW: &str = "1b2c3d4e-5f6a-4b7c-8d9e-0f1a2b3c4d5e";
const QUEUE: &str = "2c3d4e5f-6a7b-4c8d-9e0f-1a2b3c4d5e6f";
/// The number that calls. Like the demo user's, it is from the United States' range for fiction.
const SOURCE_NUMBER: &str = "+12065550199";

/// The limits on calls to one user and one number.
const CALL_LIMITS: [&str; 4] =
    ["OTP_SECONDS_BETWEEN_CALLS", "OTP_MAX_CALLS_QUARTER_HOUR", "OTP_MAX_CALLS_HOUR", "OTP_MAX_CALLS_DAY"];

/// Sets the mode of the token gate, unless there is none.
pub(super) fn with_token_gate(mut settings: Settings, gate: TokenGate) -> Settings {
    match gate {
        TokenGate::Off => {}
        TokenGate::Observe => settings.set_default("OTP_TOKEN_GATE", "observe"),
        TokenGate::On => settings.set_default("OTP_TOKEN_GATE", "on"),
    }
    settings
}

/// Adds defaults for required settings. Turns the limits on calls to one user off, unless they are requested.
pub(super) fn with_defaults(mut settings: Settings, limits: bool) -> Settings {
    if !limits {
        for name in CALL_LIMITS {
            settings.set_default(name, "0");
        }
    }
    let default_instance = default_instance();
    let instance = effective(&settings, "CONNECT_INSTANCE_ARN").unwrap_or(&default_instance).to_owned();
    settings.set_default("CONNECT_CONTACT_FLOW_ARN", format!("{instance}/contact-flow/{CONTACT_FLOW}"));
    settings.set_default("CONNECT_INSTANCE_ARN", instance);
    // A call comes from a number or from a queue, which has no country.
    if effective(&settings, "CONNECT_QUEUE_ARN").is_none() {
        settings.set_default("CONNECT_SOURCE_PHONE_NUMBER", SOURCE_NUMBER);
    } else {
        settings.set_default("OTP_COUNTRIES", "US");
    }
    // As the template's Rule: `speak-code` gives these codes, after a key.
    if !settings.has_code_in_attributes() && settings.value("OTP_GATE") != Some("off") {
        settings.set_default("OTP_COGNITO_CODES", "all");
    }
    settings.set_default("OTP_COGNITO_CODES_KEY_ARN", default_key_arn());
    settings.set_default("LEDGER_TABLE_NAME", LEDGER_TABLE);
    settings.set_default("OTP_BRAND", "Example");
    // 32 random bytes for each start: no challenge outlives it.
    settings.set_default("OTP_KEY", format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>()));
    settings.set_default("STACK_NAME", "local");
    settings
}

/// Whether all limits on calls to one user are off.
pub(super) fn is_without_call_limits(settings: &Settings) -> bool {
    CALL_LIMITS.into_iter().all(|name| settings.value(name) == Some("0"))
}

/// A pool whose sessions last as long as those of the template's, and whose demo user has the number where the functions
/// look for it.
pub(super) fn pool_config(settings: &Settings) -> pool::Config {
    let phone_attribute = effective(settings, "OTP_PHONE_ATTRIBUTE").unwrap_or("phone_number").to_owned();
    pool::Config {
        session_validity: session_validity(settings),
        phone_attribute,
        token_gate: settings.has_token_gate(),
        ..pool::Config::default()
    }
}

/// The table that the settings name. For an invalid name, which the functions report, it is the default one.
pub(super) fn ledger_table(settings: &Settings) -> &str {
    effective(settings, "LEDGER_TABLE_NAME").filter(|name| dynamodb::is_table_name(name)).unwrap_or(LEDGER_TABLE)
}

/// The key for Cognito's codes that the settings name. For one that is none, which the functions report, it is the default
/// one.
pub(super) fn codes_key_arn(settings: &Settings) -> String {
    let arn = effective(settings, "OTP_COGNITO_CODES_KEY_ARN").filter(|arn| arn.starts_with("arn:aws:kms:"));
    arn.map_or_else(default_key_arn, str::to_owned)
}

/// Where text messages come from, if there is such a place.
pub(super) fn sms_identity(settings: &Settings) -> Option<&str> {
    effective(settings, "OTP_SMS_ORIGINATION_IDENTITY")
}

/// What locks a user, and the limits on calls, as far as they are set.
pub(super) fn limits(settings: &Settings) -> BTreeMap<&str, &str> {
    let limits = [
        "OTP_DENIED_SECONDS",
        "OTP_LOCKOUT_FAILURES",
        "OTP_LOCKOUT_SECONDS",
        "OTP_MAX_CALLS_ALL_DAY",
        "OTP_MAX_CALLS_ALL_HOUR",
        "OTP_MAX_CALLS_COUNTRY_HOUR",
        "OTP_MAX_FAILURES",
    ];
    limits.into_iter().chain(CALL_LIMITS).filter_map(|name| Some((name, effective(settings, name)?))).collect()
}

/// The configuration of Connect, with the resources that the settings name. For invalid names, which the functions
/// report, it has its defaults.
pub(super) fn connect_config(settings: &Settings, lambda: &Lambda) -> connect::Config {
    let callers = [Function::CreateChallenge, Function::SendCode].map(|function| lambda.credentials(function).clone());
    let value = |name| effective(settings, name).unwrap_or_default();
    let default_instance = default_instance();
    let arn = value("CONNECT_INSTANCE_ARN");
    let (instance_arn, region, instance_id) = match instance(arn) {
        Some((region, id)) => (arn, region, id),
        None => (&*default_instance, REGION, CONNECT_INSTANCE),
    };
    let flow_id = last_part(value("CONNECT_CONTACT_FLOW_ARN"), "/contact-flow/").unwrap_or(CONTACT_FLOW);
    let queue_id = last_part(value("CONNECT_QUEUE_ARN"), "/queue/").unwrap_or(QUEUE);
    let source_number = effective(settings, "CONNECT_SOURCE_PHONE_NUMBER").unwrap_or(SOURCE_NUMBER);
    connect::Config {
        region: region.to_owned(),
        instance_id: instance_id.to_owned(),
        instance_arn: instance_arn.to_owned(),
        flow_id: flow_id.to_owned(),
        source_numbers: vec![source_number.to_owned()],
        queues: BTreeMap::from([(queue_id.to_owned(), SOURCE_NUMBER.to_owned())]),
        callers: callers.into(),
        answer_after: connect::Config::DEFAULT_ANSWER_AFTER,
        press_after: connect::Config::DEFAULT_PRESS_AFTER,
        word: connect::Config::DEFAULT_WORD,
    }
}

fn default_instance() -> String {
    format!("arn:aws:connect:{REGION}:{ACCOUNT}:instance/{CONNECT_INSTANCE}")
}

/// `AuthSessionValidity` of the template's app client: two minutes more than a code's, and what Cognito allows.
fn session_validity(settings: &Settings) -> Duration {
    let seconds = effective(settings, "OTP_VALIDITY_SECONDS").and_then(|seconds| seconds.parse().ok());
    let minutes: u64 = u64::div_ceil(seconds.unwrap_or(300), 60).saturating_add(2);
    Duration::from_mins(minutes.clamp(3, 15))
}

/// A setting as the functions see it: an empty one counts as not set.
fn effective<'a>(settings: &'a Settings, name: &str) -> Option<&'a str> {
    settings.value(name).filter(|value| !value.is_empty())
}

/// Region and id of `arn:aws:connect:REGION:ACCOUNT:instance/ID`.
fn instance(arn: &str) -> Option<(&str, &str)> {
    let parts: Vec<_> = arn.split(':').collect();
    let ["arn", _, "connect", region, _, resource] = parts[..] else { return None };
    Some((region, resource.strip_prefix("instance/")?))
}

/// The id at the end of the ARN of an instance's resource.
fn last_part<'a>(arn: &'a str, kind: &str) -> Option<&'a str> {
    arn.split_once(kind).map(|(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::tests::FUNCTIONS;
    use crate::lambda::{self, Binaries};

    fn settings(assignments: &[&str]) -> Settings {
        let mut settings = Settings::default();
        for assignment in assignments {
            settings.set(assignment).unwrap();
        }
        settings
    }

    fn connect(assignments: &[&str]) -> connect::Config {
        let settings = with_defaults(settings(assignments), true);
        let binaries = Binaries::in_folder(&FUNCTIONS.join("works")).unwrap();
        let config = lambda::Config {
            binaries,
            endpoint: String::new(),
            dynamodb_endpoint: None,
            settings: settings.clone(),
            time_limit: None,
            verbose: false,
        };
        connect_config(&settings, &Lambda::new(config))
    }

    #[test]
    fn a_call_comes_from_a_number_or_from_a_queue() {
        let number = |settings: Settings| settings.value("CONNECT_SOURCE_PHONE_NUMBER").map(str::to_owned);
        assert_eq!(number(with_defaults(Settings::default(), true)).as_deref(), Some(SOURCE_NUMBER));
        assert_eq!(number(with_defaults(settings(&["CONNECT_QUEUE_ARN=arn"]), true)), None);
    }

    #[test]
    fn a_queue_calls_the_country_of_its_number() {
        let countries = |settings: Settings| settings.value("OTP_COUNTRIES").map(str::to_owned);
        assert_eq!(countries(with_defaults(Settings::default(), true)), None);
        assert_eq!(countries(with_defaults(settings(&["CONNECT_QUEUE_ARN=arn"]), true)).as_deref(), Some("US"));
    }

    #[test]
    fn cognitos_codes_are_spoken_if_speak_code_gives_them_after_a_key() {
        let spoken = |assignments: &[&str]| with_defaults(settings(assignments), true).has_cognito_codes();
        assert!(spoken(&[]));
        assert!(!spoken(&["OTP_COGNITO_CODES=off"]));
        assert!(!spoken(&["OTP_CODE_DELIVERY=attribute"]));
        assert!(!spoken(&["OTP_GATE=off"]));
        assert!(spoken(&["OTP_GATE=on"]));
    }

    #[test]
    fn the_key_for_codes_is_the_one_that_is_set() {
        let key = |assignments: &[&str]| codes_key_arn(&with_defaults(settings(assignments), true));
        assert_eq!(key(&[]), default_key_arn());
        let arn = "arn:aws:kms:eu-west-2:111122223333:key/a-key";
        assert_eq!(key(&[&format!("OTP_COGNITO_CODES_KEY_ARN={arn}")]), arn);
        for bad in ["", "a-key"] {
            assert_eq!(key(&[&format!("OTP_COGNITO_CODES_KEY_ARN={bad}")]), default_key_arn(), "{bad}");
        }
    }

    #[test]
    fn calls_to_one_user_have_no_limits_unless_asked_for() {
        let of = |assignments: &[&str], limits| {
            let settings = with_defaults(settings(assignments), limits);
            let limits = CALL_LIMITS.map(|name| settings.value(name).map(str::to_owned));
            (limits, is_without_call_limits(&settings))
        };
        assert_eq!(of(&[], false), (CALL_LIMITS.map(|_| Some("0".to_owned())), true));
        assert_eq!(of(&[], true), ([None, None, None, None], false), "the functions have their own then");
        let (limits, is_without) = of(&["OTP_MAX_CALLS_HOUR=3"], false);
        assert_eq!(limits, ["0", "0", "3", "0"].map(|limit| Some(limit.to_owned())));
        assert!(!is_without);
        // The locks after wrong codes, and what bounds the cost of all calls together, are as in production.
        let settings = with_defaults(Settings::default(), false);
        for name in ["OTP_LOCKOUT_FAILURES", "OTP_MAX_FAILURES", "OTP_MAX_CALLS", "OTP_MAX_CALLS_ALL_DAY"] {
            assert_eq!(settings.value(name), None, "{name}");
        }
    }

    #[test]
    fn the_ledger_is_called_as_is_set() {
        let table = |assignments: &[&str]| ledger_table(&with_defaults(settings(assignments), true)).to_owned();
        assert_eq!(table(&[]), "ledger");
        assert_eq!(table(&["LEDGER_TABLE_NAME=stack-Ledger.1_A"]), "stack-Ledger.1_A");
        for bad in ["", "ab", "a ledger"] {
            assert_eq!(table(&[&format!("LEDGER_TABLE_NAME={bad}")]), "ledger", "{bad}");
        }
    }

    #[test]
    fn each_start_has_a_key_of_its_own_unless_one_is_set() {
        let key = |settings| with_defaults(settings, true).value("OTP_KEY").unwrap().to_owned();
        assert_ne!(key(Settings::default()), key(Settings::default()));
        assert_eq!(key(Settings::default()).len(), 64);
        assert_eq!(key(settings(&["OTP_KEY=mine"])), "mine");
    }

    #[test]
    fn sessions_last_as_long_as_the_templates() {
        for (seconds, minutes) in
            [("1", 3), ("60", 3), ("61", 4), ("120", 4), ("300", 7), ("600", 12), ("", 7), ("x", 7), ("99999", 15)]
        {
            let settings = settings(&[&format!("OTP_VALIDITY_SECONDS={seconds}")]);
            assert_eq!(pool_config(&settings).session_validity, Duration::from_mins(minutes), "{seconds}");
        }
        assert_eq!(pool_config(&Settings::default()).session_validity, Duration::from_mins(7));
    }

    #[test]
    fn the_stand_in_has_what_the_settings_name() {
        let arn = "arn:aws:connect:eu-west-2:111122223333:instance/an-instance";
        let config = connect(&[
            &format!("CONNECT_INSTANCE_ARN={arn}"),
            &format!("CONNECT_CONTACT_FLOW_ARN={arn}/contact-flow/a-flow"),
            "CONNECT_SOURCE_PHONE_NUMBER=+12065550142",
        ]);
        assert_eq!(config.region, "eu-west-2");
        assert_eq!((config.instance_id.as_str(), config.flow_id.as_str()), ("an-instance", "a-flow"));
        assert_eq!(config.instance_arn, arn);
        assert_eq!(config.source_numbers, ["+12065550142"]);
        let config = connect(&[&format!("CONNECT_QUEUE_ARN={arn}/queue/a-queue")]);
        assert_eq!(config.queues["a-queue"], SOURCE_NUMBER);
    }

    #[test]
    fn the_default_flow_is_of_the_instance_that_is_set() {
        let arn = "arn:aws:connect:eu-west-2:111122223333:instance/an-instance";
        let settings = with_defaults(settings(&[&format!("CONNECT_INSTANCE_ARN={arn}")]), true);
        let flow = format!("{arn}/contact-flow/{CONTACT_FLOW}");
        assert_eq!(settings.value("CONNECT_CONTACT_FLOW_ARN"), Some(flow.as_str()));
    }

    #[test]
    fn what_is_no_arn_is_left_to_the_functions() {
        for bad in ["", "x", "arn:aws:connect", "arn:aws:connect:r:a:b:instance/c", "arn:aws:s3:r:a:instance/c"] {
            let config = connect(&[
                &format!("CONNECT_INSTANCE_ARN={bad}"),
                &format!("CONNECT_CONTACT_FLOW_ARN={bad}"),
                &format!("CONNECT_QUEUE_ARN={bad}"),
            ]);
            assert_eq!(
                (config.instance_id.as_str(), config.flow_id.as_str()),
                (CONNECT_INSTANCE, CONTACT_FLOW),
                "{bad}"
            );
            assert_eq!(config.instance_arn, default_instance(), "{bad}");
        }
    }
}

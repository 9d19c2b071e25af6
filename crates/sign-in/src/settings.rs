//! The settings of the functions: environment variables, read once at a cold start. An error lists all variables that
//! are wrong.

use std::fmt;
use std::str::FromStr;

use crate::code::{Challenge, Key};
use crate::history::SignInLimits;
use crate::ledger::{ChallengeForm, FailureLimits, Hearing};
use crate::mode::Mode;

mod aws;
mod codes;
mod connect;
mod gate;
mod https;
mod ledger;
mod speech;
mod variable;

pub use aws::Credentials;
pub use codes::{CodesSettings, KmsKey, SendSettings, TextSettings};
pub use connect::{ConnectSettings, Instance};
pub use gate::{GateMode, GateRule};
pub use https::{HttpsSettings, Proxy, Trust};
pub use ledger::{CallPolicy, LedgerSettings};
pub use speech::SpeechSettings;
pub use variable::Variable;

use aws::credentials;
use codes::codes;
use connect::{connect, instance};
use gate::gate_rule;
use https::https;
use ledger::{call_policy, failure_limits, ledger};
use speech::speech;
use variable::Reader;

/// Settings of the define trigger.
#[derive(Debug)]
pub struct DefineSettings {
    /// Whether a user must prove the password too, or the call alone.
    pub mode: Mode,
    /// Attempts and calls of one sign-in.
    pub limits: SignInLimits,
}

/// Settings of the create trigger.
#[derive(Debug)]
pub struct CreateSettings {
    /// The form of challenges, and the key.
    pub challenge: ChallengeSettings,
    /// What the call says: brand, gate and default language.
    pub speech: SpeechSettings,
    /// The Connect instance that calls, and how.
    pub connect: ConnectSettings,
    /// Which numbers may be called, and how often.
    pub policy: CallPolicy,
    /// Limits on a user's wrong codes in a row.
    pub failures: FailureLimits,
    /// Where calls and wrong codes are counted.
    pub ledger: LedgerSettings,
    /// How Connect and DynamoDB are reached.
    pub https: HttpsSettings,
}

/// The settings of challenges.
#[derive(Debug)]
pub struct ChallengeSettings {
    /// Whether a user must prove the password too, or the call alone.
    pub mode: Mode,
    /// Attempts and calls of one sign-in.
    pub limits: SignInLimits,
    /// The key that codes are derived from.
    pub key: Key,
    /// The form of a new challenge.
    pub form: ChallengeForm,
    /// For how many days a device is trusted that was enrolled. 0: no device is.
    pub device_days: u32,
    /// The name of the user attribute that holds the number.
    pub phone_attribute: String,
}

/// Settings of the verify trigger.
#[derive(Debug)]
pub struct VerifySettings {
    /// The key that codes are derived from.
    pub key: Key,
    /// Limits on a user's wrong codes in a row.
    pub failures: FailureLimits,
    /// Where wrong codes are counted.
    pub ledger: LedgerSettings,
    /// How DynamoDB is reached.
    pub https: HttpsSettings,
}

/// Settings of the function that gives the code to a call.
#[derive(Debug)]
pub struct SpeakSettings {
    /// The key that codes are derived from, and handles are sealed with.
    pub key: Key,
    /// The Connect instance whose calls get codes.
    pub instance: Instance,
    /// Limits on a user's wrong codes in a row. A locked user's code is not spoken.
    pub failures: FailureLimits,
    /// Where it is noted who has heard a code.
    pub ledger: LedgerSettings,
    /// The KMS key of Cognito's own codes. `None`: they are not spoken.
    pub codes: Option<CodesSettings>,
    /// How DynamoDB is reached.
    pub https: HttpsSettings,
}

/// Settings of the token gate. It has no key.
#[derive(Debug)]
pub struct GateSettings {
    /// What it lets through.
    pub rule: GateRule,
    /// Where the passes are.
    pub ledger: LedgerSettings,
    /// How DynamoDB is reached.
    pub https: HttpsSettings,
}

/// All errors in a function's environment, one text for each variable.
#[derive(Debug)]
pub struct SettingsError(Vec<String>);

const MODE: Variable = Variable::new("OTP_MODE", "`password-then-call` or `call-only`").or("password-then-call");
const KEY: Variable =
    Variable::new("OTP_KEY", "a secret of at least 32 bytes, and no {{resolve:}} that was left as it is").redacted();
const DIGITS: Variable = Variable::new("OTP_DIGITS", "a whole number from 4 to 10").or("6");
const VALIDITY: Variable = Variable::new("OTP_VALIDITY_SECONDS", "a whole number from 1 to 600").or("300");
const DELIVERY: Variable = Variable::new(
    "OTP_CODE_DELIVERY",
    "`function`, so that the flow asks speak-code for the code once somebody listens, or `attribute`, which puts the code into \
     the contact attribute VoiceMFA",
)
.or("function");
const ATTEMPTS: Variable = Variable::new("OTP_MAX_ATTEMPTS", "a whole number from 1 to 10").or("3");
const CALLS: Variable = Variable::new("OTP_MAX_CALLS", "a whole number from 1 to 10").or("3");
const PHONE_ATTRIBUTE: Variable =
    Variable::new("OTP_PHONE_ATTRIBUTE", "the name of a user attribute, as in `phone_number` or `custom:YourPhone`")
        .or("phone_number");
const DEVICE_DAYS: Variable = Variable::new("OTP_DEVICE_DAYS", "a whole number from 0 to 365").or("30");
const LOG_LEVEL: Variable = Variable::new("LOG_LEVEL", "`error`, `warn`, `info` or `debug`").or("info");

/// The dimension `StackName` of the metrics.
pub const STACK_NAME: Variable = Variable::new("STACK_NAME", "a text; if unset, it is the function's own name");

/// All variables of the functions.
pub const VARIABLES: [&[Variable]; 8] = [
    &[MODE, KEY, DIGITS, VALIDITY, DELIVERY, ATTEMPTS, CALLS, DEVICE_DAYS, PHONE_ATTRIBUTE, LOG_LEVEL, STACK_NAME],
    &ledger::VARIABLES,
    &gate::VARIABLES,
    &codes::VARIABLES,
    &speech::VARIABLES,
    &connect::VARIABLES,
    &https::VARIABLES,
    &aws::VARIABLES,
];

impl DefineSettings {
    /// Reads them from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        log_level(&mut reader);
        let (mode, limits) = (mode(&mut reader), limits(&mut reader));
        reader.finish(|| Some(Self { mode: mode?, limits: limits? }))
    }
}

impl CreateSettings {
    /// Reads them from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        log_level(&mut reader);
        let challenge = challenge(&mut reader);
        let speech = speech(&mut reader);
        let credentials = credentials(&mut reader);
        let connect = connect(&mut reader, credentials.as_ref());
        let policy = call_policy(&mut reader, connect.as_ref().map(|connect| &connect.caller));
        let failures = failure_limits(&mut reader);
        let ledger = ledger(&mut reader, credentials.as_ref());
        let https = https(&mut reader);
        reader.finish(|| {
            let (challenge, speech, connect, policy) = (challenge?, speech?, connect?, policy?);
            Some(Self { challenge, speech, connect, policy, failures: failures?, ledger: ledger?, https: https? })
        })
    }
}

impl VerifySettings {
    /// Reads them from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        log_level(&mut reader);
        let key = key(&mut reader);
        let failures = failure_limits(&mut reader);
        let credentials = credentials(&mut reader);
        let ledger = ledger(&mut reader, credentials.as_ref());
        let https = https(&mut reader);
        reader.finish(|| Some(Self { key: key?, failures: failures?, ledger: ledger?, https: https? }))
    }
}

impl SpeakSettings {
    /// Reads them from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        log_level(&mut reader);
        let (key, instance) = (key(&mut reader), instance(&mut reader));
        let failures = failure_limits(&mut reader);
        let credentials = credentials(&mut reader);
        let ledger = ledger(&mut reader, credentials.as_ref());
        let codes = codes(&mut reader, credentials.as_ref());
        let https = https(&mut reader);
        reader.finish(|| {
            let (key, instance, failures, ledger) = (key?, instance?, failures?, ledger?);
            Some(Self { key, instance, failures, ledger, codes, https: https? })
        })
    }
}

impl GateSettings {
    /// Reads them from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        log_level(&mut reader);
        let credentials = credentials(&mut reader);
        let ledger = ledger(&mut reader, credentials.as_ref());
        let rule = gate_rule(&mut reader, ledger.as_ref());
        let https = https(&mut reader);
        reader.finish(|| Some(Self { rule: rule?, ledger: ledger?, https: https? }))
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for SettingsError {}

/// Only checked here: the log is set up before the settings are read.
fn log_level(reader: &mut Reader<'_>) {
    reader.value(&LOG_LEVEL, |word| is_log_level(word).then_some(()));
}

/// Whether a word is a log level. `off` is refused: it would hide this very error.
#[must_use]
pub fn is_log_level(word: &str) -> bool {
    ["error", "warn", "info", "debug"].contains(&word)
}

fn mode(reader: &mut Reader<'_>) -> Option<Mode> {
    reader.value(&MODE, |text| match text {
        "call-only" => Some(Mode::CallOnly),
        "password-then-call" => Some(Mode::PasswordThenCall),
        _ => None,
    })
}

fn limits(reader: &mut Reader<'_>) -> Option<SignInLimits> {
    let attempts = reader.value(&ATTEMPTS, |text| whole(text, 1, 10));
    let calls = reader.value(&CALLS, |text| whole(text, 1, 10));
    Some(SignInLimits { attempts: attempts?, calls: calls? })
}

fn key(reader: &mut Reader<'_>) -> Option<Key> {
    // A reference that CloudFormation didn't resolve is as long as a key, but no secret.
    reader.value(&KEY, |text| Key::new(text.as_bytes()).filter(|_| !text.starts_with("{{resolve:")))
}

fn validity(reader: &mut Reader<'_>) -> Option<u64> {
    reader.value(&VALIDITY, |text| whole(text, 1, Challenge::MAX_VALIDITY_SECONDS))
}

fn challenge(reader: &mut Reader<'_>) -> Option<ChallengeSettings> {
    let (mode, limits, key) = (mode(reader), limits(reader), key(reader));
    let digits = reader.value(&DIGITS, |text| text.parse().ok());
    let validity_seconds = validity(reader);
    let hearing = reader.value(&DELIVERY, |text| match text {
        "function" => Some(Hearing::Awaited),
        "attribute" => Some(Hearing::NotNeeded),
        _ => None,
    });
    let phone_attribute = reader.value(&PHONE_ATTRIBUTE, |text| is_attribute(text).then(|| text.to_owned()));
    let device_days = reader.value(&DEVICE_DAYS, |text| whole(text, 0, 365));
    let (mode, limits) = (mode?, limits?);
    // Without a password, no metadata of the client reach the first round: no device could ever be used.
    let device_days = device_days.map(|days| if mode == Mode::CallOnly { 0 } else { days });
    let form = ChallengeForm {
        attempts: limits.attempts,
        digits: digits?,
        validity_seconds: validity_seconds?,
        hearing: hearing?,
    };
    let (key, device_days) = (key?, device_days?);
    Some(ChallengeSettings { mode, limits, key, form, device_days, phone_attribute: phone_attribute? })
}

fn is_attribute(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte))
}

fn whole<T: FromStr + PartialOrd>(text: &str, least: T, most: T) -> Option<T> {
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

#[cfg(test)]
mod tests;

//! The environment, read once at a cold start, into types. All that is wrong with it is reported at once.

use std::fmt;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;

use crate::challenge::{Challenge, Limits};
use crate::code::Digits;
use crate::key::Key;
use crate::phone::is_e164;
use crate::sign_in::Mode;

mod variable;

use variable::{Reader, Variable};

/// Settings of the define trigger.
#[derive(Debug)]
pub struct DefineSettings {
    /// What a user has to show.
    pub mode: Mode,
    /// What a sign-in may use up.
    pub limits: Limits,
}

/// Settings of the create trigger.
#[derive(Debug)]
pub struct CreateSettings {
    /// What the challenge is like.
    pub challenge: ChallengeSettings,
    /// How to have it called.
    pub connect: ConnectSettings,
}

/// What a challenge is like.
#[derive(Debug)]
pub struct ChallengeSettings {
    /// What a user has to show.
    pub mode: Mode,
    /// What a sign-in may use up.
    pub limits: Limits,
    /// What codes are derived from.
    pub key: Key,
    /// Length of a code.
    pub digits: Digits,
    /// How long a code works, in seconds, 1 to 600.
    pub validity_seconds: u64,
    /// The user attribute that holds the number.
    pub phone_attribute: String,
    /// Who calls, as the call says it. Safe inside SSML.
    pub brand: String,
}

/// Settings of the verify trigger.
#[derive(Debug)]
pub struct VerifySettings {
    /// What codes are derived from.
    pub key: Key,
}

/// How to place a call.
#[derive(Debug)]
pub struct ConnectSettings {
    /// The instance that calls.
    pub instance: Instance,
    /// The id of the flow that speaks.
    pub contact_flow_id: String,
    /// Whose number the phone shows.
    pub caller: Caller,
    /// How long the phone rings, 15 to 60 seconds.
    pub ring_timeout_seconds: i32,
    /// The role's credentials, as Lambda puts them into the environment for the life of a sandbox.
    pub credentials: Credentials,
    /// Another endpoint than Connect's own.
    pub endpoint_url: Option<String>,
}

/// A Connect instance.
#[derive(Debug)]
pub struct Instance {
    /// Its whole ARN.
    pub arn: String,
    /// Its Region, which need not be that of the function.
    pub region: String,
    /// Its id, the last part of the ARN.
    pub id: String,
}

/// Whose number the phone shows.
pub enum Caller {
    /// A number that the instance has claimed, in E.164 form.
    Number(String),
    /// The outbound caller id number of the queue with this id.
    Queue(String),
}

/// Credentials of a role.
pub struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
}

/// Everything that is wrong with a function's environment, a line for each variable.
#[derive(Debug)]
pub struct SettingsError(Vec<String>);

const MODE: Variable = Variable::new("OTP_MODE", "`password-then-call` or `call-only`").or("password-then-call");
const KEY: Variable =
    Variable::new("OTP_KEY", "a secret of at least 32 bytes, and no {{resolve:}} that was left as it is").redacted();
const DIGITS: Variable = Variable::new("OTP_DIGITS", "a whole number from 4 to 10").or("6");
const VALIDITY: Variable = Variable::new("OTP_VALIDITY_SECONDS", "a whole number from 1 to 600").or("300");
const ATTEMPTS: Variable = Variable::new("OTP_MAX_ATTEMPTS", "a whole number from 1 to 10").or("3");
const CALLS: Variable = Variable::new("OTP_MAX_CALLS", "a whole number from 1 to 10").or("3");
const PAUSE: Variable = Variable::new("OTP_SECONDS_BETWEEN_CALLS", "a whole number from 0 to 600").or("30");
const PHONE_ATTRIBUTE: Variable =
    Variable::new("OTP_PHONE_ATTRIBUTE", "the name of a user attribute, as in `phone_number` or `custom:YourPhone`")
        .or("phone_number");
const BRAND: Variable =
    Variable::new("OTP_BRAND", "1 to 64 letters, digits, spaces and . , ' -, the first a letter or digit")
        .or("your sign-in service");
const INSTANCE: Variable =
    Variable::new("CONNECT_INSTANCE_ARN", "an ARN of the form arn:aws:connect:REGION:ACCOUNT:instance/ID");
const FLOW: Variable =
    Variable::new("CONNECT_CONTACT_FLOW_ARN", "the ARN of a flow of that instance, INSTANCE_ARN/contact-flow/ID");
const NUMBER: Variable = Variable::new(
    "CONNECT_SOURCE_PHONE_NUMBER",
    "a number in E.164 form that the instance has claimed, or unset in favour of CONNECT_QUEUE_ARN",
)
.redacted();
const QUEUE: Variable = Variable::new(
    "CONNECT_QUEUE_ARN",
    "the ARN of a queue of that instance, INSTANCE_ARN/queue/ID, or unset in favour of CONNECT_SOURCE_PHONE_NUMBER",
);
const RING_TIMEOUT: Variable = Variable::new("CONNECT_RING_TIMEOUT_SECONDS", "a whole number from 15 to 60").or("30");
const LOG_LEVEL: Variable = Variable::new("LOG_LEVEL", "`error`, `warn`, `info` or `debug`").or("info");
const ACCESS_KEY_ID: Variable = Variable::new("AWS_ACCESS_KEY_ID", "set, as Lambda does").redacted();
const SECRET_ACCESS_KEY: Variable = Variable::new("AWS_SECRET_ACCESS_KEY", "set, as Lambda does").redacted();
const SESSION_TOKEN: Variable = Variable::new("AWS_SESSION_TOKEN", "set, as Lambda does").redacted();
const ENDPOINT_CONNECT: Variable = Variable::new("AWS_ENDPOINT_URL_CONNECT", "a URL");
const ENDPOINT: Variable = Variable::new("AWS_ENDPOINT_URL", "a URL");

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
        let (challenge, connect) = (challenge(&mut reader), connect(&mut reader));
        reader.finish(|| Some(Self { challenge: challenge?, connect: connect? }))
    }
}

impl VerifySettings {
    /// Reads them from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        log_level(&mut reader);
        let key = key(&mut reader);
        reader.finish(|| Some(Self { key: key? }))
    }
}

impl Caller {
    /// The variable that says so.
    pub(crate) fn variable(&self) -> &'static str {
        match self {
            Self::Number(_) => NUMBER.name,
            Self::Queue(_) => QUEUE.name,
        }
    }
}

/// Without the number.
impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.variable())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(redacted)")
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for SettingsError {}

/// The log is set up before the settings are read; here it is only checked.
fn log_level(reader: &mut Reader<'_>) {
    reader.value(&LOG_LEVEL, level_of);
}

/// The level of a word. Not `LevelFilter`'s own parser: that takes `off`, which would silence this very fault.
pub(crate) fn level_of(word: &str) -> Option<LevelFilter> {
    match word {
        "error" => Some(LevelFilter::ERROR),
        "warn" => Some(LevelFilter::WARN),
        "info" => Some(LevelFilter::INFO),
        "debug" => Some(LevelFilter::DEBUG),
        _ => None,
    }
}

fn mode(reader: &mut Reader<'_>) -> Option<Mode> {
    reader.value(&MODE, |text| match text {
        "call-only" => Some(Mode::CallOnly),
        "password-then-call" => Some(Mode::PasswordThenCall),
        _ => None,
    })
}

fn limits(reader: &mut Reader<'_>) -> Option<Limits> {
    let attempts = reader.value(&ATTEMPTS, |text| whole(text, 1, 10));
    let calls = reader.value(&CALLS, |text| whole(text, 1, 10));
    let seconds_between_calls = reader.value(&PAUSE, |text| whole(text, 0, 600));
    Some(Limits { attempts: attempts?, calls: calls?, seconds_between_calls: seconds_between_calls? })
}

fn key(reader: &mut Reader<'_>) -> Option<Key> {
    // A reference that CloudFormation didn't resolve is long enough for a key, and known to everybody.
    reader.value(&KEY, |text| Key::new(text.as_bytes()).filter(|_| !text.starts_with("{{resolve:")))
}

fn challenge(reader: &mut Reader<'_>) -> Option<ChallengeSettings> {
    let (mode, limits, key) = (mode(reader), limits(reader), key(reader));
    let digits = reader.value(&DIGITS, |text| text.parse().ok());
    let validity_seconds = reader.value(&VALIDITY, |text| whole(text, 1, Challenge::MAX_VALIDITY_SECONDS));
    let phone_attribute = reader.value(&PHONE_ATTRIBUTE, |text| is_attribute(text).then(|| text.to_owned()));
    let brand = reader.value(&BRAND, |text| is_brand(text).then(|| text.to_owned()));
    Some(ChallengeSettings {
        mode: mode?,
        limits: limits?,
        key: key?,
        digits: digits?,
        validity_seconds: validity_seconds?,
        phone_attribute: phone_attribute?,
        brand: brand?,
    })
}

fn connect(reader: &mut Reader<'_>) -> Option<ConnectSettings> {
    let instance = reader.value(&INSTANCE, Instance::parse);
    let child = |text: &str, kind: &str| child_id(text, kind, instance.as_ref());
    let contact_flow_id = reader.value(&FLOW, |text| child(text, "contact-flow"));
    let caller = match (reader.is_set(&NUMBER), reader.is_set(&QUEUE)) {
        (true, false) => reader.value(&NUMBER, |text| is_e164(text).then(|| Caller::Number(text.to_owned()))),
        (false, true) => reader.value(&QUEUE, |text| child(text, "queue").map(Caller::Queue)),
        (set, _) => {
            let both = if set { "set" } else { "unset" };
            reader.fault(format!("one of {} and {} must be set, but both are {both}", NUMBER.name, QUEUE.name));
            None
        }
    };
    let ring_timeout_seconds = reader.value(&RING_TIMEOUT, |text| whole(text, 15, 60));
    let credentials = credentials(reader);
    let endpoint = if reader.is_set(&ENDPOINT_CONNECT) { &ENDPOINT_CONNECT } else { &ENDPOINT };
    let endpoint_url = reader.optional(endpoint, |text| is_url(text).then(|| text.to_owned()));
    Some(ConnectSettings {
        instance: instance?,
        contact_flow_id: contact_flow_id?,
        caller: caller?,
        ring_timeout_seconds: ring_timeout_seconds?,
        credentials: credentials?,
        endpoint_url,
    })
}

fn credentials(reader: &mut Reader<'_>) -> Option<Credentials> {
    let access_key_id = reader.value(&ACCESS_KEY_ID, |text| Some(text.to_owned()));
    let secret_access_key = reader.value(&SECRET_ACCESS_KEY, |text| Some(text.to_owned()));
    let session_token = reader.optional(&SESSION_TOKEN, |text| Some(text.to_owned()));
    Some(Credentials { access_key_id: access_key_id?, secret_access_key: secret_access_key?, session_token })
}

impl Instance {
    fn parse(arn: &str) -> Option<Self> {
        let parts: Vec<_> = arn.split(':').collect();
        let ["arn", partition, "connect", region, account, resource] = parts[..] else {
            return None;
        };
        let id = resource.strip_prefix("instance/")?;
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        (is_name(partition) && is_name(region) && is_account && is_name(id)).then(|| Self {
            arn: arn.to_owned(),
            region: region.to_owned(),
            id: id.to_owned(),
        })
    }
}

/// The id of a resource of an instance, from the resource's ARN. If the instance isn't known, any will do, so that
/// its fault isn't reported twice.
fn child_id(arn: &str, kind: &str, instance: Option<&Instance>) -> Option<String> {
    let (parent, id) = arn.rsplit_once('/')?;
    let parent = Instance::parse(parent.strip_suffix(kind)?.strip_suffix('/')?)?;
    let belongs = instance.is_none_or(|instance| instance.arn == parent.arn);
    (belongs && is_name(id)).then(|| id.to_owned())
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_attribute(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte))
}

fn is_brand(text: &str) -> bool {
    (1..=64).contains(&text.chars().count())
        && text.starts_with(char::is_alphanumeric)
        // Beyond ASCII, letters of many scripts come with marks that are no letters, and nothing is special in SSML.
        && text.chars().all(|char| char.is_ascii_alphanumeric() || " .,'-".contains(char) || (!char.is_ascii() && !char.is_control()))
}

fn is_url(text: &str) -> bool {
    text.strip_prefix("https://").or(text.strip_prefix("http://")).is_some_and(|rest| !rest.is_empty())
}

fn whole<T: FromStr + PartialOrd>(text: &str, least: T, most: T) -> Option<T> {
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

#[cfg(test)]
mod tests;

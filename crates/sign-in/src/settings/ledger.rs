//! The ledger's table, and the limits on calls and wrong codes.

use super::aws::{Credentials, endpoint, is_name};
use super::variable::{Reader, Variable};
use super::{SettingsError, whole};
use crate::ledger::{Budget, CallLimits, FailureLimits, PassLife};
use crate::phone::{Caller, Countries, PhoneError, PhoneNumber, Prefixes};

/// The ledger's table.
#[derive(Debug)]
pub struct LedgerSettings {
    /// The table's name or ARN.
    pub table_name: String,
    /// The Region of the table, which is the function's.
    pub region: String,
    /// The role's credentials.
    pub credentials: Credentials,
    /// An endpoint other than DynamoDB's own.
    pub endpoint_url: Option<String>,
    /// For how long a pass is good. A user's row lives as long as its passes.
    pub pass_life: PassLife,
}

/// Which numbers may be called, and how often.
#[derive(Debug)]
pub struct CallPolicy {
    /// The countries that may be called.
    pub countries: Countries,
    /// Prefixes of numbers that may be called although the metadata do not know them.
    pub prefixes: Prefixes,
    /// Limits on the calls to one user and to one number.
    pub calls: CallLimits,
    /// Limits on the calls of all users together.
    pub budget: Budget,
}

const TABLE: Variable = Variable::new("LEDGER_TABLE_NAME", "the name or the ARN of the ledger's DynamoDB table");
const REGION: Variable = Variable::new("AWS_REGION", "set, as Lambda does");
const ENDPOINT: Variable = Variable::new("AWS_ENDPOINT_URL_DYNAMODB", "a URL");
const COUNTRIES: Variable = Variable::new(
    "OTP_COUNTRIES",
    "ISO 3166-1 codes with commas between them, as in `US,CA`; if unset, CONNECT_SOURCE_PHONE_NUMBER must be a number of a \
     country",
);
// A prefix can be a whole number.
const PREFIXES: Variable = Variable::new(
    "OTP_ALLOW_PREFIXES",
    "beginnings of numbers with commas between them, as in `+1357,+44712`, each with two digits or more after the calling \
     code of a country in OTP_COUNTRIES",
)
.redacted();
const PAUSE: Variable = Variable::new("OTP_SECONDS_BETWEEN_CALLS", "a whole number from 0 to 600").or("30");
const QUARTER_HOUR: Variable = Variable::new("OTP_MAX_CALLS_QUARTER_HOUR", "a whole number from 0 to 100").or("3");
const HOUR: Variable = Variable::new("OTP_MAX_CALLS_HOUR", "a whole number from 0 to 100").or("5");
const DAY: Variable = Variable::new("OTP_MAX_CALLS_DAY", "a whole number from 0 to 100").or("10");
const COUNTRY_HOUR: Variable =
    Variable::new("OTP_MAX_CALLS_COUNTRY_HOUR", "a whole number from 0 to 100000000").or("100");
const ALL_HOUR: Variable = Variable::new("OTP_MAX_CALLS_ALL_HOUR", "a whole number from 0 to 100000000").or("200");
const ALL_DAY: Variable = Variable::new("OTP_MAX_CALLS_ALL_DAY", "a whole number from 0 to 100000000").or("1000");
const LOCKOUT: Variable = Variable::new("OTP_LOCKOUT_FAILURES", "a whole number from 0 to 100").or("10");
const LOCKOUT_SECONDS: Variable = Variable::new("OTP_LOCKOUT_SECONDS", "a whole number from 1 to 86400").or("900");
const DENIED_SECONDS: Variable = Variable::new("OTP_DENIED_SECONDS", "a whole number from 1 to 86400").or("900");
const MAX_FAILURES: Variable = Variable::new("OTP_MAX_FAILURES", "a whole number from 0 to 100").or("100");
const REFRESH_TOKEN_DAYS: Variable = Variable::new("OTP_REFRESH_TOKEN_DAYS", "a whole number from 1 to 3650").or("30");

pub(super) const VARIABLES: [Variable; 17] = [
    COUNTRIES,
    PREFIXES,
    PAUSE,
    QUARTER_HOUR,
    HOUR,
    DAY,
    COUNTRY_HOUR,
    ALL_HOUR,
    ALL_DAY,
    LOCKOUT,
    LOCKOUT_SECONDS,
    MAX_FAILURES,
    DENIED_SECONDS,
    REFRESH_TOKEN_DAYS,
    TABLE,
    REGION,
    ENDPOINT,
];

impl CallPolicy {
    /// Parses a number and checks that it may be called.
    pub fn callable(&self, text: &str) -> Result<PhoneNumber, PhoneError> {
        PhoneNumber::parse_with(text, &self.prefixes)?.allowed(&self.countries)
    }
}

impl CallLimits {
    /// Reads these limits only. `environment` gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        let limits = call_limits(&mut reader);
        reader.finish(|| limits)
    }
}

impl Budget {
    /// Reads these limits only. `environment` gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        let budget = budget(&mut reader);
        reader.finish(|| budget)
    }
}

impl PassLife {
    /// Reads it only. `environment` gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        let life = pass_life(&mut reader);
        reader.finish(|| life)
    }
}

/// Reads the ledger's table.
pub(super) fn ledger(reader: &mut Reader<'_>, credentials: Option<&Credentials>) -> Option<LedgerSettings> {
    let table_name = reader.value(&TABLE, |text| is_table(text).then(|| text.to_owned()));
    let region = reader.value(&REGION, |text| is_name(text).then(|| text.to_owned()));
    let endpoint_url = endpoint(reader, &ENDPOINT);
    let pass_life = pass_life(reader);
    let (table_name, region, credentials) = (table_name?, region?, credentials?.clone());
    Some(LedgerSettings { table_name, region, credentials, endpoint_url, pass_life: pass_life? })
}

/// Reads which numbers may be called. Without `OTP_COUNTRIES`, the country of `caller` may.
pub(super) fn call_policy(reader: &mut Reader<'_>, caller: Option<&Caller>) -> Option<CallPolicy> {
    let countries = if reader.is_set(&COUNTRIES) {
        reader.value(&COUNTRIES, Countries::parse)
    } else {
        let countries = caller.and_then(Countries::of_caller);
        // If the caller is wrong, that is an error already.
        if caller.is_some() && countries.is_none() {
            reader.value(&COUNTRIES, |_| None::<Countries>);
        }
        countries
    };
    // If the countries are wrong, that is an error already.
    let prefixes =
        countries.as_ref().and_then(|countries| reader.optional(&PREFIXES, |text| Prefixes::parse(text, countries)));
    let (calls, budget) = (call_limits(reader), budget(reader));
    Some(CallPolicy { countries: countries?, prefixes: prefixes.unwrap_or_default(), calls: calls?, budget: budget? })
}

/// Reads how often all users together may be called.
fn budget(reader: &mut Reader<'_>) -> Option<Budget> {
    let mut limit = |variable| reader.value(variable, |text| whole(text, 0, 100_000_000));
    let (country_hour, all_hour, all_day) = (limit(&COUNTRY_HOUR), limit(&ALL_HOUR), limit(&ALL_DAY));
    Some(Budget { country_hour: country_hour?, all_hour: all_hour?, all_day: all_day? })
}

/// Reads how often a user and a number may be called.
fn call_limits(reader: &mut Reader<'_>) -> Option<CallLimits> {
    let seconds_between_calls = reader.value(&PAUSE, |text| whole(text, 0, 600));
    let mut a_hundred = |variable| reader.value(variable, |text| whole(text, 0, 100));
    let (quarter_hour, hour, day) = (a_hundred(&QUARTER_HOUR), a_hundred(&HOUR), a_hundred(&DAY));
    Some(CallLimits {
        seconds_between_calls: seconds_between_calls?,
        quarter_hour: quarter_hour?,
        hour: hour?,
        day: day?,
    })
}

/// Reads what locks a user.
pub(super) fn failure_limits(reader: &mut Reader<'_>) -> Option<FailureLimits> {
    let lockout = reader.value(&LOCKOUT, |text| whole(text, 0, 100));
    let lockout_seconds = reader.value(&LOCKOUT_SECONDS, |text| whole(text, 1, 86_400));
    let max = reader.value(&MAX_FAILURES, |text| whole(text, 0, 100));
    let denied_seconds = reader.value(&DENIED_SECONDS, |text| whole(text, 1, 86_400));
    Some(FailureLimits {
        lockout: lockout?,
        lockout_seconds: lockout_seconds?,
        max: max?,
        denied_seconds: denied_seconds?,
    })
}

/// Reads for how long a pass is good.
fn pass_life(reader: &mut Reader<'_>) -> Option<PassLife> {
    reader.value(&REFRESH_TOKEN_DAYS, |text| whole(text, 1, 3_650)).map(PassLife::of_days)
}

/// Whether a table of DynamoDB can have this name: 3 to 255 of these characters, or an ARN.
fn is_table(text: &str) -> bool {
    (3..=1024).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte))
}

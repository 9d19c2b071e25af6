//! The functions' settings and what depends on them, as they read them from their environment.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Error, Result, ensure};
use sign_in::call::Language;
use sign_in::code::Key;
use sign_in::creation::Policy;
use sign_in::define::Mode;
use sign_in::error::DialError;
use sign_in::gate::GateRule;
use sign_in::history::SignInLimits;
use sign_in::ledger::{ClientId, Counter, Part, Rules};
use sign_in::phone::PhoneNumber;
use sign_in::sending::{Purpose, SendPolicy};
use sign_in::settings::{
    CallPolicy, ConnectSettings, CreateSettings, DefineSettings, GateSettings, SendSettings, VerifySettings,
};

/// The user pool's id.
pub const POOL: &str = "us-east-1_Example01";

/// The app client that users sign in on.
pub const CLIENT: &str = "app";

/// Settings that have no default. They are placeholders: no request is made with them.
const GIVEN: [(&str, &str); 10] = [
    ("OTP_KEY", "0123456789abcdef0123456789abcdef"),
    ("LEDGER_TABLE_NAME", "ledger"),
    ("AWS_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "id"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("CONNECT_INSTANCE_ARN", "arn:aws:connect:us-east-1:123456789012:instance/i"),
    ("CONNECT_CONTACT_FLOW_ARN", "arn:aws:connect:us-east-1:123456789012:instance/i/contact-flow/f"),
    ("CONNECT_SOURCE_PHONE_NUMBER", "+12065550100"),
    ("OTP_COGNITO_CODES", "all"),
    ("OTP_COGNITO_CODES_KEY_ARN", "arn:aws:kms:us-east-1:123456789012:key/k"),
];

/// The functions.
pub struct Functions {
    /// Whether a user must prove the password too, or the call alone.
    pub mode: Mode,
    /// Attempts and calls of one sign-in.
    pub limits: SignInLimits,
    /// The ledger's rules.
    pub rules: Rules,
    /// The key that codes are derived from.
    pub key: Key,
    /// The language of calls.
    pub language: &'static Language,
    /// How long a phone rings, in seconds.
    pub ring_seconds: u32,
    /// What the token gate lets through.
    pub gate: GateRule,
    /// The app client that users sign in on.
    pub client: ClientId,
    calls: CallPolicy,
    connect: ConnectSettings,
    device_days: u32,
    /// The ledger's rules for Cognito's own codes.
    codes: Rules,
}

impl Functions {
    /// Reads the settings: the given ones, and the defaults for the rest.
    pub fn read(settings: &BTreeMap<String, String>) -> Result<Self> {
        let value = |name: &str| {
            let given = GIVEN.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned());
            settings.get(name).cloned().or(given)
        };
        let wrong = |errors: sign_in::settings::SettingsError| Error::msg(errors.to_string());
        let define = DefineSettings::read(&value).map_err(wrong)?;
        let create = CreateSettings::read(&value).map_err(wrong)?;
        let verify = VerifySettings::read(&value).map_err(wrong)?;
        let send = SendSettings::read(&value).map_err(wrong)?;
        let gate = GateSettings::read(&value).map_err(wrong)?;
        ensure!(define.limits == create.challenge.limits && verify.failures == create.failures, "the functions differ");
        let CreateSettings { challenge, speech, connect, policy: calls, failures, ledger, .. } = create;
        Ok(Self {
            mode: define.mode,
            limits: define.limits,
            rules: Rules { challenge: challenge.form, calls: calls.calls, failures, pass_life: ledger.pass_life },
            key: challenge.key,
            language: speech.language,
            ring_seconds: connect.ring_timeout_seconds.unsigned_abs(),
            gate: gate.rule,
            client: ClientId::parse(CLIENT).context("it is no id of an app client")?,
            calls,
            connect,
            device_days: challenge.device_days,
            codes: send.rules,
        })
    }

    /// The counters that a call to this number counts in, in a sign-in or with a code of Cognito's own. `draw` are random
    /// bits, which pick their rows.
    #[must_use]
    pub fn counters(&self, phone: &PhoneNumber, purpose: Option<Purpose>, now: u64, draw: u64) -> Vec<Counter> {
        let part = purpose.map_or(Part::Whole, SendPolicy::part);
        self.calls.budget.counters(phone.country(), now, part, draw)
    }

    /// Parses a number and checks that it may be called.
    pub fn callable(&self, number: &str) -> Result<PhoneNumber> {
        self.calls.callable(number).map_err(|error| Error::msg(format!("{number}: {error:?}")))
    }

    /// The function's error for an error code of Connect's.
    #[must_use]
    pub fn dial_error(&self, code: &str, status: u16, to: &PhoneNumber) -> DialError {
        DialError::of(code, Some(status), to.country(), &self.connect)
    }

    /// The policy of the create trigger.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy { rules: self.rules, limits: self.limits, device_days: self.device_days }
    }

    /// The policy for Cognito's own codes of this purpose.
    #[must_use]
    pub fn send_policy(&self, purpose: Purpose) -> SendPolicy {
        SendPolicy::of(self.codes, purpose)
    }
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Functions").field("rules", &self.rules).field("calls", &self.calls).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use sign_in::error::DialErrorKind;

    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<Functions> {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Functions::read(&settings.collect())
    }

    #[test]
    fn the_defaults_are_those_of_the_functions() {
        let functions = read(&[]).unwrap();
        let budget = functions.calls.budget;
        assert_eq!((budget.country_hour, budget.all_hour, budget.all_day), (100, 200, 1_000));
        assert_eq!((functions.rules.calls.day, functions.ring_seconds), (10, 25));
        assert_eq!(functions.counters(&functions.callable("+12065550100").unwrap(), None, 0, 0).len(), 3);
        assert!(functions.callable("+525512345678").is_err());
    }

    #[test]
    fn settings_are_read_and_checked() {
        let functions = read(&[("OTP_COUNTRIES", "US,MX"), ("OTP_MAX_CALLS_ALL_HOUR", "0")]).unwrap();
        assert_eq!(functions.counters(&functions.callable("+525512345678").unwrap(), None, 0, 0).len(), 2);
        assert!(read(&[("OTP_DIGITS", "3")]).unwrap_err().to_string().contains("OTP_DIGITS"));
    }

    #[test]
    fn connects_quotas_are_busy_and_may_pass() {
        let functions = read(&[]).unwrap();
        let phone = functions.callable("+12065550100").unwrap();
        for (code, status, kind) in [
            ("LimitExceededException", 429, DialErrorKind::Busy),
            ("TooManyRequestsException", 429, DialErrorKind::Busy),
            ("DestinationNotAllowedException", 403, DialErrorKind::Refused),
        ] {
            let error = functions.dial_error(code, status, &phone);
            assert_eq!((error.kind, error.may_ring), (kind, false), "{code}");
        }
    }
}

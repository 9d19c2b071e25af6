//! The functions' settings: which names there are, and which function gets which.

use std::collections::BTreeMap;

use Function::{
    CreateChallenge as Create, DefineChallenge as Define, GateTokens as Gate, SendCode as Send, SpeakCode as Speak,
    VerifyChallenge as Verify,
};
use anyhow::{Context, Result, bail};

use super::Function;

/// Every setting, with the functions whose environment has it in `template.yaml`.
const KNOWN: [(&str, &[Function]); 41] = [
    ("CONNECT_CONTACT_FLOW_ARN", &[Create, Send]),
    ("CONNECT_INSTANCE_ARN", &[Create, Send, Speak]),
    ("CONNECT_QUEUE_ARN", &[Create, Send]),
    ("CONNECT_RING_TIMEOUT_SECONDS", &[Create, Send]),
    ("CONNECT_SOURCE_PHONE_NUMBER", &[Create, Send]),
    ("LEDGER_TABLE_NAME", &[Create, Send, Speak, Verify, Gate]),
    ("LOG_LEVEL", &[Define, Create, Send, Speak, Verify, Gate]),
    ("OTP_ALLOW_PREFIXES", &[Create, Send]),
    ("OTP_BRAND", &[Create, Send]),
    ("OTP_CODE_DELIVERY", &[Create]),
    ("OTP_COGNITO_CODES", &[Send, Speak]),
    ("OTP_COGNITO_CODES_KEY_ARN", &[Send, Speak]),
    ("OTP_COUNTRIES", &[Create, Send]),
    ("OTP_DENIED_SECONDS", &[Create, Speak, Verify]),
    ("OTP_DEVICE_DAYS", &[Create]),
    ("OTP_DIGITS", &[Create]),
    ("OTP_GATE", &[Create, Send]),
    ("OTP_TOKEN_GATE_EXEMPT_CLIENTS", &[Gate]),
    ("OTP_TOKEN_GATE_FEDERATED", &[Gate]),
    ("OTP_KEY", &[Create, Send, Speak, Verify]),
    ("OTP_LANGUAGE", &[Create, Send]),
    ("OTP_LOCKOUT_FAILURES", &[Create, Speak, Verify]),
    ("OTP_LOCKOUT_SECONDS", &[Create, Speak, Verify]),
    ("OTP_MAX_ATTEMPTS", &[Define, Create]),
    ("OTP_MAX_CALLS", &[Define, Create]),
    ("OTP_MAX_CALLS_ALL_DAY", &[Create, Send]),
    ("OTP_MAX_CALLS_ALL_HOUR", &[Create, Send]),
    ("OTP_MAX_CALLS_COUNTRY_HOUR", &[Create, Send]),
    ("OTP_MAX_CALLS_DAY", &[Create, Send]),
    ("OTP_MAX_CALLS_HOUR", &[Create, Send]),
    ("OTP_MAX_CALLS_QUARTER_HOUR", &[Create, Send]),
    ("OTP_MAX_FAILURES", &[Create, Speak, Verify]),
    ("OTP_MODE", &[Define, Create]),
    ("OTP_PHONE_ATTRIBUTE", &[Create, Send]),
    ("OTP_REFRESH_TOKEN_DAYS", &[Create, Verify, Gate]),
    ("OTP_SECONDS_BETWEEN_CALLS", &[Create, Send]),
    ("OTP_SMS_ORIGINATION_IDENTITY", &[Send]),
    ("OTP_TOKEN_GATE", &[Gate]),
    ("OTP_TRUST", &[Create, Speak, Verify, Gate]),
    ("OTP_VALIDITY_SECONDS", &[Create, Send]),
    ("STACK_NAME", &[Define, Create, Send, Speak, Verify, Gate]),
];

/// Settings by name. Only the names are checked here. The functions check the values.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<&'static str, String>);

impl Settings {
    /// Takes one `NAME=VALUE`; a later one replaces an earlier one. Fails if no function knows the name.
    pub fn set(&mut self, assignment: &str) -> Result<()> {
        let (name, value) =
            assignment.split_once('=').with_context(|| format!("`{assignment}` is not of the form NAME=VALUE"))?;
        let Some((name, _)) = KNOWN.iter().find(|(known, _)| *known == name) else {
            let names: Vec<_> = KNOWN.iter().map(|(known, _)| *known).collect();
            bail!("no function has a setting `{name}`; there are {}", names.join(", "));
        };
        self.0.insert(name, value.to_owned());
        Ok(())
    }

    /// Takes a setting, unless it has a value already.
    ///
    /// # Panics
    /// If there is no setting of this name.
    pub fn set_default(&mut self, name: &str, value: impl Into<String>) {
        let (name, _) = KNOWN.iter().find(|(known, _)| *known == name).expect("names of defaults are constants");
        self.0.entry(name).or_insert_with(|| value.into());
    }

    /// The value of a setting, if it has one.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether the code is in the call's attributes, and not what `speak-code` answers.
    #[must_use]
    pub fn has_code_in_attributes(&self) -> bool {
        self.value("OTP_CODE_DELIVERY") == Some("attribute")
    }

    /// Whether `send-code` gets the codes that Cognito sends to phones.
    #[must_use]
    pub fn has_cognito_codes(&self) -> bool {
        self.value("OTP_COGNITO_CODES") == Some("all")
    }

    /// Whether there is a token gate. Its mode is a setting of its function alone.
    #[must_use]
    pub fn has_token_gate(&self) -> bool {
        self.value("OTP_TOKEN_GATE").is_some()
    }

    /// The settings of one function, as its environment has them.
    pub fn of(&self, function: Function) -> impl Iterator<Item = (&'static str, &str)> {
        KNOWN
            .iter()
            .filter(move |(_, functions)| functions.contains(&function))
            .filter_map(|(name, _)| Some((*name, self.value(name)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_gets_its_own_settings_only() {
        let mut settings = Settings::default();
        settings.set("OTP_KEY=k=1").unwrap();
        settings.set("OTP_MAX_ATTEMPTS=2").unwrap();
        settings.set("OTP_MAX_ATTEMPTS=1").unwrap();
        settings.set_default("OTP_MAX_ATTEMPTS", "9");
        settings.set_default("OTP_BRAND", "Example");

        let of = |function| settings.of(function).collect::<Vec<_>>();
        assert_eq!(of(Define), [("OTP_MAX_ATTEMPTS", "1")]);
        assert_eq!(of(Create), [("OTP_BRAND", "Example"), ("OTP_KEY", "k=1"), ("OTP_MAX_ATTEMPTS", "1")]);
        assert_eq!(of(Speak), [("OTP_KEY", "k=1")]);
        assert_eq!(of(Verify), [("OTP_KEY", "k=1")]);
    }

    #[test]
    fn an_unknown_name_is_named_with_the_known_ones() {
        let error = Settings::default().set("OTP_DIGIT=6").unwrap_err().to_string();
        assert!(error.contains("`OTP_DIGIT`") && error.contains("OTP_DIGITS"), "{error}");
        assert!(Settings::default().set("OTP_DIGITS").unwrap_err().to_string().contains("NAME=VALUE"));
    }
}

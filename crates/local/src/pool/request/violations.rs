//! The constraints that a request breaks.

use super::{Attribute, Strings};
use crate::pool::error::ApiError;

/// Broken constraints, in the words of AWS's request validation.
#[derive(Default)]
pub(in crate::pool) struct Violations(Vec<String>);

impl Violations {
    pub(super) fn add(&mut self, subject: &str, constraint: &str) {
        self.0.push(format!("{subject} failed to satisfy constraint: {constraint}"));
    }

    pub(super) fn required(&mut self, name: &str, value: Option<&str>) {
        if value.is_none() {
            self.add(&format!("Value null at '{name}'"), "Member must not be null");
        }
    }

    pub(super) fn length(&mut self, name: &str, value: Option<&str>, least: usize, most: usize) {
        let Some(length) = value.map(|value| value.chars().count()) else { return };
        let subject = format!("Value at '{name}'");
        if length < least {
            self.add(&subject, &format!("Member must have length greater than or equal to {least}"));
        }
        if length > most {
            self.add(&subject, &format!("Member must have length less than or equal to {most}"));
        }
    }

    pub(super) fn pattern(&mut self, name: &str, value: Option<&str>, pattern: &str, allowed: fn(char) -> bool) {
        if value.is_some_and(|value| value.is_empty() || !value.chars().all(allowed)) {
            let constraint = format!("Member must satisfy regular expression pattern: {pattern}");
            self.add(&format!("Value at '{name}'"), &constraint);
        }
    }

    pub(super) fn client_id(&mut self, value: Option<&str>) {
        self.required("clientId", value);
        self.length("clientId", value, 1, 128);
        self.pattern("clientId", value, r"[\w+]+", |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+'));
    }

    pub(super) fn user_pool_id(&mut self, value: Option<&str>) {
        self.required("userPoolId", value);
        self.length("userPoolId", value, 1, 55);
    }

    pub(super) fn username(&mut self, value: Option<&str>) {
        self.required("username", value);
        self.length("username", value, 1, 128);
        let allowed = |c: char| !c.is_whitespace() && !c.is_control();
        self.pattern("username", value, r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", allowed);
    }

    pub(super) fn password(&mut self, value: Option<&str>) {
        self.required("password", value);
        self.length("password", value, 1, 256);
        if value.is_some_and(|value| value.is_empty() || value.trim() != value) {
            let constraint = r"Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$";
            self.add("Value at 'password'", constraint);
        }
    }

    pub(super) fn code(&mut self, name: &str, value: Option<&str>) {
        self.required(name, value);
        self.length(name, value, 1, 2048);
        self.pattern(name, value, r"[\S]+", |c| !c.is_whitespace());
    }

    pub(super) fn attributes(&mut self, attributes: &[Attribute]) {
        for (index, attribute) in attributes.iter().enumerate() {
            let member = |name: &str| format!("userAttributes.{}.member.{name}", index + 1);
            self.length(&member("name"), Some(&attribute.name), 1, 32);
            self.length(&member("value"), attribute.value.as_deref(), 0, 2048);
        }
    }

    pub(super) fn token(&mut self, name: &str, value: Option<&str>) {
        self.required(name, value);
        self.pattern(name, value, "[A-Za-z0-9-_=.]+", |c| c.is_ascii_alphanumeric() || "-_=.".contains(c));
    }

    pub(super) fn one_of(&mut self, name: &str, value: Option<&str>, values: &[&str]) {
        self.required(name, value);
        if value.is_some_and(|value| !values.contains(&value)) {
            let constraint = format!("Member must satisfy enum value set: [{}]", values.join(", "));
            self.add(&format!("Value at '{name}'"), &constraint);
        }
    }

    pub(super) fn strings(&mut self, name: &str, value: Option<&Strings>) {
        const MOST: usize = 131_072;
        let too_long = |text: &String| text.chars().count() > MOST;
        if value.is_some_and(|map| map.iter().any(|(key, value)| too_long(key) || too_long(value))) {
            let constraint =
                format!("Map entries must satisfy constraint: [Member must have length less than or equal to {MOST}]");
            self.add(&format!("Value at '{name}'"), &constraint);
        }
    }

    pub(super) fn into_result(self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let plural = if self.0.len() == 1 { "error" } else { "errors" };
        let list = self.0.join("; ");
        Err(ApiError::invalid_parameter(format!("{} validation {plural} detected: {list}", self.0.len())))
    }
}

/// The values of `AuthFlow`.
pub(super) const AUTH_FLOWS: [&str; 8] = [
    "ADMIN_NO_SRP_AUTH",
    "ADMIN_USER_PASSWORD_AUTH",
    "CUSTOM_AUTH",
    "REFRESH_TOKEN",
    "REFRESH_TOKEN_AUTH",
    "USER_AUTH",
    "USER_PASSWORD_AUTH",
    "USER_SRP_AUTH",
];

/// The values of `ChallengeName`.
pub(super) const CHALLENGE_NAMES: [&str; 16] = [
    "ADMIN_NO_SRP_AUTH",
    "CUSTOM_CHALLENGE",
    "DEVICE_PASSWORD_VERIFIER",
    "DEVICE_SRP_AUTH",
    "EMAIL_OTP",
    "MFA_SETUP",
    "NEW_PASSWORD_REQUIRED",
    "PASSWORD",
    "PASSWORD_SRP",
    "PASSWORD_VERIFIER",
    "SELECT_CHALLENGE",
    "SELECT_MFA_TYPE",
    "SMS_MFA",
    "SMS_OTP",
    "SOFTWARE_TOKEN_MFA",
    "WEB_AUTHN",
];

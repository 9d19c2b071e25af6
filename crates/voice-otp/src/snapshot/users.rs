//! How many users could sign in. Phone numbers and names are checked and not kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sign_in::phone::{PhoneError, PhoneNumber};
use sign_in::settings::CreateSettings;

/// The users of a pool, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    /// All of them.
    pub all: u64,
    /// Those who can sign in.
    pub ready: u64,
    /// The others, by reason. A user may count for several reasons.
    pub obstacles: BTreeMap<Obstacle, u64>,
}

/// A reason why a user can't sign in by call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Obstacle {
    /// The number's attribute is empty.
    NoNumber,
    /// `phone_number_verified` is not true.
    NumberUnverified,
    /// The number is not in E.164 form, or in no known numbering plan.
    NumberInvalid,
    /// The number's country is not in `OTP_COUNTRIES`.
    CountryNotAllowed,
    /// The number is of a type that is not called.
    TypeNotAllowed,
    /// The status is `FORCE_CHANGE_PASSWORD`.
    TemporaryPassword,
    /// The status is `RESET_REQUIRED`.
    ResetRequired,
    /// The status is `UNCONFIRMED`.
    Unconfirmed,
    /// The status is `EXTERNAL_PROVIDER`.
    External,
    /// The status is another one, which Cognito does not document.
    OtherStatus,
    /// Cognito's own MFA is on for the user.
    Mfa,
    /// The user is disabled.
    Disabled,
}

impl Users {
    /// Counts one of `ListUsers`' users, with the settings of the create function.
    pub fn count(&mut self, user: &Value, settings: &CreateSettings) {
        let mut obstacles = Vec::new();
        obstacles.extend(of_number(user, settings));
        obstacles.extend(of_status(user["UserStatus"].as_str().unwrap_or_default()));
        let has_mfa = user["MFAOptions"].as_array().is_some_and(|options| !options.is_empty());
        obstacles.extend(has_mfa.then_some(Obstacle::Mfa));
        obstacles.extend((user["Enabled"] == false).then_some(Obstacle::Disabled));
        self.all += 1;
        self.ready += u64::from(obstacles.is_empty());
        for obstacle in obstacles {
            *self.obstacles.entry(obstacle).or_default() += 1;
        }
    }
}

/// What is wrong with the number, as the create function judges it.
fn of_number(user: &Value, settings: &CreateSettings) -> Option<Obstacle> {
    let attributes = user["Attributes"].as_array().into_iter().flatten();
    let pairs = attributes.filter_map(|own| Some((own["Name"].as_str()?.to_owned(), own["Value"].clone())));
    let attributes = serde_json::from_value(Value::Object(pairs.collect::<Map<_, _>>())).ok()?;
    let number = PhoneNumber::of(&attributes, &settings.challenge.phone_attribute, &settings.policy.prefixes);
    number.and_then(|number| number.allowed(&settings.policy.countries)).err().map(|error| match error {
        PhoneError::Missing => Obstacle::NoNumber,
        PhoneError::Unverified => Obstacle::NumberUnverified,
        PhoneError::NotE164 | PhoneError::UnknownRange => Obstacle::NumberInvalid,
        PhoneError::CountryNotAllowed(_) => Obstacle::CountryNotAllowed,
        PhoneError::TypeNotAllowed => Obstacle::TypeNotAllowed,
    })
}

fn of_status(status: &str) -> Option<Obstacle> {
    match status {
        "CONFIRMED" => None,
        "FORCE_CHANGE_PASSWORD" => Some(Obstacle::TemporaryPassword),
        "RESET_REQUIRED" => Some(Obstacle::ResetRequired),
        "UNCONFIRMED" => Some(Obstacle::Unconfirmed),
        "EXTERNAL_PROVIDER" => Some(Obstacle::External),
        _ => Some(Obstacle::OtherStatus),
    }
}

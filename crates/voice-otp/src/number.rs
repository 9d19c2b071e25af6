//! Checks a typed phone number by the functions' own rules.

use anyhow::{Error, Result};
use sign_in::error::TriggerError;
use sign_in::phone::{Masked, PhoneError, PhoneNumber};
use sign_in::settings::CallPolicy;

/// Takes a number that its country's numbering plan knows.
pub fn parse(text: &str) -> Result<PhoneNumber> {
    PhoneNumber::parse(text).map_err(|error| refused(text, error))
}

/// Takes a number that would be called. The error names the country and the masked number.
pub fn callable(text: &str, policy: &CallPolicy) -> Result<PhoneNumber> {
    policy.callable(text).map_err(|error| refused(text, error))
}

/// The advice for a typed number. The functions' own advice is about a user's number.
fn refused(text: &str, error: PhoneError) -> Error {
    let masked = Masked::of(text).map_or("it".to_owned(), |masked| masked.to_string());
    let advice = match error {
        PhoneError::NotE164 => "give the number in E.164 form, such as +12065550100".to_owned(),
        PhoneError::CountryNotAllowed("001") => format!("{masked} belongs to no country"),
        PhoneError::CountryNotAllowed(country) => format!(
            "{masked} is a number of {country}, which is not called: if you have users there, add {country} to OtpCountries"
        ),
        PhoneError::TypeNotAllowed => {
            format!("{masked} is of a type that is not called: use a number of a fixed line or a mobile phone")
        }
        _ => TriggerError::from(error).advice().into_owned(),
    };
    Error::msg(format!("{}: {advice}", TriggerError::from(error).word().as_str()))
}

#[cfg(test)]
mod tests {
    use sign_in::ledger::{Budget, CallLimits};
    use sign_in::phone::{Countries, Prefixes};

    use super::*;

    /// Calls to the United States.
    fn policy() -> CallPolicy {
        CallPolicy {
            countries: Countries::parse("US").unwrap(),
            prefixes: Prefixes::default(),
            calls: CallLimits { seconds_between_calls: 0, quarter_hour: 0, hour: 0, day: 0 },
            budget: Budget { country_hour: 0, all_hour: 0, all_day: 0 },
        }
    }

    #[test]
    fn a_number_that_is_none_is_answered_with_one_that_is() {
        for text in ["2065550100", "(206) 555-0100", "0012065550100", ""] {
            let error = parse(text).unwrap_err().to_string();
            assert_eq!(error, "PHONE_INVALID: give the number in E.164 form, such as +12065550100");
        }
        for text in ["+1206555", "+14572345678"] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with("PHONE_INVALID: ") && error.contains("OTP_ALLOW_PREFIXES"), "{error}");
        }
    }

    #[test]
    fn why_a_number_is_not_called_is_said_with_its_country_and_never_with_the_number() {
        let policy = policy();
        for (text, parts) in [
            ("+17875550123", ["PHONE_COUNTRY_NOT_ALLOWED: +1*", "add PR to OtpCountries"]),
            ("+4930123456", ["PHONE_COUNTRY_NOT_ALLOWED: +49*", "a number of DE"]),
            ("+870301234567", ["PHONE_COUNTRY_NOT_ALLOWED: +870*", "belongs to no country"]),
            ("+19002345678", ["PHONE_TYPE_NOT_ALLOWED: +1*", "a fixed line or a mobile phone"]),
        ] {
            let error = callable(text, &policy).unwrap_err().to_string();
            assert!(parts.iter().all(|part| error.contains(part)) && !error.contains(text), "{error}");
        }
        assert_eq!(callable("+12065550100", &policy).unwrap().as_e164(), "+12065550100");
    }
}

//! Whether a number that was typed here would be called, by the functions' own rules.

use anyhow::{Error, Result};
use otp_dial::country::Countries;
use otp_dial::fault::{Fault, PhoneFault};
use otp_dial::phone::PhoneNumber;

/// Takes a number that its country's numbering plan knows.
pub fn parse(text: &str) -> Result<PhoneNumber> {
    PhoneNumber::parse(text).map_err(|fault| {
        let advice = "give the number in E.164 form, such as +12065550100. One in that form is refused too if its country's \
                      numbering plan, as this version knows it, has no such number";
        refused(fault, advice)
    })
}

/// Takes a number that would be called. Says which country and which number it is, if it would not be.
pub fn callable(text: &str, countries: &Countries) -> Result<PhoneNumber> {
    let number = parse(text)?;
    let (masked, country) = (number.masked(), number.country().to_owned());
    let fault = match number.allowed(countries) {
        Ok(number) => return Ok(number),
        Err(fault) => fault,
    };
    let advice = match fault {
        PhoneFault::CountryNotAllowed if country == "001" => format!("{masked} is a number of no country"),
        PhoneFault::CountryNotAllowed => format!(
            "{masked} is a number of {country}, which is not called: if you have users there, add {country} to OtpCountries"
        ),
        _ => format!("{masked} is of a type that is not called: use a number of a fixed line or a mobile phone"),
    };
    Err(refused(fault, &advice))
}

fn refused(fault: PhoneFault, advice: &str) -> Error {
    Error::msg(format!("{}: {advice}", Fault::from(fault).word()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_none_is_answered_with_one_that_is() {
        for text in ["2065550100", "(206) 555-0100", "0012065550100", "+1206555", "+14572345678", ""] {
            let error = parse(text).unwrap_err().to_string();
            let begin = "PHONE_INVALID: give the number in E.164 form, such as +12065550100.";
            assert!(error.starts_with(begin), "{error}");
        }
    }

    #[test]
    fn why_a_number_is_not_called_is_said_with_its_country_and_never_with_the_number() {
        let countries = Countries::parse("US").unwrap();
        for (text, parts) in [
            ("+17875550123", ["PHONE_COUNTRY_NOT_ALLOWED: +1*", "add PR to OtpCountries"]),
            ("+4930123456", ["PHONE_COUNTRY_NOT_ALLOWED: +49*", "a number of DE"]),
            ("+870301234567", ["PHONE_COUNTRY_NOT_ALLOWED: +870*", "a number of no country"]),
            ("+19002345678", ["PHONE_TYPE_NOT_ALLOWED: +1*", "a fixed line or a mobile phone"]),
        ] {
            let error = callable(text, &countries).unwrap_err().to_string();
            assert!(parts.iter().all(|part| error.contains(part)) && !error.contains(text), "{error}");
        }
        assert_eq!(callable("+12065550100", &countries).unwrap().as_e164(), "+12065550100");
    }
}

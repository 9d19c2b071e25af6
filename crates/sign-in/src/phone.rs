//! Which number is called, and how much of it is shown.
//!
//! A number comes from a user's attribute, in E.164 form. [`PhoneNumber::of`] checks form and verification, and looks
//! the number up in libphonenumber's metadata, which the build script turns into a table. [`PhoneNumber::allowed`]
//! then checks country and type. The whole number goes to Connect only; logs and clients get it [`Masked`].

use std::fmt;

use crate::attributes::Attributes;

pub use caller::Caller;
pub use country::Countries;
pub use masked::Masked;
pub(crate) use plan::LIBPHONENUMBER;
use plan::Plan;
pub use prefix::Prefixes;

mod caller;
mod country;
mod masked;
mod plan;
mod prefix;

/// A valid phone number. `Debug` shows its masked form; only [`PhoneNumber::as_e164`] gives the whole number.
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    e164: String,
    calling_code: &'static str,
    country: &'static str,
    callable: bool,
}

/// Why a user can't be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneError {
    /// Its country (ISO 3166-1) is not on the list.
    CountryNotAllowed(&'static str),
    /// The user has no number.
    Missing,
    /// It is not in E.164 form.
    NotE164,
    /// Numbers of its type are not called, such as premium-rate ones.
    TypeNotAllowed,
    /// It is in E.164 form, but the metadata of this build do not know such a number.
    UnknownRange,
    /// It is not verified.
    Unverified,
}

/// Cognito's own attribute for a number, the only one that Cognito verifies.
const PHONE_NUMBER: &str = "phone_number";
const PHONE_NUMBER_VERIFIED: &str = "phone_number_verified";

/// The maximum length in E.164 form, with the plus sign.
const MAX_E164: usize = 16;

impl PhoneNumber {
    /// The number to call, from the user's attribute of this name. `prefixes`: see [`PhoneNumber::parse_with`].
    ///
    /// Cognito's `phone_number` must be verified. Cognito verifies no other attribute. If the number is in another
    /// one, anybody who may write that attribute decides which number is called.
    pub fn of(attributes: &Attributes, attribute: &str, prefixes: &Prefixes) -> Result<Self, PhoneError> {
        let number = attributes.value(attribute).ok_or(PhoneError::Missing)?;
        // An administrator's tool may have written "True".
        let verified = || attributes.value(PHONE_NUMBER_VERIFIED).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        if attribute == PHONE_NUMBER && !verified() {
            return Err(PhoneError::Unverified);
        }
        Self::parse_with(number, prefixes)
    }

    /// Parses a number in E.164 form that the metadata of this build know: `+`, then up to 15 digits.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        Self::parse_with(text, &Prefixes::default())
    }

    /// Parses such a number. Also accepts a number that the metadata don't know, if it begins with one of these
    /// prefixes and has a length that its country's numbers have.
    pub fn parse_with(text: &str, prefixes: &Prefixes) -> Result<Self, PhoneError> {
        if !is_e164(text) {
            return Err(PhoneError::NotE164);
        }
        // Connect dials the text as it is, so a trunk prefix, as in +44 (0)20, is not removed.
        let plan = Plan::of(text).ok_or(PhoneError::UnknownRange)?;
        let (country, callable) = if let Some(outcome) = plan.outcome(text) {
            (outcome.country, outcome.callable)
        } else {
            let country = prefixes.country(text).filter(|_| plan.has_length_of(text));
            (country.ok_or(PhoneError::UnknownRange)?, true)
        };
        Ok(Self { e164: text.to_owned(), calling_code: plan.calling_code, country, callable })
    }

    /// The number, if it may be called: it is of one of these countries, and of a type that ordinary subscribers have
    /// at the usual price. Premium-rate, shared-cost and toll-free numbers, pagers, satellite phones, personal and
    /// company numbers and numbers of an unknown type may not be called.
    pub fn allowed(self, countries: &Countries) -> Result<Self, PhoneError> {
        if !countries.contain(self.country()) {
            return Err(PhoneError::CountryNotAllowed(self.country()));
        }
        if self.callable { Ok(self) } else { Err(PhoneError::TypeNotAllowed) }
    }

    /// The whole number, for Connect.
    #[must_use]
    pub fn as_e164(&self) -> &str {
        &self.e164
    }

    /// Its country by ISO 3166-1, as in `US`; `001` for a number of no country.
    #[must_use]
    pub fn country(&self) -> &'static str {
        self.country
    }

    /// The form for clients and logs.
    #[must_use]
    pub fn masked(&self) -> Masked {
        Masked::new(self.calling_code, &self.e164[self.e164.len() - 2..])
    }
}

/// Whether a text has the form of E.164: `+`, then 2 to 15 digits, the first not zero. Connect takes nothing else.
pub(crate) fn is_e164(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (3..=MAX_E164).contains(&text.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

#[cfg(test)]
mod tests;

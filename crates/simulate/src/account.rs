//! The users of a pool, and unknown users.

use anyhow::{Context, Result};
use sign_in::device::{Device, PublicKey};
use sign_in::ledger::{CallKeys, UserKey};
use sign_in::phone::PhoneNumber;
use sign_in::sending::Purpose;

use crate::functions::{Functions, POOL};
use crate::table::Keys;

/// A user, or a name that no user has.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user's index.
    pub user: usize,
    /// The number that is called. `None` for an unknown user.
    pub phone: Option<PhoneNumber>,
    /// Whether Connect may call it.
    pub permitted: bool,
    /// The trusted device that the user signs in with.
    pub device: Option<Device>,
    number: u64,
}

impl Account {
    /// A user with the number of this index in a country: `US`, `CA` or `MX`.
    pub fn new(functions: &Functions, user: usize, country: &str, index: usize) -> Result<Self> {
        let phone = functions.callable(&number(country, index)?)?;
        let number = CallKeys::of(&functions.key, POOL, &sub(user), &phone).number.hash();
        Ok(Self { user, phone: Some(phone), permitted: true, device: None, number })
    }

    /// An unknown user, with an invented name.
    #[must_use]
    pub fn unknown(functions: &Functions, user: usize) -> Self {
        let number = CallKeys::of_unknown_user(&functions.key, POOL, &sub(user)).number.hash();
        Self { user, phone: None, permitted: true, device: None, number }
    }

    /// The rows that a call to the user counts in, in a sign-in or with a code of Cognito's own.
    #[must_use]
    pub fn keys(&self, purpose: Option<Purpose>) -> Keys {
        Keys { user: self.user, number: self.number, purpose }
    }

    /// A device that the user enrols at this time, in seconds since the Unix epoch. `None` if the settings let no device be
    /// trusted.
    #[must_use]
    pub fn enrolled(&self, functions: &Functions, now: u64) -> Option<Device> {
        let key = PublicKey::from_spki(&format!("{SPKI}{:0>85}A", self.user))?;
        let terms = functions.policy().device_terms(self.number, now)?;
        Some(terms.device(key, UserKey::of(POOL, &self.sub()).as_str(), &functions.key))
    }

    /// The user's `sub`. For an unknown user, the name takes its place.
    #[must_use]
    pub fn sub(&self) -> String {
        sub(self.user)
    }
}

/// The beginning of a P-256 key's SPKI in base64url. No point of the curve follows it here, since nobody signs.
const SPKI: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";

fn sub(user: usize) -> String {
    format!("user-{user}")
}

/// A number of this index in a country. There are some millions of each, and none is ever called.
fn number(country: &str, index: usize) -> Result<String> {
    let (prefix, digits) = match country {
        "US" => ("+1206", 6),
        "CA" => ("+1416", 6),
        "MX" => ("+5255", 7),
        _ => return Err(anyhow::anyhow!("there are no made-up numbers of {country}, but of US, CA and MX")),
    };
    // The first digit of the rest is 2 to 9 in North America.
    let most = 8 * 10_usize.pow(digits);
    let rest = (index < most).then(|| index + 2 * 10_usize.pow(digits)).context("there are no more numbers")?;
    Ok(format!("{prefix}{rest}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn numbers_are_valid_in_their_country_and_each_is_anothers() {
        let settings = BTreeMap::from([("OTP_COUNTRIES".to_owned(), "US,CA,MX".to_owned())]);
        let functions = Functions::read(&settings).unwrap();
        for country in ["US", "CA", "MX"] {
            for index in [0, 1, 999_999, 1_000_000, 7_999_999] {
                let account = Account::new(&functions, 1, country, index).unwrap();
                assert_eq!(account.phone.unwrap().country(), country);
            }
        }
        let keys = |user, index| Account::new(&functions, user, "US", index).unwrap().keys(None);
        assert_eq!(keys(1, 5).number, keys(2, 5).number);
        assert_ne!(keys(1, 5).number, keys(1, 6).number);
        let device = |user| Account::new(&functions, user, "US", 5).unwrap().enrolled(&functions, 0).unwrap().key.id();
        assert_ne!(device(1), device(2));
        assert!(Account::new(&functions, 1, "US", 8_000_000).is_err());
        assert!(Account::new(&functions, 1, "DE", 0).is_err());
    }
}

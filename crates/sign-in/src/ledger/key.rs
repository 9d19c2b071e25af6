//! Keys of the table's rows.

use std::fmt;

use crate::code::{Key, Subject, leading_u64};
use crate::phone::PhoneNumber;
use crate::purpose::Purpose;

/// The key of a user's row.
#[derive(Clone, PartialEq, Eq)]
pub struct UserKey(String);

/// The key of a number's row: a keyed hash of the number. Without `OTP_KEY` it does not show which number that is.
#[derive(Clone, PartialEq, Eq)]
pub struct NumberKey {
    text: String,
    hash: u64,
}

/// The rows that a call counts in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallKeys {
    /// The user's row.
    pub user: UserKey,
    /// The number's row.
    pub number: NumberKey,
}

impl CallKeys {
    /// The rows of a user with a number. `sub` is the user's id in the pool.
    #[must_use]
    pub fn of(key: &Key, user_pool: &str, sub: &str, phone: &PhoneNumber) -> Self {
        Self { user: UserKey::of(user_pool, sub), number: NumberKey::of(key, phone.as_e164()) }
    }

    /// The rows of a user and a number for Cognito's own codes of one purpose.
    #[must_use]
    pub fn of_codes(key: &Key, user_pool: &str, sub: &str, phone: &PhoneNumber, purpose: Purpose) -> Self {
        let number = NumberKey::of(key, phone.as_e164()).for_codes(purpose);
        Self { user: UserKey::of_codes(user_pool, sub, purpose), number }
    }

    /// The rows for a name that no user has, or whose user can't be called. Pretended calls are counted there in the
    /// same way, so that a client sees no difference. The letter case of the name does not matter, since a pool may
    /// ignore it.
    #[must_use]
    pub fn of_unknown_user(key: &Key, user_pool: &str, user_name: &str) -> Self {
        let user_name = user_name.trim().to_lowercase();
        let mac = key.mac("nobody in the ledger, version 1", &[user_pool.as_bytes(), user_name.as_bytes()]);
        let hash = leading_u64(mac);
        let name = format!("{}{user_pool}#{hash:016x}", UserKey::UNKNOWN);
        Self { number: NumberKey { text: format!("NUMBER#{name}"), hash }, user: UserKey(name) }
    }
}

impl UserKey {
    const UNKNOWN: &'static str = "UNKNOWN#";
    const CODES: &'static str = "CODE#";

    /// The row of a user who exists.
    #[must_use]
    pub fn of(user_pool: &str, sub: &str) -> Self {
        Self(format!("USER#{user_pool}#{sub}"))
    }

    /// The row of Cognito's own codes of one purpose for a user.
    #[must_use]
    pub fn of_codes(user_pool: &str, sub: &str, purpose: Purpose) -> Self {
        Self(format!("{}{user_pool}#{sub}#{}", Self::CODES, purpose.name()))
    }

    /// The user and the purpose of a row of Cognito's own codes. `None` for any other row.
    #[must_use]
    pub fn codes(&self) -> Option<(Subject<'_>, Purpose)> {
        let (user_pool, rest) = self.0.strip_prefix(Self::CODES)?.split_once('#')?;
        let (sub, purpose) = rest.rsplit_once('#')?;
        Some((Subject { user_pool, sub }, Purpose::parse(purpose)?))
    }

    /// The key that [`UserKey::as_str`] gave.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The key as the table stores it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The user whose row it is. `None` for an unknown user's row, and for a text that is no key.
    #[must_use]
    pub fn user(&self) -> Option<Subject<'_>> {
        let (user_pool, sub) = self.0.strip_prefix("USER#")?.split_once('#')?;
        Some(Subject { user_pool, sub })
    }

    /// The user whom the row is about. `None` for an unknown user's row, and for a text that is no key.
    #[must_use]
    pub fn subject(&self) -> Option<Subject<'_>> {
        self.user().or_else(|| Some(self.codes()?.0))
    }

    /// Whether it is the row of an unknown user. Anyone can create such rows by inventing names, so they must expire.
    #[must_use]
    pub fn is_unknown_user(&self) -> bool {
        self.0.starts_with(Self::UNKNOWN)
    }
}

impl NumberKey {
    /// The row of a number in E.164 form.
    #[must_use]
    pub(crate) fn of(key: &Key, number: &str) -> Self {
        Self::of_hash(leading_u64(key.mac("number in the ledger, version 1", &[number.as_bytes()])))
    }

    /// The row of a number that is known by its hash.
    #[must_use]
    pub fn of_hash(hash: u64) -> Self {
        Self { text: format!("NUMBER#{hash:016x}"), hash }
    }

    /// The row of the same number for Cognito's own codes of one purpose.
    #[must_use]
    pub fn for_codes(self, purpose: Purpose) -> Self {
        Self { text: format!("{}#{}", self.text, purpose.name()), ..self }
    }

    /// The key as the table stores it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The hash of the number. Equal numbers have equal hashes.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for NumberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Key {
        Key::new(&[byte; 32]).unwrap()
    }

    #[test]
    fn users_of_one_number_share_its_row_and_nothing_tells_which() {
        let phone = PhoneNumber::parse("+12065550100").unwrap();
        let of = |byte, sub| CallKeys::of(&key(byte), "us-east-1_Example01", sub, &phone);
        assert_eq!(of(1, "a").number, of(1, "b").number);
        assert_ne!(of(1, "a").number, of(2, "a").number);
        assert_eq!(of(1, "a").user.as_str(), "USER#us-east-1_Example01#a");
        assert_eq!(of(1, "a").number.as_str().len(), "NUMBER#".len() + 16);
        assert!(!format!("{:?}", of(1, "a")).contains("5550100"));
    }

    #[test]
    fn nobody_is_the_same_in_any_letter_case_and_never_a_user() {
        let of = |name| CallKeys::of_unknown_user(&key(1), "us-east-1_Example01", name);
        assert_eq!(of("Alice "), of("alice"));
        assert_ne!(of("alice"), of("alicia"));
        assert!(of("a").user.is_unknown_user() && !UserKey::of("us-east-1_Example01", "a").is_unknown_user());
    }

    /// A code belongs to the number that was called with it. So two numbers must have different hashes, and the key
    /// must contain the hash.
    #[test]
    fn a_number_is_told_from_others_by_its_hash() {
        let number =
            |text| CallKeys::of(&key(1), "us-east-1_Example01", "a", &PhoneNumber::parse(text).unwrap()).number;
        let (one, other) = (number("+12065550100"), number("+12065550101"));
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.as_str(), format!("NUMBER#{:016x}", one.hash()));
        assert_eq!(format!("{one:?}"), one.as_str());
    }

    /// What is counted for one purpose uses up nothing of another, nor of the sign-ins by call.
    #[test]
    fn codes_of_each_purpose_have_rows_of_their_own() {
        let phone = PhoneNumber::parse("+12065550100").unwrap();
        let keys = Purpose::ALL.map(|purpose| CallKeys::of_codes(&key(1), "us-east-1_Example01", "a", &phone, purpose));
        let sign_in = CallKeys::of(&key(1), "us-east-1_Example01", "a", &phone);
        assert_eq!(keys[0].user.as_str(), "CODE#us-east-1_Example01#a#reset");
        assert_eq!(keys[0].number.as_str(), format!("{}#reset", sign_in.number.as_str()));
        for (keys, purpose) in keys.iter().zip(Purpose::ALL) {
            assert_eq!(keys.number.hash(), sign_in.number.hash());
            let (subject, of) = keys.user.codes().unwrap();
            assert_eq!((subject.user_pool, subject.sub, of), ("us-east-1_Example01", "a", purpose));
            assert!(keys.user.user().is_none() && !keys.user.is_unknown_user());
        }
        for other in ["", "CODE#", "CODE#pool#a", "CODE#pool#a#other", sign_in.user.as_str()] {
            assert!(UserKey::from_text(other).codes().is_none(), "{other}");
        }
    }

    #[test]
    fn the_key_of_a_user_is_the_same_in_the_table_in_the_event_and_in_the_log() {
        let user = UserKey::of("us-east-1_Example01", "a");
        assert_eq!(UserKey::from_text(user.as_str()), user);
        assert_eq!(format!("{user:?}"), user.as_str());
        let subject = user.user().unwrap();
        assert_eq!((subject.user_pool, subject.sub), ("us-east-1_Example01", "a"));
        for other in ["", "USER#", "USER#pool", "UNKNOWN#us-east-1_Example01#0", "NUMBER#0"] {
            assert!(UserKey::from_text(other).user().is_none(), "{other}");
        }
    }
}

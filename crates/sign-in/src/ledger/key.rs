//! Keys of the table's rows. Pure.

use std::fmt;

use crate::code::{Key, leading_u64};
use crate::phone::PhoneNumber;

/// The key of a user's row.
#[derive(Clone, PartialEq, Eq)]
pub struct UserKey(String);

/// The key of a number's row. It can't be told from it which number that is, without the key that codes are derived
/// from.
#[derive(Clone, PartialEq, Eq)]
pub struct NumberKey {
    text: String,
    hash: u64,
}

/// What a call counts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallKeys {
    /// The user's row.
    pub user: UserKey,
    /// The number's.
    pub number: NumberKey,
}

impl CallKeys {
    /// For a user with a number.
    #[must_use]
    pub fn of(key: &Key, user_pool: &str, sub: &str, phone: &PhoneNumber) -> Self {
        let mac = key.mac("number in the ledger, version 1", &[phone.as_e164().as_bytes()]);
        let hash = leading_u64(mac);
        Self { user: UserKey::of(user_pool, sub), number: NumberKey { text: format!("NUMBER#{hash:016x}"), hash } }
    }

    /// For a name that nobody has, or whose user can't be called. It is counted all the same, so that it looks like
    /// any other; in any letter case, since a pool may take all for one.
    #[must_use]
    pub fn of_nobody(key: &Key, user_pool: &str, user_name: &str) -> Self {
        let user_name = user_name.trim().to_lowercase();
        let mac = key.mac("nobody in the ledger, version 1", &[user_pool.as_bytes(), user_name.as_bytes()]);
        let hash = leading_u64(mac);
        let name = format!("{}{user_pool}#{hash:016x}", UserKey::NOBODY);
        Self { number: NumberKey { text: format!("NUMBER#{name}"), hash }, user: UserKey(name) }
    }
}

impl UserKey {
    const NOBODY: &'static str = "NOBODY#";

    /// The row of a user that exists.
    #[must_use]
    pub fn of(user_pool: &str, sub: &str) -> Self {
        Self(format!("USER#{user_pool}#{sub}"))
    }

    /// Takes back what [`UserKey::as_str`] gave.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The key as the table has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for nobody. Such rows are made by anyone who makes up names, so they must not be kept for good.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.0.starts_with(Self::NOBODY)
    }
}

impl NumberKey {
    /// The key as the table has it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What tells the number from others.
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
        let of = |name| CallKeys::of_nobody(&key(1), "us-east-1_Example01", name);
        assert_eq!(of("Alice "), of("alice"));
        assert_ne!(of("alice"), of("alicia"));
        assert!(of("a").user.is_nobody() && !UserKey::of("us-east-1_Example01", "a").is_nobody());
    }

    /// A code belongs to the number that has heard it: the hash must tell numbers apart, and say the same as the key.
    #[test]
    fn a_number_is_told_from_others_by_its_hash() {
        let number =
            |text| CallKeys::of(&key(1), "us-east-1_Example01", "a", &PhoneNumber::parse(text).unwrap()).number;
        let (one, other) = (number("+12065550100"), number("+12065550101"));
        assert_ne!(one.hash(), other.hash());
        assert_eq!(one.as_str(), format!("NUMBER#{:016x}", one.hash()));
        assert_eq!(format!("{one:?}"), one.as_str());
    }

    #[test]
    fn the_key_of_a_user_is_the_same_in_the_table_in_the_event_and_in_the_log() {
        let user = UserKey::of("us-east-1_Example01", "a");
        assert_eq!(UserKey::from_text(user.as_str()), user);
        assert_eq!(format!("{user:?}"), user.as_str());
    }
}

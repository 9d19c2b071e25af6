//! The part of a phone number that clients and logs may see.

use std::fmt;

use super::plan::Plan;
use super::{Caller, is_e164};
use crate::code::{Key, leading_u64};

/// The masked form of a phone number: its calling code, eight stars and its last two digits, as in `+1********00`.
///
/// The number of stars is fixed: a made-up number and a real one can differ in length, and the masked form must not
/// show that.
#[derive(Clone, PartialEq, Eq)]
pub struct Masked(String);

impl Masked {
    /// The masked form of a text in E.164 form, valid or not. `None` if the text has another form, or is so short that
    /// masking would hide little.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let calling_code = Plan::of(text).map_or("", |plan| plan.calling_code);
        let is_long = text.len() >= 1 + calling_code.len() + 4;
        (is_e164(text) && is_long).then(|| Self::new(calling_code, &text[text.len() - 2..]))
    }

    /// The masked form of a made-up number, for a user who doesn't exist. The same name always gives the same one, in
    /// any letter case, since a pool may ignore the case. It has the calling code of the number that calls, or 1 if
    /// that is not known.
    #[must_use]
    pub fn made_up(key: &Key, user_pool: &str, user_name: &str, caller: &Caller) -> Self {
        let user_name = user_name.trim().to_lowercase();
        let mac = key.mac("made-up number, version 1", &[user_pool.as_bytes(), user_name.as_bytes()]);
        let last = format!("{:02}", leading_u64(mac) % 100);
        let plan = match caller {
            Caller::Number(number) => Plan::of(number),
            Caller::Queue(_) => None,
        };
        Self::new(plan.map_or("1", |plan| plan.calling_code), &last)
    }

    pub(super) fn new(calling_code: &str, last: &str) -> Self {
        Self(format!("+{calling_code}********{last}"))
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::PhoneNumber;

    fn number(e164: &str) -> PhoneNumber {
        PhoneNumber::parse(e164).unwrap()
    }

    #[test]
    fn a_mask_shows_calling_code_and_two_digits_and_hides_the_length() {
        for (e164, masked) in [
            ("+12065550107", "+1********07"),
            ("+442071838750", "+44********50"),
            ("+4915112345678", "+49********78"),
            ("+493012345", "+49********45"),
            ("+6834002", "+683********02"),
        ] {
            assert_eq!(number(e164).masked().to_string(), masked);
        }
        assert_eq!(format!("{:?}", number("+12065550107")), "PhoneNumber(+1********07)");
    }

    #[test]
    fn what_is_not_valid_is_masked_too_if_it_is_in_e164_form() {
        for (text, masked) in [
            ("+1206555", Some("+1********55")),
            ("+14572345678", Some("+1********78")),
            ("+999123456789", Some("+********89")),
            ("+1206", None),
            ("+12", None),
            ("+0123456789", None),
            ("2065550107", None),
            ("+1 206 555 0107", None),
            ("ann@example.com", None),
            ("", None),
        ] {
            assert_eq!(Masked::of(text).map(|masked| masked.to_string()).as_deref(), masked, "{text}");
        }
    }

    #[test]
    fn a_made_up_number_stays_the_same_and_looks_like_others() {
        let key = Key::new(&[7; 32]).unwrap();
        let of_caller = |number: &str, name: &str| {
            let caller = Caller::Number(number.to_owned());
            Masked::made_up(&key, "us-east-1_Example01", name, &caller).to_string()
        };
        let made_up = |name: &str| of_caller("+12065550199", name);
        for same in ["alice", "Alice", "ALICE", " alice "] {
            assert_eq!(made_up(same), made_up("alice"));
        }
        let all: std::collections::HashSet<_> = (0..100).map(|n| made_up(&n.to_string())).collect();
        assert!(all.len() > 30, "{all:?}");
        let form = |masked: &str| masked.replace(|char: char| char.is_ascii_digit(), "9");
        for masked in all {
            assert_eq!((form(&masked), masked.starts_with("+1*")), (form("+1********07"), true), "{masked}");
        }
        // A German number has four to eleven digits after the calling code. The mask does not show the length of the
        // caller's number.
        for (caller, real) in [("+49301234", "+4915112345678"), ("+4915112345678", "+49301234")] {
            assert_eq!(form(&of_caller(caller, "alice")), form(&number(real).masked().to_string()), "{caller}");
        }
    }
}

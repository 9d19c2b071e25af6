//! Derives a code and checks an answer. Pure.

use std::fmt;
use std::str::FromStr;

use subtle::ConstantTimeEq;

use crate::challenge::Challenge;
use crate::key::{Key, leading_u64};
use crate::language::Language;

mod answer;

/// The digits that the call speaks.
///
/// Derived from the key and the challenge whenever it is needed; stored and logged nowhere.
pub struct Code(String);

/// How many digits a code has: 4 to 10, by default 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digits(u8);

/// Whom a code is for. A code of one user is nothing to another.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The user pool's id.
    pub user_pool: &'a str,
    /// The user's `sub`: unlike the name, it is never given to another user.
    pub sub: &'a str,
}

impl Code {
    /// The code of a challenge: the first eight bytes of HMAC-SHA-256 over user and challenge, modulo 10^digits. The
    /// modulo favours low codes by less than one in a thousand million.
    #[must_use]
    pub fn derive(key: &Key, subject: Subject<'_>, challenge: &Challenge) -> Self {
        let [id, issued_at, expires_at] = challenge.code_fields();
        let digits = challenge.digits;
        let mac = key.mac(
            "code, version 1",
            &[subject.user_pool.as_bytes(), subject.sub.as_bytes(), &id, &issued_at, &expires_at, &[digits.0]],
        );
        let number = leading_u64(mac) % 10_u64.pow(digits.0.into());
        Self(format!("{number:0width$}", width = digits.0.into()))
    }

    /// Whether an answer as a user types, pastes or dictates it is this code, compared in constant time.
    ///
    /// The digits may be of any script. White space, dashes, commas, full stops, quotation marks and invisible characters
    /// may stand around them. A letter or a symbol makes the answer wrong, and so does another number of digits.
    #[must_use]
    pub fn is_answered_by(&self, answer: &str) -> bool {
        answer::digits(answer).is_some_and(|digits| self.0.as_bytes().ct_eq(digits.as_bytes()).into())
    }

    /// The digits as the call says them, "4, 7, 1": with commas, a neural voice says them one by one without
    /// `say-as`, which such voices support in part only (Amazon Polly, supported SSML tags).
    #[must_use]
    pub fn spoken(&self, language: &Language) -> String {
        // They are ASCII digits.
        let digits: Vec<_> = self.0.bytes().map(|digit| language.digit(digit.wrapping_sub(b'0'))).collect();
        digits.join(", ")
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(redacted)")
    }
}

impl Digits {
    /// About 20 bits, the least of NIST SP 800-63B section 5.1.3.2.
    pub const SIX: Self = Self(6);

    /// Takes a number of digits, or gives `None` if it isn't 4 to 10.
    #[must_use]
    pub fn new(digits: u8) -> Option<Self> {
        (4..=10).contains(&digits).then_some(Self(digits))
    }
}

impl Default for Digits {
    fn default() -> Self {
        Self::SIX
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Digits {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().ok().and_then(Self::new).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SUBJECT: Subject<'_> =
        Subject { user_pool: "us-east-1_Example01", sub: "3f6a1c52-7b1e-4d35-9a0e-0f5d2b8c4e11" };

    fn key() -> Key {
        Key::new(&[7; 32]).unwrap()
    }

    fn challenge(id: u128, digits: u8) -> Challenge {
        Challenge::issue(id, 1_000, 300, Digits::new(digits).unwrap())
    }

    fn english() -> &'static Language {
        Language::tagged("en-US").unwrap()
    }

    fn code(id: u128, digits: u8) -> Code {
        Code::derive(&key(), SUBJECT, &challenge(id, digits))
    }

    #[test]
    fn a_code_belongs_to_key_pool_user_and_challenge() {
        let code = code(1, 10).0;
        let other_key = Key::new(&[8; 32]).unwrap();
        let other_pool = Subject { user_pool: "us-east-1_Example02", ..SUBJECT };
        let other_user = Subject { sub: "x", ..SUBJECT };
        let later = Challenge::issue(1, 1_001, 300, Digits::new(10).unwrap());
        let longer = Challenge::issue(1, 1_000, 301, Digits::new(10).unwrap());
        assert_ne!(Code::derive(&other_key, SUBJECT, &challenge(1, 10)).0, code);
        assert_ne!(Code::derive(&key(), other_pool, &challenge(1, 10)).0, code);
        assert_ne!(Code::derive(&key(), other_user, &challenge(1, 10)).0, code);
        assert_ne!(Code::derive(&key(), SUBJECT, &challenge(2, 10)).0, code);
        assert_ne!(Code::derive(&key(), SUBJECT, &later).0, code);
        assert_ne!(Code::derive(&key(), SUBJECT, &longer).0, code);
        assert_eq!(Code::derive(&key(), SUBJECT, &challenge(1, 10)).0, code);
    }

    /// Chi-squared over the digits of each place: every digit comes in every place, about equally often. With nine
    /// degrees of freedom, 40 is passed by chance once in 130,000; the codes are fixed by the key, so this can't flake.
    #[test]
    fn every_digit_comes_in_every_place_equally_often() {
        const CODES: u32 = 20_000;
        for digits in 4..=10 {
            let mut counts = vec![[0_u32; 10]; digits.into()];
            for id in 0..CODES {
                for (place, digit) in code(id.into(), digits).0.bytes().enumerate() {
                    counts[place][usize::from(digit - b'0')] += 1;
                }
            }
            let expected = f64::from(CODES) / 10.0;
            for (place, counts) in counts.iter().enumerate() {
                let chi_squared: f64 = counts.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
                assert!(chi_squared < 40.0, "{digits} digits, place {place}: {counts:?}");
            }
        }
    }

    #[test]
    fn the_whole_range_is_used() {
        let mut seen = vec![false; 10_000];
        for id in 0..200_000 {
            seen[code(id, 4).0.parse::<usize>().unwrap()] = true;
        }
        assert!(seen.iter().all(|&seen| seen));
    }

    #[test]
    fn leading_zeros_are_kept_and_asked_for() {
        let code = (0..10_000).map(|id| code(id, 6)).find(|code| code.0.starts_with("00")).unwrap();
        assert_eq!(code.0.len(), 6);
        assert!(code.is_answered_by(&code.0));
        assert!(!code.is_answered_by(code.0.trim_start_matches('0')));
        assert!(code.spoken(english()).starts_with("0, 0, "));
    }

    #[test]
    fn an_answer_must_have_the_digits_of_the_code_and_no_more() {
        let code = Code("042917".to_owned());
        for answer in ["042917", " 042-917 ", "0, 4, 2, 9, 1, 7.", "\u{202a}042917\u{202c}", "٠٤٢٩١٧"] {
            assert!(code.is_answered_by(answer), "{answer:?}");
        }
        for answer in ["", " ", "42917", "042918", "0429170", "042917.0", "042917x"] {
            assert!(!code.is_answered_by(answer), "{answer:?}");
        }
    }

    #[test]
    fn digits_are_said_one_by_one() {
        assert_eq!(Code("042917".to_owned()).spoken(english()), "0, 4, 2, 9, 1, 7");
        let hindi = Language::tagged("hi-IN").unwrap();
        assert_eq!(Code("0429".to_owned()).spoken(hindi), "शून्य, चार, दो, नौ");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Code("042917".to_owned())), "Code(redacted)");
    }

    proptest! {
        #[test]
        fn a_code_has_its_length_and_is_answered_by_itself_alone(id: u128, digits in 4_u8..=10, other in "[0-9]{3,11}") {
            let code = code(id, digits);
            prop_assert_eq!(code.0.len(), usize::from(digits));
            prop_assert!(code.0.bytes().all(|byte| byte.is_ascii_digit()));
            prop_assert!(code.is_answered_by(&code.0));
            prop_assert_eq!(code.is_answered_by(&other), other == code.0);
        }

        #[test]
        fn no_answer_panics(answer in ".{0,200}") {
            prop_assert!(!Code("042917".to_owned()).is_answered_by(&answer) || answer.contains(char::is_numeric));
        }
    }
}

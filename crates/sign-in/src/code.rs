//! The code: how it is derived, and how an answer is compared with it.
//!
//! A code is an HMAC of the user and the [`Challenge`], reduced to digits. With the [`Key`] it can be derived again
//! whenever it is needed: for the call, and for each answer. So no code is stored, and DynamoDB, logs and Cognito's
//! session never hold one.
//!
//! Cognito has codes of its own. It compares their answers itself: here they are only read from its messages, and spoken.

use std::fmt;

use subtle::ConstantTimeEq;

pub use challenge::{Challenge, Digits};
pub use key::Key;
pub(crate) use key::{leading_u64, leading_u128};

mod answer;
mod challenge;
mod key;

/// The digits that the call speaks: 4 to 10 of them, in ASCII.
///
/// It is derived or read when it is needed, and never stored or logged.
pub struct Code(String);

/// The user whom a code is for. Another user's code for the same challenge differs.
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
            &[subject.user_pool.as_bytes(), subject.sub.as_bytes(), &id, &issued_at, &expires_at, &[digits.get()]],
        );
        let number = leading_u64(mac) % 10_u64.pow(digits.get().into());
        Self(format!("{number:0width$}", width = digits.get().into()))
    }

    /// Reads a code of Cognito's, as it stands in an opened message. `None` for any other text, such as a temporary password.
    #[must_use]
    pub fn read(text: &[u8]) -> Option<Self> {
        Digits::new(text.len().try_into().ok()?)?;
        text.iter().map(|&byte| byte.is_ascii_digit().then_some(char::from(byte))).collect::<Option<_>>().map(Self)
    }

    /// Whether an answer is this code, compared in constant time.
    ///
    /// The digits may be of any script. White space, dashes, commas, full stops, quotation marks and invisible
    /// characters between them are skipped. A letter, a symbol or another number of digits makes the answer wrong.
    #[must_use]
    pub fn is_answered_by(&self, answer: &str) -> bool {
        answer::digits(answer).is_some_and(|digits| self.0.as_bytes().ct_eq(digits.as_bytes()).into())
    }

    /// The digits, for the call only.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(redacted)")
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
    /// degrees of freedom, chance alone exceeds 40 once in 130,000 times. The key fixes the codes, so this can't
    /// flake.
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
    fn a_code_of_cognitos_is_four_to_ten_ascii_digits() {
        for text in ["0000", "042917", "01234567", "9876543210"] {
            assert_eq!(Code::read(text.as_bytes()).unwrap().digits(), text);
        }
        let long = "1".repeat(260);
        for text in
            ["", "123", "12345678901", &long, "12345a", "-12345", " 12345", "12345\n", "1234.5", "٠٤٢٩", "Pa5$word"]
        {
            assert!(Code::read(text.as_bytes()).is_none(), "{text:?}");
        }
        assert!(Code::read(&[b'1', b'2', b'3', 0xff]).is_none());
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

//! Checks the phrases of a language, for the build script and the tests.

use serde::Deserialize;

/// How long `deny` and `deny_code` may be.
const DENY_SECONDS: f32 = 3.0;

/// The phrases of a call, by their keys in the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phrases {
    pub(crate) greeting: String,
    pub(crate) greeting_verification: String,
    pub(crate) greeting_reset: String,
    pub(crate) gate: String,
    pub(crate) deny: String,
    pub(crate) deny_code: String,
    pub(crate) code: String,
    pub(crate) again: String,
    pub(crate) repeat: String,
    pub(crate) closing: String,
    pub(crate) closing_code: String,
    pub(crate) goodbye: String,
    pub(crate) sorry: String,
    pub(crate) sorry_code: String,
    pub(crate) denied: String,
    pub(crate) denied_code: String,
}

impl Phrases {
    /// The phrases with their keys.
    pub(crate) fn fields(&mut self) -> [(&'static str, &mut String); 16] {
        [
            ("greeting", &mut self.greeting),
            ("greeting_verification", &mut self.greeting_verification),
            ("greeting_reset", &mut self.greeting_reset),
            ("gate", &mut self.gate),
            ("deny", &mut self.deny),
            ("deny_code", &mut self.deny_code),
            ("code", &mut self.code),
            ("again", &mut self.again),
            ("repeat", &mut self.repeat),
            ("closing", &mut self.closing),
            ("closing_code", &mut self.closing_code),
            ("goodbye", &mut self.goodbye),
            ("sorry", &mut self.sorry),
            ("sorry_code", &mut self.sorry_code),
            ("denied", &mut self.denied),
            ("denied_code", &mut self.denied_code),
        ]
    }

    /// Checks each of them by the rules of `languages/README.md`.
    pub(crate) fn check(mut self, digits: &[String; 10], characters_per_second: f32) -> Result<(), String> {
        let words_for_digits = *digits != plain_digits();
        self.fields().into_iter().try_for_each(|(name, phrase)| {
            let placeholder = match name {
                "greeting" | "greeting_verification" | "greeting_reset" => Some("{brand}"),
                "gate" => Some("{digit}"),
                _ => None,
            };
            check(name, phrase, placeholder)?;
            // A pause and the digits follow.
            if matches!(name, "code" | "again") && phrase.ends_with(is_punctuation) {
                return Err(format!("{name} must not end with punctuation"));
            }
            // This phrase follows the code: a digit at its start would sound like part of the code.
            if name == "repeat" && digits.iter().any(|digit| phrase.starts_with(digit.as_str())) {
                return Err(format!("{name} must not begin with a digit"));
            }
            if matches!(name, "deny" | "deny_code") {
                check_deny(name, phrase, &digits[0], characters_per_second)?;
            }
            if words_for_digits && phrase.contains(|letter: char| letter.is_ascii_digit()) {
                return Err(format!("{name} must have digits as the words of digits"));
            }
            Ok(())
        })
    }
}

/// Checks what is said of the key 0. It holds up whoever waits for it to end.
fn check_deny(name: &str, phrase: &str, zero: &str, characters_per_second: f32) -> Result<(), String> {
    if !phrase.contains(zero) {
        return Err(format!("{name} must name the key {zero}"));
    }
    #[expect(clippy::cast_precision_loss, reason = "there are some dozen characters")]
    let seconds = phrase.chars().count() as f32 / characters_per_second;
    if seconds > DENY_SECONDS {
        return Err(format!("{name} must take {DENY_SECONDS} s at most, not {seconds:.1} s"));
    }
    Ok(())
}

/// Checks a phrase: plain text that needs no escaping in SSML, with its placeholder once and no other.
pub(crate) fn check(name: &str, phrase: &str, placeholder: Option<&str>) -> Result<(), String> {
    if phrase.trim() != phrase || phrase.is_empty() {
        return Err(format!("{name} must be some text, without white space around it"));
    }
    let (mut plain, mut before_full_stop) = (phrase.to_owned(), phrase.to_owned());
    if let Some(placeholder) = placeholder {
        if phrase.matches(placeholder).count() != 1 {
            return Err(format!("{name} must have {placeholder} once"));
        }
        plain = phrase.replace(placeholder, "");
        // The brand may end with a number.
        before_full_stop = phrase.replace(placeholder, "1");
    }
    // It is not documented how Connect escapes an attribute's value in SSML, so nothing may need escaping. Characters
    // that XML forbids are refused too.
    let is_special = |letter: &char| "<>&$\"{}[]\u{fffe}\u{ffff}".contains(*letter) || letter.is_control();
    if let Some(special) = plain.chars().find(is_special) {
        return Err(format!("{name} must not have {special:?}"));
    }
    // A voice reads a number with a full stop as an ordinal, in German and many other languages.
    let mut letters = before_full_stop.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_numeric() && letters.peek() == Some(&'.') {
            return Err(format!("{name} must not have a full stop right behind a number"));
        }
    }
    Ok(())
}

fn is_punctuation(letter: char) -> bool {
    letter.is_ascii_punctuation() || "。．：！？、،؟۔।…".contains(letter)
}

/// The digits, where no words stand for them.
pub(crate) fn plain_digits() -> [String; 10] {
    std::array::from_fn(|digit| digit.to_string())
}

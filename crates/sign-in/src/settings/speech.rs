//! The settings of what the call says.

use super::variable::{Reader, Variable};
use crate::call::{Language, TAGS};

/// What the call says.
#[derive(Debug)]
pub struct SpeechSettings {
    /// The caller's name, as the call says it. Safe inside SSML.
    pub brand: String,
    /// Whether a key must be pressed before the code is spoken.
    pub gate: bool,
    /// The language for users for whom neither locale nor country gives one.
    pub language: &'static Language,
}

const BRAND: Variable = Variable::new(
    "OTP_BRAND",
    "1 to 64 letters, digits, spaces and . , ' ’ - –, the first a letter or digit: for & write `and`",
)
.or("your sign-in service");
const GATE: Variable = Variable::new("OTP_GATE", "`on` or `off`").or("on");
const LANGUAGE: Variable = Variable::new("OTP_LANGUAGE", TAGS).or("en-US");

pub(super) const VARIABLES: [Variable; 3] = [BRAND, LANGUAGE, GATE];

/// Reads the settings of what the call says.
pub(super) fn speech(reader: &mut Reader<'_>) -> Option<SpeechSettings> {
    let brand = reader.value(&BRAND, |text| is_brand(text).then(|| text.to_owned()));
    let gate = reader.value(&GATE, |text| match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    });
    let language = reader.value(&LANGUAGE, Language::tagged);
    Some(SpeechSettings { brand: brand?, gate: gate?, language: language? })
}

/// The rule of the template's parameter `OtpBrand`. It allows nothing that is special in SSML.
pub(super) fn is_brand(text: &str) -> bool {
    let is_mark = |char: char| MARKS.iter().any(|(from, to)| (from..=to).contains(&&char));
    (1..=64).contains(&text.chars().count())
        && text.starts_with(char::is_alphanumeric)
        && text.chars().all(|char| char.is_alphanumeric() || " .,'’-–".contains(char) || is_mark(char))
}

include!(concat!(env!("OUT_DIR"), "/marks.rs"));

//! What the call says, and to whom.

use super::variable::{Reader, Variable};
use crate::language::{Language, TAGS};

/// What the call says.
#[derive(Debug)]
pub struct SpeechSettings {
    /// Who calls, as the call says it. Safe inside SSML.
    pub brand: String,
    /// Whether a key must be pressed before the code is spoken.
    pub gate: bool,
    /// The language of users whose locale and country tell none that there is.
    pub language: &'static Language,
}

const BRAND: Variable =
    Variable::new("OTP_BRAND", "1 to 64 letters, digits, spaces and . , ' -, the first a letter or digit")
        .or("your sign-in service");
const GATE: Variable = Variable::new("OTP_GATE", "`on` or `off`").or("on");
const LANGUAGE: Variable = Variable::new("OTP_LANGUAGE", TAGS).or("en-US");

/// Reads them.
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

fn is_brand(text: &str) -> bool {
    (1..=64).contains(&text.chars().count())
        && text.starts_with(char::is_alphanumeric)
        // Beyond ASCII, letters of many scripts come with marks that are no letters, and nothing is special in SSML.
        && text.chars().all(|char| char.is_ascii_alphanumeric() || " .,'-".contains(char) || (!char.is_ascii() && is_written(char)))
}

/// Whether a character beyond ASCII is one that is written: no control or format character, no separator, none for
/// private use and none that is no character, which XML forbids.
fn is_written(char: char) -> bool {
    let hidden = [
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202f}',
        '\u{2060}'..='\u{206f}',
        '\u{e000}'..='\u{f8ff}',
        '\u{fdd0}'..='\u{fdef}',
        '\u{feff}'..='\u{feff}',
        '\u{fff0}'..='\u{ffff}',
        '\u{e0000}'..='\u{10ffff}',
    ];
    !char.is_control()
        && !char.is_whitespace()
        && !hidden.iter().any(|range| range.contains(&char))
        && u32::from(char) & 0xfffe != 0xfffe
}

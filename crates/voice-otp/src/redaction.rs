//! Masks and escapes text before it is printed.

use client::masking::without_numbers;

/// Text from elsewhere, for a terminal or a program. Numbers are masked. Characters that would move the cursor, clear
/// or break a line, or change the direction of writing are escaped.
#[must_use]
pub fn printable(text: &str) -> String {
    without_numbers(text).chars().flat_map(|character| escaped(character, is_invisible(character))).collect()
}

/// Our own text, which may have line breaks.
#[must_use]
pub fn lines(text: &str) -> String {
    text.chars().flat_map(|character| escaped(character, character != '\n' && is_invisible(character))).collect()
}

/// Control characters, and those of Unicode that turn the direction of writing (UAX #9) or break a line.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(character: char, escape: bool) -> impl Iterator<Item = char> {
    let (as_it_is, in_words) = if escape { (None, Some(character.escape_unicode())) } else { (Some(character), None) };
    as_it_is.into_iter().chain(in_words.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_forges_no_line() {
        let name = "app +12065550100\n\u{1b}[1A\rok  \u{202e}all\u{2028}é";
        assert_eq!(printable(name), "app +1********00\\u{a}\\u{1b}[1A\\u{d}ok  \\u{202e}all\\u{2028}é");
        assert_eq!(lines("one\ntwo\r\u{9b}2K"), "one\ntwo\\u{d}\\u{9b}2K");
    }
}

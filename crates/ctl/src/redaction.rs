//! What is never printed as it is.

/// A text of somebody else's, for a terminal and for programs: numbers are cut ([`without_numbers`]), and what would move
/// the cursor, clear a line, begin a new one or turn the writing's direction is shown as Rust escapes it.
#[must_use]
pub fn printable(text: &str) -> String {
    without_numbers(text).chars().flat_map(|character| escaped(character, is_invisible(character))).collect()
}

/// Lines of ours, in which only line breaks are meant.
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

/// A text with each number in international form cut down to its first digit.
#[must_use]
pub fn without_numbers(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('+') {
        let (before, number) = rest.split_at(start);
        let digits = number[1..].bytes().take_while(u8::is_ascii_digit).count();
        shown.push_str(before);
        if digits > 4 {
            shown.push_str(&number[..2]);
            shown.push_str("***");
        } else {
            shown.push_str(&number[..=digits]);
        }
        rest = &number[1 + digits..];
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_forges_no_line() {
        let name = "app +12065550100\n\u{1b}[1A\rok  \u{202e}all\u{2028}é";
        assert_eq!(printable(name), "app +1***\\u{a}\\u{1b}[1A\\u{d}ok  \\u{202e}all\\u{2028}é");
        assert_eq!(lines("one\ntwo\r\u{9b}2K"), "one\ntwo\\u{d}\\u{9b}2K");
    }

    #[test]
    fn numbers_are_cut_and_all_else_is_kept() {
        for (text, shown) in [
            ("from +12065550100 to +441632960000.", "from +1*** to +4***."),
            ("1+1=2, +, +é, +447", "1+1=2, +, +é, +447"),
            ("", ""),
        ] {
            assert_eq!(without_numbers(text), shown);
        }
    }
}

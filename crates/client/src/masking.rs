//! Masks phone numbers in texts. Pure.

use std::ops::RangeInclusive;

use sign_in::phone::Masked;

/// How many digits a number in E.164 form has: the fewest that are taken for a number, and the most that E.164 allows.
const DIGITS: RangeInclusive<usize> = 7..=15;

/// Masks each number in E.164 form, also within a text.
#[must_use]
pub fn without_numbers(text: &str) -> String {
    let mut parts = text.split('+');
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        if DIGITS.contains(&digits) {
            shown.push_str(&masked(number));
        } else {
            shown.push('+');
            shown.push_str(number);
        }
        shown.push_str(rest);
    }
    shown
}

/// A number masked as clients see it.
fn masked(digits: &str) -> String {
    Masked::of(&format!("+{digits}")).map_or_else(|| "+********".to_owned(), |masked| masked.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_masked_wherever_they_stand() {
        for (text, shown) in [
            ("+12065550107", "+1********07"),
            ("call +12065550107, or +442071838750.", "call +1********07, or +44********50."),
            ("++12065550107", "++1********07"),
            // Not valid, but close to a real number.
            ("+1206555", "+1********55"),
            ("+999999999999999", "+********99"),
            ("+0123456789", "+********"),
            // Not numbers in E.164 form.
            ("+", "+"),
            ("1 + 1 = +2", "1 + 1 = +2"),
            ("+1234567890123456", "+1234567890123456"),
            ("+1********07", "+1********07"),
            ("", ""),
        ] {
            assert_eq!(without_numbers(text), shown);
        }
    }
}

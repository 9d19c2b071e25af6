//! Reads the digits out of an answer, however the user typed, pasted or dictated it.

use std::ops::RangeInclusive;

use dec_from_char::DecimalExtended;

/// The maximum length of an answer, in bytes. A code of ten digits with several separators around each digit is
/// shorter.
const MAX_BYTES: usize = 256;

/// Commas, full stops, quotation marks and similar characters, from the scripts of the call's languages.
///
/// The last two are not punctuation: a Japanese keyboard types the long vowel sign where a dash is meant.
const PUNCTUATION: &str = "\"',./:;_«·»،؛٫٬۔।‘’‚‛“”„‟•․‥…‧‹›、。「」『』・﹐﹑﹒﹔﹕＂＇，．／：；＿｡｢｣､･ーｰ";

/// Unicode's property `Dash`.
const DASHES: &str = "-\u{58a}\u{5be}\u{1400}\u{1806}\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2053}\u{207b}\
                      \u{208b}\u{2212}\u{2e17}\u{2e1a}\u{2e3a}\u{2e3b}\u{2e40}\u{2e5d}\u{301c}\u{3030}\u{30a0}\u{fe31}\
                      \u{fe32}\u{fe58}\u{fe63}\u{ff0d}\u{10d6e}\u{10ead}";

/// Unicode's property `Default_Ignorable_Code_Point`: joiners, direction marks, variation selectors.
const INVISIBLE: [RangeInclusive<char>; 17] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// The digits of an answer in ASCII, or `None` if it holds anything but digits and separators.
///
/// Each answer gives at most one sequence of digits, so skipping separators allows no second guess.
pub(super) fn digits(answer: &str) -> Option<String> {
    if answer.len() > MAX_BYTES {
        return None;
    }
    answer.chars().filter(|char| !is_separator(*char)).map(|char| char.normalize_decimal()).collect()
}

/// Whether a character is skipped.
fn is_separator(char: char) -> bool {
    char.is_whitespace()
        || PUNCTUATION.contains(char)
        || DASHES.contains(char)
        || INVISIBLE.iter().any(|range| range.contains(&char))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::string::string_regex;

    use super::*;

    /// The characters that may stand around the digits, as a class of a regular expression. Uses Unicode's properties
    /// where they exist.
    const SEPARATORS: &str = concat!(
        r"\p{White_Space}\p{Dash}\p{Default_Ignorable_Code_Point}",
        r#"\x22',./:;_«·»،؛٫٬۔।‘-‟•․-‧‹›、。「-』・ー﹐-﹒﹔﹕＂＇，-／：；＿｡-･ｰ"#,
    );

    fn separators() -> impl Strategy<Value = String> {
        string_regex(&format!("[{SEPARATORS}]{{0,4}}")).unwrap()
    }

    /// Neither a digit nor a separator.
    fn other() -> impl Strategy<Value = String> {
        string_regex(&format!(r"[^{SEPARATORS}\p{{Nd}}]")).unwrap()
    }

    #[test]
    fn a_code_may_be_typed_pasted_and_dictated() {
        for answer in [
            "042917",
            " 042 917 ",
            "042-917",
            "-042917-",
            "0 4 2 9 1 7\n",
            "042\t917",
            "042 - 917",
            "042\u{a0}917",
            "042\u{2013}917",
            "0, 4, 2, 9, 1, 7",
            "0. 4. 2. 9. 1. 7.",
            "04.29.17",
            "04:29:17",
            "04/29/17",
            "042_917",
            "042·917",
            "042,917.",
            "042'917",
            "\"042917\"",
            "“042917”",
            "„042917“",
            "«\u{202f}042917\u{202f}»",
            "「042917」",
            "\u{202a}042917\u{202c}",
            "\u{2068}042917\u{2069}",
            "\u{feff}042\u{200b}917\u{200e}",
            "042\u{ad}917",
            "٠٤٢٩١٧",
            "٠، ٤، ٢، ٩، ١، ٧",
            "۰۴۲۹۱۷",
            "०४२९१७",
            "०\u{200d}४२९१७।",
            "০৪২৯১৭",
            "๐๔๒๙๑๗",
            "０４２　９１７",
            "０４２ー９１７",
            "０、４、２、９、１、７。",
            "04२९17",
        ] {
            assert_eq!(digits(answer).as_deref(), Some("042917"), "{answer:?}");
        }
    }

    #[test]
    fn nothing_is_taken_off_and_nothing_is_calculated() {
        for (answer, expected) in [
            ("", ""),
            (" - ", ""),
            ("42917", "42917"),
            ("-42917", "42917"),
            ("042917.0", "0429170"),
            ("042,917.00", "04291700"),
        ] {
            assert_eq!(digits(answer).as_deref(), Some(expected), "{answer:?}");
        }
    }

    #[test]
    fn what_is_more_than_digits_is_no_code() {
        for answer in [
            "+042917",
            "#042917",
            "042917#",
            "0x42917",
            "042917e0",
            "G-042917",
            "code: 042917",
            "042\u{0}917",
            "042917\u{0}",
            "042\u{7f}917",
            "½42917",
            "²42917",
            "四二九一七",
            "①42917",
            "undefined",
            "null",
            "a question",
        ] {
            assert_eq!(digits(answer), None, "{answer:?}");
        }
        assert_eq!(digits(&"0".repeat(10_240)), None);
        assert_eq!(digits(&format!("042917{}", " ".repeat(10_240))), None);
    }

    proptest! {
        #[test]
        fn any_separators_may_stand_around_the_digits(
            code in "[0-9]{4,10}",
            separators in prop::collection::vec(separators(), 11),
        ) {
            let (first, rest) = separators.split_first().unwrap();
            let mut answer = first.clone();
            for (digit, separators) in code.chars().zip(rest) {
                answer.push(digit);
                answer.push_str(separators);
            }
            prop_assert_eq!(digits(&answer), Some(code));
        }

        #[test]
        fn any_other_character_is_no_part_of_a_code(before in "[0-9 ,]{0,6}", other in other(), after in "[0-9 ,]{0,6}") {
            prop_assert_eq!(digits(&format!("{before}{other}{after}")), None);
        }
    }
}

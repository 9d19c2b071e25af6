//! Checks of a contact's attributes, of keys and of phone numbers.

use std::collections::BTreeMap;

/// The keys of a telephone.
pub(super) const KEYS: &str = "0123456789*#";
/// Limits of the API model (`AttributeName`, `AttributeValue`) in characters.
const MAX_NAME: usize = 32_767;
const MAX_VALUE: usize = 32_767;
/// Limit over all names and values of one contact, in UTF-8 bytes.
const MAX_TOTAL_BYTES: usize = 32_768;

/// Checks each attribute by itself, and all of them together.
pub(super) fn check_attributes(attributes: &BTreeMap<String, String>) -> Result<(), String> {
    for (name, value) in attributes {
        check_attribute_name(name)?;
        if value.chars().count() > MAX_VALUE {
            return Err(format!("The value of an attribute has at most {MAX_VALUE} characters"));
        }
    }
    let total: usize = attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    if total > MAX_TOTAL_BYTES {
        return Err(format!("The attributes of a contact have at most {MAX_TOTAL_BYTES} bytes"));
    }
    Ok(())
}

/// Sets all of these attributes, or none if one of them is not allowed.
pub(super) fn set_attributes(
    attributes: &mut BTreeMap<String, String>,
    values: BTreeMap<String, String>,
) -> Result<(), String> {
    let mut all = attributes.clone();
    all.extend(values);
    check_attributes(&all)?;
    *attributes = all;
    Ok(())
}

/// Checks an attribute's name: alphanumeric, dash and underscore.
pub(super) fn check_attribute_name(name: &str) -> Result<(), String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if !(1..=MAX_NAME).contains(&name.len()) || !name.chars().all(allowed) {
        return Err("The name of an attribute has only letters, digits, dashes and underscores".to_owned());
    }
    Ok(())
}

/// Whether this is a phone number as the API wants it: the pattern `\+[1-9]\d{1,14}`.
pub(super) fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str) -> bool {
        check_attributes(&[(name.to_owned(), value.to_owned())].into()).is_ok()
    }

    #[test]
    fn numbers_are_e164() {
        for good in ["+12065550100", "+99", "+123456789012345"] {
            assert!(is_e164(good), "{good}");
        }
        for bad in
            ["", "+", "+1", "+01", "12065550100", "+1234567890123456", "+1 206 555 0100", "+1206555010a", "+１２"]
        {
            assert!(!is_e164(bad), "{bad}");
        }
    }

    #[test]
    fn names_have_a_pattern_and_the_total_is_in_bytes() {
        for good in ["VoiceMFA", "a-b_C9"] {
            assert!(check(good, ""), "{good}");
        }
        for bad in ["", "a b", "a.b", "é", "a:b"] {
            assert!(!check(bad, "x"), "{bad}");
        }
        assert!(check("a", &"x".repeat(32_767)));
        assert!(!check("ab", &"x".repeat(32_767)));
        assert!(check("ab", &"é".repeat(16_383)));
        assert!(!check("abc", &"é".repeat(16_383)));
    }
}

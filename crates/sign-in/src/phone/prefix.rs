//! Ranges of numbers that count as valid although the metadata of this build do not know them.

use std::fmt;

use super::plan::Plan;
use super::{Countries, is_e164};

/// Prefixes of ranges that are newer than the metadata, each with the country that its numbers count as.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Prefixes(Vec<(String, &'static str)>);

/// The minimum number of digits after the calling code, so that a prefix covers a part of a country's numbers.
const MIN_NATIONAL: usize = 2;

impl Prefixes {
    /// Parses prefixes with commas between them, as in `+1357,+44712`. Each is a calling code and at least two more
    /// digits.
    ///
    /// A prefix is for numbers that the metadata do not know. They count as numbers of a country that has known
    /// numbers with this prefix. If no country has any, the prefix is shortened until one has. Of several such
    /// countries, the first that may be called counts, starting with the main country of the calling code.
    ///
    /// `None` if a prefix has another form, or if no such country may be called. Also `None` if the metadata know a
    /// number with this prefix that is not called, because of its country or its type.
    #[must_use]
    pub fn parse(text: &str, countries: &Countries) -> Option<Self> {
        let prefix = |prefix: &str| {
            let prefix = prefix.trim();
            let plan = Plan::of(prefix).filter(|_| is_e164(prefix))?;
            let is_long = prefix.len() >= 1 + plan.calling_code.len() + MIN_NATIONAL;
            if !is_long || !plan.leads_only_to(prefix, countries) {
                return None;
            }
            let around = plan.countries_around(prefix);
            let country = plan.regions.iter().find(|country| around.contains(country) && countries.contain(country))?;
            Some((prefix.to_owned(), *country))
        };
        text.split(',').map(prefix).collect::<Option<_>>().map(Self)
    }

    /// The country that a number counts as, by ISO 3166-1. `None` if no prefix fits.
    pub(crate) fn country(&self, number: &str) -> Option<&'static str> {
        self.0.iter().find(|(prefix, _)| number.starts_with(prefix)).map(|(_, country)| *country)
    }
}

/// Omits the digits: a prefix can be a whole number.
impl fmt::Debug for Prefixes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(_, country)| country)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, countries: &str) -> Option<Prefixes> {
        Prefixes::parse(text, &Countries::parse(countries).unwrap())
    }

    #[test]
    fn a_prefix_is_a_calling_code_and_two_digits_or_more() {
        let prefixes = parse("+1357, +44712", "US,GB").unwrap();
        assert_eq!(prefixes.country("+13572345678"), Some("US"));
        assert_eq!(prefixes.country("+447123456789"), Some("GB"));
        for number in ["+13582345678", "+44771234567", "+35712345678", "13572345678", "+135", ""] {
            assert_eq!(prefixes.country(number), None, "{number}");
        }
        for text in ["", ",", "+1", "+13", "+44", "+447", "1357", "+1357,", "+1357;+1457", "+13x7", "+999123", "+", "*"]
        {
            assert_eq!(parse(text, "US,GB"), None, "{text}");
        }
    }

    #[test]
    fn a_prefix_counts_as_a_country_that_may_be_called_anyway() {
        let country = |countries: &str| parse("+1357", countries).and_then(|prefixes| prefixes.country("+13572345678"));
        assert_eq!(country("US"), Some("US"));
        assert_eq!(country("CA,US"), Some("US"));
        assert_eq!(country("CA"), Some("CA"));
        assert_eq!(country("GB"), None);
        // Numbers of no country, such as satellite phones.
        assert_eq!(parse("+88212", "US"), None);
    }

    /// Invariant 7.
    #[test]
    fn invariant_7_a_prefix_of_numbers_that_are_not_called_is_refused() {
        for (what, text, countries) in [
            ("Guernsey", "+441481", "GB"),
            ("Jamaica", "+1876", "US"),
            ("Puerto Rico", "+1787", "US"),
            ("Kazakhstan, as +77 is", "+779", "RU"),
            ("premium-rate", "+1900", "US"),
            ("premium-rate", "+4490", "GB"),
            ("satellite, denied", "+7954", "RU"),
            ("other countries below it", "+12", "US"),
        ] {
            assert_eq!(parse(text, countries), None, "{what} {text}");
        }
    }

    #[test]
    fn debug_shows_no_digits() {
        assert_eq!(format!("{:?}", parse("+12065550100", "US").unwrap()), "[\"US\"]");
    }
}

//! The countries that may be called.

use super::Caller;
use super::plan::{Plan, is_country};

/// An allow list of countries by ISO 3166-1 code. Satellite phones and other numbers without a country are never on
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countries(Vec<String>);

impl Countries {
    /// Parses codes with commas between them, as in `US, CA`. `None` if the list is empty or a code is unknown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let codes: Vec<_> = text.split(',').map(|code| code.trim().to_ascii_uppercase()).collect();
        codes.iter().all(|code| is_country(code)).then_some(Self(codes))
    }

    /// The country of the number that calls. `None` if it has no country, or if a queue decides which number calls.
    #[must_use]
    pub(crate) fn of_caller(caller: &Caller) -> Option<Self> {
        let Caller::Number(number) = caller else { return None };
        let plan = Plan::of(number)?;
        // A number that the metadata do not know yet has the country of its calling code, if there is only one.
        let country = match (plan.outcome(number), plan.regions) {
            (Some(outcome), _) => outcome.country,
            (None, [country]) => country,
            (None, _) => return None,
        };
        is_country(country).then(|| Self(vec![country.to_owned()]))
    }

    /// Whether this country may be called.
    #[must_use]
    pub fn contain(&self, country: &str) -> bool {
        self.0.iter().any(|allowed| allowed == country)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_of_countries_alone() {
        assert_eq!(Countries::parse("us, CA"), Some(Countries(vec!["US".to_owned(), "CA".to_owned()])));
        for text in ["", ",", "US,", "USA", "XX", "001", "US;CA", "*", "1"] {
            assert_eq!(Countries::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_callers_country_is_the_default() {
        let of = |number: &str| Countries::of_caller(&Caller::Number(number.to_owned()));
        assert_eq!(of("+12065550199"), Countries::parse("US"));
        assert_eq!(of("+14165550199"), Countries::parse("CA"));
        assert_eq!(of("+4900"), Countries::parse("DE"));
        // A toll-free number of several countries, a satellite phone's number, and a calling code alone.
        for number in ["+80012345678", "+870773111632", "+1"] {
            assert_eq!(of(number), None, "{number}");
        }
        assert_eq!(Countries::of_caller(&Caller::Queue("id".to_owned())), None);
    }
}

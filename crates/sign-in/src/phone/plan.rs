//! Country and type of a number, by libphonenumber's metadata.
//!
//! The build script turns the metadata's regular expressions into one table. A lookup starts at a calling code and
//! follows one entry per digit. The last entry holds country and type. So no regular expression is compiled at a cold
//! start.

use std::collections::BTreeSet;

use super::Countries;

/// The numbering plan of a calling code.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The calling code without the plus sign, as in `1`.
    pub(crate) calling_code: &'static str,
    /// Its countries by ISO 3166-1; `001` for numbers without a country.
    pub(crate) regions: &'static [&'static str],
    /// Possible lengths without the calling code: bit N is set if a number can have N digits.
    lengths: u16,
    /// The table's entry at which its numbers start.
    root: u16,
}

/// The version of libphonenumber whose metadata these are.
pub(crate) const LIBPHONENUMBER: &str = include_str!("../../numbers/version");

/// What the metadata say about a number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The country by ISO 3166-1; `001` for a number without one.
    pub(crate) country: &'static str,
    /// Whether it is of a type that ordinary subscribers have at the usual price: fixed line, mobile, voice over IP.
    /// Premium-rate, shared-cost and toll-free numbers, pagers, personal and company numbers and voice mailboxes are
    /// not.
    pub(crate) callable: bool,
    /// Whether the metadata know such numbers. A number that they do not know is listed only if it is denied.
    known: bool,
}

include!(concat!(env!("OUT_DIR"), "/plans.rs"));

/// Entries of eleven two-byte numbers: first the outcome of a number that ends here, counted from 1, then the entry
/// that each digit leads to. Entry 0 stands for digits that start no number.
static TABLE: &[[[u8; 2]; 11]] = include_bytes!(concat!(env!("OUT_DIR"), "/plans.bin")).as_chunks().0.as_chunks().0;

impl Plan {
    /// The plan of a number that starts with `+` and a calling code. No calling code is a prefix of another.
    pub(crate) fn of(number: &str) -> Option<&'static Self> {
        let digits = number.strip_prefix('+')?;
        PLANS.iter().find(|plan| digits.starts_with(plan.calling_code))
    }

    /// Looks a number up, with plus sign and calling code. `None` if it is not a valid number of this plan.
    pub(crate) fn outcome(&self, number: &str) -> Option<&'static Outcome> {
        outcome_at(self.place(number)?)
    }

    /// Whether all numbers with this prefix that the metadata know are callable and of these countries.
    pub(crate) fn leads_only_to(&self, prefix: &str, countries: &Countries) -> bool {
        let known = self.known_below(prefix);
        known.iter().all(|outcome| outcome.callable && countries.contain(outcome.country))
    }

    /// The countries of the numbers with this prefix that the metadata know. If they know none, the countries of the
    /// longest shorter prefix with known numbers.
    pub(crate) fn countries_around(&self, prefix: &str) -> Vec<&'static str> {
        let shorter = (1 + self.calling_code.len()..=prefix.len()).rev();
        let known = shorter.map(|length| self.known_below(&prefix[..length])).find(|known| !known.is_empty());
        known.into_iter().flatten().map(|outcome| outcome.country).collect()
    }

    /// The distinct outcomes of the known numbers with this prefix.
    fn known_below(&self, prefix: &str) -> Vec<&'static Outcome> {
        let (mut places, mut seen) = (Vec::from_iter(self.place(prefix)), BTreeSet::from([0]));
        let mut found = Vec::new();
        while let Some(place) = places.pop() {
            let Some([_, next @ ..]) = TABLE.get(usize::from(place)).filter(|_| seen.insert(place)) else { continue };
            found.extend(outcome_at(place).filter(|outcome| outcome.known && !found.contains(outcome)));
            places.extend(next.iter().map(|place| u16::from_le_bytes(*place)));
        }
        found
    }

    /// The entry that the digits of a number lead to.
    fn place(&self, number: &str) -> Option<u16> {
        let national = number.strip_prefix('+')?.strip_prefix(self.calling_code)?;
        let mut place = self.root;
        for digit in national.bytes() {
            let digit = usize::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?);
            place = u16::from_le_bytes(TABLE.get(usize::from(place))?[1 + digit]);
        }
        Some(place)
    }

    /// Whether numbers of this plan can have as many digits as this one.
    pub(crate) fn has_length_of(&self, number: &str) -> bool {
        let national = number.len().saturating_sub(1 + self.calling_code.len());
        national < 16 && self.lengths & (1 << national) != 0
    }
}

/// The outcome of a number that ends at this entry.
fn outcome_at(place: u16) -> Option<&'static Outcome> {
    let outcome = u16::from_le_bytes(TABLE.get(usize::from(place))?[0]);
    OUTCOMES.get(usize::from(outcome).checked_sub(1)?)
}

/// Whether the metadata have numbers of this country.
pub(crate) fn is_country(code: &str) -> bool {
    code.len() == 2 && PLANS.iter().any(|plan| plan.regions.contains(&code))
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, VecDeque};

    use regex_automata::dfa::{Automaton, dense};
    use regex_automata::{Anchored, Input};
    use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};
    use serde::Deserialize;
    use sha2::{Digest, Sha256};

    use super::*;

    /// The library's country of a number, and whether its type may be called. `None` for a number that the library
    /// would write in another way, such as one with a trunk prefix.
    fn library(text: &str) -> Option<(String, bool)> {
        use PhoneNumberType::{FixedLine, FixedLineOrMobile, Mobile, VoIP};
        let library = &*PHONE_NUMBER_UTIL;
        let number = library.parse(text, None).ok()?;
        if library.format(&number, PhoneNumberFormat::E164) != text || !library.is_valid_number(&number) {
            return None;
        }
        let country = library.get_region_for_number(&number)?.to_string();
        let callable = matches!(library.get_number_type(&number), FixedLine | FixedLineOrMobile | Mobile | VoIP);
        Some((country, callable))
    }

    /// `numbers/denied.toml`: how the numbers of each row begin.
    fn denied() -> Vec<dense::DFA<Vec<u32>>> {
        #[derive(Deserialize)]
        struct List {
            denied: Vec<Row>,
        }
        #[derive(Deserialize)]
        struct Row {
            calling_code: u64,
            national: String,
        }
        let List { denied } = toml::from_str(include_str!("../../numbers/denied.toml")).unwrap();
        let pattern = |row: &Row| format!(r"\+{}(?:{})", row.calling_code, row.national);
        denied.iter().map(|row| dense::DFA::new(&pattern(row)).unwrap()).collect()
    }

    fn ours(text: &str) -> Option<(String, bool)> {
        let outcome = Plan::of(text)?.outcome(text)?;
        Some((outcome.country.to_owned(), outcome.callable))
    }

    fn next(place: u16, digit: usize) -> u16 {
        u16::from_le_bytes(TABLE[usize::from(place)][1 + digit])
    }

    /// The entries of a plan, each with the fewest digits that lead to it.
    fn places(plan: &Plan) -> BTreeMap<u16, String> {
        let mut places = BTreeMap::from([(plan.root, String::new())]);
        let mut queue = VecDeque::from([plan.root]);
        while let Some(place) = queue.pop_front() {
            for digit in 0..10 {
                let (digits, next) = (format!("{}{digit}", places[&place]), next(place, digit));
                places.entry(next).or_insert_with(|| {
                    queue.push_back(next);
                    digits
                });
            }
        }
        places
    }

    /// Digits that lead from an entry to a number that the metadata know.
    fn rest(place: u16) -> Option<String> {
        let mut queue = VecDeque::from([(place, String::new())]);
        let mut seen = BTreeSet::from([place]);
        while let Some((place, digits)) = queue.pop_front() {
            if outcome_at(place).is_some_and(|outcome| outcome.known) {
                return Some(digits);
            }
            queue.extend(
                (0..10).map(|n| (next(place, n), format!("{digits}{n}"))).filter(|(next, _)| seen.insert(*next)),
            );
        }
        None
    }

    #[test]
    fn there_are_the_countries_and_calling_codes_of_the_library() {
        let of_library: BTreeSet<_> =
            PHONE_NUMBER_UTIL.get_supported_regions().map(|region| region.to_string()).collect();
        let ours: BTreeSet<_> = PLANS.iter().flat_map(|plan| plan.regions).map(|region| (*region).to_owned()).collect();
        assert_eq!(ours, &of_library | &BTreeSet::from(["001".to_owned()]));
        assert!(of_library.iter().all(|region| is_country(region)) && !is_country("001") && !is_country("XX"));
        let of_library: BTreeSet<_> =
            PHONE_NUMBER_UTIL.get_supported_calling_codes().map(|code| code.to_string()).collect();
        assert_eq!(PLANS.iter().map(|plan| plan.calling_code.to_owned()).collect::<BTreeSet<_>>(), of_library);
        for plan in &PLANS {
            let found = PLANS.iter().filter(|other| other.calling_code.starts_with(plan.calling_code));
            assert_eq!(found.count(), 1, "{}", plan.calling_code);
        }
    }

    /// Follows every step from one entry of the table to another, so a wrong step is found.
    #[test]
    fn numbers_are_judged_as_the_library_judges_them_unless_they_are_denied() {
        let mut judged = [0, 0];
        let denied = denied();
        let mut needed = vec![false; denied.len()];
        for plan in &PLANS {
            for (place, digits) in places(plan) {
                for digit in 0..10 {
                    let begin = format!("+{}{digits}{digit}", plan.calling_code);
                    let whole = rest(next(place, digit)).map(|rest| format!("{begin}{rest}"));
                    for text in
                        [Some(begin), whole].into_iter().flatten().filter(|text| text.len() <= "+123456789012345".len())
                    {
                        let library = library(&text);
                        judged[usize::from(library.is_some())] += 1;
                        // Toll-free in Belarus. The library treats 8 10 as a prefix.
                        if library.is_none() && text.starts_with("+375810") {
                            assert!(ours(&text).is_none_or(|(_, callable)| !callable), "{text}");
                            continue;
                        }
                        let input = Input::new(&text).anchored(Anchored::Yes);
                        let row = denied.iter().position(|row| row.try_search_fwd(&input).unwrap().is_some());
                        let Some(row) = row else {
                            assert_eq!(ours(&text), library, "{text}");
                            continue;
                        };
                        needed[row] |= library.as_ref().is_some_and(|(_, callable)| *callable);
                        match library {
                            Some((country, _)) => assert_eq!(ours(&text), Some((country, false)), "{text}"),
                            None => assert!(ours(&text).is_none_or(|(_, callable)| !callable), "{text}"),
                        }
                    }
                }
            }
        }
        assert!(judged.into_iter().all(|count| count > 50_000), "{judged:?}");
        assert!(needed.iter().all(|needed| *needed), "a row denies what is not called anyway: {needed:?}");
    }

    #[test]
    fn the_metadata_are_those_that_the_document_names() {
        let document = include_str!("../../numbers/README.md");
        let digest = Sha256::digest(include_bytes!("../../numbers/metadata.bin"));
        let hash = digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert!(document.contains(&format!("| `metadata.bin` | `{hash}` |")), "{hash}");
        assert!(document.contains(&format!("version {LIBPHONENUMBER}, ")), "{LIBPHONENUMBER}");
    }

    #[test]
    fn a_number_can_have_the_lengths_of_its_plan() {
        let can_be = |number: &str| Plan::of(number).unwrap().has_length_of(number);
        for number in ["+13572345678", "+447700900123", "+6834002", "+491234", "+4915112345678"] {
            assert!(can_be(number), "{number}");
        }
        for number in ["+1", "+1357234567", "+135723456789", "+44770090012345", "+68340022222222"] {
            assert!(!can_be(number), "{number}");
        }
    }

    #[test]
    fn a_number_of_no_calling_code_has_no_plan() {
        for text in ["", "+", "1206", "+0", "+999123", "+210"] {
            assert!(Plan::of(text).is_none(), "{text}");
        }
        assert_eq!(Plan::of("+12065550100").unwrap().calling_code, "1");
        assert_eq!(Plan::of("+35312345").unwrap().calling_code, "353");
    }

    #[test]
    fn what_is_no_digit_leads_nowhere() {
        let plan = Plan::of("+12065550100").unwrap();
        assert!(plan.outcome("+12065550100").is_some());
        for text in ["", "12065550100", "+1206555010O", "+1206555010/", "+1206555010:", "+1", "+12065550100\0"] {
            assert_eq!(plan.outcome(text), None, "{text:?}");
        }
        assert_eq!(plan.outcome("+442071838750"), None);
    }
}

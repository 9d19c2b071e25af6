//! The numbers of one calling code: what libphonenumber's metadata say of them. Pure, but for a cache.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use prost::Message;
use rlibphonenumber::{PhoneMetadataCollection, PhoneNumberUtil};

/// A calling code and whose it is.
#[derive(Debug)]
pub(crate) struct Plan {
    /// As in `1`.
    pub(crate) calling_code: &'static str,
    /// Its countries by ISO 3166-1; `001` for none.
    regions: &'static [&'static str],
    /// Where its metadata are.
    place: Range<usize>,
}

include!(concat!(env!("OUT_DIR"), "/plans.rs"));

static METADATA: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/plans.bin"));

/// How many plans are kept ready. A user's number may be of any country, so that all of them would be too many.
const READY: usize = 4;

/// Those that were used last, the latest at the end.
static LATEST: Mutex<Vec<(&'static str, Arc<PhoneNumberUtil>)>> = Mutex::new(Vec::new());

impl Plan {
    /// The one of a number that begins with `+` and a calling code. No calling code is the beginning of another.
    pub(crate) fn of(number: &str) -> Option<&'static Self> {
        let digits = number.strip_prefix('+')?;
        PLANS.iter().find(|plan| digits.starts_with(plan.calling_code))
    }

    /// The library, which knows no other calling code. To read the metadata of all takes as much as the rest of a cold start.
    pub(crate) fn library(&self) -> Option<Arc<PhoneNumberUtil>> {
        let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
        let library = if let Some(place) = latest.iter().position(|(code, _)| *code == self.calling_code) {
            latest.remove(place).1
        } else {
            let metadata = PhoneMetadataCollection::decode(&METADATA[self.place.clone()]).ok()?;
            Arc::new(PhoneNumberUtil::new_for_metadata(metadata).ok()?)
        };
        if latest.len() == READY {
            latest.remove(0);
        }
        latest.push((self.calling_code, library.clone()));
        Some(library)
    }
}

/// Has the plans of these countries ready, or a few of them.
pub(crate) fn prepare(countries: &[String]) {
    let is_meant = |plan: &&Plan| countries.iter().any(|country| plan.regions.contains(&country.as_str()));
    for plan in PLANS.iter().filter(is_meant).take(READY) {
        plan.library();
    }
}

/// Whether there are numbers of a country.
pub(crate) fn is_country(code: &str) -> bool {
    code.len() == 2 && PLANS.iter().any(|plan| plan.regions.contains(&code))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType};

    use super::*;

    /// All that is asked of the library.
    fn judge(library: &PhoneNumberUtil, text: &str) -> Option<(String, bool, Option<String>, PhoneNumberType)> {
        let number: PhoneNumber = library.parse(text, None).ok()?;
        Some((
            library.format(&number, PhoneNumberFormat::E164).into_owned(),
            library.is_valid_number(&number),
            library.get_region_for_number(&number).map(|region| region.to_string()),
            library.get_number_type(&number),
        ))
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

    /// With one calling code alone, and without what is left out, the library says of a number what it says with all.
    #[test]
    fn one_plan_judges_as_all_together() {
        const TYPES: [PhoneNumberType; 11] = [
            PhoneNumberType::FixedLine,
            PhoneNumberType::Mobile,
            PhoneNumberType::TollFree,
            PhoneNumberType::PremiumRate,
            PhoneNumberType::SharedCost,
            PhoneNumberType::VoIP,
            PhoneNumberType::PersonalNumber,
            PhoneNumberType::Pager,
            PhoneNumberType::UAN,
            PhoneNumberType::VoiceMail,
            PhoneNumberType::FixedLineOrMobile,
        ];
        let all = &*PHONE_NUMBER_UTIL;
        let mut numbers = BTreeSet::new();
        for region in all.get_supported_regions() {
            for number in TYPES.iter().filter_map(|kind| all.get_example_number_for_type_and_region(region, *kind).ok())
            {
                numbers.insert(all.format(&number, PhoneNumberFormat::E164).into_owned());
            }
        }
        for code in all.get_supported_global_network_calling_codes() {
            let number = all.get_example_number_for_non_geo_entity(code).unwrap();
            numbers.insert(all.format(&number, PhoneNumberFormat::E164).into_owned());
        }
        assert!(numbers.len() > 1000, "{}", numbers.len());
        for number in &numbers {
            let last = &number[number.len() - 1..];
            let shorter = &number[..number.len() - 1];
            let plan = Plan::of(number).unwrap();
            let with_trunk_prefix = format!("+{}0{}", plan.calling_code, &number[1 + plan.calling_code.len()..]);
            let library = plan.library().unwrap();
            for text in [number, shorter, &format!("{number}{last}"), &format!("{shorter}7"), &with_trunk_prefix] {
                assert_eq!(judge(&library, text), judge(all, text), "{text}");
            }
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
    fn no_more_plans_are_kept_than_a_few() {
        for plan in &PLANS[..2 * READY] {
            plan.library().unwrap();
        }
        prepare(&PLANS.iter().flat_map(|plan| plan.regions).map(|region| (*region).to_owned()).collect::<Vec<_>>());
        assert!(LATEST.lock().unwrap().len() <= READY);
    }
}

//! Which number is called, and how much of it is shown. Pure.

use std::fmt;

use crate::attributes::Attributes;
use crate::code::{Key, leading_u64};

pub use caller::Caller;
pub use country::Countries;
pub(crate) use plan::LIBPHONENUMBER;
use plan::Plan;
pub use prefix::Prefixes;

mod caller;
mod country;
mod plan;
mod prefix;

/// A valid phone number. It shows itself in masked form only, but for [`PhoneNumber::as_e164`].
#[derive(Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    e164: String,
    calling_code: &'static str,
    country: &'static str,
    callable: bool,
}

/// The masked form of a phone number: its calling code, eight stars, its last two digits, as in `+1********00`.
///
/// The number of stars is fixed. A real number and one that is made up can have different lengths, and the length would
/// tell them apart.
#[derive(Clone, PartialEq, Eq)]
pub struct Masked(String);

/// Why a user can't be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneError {
    /// Its country, by ISO 3166-1, is not on the list.
    CountryNotAllowed(&'static str),
    /// There is none.
    Missing,
    /// It is not in E.164 form.
    NotE164,
    /// It is of a type that isn't called, such as premium-rate.
    TypeNotAllowed,
    /// It is in E.164 form, and the metadata of this build know no such number.
    UnknownRange,
    /// Nobody has shown that it is the user's.
    Unverified,
}

/// Cognito's own attribute for a number: the only one that Cognito verifies.
const PHONE_NUMBER: &str = "phone_number";
const PHONE_NUMBER_VERIFIED: &str = "phone_number_verified";

/// The most characters of a number in E.164 form, with the plus sign.
const MAX_E164: usize = 16;

impl PhoneNumber {
    /// The number to call, from the user's attribute of this name. `prefixes`: as for [`PhoneNumber::parse_with`].
    ///
    /// Cognito's `phone_number` must be verified; for another attribute Cognito knows no such thing, so whoever may
    /// write it decides who is called.
    pub fn of(attributes: &Attributes, attribute: &str, prefixes: &Prefixes) -> Result<Self, PhoneError> {
        let number = attributes.value(attribute).ok_or(PhoneError::Missing)?;
        // An administrator's tool may have written "True".
        let verified = || attributes.value(PHONE_NUMBER_VERIFIED).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        if attribute == PHONE_NUMBER && !verified() {
            return Err(PhoneError::Unverified);
        }
        Self::parse_with(number, prefixes)
    }

    /// Takes a number in E.164 form that the metadata of this build know: `+`, then up to 15 digits.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        Self::parse_with(text, &Prefixes::default())
    }

    /// The same, or a number that they don't know, with one of these prefixes and a length that its country's numbers have.
    pub fn parse_with(text: &str, prefixes: &Prefixes) -> Result<Self, PhoneError> {
        if !is_e164(text) {
            return Err(PhoneError::NotE164);
        }
        // As it stands is how it is dialled, so a trunk prefix is not taken off, as in +44 (0)20.
        let plan = Plan::of(text).ok_or(PhoneError::UnknownRange)?;
        let (country, callable) = if let Some(outcome) = plan.outcome(text) {
            (outcome.country, outcome.callable)
        } else {
            let country = prefixes.country(text).filter(|_| plan.has_length_of(text));
            (country.ok_or(PhoneError::UnknownRange)?, true)
        };
        Ok(Self { e164: text.to_owned(), calling_code: plan.calling_code, country, callable })
    }

    /// Whether the number may be called: it is of one of these countries, and of a type that people have at the usual
    /// price. Premium-rate, shared-cost and toll-free numbers, pagers, satellite phones, personal and company numbers
    /// and those of an unknown type are not.
    pub fn allowed(self, countries: &Countries) -> Result<Self, PhoneError> {
        if !countries.contain(self.country()) {
            return Err(PhoneError::CountryNotAllowed(self.country()));
        }
        if self.callable { Ok(self) } else { Err(PhoneError::TypeNotAllowed) }
    }

    /// The whole number, for Connect.
    #[must_use]
    pub fn as_e164(&self) -> &str {
        &self.e164
    }

    /// Its country by ISO 3166-1, as in `US`; `001` for a number of no country.
    #[must_use]
    pub fn country(&self) -> &'static str {
        self.country
    }

    /// The form that a client and a log may have.
    #[must_use]
    pub fn masked(&self) -> Masked {
        Masked::new(self.calling_code, &self.e164[self.e164.len() - 2..])
    }
}

impl Masked {
    /// The masked form of a text in E.164 form, whether it is a valid number or not. `None` if it is in another form, or so
    /// short that little would be hidden.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let calling_code = Plan::of(text).map_or("", |plan| plan.calling_code);
        let is_long = text.len() >= 1 + calling_code.len() + 4;
        (is_e164(text) && is_long).then(|| Self::new(calling_code, &text[text.len() - 2..]))
    }

    /// What stands for the number of a user who doesn't exist: always the same for the same name, in any letter case,
    /// since a pool may take all for one. Its calling code is that of the number that calls.
    #[must_use]
    pub fn made_up(key: &Key, user_pool: &str, user_name: &str, caller: &Caller) -> Self {
        let user_name = user_name.trim().to_lowercase();
        let mac = key.mac("made-up number, version 1", &[user_pool.as_bytes(), user_name.as_bytes()]);
        let last = format!("{:02}", leading_u64(mac) % 100);
        let plan = match caller {
            Caller::Number(number) => Plan::of(number),
            Caller::Queue(_) => None,
        };
        Self::new(plan.map_or("1", |plan| plan.calling_code), &last)
    }

    fn new(calling_code: &str, last: &str) -> Self {
        Self(format!("+{calling_code}********{last}"))
    }
}

/// Whether a text has the form of E.164: `+`, then 2 to 15 digits, the first not zero. Connect takes no other.
pub(crate) fn is_e164(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (3..=MAX_E164).contains(&text.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn attributes(json: serde_json::Value) -> Attributes {
        serde_json::from_value(json).unwrap()
    }

    fn number(e164: &str) -> PhoneNumber {
        PhoneNumber::parse(e164).unwrap()
    }

    #[test]
    fn numbers_have_a_country() {
        for (e164, country) in [
            ("+12065550100", "US"),
            ("+14165550100", "CA"),
            ("+442071838750", "GB"),
            ("+4915112345678", "DE"),
            ("+390236618300", "IT"),
            ("+819012345678", "JP"),
        ] {
            assert_eq!(number(e164).country(), country, "{e164}");
            assert_eq!(number(e164).as_e164(), e164);
        }
    }

    #[test]
    fn what_is_not_in_e164_form_is_refused() {
        for text in [
            "",
            "+",
            "+0",
            "0",
            "2065550100",
            "12065550100",
            "0012065550100",
            "+1 206 555 0100",
            "+1-206-555-0100",
            "+12065550100;ext=1",
            "+12065550100\n",
            " +12065550100",
            "+0123456789",
            "+1234567890123456",
            "+١٢٠٦٥٥٥٠١٠٠",
            "+1206555010O",
            "tel:+12065550100",
            "sip:+12065550100@example.com",
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(PhoneError::NotE164), "{text:?}");
        }
        assert_eq!(PhoneNumber::parse(&format!("+1{}", "2".repeat(10_240))), Err(PhoneError::NotE164));
    }

    #[test]
    fn a_number_that_the_metadata_do_not_know_is_refused() {
        for text in [
            "+1206555010",
            "+120655501000",
            "+10065550100",
            "+999123456789",
            // Newer than the metadata.
            "+13572345678",
            "+447700900123",
            // Before the numbers of Benin and the Ivory Coast got two digits more.
            "+22965111110",
            "+22507123456",
            // With a trunk prefix, which libphonenumber would drop and Connect would dial.
            "+112065550100",
            "+4402071838750",
            "+49015112345678",
            "+330612345678",
            "+610412345678",
            "+8108012345678",
            "+789161234567",
            "+86013800138000",
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(PhoneError::UnknownRange), "{text:?}");
        }
    }

    /// Invariant 7: a prefix lets in what the metadata do not know, and nothing that they know better.
    #[test]
    fn invariant_7_a_prefix_allows_unknown_numbers_of_countries_that_may_be_called() {
        let countries = Countries::parse("US,GB").unwrap();
        let prefixes = Prefixes::parse("+1357,+4477009", &countries).unwrap();
        let callable = |text| PhoneNumber::parse_with(text, &prefixes)?.allowed(&countries);
        for (text, country) in [("+13572345678", "US"), ("+447700900123", "GB"), ("+12065550100", "US")] {
            assert_eq!(callable(text).map(|phone| phone.country()), Ok(country), "{text}");
        }
        for (text, error) in [
            // No prefix of theirs, and lengths that no number has.
            ("+14572345678", PhoneError::UnknownRange),
            ("+1357234567", PhoneError::UnknownRange),
            ("+135723456789", PhoneError::UnknownRange),
            // What is denied in a known range is denied in an unknown one, and what is known stays what it is.
            ("+13579761234", PhoneError::TypeNotAllowed),
            ("+13575551212", PhoneError::TypeNotAllowed),
            ("+19002345678", PhoneError::TypeNotAllowed),
            ("+449012345678", PhoneError::TypeNotAllowed),
            ("+14165550123", PhoneError::CountryNotAllowed("CA")),
        ] {
            assert_eq!(callable(text), Err(error), "{text}");
        }
    }

    /// Invariant 7, as far as verification goes.
    #[test]
    fn invariant_7_cognitos_own_number_must_be_verified() {
        let of = |json, name| PhoneNumber::of(&attributes(json), name, &Prefixes::default());
        for verified in ["true", "True", "TRUE"] {
            let json = json!({ "phone_number": "+12065550100", "phone_number_verified": verified });
            assert!(of(json, "phone_number").is_ok(), "{verified}");
        }
        for verified in [json!("false"), json!(""), json!("yes"), json!(null), json!(true)] {
            let json = json!({ "phone_number": "+12065550100", "phone_number_verified": verified });
            assert_eq!(of(json, "phone_number"), Err(PhoneError::Unverified), "{verified}");
        }
        assert_eq!(of(json!({ "phone_number": "+12065550100" }), "phone_number"), Err(PhoneError::Unverified));
        assert_eq!(of(json!({ "phone_number_verified": "true" }), "phone_number"), Err(PhoneError::Missing));
        assert_eq!(of(json!({ "phone_number": "" }), "phone_number"), Err(PhoneError::Missing));
    }

    #[test]
    fn another_attribute_needs_no_verification() {
        let json = json!({ "custom:YourPhone": "+12065550100", "phone_number": "+12065550101" });
        let phone = PhoneNumber::of(&attributes(json), "custom:YourPhone", &Prefixes::default()).unwrap();
        assert_eq!(phone.as_e164(), "+12065550100");
    }

    /// Invariant 7, as far as country and type go. The numbers are the examples of libphonenumber's metadata.
    #[test]
    fn invariant_7_only_numbers_of_allowed_countries_and_types_are_called() {
        let countries = Countries::parse("US,GB,DE,FR,IT,JP,BR,AU,RU,MX,AR,CN,MZ,PG,RW").unwrap();
        let allowed = |e164| number(e164).allowed(&countries).map(|_| ());
        for (what, e164) in [
            ("fixed line or mobile", "+12015550123"),
            ("mobile", "+447400123456"),
            ("fixed line", "+493012345"),
            ("fixed line with a zero", "+390212345678"),
            ("voice over IP", "+445612345678"),
            ("for examples", "+12065550100"),
            ("for examples", "+12125550199"),
        ] {
            assert_eq!(allowed(e164), Ok(()), "{what} {e164}");
        }
        for (what, e164) in [
            ("premium-rate", "+19002345678"),
            ("premium-rate", "+449012345678"),
            ("premium-rate", "+499001234567"),
            ("toll-free", "+18002345678"),
            ("toll-free", "+448001234567"),
            ("shared-cost", "+448431234567"),
            ("shared-cost", "+4918012345"),
            ("pager", "+447640123456"),
            ("pager", "+4916412345"),
            ("personal", "+447012345678"),
            ("company", "+445512345678"),
            ("pay-per-call", "+12129761234"),
            ("directory assistance", "+12125551212"),
            ("nobody's", "+12125550099"),
            ("nobody's", "+12125550200"),
            ("satellite in Russia", "+79541234567"),
            ("satellite in Australia", "+61147101234"),
            ("satellite in France", "+33640041234"),
            ("satellite in Mexico", "+522011234567"),
            ("satellite in Argentina", "+546751234567"),
            ("satellite in China", "+8613491234567"),
            ("satellite in China", "+8617405123456"),
            ("satellite in Rwanda", "+25006123456"),
            ("satellite in Mozambique", "+258891234567"),
            ("satellite in Papua New Guinea", "+6752751234"),
            ("Abkhazia", "+78402345678"),
            ("Abkhazia", "+79402345678"),
        ] {
            assert_eq!(allowed(e164), Err(PhoneError::TypeNotAllowed), "{what} {e164}");
        }
        for (what, e164, country) in [
            ("not on the list", "+14165550123", "CA"),
            ("shares the calling code +1", "+17875550123", "PR"),
            ("shares the calling code +44", "+447781123456", "GG"),
            ("satellite", "+870301234567", "001"),
            ("satellite", "+881612345678", "001"),
            ("international network", "+882162345678", "001"),
            ("international toll-free", "+80012345678", "001"),
            ("international premium-rate", "+979123456789", "001"),
        ] {
            assert_eq!(allowed(e164), Err(PhoneError::CountryNotAllowed(country)), "{what} {e164}");
        }
    }

    #[test]
    fn a_mask_shows_calling_code_and_two_digits_and_hides_the_length() {
        for (e164, masked) in [
            ("+12065550107", "+1********07"),
            ("+442071838750", "+44********50"),
            ("+4915112345678", "+49********78"),
            ("+493012345", "+49********45"),
            ("+6834002", "+683********02"),
        ] {
            assert_eq!(number(e164).masked().to_string(), masked);
        }
        assert_eq!(format!("{:?}", number("+12065550107")), "PhoneNumber(+1********07)");
    }

    #[test]
    fn what_is_not_valid_is_masked_too_if_it_is_in_e164_form() {
        for (text, masked) in [
            ("+1206555", Some("+1********55")),
            ("+14572345678", Some("+1********78")),
            ("+999123456789", Some("+********89")),
            ("+1206", None),
            ("+12", None),
            ("+0123456789", None),
            ("2065550107", None),
            ("+1 206 555 0107", None),
            ("ann@example.com", None),
            ("", None),
        ] {
            assert_eq!(Masked::of(text).map(|masked| masked.to_string()).as_deref(), masked, "{text}");
        }
    }

    #[test]
    fn a_made_up_number_stays_the_same_and_looks_like_others() {
        let key = Key::new(&[7; 32]).unwrap();
        let of_caller = |number: &str, name: &str| {
            let caller = Caller::Number(number.to_owned());
            Masked::made_up(&key, "us-east-1_Example01", name, &caller).to_string()
        };
        let made_up = |name: &str| of_caller("+12065550199", name);
        for same in ["alice", "Alice", "ALICE", " alice "] {
            assert_eq!(made_up(same), made_up("alice"));
        }
        let all: std::collections::HashSet<_> = (0..100).map(|n| made_up(&n.to_string())).collect();
        assert!(all.len() > 30, "{all:?}");
        let form = |masked: &str| masked.replace(|char: char| char.is_ascii_digit(), "9");
        for masked in all {
            assert_eq!((form(&masked), masked.starts_with("+1*")), (form("+1********07"), true), "{masked}");
        }
        // A German number has four to eleven digits after the calling code. No length of a caller's shows.
        for (caller, real) in [("+49301234", "+4915112345678"), ("+4915112345678", "+49301234")] {
            assert_eq!(form(&of_caller(caller, "alice")), form(&number(real).masked().to_string()), "{caller}");
        }
    }
}

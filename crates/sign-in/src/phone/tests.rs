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

/// Invariant 7: a prefix allows numbers that the metadata do not know, and changes nothing for the others.
#[test]
fn invariant_7_a_prefix_allows_unknown_numbers_of_countries_that_may_be_called() {
    let countries = Countries::parse("US,GB").unwrap();
    let prefixes = Prefixes::parse("+1357,+4477009", &countries).unwrap();
    let callable = |text| PhoneNumber::parse_with(text, &prefixes)?.allowed(&countries);
    for (text, country) in [("+13572345678", "US"), ("+447700900123", "GB"), ("+12065550100", "US")] {
        assert_eq!(callable(text).map(|phone| phone.country()), Ok(country), "{text}");
    }
    for (text, error) in [
        // Another prefix, and lengths that no number has.
        ("+14572345678", PhoneError::UnknownRange),
        ("+1357234567", PhoneError::UnknownRange),
        ("+135723456789", PhoneError::UnknownRange),
        // A number that is denied in a known range is denied in an unknown one too. Known numbers keep their country
        // and type.
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

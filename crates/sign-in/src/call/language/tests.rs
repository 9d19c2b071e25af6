use proptest::prelude::*;

use super::*;

/// From the first ring to the end.
const BUDGET_SECONDS: f32 = 60.0;
/// The longest that a phone rings by default (`CONNECT_RING_TIMEOUT_SECONDS`).
const RING_SECONDS: f32 = 25.0;

fn of_locale(locale: &str) -> Option<&'static str> {
    Language::of_locale(locale).map(Language::tag)
}

fn of_country(country: &str) -> Option<&'static str> {
    Language::of_country(country).map(Language::tag)
}

#[test]
fn a_locale_gets_the_closest_language() {
    for (locale, tag) in [
        ("en", "en-US"),
        ("en-US", "en-US"),
        ("en-CA", "en-US"),
        ("en-GB", "en-GB"),
        ("en-IE", "en-GB"),
        ("en-AU", "en-AU"),
        ("en-NZ", "en-AU"),
        ("en-IN", "en-IN"),
        ("es", "es-ES"),
        ("es-ES", "es-ES"),
        ("es-US", "es-US"),
        ("es-MX", "es-MX"),
        ("es-AR", "es-MX"),
        ("fr", "fr-FR"),
        ("fr-BE", "fr-FR"),
        ("fr-CA", "fr-CA"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-PT"),
        ("pt-AO", "pt-PT"),
        ("de-AT", "de-DE"),
        ("de-CH-1996", "de-DE"),
        ("de-DE-u-co-phonebk", "de-DE"),
        ("no", "nb-NO"),
        ("nn-NO", "nb-NO"),
        ("ar-EG", "ar-AE"),
        ("arb", "ar-AE"),
        ("hi", "hi-IN"),
        ("zh", "cmn-CN"),
        ("zh-Hans-SG", "cmn-CN"),
        ("zh-TW", "cmn-CN"),
        ("zh-Hant-TW", "cmn-CN"),
        ("cmn-CN", "cmn-CN"),
        ("zh-Hant", "cmn-CN"),
        ("zh-Hant-SG", "cmn-CN"),
        ("cmn-Hans-CN", "cmn-CN"),
        ("cmn-Hant-TW", "cmn-CN"),
        ("nb-Latn-NO", "nb-NO"),
        ("ko-Hang-KR", "ko-KR"),
        ("arb-Arab", "ar-AE"),
        ("hi-Latn", "en-IN"),
        ("deu", "de-DE"),
        ("en-UK", "en-GB"),
        // Forms other than BCP 47's.
        ("zh_TW_#Hant", "cmn-CN"),
        ("zh-cmn-Hans-CN", "cmn-CN"),
        ("de_DE_EURO", "de-DE"),
        ("de,en;q=0.8", "de-DE"),
        ("en_GB", "en-GB"),
        ("pt_BR.UTF-8", "pt-BR"),
        ("de_DE@euro", "de-DE"),
        (" DE-de ", "de-DE"),
    ] {
        assert_eq!(of_locale(locale), Some(tag), "{locale}");
    }
}

#[test]
fn a_locale_of_no_language_that_is_spoken_gets_none() {
    let long = format!("{}-DE", "x".repeat(10_240));
    let others = ["sw-KE", "he", "zh-HK", "zh-Hant-HK", "zh-MO", "yue", "und", "und-DE", "C", "POSIX"];
    let no_tags =
        ["", " ", "-", "_", "d", "deutsch!", "i-klingon", "<break/>", "$.Attributes.VoiceMFA", "de\0", "१२", &long];
    for locale in others.into_iter().chain(no_tags) {
        assert_eq!(of_locale(locale), None, "{locale}");
    }
}

#[test]
fn a_country_gets_what_most_speak_there() {
    for (country, tag) in [
        ("US", "en-US"),
        ("CA", "en-US"),
        ("GB", "en-GB"),
        ("IE", "en-GB"),
        ("ZA", "en-GB"),
        ("AU", "en-AU"),
        ("NZ", "en-AU"),
        ("IN", "hi-IN"),
        ("ES", "es-ES"),
        ("MX", "es-MX"),
        ("AR", "es-MX"),
        ("PR", "es-MX"),
        ("FR", "fr-FR"),
        ("DE", "de-DE"),
        ("AT", "de-DE"),
        ("CH", "de-DE"),
        ("BE", "nl-NL"),
        ("IT", "it-IT"),
        ("BR", "pt-BR"),
        ("PT", "pt-PT"),
        ("NL", "nl-NL"),
        ("SE", "sv-SE"),
        ("DK", "da-DK"),
        ("NO", "nb-NO"),
        ("FI", "fi-FI"),
        ("PL", "pl-PL"),
        ("TR", "tr-TR"),
        ("AE", "ar-AE"),
        ("EG", "ar-AE"),
        ("JP", "ja-JP"),
        ("KR", "ko-KR"),
        ("CN", "cmn-CN"),
        ("TW", "cmn-CN"),
    ] {
        assert_eq!(of_country(country), Some(tag), "{country}");
    }
    // Kenya, Israel, Hong Kong and the Philippines.
    for country in ["KE", "IL", "HK", "PH"] {
        assert_eq!(of_country(country), None, "{country}");
    }
}

#[test]
fn the_locale_goes_before_the_country_and_the_country_before_the_default() {
    let of_user = |locale, country| Language::of_user(None, locale, country, Language::tagged("fi-FI").unwrap()).tag();
    assert_eq!(of_user(Some("pl"), "SE"), "pl-PL");
    assert_eq!(of_user(Some("sw-KE"), "SE"), "sv-SE");
    assert_eq!(of_user(None, "SE"), "sv-SE");
    assert_eq!(of_user(None, "KE"), "fi-FI");
    assert_eq!(of_user(Some("sw-KE"), "KE"), "fi-FI");
}

/// The client may choose among the languages, as with a locale. Anything else is as if it had not chosen.
#[test]
fn the_wish_of_the_client_goes_before_the_locale() {
    let of_user = |wish| Language::of_user(Some(wish), Some("pl"), "SE", Language::tagged("fi-FI").unwrap()).tag();
    for (wish, tag) in
        [("de-DE", "de-DE"), ("de-AT", "de-DE"), ("sw-KE", "pl-PL"), ("", "pl-PL"), ("<break/>", "pl-PL")]
    {
        assert_eq!(of_user(wish), tag, "{wish}");
    }
}

#[test]
fn each_language_is_found_by_its_own_tag() {
    for language in Language::all() {
        assert_eq!(of_locale(language.tag()), Some(language.tag()));
        assert_eq!(Language::tagged(language.tag()), Some(language));
        assert!(TAGS.contains(language.tag()));
    }
    assert_eq!(Language::tagged("de"), None);
}

/// Counts the longest ringing and a call without repetitions. A sign-in's code has six digits by default. Cognito chooses
/// the length of its own codes, and knows six and eight.
#[test]
fn a_call_ends_within_a_minute_from_the_first_ring() {
    for language in Language::all() {
        for purpose in [None].into_iter().chain(Purpose::ALL.map(Some)) {
            let digits = if purpose.is_none() { 6 } else { 8 };
            let seconds = language.seconds("Example", digits, purpose);
            assert!(seconds + RING_SECONDS <= BUDGET_SECONDS, "{language:?}, {purpose:?}: {seconds} s");
            assert!(seconds > 20.0, "{language:?}, {purpose:?}: {seconds} s can't be");
        }
    }
}

proptest! {
    #[test]
    fn no_locale_and_no_country_panics(text in ".{0,40}", tag in "[a-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,5}") {
        let _ = (Language::of_locale(&text), Language::of_country(&text));
        let _ = (Language::of_locale(&tag), Language::of_country(&tag));
    }
}

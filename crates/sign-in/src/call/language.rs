//! The languages of the call, and which of them a user hears.
//!
//! The phrases are in `languages/*.toml`, one file a language. The build script checks the files and generates the
//! tables that this module includes, so nothing is parsed at a cold start. A user hears the language that the
//! client asks for, else that of the `locale` attribute, else the one most likely spoken in the country of the number, else the default.

use std::fmt;

use icu_locale::{Locale, LocaleCanonicalizer, LocaleExpander};

use crate::purpose::Purpose;

mod fallback;
#[cfg(test)]
mod file;
#[cfg(test)]
mod phrases;

/// A language, spoken by one of Amazon Polly's voices.
pub struct Language {
    tag: &'static str,
    name: &'static str,
    voice: &'static str,
    /// The digits 0 to 9, written for the voice.
    digits: [&'static str; 10],
    characters_per_second: f32,
    /// Measured at slow speech, with the pause after the digit.
    seconds_per_digit: f32,
    pub(crate) phrases: Phrases,
}

/// The phrases of a language: plain text without SSML markup.
pub(crate) struct Phrases {
    /// With `{brand}`, as the other greetings.
    pub(crate) greeting: &'static str,
    pub(crate) greeting_verification: &'static str,
    pub(crate) greeting_reset: &'static str,
    /// With `{digit}`.
    pub(crate) gate: &'static str,
    /// Which key says that the sign-in is not the user's.
    pub(crate) deny: &'static str,
    /// Which key says that the user has not asked for the code. Names with `_code` are for codes of Cognito's.
    pub(crate) deny_code: &'static str,
    pub(crate) code: &'static str,
    pub(crate) again: &'static str,
    pub(crate) repeat: &'static str,
    pub(crate) closing: &'static str,
    pub(crate) closing_code: &'static str,
    pub(crate) goodbye: &'static str,
    pub(crate) sorry: &'static str,
    pub(crate) sorry_code: &'static str,
    pub(crate) denied: &'static str,
    pub(crate) denied_code: &'static str,
}

/// The phrases that depend on what the code is for.
pub(crate) struct PurposePhrases {
    /// With `{brand}`.
    pub(crate) greeting: &'static str,
    pub(crate) deny: &'static str,
    pub(crate) closing: &'static str,
    pub(crate) sorry: &'static str,
    pub(crate) denied: &'static str,
}

/// Seconds of a call apart from phrases and digits. The flow pauses for 2.9 s and waits 3 s for a key that repeats the
/// code. The user takes 2 s to press the gate's key, which interrupts what the prompt says of 0.
const SECONDS_BESIDE_PHRASES: f32 = 2.9 + 3.0 + 2.0;

include!(concat!(env!("OUT_DIR"), "/languages.rs"));

impl Language {
    /// All languages, in the order of their files.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &LANGUAGES
    }

    /// The language with exactly this tag, as in `de-DE`.
    #[must_use]
    pub fn tagged(tag: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|language| language.tag == tag)
    }

    /// The language for a user: as the client wishes, else by the user's `locale`, else by the country of the number,
    /// else the default. A wish for a language that there is not is ignored.
    #[must_use]
    pub fn of_user(wish: Option<&str>, locale: Option<&str>, country: &str, default: &'static Self) -> &'static Self {
        let asked = wish.into_iter().chain(locale).find_map(Self::of_locale);
        asked.or_else(|| Self::of_country(country)).unwrap_or(default)
    }

    /// The language that is closest to a locale. Takes a BCP 47 tag, or one with underscores, as Java and POSIX write
    /// it (OpenID Connect Core 1.0, section 5.1, expects those too).
    #[must_use]
    pub(crate) fn of_locale(locale: &str) -> Option<&'static Self> {
        // These characters begin a character set, a modifier, a script or other locales: `de_DE.UTF-8@euro`,
        // `zh_TW_#Hant`.
        let tag = locale.trim().split(['.', '@', '#', ',', ';']).next().unwrap_or_default();
        // Language, script and region. Later subtags do not change the language.
        let subtags: Vec<_> = tag.split(['-', '_']).take(3).collect();
        let mut locale: Locale =
            (1..=subtags.len()).rev().find_map(|length| subtags[..length].join("-").parse().ok())?;
        LocaleCanonicalizer::new_common().canonicalize(&mut locale);
        if locale.id.script.is_some() && locale.id.region.is_none() {
            LocaleExpander::new_common().maximize(&mut locale.id);
        }
        let served = |tag: &str| {
            let index = SERVED.binary_search_by(|(served, _)| (*served).cmp(tag)).ok()?;
            Some(&LANGUAGES[SERVED[index].1])
        };
        fallback::closest(&locale, served).or_else(|| {
            // `nb-Latn-NO`: the fallback does not drop a script that the language always has.
            locale.id.script = None;
            fallback::closest(&locale, served)
        })
    }

    /// The language most likely spoken in a country (ISO 3166-1, as in `CH`), by CLDR.
    #[must_use]
    pub(crate) fn of_country(country: &str) -> Option<&'static Self> {
        match COUNTRIES.binary_search_by(|(known, _)| (*known).cmp(country)) {
            Ok(index) => COUNTRIES[index].1.map(|place| &LANGUAGES[place]),
            // CLDR lists no country whose language is English.
            Err(_) => Self::of_locale(&format!("en-{country}")),
        }
    }

    /// The tag, which is Polly's code for the language, as in `de-DE`.
    #[must_use]
    pub fn tag(&self) -> &'static str {
        self.tag
    }

    /// The English name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Polly's id of the voice, as in `Vicki`. All voices use the neural engine.
    #[must_use]
    pub fn voice(&self) -> &'static str {
        self.voice
    }

    /// A digit (0 to 9), written for the voice. For a larger number, its last digit.
    #[must_use]
    pub fn digit(&self, digit: u8) -> &'static str {
        self.digits[usize::from(digit % 10)]
    }

    /// The greeting, which says who calls and why.
    pub(crate) fn greeting(&self, brand: &str, purpose: Option<Purpose>) -> String {
        self.phrases.of(purpose).greeting.replace("{brand}", brand)
    }

    /// The prompt for the gate, which says which key to press.
    #[must_use]
    pub fn gate_prompt(&self, digit: u8) -> String {
        self.phrases.gate.replace("{digit}", self.digit(digit))
    }

    /// About how many seconds a call takes after it is answered, by the language's measured rate of speech. Assumes
    /// that the right key is pressed at once and nothing is repeated. Who first hears what 0 does has a call of up to 3.3 s
    /// more. `digits` is the length of the code.
    #[must_use]
    pub fn seconds(&self, brand: &str, digits: u8, purpose: Option<Purpose>) -> f32 {
        let Phrases { code, again, repeat, .. } = self.phrases;
        let closing = self.phrases.of(purpose).closing;
        let (greeting, gate) = (self.greeting(brand, purpose), self.gate_prompt(1));
        let phrases = [&greeting, &gate, code, again, repeat, closing];
        let characters: usize = phrases.iter().map(|phrase| phrase.chars().count()).sum();
        #[expect(clippy::cast_precision_loss, reason = "there are some hundred characters")]
        let speaking = characters as f32 / self.characters_per_second;
        speaking + SECONDS_BESIDE_PHRASES + f32::from(2 * digits) * self.seconds_per_digit
    }
}

impl Phrases {
    /// What a call says with a code of Cognito's for this purpose; `None` for a sign-in by call. Only key 0 in a call of that
    /// kind stops the sign-in.
    pub(crate) fn of(&self, purpose: Option<Purpose>) -> PurposePhrases {
        let Self { deny_code: deny, closing_code: closing, sorry_code: sorry, denied_code: denied, .. } = *self;
        let code_only = |greeting| PurposePhrases { greeting, deny, closing, sorry, denied };
        match purpose {
            None => {
                let Self { greeting, deny, closing, sorry, denied, .. } = *self;
                PurposePhrases { greeting, deny, closing, sorry, denied }
            }
            Some(Purpose::PasswordReset) => code_only(self.greeting_reset),
            Some(Purpose::SignIn) => code_only(self.greeting),
            Some(Purpose::Verification) => code_only(self.greeting_verification),
        }
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag)
    }
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.tag == other.tag
    }
}

#[cfg(test)]
mod tests;

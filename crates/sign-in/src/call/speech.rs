//! What the call says, as contact attributes for the flow.

use std::collections::BTreeMap;
use std::fmt;

use super::Language;
use super::language::{Phrases, PurposePhrases};
use crate::code::Code;
use crate::purpose::Purpose;

/// What a call carries to say its code.
pub enum Carried {
    /// A sealed [`Handle`](super::Handle). The flow has it opened once somebody listens.
    Handle(String),
    /// The code itself, [`spoken`]. It stays in the contact's record.
    Code(String),
}

/// The contact attributes that the flow speaks and acts on. The flow itself holds no phrase.
pub struct Speech(BTreeMap<String, String>);

/// The key to press before the code is spoken. Each call draws a new one, and only the call says it. So a mailbox's
/// recorded greeting holds its tone only by chance.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GateDigit(u8);

impl Speech {
    /// The speech of a call. Without a `gate` the code is spoken as soon as the call is answered, even to a mailbox. `purpose`:
    /// of a code of Cognito's; `None` for a sign-in by call.
    #[must_use]
    pub fn new(
        carried: Carried,
        language: &Language,
        brand: &str,
        gate: Option<GateDigit>,
        purpose: Option<Purpose>,
    ) -> Self {
        let Phrases { code: intro, again, repeat, goodbye, .. } = language.phrases;
        let PurposePhrases { deny, closing, sorry, denied, .. } = language.phrases.of(purpose);
        let mut attributes = BTreeMap::new();
        let mut set = |name: &str, value: String| attributes.insert(name.to_owned(), value);
        match carried {
            Carried::Handle(handle) => set("Handle", handle),
            // The name that the published recipe for Cognito and Connect uses.
            Carried::Code(code) => set("VoiceMFA", code),
        };
        set("Brand", brand.to_owned());
        set("Language", language.tag().to_owned());
        set("Voice", language.voice().to_owned());
        set("Gate", if gate.is_some() { "on" } else { "off" }.to_owned());
        if let Some(GateDigit(digit)) = gate {
            set("GateDigit", digit.to_string());
            set("GatePrompt", language.gate_prompt(digit));
            set("DenyPrompt", deny.to_owned());
            set("Denied", denied.to_owned());
        }
        set("Greeting", language.greeting(brand, purpose));
        for (name, phrase) in [
            ("CodeIntro", intro),
            ("CodeAgain", again),
            ("RepeatPrompt", repeat),
            ("Closing", closing),
            ("Goodbye", goodbye),
            ("Sorry", sorry),
        ] {
            set(name, phrase.to_owned());
        }
        Self(attributes)
    }

    /// The attributes by name, for Connect.
    #[must_use]
    pub fn into_attributes(self) -> BTreeMap<String, String> {
        self.0
    }
}

impl GateDigit {
    /// A digit from 1 to 9, by a random number. Not 0, which denies the sign-in or the code.
    #[must_use]
    pub fn draw(random: u64) -> Self {
        // The remainder is at most 8.
        Self(1 + u8::try_from(random % 9).unwrap_or_default())
    }
}

/// The digits of a code as the call says them: "4, 7, 1". The commas make a neural voice say them one by one. Such
/// voices support `say-as` only in part (Amazon Polly, supported SSML tags).
#[must_use]
pub fn spoken(code: &Code, language: &Language) -> String {
    // They are ASCII digits.
    let digits: Vec<_> = code.digits().bytes().map(|digit| language.digit(digit.wrapping_sub(b'0'))).collect();
    digits.join(", ")
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carried(redacted)")
    }
}

impl fmt::Debug for GateDigit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GateDigit(redacted)")
    }
}

impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Speech(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Challenge, Digits, Key, Subject};

    const SUBJECT: Subject<'_> = Subject { user_pool: "us-east-1_Example01", sub: "sub" };

    fn attributes(language: &Language, gate: Option<GateDigit>, purpose: Option<Purpose>) -> BTreeMap<String, String> {
        let challenge = Challenge::issue(42, 1_000, 300, Digits::new(10).unwrap());
        let code = Code::derive(&Key::new(&[7; 32]).unwrap(), SUBJECT, &challenge);
        // The longest brand, in letters of three bytes.
        let carried = Carried::Code(spoken(&code, language));
        Speech::new(carried, language, &"例".repeat(64), gate, purpose).into_attributes()
    }

    /// Each language with a sign-in by call, and with each purpose of Cognito's codes.
    fn calls() -> impl Iterator<Item = (&'static Language, Option<Purpose>)> {
        let purposes = [None].into_iter().chain(Purpose::ALL.map(Some));
        Language::all().iter().flat_map(move |language| purposes.clone().map(move |purpose| (language, purpose)))
    }

    #[test]
    fn digits_are_said_one_by_one() {
        // The call says leading zeros too.
        let code =
            |id| Code::derive(&Key::new(&[7; 32]).unwrap(), SUBJECT, &Challenge::issue(id, 1_000, 300, Digits::SIX));
        let code = (0..10_000).map(code).find(|code| code.digits().starts_with("00")).unwrap();
        for (tag, zero) in [("en-US", "0"), ("hi-IN", "शून्य")] {
            let language = Language::tagged(tag).unwrap();
            let said = spoken(&code, language);
            assert!(said.starts_with(&format!("{zero}, {zero}, ")), "{said}");
            assert_eq!(said.split(", ").count(), 6);
            let cognitos = Code::read(b"00123456").unwrap();
            let said: Vec<_> = spoken(&cognitos, language).split(", ").map(str::to_owned).collect();
            assert_eq!(said, [0, 0, 1, 2, 3, 4, 5, 6].map(|digit| language.digit(digit)));
        }
    }

    #[test]
    fn a_gate_digit_is_one_to_nine_and_any_of_them() {
        let mut seen: Vec<_> = (0..9).map(|random| GateDigit::draw(u64::MAX - random).0).collect();
        seen.sort_unstable();
        assert_eq!(seen, (1..=9).collect::<Vec<_>>());
    }

    #[test]
    fn the_gates_digit_is_told_in_its_prompt_alone() {
        for (language, purpose) in calls() {
            let with = attributes(language, Some(GateDigit(8)), purpose);
            assert_eq!((&*with["Gate"], &*with["GateDigit"]), ("on", "8"));
            let said = language.digit(8);
            assert!(with["GatePrompt"].contains(said), "{language:?}");
            for name in [
                "Greeting",
                "DenyPrompt",
                "Denied",
                "CodeIntro",
                "CodeAgain",
                "RepeatPrompt",
                "Closing",
                "Goodbye",
                "Sorry",
            ] {
                assert!(!with[name].contains(said), "{language:?} {purpose:?} {name}");
            }
            let without = attributes(language, None, purpose);
            assert_eq!(without["Gate"], "off");
            for name in ["GateDigit", "GatePrompt", "DenyPrompt", "Denied"] {
                assert!(!without.contains_key(name), "{name}");
            }
        }
    }

    #[test]
    fn each_attribute_has_its_phrase() {
        for (language, purpose) in calls() {
            let (attributes, phrases) = (attributes(language, Some(GateDigit(1)), purpose), &language.phrases);
            let Phrases { deny_code, closing_code, sorry_code, denied_code, .. } = *phrases;
            let code_only = [deny_code, closing_code, sorry_code, denied_code];
            let (greeting, [deny, closing, sorry, denied]) = match purpose {
                None => (phrases.greeting, [phrases.deny, phrases.closing, phrases.sorry, phrases.denied]),
                Some(Purpose::PasswordReset) => (phrases.greeting_reset, code_only),
                Some(Purpose::SignIn) => (phrases.greeting, code_only),
                Some(Purpose::Verification) => (phrases.greeting_verification, code_only),
            };
            assert_eq!(attributes["Greeting"], greeting.replace("{brand}", &"例".repeat(64)));
            assert_eq!(attributes["GatePrompt"], phrases.gate.replace("{digit}", language.digit(1)));
            for (name, phrase) in [
                ("DenyPrompt", deny),
                ("Denied", denied),
                ("CodeIntro", phrases.code),
                ("CodeAgain", phrases.again),
                ("RepeatPrompt", phrases.repeat),
                ("Closing", closing),
                ("Goodbye", phrases.goodbye),
                ("Sorry", sorry),
            ] {
                assert_eq!(attributes[name], phrase, "{language:?} {purpose:?}");
            }
        }
    }

    #[test]
    fn a_call_carries_either_the_handle_or_the_code() {
        let language = Language::tagged("en-US").unwrap();
        let of = |carried| Speech::new(carried, language, "Example", None, None).into_attributes();
        let handle = of(Carried::Handle("sealed".to_owned()));
        assert_eq!((handle.get("Handle").map(String::as_str), handle.get("VoiceMFA")), (Some("sealed"), None));
        let code = of(Carried::Code("4, 7".to_owned()));
        assert_eq!((code.get("Handle"), code.get("VoiceMFA").map(String::as_str)), (None, Some("4, 7")));
    }

    /// The limits of `StartOutboundVoiceContact` (API reference), and text that needs no escaping inside SSML.
    #[test]
    fn the_attributes_are_what_connect_takes() {
        for (language, purpose) in calls() {
            let attributes = attributes(language, Some(GateDigit(1)), purpose);
            let bytes: usize = attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
            assert!(bytes < 4_096, "{language:?}: {bytes} of 32,768 bytes");
            for (name, value) in &attributes {
                assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
                assert!(
                    !value.is_empty() && !value.contains(['<', '>', '&', '$', '"', '{', '}']),
                    "{language:?} {name}"
                );
            }
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let carried = Carried::Code("4, 7".to_owned());
        assert_eq!(format!("{carried:?}"), "Carried(redacted)");
        let language = Language::tagged("en-US").unwrap();
        let speech = Speech::new(carried, language, "Example", Some(GateDigit(1)), None);
        assert_eq!(format!("{speech:?} {:?}", GateDigit(1)), "Speech(redacted) GateDigit(redacted)");
    }
}

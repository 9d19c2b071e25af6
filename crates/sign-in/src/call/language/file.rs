//! Reads and checks a language's file, for the build script and the tests.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::fallback::closest;
use super::phrases::{Phrases, check, plain_digits};

/// One file of `languages/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) characters_per_second: f32,
    pub(crate) seconds_per_digit: f32,
    #[serde(default = "plain_digits")]
    pub(crate) digits: [String; 10],
    pub(crate) voices: Vec<Voice>,
    phrases: Phrases,
}

/// One voice, and the phrases that differ from the file's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Voice {
    pub(crate) language: String,
    #[serde(rename = "voice")]
    pub(crate) id: String,
    pub(crate) serves: Vec<String>,
    #[serde(default)]
    phrases: toml::Table,
}

impl File {
    /// Parses a file. `polly` holds `LANGUAGE VOICE` for each neural voice of Polly.
    pub(crate) fn read(text: &str, polly: &BTreeSet<&str>) -> Result<Self, String> {
        let file: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let Self { name, characters_per_second, seconds_per_digit, digits, voices, .. } = &file;
        check("name", name, None)?;
        if !(1.0..100.0).contains(characters_per_second) {
            return Err("characters_per_second must be 1 to 100".to_owned());
        }
        if !(0.1..10.0).contains(seconds_per_digit) {
            return Err("seconds_per_digit must be 0.1 to 10".to_owned());
        }
        for (index, digit) in digits.iter().enumerate() {
            check(&format!("digits[{index}]"), digit, None)?;
        }
        if digits.iter().collect::<BTreeSet<_>>().len() < digits.len() {
            return Err("digits must be different".to_owned());
        }
        for voice in voices {
            let Voice { language, id, .. } = voice;
            if !polly.contains(format!("{language} {id}").as_str()) {
                return Err(format!("Polly has no neural voice {id} for {language}"));
            }
            voice.tags()?;
            file.phrases(voice)?
                .check(digits, *characters_per_second)
                .map_err(|error| format!("{language}: {error}"))?;
        }
        Ok(file)
    }

    /// The phrases of one of its voices.
    pub(crate) fn phrases(&self, voice: &Voice) -> Result<Phrases, String> {
        let mut phrases = self.phrases.clone();
        for (key, value) in &voice.phrases {
            let phrase = phrases
                .fields()
                .into_iter()
                .find_map(|(name, phrase)| (name == key).then_some(phrase))
                .ok_or_else(|| format!("there is no phrase {key}"))?;
            value.as_str().ok_or_else(|| format!("{key} must be a string"))?.clone_into(phrase);
        }
        Ok(phrases)
    }
}

impl Voice {
    /// All tags that the voice serves, as CLDR writes them.
    pub(crate) fn tags(&self) -> Result<Vec<String>, String> {
        let tags = self.serves.iter().chain([&self.language]).map(|tag| {
            let locale = tag.parse().ok();
            let normal = locale.and_then(|locale| closest(&locale, |tag| Some(tag.to_owned())));
            normal.ok_or_else(|| format!("{tag} is no BCP 47 tag of a language"))
        });
        tags.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = r#"
name = "Klingon"
characters_per_second = 9.5
seconds_per_digit = 0.8
[[voices]]
language = "tlh"
voice = "Worf"
serves = ["tlh-Latn"]
[[voices]]
language = "tlh-US"
voice = "Maltz"
serves = []
[voices.phrases]
again = "Listen"
[phrases]
greeting = "This is {brand} calling."
greeting_verification = "It is {brand} with a code."
greeting_reset = "Now {brand} has a code."
gate = "Press {digit} now."
deny = "If not you, press 0 now."
deny_code = "Not yours? Press 0 now."
code = "Your code is"
again = "Again"
repeat = "Press 1 now."
closing = "Tell nobody. Qapla'!"
closing_code = "Qapla'!"
goodbye = "Qapla'!"
sorry = "Qapla'!"
sorry_code = "Qapla'!"
denied = "Qapla'!"
denied_code = "Qapla'!"
"#;

    fn read(old: &str, new: &str) -> Result<File, String> {
        assert!(RIGHT.contains(old), "{old}");
        File::read(&RIGHT.replacen(old, new, 1), &BTreeSet::from(["tlh Worf", "tlh-US Maltz"]))
    }

    #[test]
    fn a_region_says_otherwise_only_what_it_says() {
        let file = read("", "").unwrap();
        let [own, other] = [0, 1].map(|index| file.phrases(&file.voices[index]).unwrap());
        assert_eq!((&*own.again, &*other.again), ("Again", "Listen"));
        assert_eq!(own.closing, other.closing);
    }

    #[test]
    fn each_mistake_is_named() {
        for (old, new, expected) in [
            ("goodbye = ", "good_bye = ", "good_bye"),
            ("goodbye = \"Qapla'!\"\n", "", "goodbye"),
            ("again = \"Listen\"", "agian = \"Listen\"", "agian"),
            ("again = \"Listen\"", "again = 1", "again must be a string"),
            ("{brand}", "Example", "greeting must have {brand} once"),
            ("{brand}", "{brand}, {brand}", "greeting must have {brand} once"),
            ("{digit}", "4", "gate must have {digit} once"),
            ("press 0 now", "press nothing now", "deny must name the key 0"),
            ("If not you, press", "If it is not you who is signing in, press", "deny must take 3 s at most, not 5.1 s"),
            ("It is {brand} with", "It is here with", "greeting_verification must have {brand} once"),
            ("Now {brand} has", "Now there is", "greeting_reset must have {brand} once"),
            ("Press 0 now.\"", "Press nothing now.\"", "deny_code must name the key 0"),
            ("Not yours? Press", "If you have not asked for it, press", "deny_code must take 3 s at most, not 4.4 s"),
            ("{digit} now.", "{digit}.", "gate must not have a full stop right behind a number"),
            ("{brand} calling.", "{brand}.", "greeting must not have a full stop right behind a number"),
            ("Press 1 now.", "1 repeats.", "repeat must not begin with a digit"),
            ("is\"", "is:\"", "code must not end with punctuation"),
            ("\"Again\"", "\"Again.\"", "again must not end with punctuation"),
            ("Tell nobody", "Tell [nobody]", "closing must not have '['"),
            ("Tell nobody", "Tell\u{fffe} nobody", "closing must not have"),
            (
                "9.5",
                "9.5\ndigits = [\"a\", \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\"]",
                "digits must be different",
            ),
            (
                "9.5",
                "9.5\ndigits = [\"s\", \"j\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\"]",
                "deny must have digits as the words of digits",
            ),
            ("1 now.", "1.", "repeat must not have a full stop right behind a number"),
            ("Tell nobody", "Tell <b>nobody</b>", "closing must not have '<'"),
            ("Tell nobody", "Tell no & body", "closing must not have '&'"),
            ("Tell nobody", "$.Attributes.VoiceMFA", "closing must not have '$'"),
            ("Tell nobody", "Tell {brand} nobody", "closing must not have '{'"),
            ("Tell nobody", "Tell\\nnobody", "closing must not have '\\n'"),
            ("Listen", "Listen ", "tlh-US: again must be some text"),
            ("\"Your code is\"", "\"\"", "code must be some text"),
            ("Worf", "Gowron", "Polly has no neural voice Gowron for tlh"),
            ("tlh-Latn", "the Klingons'", "the Klingons' is no BCP 47 tag"),
            ("0.8", "0.0", "seconds_per_digit must be 0.1 to 10"),
            ("9.5", "0.0", "characters_per_second must be 1 to 100"),
            ("9.5", "9.5\ndigits = [\"pagh\"]", "digits"),
        ] {
            let error = read(old, new).unwrap_err();
            assert!(error.contains(expected), "{old} {new}: {error}");
        }
    }
}

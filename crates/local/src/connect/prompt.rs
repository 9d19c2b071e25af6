//! The prompts of a flow, in plain text or SSML.

use std::time::Duration;

use super::attributes::Attributes;
use super::phrase::Phrase;
use super::ssml;

/// Limits of a prompt in characters (administrator guide, "Play prompt"): one with its markup, one of the spoken text.
const MAX_CHARACTERS: usize = 6_000;
const MAX_SPOKEN: usize = 3_000;
/// A placeholder for an attribute's value while SSML is checked. It is a private-use character, so no flow contains it.
const PLACEHOLDER: char = '\u{E000}';

/// A prompt as the flow has it.
#[derive(Debug)]
pub(super) enum Prompt {
    Text(Phrase),
    Ssml(Phrase),
}

/// A prompt as it is spoken to one contact.
#[derive(Debug, PartialEq)]
pub(super) struct Speech {
    /// The words, with one space between them and no markup.
    pub(super) text: String,
    /// The sum of all pauses.
    pub(super) pauses: Duration,
}

impl Prompt {
    /// Checks a prompt as far as that is possible without the attributes.
    pub(super) fn parse(text: Option<&str>, ssml: Option<&str>) -> Result<Self, String> {
        match (text, ssml) {
            (Some(text), None) => {
                check_length(text)?;
                if text.trim().is_empty() {
                    return Err("Text is empty".to_owned());
                }
                Ok(Self::Text(Phrase::parse(text)?))
            }
            (None, Some(ssml)) => {
                check_length(ssml)?;
                let phrase = Phrase::parse(ssml)?;
                check_ssml(&phrase)?;
                // AWS documents it in plain text alone.
                if phrase.has_external() {
                    return Err("$.External in SSML is not documented: copy it to a flow attribute first".to_owned());
                }
                Ok(Self::Ssml(phrase))
            }
            (Some(_), Some(_)) | (None, None) => Err("exactly one of Text and SSML is needed".to_owned()),
        }
    }

    /// What is spoken in a call with these attributes. `None` if that is an error.
    pub(super) fn speak(&self, attributes: &Attributes<'_>) -> Option<Speech> {
        let (filled, speech) = match self {
            Self::Text(phrase) => {
                let filled = phrase.fill_from(attributes)?;
                let speech = Speech::new(&filled, Duration::ZERO);
                (filled, speech)
            }
            Self::Ssml(phrase) => {
                // Connect's escaping of these is not documented. So a value with markup is refused, even if it would be
                // well-formed.
                let harmless = |value: &&String| !value.contains(['<', '>', '&']);
                let filled = phrase.fill(|reference| attributes.value(reference).filter(harmless).cloned())?;
                let speech = ssml::speech(&filled).ok()?;
                (filled, speech)
            }
        };
        let silent = speech.text.is_empty() && speech.pauses.is_zero();
        let fits = filled.chars().count() <= MAX_CHARACTERS && speech.text.chars().count() <= MAX_SPOKEN;
        (fits && !silent).then_some(speech)
    }
}

impl Speech {
    /// Speech with each run of white space replaced by one space.
    pub(super) fn new(text: &str, pauses: Duration) -> Self {
        Self { text: text.split_whitespace().collect::<Vec<_>>().join(" "), pauses }
    }
}

fn check_length(text: &str) -> Result<(), String> {
    if text.chars().count() > MAX_CHARACTERS {
        return Err(format!("a prompt has at most {MAX_CHARACTERS} characters"));
    }
    Ok(())
}

/// Checks that the SSML is well-formed, has only known tags, and has references only between tags: inside a tag, a
/// value could change the tag's meaning.
fn check_ssml(phrase: &Phrase) -> Result<(), String> {
    let filled = phrase.fill(|_| Some(PLACEHOLDER.to_string())).unwrap_or_default();
    let references = filled.matches(PLACEHOLDER).count();
    let speech = ssml::speech(&filled)?;
    if speech.text.matches(PLACEHOLDER).count() != references {
        return Err("a reference stands inside of an SSML tag, or where nothing is said".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn said(prompt: &Prompt, value: &str) -> Option<String> {
        let contact = [("v".to_owned(), value.to_owned())].into();
        prompt
            .speak(&Attributes { contact, flow: &BTreeMap::new(), external: &BTreeMap::new() })
            .map(|speech| speech.text)
    }

    #[test]
    fn speaks_the_value_of_an_attribute() {
        let text = Prompt::parse(Some("Code $.Attributes.v."), None).unwrap();
        let ssml = Prompt::parse(None, Some("<speak>Code <s>$.Attributes.v</s>.</speak>")).unwrap();
        assert_eq!(said(&text, "4, 7").as_deref(), Some("Code 4, 7."));
        assert_eq!(said(&ssml, "4, 7").as_deref(), Some("Code 4, 7 ."));
        assert_eq!(said(&ssml, "O'Brien \"x\"").as_deref(), Some("Code O'Brien \"x\" ."));
        let nothing = &BTreeMap::new();
        assert_eq!(text.speak(&Attributes { contact: BTreeMap::new(), flow: nothing, external: nothing }), None);
    }

    #[test]
    fn markup_in_a_value_is_an_error_in_ssml_only() {
        let text = Prompt::parse(Some("Code $.Attributes.v"), None).unwrap();
        let ssml = Prompt::parse(None, Some("<speak>Code $.Attributes.v</speak>")).unwrap();
        for value in ["a<b", "a & b", "&amp;", "<break time=\"1s\"/>", "</speak><speak>", "]]>"] {
            assert_eq!(said(&ssml, value), None, "{value}");
            assert!(said(&text, value).is_some(), "{value}");
        }
    }

    #[test]
    fn too_much_and_nothing_at_all_are_errors() {
        let text = Prompt::parse(Some("$.Attributes.v"), None).unwrap();
        assert!(said(&text, &"a".repeat(3_000)).is_some());
        assert_eq!(said(&text, &"a".repeat(3_001)), None);
        assert_eq!(said(&text, " "), None);
        let ssml = Prompt::parse(None, Some("<speak>$.Attributes.v</speak>")).unwrap();
        assert_eq!(said(&ssml, ""), None);
    }

    #[test]
    fn faults_are_found_before_a_call() {
        for (text, ssml) in [
            (None, None),
            (Some("a"), Some("<speak>a</speak>")),
            (Some(" "), None),
            (Some("$.CustomerEndpoint.Address"), None),
            (None, Some("<speak>$.External.x</speak>")),
            (None, Some("<speak>a")),
            (None, Some("<speak><prosody rate=\"$.Attributes.v\">a</prosody></speak>")),
            (None, Some("<speak><sub alias=\"a\">$.Attributes.v</sub></speak>")),
            (None, Some("<$.Attributes.v>a</$.Attributes.v>")),
            (None, Some("<speak><!-- $.Attributes.v -->a</speak>")),
            (Some(&*"a".repeat(6_001)), None),
        ] {
            assert!(Prompt::parse(text, ssml).is_err(), "{text:?} {ssml:?}");
        }
    }
}

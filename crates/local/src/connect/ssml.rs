//! SSML as Amazon Connect speaks it. What Connect would silently ignore is an error here.

use std::time::Duration;

use roxmltree::{Attribute, Document, Node};

use super::prompt::Speech;

/// The tags that Connect supports, with the attributes that Amazon Polly knows for each. `amazon:effect` is left out:
/// Polly's neural voices refuse it.
const TAGS: [(&str, &[&str]); 11] = [
    ("speak", &["lang"]),
    ("break", &["strength", "time"]),
    ("lang", &["lang"]),
    ("mark", &["name"]),
    ("p", &[]),
    ("phoneme", &["alphabet", "ph"]),
    ("prosody", &["pitch", "rate", "volume"]),
    ("s", &[]),
    ("say-as", &["interpret-as"]),
    ("sub", &["alias"]),
    ("w", &["role"]),
];
const MAX_BREAK: Duration = Duration::from_secs(10);
/// The length of a break without a time, as in Polly.
const DEFAULT_BREAK: Duration = Duration::from_millis(400);

/// Reads a complete SSML text.
pub(super) fn speech(ssml: &str) -> Result<Speech, String> {
    let document = Document::parse(ssml).map_err(|error| format!("SSML is not well-formed: {error}"))?;
    let root = document.root_element();
    if !root.has_tag_name("speak") {
        return Err("SSML must be enclosed in <speak>".to_owned());
    }
    let mut text = String::new();
    let mut pauses = Duration::ZERO;
    say(root, &mut text, &mut pauses)?;
    Ok(Speech::new(&text, pauses))
}

/// Adds an element's words and pauses. The limit on a prompt's length bounds the recursion.
fn say(element: Node<'_, '_>, text: &mut String, pauses: &mut Duration) -> Result<(), String> {
    check_tag(element)?;
    *pauses += pause(element)?;
    let tag = element.tag_name().name();
    let apart = matches!(tag, "break" | "p" | "s");
    if apart {
        text.push(' ');
    }
    let alias = element.attribute("alias");
    if let Some(alias) = alias {
        text.push_str(alias);
    }
    for child in element.children() {
        if child.has_tag_name("speak") || child.is_pi() {
            return Err("<speak> and processing instructions have no place inside of SSML".to_owned());
        }
        if child.is_element() {
            // The alias of <sub> is spoken, not its content. The content is checked nevertheless.
            let mut unsaid = String::new();
            say(child, if alias.is_some() { &mut unsaid } else { text }, pauses)?;
        } else if let (true, None) = (child.is_text(), alias) {
            text.push_str(child.text().unwrap_or_default());
        }
    }
    if apart {
        text.push(' ');
    }
    Ok(())
}

fn check_tag(node: Node<'_, '_>) -> Result<(), String> {
    let tag = node.tag_name().name();
    let known = TAGS.iter().find(|(name, _)| *name == tag && node.tag_name().namespace().is_none());
    let (_, attributes) = known.ok_or_else(|| format!("<{tag}> is no SSML tag that Amazon Connect supports"))?;
    // The one attribute that has a namespace is `xml:lang`.
    let known = |attribute: &Attribute<'_, '_>| {
        attributes.contains(&attribute.name()) && attribute.namespace().is_some() == (attribute.name() == "lang")
    };
    match node.attributes().find(|attribute| !known(attribute)) {
        Some(unknown) => Err(format!("<{tag}> has no attribute {}", unknown.name())),
        None => Ok(()),
    }
}

fn pause(node: Node<'_, '_>) -> Result<Duration, String> {
    if !node.has_tag_name("break") {
        return Ok(Duration::ZERO);
    }
    let strengths = ["none", "x-weak", "weak", "medium", "strong", "x-strong"];
    if let Some(strength) = node.attribute("strength").filter(|strength| !strengths.contains(strength)) {
        return Err(format!("{strength} is no strength of a <break>"));
    }
    let Some(time) = node.attribute("time") else { return Ok(DEFAULT_BREAK) };
    let milliseconds = match (time.strip_suffix("ms"), time.strip_suffix('s')) {
        (Some(number), _) => number.parse::<u16>().ok().map(u64::from),
        (None, Some(number)) => number.parse::<u16>().ok().map(|seconds| u64::from(seconds) * 1000),
        (None, None) => None,
    };
    milliseconds
        .map(Duration::from_millis)
        .filter(|time| *time <= MAX_BREAK)
        .ok_or_else(|| format!("{time} is no time of a <break>: it must be like 500ms or 2s, and at most 10s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_text_without_the_markup() {
        for (ssml, expected) in [
            ("<speak>Hello,\n  world.</speak>", "Hello, world."),
            ("<speak>One<break time=\"1s\"/>two</speak>", "One two"),
            ("<speak><p>One</p><p>two <s>three</s>four<s>five</s></p>six</speak>", "One two three four five six"),
            (
                "<speak>It is <prosody rate=\"slow\"><say-as interpret-as=\"digits\">4, 7</say-as></prosody>.</speak>",
                "It is 4, 7.",
            ),
            ("<speak><sub alias=\"Amazon Web Services\">AWS</sub> &amp; more</speak>", "Amazon Web Services & more"),
            ("<speak xml:lang=\"en-US\"><lang xml:lang=\"de-DE\">eins</lang></speak>", "eins"),
        ] {
            assert_eq!(speech(ssml).unwrap().text, expected, "{ssml}");
        }
    }

    #[test]
    fn adds_up_the_pauses() {
        let ssml = "<speak>a<break time=\"600ms\"/>b<break time=\"2s\"/><break/></speak>";
        assert_eq!(speech(ssml).unwrap().pauses, Duration::from_secs(3));
    }

    #[test]
    fn refuses_what_connect_would_not_speak_as_written() {
        for ssml in [
            "",
            "plain",
            "<speak>",
            "<speak>a & b</speak>",
            "<speak>a</speak><speak>b</speak>",
            "<p>a</p>",
            "<speak><speak>a</speak></speak>",
            "<speak><emphasis>a</emphasis></speak>",
            "<speak><audio src=\"https://example.com/a.mp3\"/></speak>",
            "<speak><amazon:effect name=\"whispered\">a</amazon:effect></speak>",
            "<speak xmlns=\"http://www.w3.org/2001/10/synthesis\">a</speak>",
            "<speak><break time=\"11s\"/>a</speak>",
            "<speak><break time=\"1500\"/>a</speak>",
            "<speak><break time=\"-1s\"/>a</speak>",
            "<speak><break time=\"99999999999s\"/>a</speak>",
            "<speak><break strength=\"huge\"/>a</speak>",
            "<speak><break pause=\"1s\"/>a</speak>",
            "<speak><lang lang=\"de-DE\">a</lang></speak>",
            "<speak><?php?>a</speak>",
            "<!DOCTYPE speak [<!ENTITY a \"b\">]><speak>&a;</speak>",
        ] {
            assert!(speech(ssml).is_err(), "{ssml}");
        }
    }
}

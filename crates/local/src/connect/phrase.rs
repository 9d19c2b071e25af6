//! Text with references to attributes: `$.Attributes.name` or `$.Attributes['name']`, and the same of `$.FlowAttributes` and
//! of `$.External`, the answer of a function.

use super::attributes::{Attributes, Reference};

/// Text that is complete once the attributes are known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Phrase(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(String),
    Reference(Reference),
}

impl Phrase {
    /// Finds the references in a text. Any other path is an error, and so is a reference whose end is ambiguous.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("$.").into_iter().chain(rest.find("$[")).min() {
            let (literal, path) = rest.split_at(start);
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            let (reference, after) =
                reference(path).ok_or_else(|| format!("`{}` is no reference to an attribute", excerpt(path)))?;
            parts.push(Part::Reference(reference));
            rest = after;
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The text with every reference replaced by `value` of it. `None` if `value` has none for one of them.
    pub(super) fn fill(&self, mut value: impl FnMut(&Reference) -> Option<String>) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Literal(text) => Some(text.clone()),
            Part::Reference(reference) => value(reference),
        });
        parts.collect()
    }

    /// The text with the attributes' values. `None` if an attribute was never set.
    pub(super) fn fill_from(&self, attributes: &Attributes<'_>) -> Option<String> {
        self.fill(|reference| attributes.value(reference).cloned())
    }

    /// Whether this is one reference and nothing else, or no reference at all. Parameters that aren't spoken must be
    /// one of these.
    pub(super) fn is_whole(&self) -> bool {
        self.0.len() == 1
    }

    /// Whether the text refers to what a function answered.
    pub(super) fn has_external(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Reference(Reference::External(_))))
    }

    /// Whether the text is the same in every call.
    pub(super) fn is_static(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Literal(_)))
    }
}

/// Splits the reference off a text that begins with one.
fn reference(path: &str) -> Option<(Reference, &str)> {
    let named = |root| path.strip_prefix(root).and_then(name).map(|(name, after)| (name.to_owned(), after));
    if let Some((name, after)) = named("$.Attributes") {
        return Some((Reference::Contact(name), after));
    }
    if let Some((name, after)) = named("$.FlowAttributes") {
        return Some((Reference::Flow(name), after));
    }
    named("$.External").map(|(name, after)| (Reference::External(name), after))
}

/// Splits the attribute's name off what follows the root of a reference.
fn name(path: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = path.strip_prefix("['") {
        let (name, after) = quoted.split_once("']")?;
        return (!name.is_empty() && !name.contains(['\'', '\n'])).then_some((name, after));
    }
    let path = path.strip_prefix('.')?;
    let end = path.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(path.len());
    let (name, after) = path.split_at(end);
    let mut following = after.chars();
    let clear = match following.next() {
        // `a-b` may be the attribute `a-b`, or `a` and then "-b". The same holds for a letter of another script.
        Some('-' | '[') => false,
        // A full stop ends a sentence; before a letter it would be a longer path.
        Some('.') => !following.next().is_some_and(|letter| letter.is_alphanumeric() || letter == '_'),
        Some(letter) => !letter.is_alphanumeric(),
        None => true,
    };
    (clear && !name.is_empty()).then_some((name, after))
}

fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Option<String> {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let contact = [("Brand", "Acme"), ("a b", "spaced"), ("empty", "")].map(own).into();
        let flow = &[("Brand", "of the flow"), ("Code", "4, 7")].map(own).into();
        let external = &[("Code", "1, 9"), ("a b", "answered")].map(own).into();
        Phrase::parse(text).unwrap().fill_from(&Attributes { contact, flow, external })
    }

    #[test]
    fn references_are_replaced_wherever_they_stand() {
        for (text, expected) in [
            ("", ""),
            ("That is $5.", "That is $5."),
            ("$.Attributes.Brand", "Acme"),
            ("From $.Attributes.Brand.", "From Acme."),
            ("From $.Attributes.Brand. Hello", "From Acme. Hello"),
            ("$.Attributes.Brand$.Attributes['a b']!", "Acmespaced!"),
            ("$.FlowAttributes.Brand. $.FlowAttributes['Code']", "of the flow. 4, 7"),
            ("$.External.Code. $.External['a b']", "1, 9. answered"),
            ("<s>$.Attributes.Brand</s>[$.Attributes.empty]", "<s>Acme</s>[]"),
        ] {
            assert_eq!(filled(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn an_attribute_that_was_never_set_leaves_nothing_to_say() {
        for text in ["From $.Attributes.brand.", "$.Attributes.Code", "$.FlowAttributes.empty", "$.External.Brand"] {
            assert_eq!(filled(text), None, "{text}");
        }
    }

    #[test]
    fn other_paths_and_unclear_ends_are_errors() {
        for text in [
            "$.CustomerEndpoint.Address",
            "$.External",
            "$.External.a.b",
            "$.External.a[0]",
            "$.Lambda.code",
            "$.Attributes",
            "$.FlowAttributes",
            "$.FlowAttributesCode",
            "$.FlowAttributes.a-b",
            "$.FlowAttributes.a.b",
            "$.FlowAttributes[0]",
            "$.flowAttributes.Code",
            "$.Flow.Code",
            "$.Attributes.",
            "$.Attributes. Brand",
            "$.Attributes[0]",
            "$.Attributes['']",
            "$.Attributes['x",
            "$['Attributes']['x']",
            "$.Attributes.a-b",
            "$.Attributes.a.b",
            "$.Attributes.a['b']",
            "$.Attributes.é",
            "$.Attributes.aé",
            "$.",
        ] {
            assert!(Phrase::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn knows_a_whole_reference_from_a_mixed_text() {
        for (text, whole, fixed) in [
            ("", true, true),
            ("plain", true, true),
            ("$.Attributes.Brand", true, false),
            ("$.FlowAttributes.Code", true, false),
            ("from $.Attributes.Brand", false, false),
        ] {
            let phrase = Phrase::parse(text).unwrap();
            assert_eq!((phrase.is_whole(), phrase.is_static()), (whole, fixed), "{text}");
        }
    }
}

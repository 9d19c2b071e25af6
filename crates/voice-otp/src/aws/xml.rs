//! An answer in XML.

use roxmltree::{Document, Node};

/// The text of an answer. A text that is not XML has no elements.
#[derive(Debug)]
pub struct Xml(String);

impl Xml {
    /// An answer of this text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text of the first element of a name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let document = Document::parse(&self.0).ok()?;
        document.descendants().find(|node| node.tag_name().name() == name).and_then(|node| text(&node))
    }

    /// The texts of two children, for each element that has both.
    #[must_use]
    pub fn pairs(&self, first: &str, second: &str) -> Vec<(String, String)> {
        let Ok(document) = Document::parse(&self.0) else { return Vec::new() };
        document.descendants().filter_map(|node| Some((child(&node, first)?, child(&node, second)?))).collect()
    }
}

fn child(node: &Node<'_, '_>, name: &str) -> Option<String> {
    node.children().find(|child| child.tag_name().name() == name).and_then(|child| text(&child))
}

fn text(node: &Node<'_, '_>) -> Option<String> {
    node.text().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_at_any_depth() {
        let xml =
            "<R xmlns=\"urn:x\"><S>UP</S><O><m><K>a</K><V> 1 </V></m><m><K>b</K></m><m><K>c</K><V>3</V></m></O></R>";
        let xml = Xml::new(xml.to_owned());
        assert_eq!(xml.text("S").as_deref(), Some("UP"));
        assert_eq!(xml.text("T"), None);
        let pairs = [("a", "1"), ("c", "3")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(xml.pairs("K", "V"), pairs);
    }

    #[test]
    fn what_is_no_xml_has_nothing_in_it() {
        let xml = Xml::new("{}".to_owned());
        assert_eq!((xml.text("S"), xml.pairs("K", "V")), (None, Vec::new()));
    }
}

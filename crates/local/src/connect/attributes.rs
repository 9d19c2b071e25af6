//! What the references of a flow stand for.

use std::collections::BTreeMap;

/// The attributes that a flow sees in one call.
pub(super) struct Attributes<'a> {
    /// Those of the contact, which the API sets and shows.
    pub(super) contact: BTreeMap<String, String>,
    /// Those of the flow's run, which nobody else sees.
    pub(super) flow: &'a BTreeMap<String, String>,
}

/// A reference to one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reference {
    /// `$.Attributes.name`
    Contact(String),
    /// `$.FlowAttributes.name`
    Flow(String),
}

impl Attributes<'_> {
    /// The value of an attribute; nothing if it was never set.
    pub(super) fn value(&self, reference: &Reference) -> Option<&String> {
        match reference {
            Reference::Contact(name) => self.contact.get(name),
            Reference::Flow(name) => self.flow.get(name),
        }
    }
}

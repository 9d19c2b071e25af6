//! The attributes that a flow refers to.

use std::collections::BTreeMap;

/// The attributes that a flow sees in one call.
pub(super) struct Attributes<'a> {
    /// The contact's attributes, which the API sets and shows.
    pub(super) contact: BTreeMap<String, String>,
    /// The flow's own attributes, which the API does not show.
    pub(super) flow: &'a BTreeMap<String, String>,
    /// What the function answered that was invoked last.
    pub(super) external: &'a BTreeMap<String, String>,
}

/// A reference to one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reference {
    /// `$.Attributes.name`
    Contact(String),
    /// `$.FlowAttributes.name`
    Flow(String),
    /// `$.External.name`
    External(String),
}

impl Attributes<'_> {
    /// The value of an attribute. `None` if it was never set.
    pub(super) fn value(&self, reference: &Reference) -> Option<&String> {
        match reference {
            Reference::Contact(name) => self.contact.get(name),
            Reference::Flow(name) => self.flow.get(name),
            Reference::External(name) => self.external.get(name),
        }
    }
}

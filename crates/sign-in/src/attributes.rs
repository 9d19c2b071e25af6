//! The user's attributes in a trigger's event.

use std::collections::HashMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A user's attributes in the pool, by name. Cognito sends all values as strings.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub struct Attributes(HashMap<String, Value>);

impl Attributes {
    /// An attribute's value. `None` if it is missing, empty or not a string.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|value| !value.is_empty())
    }
}

/// Reads null as if the field were missing.
pub(crate) fn or_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(json: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(json)?.unwrap_or_default())
}

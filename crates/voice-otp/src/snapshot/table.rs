//! The ledger's table.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The table, as far as the checks need it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// `ACTIVE`, if it can be used.
    pub status: String,
    /// Its key, as in `pk HASH S`.
    pub key: Vec<String>,
    /// The attribute with the time to live, if it is on.
    pub deletes_by: Option<String>,
}

impl Table {
    /// Reads `DescribeTable`'s `Table` and `DescribeTimeToLive`'s `TimeToLiveDescription`.
    #[must_use]
    pub fn from_json(table: &Value, time_to_live: &Value) -> Self {
        let text = |name: &str| table[name].as_str().unwrap_or_default().to_owned();
        let attributes = table["AttributeDefinitions"].as_array().map(Vec::as_slice).unwrap_or_default();
        let kind = |name: &Value| attributes.iter().find(|attribute| attribute["AttributeName"] == *name);
        let part = |part: &Value| {
            let name = &part["AttributeName"];
            let kind = kind(name).map_or(&Value::Null, |attribute| &attribute["AttributeType"]);
            [name, &part["KeyType"], kind].map(|text| text.as_str().unwrap_or("?")).join(" ")
        };
        let is_on = matches!(time_to_live["TimeToLiveStatus"].as_str(), Some("ENABLED" | "ENABLING"));
        let deletes_by = time_to_live["AttributeName"].as_str().filter(|_| is_on);
        Self {
            name: text("TableName"),
            status: text("TableStatus"),
            key: table["KeySchema"].as_array().into_iter().flatten().map(part).collect(),
            deletes_by: deletes_by.map(str::to_owned),
        }
    }
}

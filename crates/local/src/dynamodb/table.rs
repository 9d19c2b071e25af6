//! The table, as the template defines it.

use std::fmt;

use anyhow::{Context, Result};
use client::template::{only_resource, text};
use dynoxide::Database;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use saphyr::Yaml;
use serde_json::{Value, json};

const TABLE: &str = "AWS::DynamoDB::Table";
/// Properties of a table that make no difference here.
const OF_NO_EFFECT: [&str; 8] = [
    "ContributorInsightsSpecification",
    "DeletionProtectionEnabled",
    "OnDemandThroughput",
    "PointInTimeRecoverySpecification",
    "SSESpecification",
    "TableClass",
    "TableName",
    "Tags",
];

/// Keys and time to live of the table that the template deploys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Attributes and `HASH` or `RANGE`.
    pub(super) keys: Vec<(String, String)>,
    /// Attributes and `S`, `N` or `B`.
    pub(super) attributes: Vec<(String, String)>,
    /// The attribute with the time to live.
    pub(super) expires_at: Option<String>,
}

/// Why the template's table can't be created.
#[derive(Debug)]
pub struct TableError(String);

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "template: {}", self.0)
    }
}

impl std::error::Error for TableError {}

impl Table {
    /// Reads the template's one resource of type `AWS::DynamoDB::Table`. An unknown property is an error.
    pub fn from_template(template_yaml: &str) -> Result<Self, TableError> {
        let (name, properties) = only_resource(template_yaml, TABLE).map_err(TableError)?;
        Self::read(&properties).map_err(|fault| TableError(format!("{name}: {fault}")))
    }

    fn read(properties: &Yaml<'_>) -> Result<Self, String> {
        for (name, _) in properties.as_mapping().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            let known = ["AttributeDefinitions", "BillingMode", "KeySchema", "TimeToLiveSpecification"];
            if !known.contains(&name) && !OF_NO_EFFECT.contains(&name) {
                return Err(format!("the local DynamoDB knows nothing of {name}"));
            }
        }
        if text(properties, "BillingMode") != Some("PAY_PER_REQUEST") {
            return Err("BillingMode must be PAY_PER_REQUEST".to_owned());
        }
        Ok(Self {
            keys: pairs(properties, "KeySchema", "KeyType")?,
            attributes: pairs(properties, "AttributeDefinitions", "AttributeType")?,
            expires_at: properties.as_mapping_get("TimeToLiveSpecification").map(time_to_live).transpose()?,
        })
    }

    /// Creates the table in the embedded database.
    pub(super) fn create_in(&self, database: &Database, table_name: &str) -> Result<()> {
        let definition = json!({
            "TableName": table_name,
            "KeySchema": listed(&self.keys, "KeyType"),
            "AttributeDefinitions": listed(&self.attributes, "AttributeType"),
            "BillingMode": "PAY_PER_REQUEST",
        });
        let cannot = || format!("the table {table_name} can't be made as the template says");
        let request = serde_json::from_value(definition).with_context(cannot)?;
        database.create_table(request).with_context(cannot)?;
        if let Some(attribute) = &self.expires_at {
            let specification = TimeToLiveSpecification { attribute_name: attribute.clone(), enabled: true };
            let table_name = table_name.to_owned();
            let request = UpdateTimeToLiveRequest { table_name, time_to_live_specification: specification };
            database.update_time_to_live(request).with_context(cannot)?;
        }
        Ok(())
    }
}

/// A list of attributes, each with the value of its other member.
fn pairs(properties: &Yaml<'_>, list: &str, member: &str) -> Result<Vec<(String, String)>, String> {
    let items = properties.as_mapping_get(list).and_then(Yaml::as_sequence);
    let items = items.ok_or_else(|| format!("it has no list {list}"))?.iter();
    let pairs = items.map(|item| Some((text(item, "AttributeName")?.to_owned(), text(item, member)?.to_owned())));
    pairs.collect::<Option<_>>().ok_or_else(|| format!("{list} must be literal: AttributeName and {member} each"))
}

fn listed(pairs: &[(String, String)], member: &str) -> Vec<Value> {
    pairs.iter().map(|(name, value)| json!({ "AttributeName": name, member: value })).collect()
}

fn time_to_live(specification: &Yaml<'_>) -> Result<String, String> {
    let enabled = specification.as_mapping_get("Enabled").and_then(Yaml::as_bool);
    let attribute = text(specification, "AttributeName").filter(|_| enabled == Some(true));
    attribute.map(str::to_owned).ok_or_else(|| "TimeToLiveSpecification must be literal and enabled".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table as it is deployed, with the tags that templates have.
    const GOOD: &str = "
Resources:
  Ledger:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: RetainExceptOnCreate
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema:
        - { AttributeName: pk, KeyType: HASH }
      AttributeDefinitions:
        - { AttributeName: pk, AttributeType: S }
      TimeToLiveSpecification: { AttributeName: deleteAfter, Enabled: true }
      DeletionProtectionEnabled: !Equals [!Ref Protect, 'true']
";

    #[test]
    fn reads_keys_and_time_to_live() {
        let pair = |a: &str, b: &str| vec![(a.to_owned(), b.to_owned())];
        let table = Table::from_template(GOOD).unwrap();
        let expires_at = Some("deleteAfter".to_owned());
        assert_eq!(table, Table { keys: pair("pk", "HASH"), attributes: pair("pk", "S"), expires_at });
        let without =
            GOOD.replace("      TimeToLiveSpecification: { AttributeName: deleteAfter, Enabled: true }\n", "");
        assert_eq!(Table::from_template(&without).unwrap().expires_at, None);
    }

    #[test]
    fn refuses_a_table_that_it_can_not_be_sure_of() {
        for (from, to, fault) in [
            ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "exactly one"),
            ("PAY_PER_REQUEST", "PROVISIONED", "BillingMode"),
            ("KeySchema", "Keys", "nothing of Keys"),
            ("KeyType: HASH", "KeyType: !Ref Kind", "literal"),
            ("AttributeType: S", "Type: S", "literal"),
            ("Enabled: true", "Enabled: false", "enabled"),
            ("Enabled: true", "Enabled: !Ref Expire", "enabled"),
            ("DeletionProtectionEnabled", "GlobalSecondaryIndexes", "nothing of GlobalSecondaryIndexes"),
        ] {
            let error = Table::from_template(&GOOD.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(fault), "{from} -> {to}: {error}");
        }
    }
}

//! Another `DynamoDB` instead of the embedded one.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, TimeToLiveSpecification,
};
use client::sdk::{http_client, one_line};

use super::table::Table;
use crate::credentials::Credentials;
use crate::region::REGION;

/// How long a new table may take to be ready.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// A client of the `DynamoDB` at an address.
pub(crate) fn client(endpoint: &str, credentials: Credentials) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(credentials.for_sdk())
        .http_client(http_client())
        .build();
    Client::from_conf(config)
}

/// Creates the table at this address, unless a table of its name exists.
pub(crate) async fn create_if_missing(endpoint: &str, table: &Table, table_name: &str) -> Result<()> {
    let client = client(endpoint, Credentials::operator());
    let service = format!("The DynamoDB at {endpoint}");
    match client.describe_table().table_name(table_name).send().await {
        Ok(_) => return Ok(()),
        Err(error) if error.as_service_error().is_some_and(DescribeTableError::is_resource_not_found_exception) => {}
        Err(error) => return Err(one_line(&service, &error)),
    }
    let cannot = || format!("the table {table_name} can't be made at {endpoint}");
    let request = client.create_table().table_name(table_name).billing_mode(BillingMode::PayPerRequest);
    let request = request.set_key_schema(Some(key_schema(table)?)).set_attribute_definitions(Some(attributes(table)?));
    request.send().await.map_err(|error| one_line(&service, &error)).with_context(cannot)?;
    let exists = client.wait_until_table_exists().table_name(table_name);
    exists.wait(READY_WITHIN).await.with_context(cannot)?;
    let Some(attribute) = &table.expires_at else { return Ok(()) };
    let specification = TimeToLiveSpecification::builder().attribute_name(attribute).enabled(true).build()?;
    let request = client.update_time_to_live().table_name(table_name).time_to_live_specification(specification);
    request.send().await.map(drop).map_err(|error| one_line(&service, &error)).with_context(cannot)
}

fn key_schema(table: &Table) -> Result<Vec<KeySchemaElement>> {
    let element = |(name, kind): &(String, String)| {
        Ok(KeySchemaElement::builder().attribute_name(name).key_type(KeyType::from(kind.as_str())).build()?)
    };
    table.keys.iter().map(element).collect()
}

fn attributes(table: &Table) -> Result<Vec<AttributeDefinition>> {
    let definition = |(name, kind): &(String, String)| {
        let kind = ScalarAttributeType::from(kind.as_str());
        Ok(AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()?)
    };
    table.attributes.iter().map(definition).collect()
}

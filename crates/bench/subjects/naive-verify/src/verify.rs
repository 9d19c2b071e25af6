//! Compares the answer and counts it in a table.

use std::env;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

/// Answers events with a client of this configuration.
pub async fn serve(config: &SdkConfig) -> Result<(), Error> {
    let client = &Client::new(config);
    run(service_fn(async move |event: LambdaEvent<Value>| verify(client, event.payload).await)).await
}

async fn verify(client: &Client, mut event: Value) -> Result<Value, Error> {
    let user = event["request"]["userAttributes"]["sub"].as_str().ok_or("the user has no sub")?;
    client
        .update_item()
        .table_name(env::var("LEDGER_TABLE_NAME")?)
        .key("pk", AttributeValue::S(user.to_owned()))
        .update_expression("ADD attempts :one")
        .condition_expression("attribute_not_exists(attempts) OR attempts < :most")
        .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
        .expression_attribute_values(":most", AttributeValue::N("3".to_owned()))
        .send()
        .await?;
    let request = &event["request"];
    let correct = request["challengeAnswer"] == request["privateChallengeParameters"]["code"];
    event["response"]["answerCorrect"] = json!(correct);
    Ok(event)
}

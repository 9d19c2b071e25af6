//! Draws a code and has Connect speak it.

use std::env;

use aws_config::SdkConfig;
use aws_sdk_connect::Client;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use rand::RngExt;
use serde_json::{Value, json};

/// Answers events with a client of this configuration.
pub async fn serve(config: &SdkConfig) -> Result<(), Error> {
    let client = &Client::new(config);
    run(service_fn(async move |event: LambdaEvent<Value>| create(client, event.payload).await)).await
}

async fn create(client: &Client, mut event: Value) -> Result<Value, Error> {
    let code = format!("{:06}", rand::rng().random_range(0..1_000_000));
    let phone = event["request"]["userAttributes"]["phone_number"].as_str().ok_or("the user has no number")?;
    client
        .start_outbound_voice_contact()
        .instance_id(env::var("INSTANCE_ID")?)
        .contact_flow_id(env::var("CONTACT_FLOW_ID")?)
        .source_phone_number(env::var("SOURCE_PHONE_NUMBER")?)
        .destination_phone_number(phone)
        .attributes("VoiceMFA", &code)
        .send()
        .await?;
    event["response"]["privateChallengeParameters"] = json!({ "code": code });
    Ok(event)
}

//! The operator's requests about a contact.

use std::time::SystemTime;

use reqwest::Method;
use serde_json::{Value, json};

use super::bench::{Bench, INSTANCE, Refused, caller, config, flow, read, request};
use crate::credentials::Credentials;

async fn ask(bench: &Bench, credentials: Credentials, path: &str) -> Result<Value, Refused> {
    let config = super::super::Config { callers: vec![credentials], ..config() };
    let signed = bench.signed_as(&config, "connect", SystemTime::now(), Method::GET, path, "");
    read(signed.send().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_contact_is_shown_from_its_start_to_its_end() {
    let bench = Bench::start(config(), &flow()).await;
    let id = bench.start_call(&request()).await.unwrap();
    let path = format!("/contacts/{INSTANCE}/{id}");
    let contact = loop {
        let contact = ask(&bench, Credentials::operator(), &path).await.unwrap()["Contact"].take();
        assert_eq!((&contact["Id"], &contact["InitiationMethod"]), (&json!(id), &json!("API")));
        if !contact["DisconnectTimestamp"].is_null() {
            break contact;
        }
    };
    assert_eq!(contact["DisconnectReason"], "CONTACT_FLOW_DISCONNECT");
    let time = |name: &str| contact[name].as_f64().unwrap();
    assert!(time("InitiationTimestamp") <= time("ConnectedToSystemTimestamp"));
    assert!(time("ConnectedToSystemTimestamp") <= time("DisconnectTimestamp"));
    let attributes =
        ask(&bench, Credentials::operator(), &format!("/contact/attributes/{INSTANCE}/{id}")).await.unwrap();
    assert!(attributes["Attributes"].is_object(), "{attributes}");
}

#[tokio::test]
async fn only_the_operator_sees_a_contact_and_there_is_no_other() {
    let bench = Bench::start(config(), &flow()).await;
    let id = bench.start_call(&request()).await.unwrap();
    for (credentials, path, error) in [
        (caller(), format!("/contacts/{INSTANCE}/{id}"), "UnrecognizedClientException"),
        (caller(), format!("/contact/attributes/{INSTANCE}/{id}"), "UnrecognizedClientException"),
        (Credentials::operator(), format!("/contacts/{INSTANCE}/none"), "ResourceNotFoundException"),
        (Credentials::operator(), format!("/contact/attributes/none/{id}"), "ResourceNotFoundException"),
    ] {
        assert_eq!(ask(&bench, credentials, &path).await.unwrap_err().1, error, "{path}");
    }
}

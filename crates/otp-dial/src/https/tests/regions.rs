//! The connection that is opened goes where the SDK's requests go.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use hyper::Uri;
use sign_in::call::{Carried, Language, Speech};
use sign_in::code::Key;
use sign_in::ledger::CallKeys;
use sign_in::phone::PhoneNumber;
use sign_in::settings::CreateSettings;

use super::*;
use crate::connect::Dialer;
use crate::dynamodb::Store;

/// All that the SDK's list of partitions has.
const REGIONS: [&str; 46] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-isoe-west-1",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "us-west-1",
    "us-west-2",
];

/// Notes where requests go, and sends none.
#[derive(Clone, Debug, Default)]
struct Noting(Arc<Mutex<Vec<Uri>>>);

impl HttpConnector for Noting {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.lock().unwrap().push(request.uri().parse().unwrap());
        HttpConnectorFuture::ready(Err(ConnectorError::user("noted".into())))
    }
}

fn settings(region: &str, url: Option<&str>) -> CreateSettings {
    let instance = format!("arn:aws:connect:{region}:123456789012:instance/instance-1");
    CreateSettings::read(&|name| {
        Some(match name {
            "OTP_KEY" => "k".repeat(32),
            "CONNECT_INSTANCE_ARN" => instance.clone(),
            "CONNECT_CONTACT_FLOW_ARN" => format!("{instance}/contact-flow/flow-1"),
            "CONNECT_SOURCE_PHONE_NUMBER" => "+12065550199".to_owned(),
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "x".to_owned(),
            "AWS_REGION" => region.to_owned(),
            "LEDGER_TABLE_NAME" => "ledger".to_owned(),
            "AWS_ENDPOINT_URL" => url?.to_owned(),
            _ => return None,
        })
    })
    .unwrap()
}

/// Where requests to the ledger and to Connect go.
async fn noted(settings: CreateSettings) -> [Origin; 2] {
    let noting = Noting::default();
    let connector = SharedHttpConnector::new(noting.clone());
    let client = http_client_fn(move |_, _| connector.clone());
    let until = Instant::now() + Duration::from_mins(1);

    let (key, phone) = (Key::new(&[1; 32]).unwrap(), PhoneNumber::parse("+12065550100").unwrap());
    let keys = CallKeys::of(&key, "pool", "sub", &phone);
    assert!(Store::new(&settings.ledger, client.clone()).read(&keys, until).await.is_err());

    let carried = Carried::Handle("sealed".to_owned());
    let speech = Speech::new(carried, Language::tagged("en-US").unwrap(), "Example", None, None);
    let dialer = Dialer::new(settings.connect, client);
    assert!(dialer.call(&phone, speech, "token".to_owned()).dial(until).await.is_err());

    let requests = noting.0.lock().unwrap().clone();
    assert_eq!(requests.len(), 2);
    [0, 1].map(|request| Origin::of(&requests[request]).unwrap())
}

#[tokio::test]
async fn the_place_is_the_one_of_the_sdk_in_every_region() {
    let https = Https::with_roots(RootCertStore::empty(), None);
    for (region, url) in REGIONS.map(|region| (region, None)).into_iter().chain([
        ("us-east-1", Some("http://127.0.0.1:8000")),
        ("us-east-1", Some("https://[::1]:8443/path/")),
        ("us-east-1", Some("https://proxy.example")),
    ]) {
        let of = settings(region, url);
        let opened = [https.dynamodb(&of.ledger), https.connect(&of.connect)].map(|endpoint| endpoint.origin());
        assert_eq!(opened, noted(of).await.map(Some), "{region} {url:?}");
    }
}

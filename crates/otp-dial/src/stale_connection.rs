//! Tests of connections that went stale between two invocations. Lambda freezes the sandbox in that time, so the
//! sandbox notices nothing.
//!
//! The sandbox is a single-threaded runtime, as in the functions. It is frozen while the runtime is not run. Triggers,
//! clients and their time limits are the real ones.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sign_in::error::TriggerError;
use sign_in::handled::Handled;
use sign_in::message::Message;
use sign_in::settings::SpeakSettings;
use tokio::runtime::{Builder, Runtime};

use crate::aws::connector;
use crate::codes::Codes;
use crate::create::Create;
use crate::trigger::Invocation;
use crate::verify::Verify;

mod service;

use service::{End, Service};

const CALL: &str = include_str!("../../../events/create-01-first-call.json");
const RIGHT_CODE: &str = include_str!("../../../events/verify-01-right.json");
const MESSAGE: &str = include_str!("../../../events/send-01-sign-up.json");

/// The services that a function talks to.
struct Aws {
    dynamodb: Service,
    connect: Service,
    kms: Service,
}

impl Aws {
    fn new() -> Self {
        Self { dynamodb: Service::start(), connect: Service::start(), kms: Service::start() }
    }

    /// A setting of the function, as in the sample events. Only AWS's endpoints differ.
    fn setting(&self, name: &str) -> Option<String> {
        let sample =
            || include_str!("../../../events/env").lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        match name {
            "AWS_ENDPOINT_URL_CONNECT" => Some(self.connect.url.clone()),
            "AWS_ENDPOINT_URL_DYNAMODB" => Some(self.dynamodb.url.clone()),
            "AWS_ENDPOINT_URL_KMS" => Some(self.kms.url.clone()),
            _ => sample().map(str::to_owned),
        }
    }
}

/// A sandbox that is frozen except while it answers.
struct Sandbox(Runtime);

impl Sandbox {
    fn new() -> Self {
        Self(Builder::new_current_thread().enable_all().build().unwrap())
    }

    /// Answers an event, within the time that Cognito allows.
    fn answer<R: Debug>(
        &self,
        event: &str,
        trigger: impl AsyncFn(&Invocation) -> Result<Handled<R>, TriggerError>,
    ) -> Handled<R> {
        let event = serde_json::from_str(event).unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        let invocation = Invocation { event, now: 1_800_000_000, deadline };
        self.run(trigger(&invocation)).unwrap()
    }

    /// Runs until the work is done.
    fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.0.block_on(async {
            let done = work.await;
            // While the answer goes to Lambda, the connections become free.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            done
        })
    }
}

/// Places calls before and after the connections end. Returns what was requested after that: the names of DynamoDB's
/// operations, and the bodies of the requests to Connect.
fn call_after(dynamodb: Option<End>, connect: Option<End>) -> (Vec<String>, Vec<Value>) {
    let (aws, sandbox) = (Aws::new(), Sandbox::new());
    let create = Create::read(&|name| aws.setting(name)).unwrap();
    let call =
        || sandbox.answer(CALL, async |invocation| create.answer(invocation).await.map_err(|failure| failure.error));
    call();
    call();
    assert_eq!((aws.dynamodb.connections(), aws.connect.connections()), (1, 1), "they are kept between invocations");
    aws.dynamodb.take_requests();
    aws.connect.take_requests();

    dynamodb.inspect(|end| aws.dynamodb.end_connections(*end));
    connect.inspect(|end| aws.connect.end_connections(*end));
    assert_eq!(call().outcome, "called", "{dynamodb:?}, {connect:?}");
    assert_eq!((aws.dynamodb.connections(), aws.connect.connections()), (1, 1), "{dynamodb:?}, {connect:?}");
    let names = aws.dynamodb.take_requests().into_iter().map(|request| request.name).collect();
    let calls = aws.connect.take_requests().into_iter().map(|request| request.body).collect();
    (names, calls)
}

#[test]
fn a_connection_that_was_closed_costs_create_no_error() {
    for end in [End::Closed, End::Reset] {
        call_after(Some(end), None);
        call_after(None, Some(end));
        call_after(Some(end), Some(end));
    }
}

/// Only the time limit of an attempt can notice the silence. After it, there is time for another attempt at each
/// service, and that attempt requests the same call.
#[test]
fn connections_that_fell_silent_cost_create_an_attempt_each_and_no_error() {
    let (names, calls) = call_after(Some(End::Silent), Some(End::Silent));
    assert_eq!(names, ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]);
    assert_eq!(calls.len(), 2);
    assert!(calls[0]["ClientToken"].is_string());
    assert_eq!(calls[0], calls[1]);
}

#[test]
fn a_stale_connection_costs_verify_no_error() {
    for end in [End::Closed, End::Reset, End::Silent] {
        let (aws, sandbox) = (Aws::new(), Sandbox::new());
        let verify = Verify::read(&|name| aws.setting(name)).unwrap();
        let answer = || sandbox.answer(RIGHT_CODE, async |invocation| verify.answer(invocation).await);
        answer();
        answer();
        assert_eq!(aws.dynamodb.connections(), 1, "it is kept between invocations");
        aws.dynamodb.take_requests();

        aws.dynamodb.end_connections(end);
        assert_eq!(answer().outcome, "right", "{end:?}");
        // The number of the write makes it count once, however often it is sent.
        let writes = aws.dynamodb.take_requests();
        assert!(writes.len() == 2 || end != End::Silent && writes.len() == 1, "{end:?}: {}", writes.len());
        assert!(writes.iter().all(|write| write.body == writes[0].body), "{end:?}");
    }
}

#[test]
fn a_stale_connection_to_kms_costs_no_error() {
    let event: Value = serde_json::from_str(MESSAGE).unwrap();
    let message = STANDARD.decode(event["request"]["code"].as_str().unwrap()).unwrap();
    let message = Message::parse(&message).unwrap();
    for end in [End::Closed, End::Reset, End::Silent] {
        let (aws, sandbox) = (Aws::new(), Sandbox::new());
        let SpeakSettings { codes, trust, .. } = SpeakSettings::read(&|name| aws.setting(name)).unwrap();
        let codes = Codes::new(codes.unwrap(), connector(trust));
        let open = || sandbox.run(codes.open(&message, Instant::now() + Duration::from_secs(2)));
        open().unwrap();
        open().unwrap();
        assert_eq!(aws.kms.connections(), 1, "it is kept between invocations");
        aws.kms.take_requests();

        aws.kms.end_connections(end);
        // The key is another, so nothing is opened with it.
        assert_eq!(open(), Ok(None), "{end:?}");
        assert_eq!(aws.kms.connections(), 1, "{end:?}");
        let requests = aws.kms.take_requests();
        assert!(requests.len() == 2 || end != End::Silent && requests.len() == 1, "{end:?}: {}", requests.len());
        assert!(
            requests.iter().all(|request| request.name == "Decrypt" && request.body == requests[0].body),
            "{end:?}"
        );
    }
}

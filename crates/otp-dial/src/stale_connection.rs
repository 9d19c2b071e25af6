//! Tests of connections that went stale between two invocations, or before the first. Lambda freezes the sandbox in that
//! time, so the sandbox notices nothing.
//!
//! The sandbox is a single-threaded runtime, as in the functions. It is frozen while the runtime is not run. Triggers,
//! clients and their time limits are the real ones.

use std::fmt::Debug;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sign_in::error::TriggerError;
use sign_in::handled::Handled;
use sign_in::message::Message;
use sign_in::settings::SpeakSettings;
use tokio::runtime::{Builder, Runtime};

use crate::codes::Codes;
use crate::create::Create;
use crate::https::Https;
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

/// When the connections went stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// Lambda had started the sandbox ahead of the first event.
    Init,
    /// Two invocations.
    Invocations,
}

const BOTH: [After; 2] = [After::Init, After::Invocations];

/// Places a call after the connections ended. Returns what was requested then: the names of DynamoDB's operations, and the
/// bodies of the requests to Connect.
fn call_after(after: After, dynamodb: Option<End>, connect: Option<End>) -> (Vec<String>, Vec<Value>) {
    let (aws, sandbox) = (Aws::new(), Sandbox::new());
    let create = Create::read(&|name| aws.setting(name)).unwrap();
    let call =
        || sandbox.answer(CALL, async |invocation| create.answer(invocation).await.map_err(|failure| failure.error));
    sandbox.run(create.open());
    if after == After::Invocations {
        call();
        call();
    }
    aws.dynamodb.connected(1);
    aws.connect.connected(1);
    aws.dynamodb.take_requests();
    aws.connect.take_requests();

    dynamodb.inspect(|end| aws.dynamodb.end_connections(*end));
    connect.inspect(|end| aws.connect.end_connections(*end));
    assert_eq!(call().outcome, "called", "{after:?}, {dynamodb:?}, {connect:?}");
    let connections = (aws.dynamodb.connections(), aws.connect.connections());
    assert_eq!(connections, (1, 1), "{after:?}, {dynamodb:?}, {connect:?}");
    let names = aws.dynamodb.take_requests().into_iter().map(|request| request.name).collect();
    let calls = aws.connect.take_requests().into_iter().map(|request| request.body).collect();
    (names, calls)
}

/// What was not sent is sent at once: each request goes out once, and no attempt is lost.
#[test]
fn a_connection_that_was_closed_costs_create_no_attempt() {
    for after in BOTH {
        for end in [End::Closed, End::Reset] {
            for (dynamodb, connect) in [(Some(end), None), (None, Some(end)), (Some(end), Some(end))] {
                let (names, calls) = call_after(after, dynamodb, connect);
                assert_eq!(names, ["BatchGetItem", "TransactWriteItems"], "{after:?}, {dynamodb:?}, {connect:?}");
                assert_eq!(calls.len(), 1, "{after:?}, {dynamodb:?}, {connect:?}");
            }
        }
    }
}

/// Only the time limit of an attempt can notice the silence. After it, there is time for another attempt at each
/// service, and that attempt requests the same call.
#[test]
fn connections_that_fell_silent_cost_create_an_attempt_each_and_no_error() {
    for after in BOTH {
        let (names, calls) = call_after(after, Some(End::Silent), Some(End::Silent));
        assert_eq!(names, ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]);
        assert_eq!(calls.len(), 2);
        assert!(calls[0]["ClientToken"].is_string());
        assert_eq!(calls[0], calls[1]);
    }
}

/// Without it the ledger would not answer here, and the call would not be placed.
#[test]
fn the_connection_to_connect_is_opened_again_while_the_ledger_is_read() {
    for after in BOTH {
        let (aws, sandbox) = (Aws::new(), Sandbox::new());
        let create = Create::read(&|name| aws.setting(name)).unwrap();
        let call = || sandbox.answer(CALL, async |invocation| create.answer(invocation).await.map_err(|of| of.error));
        sandbox.run(create.open());
        if after == After::Invocations {
            call();
        }
        aws.connect.connected(1);
        aws.connect.end_connections(End::Closed);
        aws.dynamodb.answer_after(&aws.connect);
        assert_eq!(call().outcome, "called", "{after:?}");
        assert_eq!(aws.connect.connections(), 1, "{after:?}");
    }
}

/// The clock is paused: it moves on when all wait for it.
#[tokio::test(start_paused = true)]
async fn services_that_never_speak_tls_delay_the_start_once_and_cost_create_its_usual_error() {
    // The system accepts connections for them.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let aws = Aws::new();
    let setting =
        |name: &str| if name.starts_with("AWS_ENDPOINT_URL_") { Some(url.clone()) } else { aws.setting(name) };
    let create = Create::read(&setting).unwrap();
    let began = tokio::time::Instant::now();
    create.open().await;
    assert!(began.elapsed() < Duration::from_millis(710), "{:?}", began.elapsed());

    let began = tokio::time::Instant::now();
    let event = serde_json::from_str(CALL).unwrap();
    let invocation = Invocation { event, now: 1_800_000_000, deadline: Instant::now() + Duration::from_secs(5) };
    let error = create.answer(&invocation).await.unwrap_err().error;
    assert_eq!((error.word().as_str(), error.cause()), ("SIGN_IN_BUSY", "ConnectTimeout"));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn a_stale_connection_costs_verify_no_error() {
    for (after, end) in
        BOTH.into_iter().flat_map(|after| [End::Closed, End::Reset, End::Silent].map(|end| (after, end)))
    {
        let (aws, sandbox) = (Aws::new(), Sandbox::new());
        let verify = Verify::read(&|name| aws.setting(name)).unwrap();
        let answer = || sandbox.answer(RIGHT_CODE, async |invocation| verify.answer(invocation).await);
        sandbox.run(verify.open());
        if after == After::Invocations {
            answer();
            answer();
        }
        aws.dynamodb.connected(1);
        aws.dynamodb.take_requests();

        aws.dynamodb.end_connections(end);
        assert_eq!(answer().outcome, "right", "{after:?}, {end:?}");
        // The number of the write makes it count once, however often it is sent.
        let writes = aws.dynamodb.take_requests();
        assert_eq!(writes.len(), if end == End::Silent { 2 } else { 1 }, "{after:?}, {end:?}");
        assert!(writes.iter().all(|write| write.body == writes[0].body), "{after:?}, {end:?}");
    }
}

#[test]
fn a_stale_connection_to_kms_costs_no_error() {
    let event: Value = serde_json::from_str(MESSAGE).unwrap();
    let message = STANDARD.decode(event["request"]["code"].as_str().unwrap()).unwrap();
    let message = Message::parse(&message).unwrap();
    for end in [End::Closed, End::Reset, End::Silent] {
        let (aws, sandbox) = (Aws::new(), Sandbox::new());
        let SpeakSettings { codes, https, .. } = SpeakSettings::read(&|name| aws.setting(name)).unwrap();
        let codes = Codes::new(codes.unwrap(), &Https::new(&https));
        let open = || sandbox.run(codes.open(&message, Instant::now() + Duration::from_secs(2)));
        sandbox.run(codes.open_connection());
        open().unwrap();
        open().unwrap();
        aws.kms.connected(1);
        aws.kms.take_requests();

        aws.kms.end_connections(end);
        // The key is another, so nothing is opened with it.
        assert_eq!(open(), Ok(None), "{end:?}");
        assert_eq!(aws.kms.connections(), 1, "{end:?}");
        let requests = aws.kms.take_requests();
        assert_eq!(requests.len(), if end == End::Silent { 2 } else { 1 }, "{end:?}");
        assert!(
            requests.iter().all(|request| request.name == "Decrypt" && request.body == requests[0].body),
            "{end:?}"
        );
    }
}

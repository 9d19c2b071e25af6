//! What DynamoDB, Connect and KMS answer, through the functions' own clients.

use std::cell::RefCell;
use std::fmt::Debug;
use std::future::Future;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use otp_dial::connect::Dialer;
use otp_dial::dynamodb::Store;
use otp_dial::wire::Service;
use serde_json::json;
use sign_in::call::{Carried, Language, Speech};
use sign_in::calling::{Rows, Written};
use sign_in::error::ServiceError;
use sign_in::ledger::row_write::RowWrite;
use sign_in::ledger::{CallKeys, ClientId, Counter, DenialAttempt, FailureLimits, HearingAttempt, Listener, Part};
use sign_in::phone::PhoneNumber;
use sign_in::settings::CreateSettings;
use tokio::runtime::{Builder, Runtime};

use super::input::Input;
use super::setting::{NOW, key, read};

/// Some are of the protocol: without them, hardly an input would get past it.
const STATUSES: [u16; 8] = [200, 400, 200, 500, 503, 301, 204, 429];
const ERRORS: [&str; 8] = [
    "",
    "ConditionalCheckFailedException",
    "TransactionCanceledException",
    "TransactionConflictException",
    "ThrottlingException",
    "LimitExceededException",
    "DestinationNotAllowedException",
    "a:b#c",
];
/// What may stand around a row, in the answers to different requests.
const AROUND: [[&str; 2]; 6] = [
    ["", ""],
    [r#"{"Item":"#, "}"],
    [r#"{"Responses":{"ledger":["#, "]}}"],
    [r#"{"__type":"com.amazonaws#ConditionalCheckFailedException","Item":"#, "}"],
    [r#"{"__type":"com.amazonaws#TransactionCanceledException","CancellationReasons":["#, "]}"],
    [r#"{"__type":"#, "}"],
];

/// The user, the number, the challenge and the contact of `events/ledger-row`.
const POOL: &str = "us-east-1_Example01";
const SUB: &str = "3f6a1c52-7b1e-4d35-9a0e-0f5d2b8c4e11";
const CHALLENGE: u128 = 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef;
const NUMBER: &str = "+12065550100";
const CONTACT: u128 = 0x5d0c_1f7a_2b3e_4c6d_8e9f_a0b1_c2d3_e4f5;

static CLIENTS: LazyLock<Clients> = LazyLock::new(Clients::new);

thread_local! {
    /// With a clock that stands still: nobody waits for a retry.
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    static ANSWER: RefCell<Answer> = const { RefCell::new(Answer { status: 200, error: "", body: Vec::new() }) };
}

/// The answer to every request.
#[derive(Clone, Debug)]
struct Answer {
    status: u16,
    error: &'static str,
    body: Vec<u8>,
}

struct Clients {
    store: Store,
    dialer: Dialer,
    kms: Service,
    keys: CallKeys,
    phone: PhoneNumber,
    client: ClientId,
    counters: Vec<Counter>,
    limits: FailureLimits,
}

/// An answer is a value or an error. Nothing counts as done that was answered with an error.
pub fn run(data: &[u8]) {
    let (body, choices) = data.split_at(data.len().saturating_sub(4));
    let mut input = Input(choices);
    let (status, error, [before, after]) = (input.one_of(&STATUSES), input.one_of(&ERRORS), input.one_of(&AROUND));
    let body = [before.as_bytes(), body, after.as_bytes()].concat();
    ANSWER.replace(Answer { status, error, body });
    RUNTIME.with(|runtime| runtime.block_on(CLIENTS.ask(input.byte(), status)));
}

impl Clients {
    fn new() -> Self {
        let CreateSettings { connect, policy, failures, ledger, .. } = read(CreateSettings::read);
        let http = || -> SharedHttpClient { http_client_fn(|_, _| SharedHttpConnector::new(Canned)) };
        let phone = PhoneNumber::parse(NUMBER).expect("a number");
        Self {
            keys: CallKeys::of(&key(), POOL, SUB, &phone),
            counters: policy.budget.counters(phone.country(), NOW, Part::Whole, 0),
            client: ClientId::parse("6h2k9example0client0id00").expect("an id"),
            phone,
            limits: failures,
            store: Store::new(&ledger, http()),
            dialer: Dialer::new(connect, http()),
            kms: Service {
                name: "kms",
                target: "TrentService",
                json: "1.1",
                region: "us-east-1".to_owned(),
                endpoint_url: None,
                credentials: Credentials::new("id", "secret", None, None, "test"),
                connector: SharedHttpConnector::new(Canned),
                attempts: 2,
                attempt_timeout: Duration::from_secs(1),
            },
        }
    }

    async fn ask(&self, which: u8, status: u16) {
        let Self { store, dialer, kms, keys, phone, client, counters, limits } = self;
        let is_done = (200..300).contains(&status);
        let later = Instant::now() + Duration::from_mins(1);
        match which % 9 {
            0 => {
                shown(store.read(keys, later)).await;
            }
            1 => {
                shown(store.user(&keys.user)).await;
            }
            2 => {
                shown(store.pass(&keys.user, client, later)).await;
            }
            3 => {
                let written = shown(store.count(keys, &Rows::default(), counters, NOW, later)).await;
                assert!(is_done || !matches!(written, Some(Written::Done)), "counted");
            }
            4 => {
                let listener = Listener { call: 1, contact: CONTACT };
                let write = RowWrite::new(HearingAttempt { challenge: CHALLENGE, listener, now: NOW });
                let heard = shown(store.judge(&keys.user, write, limits, later)).await;
                assert!(is_done || !matches!(heard, Some(Ok(()))), "heard");
            }
            5 => {
                let write = RowWrite::new(DenialAttempt { now: NOW });
                let denied = shown(store.judge(&keys.user, write, limits, later)).await;
                assert!(is_done || !matches!(denied, Some(Ok(()))), "denied");
            }
            6 => {
                let cleared = shown(store.clear_failures(&keys.user, None, NOW, later)).await;
                assert!(is_done || cleared != Some(true), "cleared");
            }
            7 => {
                let language = Language::tagged("en-US").expect("a language");
                let speech = Speech::new(Carried::Handle("sealed".to_owned()), language, "Example", None, None);
                let called = shown(dialer.call(phone, speech, "token".to_owned()).dial(later)).await;
                assert!(is_done || called.is_none(), "called");
            }
            _ => {
                let error = |code: &str, is_server_error| ServiceError::of_kms(code, is_server_error, "arn");
                let opened = shown(kms.call("Decrypt", &json!({}), later, error)).await;
                assert!(is_done || opened.is_none(), "opened");
            }
        }
    }
}

/// The value, if there is one. Neither it nor an error shows the number that is called, unless the service said it.
async fn shown<T: Debug, E: Debug>(request: impl Future<Output = Result<T, E>>) -> Option<T> {
    let answer = Box::pin(request).await;
    if format!("{answer:?}").contains(NUMBER) {
        let body = ANSWER.with_borrow(|answer| String::from_utf8_lossy(&answer.body).into_owned());
        assert!(body.contains(NUMBER), "a whole number is shown");
    }
    answer.ok()
}

/// Answers every request alike.
#[derive(Debug)]
struct Canned;

impl HttpConnector for Canned {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let Answer { status, error, body } = ANSWER.with_borrow(Clone::clone);
        let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
        if !error.is_empty() {
            response.headers_mut().insert("x-amzn-errortype", error);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

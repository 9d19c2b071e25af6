//! A stand-in for Amazon Connect that runs the contact flow which the template deploys.
//!
//! It serves the API operations `StartOutboundVoiceContact` (`PUT /contact/outbound-voice`) and
//! `UpdateContactAttributes` (`POST /contact/attributes`). For the operator, it also serves `DescribeContact` (`GET
//! /contacts/{instance}/{contact}`) and `GetContactAttributes` (`GET /contact/attributes/{instance}/{contact}`). It is at
//! least as strict as AWS: it checks the signature, the API model, client tokens, and that the named resources exist. A
//! call rings, is answered, and runs the flow. Instead of speaking, the stand-in writes a transcript.
//!
//! While no page watches, the stand-in answers a call by itself after a moment and speaks at its own pace. At the
//! first question it presses the digit in the call's attribute `GateDigit`, unless a key was pressed. While a page
//! watches a number, new calls to that number ring until somebody answers or declines on the page. After a prompt, the
//! flow waits until the page reports that the line was spoken. When the last watching page is closed, the calls that
//! were answered on a page end.
//!
//! Under `/local/` it serves what a client needs to follow a call:
//!
//! - `GET /local/calls` and `GET /local/calls?to=+12065550107` return the calls, oldest first: a list of [`Call`].
//! - `POST /local/calls/{contactId}/keys` with `{"keys":"4"}` returns the call; 404 if unknown, 409 unless it is
//!   talking.
//! - `POST /local/calls/{contactId}/answer` and `…/decline` return the call; 404 if unknown, 409 unless it is
//!   ringing.
//! - `POST /local/calls/{contactId}/hang-up` returns the call; 404 if unknown, 409 unless it is talking.
//! - `POST /local/calls/{contactId}/heard` with `{"lines":1}` returns the call; 404 if unknown, 400 if it has fewer
//!   lines.
//! - `GET /local/phone?number=+12065550107` returns server-sent events `call` with a [`Call`] each, without end. The
//!   first events are the calls to the number that have not ended. Then each call that is placed or changes follows.
//!
//! [`faults`](crate::faults) makes the API fail.

mod action;
mod api;
mod api_error;
mod attributes;
mod branches;
mod call;
mod calls;
mod contact;
mod conversation;
mod document;
mod flow;
mod id;
mod local;
mod parameters;
mod phone;
mod phrase;
mod prompt;
mod request;
mod run;
mod ssml;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post, put};
use tokio::sync::watch;

pub use self::call::{Call, EndedBy, State, TranscriptLine};
pub use self::flow::{Flow, FlowError};

use self::calls::Calls;
use crate::credentials::Credentials;
use crate::faults::{Catalogue, FaultInjection};
use crate::guard::cors;
use crate::refusal::method_not_allowed;

/// The resources of the stand-in, and how fast it is.
///
/// It has no `Debug`, since it holds a secret key.
#[derive(Clone)]
pub struct Config {
    /// The Region that requests must be signed for, such as `us-east-1`.
    pub region: String,
    /// The one Connect instance: a UUID.
    pub instance_id: String,
    /// The one contact flow: a UUID.
    pub flow_id: String,
    /// The phone numbers of the instance, in E.164.
    pub source_numbers: Vec<String>,
    /// The queues of the instance, and the phone number that each calls from.
    pub queues: BTreeMap<String, String>,
    /// The credentials that requests must be signed with.
    pub credentials: Credentials,
    /// How long a call rings before it is answered.
    pub answer_after: Duration,
    /// How long after the first question it presses the digit of the attribute `GateDigit`, if there is one.
    pub press_after: Duration,
    /// How long the stand-in takes for one word. Pauses are scaled by the same factor; a real voice takes about 400 ms.
    /// Zero is allowed. The time that a flow waits for a key is never scaled, since people press keys.
    pub word: Duration,
}

impl Config {
    /// The default of `answer_after`.
    pub const DEFAULT_ANSWER_AFTER: Duration = Duration::from_millis(300);
    /// The default of `press_after`.
    pub const DEFAULT_PRESS_AFTER: Duration = Duration::from_millis(500);
    /// The default of `word`: a whole call ends within about two seconds.
    pub const DEFAULT_WORD: Duration = Duration::from_millis(20);
}

/// The stand-in for Amazon Connect. Clones share the same calls.
#[derive(Clone)]
pub struct Connect(Arc<Inner>);

struct Inner {
    config: Config,
    flow: Flow,
    calls: Mutex<Calls>,
    faults: FaultInjection,
    /// Notified whenever a call has changed.
    changes: watch::Sender<()>,
}

impl Connect {
    /// A stand-in with no calls yet. Its API fails as `faults` says.
    #[must_use]
    pub fn new(config: Config, flow: Flow, faults: FaultInjection) -> Self {
        Self(Arc::new(Inner { config, flow, calls: Mutex::default(), faults, changes: watch::Sender::new(()) }))
    }

    /// Everything that the stand-in serves. Pages of this machine may call what is under `/local/`.
    pub fn router(&self) -> Router {
        let local = Router::new()
            .route("/local/calls", get(local::list_calls))
            .route("/local/calls/{contactId}/answer", post(local::answer_call))
            .route("/local/calls/{contactId}/decline", post(local::decline_call))
            .route("/local/calls/{contactId}/hang-up", post(local::hang_up))
            .route("/local/calls/{contactId}/heard", post(local::hear_lines))
            .route("/local/calls/{contactId}/keys", post(local::press_keys))
            .route("/local/phone", get(phone::watch_calls))
            .method_not_allowed_fallback(method_not_allowed)
            .layer(cors());
        Router::new()
            .route("/contact/outbound-voice", put(api::start_outbound_voice_contact))
            .route("/contact/attributes", post(api::update_contact_attributes))
            .route("/contact/attributes/{instanceId}/{contactId}", get(api::get_contact_attributes))
            .route("/contacts/{instanceId}/{contactId}", get(api::describe_contact))
            .method_not_allowed_fallback(method_not_allowed)
            .merge(local)
            .with_state(self.clone())
    }

    /// The calls to a number in E.164, oldest first.
    #[must_use]
    pub fn calls_to(&self, number: &str) -> Vec<Call> {
        self.calls().list(Some(number))
    }

    fn config(&self) -> &Config {
        &self.0.config
    }

    fn flow(&self) -> &Flow {
        &self.0.flow
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        lock(&self.0.calls)
    }

    fn faults(&self) -> &FaultInjection {
        &self.0.faults
    }

    fn changed(&self) {
        self.0.changes.send_replace(());
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.0.changes.subscribe()
    }
}

/// The faults that can be injected into the API.
pub(crate) fn catalogue() -> Catalogue {
    Catalogue { errors: &api_error::KINDS, operations: api::OPERATIONS.to_vec() }
}

/// A poisoned lock is safe to use: a panic leaves no call half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

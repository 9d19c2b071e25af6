//! The telephone: a stand-in for Amazon Connect that runs the contact flow which the template deploys.
//!
//! It serves the API operations `StartOutboundVoiceContact` (`PUT /contact/outbound-voice`) and
//! `UpdateContactAttributes` (`POST /contact/attributes`), at least as strict as AWS: signature, model, existence of
//! what is named, client tokens. A call rings, is answered by itself after a moment, and runs the flow; instead of
//! speaking, the telephone writes a transcript.
//!
//! Under `/local/` it has what a client without ears needs:
//!
//! | request | answer |
//! |---|---|
//! | `GET /local/calls`, `GET /local/calls?to=+12065550107` | the calls, oldest first: a list of [`Call`] |
//! | `POST /local/calls/{contactId}/keys` `{"keys":"4"}` | the call; 404 if unknown, 409 unless it is talking |
//!
//! How the API is made to fail is in [`faults`](crate::faults).

mod action;
mod api;
mod api_error;
mod branches;
mod call;
mod contact;
mod document;
mod flow;
mod id;
mod local;
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

pub use self::call::{Call, Line, State, Timestamp};
pub use self::flow::{Flow, FlowError};

pub(crate) use self::api::OPERATIONS;

use self::call::{Calls, Entry};
use crate::aws_error::Kind;
use crate::cors::cors;
use crate::credentials::Credentials;
use crate::faults::Faults;
use crate::refusal::method_not_allowed;

/// What exists at the telephone, and how fast it is.
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
    /// What requests must be signed with.
    pub credentials: Credentials,
    /// How long a call rings before it is answered.
    pub answer_after: Duration,
    /// How long the telephone takes for one word. Pauses are scaled alike; a real voice takes about 400 ms. Zero is
    /// allowed. What a flow waits for a key is never scaled, since people press keys.
    pub word: Duration,
}

impl Config {
    /// How long a call rings unless something else is wanted.
    pub const DEFAULT_ANSWER_AFTER: Duration = Duration::from_millis(300);
    /// The time for one word unless something else is wanted: a whole call ends within about two seconds.
    pub const DEFAULT_WORD: Duration = Duration::from_millis(20);
}

/// The stand-in for Amazon Connect. Clones are the same telephone.
#[derive(Clone)]
pub struct Telephone(Arc<Inner>);

struct Inner {
    config: Config,
    flow: Flow,
    calls: Mutex<Calls>,
    faults: Faults,
    /// Told whenever a call has changed.
    changes: watch::Sender<()>,
}

impl Telephone {
    /// A telephone with no calls yet, whose API fails as is ordered.
    #[must_use]
    pub fn new(config: Config, flow: Flow, faults: Faults) -> Self {
        Self(Arc::new(Inner { config, flow, calls: Mutex::default(), faults, changes: watch::Sender::new(()) }))
    }

    /// Everything that the telephone serves. Browsers of any origin may call what is under `/local/`.
    pub fn router(&self) -> Router {
        let local = Router::new()
            .route("/local/calls", get(local::list_calls))
            .route("/local/calls/{contactId}/keys", post(local::press_keys))
            .method_not_allowed_fallback(method_not_allowed)
            .layer(cors());
        Router::new()
            .route("/contact/outbound-voice", put(api::start_outbound_voice_contact))
            .route("/contact/attributes", post(api::update_contact_attributes))
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

    fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// Changes a call, if it is still remembered.
    fn change(&self, contact_id: &str, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.calls().find(contact_id) {
            change(entry);
        }
        self.changed();
    }

    fn changed(&self) {
        self.0.changes.send_replace(());
    }

    fn changes(&self) -> watch::Receiver<()> {
        self.0.changes.subscribe()
    }
}

/// The errors of the API.
pub(crate) fn errors() -> &'static [&'static Kind] {
    &api_error::KINDS
}

/// A panic elsewhere leaves whole calls behind, so that there is nothing to be afraid of in a poisoned lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

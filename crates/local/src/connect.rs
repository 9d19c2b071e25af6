//! A stand-in for Amazon Connect that runs the contact flow which the template deploys.
//!
//! It is at least as strict as AWS: it checks the signature, the API model, client tokens, and that the named resources
//! exist. A call rings, is answered, and runs the flow. Instead of speaking, the stand-in writes a transcript.
//!
//! While no page watches, the stand-in answers a call by itself after a moment and speaks at its own pace. At the
//! first question it presses the digit in the call's attribute `GateDigit`, unless a key was pressed. While a page
//! watches a number, new calls to that number ring until somebody answers or declines on the page. After a prompt, the
//! flow waits until the page reports that the line was spoken. When the last watching page is closed, the calls that
//! were answered on a page end.
//!
//! Under `/local/` it serves what a client needs to follow a [`Call`].
//!
//! A flow can invoke `speak-code`, as Connect invokes a function: `invocation`.
//!
//! [`faults`](crate::faults) makes the API fail, and the invocations.

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
mod invocation;
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
use tokio::sync::watch;

pub use self::call::{Call, EndedBy, State, TranscriptLine};
pub use self::flow::{Flow, FlowError};
pub(crate) use self::invocation::catalogue as invocations_catalogue;

use self::calls::Calls;
use crate::credentials::Credentials;
use crate::faults::{Catalogue, FaultInjection};
use crate::guard::cors;
use crate::lambda::Invoker;
use crate::refusal::method_not_allowed;
use crate::routes::Routes;

/// The resources of the stand-in, and how fast it is.
///
/// It has no `Debug`, since it holds a secret key.
#[derive(Clone)]
pub struct Config {
    /// The Region that requests must be signed for, such as `us-east-1`.
    pub region: String,
    /// The one Connect instance: a UUID.
    pub instance_id: String,
    /// Its ARN, as functions get it.
    pub instance_arn: String,
    /// The one contact flow: a UUID.
    pub flow_id: String,
    /// The phone numbers of the instance, in E.164.
    pub source_numbers: Vec<String>,
    /// The queues of the instance, and the phone number that each calls from.
    pub queues: BTreeMap<String, String>,
    /// The credentials of those who may place calls, beside the operator's.
    pub callers: Vec<Credentials>,
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
    functions: Invoker,
    calls: Mutex<Calls>,
    faults: FaultInjection,
    /// Notified whenever a call has changed.
    changes: watch::Sender<()>,
}

impl Connect {
    /// A stand-in with no calls yet. Its flow invokes these functions. Its API and the invocations fail as `faults` says.
    #[must_use]
    pub fn new(config: Config, flow: Flow, functions: Invoker, faults: FaultInjection) -> Self {
        let (calls, changes) = (Mutex::default(), watch::Sender::new(()));
        Self(Arc::new(Inner { config, flow, functions, calls, faults, changes }))
    }

    /// Everything that the stand-in serves. Pages of this machine may call what is under `/local/`.
    pub fn router(&self) -> Router {
        Self::routes().into_router().with_state(self.clone())
    }

    pub(crate) fn routes() -> Routes<Self> {
        let local = Routes::new()
            .get(
                "/local/calls",
                "the calls, oldest first, with what was said and pressed; with `?to=%2B1…` those to a number",
                local::list_calls,
            )
            .post(
                "/local/calls/{contactId}/answer",
                r#"answers a call that rings. With `{"page":"…"}`, it is spoken on that page alone while it watches"#,
                local::answer_call,
            )
            .post("/local/calls/{contactId}/decline", "declines a call that rings", local::decline_call)
            .post("/local/calls/{contactId}/hang-up", "hangs up", local::hang_up)
            .post(
                "/local/calls/{contactId}/heard",
                r#"says how many lines were spoken out: `{"lines":1}`. A call that was answered on a page goes on only then"#,
                local::hear_lines,
            )
            .post("/local/calls/{contactId}/keys", r#"presses keys: `{"keys":"4"}`"#, local::press_keys)
            .get(
                "/local/phone",
                "server-sent events: the calls to `?number=%2B1…`, at each change; with `&page=…`, the page gives itself a \
                 name. While one is open, new calls to the number ring until somebody answers; else the telephone answers \
                 by itself and presses the digit that the call asks for",
                phone::watch_calls,
            )
            .with(|router| router.method_not_allowed_fallback(method_not_allowed).layer(cors()));
        Routes::new()
            .put("/contact/outbound-voice", "Connect's StartOutboundVoiceContact", api::start_outbound_voice_contact)
            .post("/contact/attributes", "Connect's UpdateContactAttributes", api::update_contact_attributes)
            .get(
                "/contact/attributes/{instanceId}/{contactId}",
                "Connect's GetContactAttributes, signed by the operator",
                api::get_contact_attributes,
            )
            .get(
                "/contacts/{instanceId}/{contactId}",
                "Connect's DescribeContact, signed by the operator",
                api::describe_contact,
            )
            .with(|router| router.method_not_allowed_fallback(method_not_allowed))
            .merge(local)
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

    fn functions(&self) -> &Invoker {
        &self.0.functions
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
    Catalogue { errors: api_error::KINDS.to_vec(), operations: api::OPERATIONS.to_vec() }
}

/// A poisoned lock is safe to use: a panic leaves no call half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

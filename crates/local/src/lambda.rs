//! Lambda, as far as the functions see it: processes with Lambda's environment, the Runtime API that feeds them,
//! and Invoke.
//!
//! As on Lambda, a process handles one event at a time, is kept for the next one, and is killed when it takes too long.
//! Concurrent events get processes of their own. Unlike on Lambda, the start counts towards the function's time limit,
//! because Cognito's five seconds and Connect's eight include it too.

mod binaries;
mod configuration;
mod environment;
mod function;
mod invoke_api;
mod invoker;
mod log;
mod outcome;
mod queue;
mod redaction;
mod runtime_api;
mod sandbox;
mod settings;
mod triggers;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::{Result, bail};
use axum::extract::State;
use axum::{Json, Router};
use tokio::sync::Semaphore;
use tokio::time::Instant;

pub use self::binaries::Binaries;
pub use self::function::Function;
pub use self::invoker::Invoker;
pub use self::outcome::Outcome;
pub use self::settings::Settings;

use self::log::{Log, fault_of_settings, last_words};
use self::outcome::Invoked;
use self::runtime_api::{Desk, Invocation};
use self::sandbox::Sandbox;
use self::triggers::{Trigger, Triggers};
use crate::credentials::Credentials;
use crate::guard::cors;
use crate::routes::Routes;

/// How long a function may take to start before its first event. Lambda allows 10 seconds, but its machine does nothing
/// else.
const START_LIMIT: Duration = Duration::from_mins(2);
/// The most processes of one function.
const MAX_SANDBOXES: usize = 10;

/// The functions' binaries and their environment.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where their binaries are.
    pub binaries: Binaries,
    /// Where this program listens, `http://127.0.0.1:PORT`. It serves the Runtime API there, and it is the only AWS that
    /// the functions can reach.
    pub endpoint: String,
    /// The endpoint of another `DynamoDB`, if they are to use that one.
    pub dynamodb_endpoint: Option<String>,
    /// Their settings.
    pub settings: Settings,
    /// A time limit in place of the functions' [own](Function::time_limit).
    pub time_limit: Option<Duration>,
    /// Whether their output is printed to stderr.
    pub verbose: bool,
}

/// The functions. Cheap to clone; the processes end with the last clone.
#[derive(Clone, Debug)]
pub struct Lambda(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    log: Log,
    triggers: Triggers,
    fleets: [Fleet; Function::ALL.len()],
    /// The desks of the running processes, by the processes' ids.
    desks: Mutex<HashMap<u64, Arc<Desk>>>,
    last_id: AtomicU64,
}

/// The processes of one function.
#[derive(Debug)]
struct Fleet {
    credentials: Credentials,
    slots: Semaphore,
    idle: Mutex<Vec<Sandbox>>,
    /// Whether it was logged that the function doesn't start, so that it is logged once.
    is_known_dead: Mutex<bool>,
}

impl Lambda {
    /// A Lambda without processes yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let log = Log::new(config.verbose);
        let fleets = Function::ALL.map(|_| Fleet {
            credentials: Credentials::random(),
            slots: Semaphore::new(MAX_SANDBOXES),
            idle: Mutex::default(),
            is_known_dead: Mutex::default(),
        });
        let triggers = Triggers::default();
        Self(Arc::new(Inner { config, log, triggers, fleets, desks: Mutex::default(), last_id: AtomicU64::new(0) }))
    }

    /// Starts one process of each function and waits for it, so that a function that can't start is found at once. The
    /// router must be served by then.
    pub async fn start(&self) -> Result<()> {
        for function in self.functions() {
            let mut sandbox = self.sandbox(function)?;
            let started = sandbox.ready(START_LIMIT).await;
            let output = sandbox.output().await;
            if let Err(reason) = started {
                self.discard(sandbox);
                bail!("{function} doesn't start: {}", last_words(&output).unwrap_or(&reason));
            }
            // A function writes nothing at its start unless a setting is wrong.
            for line in output.lines() {
                if let Some(fault) = fault_of_settings(line) {
                    eprintln!("{function}: {fault}; sign-ins will end with SIGN_IN_UNAVAILABLE");
                } else if !self.0.config.verbose {
                    eprintln!("{function}: {line}");
                }
            }
            lock(&self.fleet(function).idle).push(sandbox);
        }
        Ok(())
    }

    /// The Runtime API for the functions' processes, and what others may ask.
    pub fn router(&self) -> Router {
        runtime_api::router().merge(Self::routes().into_router()).with_state(self.clone())
    }

    pub(crate) fn routes() -> Routes<Self> {
        let local = Routes::new()
            .get("/local/log", "the functions' log lines", async |State(lambda): State<Self>| {
                Json(lambda.0.log.lines())
            })
            .get(
                "/local/triggers",
                "server-sent events: the last 50 invocations, then each as it ends, with event and answer, or \
                 with the error and its line in the log. Codes, answers to challenges, phone numbers and e-mail addresses are made unreadable before they are kept",
                triggers::watch,
            )
            .with(|router| router.layer(cors()));
        invoke_api::routes().merge(configuration::routes()).merge(local)
    }

    /// The functions that are deployed: `speak-code` only if it gives the code, `gate-tokens` only if there is a gate, and
    /// `send-code` only if it speaks Cognito's codes.
    fn functions(&self) -> impl Iterator<Item = Function> {
        let settings = &self.0.config.settings;
        Function::ALL.into_iter().filter(|function| match function {
            Function::GateTokens => settings.has_token_gate(),
            Function::SendCode => settings.has_cognito_codes(),
            Function::SpeakCode => !settings.has_code_in_attributes(),
            Function::CreateChallenge | Function::DefineChallenge | Function::VerifyChallenge => true,
        })
    }

    /// The deployed function that Invoke's `FunctionName` names.
    fn find(&self, name: &str) -> Option<Function> {
        let function = Function::from_invoke_name(name)?;
        self.functions().find(|deployed| *deployed == function)
    }

    /// The credentials that sign a function's requests to other services.
    #[must_use]
    pub fn credentials(&self, function: Function) -> &Credentials {
        &self.fleet(function).credentials
    }

    /// Invokes a function with an event. If the caller goes away, the function handles the event nevertheless, as on
    /// Lambda.
    pub async fn invoke(&self, function: Function, event: Vec<u8>) -> Outcome {
        self.invoke_as(&request_id(), function, event).await.outcome
    }

    async fn invoke_as(&self, request_id: &str, function: Function, event: Vec<u8>) -> Invoked {
        let (this, id) = (self.clone(), request_id.to_owned());
        let run = tokio::spawn(async move {
            let trigger = Trigger::begin(function, &event);
            let invoked = this.run(id, function, event).await;
            this.0.triggers.add(trigger.end(&invoked));
            invoked
        });
        run.await.unwrap_or_else(|error| Invoked {
            outcome: Outcome::Crashed { error_message: format!("RequestId: {request_id} Error: {error}") },
            tail: String::new(),
        })
    }

    async fn run(&self, request_id: String, function: Function, event: Vec<u8>) -> Invoked {
        let fleet = self.fleet(function);
        let _slot = fleet.slots.acquire().await;
        let limit = self.0.config.time_limit.unwrap_or(function.time_limit());
        let (deadline, until) = (SystemTime::now() + limit, Instant::now() + limit);
        let log_start = self.0.log.count();
        let invocation = Invocation { request_id, event, deadline };
        let (mut sandbox, outcome) = loop {
            let mut sandbox = match self.idle_sandbox(function).map_or_else(|| self.sandbox(function), Ok) {
                Ok(sandbox) => sandbox,
                Err(error) => {
                    let error_message = format!("RequestId: {} Error: {error:#}", invocation.request_id);
                    return Invoked { outcome: Outcome::Crashed { error_message }, tail: String::new() };
                }
            };
            let outcome = sandbox.handle(invocation.clone(), until, limit).await;
            // A process can end between two events. That shows only when it doesn't take the second one.
            if sandbox.has_started() && !sandbox.took_event() && matches!(outcome, Outcome::Crashed { .. }) {
                self.discard(sandbox);
                continue;
            }
            break (sandbox, outcome);
        };
        self.complain(function, &sandbox, &outcome).await;
        let tail = self.0.log.tail(sandbox.id, log_start, 4096);
        if sandbox.is_usable() {
            lock(&fleet.idle).push(sandbox);
        } else {
            self.discard(sandbox);
        }
        Invoked { outcome, tail }
    }

    /// An idle process. Those that have ended are dropped.
    fn idle_sandbox(&self, function: Function) -> Option<Sandbox> {
        loop {
            let mut sandbox = lock(&self.fleet(function).idle).pop()?;
            if sandbox.is_usable() {
                return Some(sandbox);
            }
            self.discard(sandbox);
        }
    }

    fn sandbox(&self, function: Function) -> Result<Sandbox> {
        let id = self.0.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        // The lock is held during the start, so that the process can't ask for its desk before it exists.
        let mut desks = lock(&self.0.desks);
        let sandbox = Sandbox::start(self, function, id)?;
        desks.insert(id, sandbox.desk.clone());
        Ok(sandbox)
    }

    fn discard(&self, sandbox: Sandbox) {
        lock(&self.0.desks).remove(&sandbox.id);
        drop(sandbox);
    }

    fn desk(&self, sandbox: u64) -> Option<Arc<Desk>> {
        lock(&self.0.desks).get(&sandbox).cloned()
    }

    /// Logs what went wrong with a process. That a function doesn't start is logged once, until it starts.
    async fn complain(&self, function: Function, sandbox: &Sandbox, outcome: &Outcome) {
        let has_started = sandbox.has_started();
        let is_known = std::mem::replace(&mut *lock(&self.fleet(function).is_known_dead), !has_started);
        match outcome {
            _ if !has_started && is_known => {}
            _ if !has_started => {
                let output = sandbox.output().await;
                let reason = last_words(&output).unwrap_or("it ended without any output");
                self.0.log.warn(function, sandbox.id, &format!("doesn't start: {reason}"));
            }
            Outcome::Crashed { error_message } | Outcome::TimedOut { error_message } => {
                self.0.log.warn(function, sandbox.id, error_message);
            }
            Outcome::Answered(_) | Outcome::Failed { .. } => {}
        }
    }

    fn fleet(&self, function: Function) -> &Fleet {
        &self.0.fleets[function as usize]
    }

    fn log(&self) -> &Log {
        &self.0.log
    }

    fn binary(&self, function: Function) -> &Path {
        self.0.config.binaries.path(function)
    }
}

/// A random UUID.
pub(crate) fn request_id() -> String {
    let bits = rand::random::<u128>() & !(0xF << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62;
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

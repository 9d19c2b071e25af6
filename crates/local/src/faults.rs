//! Fault injection: makes the next requests to a service fail.
//!
//! The next `next` API requests meet the fault. Requests with a wrong signature, and requests that their caller may
//! not make, do not count. `error` is the name of an error of AWS, `timeout` (never an answer) or `drop` (the
//! connection is closed without an answer); it comes after a delay of `delayMs`. With `delayMs` alone, the request is
//! carried out after the delay, even if its client has gone by then. With `"afterwards":true` the request is carried
//! out, and only its answer is lost. `service` is `connect` by default, or `dynamodb`, or `kms`, or `sms` for End User
//! Messaging, or `lambda` for what the telephone invokes. With `operation`, such as `UpdateItem`, other operations meet no
//! fault and do not count.

mod effect;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

pub(crate) use self::effect::{Effect, Met};

use self::effect::Ending;
use crate::aws_error::Kind;
use crate::guard::cors;
use crate::refusal::{Refusal, method_not_allowed, parse};
use crate::routes::Routes;

/// The longest delay that can be asked for, in milliseconds.
const MAX_DELAY_MS: u64 = 600_000;
/// The most requests that one injected fault can be for.
const MAX_NEXT: u32 = 1_000_000;

/// A service whose requests can be made to fail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Service {
    #[default]
    Connect,
    DynamoDb,
    Kms,
    /// End User Messaging.
    Sms,
    /// The telephone's invocations, not Cognito's.
    Lambda,
}

/// The faults that can be injected into a service.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    /// The service's errors.
    pub(crate) errors: Vec<&'static Kind>,
    /// The names of the service's operations.
    pub(crate) operations: Vec<&'static str>,
}

/// The injected faults that have not happened yet. A new one replaces the earlier one of the same service. Clones share
/// the same faults.
#[derive(Clone, Debug)]
pub struct FaultInjection {
    injected: Arc<Mutex<InjectedFaults>>,
    catalogues: Arc<BTreeMap<Service, Catalogue>>,
}

type InjectedFaults = BTreeMap<Service, InjectedFault>;

/// The body of `POST /local/faults`, and what `GET /local/faults` shows of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct InjectedFault {
    #[serde(default, skip_serializing)]
    service: Service,
    /// How many requests are still to fail.
    pub(crate) next: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    afterwards: bool,
    /// What `error` means to the service.
    #[serde(skip)]
    ending: Ending,
}

/// The injected faults, as `GET /local/faults` shows them.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Shown {
    #[serde(flatten)]
    pub(crate) connect: InjectedFault,
    pub(crate) dynamodb: InjectedFault,
    pub(crate) kms: InjectedFault,
    pub(crate) sms: InjectedFault,
    pub(crate) lambda: InjectedFault,
}

impl FaultInjection {
    /// No faults yet. A service without a catalogue can't be made to fail. Only `DynamoDB` may be one: the functions can use
    /// another.
    pub(crate) fn new(catalogues: impl IntoIterator<Item = (Service, Catalogue)>) -> Self {
        Self { injected: Arc::default(), catalogues: Arc::new(catalogues.into_iter().collect()) }
    }

    /// The routes under `/local/faults`. Pages of this machine may call them.
    pub fn router(&self) -> Router {
        Self::routes().into_router().with_state(self.clone())
    }

    pub(crate) fn routes() -> Routes<Self> {
        Routes::new()
            .get(
                "/local/faults",
                "the injected faults: Connect's, in `dynamodb` the ledger's, in `kms` and `sms` those of KMS and of End User \
                 Messaging, in `lambda` those of the telephone's invocations. `next` is 0 if there is none",
                show,
            )
            .post(
                "/local/faults",
                concat!(
                    r#"what Connect's API does next: `{"next":1,"error":"LimitExceededException","delayMs":0}`; also "#,
                    r#"`"timeout"` and `"drop"`. With `"service":"dynamodb"` the ledger's; `"operation":"UpdateItem"` "#,
                    r#"means that one only, and with `"afterwards":true` the request is carried out and its answer lost. "#,
                    r#"`"service":"kms"` and `"service":"sms"` are KMS's and End User Messaging's. With `"service":"lambda"` the telephone's invocations of `speak-code`, which Connect repeats: "#,
                    r#"`"TooManyRequestsException"` is a throttle, `"ServiceException"` an error of Lambda's own, `"Unhandled"` one "#,
                    r#"of the function, `"timeout"` a function that Lambda ends at its time limit"#,
                ),
                inject,
            )
            .delete("/local/faults", "removes the injected faults", clear)
            .with(|router| router.method_not_allowed_fallback(method_not_allowed).layer(cors()))
    }

    /// The injected faults; `next` is 0 if there is none.
    pub(crate) fn show(&self) -> Shown {
        let injected = self.lock();
        let shown = |service| injected.get(&service).cloned().unwrap_or_default();
        Shown {
            connect: shown(Service::Connect),
            dynamodb: shown(Service::DynamoDb),
            kms: shown(Service::Kms),
            sms: shown(Service::Sms),
            lambda: shown(Service::Lambda),
        }
    }

    /// Takes the effect on a request that just came in, and counts it.
    pub(crate) fn take(&self, service: Service, operation: &str) -> Effect {
        let mut injected = self.lock();
        let Some(fault) = injected.get_mut(&service) else { return Effect::default() };
        if fault.operation.as_deref().is_some_and(|only| only != operation) {
            return Effect::default();
        }
        let effect = Effect {
            delay: Duration::from_millis(fault.delay_ms.unwrap_or(0)),
            ending: fault.ending,
            afterwards: fault.afterwards,
        };
        fault.next -= 1;
        if fault.next == 0 {
            injected.remove(&service);
        }
        effect
    }

    /// Injects a fault. It replaces an earlier one of the same service.
    pub(crate) fn inject(&self, mut fault: InjectedFault) -> Result<(), String> {
        let catalogue = self.catalogues.get(&fault.service);
        let catalogue = catalogue.ok_or("the functions use another DynamoDB, which can't be made to fail")?;
        fault.ending = fault.check(catalogue)?;
        self.lock().insert(fault.service, fault);
        Ok(())
    }

    /// Removes all faults.
    fn clear(&self) {
        self.lock().clear();
    }

    /// A poisoned lock is safe to use: a panic leaves no fault half changed.
    fn lock(&self) -> MutexGuard<'_, InjectedFaults> {
        self.injected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InjectedFault {
    /// Checks the fault, and finds what `error` means.
    fn check(&self, catalogue: &Catalogue) -> Result<Ending, String> {
        if !(1..=MAX_NEXT).contains(&self.next) {
            return Err(format!("next must be 1 to {MAX_NEXT}"));
        }
        if self.error.is_none() && self.delay_ms.is_none() {
            return Err("one of error and delayMs is needed".to_owned());
        }
        if self.delay_ms.is_some_and(|delay| delay > MAX_DELAY_MS) {
            return Err(format!("delayMs must be at most {MAX_DELAY_MS}"));
        }
        if self.afterwards && self.error.is_none() {
            return Err("afterwards needs an error: without one, a request is carried out anyway".to_owned());
        }
        let Catalogue { errors, operations } = catalogue;
        if self.operation.as_deref().is_some_and(|operation| !operations.contains(&operation)) {
            return Err(format!("operation must be one of {}", operations.join(", ")));
        }
        match self.error.as_deref() {
            None => Ok(Ending::Carried),
            Some("drop") => Ok(Ending::Dropped),
            Some("timeout") => Ok(Ending::Silent),
            Some(name) => {
                let known = errors.iter().find(|kind| kind.name == name).map(|kind| Ending::Refused(kind));
                let names = || errors.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
                known.ok_or_else(|| format!("error must be timeout, drop, or one of {}", names()))
            }
        }
    }
}

async fn show(State(faults): State<FaultInjection>) -> Json<Shown> {
    Json(faults.show())
}

async fn inject(State(faults): State<FaultInjection>, body: Bytes) -> Result<Json<Shown>, Refusal> {
    faults.inject(parse(&body)?).map_err(Refusal::bad_request)?;
    Ok(Json(faults.show()))
}

async fn clear(State(faults): State<FaultInjection>) -> Json<Shown> {
    faults.clear();
    Json(faults.show())
}

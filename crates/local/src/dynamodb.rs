//! `DynamoDB`, as far as the functions and the operator's tools see it: a table as the template defines it, with
//! signatures, permissions and injected faults.
//!
//! An embedded engine carries out the requests. `tests` checks it against AWS's documentation. Differences: everything
//! is in memory, and nothing is throttled. No two requests conflict: one is carried out after the other, where AWS may
//! answer `TransactionConflict`. No row is deleted when its time to live is over; on AWS that may take days too.

mod access;
mod error;
mod operation;
mod remote;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::SystemTime;

use anyhow::{Context, Result};
use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dynoxide::Database;

pub use self::access::Caller;
pub use self::table::{Table, TableError};

pub(crate) use self::remote::{client, create_if_missing};

use self::error::{ACCESS_DENIED, INTERNAL_SERVER_ERROR, REQUEST_TOO_LARGE, UNKNOWN_OPERATION, not_signed, refused};
use crate::aws_error::ApiError;
use crate::faults::{Catalogue, FaultInjection, Service};
use crate::region::REGION;
use crate::routes::Endpoint;
use crate::signature::{self, Scope};

/// The prefix of `X-Amz-Target`.
const TARGET: &str = "DynamoDB_20120810.";
const JSON_1_0: &str = "application/x-amz-json-1.0";
/// The largest request that AWS accepts, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// The stand-in for `DynamoDB`. Clones are the same database.
#[derive(Clone)]
pub struct DynamoDb(Arc<Inner>);

struct Inner {
    database: Database,
    callers: Vec<Caller>,
    faults: FaultInjection,
}

impl DynamoDb {
    /// A database with one empty table, for these callers.
    pub fn new(table: &Table, table_name: &str, callers: Vec<Caller>, faults: FaultInjection) -> Result<Self> {
        let database = Database::memory().context("the embedded DynamoDB doesn't start")?;
        table.create_in(&database, table_name)?;
        Ok(Self(Arc::new(Inner { database, callers, faults })))
    }

    /// Whether a request is meant for `DynamoDB`, of the services that share a path.
    pub(crate) fn is_addressed(headers: &HeaderMap) -> bool {
        headers.get("x-amz-target").is_some_and(|target| target.as_bytes().starts_with(TARGET.as_bytes()))
    }

    /// Answers a request. It checks operation, signature, permission and injected faults, and then carries the request
    /// out.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, MAX_BODY).await else { return refused((&REQUEST_TOO_LARGE).into()) };
        let operation = match self.admit(&parts, &body) {
            Ok(operation) => operation,
            Err(error) => return refused(error),
        };
        let effect = self.0.faults.take(Service::DynamoDb, operation);
        let (database, refused_body) = (self.0.database.clone(), body.clone());
        let carried = async move {
            // The engine blocks the thread while it computes or waits for its lock.
            let run = tokio::task::spawn_blocking(move || operation::run(&database, operation, &body));
            let Ok(answer) = run.await else { return refused((&INTERNAL_SERVER_ERROR).into()) };
            match answer {
                Ok(answer) => respond(StatusCode::OK, answer),
                Err(error) => error::failed(&error),
            }
        };
        effect.meet(carried, |kind| error::injected(kind, &refused_body)).await
    }

    /// The operation that is asked for, if the caller may do it.
    fn admit(&self, parts: &Parts, body: &Bytes) -> Result<&'static str, ApiError> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let content_type = text(header::CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim();
        let target = text("x-amz-target").strip_prefix(TARGET).filter(|_| content_type == JSON_1_0);
        let operation = target.and_then(operation::named).ok_or(&UNKNOWN_OPERATION)?;

        let scope = Scope { region: REGION, service: "dynamodb" };
        let known = self.0.callers.iter().map(Caller::credentials);
        let credentials = signature::verify(scope, known, parts, body, SystemTime::now()).map_err(not_signed)?;
        let caller = self.0.callers.iter().find(|caller| caller.credentials() == credentials);
        let reason = caller.and_then(|caller| caller.lacks(operation, body));
        reason.map_or(Ok(operation), |reason| Err(ACCESS_DENIED.because(reason)))
    }
}

/// The API, which shares its path with Cognito's.
pub(crate) fn endpoint() -> Endpoint {
    let names = operation::names().collect::<Vec<_>>().join(", ");
    let does = format!("DynamoDB, by `X-Amz-Target`: {names}; signed, and each function may do what its role may");
    Endpoint { method: "POST", path: "/", does }
}

/// The faults that can be injected.
pub(crate) fn catalogue() -> Catalogue {
    Catalogue { errors: error::KINDS.to_vec(), operations: operation::names().collect() }
}

/// Whether a table can be called this.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
pub(crate) fn is_table_name(name: &str) -> bool {
    (3..=255).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

fn respond(status: StatusCode, body: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE.as_str(), JSON_1_0.to_owned()), ("x-amzn-requestid", request_id())];
    (status, headers, body).into_response()
}

/// A request id in `DynamoDB`'s form: 52 digits and capital letters.
fn request_id() -> String {
    const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    (0..52).map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())])).collect()
}

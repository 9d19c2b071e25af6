//! The operations that the functions use, and those that people use to look at the table.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::object::Object;

/// Carries out a request and answers in JSON.
type Run = fn(&Database, &[u8]) -> dynoxide::Result<Vec<u8>>;

const OPERATIONS: [(&str, Run); 11] = [
    ("BatchGetItem", |database, body| answer(body, |request| database.batch_get_item(request))),
    ("DeleteItem", |database, body| answer(body, |request| database.delete_item(request))),
    ("DescribeTable", |database, body| answer(body, |request| database.describe_table(request))),
    ("DescribeTimeToLive", |database, body| answer(body, |request| database.describe_time_to_live(request))),
    ("GetItem", |database, body| answer(body, |request| database.get_item(request))),
    ("ListTables", |database, body| answer(body, |request| database.list_tables(request))),
    ("PutItem", |database, body| answer(body, |request| database.put_item(request))),
    ("Query", |database, body| answer(body, |request| database.query(request))),
    ("Scan", |database, body| answer(body, |request| database.scan(request))),
    ("TransactWriteItems", |database, body| answer(body, |request| database.transact_write_items(request))),
    ("UpdateItem", |database, body| answer(body, |request| database.update_item(request))),
];

/// The names of all operations.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().map(|(name, _)| *name)
}

/// The operation of this name.
pub(super) fn named(name: &str) -> Option<&'static str> {
    names().find(|known| *known == name)
}

/// Does an operation of [`names`].
pub(super) fn run(database: &Database, operation: &str, body: &[u8]) -> dynoxide::Result<Vec<u8>> {
    let known = OPERATIONS.iter().find(|(name, _)| *name == operation);
    let (_, run) = known.ok_or_else(|| DynoxideError::InternalServerError(format!("{operation} is not known")))?;
    run(database, body)
}

fn answer<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    run: impl FnOnce(Q) -> dynoxide::Result<A>,
) -> dynoxide::Result<Vec<u8>> {
    let Object(request) = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    serde_json::to_vec(&run(request)?).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// The engine marks requests that it can't read in the text of the error.
fn unreadable(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let (text, _) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
    for mark in ["VALIDATION:", "VALIDATION_REQUEST:", "VALIDATION_AS_READ:"] {
        if let Some(text) = text.strip_prefix(mark) {
            return DynoxideError::ValidationException(text.to_owned());
        }
    }
    let text = text.strip_prefix("SERIALIZATION:").unwrap_or(text);
    if text.contains("missing field") {
        return DynoxideError::ValidationException(text.to_owned());
    }
    DynoxideError::SerializationException(text.to_owned())
}

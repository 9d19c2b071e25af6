//! A page that shows a phone: it is notified of the calls to one number while it watches.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use tokio::sync::watch;

use super::Connect;
use super::call::Call;
use super::local::phone_number;
use crate::refusal::Refusal;

/// The longest name of a page, in bytes.
const MAX_NAME: usize = 64;

/// `?number=+12065550107&page=kitchen`. The page's name is any text that differs from other pages' names.
#[derive(Deserialize)]
pub(super) struct WatchQuery {
    number: String,
    page: Option<String>,
}

/// `GET /local/phone`
pub(super) async fn watch_calls(
    State(connect): State<Connect>,
    query: Result<Query<WatchQuery>, QueryRejection>,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, Refusal> {
    let Query(WatchQuery { number, page }) = query.map_err(|rejection| Refusal::bad_request(rejection.body_text()))?;
    if page.as_ref().is_some_and(|page| page.len() > MAX_NAME) {
        return Err(Refusal::bad_request(format!("page must be a name of at most {MAX_NAME} bytes")));
    }
    let phone = Phone::new(connect, phone_number("number", &number)?, page);
    let events = unfold(phone, async |mut phone| {
        let call = phone.next().await?;
        Some((Event::default().event("call").json_data(call), phone))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// The pages that watch.
#[derive(Default)]
pub(super) struct Phones(Vec<Watcher>);

/// The number whose calls a page watches, and its name, if it gave itself one.
#[derive(Clone, PartialEq)]
struct Watcher {
    number: String,
    page: Option<String>,
}

impl Phones {
    /// Whether any page watches a number.
    pub(super) fn is_watched(&self, number: &str) -> bool {
        self.0.iter().any(|watcher| watcher.number == number)
    }

    /// Whether the page of this name watches the number.
    pub(super) fn has(&self, number: &str, page: &str) -> bool {
        self.0.iter().any(|watcher| watcher.number == number && watcher.page.as_deref() == Some(page))
    }

    fn open(&mut self, watcher: Watcher) {
        self.0.push(watcher);
    }

    fn close(&mut self, watcher: &Watcher) {
        if let Some(index) = self.0.iter().position(|open| open == watcher) {
            self.0.swap_remove(index);
        }
    }
}

/// One page that watches, until it is dropped. It queues no changes: a slow page gets the latest state of each call.
pub(super) struct Phone {
    connect: Connect,
    watcher: Watcher,
    changes: watch::Receiver<()>,
    /// The sequence number of the last change before the page began to watch.
    opened: u64,
    /// The sequence number of the last change that was sent.
    seen: u64,
}

impl Phone {
    /// Begins to watch: from now on, the page takes new calls to the number.
    pub(super) fn new(connect: Connect, number: String, page: Option<String>) -> Self {
        let watcher = Watcher { number, page };
        let changes = connect.changes();
        let mut calls = connect.calls();
        calls.phones.open(watcher.clone());
        let opened = calls.changes();
        drop(calls);
        Self { connect, watcher, changes, opened, seen: 0 }
    }

    /// Waits for the next call that has changed, and returns it. The first ones are the calls that have not ended.
    pub(super) async fn next(&mut self) -> Option<Call> {
        loop {
            self.changes.mark_unchanged();
            let next = self.connect.calls().next_change(&self.watcher.number, self.seen, self.opened);
            if let Some((change, call)) = next {
                self.seen = change;
                return Some(call);
            }
            self.changes.changed().await.ok()?;
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let mut calls = self.connect.calls();
        let Watcher { number, page } = &self.watcher;
        calls.phones.close(&self.watcher);
        if !calls.phones.is_watched(number) {
            calls.hang_up_taken(number);
        } else if let Some(page) = page.as_ref().filter(|page| !calls.phones.has(number, page)) {
            calls.release(number, page);
        }
        drop(calls);
        self.connect.changed();
    }
}

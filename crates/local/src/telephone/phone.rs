//! A phone that somebody has in hand: a page that is told of the calls to one number while it watches.

use std::collections::BTreeMap;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use tokio::sync::watch;

use super::Telephone;
use super::call::Call;
use super::local::phone_number;
use crate::refusal::Refusal;

/// `?number=+12065550107`
#[derive(Deserialize)]
pub(super) struct Line {
    number: String,
}

/// `GET /local/phone`
pub(super) async fn watch_calls(
    State(telephone): State<Telephone>,
    line: Result<Query<Line>, QueryRejection>,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, Refusal> {
    let Query(Line { number }) = line.map_err(|rejection| Refusal::bad_request(rejection.body_text()))?;
    let phone = Phone::new(telephone, phone_number("number", &number)?);
    let events = unfold(phone, async |mut phone| {
        let call = phone.next().await?;
        Some((Event::default().event("call").json_data(call), phone))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// The numbers whose calls somebody watches, and how many do.
#[derive(Default)]
pub(super) struct Phones(BTreeMap<String, usize>);

impl Phones {
    /// Whether anybody watches for calls to a number.
    pub(super) fn is_watched(&self, number: &str) -> bool {
        self.0.contains_key(number)
    }

    fn open(&mut self, number: &str) {
        *self.0.entry(number.to_owned()).or_default() += 1;
    }

    /// Whether this was the last one.
    fn close(&mut self, number: &str) -> bool {
        let Some(count) = self.0.get_mut(number) else { return false };
        *count = count.saturating_sub(1);
        let last = *count == 0;
        if last {
            self.0.remove(number);
        }
        last
    }
}

/// One page that watches, until it is dropped. It holds no calls: a slow page gets the latest state of each.
pub(super) struct Phone {
    telephone: Telephone,
    number: String,
    changes: watch::Receiver<()>,
    /// The number of the last change before it was opened.
    opened: u64,
    /// The number of the last change that it has told of.
    seen: u64,
}

impl Phone {
    /// From now on, new calls to the number are taken.
    pub(super) fn new(telephone: Telephone, number: String) -> Self {
        let changes = telephone.changes();
        let mut calls = telephone.calls();
        calls.phones.open(&number);
        let opened = calls.changes();
        drop(calls);
        Self { telephone, number, changes, opened, seen: 0 }
    }

    /// The next call that has changed; at first, those that have not ended. It waits until there is one.
    pub(super) async fn next(&mut self) -> Option<Call> {
        loop {
            self.changes.mark_unchanged();
            let next = self.telephone.calls().next_change(&self.number, self.seen, self.opened);
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
        let mut calls = self.telephone.calls();
        if calls.phones.close(&self.number) {
            calls.hang_up_taken(&self.number);
        }
        drop(calls);
        self.telephone.changed();
    }
}

//! Failures on demand: what the next API requests meet instead of a good answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::api_error::Kind;

/// The longest delay that can be asked for, in milliseconds.
const MAX_DELAY_MS: u64 = 600_000;
/// The most requests that one order can be for.
const MAX_NEXT: u32 = 1_000_000;

/// The failures that were ordered and have not happened yet. A new order replaces the one before.
#[derive(Default)]
pub(super) struct Faults {
    order: Option<Order>,
}

/// The body of `POST /local/faults`, and what `GET /local/faults` shows of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Order {
    /// How many requests are still to fail.
    pub(super) next: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
}

/// What one request meets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Fault {
    /// Waited before anything else is done.
    pub(super) delay: Duration,
    pub(super) outcome: Outcome,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Outcome {
    /// As if nothing had been ordered.
    #[default]
    Carried,
    /// The connection is closed without an answer.
    Dropped,
    /// An error of the API.
    Refused(&'static Kind),
    /// No answer ever comes.
    Silent,
}

impl Faults {
    /// Orders failures, in place of those ordered before.
    pub(super) fn order(&mut self, order: Order) -> Result<(), String> {
        if !(1..=MAX_NEXT).contains(&order.next) {
            return Err(format!("next must be 1 to {MAX_NEXT}"));
        }
        if order.error.is_none() && order.delay_ms.is_none() {
            return Err("one of error and delayMs is needed".to_owned());
        }
        if order.delay_ms.is_some_and(|delay| delay > MAX_DELAY_MS) {
            return Err(format!("delayMs must be at most {MAX_DELAY_MS}"));
        }
        order.outcome().ok_or_else(|| format!("error must be timeout, drop, or one of {}", Kind::names()))?;
        self.order = Some(order);
        Ok(())
    }

    /// Nothing fails any more.
    pub(super) fn clear(&mut self) {
        self.order = None;
    }

    /// What is ordered; `next` is 0 if nothing is.
    pub(super) fn show(&self) -> Order {
        self.order.clone().unwrap_or_default()
    }

    /// What the request that just came in meets.
    pub(super) fn take(&mut self) -> Fault {
        let Some(order) = &mut self.order else { return Fault::default() };
        let fault = Fault {
            delay: Duration::from_millis(order.delay_ms.unwrap_or(0)),
            // An order is kept only if its outcome is known.
            outcome: order.outcome().unwrap_or_default(),
        };
        order.next -= 1;
        if order.next == 0 {
            self.order = None;
        }
        fault
    }
}

impl Order {
    fn outcome(&self) -> Option<Outcome> {
        match self.error.as_deref() {
            None => Some(Outcome::Carried),
            Some("drop") => Some(Outcome::Dropped),
            Some("timeout") => Some(Outcome::Silent),
            Some(name) => Kind::named(name).map(Outcome::Refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::api_error::THROTTLING;
    use super::*;

    fn order(faults: &mut Faults, order: Value) -> Result<(), String> {
        faults.order(serde_json::from_value(order).map_err(|error| error.to_string())?)
    }

    #[test]
    fn the_next_requests_fail_and_no_more() {
        let mut faults = Faults::default();
        order(&mut faults, json!({ "next": 2, "error": "ThrottlingException", "delayMs": 7 })).unwrap();
        let expected = Fault { delay: Duration::from_millis(7), outcome: Outcome::Refused(&THROTTLING) };
        assert_eq!(faults.take(), expected);
        assert_eq!(faults.show().next, 1);
        assert_eq!(faults.take(), expected);
        assert_eq!(faults.take(), Fault::default());
        assert_eq!(faults.show(), Order::default());
    }

    #[test]
    fn a_new_order_replaces_the_one_before_and_clearing_ends_it() {
        let mut faults = Faults::default();
        order(&mut faults, json!({ "next": 9, "error": "drop" })).unwrap();
        order(&mut faults, json!({ "next": 1, "error": "timeout" })).unwrap();
        assert_eq!(faults.take().outcome, Outcome::Silent);
        assert_eq!(faults.take().outcome, Outcome::Carried);
        order(&mut faults, json!({ "next": 9, "error": "drop" })).unwrap();
        faults.clear();
        assert_eq!(faults.take().outcome, Outcome::Carried);
    }

    #[test]
    fn refuses_what_it_can_not_do() {
        for bad in [
            json!({}),
            json!({ "next": 1 }),
            json!({ "next": 0, "error": "drop" }),
            json!({ "next": -1, "error": "drop" }),
            json!({ "next": 1_000_001, "error": "drop" }),
            json!({ "next": "1", "error": "drop" }),
            json!({ "error": "drop" }),
            json!({ "next": 1, "error": "NoSuchException" }),
            json!({ "next": 1, "error": "" }),
            json!({ "next": 1, "delayMs": 600_001 }),
            json!({ "next": 1, "error": "drop", "delay": 5 }),
        ] {
            let mut faults = Faults::default();
            assert!(order(&mut faults, bad.clone()).is_err(), "{bad}");
            assert_eq!(faults.take(), Fault::default(), "{bad}");
        }
    }
}

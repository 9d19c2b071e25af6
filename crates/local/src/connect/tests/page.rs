//! A page that watches for calls, over HTTP.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use super::bench::Bench;

/// One open stream of events.
pub(super) struct Page {
    response: Response,
    /// What has come and is no whole event yet.
    rest: String,
}

impl Page {
    pub(super) async fn open(bench: &Bench, number: &str) -> Self {
        let url = format!("{}/local/phone?number={}", bench.endpoint, number.replacen('+', "%2B", 1));
        let response = bench.client.get(url).header("origin", "http://localhost:5173").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:5173");
        Self { response, rest: String::new() }
    }

    /// The call that the next event tells of.
    pub(super) async fn next(&mut self) -> Value {
        // The limit only makes a hanging test fail. It covers all comments that come too.
        timeout(Duration::from_mins(1), self.read()).await.expect("something happens")
    }

    async fn read(&mut self) -> Value {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.rest = rest;
                if event.starts_with(':') {
                    continue;
                }
                let data = event.strip_prefix("event: call\ndata: ").expect("an event is a call");
                return serde_json::from_str(data).unwrap();
            }
            let chunk = self.response.chunk().await.unwrap().expect("the stream never ends");
            self.rest.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The first call to come that is as wanted.
    pub(super) async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let call = self.next().await;
            if wanted(&call) {
                return call;
            }
        }
    }
}

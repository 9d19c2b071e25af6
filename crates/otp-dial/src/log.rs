//! The log: one JSON object a line, on standard output.
//!
//! Written by hand instead of `tracing-subscriber`, whose registry of spans is not needed: docs/internals/performance.md has its cost.

use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes the events of this crate only: at finer levels, the runtime and the SDK log whole requests, with codes and
/// numbers.
pub(crate) struct Log<W> {
    level: LevelFilter,
    write: W,
}

/// A line under construction.
struct Line(String);

impl Log<fn(&str)> {
    /// Starts the log for events of this level and above. Call it once in a process.
    pub(crate) fn start(level: LevelFilter) {
        // Fails if there is a log already, which then stays.
        let _ = tracing::subscriber::set_global_default(Self { level, write: print });
    }
}

impl<W: Fn(&str) + 'static> Subscriber for Log<W> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_ours = metadata.target().split("::").next() == Some(env!("CARGO_CRATE_NAME"));
        is_ours && metadata.is_event() && *metadata.level() <= self.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        (self.write)(&Line::of(event, SystemTime::now()).0);
    }

    // There are no spans: `enabled` refuses them.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Line {
    fn of(event: &Event<'_>, now: SystemTime) -> Self {
        let mut line = Self("{".to_owned());
        if let Some(timestamp) = timestamp(now) {
            line.put("timestamp", &timestamp);
        }
        line.put("level", event.metadata().level().as_str());
        event.record(&mut line);
        line.0.push_str("}\n");
        line
    }

    fn put<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        // Texts, numbers and booleans can always be serialised.
        let (Ok(name), Ok(value)) = (serde_json::to_string(name), serde_json::to_string(value)) else { return };
        let comma = if self.0.len() > 1 { "," } else { "" };
        let _ = write!(self.0, "{comma}{name}:{value}");
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field.name(), &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), &value);
    }
}

fn print(line: &str) {
    // If the log can't be written, there is nowhere to report it.
    let _ = io::stdout().lock().write_all(line.as_bytes());
}

/// As in `2026-11-25T17:24:25.120934Z`.
pub(crate) fn timestamp(now: SystemTime) -> Option<String> {
    let since = now.duration_since(UNIX_EPOCH).ok()?;
    let second = DateTime::from_secs(i64::try_from(since.as_secs()).ok()?).fmt(DateTimeFormat::DateTime).ok()?;
    // Always six digits, so that lines sort as text. The SDK omits trailing zeros.
    Some(format!("{}.{:06}Z", second.strip_suffix('Z')?, since.subsec_micros()))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn lines(level: LevelFilter, log: impl FnOnce()) -> Vec<String> {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let write = move |line: &str| kept.lock().unwrap().push(line.to_owned());
        tracing::subscriber::with_default(Log { level, write }, log);
        lines.lock().unwrap().clone()
    }

    #[test]
    fn an_event_is_a_line_of_json() {
        let lines = lines(LevelFilter::INFO, || {
            let (error, nothing) = (fmt::Error, None::<&str>);
            tracing::warn!(name = "a \"b\"\n\u{1}", count = 7_u64, less = -1, whole = true, nothing, %error, list = ?[1], "said");
        });
        let [line] = &lines[..] else { panic!("{lines:?}") };
        assert!(line.ends_with("}\n") && line.matches('\n').count() == 1, "{line}");
        let mut line: Value = serde_json::from_str(line).unwrap();
        assert!(line.as_object_mut().unwrap().remove("timestamp").is_some_and(|timestamp| timestamp.is_string()));
        let expected = json!({
            "level": "WARN", "message": "said", "name": "a \"b\"\n\u{1}",
            "count": 7, "less": -1, "whole": true, "error": fmt::Error.to_string(), "list": "[1]",
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn a_timestamp_has_six_digits_after_the_second() {
        let of = |micros: u64| timestamp(UNIX_EPOCH + Duration::from_micros(1_764_091_465_000_000 + micros)).unwrap();
        assert_eq!(of(0), "2025-11-25T17:24:25.000000Z");
        assert_eq!(of(1), "2025-11-25T17:24:25.000001Z");
        assert_eq!(of(120_000), "2025-11-25T17:24:25.120000Z");
    }

    #[test]
    fn other_crates_lighter_events_and_spans_are_left_out() {
        let lines = lines(LevelFilter::INFO, || {
            tracing::debug!("too light");
            tracing::error!(target: "aws_smithy_runtime", "another's");
            tracing::error!(target: "otp_dial_not", "another's");
            tracing::error_span!("span").in_scope(|| tracing::info!(target: "otp_dial::create", "ours"));
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("ours"), "{lines:?}");
    }
}

//! The result of an invocation in one line of JSON: the log for the operator, CloudWatch's metrics, and the data for
//! an audit.
//!
//! The metrics are in CloudWatch's embedded metric format, which CloudWatch Logs reads out of the line
//! (CloudWatch user guide, "Specification: CloudWatch embedded metric format"): no request, and no library.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use sign_in::code::Subject;
use sign_in::device::DeviceId;
use sign_in::error::{Failure, NotCalled, TriggerError};
use sign_in::handled::Handled;
use sign_in::ledger::UserKey;
use sign_in::metric::Metric;
use sign_in::phone::Masked;

use crate::log::timestamp;

/// The line. It is written at every log level, since alarms and the audit need it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report<'a> {
    pub(crate) level: &'static str,
    pub(crate) message: &'static str,
    pub(crate) outcome: &'a str,
    /// The user, if the event does not name them.
    #[serde(skip)]
    pub(crate) user: Option<Subject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) limit: Option<String>,
    /// Masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination: Option<String>,
    /// The id of a trusted device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<Cow<'a, str>>,
    #[serde(skip)]
    pub(crate) metrics: Vec<Metric>,
}

/// Identifies the invocation.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) trigger: &'static str,
    pub(crate) milliseconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_pool: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<&'static str>,
    #[serde(skip)]
    pub(crate) stack_name: &'a str,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    #[serde(flatten)]
    report: &'a Report<'a>,
    #[serde(flatten)]
    about: About<'a>,
    #[serde(flatten)]
    embedded: Option<Embedded<'a>>,
}

/// Metrics in CloudWatch's format: first their definitions, then their values and dimensions as fields of the line.
struct Embedded<'a> {
    metrics: &'a [Metric],
    stack_name: &'a str,
    now: SystemTime,
}

impl<'a> Report<'a> {
    /// The report of an answer.
    pub(crate) fn answered<R>(answer: &'a Handled<R>) -> Self {
        let Handled {
            outcome, ref user, ref destination, ref device, limit, ref cause, ref advice, ref metrics, ..
        } = *answer;
        let advice = advice.as_deref().map(Cow::from).or_else(|| limit.map(|limit| limit.advice().into()));
        // Nobody has told the user that the code was not sent, and only the operator can have it sent.
        let level = match advice {
            _ if metrics.contains(&Metric::CodesNotSent) => "ERROR",
            Some(_) => "WARN",
            None => "INFO",
        };
        Self {
            level,
            message: "answered",
            outcome,
            user: user.as_ref().and_then(UserKey::subject),
            limit: limit.map(|limit| limit.to_string()),
            destination: destination.as_ref().map(Masked::to_string),
            device: device.as_ref().map(DeviceId::as_str),
            cause: cause.as_deref(),
            advice,
            metrics: metrics.clone(),
        }
    }

    /// The report of an error. An error that only an operator can fix is at level ERROR. One that may pass or that
    /// concerns the user is at WARN.
    pub(crate) fn failed(Failure { error, destination, user }: &'a Failure) -> Self {
        let word = error.word().as_str();
        let limit = if let TriggerError::Limit(refusal, _) = error { Some(refusal.limit.to_string()) } else { None };
        let passes = match error {
            TriggerError::Dial(error) => error.kind.passes(),
            TriggerError::Ledger(error) => error.passes,
            TriggerError::Service(error) => error.passes,
            TriggerError::NotCalled(reason) => !matches!(reason, NotCalled::Malformed | NotCalled::Source),
            error => matches!(error, TriggerError::Limit(..) | TriggerError::Phone(_)),
        };
        Self {
            level: if passes { "WARN" } else { "ERROR" },
            message: "fault",
            outcome: word,
            user: user.as_ref().and_then(UserKey::subject),
            limit,
            destination: destination.as_ref().map(Masked::to_string),
            device: None,
            cause: Some(error.cause()),
            advice: Some(error.advice()),
            metrics: vec![Metric::of(error)],
        }
    }

    /// Writes the line on standard output.
    pub(crate) fn write(&self, about: About<'_>) {
        // An error can't be reported anywhere.
        let _ = io::stdout().lock().write_all(self.line(about, SystemTime::now()).as_bytes());
    }

    fn line(&self, about: About<'_>, now: SystemTime) -> String {
        let Self { metrics, user, .. } = self;
        let about = About {
            user_pool: about.user_pool.or(user.map(|user| user.user_pool)),
            sub: about.sub.or(user.map(|user| user.sub)),
            ..about
        };
        let embedded = Embedded { metrics, stack_name: about.stack_name, now };
        let embedded = (!metrics.is_empty()).then_some(embedded);
        let line = Line { timestamp: timestamp(now), report: self, about, embedded };
        // Texts and numbers can always be serialised.
        let mut line = serde_json::to_string(&line).unwrap_or_default();
        line.push('\n');
        line
    }
}

impl Serialize for Embedded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Aws<'a> {
            /// In milliseconds since the Unix epoch.
            timestamp: u64,
            cloud_watch_metrics: Vec<Directive<'a>>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Directive<'a> {
            namespace: &'static str,
            dimensions: [Vec<&'a str>; 1],
            metrics: [Definition; 1],
        }
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Definition {
            name: &'static str,
            unit: &'static str,
        }

        let directives = self.metrics.iter().map(|metric| {
            let dimension = metric.dimension().map(|(name, _)| name);
            Directive {
                namespace: NAMESPACE,
                dimensions: [std::iter::once(STACK_NAME).chain(dimension).collect()],
                metrics: [Definition { name: metric.name(), unit: metric.unit() }],
            }
        });
        let since = self.now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let timestamp = u64::try_from(since.as_millis()).unwrap_or_default();
        let mut fields = serializer.serialize_map(None)?;
        fields.serialize_entry("_aws", &Aws { timestamp, cloud_watch_metrics: directives.collect() })?;
        fields.serialize_entry(STACK_NAME, self.stack_name)?;
        for metric in self.metrics {
            fields.serialize_entry(metric.name(), &metric.value())?;
            if let Some((name, value)) = metric.dimension() {
                fields.serialize_entry(name, value)?;
            }
        }
        fields.end()
    }
}

/// The namespace of all metrics.
const NAMESPACE: &str = "VoiceOtp";
/// The dimension that all metrics have: it separates deployments. With the function's name as the dimension, a metric
/// that several functions count would be split into one per function.
const STACK_NAME: &str = "StackName";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};
    use sign_in::error::{DialError, DialErrorKind, LedgerError};
    use sign_in::ledger::{Limit, Refusal, Scope, Window};
    use sign_in::mode::Mode;
    use sign_in::phone::{PhoneError, PhoneNumber};

    use super::*;

    const ABOUT: About<'static> = About {
        request_id: "request-1",
        trigger: "create",
        milliseconds: 12,
        user_pool: Some("us-east-1_Example01"),
        sub: Some("3f6a1c52-7b1e-4d35-9a0e-0f5d2b8c4e11"),
        client: None,
        source: None,
        stack_name: "voice-code",
    };
    const BUDGET: Limit = Limit::Calls(Scope::Country, Window::Hour);

    fn line(report: &Report<'_>) -> Value {
        let line = report.line(ABOUT, UNIX_EPOCH + Duration::from_micros(1_764_091_465_120_934));
        assert!(line.ends_with("}\n") && line.matches('\n').count() == 1, "{line}");
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn an_answer_is_a_line_and_its_metrics_are_in_it() {
        let metrics = vec![Metric::CallsPlaced, Metric::CallLatency(212)];
        let directive = |name: &str, unit: &str| {
            json!({
                "Namespace": "VoiceOtp",
                "Dimensions": [["StackName"]],
                "Metrics": [{ "Name": name, "Unit": unit }],
            })
        };
        let expected = json!({
            "timestamp": "2025-11-25T17:24:25.120934Z", "level": "INFO", "message": "answered",
            "requestId": "request-1", "trigger": "create", "milliseconds": 12, "outcome": "called",
            "userPool": "us-east-1_Example01", "sub": "3f6a1c52-7b1e-4d35-9a0e-0f5d2b8c4e11",
            "_aws": {
                "Timestamp": 1_764_091_465_120_u64,
                "CloudWatchMetrics": [directive("CallsPlaced", "Count"), directive("CallLatency", "Milliseconds")],
            },
            "StackName": "voice-code", "CallsPlaced": 1, "CallLatency": 212,
        });
        assert_eq!(line(&Report::answered(&Handled { metrics, ..Handled::of((), "called") })), expected);
    }

    #[test]
    fn without_metrics_there_is_nothing_for_cloudwatch() {
        let line = line(&Report::answered(&Handled::of((), "same-code")));
        assert_eq!(line["outcome"], "same-code");
        assert!(line.get("_aws").is_none() && line.get("StackName").is_none(), "{line}");
    }

    #[test]
    fn a_refused_call_is_an_answer_with_the_limit_and_what_to_do() {
        let line = line(&Report::answered(&Handled { limit: Some(BUDGET), ..Handled::of((), "call-refused") }));
        assert_eq!((&line["level"], &line["limit"]), (&"WARN".into(), &"country-hour".into()));
        assert_eq!(line["advice"], BUDGET.advice());
    }

    #[test]
    fn a_ledger_that_only_the_operator_can_mend_is_told_from_one_that_is_busy() {
        let error = LedgerError { passes: false, cause: "AccessDeniedException".to_owned(), advice: "allow".into() };
        let line = line(&Report::failed(&TriggerError::Ledger(error).into()));
        assert_eq!((&line["outcome"], &line["Kind"]), (&"SIGN_IN_BUSY".into(), &"LEDGER_MISCONFIGURED".into()));
    }

    #[test]
    fn each_error_is_counted_by_a_word() {
        let call = |kind| {
            TriggerError::Dial(DialError { kind, cause: "Cause".to_owned(), advice: "do".into(), may_ring: false })
        };
        let ledger = LedgerError { passes: true, cause: "Cause".to_owned(), advice: "do".into() };
        for (error, level, metric, word) in [
            (call(DialErrorKind::Busy), "WARN", "Failures", "CALL_BUSY"),
            (call(DialErrorKind::Misconfigured), "ERROR", "Failures", "CALL_MISCONFIGURED"),
            (TriggerError::Ledger(ledger), "WARN", "Failures", "SIGN_IN_BUSY"),
            (TriggerError::Settings, "ERROR", "Failures", "SIGN_IN_UNAVAILABLE"),
            (
                TriggerError::Limit(Refusal { limit: BUDGET, retry_after: Some(7) }, Mode::PasswordThenCall),
                "WARN",
                "CallsRefused",
                "country-hour",
            ),
            (TriggerError::Phone(PhoneError::Missing), "WARN", "CallsRefused", "PHONE_MISSING"),
            (TriggerError::NotCalled(NotCalled::NoPass), "WARN", "TokensWithoutCall", "no-pass"),
        ] {
            let destination = Some(PhoneNumber::parse("+12065550107").unwrap().masked());
            let failure = Failure { error, destination, user: None };
            let (line, error) = (line(&Report::failed(&failure)), &failure.error);
            assert_eq!(line["destination"], "+1********07");
            let dimension = if metric == "Failures" { "Kind" } else { "Reason" };
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!((&line["level"], &line[metric], &line[dimension]), (&level.into(), &1.into(), &word.into()));
            assert_eq!(directive["Dimensions"], json!([["StackName", dimension]]));
            assert_eq!(directive["Metrics"], json!([{ "Name": metric, "Unit": "Count" }]));
            assert_eq!((&line["outcome"], &line["message"]), (&error.word().as_str().into(), &"fault".into()));
            assert_eq!((&line["cause"], &line["advice"]), (&error.cause().into(), &error.advice().into()));
        }
    }
}

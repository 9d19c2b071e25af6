//! What CloudWatch Logs sends: JSON, compressed by gzip, in Base64, in JSON.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use crate::error::ForwardError;

/// The most bytes that a decompressed batch may have. An asynchronous Lambda event has 1 MB at most, so at most 0.75
/// MB of gzip in Base64 (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>). Gzip reduces the functions'
/// lines to about a seventh, so that is about 5 MB of lines, and three times as much is accepted. There must be a
/// limit: gzip can expand to a thousand times its size, and the function has 128 MB.
const MAX_BYTES: u64 = 16 << 20;

/// Lines of one log stream.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Batch {
    message_type: String,
    log_group: String,
    log_events: Vec<LogEvent>,
}

#[derive(Deserialize)]
struct LogEvent {
    message: String,
}

impl Batch {
    pub(crate) fn of(event: &Value) -> Result<Self, ForwardError> {
        Self::within(MAX_BYTES, event)
    }

    fn within(max_bytes: u64, event: &Value) -> Result<Self, ForwardError> {
        let data = event["awslogs"]["data"].as_str().ok_or(ForwardError::EventMalformed)?;
        let compressed = STANDARD.decode(data).map_err(|_| ForwardError::DataNotBase64)?;
        let mut json = GzDecoder::new(&*compressed).take(max_bytes + 1);
        let batch = serde_json::from_reader(&mut json);
        if json.limit() == 0 {
            return Err(ForwardError::BatchTooLarge);
        }
        batch.map_err(|error| if error.is_io() { ForwardError::DataNotGzip } else { ForwardError::BatchMalformed })
    }

    /// The lines of the batch. A control message has none: CloudWatch Logs sends it only to check the function.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &str> {
        let is_data = self.message_type == "DATA_MESSAGE";
        self.log_events.iter().filter(move |_| is_data).map(|event| event.message.as_str())
    }

    pub(crate) fn log_group(&self) -> &str {
        &self.log_group
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::json;

    use super::*;

    /// An event as CloudWatch Logs sends it.
    pub(crate) fn event(kind: &str, group: &str, messages: &[String]) -> Value {
        let events: Vec<Value> =
            messages.iter().map(|message| json!({ "id": "0", "timestamp": 0, "message": message })).collect();
        let batch = json!({
            "messageType": kind, "owner": "123456789012", "logGroup": group, "logStream": "2026/11/25/[$LATEST]0",
            "subscriptionFilters": ["audit"], "logEvents": events,
        });
        with_data(&gzip(batch.to_string().as_bytes()))
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn with_data(data: &[u8]) -> Value {
        json!({ "awslogs": { "data": STANDARD.encode(data) } })
    }

    fn error(event: &Value) -> ForwardError {
        Batch::of(event).err().unwrap()
    }

    #[test]
    fn an_event_of_another_kind_is_an_error() {
        for event in [json!({}), json!(null), json!([]), json!({ "awslogs": "x" }), json!({ "awslogs": { "data": 1 } })]
        {
            assert_eq!(error(&event), ForwardError::EventMalformed, "{event}");
        }
        assert_eq!(error(&json!({ "awslogs": { "data": "%" } })), ForwardError::DataNotBase64);
        assert_eq!(error(&with_data(b"{}")), ForwardError::DataNotGzip);
        assert_eq!(error(&with_data(b"")), ForwardError::DataNotGzip);
        for batch in ["", "{}", "[]", r#"{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[{}]}"#] {
            assert_eq!(error(&with_data(&gzip(batch.as_bytes()))), ForwardError::BatchMalformed, "{batch}");
        }
    }

    #[test]
    fn a_batch_that_was_cut_or_changed_is_an_error() {
        let whole = gzip(r#"{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[]}"#.as_bytes());
        assert!(Batch::of(&with_data(&whole)).is_ok());
        for end in 0..whole.len() {
            assert_eq!(error(&with_data(&whole[..end])), ForwardError::DataNotGzip, "{end}");
        }
        // Gzip's checksum.
        let mut changed = whole.clone();
        let checksum = whole.len() - 8;
        changed[checksum] ^= 1;
        assert_eq!(error(&with_data(&changed)), ForwardError::DataNotGzip);
    }

    #[test]
    fn a_batch_may_be_as_large_as_it_may_be_and_not_larger() {
        let batch = r#"{"messageType":"DATA_MESSAGE","logGroup":"g","logEvents":[]}"#;
        let event = with_data(&gzip(batch.as_bytes()));
        let bytes = u64::try_from(batch.len()).unwrap();
        assert!(Batch::within(bytes, &event).is_ok());
        for less in [bytes - 1, bytes / 2, 0] {
            assert_eq!(Batch::within(less, &event).err(), Some(ForwardError::BatchTooLarge), "{less}");
        }
    }
}

//! Turns an event into lines. Pure, except that it writes to the output it is given.

use std::io::Write;

use serde_json::Value;

use crate::batch::Batch;
use crate::error::ForwardError;
use crate::record::Record;

/// Writes a line for each record of an event of CloudWatch Logs. A record that can't be read does not stop the others.
pub(crate) fn forward(event: &Value, out: &mut impl Write) -> Result<(), ForwardError> {
    let batch = Batch::of(event)?;
    let mut malformed = 0;
    for message in batch.messages() {
        match Record::of(message, batch.log_group()).and_then(|record| record.line()) {
            Some(line) => writeln!(out, "{line}").map_err(|_| ForwardError::LogNotWritten)?,
            None => malformed += 1,
        }
    }
    out.flush().map_err(|_| ForwardError::LogNotWritten)?;
    if malformed == 0 { Ok(()) } else { Err(ForwardError::RecordsMalformed(malformed)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::batch::tests::event;

    const GROUP: &str = "/aws/lambda/voice-code-create-challenge";

    fn record() -> Value {
        json!({
            "timestamp": "2026-11-25T17:24:25.120934Z", "level": "WARN", "message": "fault", "requestId": "1-2-3",
            "trigger": "create", "outcome": "CALL_LIMIT", "limit": "user-hour", "destination": "+1********07",
            "cause": "Limit", "advice": "wait", "milliseconds": 12, "userPool": "us-east-1_Abc123", "sub": "0-1-2",
            "client": "1example23456789", "device": "0-1_2", "_aws": { "Timestamp": 0, "CloudWatchMetrics": [] }, "CallsRefused": 1, "Reason": "user-hour",
        })
    }

    fn forwarded(messages: &[Value]) -> (Vec<Value>, Result<(), ForwardError>) {
        let messages: Vec<String> =
            messages.iter().map(|m| m.as_str().map_or_else(|| m.to_string(), str::to_owned)).collect();
        let mut out = Vec::new();
        let result = forward(&event("DATA_MESSAGE", GROUP, &messages), &mut out);
        let lines = String::from_utf8(out).unwrap();
        (lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), result)
    }

    #[test]
    fn a_record_keeps_what_is_allowed_and_nothing_else() {
        let expected = json!({
            "timestamp": "2026-11-25T17:24:25.120934Z", "requestId": "1-2-3", "trigger": "create",
            "outcome": "CALL_LIMIT", "limit": "user-hour", "destination": "+1********07",
            "userPool": "us-east-1_Abc123", "sub": "0-1-2", "client": "1example23456789", "device": "0-1_2",
            "logGroup": GROUP,
        });
        assert_eq!(forwarded(&[record()]), (vec![expected], Ok(())));
    }

    #[test]
    fn what_is_absent_or_null_stays_absent() {
        let mut sparse = record();
        let fields = sparse.as_object_mut().unwrap();
        fields.remove("limit");
        fields.remove("sub");
        fields.remove("client");
        fields.remove("device");
        fields.remove("userPool");
        fields["destination"] = Value::Null;
        let expected = json!({
            "timestamp": "2026-11-25T17:24:25.120934Z", "requestId": "1-2-3", "trigger": "create",
            "outcome": "CALL_LIMIT", "logGroup": GROUP,
        });
        assert_eq!(forwarded(&[sparse]), (vec![expected], Ok(())));
    }

    #[test]
    fn a_record_says_its_log_group_only_by_where_it_was() {
        let mut forged = record();
        forged["logGroup"] = json!("another");
        assert_eq!(forwarded(&[forged]).0[0]["logGroup"], GROUP);
    }

    #[test]
    fn one_that_cant_be_read_stops_no_other() {
        let mut unfinished = record();
        unfinished.as_object_mut().unwrap().remove("requestId");
        let others = [record(), unfinished, json!("no JSON"), json!("[]"), record()];
        let (lines, result) = forwarded(&others);
        assert_eq!((lines.len(), result), (2, Err(ForwardError::RecordsMalformed(3))));
    }

    #[test]
    fn a_message_that_asks_whether_it_is_there_writes_nothing() {
        let mut out = Vec::new();
        let messages = ["CWL CONTROL MESSAGE: Checking health of destination".to_owned()];
        assert_eq!(forward(&event("CONTROL_MESSAGE", GROUP, &messages), &mut out), Ok(()));
        assert!(out.is_empty());
    }

    #[test]
    fn a_log_that_cant_be_written_is_an_error() {
        let event = event("DATA_MESSAGE", GROUP, &[record().to_string()]);
        assert_eq!(forward(&event, &mut [0_u8; 8].as_mut_slice()), Err(ForwardError::LogNotWritten));
    }
}

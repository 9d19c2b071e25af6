//! What Connect reports about a call. Pure.

use serde_json::Value;

/// The state of a call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum CallState {
    /// Nobody has answered yet.
    Ringing,
    /// Somebody has answered, and the flow runs.
    Talking {
        /// How long it rang, in seconds.
        rang: u64,
    },
    /// It is over.
    Ended {
        /// How long the call lasted after it was answered, in seconds. `None` if nobody answered.
        talked: Option<u64>,
        /// `DisconnectReason`.
        reason: String,
    },
}

impl CallState {
    /// Reads `DescribeContact`'s `Contact`.
    pub(super) fn of(contact: &Value) -> Self {
        let time = |name: &str| unix_seconds(&contact[name]);
        let between =
            |from: Option<f64>, to: Option<f64>| from.zip(to).map_or(0, |(from, to)| as_whole_seconds(to - from));
        let (started, answered, ended) =
            (time("InitiationTimestamp"), time("ConnectedToSystemTimestamp"), time("DisconnectTimestamp"));
        let reason = contact["DisconnectReason"].as_str().unwrap_or("no reason given").to_owned();
        match (answered, ended) {
            (_, Some(_)) => Self::Ended { talked: answered.map(|_| between(answered, ended)), reason },
            (Some(_), None) => Self::Talking { rang: between(started, answered) },
            (None, None) => Self::Ringing,
        }
    }
}

/// Why a call ended, and what to do if it should not have ended that way.
pub(super) fn explained(reason: &str) -> (&'static str, Option<&'static str>) {
    match reason {
        "CONTACT_FLOW_DISCONNECT" => ("the flow hung up, as it does at its end", None),
        "CUSTOMER_DISCONNECT" | "THIRD_PARTY_DISCONNECT" => ("whoever answered hung up", None),
        "TELECOM_BUSY" => ("the line is busy, or the call was declined", None),
        "TELECOM_NUMBER_INVALID" => ("the network knows no such number", Some("correct the number")),
        "TELECOM_POTENTIAL_BLOCKING" => (
            "a network seems to block the call",
            Some("call from a number of the type DID, of the destination's country, that carriers don't take for spam"),
        ),
        "TELECOM_UNANSWERED" => (
            "no route could deliver the call",
            Some("try another number of that country; if none is reached, ask AWS Support"),
        ),
        "TELECOM_TIMEOUT" | "TELECOM_ORIGINATOR_CANCEL" => {
            ("nobody answered while it rang", Some("raise ConnectRingTimeoutSeconds if it rings too short"))
        }
        "TELECOM_PROBLEM" => ("the network of the destination has a problem", Some("try again later")),
        _ => ("see DisconnectReason in \"Contact records data model\" of the Connect guide", None),
    }
}

/// A time in seconds since 1970. On the wire it is a number. A text, as in RFC 3339, is not parsed: 0 stands for an
/// unknown time.
fn unix_seconds(time: &Value) -> Option<f64> {
    time.as_f64().or_else(|| time.is_string().then_some(0.0))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is cut to what fits, and never below 0"
)]
fn as_whole_seconds(seconds: f64) -> u64 {
    seconds.max(0.0).round() as u64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_rings_is_answered_and_ends() {
        let ended = |talked, reason: &str| CallState::Ended { talked, reason: reason.to_owned() };
        for (contact, stage) in [
            (json!({ "InitiationTimestamp": 100.5 }), CallState::Ringing),
            (
                json!({ "InitiationTimestamp": 100.5, "ConnectedToSystemTimestamp": 108.4 }),
                CallState::Talking { rang: 8 },
            ),
            (
                json!({ "InitiationTimestamp": 1, "ConnectedToSystemTimestamp": 8, "DisconnectTimestamp": 38,
                    "DisconnectReason": "CUSTOMER_DISCONNECT" }),
                ended(Some(30), "CUSTOMER_DISCONNECT"),
            ),
            (json!({ "DisconnectTimestamp": 26, "DisconnectReason": "TELECOM_BUSY" }), ended(None, "TELECOM_BUSY")),
            (json!({ "DisconnectTimestamp": "2026-11-22T13:20:00Z" }), ended(None, "no reason given")),
            (json!({ "ConnectedToSystemTimestamp": 9, "InitiationTimestamp": 10 }), CallState::Talking { rang: 0 }),
            (json!(null), CallState::Ringing),
        ] {
            assert_eq!(CallState::of(&contact), stage, "{contact}");
        }
    }

    #[test]
    fn a_reason_that_is_not_known_says_where_it_is_explained() {
        assert!(explained("A_NEW_ONE").0.contains("DisconnectReason"));
        assert!(explained("TELECOM_TIMEOUT").1.unwrap().contains("ConnectRingTimeoutSeconds"));
    }
}

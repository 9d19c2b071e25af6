//! Timestamps.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::ser::Error;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::macros::format_description;

/// A moment. In JSON it is RFC 3339 in UTC with milliseconds, such as `2026-11-22T10:31:23.045Z`: all are of the same
/// length and sort as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub(crate) SystemTime);

impl Timestamp {
    /// The current time.
    #[must_use]
    pub fn now() -> Self {
        Self(SystemTime::now())
    }

    /// The seconds since 1970, as AWS APIs write a time.
    pub(crate) fn as_secs_f64(self) -> f64 {
        self.0.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        let text = OffsetDateTime::from(self.0).format(format).map_err(Error::custom)?;
        serializer.serialize_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_are_written_with_milliseconds_in_utc() {
        let moment = Timestamp(UNIX_EPOCH + Duration::from_millis(1_795_343_483_040));
        assert_eq!(serde_json::to_value(moment).unwrap(), "2026-11-22T10:31:23.040Z");
    }
}

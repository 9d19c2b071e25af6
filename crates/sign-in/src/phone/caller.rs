//! The number that the user's phone shows.

use std::fmt;

/// The number that the user's phone shows.
pub enum Caller {
    /// A number that the instance has claimed, in E.164 form.
    Number(String),
    /// The outbound caller id number of the queue with this id.
    Queue(String),
}

impl Caller {
    /// The setting that it comes from.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        match self {
            Self::Number(_) => "CONNECT_SOURCE_PHONE_NUMBER",
            Self::Queue(_) => "CONNECT_QUEUE_ARN",
        }
    }
}

/// Omits the number.
impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.variable())
    }
}

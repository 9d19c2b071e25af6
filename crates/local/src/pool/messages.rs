//! What would have been sent to users, as `GET /local/messages` shows it.

use serde::Serialize;
use sign_in::sending::Source;

use crate::time::Timestamp;

/// What was sent, oldest first.
#[derive(Default)]
pub(super) struct Messages(Vec<Message>);

#[derive(Serialize)]
pub(super) struct Message {
    at: Timestamp,
    /// An e-mail address or a phone number.
    to: String,
    #[serde(flatten)]
    content: Content,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content {
    Code {
        username: String,
        /// Why it was sent: the end of a custom sender's `triggerSource`.
        source: &'static str,
        code: String,
    },
    /// By a custom sender.
    Text { text: String },
}

impl Messages {
    pub(super) fn add(&mut self, source: Source, to: &str, username: &str, code: &str) {
        let (username, code) = (username.to_owned(), code.to_owned());
        self.push(to, Content::Code { username, source: source.name(), code });
    }

    /// A text message that a custom sender had sent.
    pub(super) fn add_text(&mut self, to: &str, text: &str) {
        self.push(to, Content::Text { text: text.to_owned() });
    }

    pub(super) fn all(&self) -> &[Message] {
        &self.0
    }

    fn push(&mut self, to: &str, content: Content) {
        self.0.push(Message { at: Timestamp::now(), to: to.to_owned(), content });
    }
}

//! The messages in which Cognito encrypts its codes.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sign_in::message::Message;

use super::input::Input;

/// Messages that AWS's own SDK made, with their data keys.
static SAMPLES: LazyLock<Vec<(Vec<u8>, [u8; 32])>> = LazyLock::new(|| {
    let Made { messages } =
        serde_json::from_str(include_str!("../../../crates/sign-in/src/message/messages.json")).expect("JSON");
    let decode = |text: &str| STANDARD.decode(text).expect("base64");
    messages
        .iter()
        .map(|Sample { key, message }| (decode(message), decode(key).try_into().expect("32 bytes")))
        .collect()
});

#[derive(Deserialize)]
struct Made {
    messages: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    key: String,
    message: String,
}

/// A message opens with its own key, and only as its sender wrote it.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let (bytes, key) = &SAMPLES[usize::from(input.byte()) % SAMPLES.len()];
    let changed = input.changed(bytes);
    for read in [data, &changed] {
        let Some(message) = Message::parse(read) else { continue };
        assert!(matches!(message.id().len(), 16 | 32));
        assert_eq!(format!("{message:?}"), "Message { .. }");
        let is_known = SAMPLES.iter().any(|(bytes, of)| bytes == read && of == key);
        assert_eq!(message.open(key).is_some(), is_known, "it opens although it was changed, or does not open");
    }
}

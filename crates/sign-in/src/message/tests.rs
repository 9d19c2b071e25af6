use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// Messages that AWS's own SDK made (messages/make.py).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    key_arn: String,
    user_pool: String,
    messages: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    text: String,
    key: String,
    message: String,
}

impl Sample {
    fn bytes(&self) -> Vec<u8> {
        STANDARD.decode(&self.message).unwrap()
    }

    fn key(&self) -> [u8; 32] {
        STANDARD.decode(&self.key).unwrap().try_into().unwrap()
    }
}

fn made() -> Made {
    serde_json::from_str(include_str!("messages.json")).unwrap()
}

/// The first message of each format.
fn one_of_each() -> [Sample; 2] {
    let messages = made().messages;
    let formats = [1, 2].map(|format| messages.iter().position(|sample| sample.bytes()[0] == format).unwrap());
    let mut messages = messages.into_iter().enumerate().filter(|(index, _)| formats.contains(index));
    [(); 2].map(|()| messages.next().unwrap().1)
}

#[test]
fn the_messages_of_the_sdk_are_opened() {
    let Made { key_arn, user_pool, messages } = made();
    assert_eq!(messages.len(), 24);
    for sample in messages {
        let bytes = sample.bytes();
        let message = Message::parse(&bytes).unwrap();
        assert_eq!((message.key_arn, message.encrypted_key().len()), (key_arn.as_str(), 184));
        assert_eq!(message.context()["userpool-id"], user_pool);
        assert_eq!(message.id().len(), if bytes[0] == 1 { 16 } else { 32 });
        assert_eq!(message.open(&sample.key()), Some(sample.text.into_bytes()));
    }
}

/// Each byte is under a tag, under the signature, or is the signature. Whichever is changed, nothing is read.
#[test]
fn no_byte_can_be_changed() {
    for sample in one_of_each() {
        let (bytes, key) = (sample.bytes(), sample.key());
        for index in 0..bytes.len() {
            for flip in [1, 0x80] {
                let mut changed = bytes.clone();
                changed[index] ^= flip;
                let opened = Message::parse(&changed).and_then(|message| message.open(&key));
                assert_eq!(opened, None, "byte {index}");
            }
        }
    }
}

#[test]
fn a_message_that_is_cut_or_longer_is_refused() {
    for sample in one_of_each() {
        let bytes = sample.bytes();
        for length in 0..bytes.len() {
            assert!(Message::parse(&bytes[..length]).is_none(), "{length} bytes");
        }
        for more in [&[0][..], &bytes] {
            assert!(Message::parse(&[&bytes, more].concat()).is_none());
        }
    }
}

#[test]
fn another_data_key_opens_nothing() {
    let [one, two] = one_of_each();
    for (sample, other) in [(&one, &two), (&two, &one)] {
        let bytes = sample.bytes();
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.open(&other.key()), None);
        assert_eq!(message.open(&[0; 32]), None);
    }
}

/// What is signed with another key has another key in its context, which the header's tag is over.
#[test]
fn a_context_of_another_message_does_not_fit() {
    let messages = made().messages;
    let (one, other) = (messages[0].bytes(), messages[1].bytes());
    // Format 1: two bytes, the suite, the id, and the context's length and pairs.
    let context = 22..22 + usize::from(u16::from_be_bytes([one[20], one[21]]));
    let mixed = [&one[..context.start], &other[context.clone()], &one[context.end..]].concat();
    assert_ne!(mixed, one);
    assert_eq!(Message::parse(&mixed).unwrap().open(&messages[0].key()), None);
}

#[test]
fn other_suites_and_forms_are_not_read() {
    for sample in one_of_each() {
        let bytes = sample.bytes();
        let suite = if bytes[0] == 1 { 2 } else { 1 };
        // Without a signature, without a derived key, and with a smaller key.
        for other in [[0x01, 0x78], [0x00, 0x78], [0x01, 0x14], [0x03, 0x46], [0x04, 0x78]] {
            let mut changed = bytes.clone();
            changed[suite..suite + 2].copy_from_slice(&other);
            assert!(Message::parse(&changed).is_none());
        }
    }
    assert!(Message::parse(&[1; MAX_BYTES + 1]).is_none());
}

#[test]
fn nothing_of_a_message_is_shown() {
    let [sample, _] = one_of_each();
    assert_eq!(format!("{:?}", Message::parse(&sample.bytes()).unwrap()), "Message { .. }");
}

proptest! {
    #[test]
    fn invariant_8_no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..900), key: [u8; 32]) {
        if let Some(message) = Message::parse(&bytes) {
            prop_assert_eq!(message.open(&key), None);
        }
    }

    /// Bytes that begin as a message does reach further.
    #[test]
    fn invariant_8_no_change_panics(
        index in 0..24_usize, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let sample = &made().messages[index];
        let (mut bytes, original) = (sample.bytes(), sample.bytes());
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let opened = Message::parse(&bytes).and_then(|message| message.open(&sample.key()));
        prop_assert_eq!(opened.is_some(), bytes == original);
    }
}

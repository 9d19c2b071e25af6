//! The handle: what a call carries in place of the code.
//!
//! It names the challenge whose code the call may say. It is sealed with AES-256-GCM under a key of its own, which
//! HKDF derives from `OTP_KEY`. So a reader of the contact's record learns nothing from it. Only the functions that place
//! calls can make one. For a code of Cognito's own, it holds Cognito's message, which is still encrypted.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Language, spoken};
use crate::code::{Challenge, Code, Digits, Key, leading_u64};
use crate::ledger::UserKey;

/// 96 random bits. No two handles may be sealed with the same ones.
pub type Nonce = [u8; 12];

/// What the key is derived for.
const PURPOSE: &str = "handle of a call, version 1";

/// A call of a sign-in.
const SIGN_IN: u8 = 1;
/// A call with a code of Cognito's own.
const MESSAGE: u8 = 2;

/// The call that may say a code.
#[derive(Clone, PartialEq)]
pub struct Handle {
    /// The row of the user who is called.
    pub user: UserKey,
    /// The challenge.
    pub challenge: Challenge,
    /// The number of the call among those of its challenge.
    pub call: u32,
    /// The number that is called, by its hash.
    pub number: u64,
    /// The language of the call.
    pub language: &'static Language,
    /// Cognito's encrypted message with the code. `None`: the code is derived from the challenge.
    pub message: Option<Vec<u8>>,
}

impl Handle {
    /// The handle as a contact attribute: base64url without padding.
    #[must_use]
    pub fn seal(&self, key: &Key, nonce: Nonce) -> String {
        URL_SAFE_NO_PAD.encode(key.seal(PURPOSE, nonce, &self.bytes()))
    }

    /// Random numbers that are the same each time for this handle, and others for every other one: for the nonce, and for the
    /// digit of the gate. So a request to place its call is the same however often it is made.
    #[must_use]
    pub fn randoms(&self, key: &Key) -> (Nonce, u64) {
        let bytes = self.bytes();
        let mut nonce = Nonce::default();
        let length = nonce.len();
        nonce.copy_from_slice(&key.mac("nonce of a handle, version 1", &[&bytes])[..length]);
        (nonce, leading_u64(key.mac("digit of a handle, version 1", &[&bytes])))
    }

    /// Opens a contact attribute. `None` if it is not one that this key has sealed.
    #[must_use]
    pub fn open(key: &Key, attribute: &str) -> Option<Self> {
        Self::of_bytes(&key.open(PURPOSE, URL_SAFE_NO_PAD.decode(attribute).ok()?)?)
    }

    /// The derived code as the call says it. `None` for a row that is no user's, which has no such code.
    #[must_use]
    pub fn code(&self, key: &Key) -> Option<String> {
        Some(spoken(&Code::derive(key, self.user.user()?, &self.challenge), self.language))
    }

    fn bytes(&self) -> Vec<u8> {
        let Challenge { id, issued_at, expires_at, digits } = self.challenge;
        let language = self.language.tag().as_bytes();
        let mut bytes = vec![if self.message.is_some() { MESSAGE } else { SIGN_IN }];
        bytes.extend(id.to_be_bytes());
        bytes.extend(issued_at.to_be_bytes());
        bytes.extend(expires_at.to_be_bytes());
        bytes.push(digits.get());
        bytes.extend(self.call.to_be_bytes());
        bytes.extend(self.number.to_be_bytes());
        // A tag has some characters.
        bytes.push(u8::try_from(language.len()).unwrap_or_default());
        bytes.extend(language);
        let row = self.user.as_str().as_bytes();
        if let Some(message) = &self.message {
            // A row's key has some hundred characters at most.
            bytes.extend(u16::try_from(row.len()).unwrap_or_default().to_be_bytes());
            bytes.extend(row);
            bytes.extend(message);
        } else {
            bytes.extend(row);
        }
        bytes
    }

    fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[kind @ (SIGN_IN | MESSAGE)], rest) = bytes.split_first_chunk()? else { return None };
        let (&id, rest) = rest.split_first_chunk()?;
        let (&issued_at, rest) = rest.split_first_chunk()?;
        let (&expires_at, rest) = rest.split_first_chunk()?;
        let (&[digits], rest) = rest.split_first_chunk()?;
        let (&call, rest) = rest.split_first_chunk()?;
        let (&number, rest) = rest.split_first_chunk()?;
        let (&[length], rest) = rest.split_first_chunk()?;
        let (language, rest) = rest.split_at_checked(length.into())?;
        let (user, message) = if kind == MESSAGE {
            let (&length, rest) = rest.split_first_chunk()?;
            let (user, message) = rest.split_at_checked(u16::from_be_bytes(length).into())?;
            (user, Some(message.to_vec()))
        } else {
            (rest, None)
        };
        let challenge = Challenge {
            id: u128::from_be_bytes(id),
            issued_at: u64::from_be_bytes(issued_at),
            expires_at: u64::from_be_bytes(expires_at),
            digits: Digits::new(digits)?,
        };
        Some(Self {
            user: UserKey::from_text(std::str::from_utf8(user).ok()?),
            challenge,
            call: u32::from_be_bytes(call),
            number: u64::from_be_bytes(number),
            language: Language::tagged(std::str::from_utf8(language).ok()?)?,
            message,
        })
    }
}

/// Shows the row alone.
impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("user", &self.user).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> Key {
        Key::new(&[byte; 32]).unwrap()
    }

    fn handle() -> Handle {
        Handle {
            user: UserKey::of("us-east-1_Example01", "3f6a1c52-7b1e-4d35-9a0e-0f5d2b8c4e11"),
            challenge: Challenge::issue(42, 1_000, 300, Digits::SIX),
            call: 2,
            number: 5,
            language: Language::tagged("de-DE").unwrap(),
            message: None,
        }
    }

    /// With a message of Cognito's.
    fn with_message() -> Handle {
        let user = UserKey::from_text("CODE#us-east-1_Example01#3f6a1c52-7b1e-4d35-9a0e-0f5d2b8c4e11#reset");
        Handle { user, message: Some(vec![1, 0x80, 3, 0x78]), ..handle() }
    }

    #[test]
    fn a_handle_opens_with_the_key_that_sealed_it_alone() {
        for handle in [handle(), with_message()] {
            let sealed = handle.seal(&key(7), [1; 12]);
            assert!(Handle::open(&key(7), &sealed) == Some(handle));
            assert!(Handle::open(&key(8), &sealed).is_none());
        }
    }

    #[test]
    fn a_handle_that_was_changed_does_not_open() {
        let sealed = URL_SAFE_NO_PAD.decode(handle().seal(&key(7), [1; 12])).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(Handle::open(&key(7), &URL_SAFE_NO_PAD.encode(changed)).is_none(), "{at}");
            assert!(Handle::open(&key(7), &URL_SAFE_NO_PAD.encode(&sealed[..at])).is_none(), "{at}");
        }
    }

    /// Sealed apart from this code, by Node's crypto (HKDF without salt, AES-256-GCM). Calls are in the air while a new
    /// version is deployed, so it must open what earlier versions have sealed.
    #[test]
    fn a_handle_is_sealed_in_this_form() {
        let sealed = "AQEBAQEBAQEBAQEBqAmwj48j7NmX223SvXEwjflG5mVhOSlygIoU2uSnlEo4XxhPBReZsoKxKQ18HJROZAxIWGOWKTYgs6-TQh3Iq4Lbez\
                      uonS4HC0NEX3MOfeRuxrPrGz7bpWxW3ATHdfR1NirqqchCP5DvV5nYMxWUv7Fj-7KJFLsNfBlT4lV3-YP7";
        assert_eq!(handle().seal(&key(7), [1; 12]), sealed);
    }

    #[test]
    fn the_code_is_that_of_its_challenge_in_its_language() {
        let subject = handle().user;
        let code = Code::derive(&key(7), subject.user().unwrap(), &handle().challenge);
        assert_eq!(handle().code(&key(7)).unwrap(), spoken(&code, handle().language));
        let hindi = Handle { language: Language::tagged("hi-IN").unwrap(), ..handle() };
        assert_eq!(hindi.code(&key(7)).unwrap(), spoken(&code, hindi.language));
        assert!(with_message().code(&key(7)).is_none());
        let nobody = Handle { user: UserKey::from_text("UNKNOWN#us-east-1_Example01#0"), ..handle() };
        assert!(nobody.code(&key(7)).is_none());
    }

    /// With one nonce for two texts, AES-GCM would give both away.
    #[test]
    fn a_handle_has_its_own_nonce_and_the_same_each_time() {
        let of = |handle: &Handle| handle.randoms(&key(7));
        assert_eq!(of(&with_message()), of(&with_message()));
        let later = Challenge::issue(42, 1_001, 300, Digits::SIX);
        for other in [
            Handle { challenge: later, ..with_message() },
            Handle { call: 3, ..with_message() },
            Handle { message: Some(vec![1, 0x80, 3, 0x79]), ..with_message() },
            Handle { language: Language::tagged("en-US").unwrap(), ..with_message() },
        ] {
            assert_ne!(of(&other).0, of(&with_message()).0);
        }
        assert_ne!(with_message().randoms(&key(8)).0, of(&with_message()).0);
    }

    #[test]
    fn debug_shows_the_row_alone() {
        assert!(!format!("{:?}", handle()).contains("42"), "{:?}", handle());
    }

    proptest! {
        #[test]
        fn invariant_8_no_attribute_panics(attribute in ".*", bytes: Vec<u8>) {
            prop_assert!(Handle::open(&key(7), &attribute).is_none());
            prop_assert!(Handle::open(&key(7), &URL_SAFE_NO_PAD.encode(&bytes)).is_none());
            // As if it had been sealed.
            let _ = Handle::of_bytes(&bytes);
        }
    }
}

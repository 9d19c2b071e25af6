//! Handles, which Connect carries from create and send-code to speak-code.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use sign_in::announcement::message_of;
use sign_in::call::{Handle, Language};
use sign_in::code::{Challenge, Digits, Key};
use sign_in::ledger::UserKey;

use super::input::Input;
use super::setting::variable;

const SECRET: [u8; 32] = [7; 32];
const LANGUAGES: [&str; 4] = ["en-US", "de-DE", "hi-IN", "ar-AE"];

/// Nothing opens but what the key has sealed. Whatever was sealed can be read, and is sealed as it was.
pub fn run(data: &[u8]) {
    let (key, other) = (Key::new(&SECRET).expect("32 bytes"), Key::new(&[8; 32]).expect("32 bytes"));
    if let Ok(text) = std::str::from_utf8(data) {
        assert!(Handle::open(&key, text).is_none(), "nobody has sealed it");
    }
    let mut input = Input(data);
    let (nonce, at, with) = (input.array(), usize::from(input.byte()), input.byte());
    let sealed = seal(nonce, input.0);
    let opened = Handle::open(&key, &URL_SAFE_NO_PAD.encode(&sealed));
    assert!(Handle::open(&other, &URL_SAFE_NO_PAD.encode(&sealed)).is_none(), "another key has sealed it");
    let mut changed = sealed.clone();
    changed[at % sealed.len()] ^= with.max(1);
    assert!(Handle::open(&key, &URL_SAFE_NO_PAD.encode(changed)).is_none(), "it was changed");
    if let Some(handle) = opened {
        read(&key, nonce, &handle);
    }
    let made = made(&mut input);
    assert!(Handle::open(&key, &made.seal(&key, nonce)).as_ref() == Some(&made), "another handle");
    read(&key, nonce, &made);
}

/// A handle that no function would make, but for a mistake.
fn made(input: &mut Input<'_>) -> Handle {
    let mut number = || u64::from_be_bytes(input.array());
    let (id, call) = (u128::from(number()), u32::try_from(number() >> 32).unwrap_or_default());
    let challenge = Challenge::issue(id, number(), number(), Digits::SIX);
    let (number, length) = (number(), usize::from(input.byte()));
    let language = Language::tagged(input.one_of(&LANGUAGES)).expect("a language");
    let (row, message) = input.0.split_at(input.0.len().min(length));
    let user = UserKey::from_text(&String::from_utf8_lossy(row));
    Handle { user, challenge, call, number, language, message: (!message.is_empty()).then(|| message.to_vec()) }
}

/// What speak-code does with a handle.
fn read(key: &Key, nonce: [u8; 12], handle: &Handle) {
    assert!(Handle::open(key, &handle.seal(key, nonce)).as_ref() == Some(handle), "another handle");
    assert_eq!(handle.randoms(key), handle.clone().randoms(key));
    let shown = format!("{handle:?}");
    assert!(handle.code(key).is_none_or(|code| !shown.contains(&code)), "Debug has the code");
    let _ = message_of(handle, &variable("OTP_COGNITO_CODES_KEY_ARN").unwrap_or_default());
}

/// Seals any bytes as a handle, apart from the code that is tested.
fn seal(nonce: [u8; 12], bytes: &[u8]) -> Vec<u8> {
    let secret = Salt::new(HKDF_SHA256, &[]).extract(&SECRET);
    let derived = secret.expand(&[b"handle of a call, version 1"], &AES_256_GCM).expect("32 bytes");
    let mut sealed = bytes.to_vec();
    let key = LessSafeKey::new(UnboundKey::from(derived));
    let tag = key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed);
    [&nonce, &*sealed, tag.expect("it is short").as_ref()].concat()
}

#![expect(clippy::disallowed_types, reason = "a test makes keys")]

use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use super::*;

/// A device with its private key.
pub(crate) struct TestDevice(EcdsaKeyPair);

impl TestDevice {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap())
    }

    /// The public key as the device sends it.
    pub(crate) fn spki(&self) -> String {
        URL_SAFE_NO_PAD.encode([&SPKI[..], self.0.public_key().as_ref()].concat())
    }

    pub(crate) fn key(&self) -> PublicKey {
        PublicKey::from_spki(&self.spki()).unwrap()
    }

    pub(crate) fn sign(&self, text: SignedText<'_>) -> String {
        let signature = self.0.sign(&SystemRandom::new(), text.by(&self.key().id()).as_bytes()).unwrap();
        URL_SAFE_NO_PAD.encode(signature)
    }
}

const TEXT: SignedText<'static> =
    SignedText { nonce: 7, user_pool: "us-east-1_Example01", client: "app", user_name: "demo" };

/// Made by Node's Web Cryptography: a key, its id, and its signature of the text.
const SPKI_TEXT: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwZBMEXhZRqED5tLDwQL1Baa5xaFwoVb4KKu30Uw6TswG9RMdzTyHHE-0taRro-B_yZGg6JoRR_8e9oV7bgNLow";
const ID: &str = "P1GKNsCz9TAood-sAJxUdIX4qESeBV0V-oWyc30zg-k";
const SIGNATURE: &str = "iyPMddrEqmtYgDkcxUQy-UqPytATiditmTXcnr9gcJ8uBGo5QvmkrLXwXdk8Tn8AahN126Gn-xbi9io0vwW3aQ";

#[test]
fn the_forms_are_those_of_web_cryptography() {
    let key = PublicKey::from_spki(SPKI_TEXT).unwrap();
    assert_eq!((key.id().as_str(), DeviceId::parse(ID)), (ID, Some(key.id())));
    assert!(key.has_signed(TEXT, SIGNATURE));
    let signed = TEXT.by(&key.id());
    let expected =
        format!("cognito-voice-otp trusted device v1|AAAAAAAAAAAAAAAAAAAABw|us-east-1_Example01|app|demo|{ID}");
    assert_eq!(signed, expected);
}

#[test]
fn a_signature_is_good_for_one_nonce_user_client_pool_and_device() {
    let (device, other) = (TestDevice::new(), TestDevice::new());
    let signature = device.sign(TEXT);
    assert!(device.key().has_signed(TEXT, &signature));
    assert!(!other.key().has_signed(TEXT, &signature));
    for moved in [
        SignedText { nonce: 8, ..TEXT },
        SignedText { user_pool: "us-east-1_Example02", ..TEXT },
        SignedText { client: "another", ..TEXT },
        SignedText { user_name: "Demo", ..TEXT },
    ] {
        assert!(!device.key().has_signed(moved, &signature));
    }
}

#[test]
fn other_texts_are_no_key() {
    let spki = URL_SAFE_NO_PAD.decode(TestDevice::new().spki()).unwrap();
    let mut compressed = spki.clone();
    compressed[26] = 2;
    let mut other_curve = spki.clone();
    other_curve[22] = 8;
    for bytes in [&spki[1..], &spki[..90], &[&spki[..], &[0]].concat(), &compressed, &other_curve, &[]] {
        assert_eq!(PublicKey::from_spki(&URL_SAFE_NO_PAD.encode(bytes)), None);
    }
    assert_eq!(PublicKey::from_spki(&format!("{}==", URL_SAFE_NO_PAD.encode(&spki))), None);
}

#[test]
fn a_point_that_is_not_on_the_curve_signs_nothing() {
    let device = TestDevice::new();
    let mut point = device.key();
    point.0[64] ^= 1;
    assert!(!point.has_signed(TEXT, &device.sign(TEXT)));
}

#[test]
fn nothing_shows_the_key() {
    let key = TestDevice::new().key();
    let device = Device { expires_at: 9, number: 0xabcd, key: key.clone(), seal: 0xef };
    let id = key.id().as_str().to_owned();
    assert_eq!(format!("{device:?}"), format!("Device {{ key: {id}, expires_at: 9, .. }}"));
}

proptest! {
    #[test]
    fn the_text_of_a_device_survives_the_round_trip(point: [u8; 32], number: u64, expires_at: u64, seal: u128) {
        let mut bytes = [4; POINT];
        bytes[1..33].copy_from_slice(&point);
        let device = Device { expires_at, number, key: PublicKey(bytes), seal };
        prop_assert_eq!(device.to_string().parse(), Ok(device.clone()));
        for other in [format!("{device}0"), format!(" {device}"), device.to_string().replacen('.', ".+", 1)] {
            prop_assert_ne!(other.parse(), Ok(device.clone()));
        }
    }

    #[test]
    fn invariant_8_no_text_panics(text in ".*", nonce: u128) {
            let key = TestDevice::new().key();
        let signed = SignedText { nonce, ..TEXT };
        prop_assert!(!key.has_signed(signed, &text));
        let _ = (PublicKey::from_spki(&text), DeviceId::parse(&text), text.parse::<Device>(), text.parse::<DeviceTerms>());
    }
}

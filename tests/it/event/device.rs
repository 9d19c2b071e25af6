//! The trusted device of the sample events.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey};
use sign_in::code::Key;
use sign_in::device::{Device, DeviceTerms};

use super::{events, ledger_row, settings};

/// As the ledger keeps it.
pub(super) const KEPT: &str = "BB4YUy_UdUwC8wQdnHXOszuD_9gax85P6ILMscmLxYlupGwxHE4v9A3ZajZT5uRURdMt_khuztdcepDGoYiBwKM.\
                               04a7e94e6af1e5c1.4107036800.d8390d3f87ccffd0cab8b1ebf94f6ad0";

/// Its private key. A signature is another each time, so after a change of the text this says what the file must have.
const PRIVATE: [u8; 32] = [7; 32];

#[test]
fn the_verify_event_has_the_signature_of_the_device_in_the_ledger_row() {
    let (row, events) = (ledger_row(), events("events"));
    assert_eq!((row.devices(), sealed(row.text("pk"))), (vec![KEPT.to_owned()], KEPT.to_owned()));
    let point = URL_SAFE_NO_PAD.decode(KEPT.split_once('.').unwrap().0).unwrap();
    let event = &events["verify-09-signature-of-the-device"];
    let private = &event["request"]["privateChallengeParameters"];
    assert_eq!(private["device"], KEPT);
    let nonce = private["challenge"].as_str().unwrap().split('.').nth(1).unwrap();
    let text = format!(
        "cognito-voice-otp trusted device v1|{}|{}|{}|{}|{}",
        URL_SAFE_NO_PAD.encode(u128::from_str_radix(nonce, 16).unwrap().to_be_bytes()),
        event["userPoolId"].as_str().unwrap(),
        event["callerContext"]["clientId"].as_str().unwrap(),
        event["userName"].as_str().unwrap(),
        events["create-10-trusted-device"]["request"]["clientMetadata"]["trustedDevice"].as_str().unwrap(),
    );
    let signature = URL_SAFE_NO_PAD.decode(event["request"]["challengeAnswer"].as_str().unwrap()).unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point);
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, &PRIVATE, &point, &random).unwrap();
    let fresh = URL_SAFE_NO_PAD.encode(pair.sign(&random, text.as_bytes()).unwrap());
    assert!(key.verify(text.as_bytes(), &signature).is_ok(), "a signature of {text} is {fresh}");
}

/// The device with the seal that the key of the events gives it.
fn sealed(row: &str) -> String {
    let settings = settings();
    let key = settings.iter().find_map(|setting| setting.strip_prefix("OTP_KEY=")).unwrap();
    let Device { expires_at, number, key: device, .. } = KEPT.parse().unwrap();
    let terms = DeviceTerms { number, expires_at };
    terms.device(device, row, &Key::new(key.as_bytes()).unwrap()).to_string()
}

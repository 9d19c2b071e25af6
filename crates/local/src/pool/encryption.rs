//! How Cognito encrypts a code for a custom sender: a message of the AWS Encryption SDK in format 1, with the suite 0x0378.
//! <https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html>
//!
//! The layout is that of genuine messages of Cognito's: one data key, of KMS, and one frame.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA384, Salt};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use sign_in::message::PUBLIC_KEY;

use crate::kms::{Context, Kms};

const SUITE: [u8; 2] = [0x03, 0x78];
const FRAME_LENGTH: u32 = 4096;
/// Of the coordinates of a point on P-384.
const COORDINATE: usize = 48;

/// Encrypts a text of this pool. An error means that the system has no random bytes to give.
pub(super) fn encrypt(kms: &Kms, user_pool_id: &str, text: &str) -> Result<Vec<u8>, Unspecified> {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, &random)?;
    let signer = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_ASN1_SIGNING, pkcs8.as_ref(), &random);
    let signer = signer.map_err(|_| Unspecified)?;
    let context = Context::from([
        (PUBLIC_KEY.to_owned(), STANDARD.encode(compressed(signer.public_key().as_ref()))),
        ("userpool-id".to_owned(), user_pool_id.to_owned()),
    ]);
    let (data_key, encrypted_key) = kms.generate_data_key(&context);
    let id: [u8; 16] = rand::random();
    let key = derived(&data_key, &id)?;

    // Customer authenticated encrypted data in format 1.
    let mut message = vec![0x01, 0x80];
    message.extend(SUITE);
    message.extend(id);
    message.extend(with_length(&written(&context)));
    message.extend([0, 1]);
    for field in [b"aws-kms", kms.key_arn().as_bytes(), &encrypted_key] {
        message.extend(with_length(field));
    }
    // The contents are in frames. Four bytes are reserved, and the next is the length of a nonce.
    message.extend([2, 0, 0, 0, 0, 12]);
    message.extend(FRAME_LENGTH.to_be_bytes());
    let nonce = [0; NONCE_LEN];
    let tag = sealed(&key, nonce, &message, b"")?;
    message.extend(nonce);
    message.extend(tag);

    // One frame, which is the last. Its number is its nonce.
    let (number, length) = (1_u32, u32::try_from(text.len()).map_err(|_| Unspecified)?);
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - 4..].copy_from_slice(&number.to_be_bytes());
    let label: &[u8] = b"AWSKMSEncryptionClient Final Frame";
    let aad = [&id[..], label, &number.to_be_bytes(), &u64::from(length).to_be_bytes()].concat();
    let frame = sealed(&key, nonce, &aad, text.as_bytes())?;
    message.extend(u32::MAX.to_be_bytes());
    message.extend(number.to_be_bytes());
    message.extend(nonce);
    message.extend(length.to_be_bytes());
    message.extend(frame);

    let signature = signer.sign(&random, &message)?;
    message.extend(with_length(signature.as_ref()));
    Ok(message)
}

/// The key of header and frame.
fn derived(data_key: &[u8; 32], id: &[u8; 16]) -> Result<LessSafeKey, Unspecified> {
    let secret = Salt::new(HKDF_SHA384, &[]).extract(data_key);
    let key: UnboundKey = secret.expand(&[&SUITE, id], &AES_256_GCM)?.into();
    Ok(LessSafeKey::new(key))
}

/// A ciphertext with its tag.
fn sealed(key: &LessSafeKey, nonce: [u8; NONCE_LEN], aad: &[u8], text: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let mut sealed = text.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut sealed)?;
    Ok(sealed)
}

/// The context's pairs, sorted by name, after their number.
fn written(context: &Context) -> Vec<u8> {
    let count = u16::try_from(context.len()).expect("there are two pairs");
    let pairs = context.iter().flat_map(|(name, value)| [name, value]).flat_map(|text| with_length(text.as_bytes()));
    count.to_be_bytes().into_iter().chain(pairs).collect()
}

/// A field after its length.
fn with_length(field: &[u8]) -> Vec<u8> {
    let length = u16::try_from(field.len()).expect("no field has more than a few hundred bytes");
    [&length.to_be_bytes(), field].concat()
}

/// The compressed form of a point `04 X Y`: X after a byte that says whether Y is odd.
fn compressed(point: &[u8]) -> Vec<u8> {
    let is_odd = point.last().is_some_and(|byte| byte % 2 == 1);
    [&[2 + u8::from(is_odd)], &point[1..=COORDINATE]].concat()
}

#[cfg(test)]
mod tests {
    use sign_in::message::Message;

    use super::*;
    use crate::faults::FaultInjection;

    const ARN: &str = "arn:aws:kms:us-east-1:123456789012:key/3d4e5f60-7a8b-4c9d-8e0f-2a3b4c5d6e7f";

    #[test]
    fn a_message_is_as_cognitos_and_opens_with_its_data_key() {
        let kms = Kms::new(ARN, Vec::new(), FaultInjection::new([]));
        // Not the digits of the account in the ARN.
        for text in ["471902", "00000000", "aB3&lt;x9-Q"] {
            let bytes = encrypt(&kms, "us-east-1_PhoneCode", text).unwrap();
            // A genuine one has about 608 bytes. The signature's length varies.
            assert!((590..=620).contains(&bytes.len()), "{}", bytes.len());
            let message = Message::parse(&bytes).unwrap();
            assert!(message.is_of("us-east-1_PhoneCode", ARN) && !message.is_of("us-east-1_Other", ARN));
            assert_eq!((message.encrypted_key().len(), message.id().len()), (184, 16));
            let context: Context =
                message.context().iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            assert_eq!(context.keys().collect::<Vec<_>>(), [PUBLIC_KEY, "userpool-id"]);
            let data_key = kms.decrypt_data_key(message.encrypted_key(), &context).try_into().unwrap();
            assert_eq!(message.open(&data_key), Some(text.as_bytes().to_vec()));
            assert!(!bytes.windows(text.len()).any(|part| part == text.as_bytes()));
        }
    }

    /// Two codes that are the same share no id, no key and no ciphertext.
    #[test]
    fn each_message_is_another() {
        let kms = Kms::new(ARN, Vec::new(), FaultInjection::new([]));
        let [one, other] = [(); 2].map(|()| encrypt(&kms, "us-east-1_PhoneCode", "123456").unwrap());
        let [one, other] = [&one, &other].map(|bytes| Message::parse(bytes).unwrap());
        assert_ne!(one.id(), other.id());
        assert_ne!(one.encrypted_key(), other.encrypted_key());
        assert_ne!(one.context()[PUBLIC_KEY], other.context()[PUBLIC_KEY]);
    }
}

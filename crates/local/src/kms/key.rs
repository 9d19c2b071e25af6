//! A symmetric key, and the ciphertexts that it makes.
//!
//! What KMS's ciphertexts are made of isn't documented. These are as long as KMS's for a data key of 256 bits: 184 bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Context;

/// Which key made the ciphertext: a hash of the key's ARN.
const MARK: usize = 32;
/// Random bytes, so that a ciphertext is as long as one of KMS's.
const FILL: usize = 92;
const HEAD: usize = MARK + FILL;

pub(super) struct Key {
    arn: String,
    key: LessSafeKey,
}

/// Why a ciphertext can't be decrypted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    OfAnotherKey,
    /// It was changed, or the context is another.
    Invalid,
}

impl Key {
    /// The key of an ARN. It is no secret, and always the same: so the messages in `events/` open.
    pub(super) fn new(arn: &str) -> Self {
        let bytes = Sha256::digest(format!("key of the local KMS, version 1: {arn}"));
        let key = UnboundKey::new(&AES_256_GCM, &bytes).expect("a key of AES-256 has 32 bytes");
        Self { arn: arn.to_owned(), key: LessSafeKey::new(key) }
    }

    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    pub(super) fn encrypt(&self, plaintext: &[u8], context: &Context) -> Vec<u8> {
        let head = [&self.mark()[..], &rand::random::<[u8; FILL]>()].concat();
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = plaintext.to_vec();
        let aad = Aad::from(bound(&head, context));
        let result = self.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed);
        result.expect("only texts of gigabytes are too long");
        [&head[..], &nonce, &sealed].concat()
    }

    pub(super) fn decrypt(&self, ciphertext: &[u8], context: &Context) -> Result<Vec<u8>, Failure> {
        let (head, rest) = ciphertext.split_at_checked(HEAD).ok_or(Failure::Invalid)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN).ok_or(Failure::Invalid)?;
        if head[..MARK] != self.mark() {
            return Err(Failure::OfAnotherKey);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Failure::Invalid)?;
        let mut text = sealed.to_vec();
        let opened = self.key.open_in_place(nonce, Aad::from(bound(head, context)), &mut text);
        opened.map(|text| text.to_vec()).map_err(|_| Failure::Invalid)
    }

    fn mark(&self) -> [u8; MARK] {
        Sha256::digest(&self.arn).into()
    }
}

/// What a ciphertext is bound to, beside the key.
fn bound(head: &[u8], context: &Context) -> Vec<u8> {
    json!([STANDARD.encode(head), context]).to_string().into_bytes()
}

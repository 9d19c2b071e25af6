//! The secret that codes are derived from.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use sha2::Sha256;

/// An HMAC-SHA-256 key. With it every code can be computed, so `Debug` does not show it.
#[derive(Clone)]
pub struct Key(Box<[u8]>);

impl Key {
    /// The minimum length in bytes: the length of the hash's output, as RFC 2104 section 3 asks.
    pub const MIN_BYTES: usize = 32;

    /// Takes the bytes as the key, or gives `None` if there are fewer than [`Key::MIN_BYTES`].
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= Self::MIN_BYTES).then(|| Self(bytes.into()))
    }

    /// The MAC of a list of fields for one `purpose`. Each field is preceded by its length, so that no two lists
    /// give the same input.
    pub(crate) fn mac(&self, purpose: &str, fields: &[&[u8]]) -> [u8; 32] {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        for field in std::iter::once(&purpose.as_bytes()).chain(fields) {
            mac.update(&(field.len() as u64).to_be_bytes());
            mac.update(field);
        }
        mac.finalize().into_bytes().into()
    }

    /// Seals bytes for one `purpose` with AES-256-GCM. The nonce comes first. No two texts may be sealed with the same
    /// one (NIST SP 800-38D section 8.2.2).
    pub(crate) fn seal(&self, purpose: &str, nonce: [u8; NONCE_LEN], bytes: &[u8]) -> Vec<u8> {
        let mut sealed = bytes.to_vec();
        let key = self.sealing_key(purpose);
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
            // The limit is 64 GiB.
            .expect("what is sealed is short");
        [&nonce, &*sealed].concat()
    }

    /// Opens what [`seal`](Self::seal) gave. `None` if this key has not sealed it for this `purpose`.
    pub(crate) fn open(&self, purpose: &str, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk_mut()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        Some(self.sealing_key(purpose).open_in_place(nonce, Aad::empty(), sealed).ok()?.to_vec())
    }

    /// A key for AES-256-GCM, derived for one `purpose` by HKDF with SHA-256 (RFC 5869).
    fn sealing_key(&self, purpose: &str) -> LessSafeKey {
        let derived = Salt::new(HKDF_SHA256, &[]).extract(&self.0);
        let purpose = [purpose.as_bytes()];
        // HKDF gives up to 8,160 bytes, and AES-256 takes 32.
        let key = derived.expand(&purpose, &AES_256_GCM).expect("HKDF gives that many bytes");
        LessSafeKey::new(UnboundKey::from(key))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(redacted)")
    }
}

/// The first 16 bytes of a MAC as a number.
pub(crate) fn leading_u128(mac: [u8; 32]) -> u128 {
    let mut leading = [0; 16];
    leading.copy_from_slice(&mac[..16]);
    u128::from_be_bytes(leading)
}

/// The first eight bytes of a MAC as a number.
pub(crate) fn leading_u64(mac: [u8; 32]) -> u64 {
    let mut leading = [0; 8];
    leading.copy_from_slice(&mac[..8]);
    u64::from_be_bytes(leading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_key_is_refused() {
        assert!(Key::new(&[7; 31]).is_none());
        assert!(Key::new(&[7; 32]).is_some());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Key::new(&[b'k'; 32]).unwrap()), "Key(redacted)");
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let key = Key::new(&[7; 32]).unwrap();
        assert_ne!(key.mac("p", &[b"ab", b"c"]), key.mac("p", &[b"a", b"bc"]));
        assert_ne!(key.mac("p", &[b"ab"]), key.mac("pa", &[b"b"]));
        assert_ne!(key.mac("p", &[b"ab"]), key.mac("p", &[b"ab", b""]));
    }

    /// HMAC-SHA-256 computed apart from this code, by `openssl dgst -sha256 -mac HMAC`.
    #[test]
    fn the_mac_is_hmac_sha_256() {
        let key = Key::new(&[0x0b; 32]).unwrap();
        let mac = key.mac("p", &[b"ab"]);
        let (high, low) = mac.split_at(16);
        let hex = |half: &[u8]| u128::from_be_bytes(half.try_into().unwrap());
        assert_eq!(
            format!("{:032x}{:032x}", hex(high), hex(low)),
            "f680c9efc91195d0dc493fb3faadfec5a2f06dac5968b9bb9d844df4f57e3423"
        );
    }
}

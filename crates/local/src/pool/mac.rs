//! HMAC-SHA-256, which the pool needs for SRP, for secret hashes and to make up users.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The MAC over the parts one after the other.
pub(super) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    keyed(key, parts).finalize().into_bytes().into()
}

/// Whether `mac` is the MAC over the parts, in constant time.
pub(super) fn is_hmac(mac: &[u8], key: &[u8], parts: &[&[u8]]) -> bool {
    keyed(key, parts).verify_slice(mac).is_ok()
}

/// The first 16 bytes of the MAC over the parts.
pub(super) fn hmac_128(key: &[u8], parts: &[&[u8]]) -> [u8; 16] {
    *hmac(key, parts).first_chunk().expect("32 bytes begin with 16 bytes")
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac
}

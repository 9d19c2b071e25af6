//! A trusted device: a browser or an app whose user has given a right code, and whose key stands in for further calls.
//!
//! The device makes a key pair. The private key never leaves it. With the right code it sends the public key, which the
//! user's row in the ledger keeps ([`Devices`](crate::ledger::Devices)). In a later sign-in it names the key by its id.
//! Then the round asks for a signature over a fresh nonce instead of a code, and nobody is called. A signature can't be
//! guessed, so an answer that is not a valid one costs nothing: the next round is the call.
//!
//! A device is sealed by `OTP_KEY` when it is enrolled. So the right to write to the table, which a help desk has to clear
//! locks, enrols none. It can only put back a device that was forgotten, until that expires.
//!
//! The keys are of the curve P-256, and the signatures ECDSA with SHA-256: every browser has them (Web Cryptography API,
//! section 23).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::code::{Key, leading_u128};

/// The public key of a device: an uncompressed point of P-256, 65 bytes.
///
/// Whether the point is on the curve shows when a signature is checked. No signature fits one that is not.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; POINT]);

/// The id of a device: the SHA-256 of its public key's SPKI, in base64url without padding, 43 characters. It is no
/// secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DeviceId(String);

/// A device that is trusted. Its text form is what the ledger keeps.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Device {
    /// When the trust ends, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// The number that was called when the device was enrolled, by its hash. With another number the user is called.
    pub number: u64,
    /// Its public key.
    pub key: PublicKey,
    /// A keyed hash of all that, and of the user's row.
    pub seal: u128,
}

/// What a device that is enrolled now gets. From the create trigger, which knows the number and the settings, to the
/// verify trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceTerms {
    /// The number that was called, by its hash.
    pub number: u64,
    /// When the trust will end, in seconds since the Unix epoch.
    pub expires_at: u64,
}

/// A client's wish that its device be trusted. It counts with the right code only.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Enrolment {
    /// The device. `None`: the client has no such wish, or no device can be enrolled.
    pub device: Option<Device>,
    /// On which terms. `None`: no device can be enrolled.
    pub terms: Option<DeviceTerms>,
}

/// What a device signs.
#[derive(Clone, Copy)]
pub struct SignedText<'a> {
    /// The nonce of the round.
    pub nonce: u128,
    /// The user pool's id.
    pub user_pool: &'a str,
    /// The id of the app client that the user signs in on.
    pub client: &'a str,
    /// The user's name in the pool.
    pub user_name: &'a str,
}

/// The text is not a device, or not what one gets.
#[derive(Debug, PartialEq, Eq)]
pub struct NotADevice;

/// The length of an uncompressed point.
const POINT: usize = 65;

/// What precedes the point in a P-256 key's SPKI (RFC 5480): the algorithm `ecPublicKey` and the curve.
const SPKI: [u8; 26] =
    *b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

impl PublicKey {
    /// Reads an SPKI in DER, in base64url without padding. `None` if it is not that of an uncompressed P-256 key.
    #[must_use]
    pub fn from_spki(text: &str) -> Option<Self> {
        // The decoder would allocate for whatever a client sends.
        let text = Some(text).filter(|text| text.len() == 122)?;
        let spki = URL_SAFE_NO_PAD.decode(text).ok()?;
        Self::from_point(spki.strip_prefix(&SPKI)?)
    }

    /// The device's id.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        let hash = Sha256::new().chain_update(SPKI).chain_update(self.0).finalize();
        DeviceId(URL_SAFE_NO_PAD.encode(hash))
    }

    /// Whether this is the device's signature of the text: r and s, 64 bytes, in base64url without padding.
    #[must_use]
    pub fn has_signed(&self, text: SignedText<'_>, signature: &str) -> bool {
        let Some(signature) = Some(signature).filter(|text| text.len() == 86) else { return false };
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.0);
        key.verify(text.by(&self.id()).as_bytes(), &signature).is_ok()
    }

    fn from_point(point: &[u8]) -> Option<Self> {
        let point: [u8; POINT] = point.try_into().ok()?;
        // 4: uncompressed.
        (point[0] == 4).then_some(Self(point))
    }
}

impl SignedText<'_> {
    /// The text that this device signs. Only the name can hold a `|`, so no two texts are the same.
    fn by(self, device: &DeviceId) -> String {
        let Self { nonce, user_pool, client, user_name } = self;
        let (nonce, device) = (nonce_text(nonce), device.as_str());
        format!("cognito-voice-otp trusted device v1|{nonce}|{user_pool}|{client}|{user_name}|{device}")
    }
}

/// A nonce as the client gets it: base64url without padding, 22 characters.
#[must_use]
pub fn nonce_text(nonce: u128) -> String {
    URL_SAFE_NO_PAD.encode(nonce.to_be_bytes())
}

impl DeviceId {
    /// Reads an id. `None` if no device can have it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == 43 && URL_SAFE_NO_PAD.decode(text).is_ok();
        is_id.then(|| Self(text.to_owned()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Device {
    /// Whether it is trusted no more. `now` is in seconds since the Unix epoch.
    #[must_use]
    pub fn expired(&self, now: u64) -> bool {
        now >= self.expires_at
    }

    /// Whether it was enrolled in this row, by a function that has `OTP_KEY`.
    #[must_use]
    pub fn is_sealed(&self, row: &str, otp_key: &Key) -> bool {
        let &Self { expires_at, number, ref key, seal } = self;
        let expected = DeviceTerms { number, expires_at }.seal(key, row, otp_key);
        seal.to_be_bytes().ct_eq(&expected.to_be_bytes()).into()
    }
}

impl DeviceTerms {
    /// A device of this key, enrolled on these terms in the user's row of this key.
    #[must_use]
    pub fn device(self, key: PublicKey, row: &str, otp_key: &Key) -> Device {
        let Self { number, expires_at } = self;
        let seal = self.seal(&key, row, otp_key);
        Device { expires_at, number, key, seal }
    }

    fn seal(self, key: &PublicKey, row: &str, otp_key: &Key) -> u128 {
        let terms = self.to_string();
        leading_u128(otp_key.mac("trusted device, version 1", &[row.as_bytes(), terms.as_bytes(), &key.0]))
    }
}

impl Enrolment {
    /// No wish.
    pub const NONE: Self = Self { device: None, terms: None };
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self { expires_at, number, ref key, seal } = self;
        write!(f, "{}.{}.{seal:032x}", URL_SAFE_NO_PAD.encode(key.0), DeviceTerms { number, expires_at })
    }
}

impl FromStr for Device {
    type Err = NotADevice;

    fn from_str(text: &str) -> Result<Self, NotADevice> {
        let (point, rest) = text.split_once('.').ok_or(NotADevice)?;
        let (terms, seal) = rest.rsplit_once('.').ok_or(NotADevice)?;
        let point = URL_SAFE_NO_PAD.decode(point).map_err(|_| NotADevice)?;
        let key = PublicKey::from_point(&point).ok_or(NotADevice)?;
        let DeviceTerms { number, expires_at } = terms.parse()?;
        let seal = u128::from_str_radix(seal, 16).map_err(|_| NotADevice)?;
        let device = Self { expires_at, number, key, seal };
        // Each has exactly one text: a condition of the ledger compares texts.
        if device.to_string() == text { Ok(device) } else { Err(NotADevice) }
    }
}

impl fmt::Display for DeviceTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, expires_at } = self;
        write!(f, "{number:016x}.{expires_at}")
    }
}

impl FromStr for DeviceTerms {
    type Err = NotADevice;

    fn from_str(text: &str) -> Result<Self, NotADevice> {
        let (number, expires_at) = text.split_once('.').ok_or(NotADevice)?;
        let number = u64::from_str_radix(number, 16).map_err(|_| NotADevice)?;
        Ok(Self { number, expires_at: expires_at.parse().map_err(|_| NotADevice)? })
    }
}

/// Shows the id.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id().fmt(f)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shows the id and the expiry.
impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, expires_at, .. } = self;
        f.debug_struct("Device").field("key", key).field("expires_at", expires_at).finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests;

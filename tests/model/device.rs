//! Devices that can be trusted. In the model, a signature is valid or not: `sign_in::device` tests which ones are.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sign_in::device::{Device, PublicKey};

/// A device's key pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(pub(crate) u8);

/// A device as the ledger knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Trusted {
    pub(crate) key: Key,
    pub(crate) number: u64,
    /// When the trust ends.
    pub(crate) until: u64,
}

/// That a device is sealed, `sign_in::verification` tests.
const SEAL: u128 = 7;

/// What precedes the point in a P-256 key's SPKI.
const SPKI: [u8; 26] =
    *b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

impl Key {
    /// The public key. No point of the curve, since nobody signs here.
    pub(crate) fn public(self) -> PublicKey {
        let spki = [&SPKI[..], &[4], &[self.0; 64]].concat();
        PublicKey::from_spki(&URL_SAFE_NO_PAD.encode(spki)).expect("it has the form of a key")
    }
}

impl Trusted {
    pub(crate) fn of(device: &Device) -> Self {
        let text = device.to_string();
        let point = text.split_once('.').and_then(|(point, _)| URL_SAFE_NO_PAD.decode(point).ok());
        let key = Key(point.expect("its text begins with the point")[1]);
        Self { key, number: device.number, until: device.expires_at }
    }

    pub(crate) fn device(self) -> Device {
        Device { expires_at: self.until, number: self.number, key: self.key.public(), seal: SEAL }
    }
}

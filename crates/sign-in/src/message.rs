//! A message of the AWS Encryption SDK, as Cognito encrypts the codes that it sends.
//!
//! Cognito encrypts with the suite 0x0378 in the message format 1. The suite 0x0578 in format 2 is what the SDK does by
//! default today. Both are AES-256-GCM with a key derived by HKDF, and an ECDSA signature on P-384. Nothing else is
//! accepted, and of each format only what these messages are: one encrypted data key, of KMS, and one frame. So there are few
//! ways for a forged message to be read, and none to choose a weaker suite.
//!
//! [`Message::parse`] reads the header, which anybody can write. What it says is true only once [`Message::open`] has checked
//! it with the data key, which KMS decrypts. The formats are those of the SDK's developer guide ("message format reference",
//! "algorithms reference").

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p384::elliptic_curve::sec1::ToSec1Point;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA384, HKDF_SHA512, KeyType, Salt};
use ring::signature::{ECDSA_P384_SHA384_ASN1, UnparsedPublicKey};

use reader::Reader;

mod reader;

/// A message whose header was read. Nothing in it is authenticated yet. `Debug` shows none of it.
#[derive(Clone)]
pub struct Message<'a> {
    format: Format,
    /// 16 random bytes, or 32 in format 2.
    id: &'a [u8],
    context: BTreeMap<&'a str, &'a str>,
    key_arn: &'a str,
    encrypted_key: &'a [u8],
    /// Format 2: what the data key must lead to.
    commitment: Option<&'a [u8]>,
    /// All bytes that the header's tag is over.
    header: &'a [u8],
    header_nonce: [u8; NONCE],
    header_tag: &'a [u8],
    frame_nonce: [u8; NONCE],
    /// The frame's ciphertext with its tag.
    frame: &'a [u8],
    /// How long the frame's text is.
    length: u32,
    /// All bytes that the signature is over.
    signed: &'a [u8],
    signature: &'a [u8],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// Format 1, suite 0x0378.
    One,
    /// Format 2, suite 0x0578.
    Two,
}

/// The name of the pair in the encryption context that holds the key of the signature.
pub const PUBLIC_KEY: &str = "aws-crypto-public-key";

/// The name of the pair that holds the user pool's id.
const USER_POOL: &str = "userpool-id";

const NONCE: usize = 12;
const TAG: usize = 16;
/// A last frame begins with this.
const LAST_FRAME: u32 = u32::MAX;
/// Contents in frames.
const FRAMED: u8 = 2;
/// Cognito's messages have about 600 bytes.
const MAX_BYTES: usize = 4096;

impl<'a> Message<'a> {
    /// Reads a message. `None` if it is of another form.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() > MAX_BYTES {
            return None;
        }
        let mut reader = Reader::new(bytes);
        let format = match reader.array()? {
            [1] => {
                // Customer authenticated encrypted data.
                let [kind] = reader.array()?;
                (kind == 0x80).then_some(Format::One)?
            }
            [2] => Format::Two,
            _ => return None,
        };
        if reader.array()? != format.suite() {
            return None;
        }
        let id = reader.bytes(format.id_length())?;
        let context = context(reader.with_length()?)?;
        // The number of encrypted data keys.
        if reader.u16()? != 1 || reader.with_length()? != b"aws-kms" {
            return None;
        }
        let key_arn = std::str::from_utf8(reader.with_length()?).ok()?;
        let encrypted_key = reader.with_length()?;
        if reader.array()? != [FRAMED] {
            return None;
        }
        if format == Format::One {
            let ([0, 0, 0, 0], [nonce]) = (reader.array()?, reader.array()?) else { return None };
            (usize::from(nonce) == NONCE).then_some(())?;
        }
        let frame_length = reader.u32()?;
        let commitment = if format == Format::Two { Some(reader.bytes(32)?) } else { None };
        let header = reader.read();
        let header_nonce = if format == Format::One { reader.array()? } else { [0; NONCE] };
        let header_tag = reader.bytes(TAG)?;

        if (reader.u32()?, reader.u32()?) != (LAST_FRAME, 1) {
            return None;
        }
        let frame_nonce = reader.array()?;
        let length = reader.u32()?;
        if length > frame_length {
            return None;
        }
        let frame = reader.bytes(usize::try_from(length).ok()?.checked_add(TAG)?)?;
        let signed = reader.read();
        let signature = reader.with_length()?;
        let message = Self {
            format,
            id,
            context,
            key_arn,
            encrypted_key,
            commitment,
            header,
            header_nonce,
            header_tag,
            frame_nonce,
            frame,
            length,
            signed,
            signature,
        };
        reader.is_empty().then_some(message)
    }

    /// The message's id: random bytes, 16 or 32.
    #[must_use]
    pub fn id(&self) -> &'a [u8] {
        self.id
    }

    /// The encryption context, which KMS needs to decrypt the data key.
    #[must_use]
    pub fn context(&self) -> &BTreeMap<&'a str, &'a str> {
        &self.context
    }

    /// Whether it says that it is of this user pool and was encrypted with this KMS key. Anybody who has a key of their own can
    /// make a message with another code.
    #[must_use]
    pub fn is_of(&self, user_pool: &str, key_arn: &str) -> bool {
        self.key_arn == key_arn && self.context.get(USER_POOL) == Some(&user_pool)
    }

    /// The data key as KMS encrypted it.
    #[must_use]
    pub fn encrypted_key(&self) -> &'a [u8] {
        self.encrypted_key
    }

    /// Decrypts the message with its data key. `None` if any byte of it is not as its sender wrote it, or it is another
    /// key.
    #[must_use]
    pub fn open(&self, data_key: &[u8; 32]) -> Option<Vec<u8>> {
        let key = self.derive(data_key)?;
        let mut tag = self.header_tag.to_vec();
        let nonce = Nonce::assume_unique_for_key(self.header_nonce);
        let empty = key.open_in_place(nonce, Aad::from(self.header), &mut tag).ok()?;
        debug_assert!(empty.is_empty(), "the header has a tag and no text");
        let mut frame = self.frame.to_vec();
        let nonce = Nonce::assume_unique_for_key(self.frame_nonce);
        let length = key.open_in_place(nonce, Aad::from(self.frame_aad()), &mut frame).ok()?.len();
        let signer = UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, signer(self.context.get(PUBLIC_KEY)?)?);
        signer.verify(self.signed, self.signature).ok()?;
        frame.truncate(length);
        Some(frame)
    }

    /// The key of header and frame.
    fn derive(&self, data_key: &[u8; 32]) -> Option<LessSafeKey> {
        let suite = self.format.suite();
        let key: UnboundKey = match self.commitment {
            None => {
                let secret = Salt::new(HKDF_SHA384, &[]).extract(data_key);
                secret.expand(&[&suite, self.id], &AES_256_GCM).ok()?.into()
            }
            Some(commitment) => {
                let secret = Salt::new(HKDF_SHA512, self.id).extract(data_key);
                let mut committed = [0; 32];
                secret.expand(&[b"COMMITKEY"], Commitment).ok()?.fill(&mut committed).ok()?;
                // Neither is a secret.
                (committed == commitment).then_some(())?;
                secret.expand(&[&suite, b"DERIVEKEY"], &AES_256_GCM).ok()?.into()
            }
        };
        Some(LessSafeKey::new(key))
    }

    /// What the frame's tag is over, beside the frame.
    fn frame_aad(&self) -> Vec<u8> {
        let (number, length) = (1_u32, u64::from(self.length));
        let label: &[u8] = b"AWSKMSEncryptionClient Final Frame";
        [self.id, label, &number.to_be_bytes(), &length.to_be_bytes()].concat()
    }
}

impl Format {
    fn suite(self) -> [u8; 2] {
        match self {
            Self::One => [0x03, 0x78],
            Self::Two => [0x05, 0x78],
        }
    }

    fn id_length(self) -> usize {
        match self {
            Self::One => 16,
            Self::Two => 32,
        }
    }
}

/// A commitment has 32 bytes.
struct Commitment;

impl KeyType for Commitment {
    fn len(&self) -> usize {
        32
    }
}

/// Reads an encryption context.
fn context(bytes: &[u8]) -> Option<BTreeMap<&str, &str>> {
    let mut reader = Reader::new(bytes);
    let mut context = BTreeMap::new();
    for _ in 0..reader.u16()? {
        let (name, value) = (reader.with_length()?, reader.with_length()?);
        let known = context.insert(std::str::from_utf8(name).ok()?, std::str::from_utf8(value).ok()?);
        known.is_none().then_some(())?;
    }
    reader.is_empty().then_some(context)
}

/// The uncompressed point of the key that signed, which `ring` takes. The context has the compressed one.
fn signer(compressed: &str) -> Option<Vec<u8>> {
    let point = STANDARD.decode(compressed).ok()?;
    let key = p384::PublicKey::from_sec1_bytes(&point).ok()?;
    Some(key.to_sec1_point(false).as_bytes().to_vec())
}

/// Shows nothing: the context may name more than a pool.
impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

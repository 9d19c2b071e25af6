//! The server's half of SRP-6a as Cognito and its clients compute it: RFC 5054's protocol over the 3072-bit group. It
//! uses SHA-256, Java's signed byte form of big numbers, and a session key from HKDF.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use num_bigint::{BigInt, BigUint};
use sha2::{Digest as _, Sha256};

use crate::pool::mac::{hmac, hmac_128, is_hmac};

/// What a user pool keeps of a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Verifier {
    salt: BigUint,
    v: BigUint,
}

impl Verifier {
    pub(super) fn of_password(pool_name: &str, username: &str, password: &str) -> Self {
        let salt = BigUint::from_bytes_be(&rand::random::<[u8; 16]>());
        let identity = Sha256::digest(format!("{pool_name}{username}:{password}"));
        Self::from_parts(salt, &identity)
    }

    /// The verifier of a user that doesn't exist: the same salt each time the name is asked for (RFC 5054, section
    /// 2.5.1.3), and no password that fits.
    pub(super) fn of_unknown_user(pool_secret: &[u8; 32], username: &str) -> Self {
        let salt = hmac_128(pool_secret, &[b"salt", username.as_bytes()]);
        let identity = hmac(pool_secret, &[b"identity", username.as_bytes()]);
        Self::from_parts(BigUint::from_bytes_be(&salt), &identity)
    }

    fn from_parts(salt: BigUint, identity: &[u8]) -> Self {
        let x = hash(&[&signed_bytes(&salt), identity]);
        Self { salt, v: GROUP.g.modpow(&x, &GROUP.n) }
    }
}

/// `SRP_A`, the client's public number.
#[derive(Clone)]
pub(super) struct ClientPublic(BigUint);

impl ClientPublic {
    /// `None` for what is not hexadecimal or not in 1..N. With a multiple of N, anybody would know the session key. A
    /// client that computes modulo N never sends more than N.
    pub(super) fn parse(hex: &str) -> Option<Self> {
        let digits = hex.trim_start_matches('0');
        if digits.is_empty() || digits.len() > 768 || hex.len() > 1024 {
            return None;
        }
        let a =
            BigUint::parse_bytes(digits.as_bytes(), 16).filter(|_| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        (a < GROUP.n).then_some(Self(a))
    }
}

/// One `PASSWORD_VERIFIER` challenge.
pub(super) struct Exchange {
    client: ClientPublic,
    verifier: Verifier,
    b: BigUint,
    server_public: BigUint,
    secret_block: Vec<u8>,
}

impl Exchange {
    pub(super) fn start(client: ClientPublic, verifier: Verifier) -> Self {
        let b = BigUint::from_bytes_be(&rand::random::<[u8; 32]>());
        let secret_block = [(); 12].map(|()| rand::random::<[u8; 32]>()).concat();
        Self::with_secrets(client, verifier, b, secret_block)
    }

    fn with_secrets(client: ClientPublic, verifier: Verifier, b: BigUint, secret_block: Vec<u8>) -> Self {
        let server_public = (&GROUP.k * &verifier.v + GROUP.g.modpow(&b, &GROUP.n)) % &GROUP.n;
        Self { client, verifier, b, server_public, secret_block }
    }

    /// SALT of the challenge parameters.
    pub(super) fn salt(&self) -> String {
        self.verifier.salt.to_str_radix(16)
    }

    /// `SRP_B` of the challenge parameters.
    pub(super) fn server_public(&self) -> String {
        self.server_public.to_str_radix(16)
    }

    /// `SECRET_BLOCK` of the challenge parameters.
    pub(super) fn secret_block(&self) -> String {
        STANDARD.encode(&self.secret_block)
    }

    /// Whether it is about this password.
    pub(super) fn is_of(&self, verifier: &Verifier) -> bool {
        self.verifier == *verifier
    }

    /// Whether the answer proves the password. `timestamp` is the client's, in canonical form.
    pub(super) fn accepts(&self, pool_name: &str, username: &str, timestamp: &str, claim: &Claim) -> bool {
        if claim.secret_block != self.secret_block {
            return false;
        }
        let key = self.session_key();
        let parts: [&[u8]; 4] = [pool_name.as_bytes(), username.as_bytes(), &self.secret_block, timestamp.as_bytes()];
        is_hmac(&claim.signature, &key, &parts)
    }

    fn session_key(&self) -> [u8; 16] {
        let a = &self.client.0;
        let u = hash(&[&signed_bytes(a), &signed_bytes(&self.server_public)]);
        let s = (a * self.verifier.v.modpow(&u, &GROUP.n)).modpow(&self.b, &GROUP.n);
        let extracted = hmac(&signed_bytes(&u), &[&signed_bytes(&s)]);
        hmac_128(&extracted, &[b"Caldera Derived Key", &[1]])
    }
}

/// `PASSWORD_CLAIM_SECRET_BLOCK` and `PASSWORD_CLAIM_SIGNATURE` of an answer.
pub(super) struct Claim {
    secret_block: Vec<u8>,
    signature: Vec<u8>,
}

impl Claim {
    /// `None` if one of them is not Base64.
    pub(super) fn parse(secret_block: &str, signature: &str) -> Option<Self> {
        Some(Self { secret_block: STANDARD.decode(secret_block).ok()?, signature: STANDARD.decode(signature).ok()? })
    }
}

struct Group {
    n: BigUint,
    g: BigUint,
    k: BigUint,
}

static GROUP: LazyLock<Group> = LazyLock::new(|| {
    // The constant is hexadecimal: a test computes with it.
    let n = BigUint::parse_bytes(N.as_bytes(), 16).expect("N is hexadecimal");
    let g = BigUint::from(2_u8);
    let k = hash(&[&signed_bytes(&n), &signed_bytes(&g)]);
    Group { n, g, k }
});

/// The 3072-bit prime of RFC 3526, section 4, which is that of RFC 5054 too.
pub(super) const N: &str = concat!(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD",
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F",
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B",
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510",
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7",
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C",
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
);

/// Big-endian two's complement with as few bytes as can be, as Java's `BigInteger.toByteArray` gives it: a number whose
/// first bit is set gets a zero byte before it.
fn signed_bytes(number: &BigUint) -> Vec<u8> {
    BigInt::from(number.clone()).to_signed_bytes_be()
}

fn hash(parts: &[&[u8]]) -> BigUint {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    BigUint::from_bytes_be(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signatures that amazon-cognito-identity-js 6.3 made for the pool `PhoneCode`, the user demo and the password
    /// Correct-Horse-7, with the SHA-256 of the seeds as the private numbers a and b. Chosen for their odd lengths: a
    /// salt and hashes whose first bit is set or whose first digits are zero.
    const SIGNATURES: [(&str, &str, &str, &str); 4] = [
        ("a1", "b1", "8f3c00112233445566778899aabbccdd", "uFyFb5NQlXCR27LJuLFsohJRDb3q6q4TUIRY15DWbfQ="),
        ("a3", "b3", "0f3c00112233445566778899aabbccdd", "WTZmoXqBNC7fOrLX3BvgaW8qP5Cxz9SVSVKHKQlf1wQ="),
        ("a12", "b12", "0f3c00112233445566778899aabbccdd", "0BzNAIx4rHtY4YQMw5QSDm/YQH7WS05D9VMQ3tI9Kwo="),
        ("a13", "b13", "0f3c00112233445566778899aabbccdd", "9m019J9M3w4hrbhOitLT6SkthaHCTIaHtggVycNuPfY="),
    ];
    const TIMESTAMP: &str = "Sat Nov 21 09:05:07 UTC 2026";

    fn exchange(a_seed: &str, b_seed: &str, salt: &str) -> Exchange {
        let a = hash(&[a_seed.as_bytes()]);
        let client = ClientPublic::parse(&GROUP.g.modpow(&a, &GROUP.n).to_str_radix(16)).unwrap();
        let identity = Sha256::digest("PhoneCodedemo:Correct-Horse-7");
        let salt = BigUint::parse_bytes(salt.as_bytes(), 16).unwrap();
        let verifier = Verifier::from_parts(salt, &identity);
        Exchange::with_secrets(client, verifier, hash(&[b_seed.as_bytes()]), b"the secret block".to_vec())
    }

    #[test]
    fn signatures_of_another_implementation_are_accepted() {
        for (a, b, salt, signature) in SIGNATURES {
            let exchange = exchange(a, b, salt);
            let claim = Claim::parse(&exchange.secret_block(), signature).unwrap();
            assert!(exchange.accepts("PhoneCode", "demo", TIMESTAMP, &claim), "{a}");
        }
    }

    #[test]
    fn a_signature_is_bound_to_everything_it_signs() {
        let (a, b, salt, signature) = SIGNATURES[0];
        let exchange = exchange(a, b, salt);
        let claim = Claim::parse(&exchange.secret_block(), signature).unwrap();
        assert!(!exchange.accepts("Phone", "Codedemo ", TIMESTAMP, &claim));
        assert!(!exchange.accepts("PhoneCode", "Demo", TIMESTAMP, &claim));
        assert!(!exchange.accepts("PhoneCode", "demo", "Sat Nov 21 09:05:08 UTC 2026", &claim));
        let other_block = Claim::parse(&STANDARD.encode("the secret bloc!"), signature).unwrap();
        assert!(!exchange.accepts("PhoneCode", "demo", TIMESTAMP, &other_block));
        let short = Claim::parse(&exchange.secret_block(), "uFyF").unwrap();
        assert!(!exchange.accepts("PhoneCode", "demo", TIMESTAMP, &short));
    }

    #[test]
    fn client_numbers_that_would_fix_the_key_are_refused() {
        let twice = (&GROUP.n * 2_u8).to_str_radix(16);
        for hex in ["", "0", "0000", N, &format!("00{N}"), &twice, "+5", "-5", "12g4", " 5", "1_2"] {
            assert!(ClientPublic::parse(hex).is_none(), "{hex}");
        }
        let most = (&GROUP.n - 1_u8).to_str_radix(16);
        for hex in ["1", "0005", &most, &most.to_uppercase()] {
            assert!(ClientPublic::parse(hex).is_some(), "{hex}");
        }
    }

    #[test]
    fn nobody_has_one_salt_and_no_password() {
        let first = Verifier::of_unknown_user(&[7; 32], "jo");
        let again = Verifier::of_unknown_user(&[7; 32], "jo");
        assert_eq!((&first.salt, &first.v), (&again.salt, &again.v));
        assert_ne!(first.salt, Verifier::of_unknown_user(&[7; 32], "jim").salt);
        assert_ne!(first.salt, Verifier::of_unknown_user(&[8; 32], "jo").salt);
    }
}

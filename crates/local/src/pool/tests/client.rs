//! The client's half of SRP, written on its own: bytes that are padded by hand, where the server uses signed numbers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use num_bigint::BigUint;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(super) struct SrpClient {
    a: BigUint,
    n: BigUint,
}

impl SrpClient {
    pub(super) fn new() -> Self {
        let n = BigUint::parse_bytes(crate::pool::srp::N.as_bytes(), 16).unwrap();
        Self { a: BigUint::from_bytes_be(&rand::random::<[u8; 40]>()), n }
    }

    /// `AuthParameters` of a start with a password.
    pub(super) fn start(&self, username: &str) -> Value {
        json!({"USERNAME": username, "CHALLENGE_NAME": "SRP_A", "SRP_A": self.public().to_str_radix(16)})
    }

    /// `ChallengeResponses` of a `PASSWORD_VERIFIER` challenge.
    pub(super) fn answer(&self, pool_name: &str, challenge: &Value, password: &str) -> Value {
        self.answer_at("Sat Nov 21 09:05:07 UTC 2026", pool_name, challenge, password)
    }

    #[expect(clippy::many_single_char_names, reason = "the names of RFC 5054")]
    pub(super) fn answer_at(&self, timestamp: &str, pool_name: &str, challenge: &Value, password: &str) -> Value {
        let parameter = |name: &str| challenge["ChallengeParameters"][name].as_str().expect(name).to_owned();
        let number = |name: &str| BigUint::parse_bytes(parameter(name).as_bytes(), 16).unwrap();
        let (username, b, two) = (parameter("USER_ID_FOR_SRP"), number("SRP_B"), BigUint::from(2_u8));

        let k = sha256(&[padded(&self.n), padded(&two)].concat());
        let u = sha256(&[padded(&self.public()), padded(&b)].concat());
        let identity = Sha256::digest(format!("{pool_name}{username}:{password}"));
        let x = sha256(&[padded(&number("SALT")), identity.to_vec()].concat());
        let base = (b + &self.n - k * two.modpow(&x, &self.n) % &self.n) % &self.n;
        let s = base.modpow(&(&self.a + &u * x), &self.n);

        let key = &mac(&mac(&padded(&u), &padded(&s)), b"Caldera Derived Key\x01")[..16];
        let secret_block = STANDARD.decode(parameter("SECRET_BLOCK")).unwrap();
        let signed = [pool_name.as_bytes(), username.as_bytes(), &secret_block, timestamp.as_bytes()].concat();
        json!({
            "USERNAME": username,
            "PASSWORD_CLAIM_SECRET_BLOCK": parameter("SECRET_BLOCK"),
            "PASSWORD_CLAIM_SIGNATURE": STANDARD.encode(mac(key, &signed)),
            "TIMESTAMP": timestamp,
        })
    }

    fn public(&self) -> BigUint {
        BigUint::from(2_u8).modpow(&self.a, &self.n)
    }
}

/// `SECRET_HASH`.
pub(super) fn secret_hash(secret: &str, username: &str, client_id: &str) -> String {
    STANDARD.encode(mac(secret.as_bytes(), format!("{username}{client_id}").as_bytes()))
}

fn padded(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes[0] >= 0x80 {
        bytes.insert(0, 0);
    }
    bytes
}

fn sha256(bytes: &[u8]) -> BigUint {
    BigUint::from_bytes_be(&Sha256::digest(bytes))
}

fn mac(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(bytes).finalize().into_bytes().to_vec()
}

//! Tokens: RS256 JWTs with Cognito's claims, and opaque refresh tokens.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::rand_core::OsRng;
use rsa::sha2::Sha256;
use rsa::signature::{Keypair as _, SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};

use crate::pool::error::ApiError;
use crate::pool::users::User;
use crate::pool::{Config, random};

const ACCESS_TOKEN_SECONDS: u64 = 60 * 60;
const REFRESH_TOKEN_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The key pair of a pool, made when the pool starts.
pub(super) struct Keys {
    signing: SigningKey<Sha256>,
    verifying: VerifyingKey<Sha256>,
    id: String,
    jwks: Value,
}

impl Keys {
    pub(super) fn generate() -> Result<Self, rsa::Error> {
        let private = RsaPrivateKey::new(&mut OsRng, 2048)?;
        let id = random::token::<32>();
        let number = |number: &rsa::BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
        let (e, n) = (number(private.e()), number(private.n()));
        let jwks = json!({"keys": [{"alg": "RS256", "e": e, "kid": id, "kty": "RSA", "n": n, "use": "sig"}]});
        let signing = SigningKey::new(private);
        Ok(Self { verifying: signing.verifying_key(), signing, id, jwks })
    }

    /// The document at `/{userPoolId}/.well-known/jwks.json`.
    pub(super) fn jwks(&self) -> &Value {
        &self.jwks
    }

    fn sign(&self, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(&json!({"kid": self.id, "alg": "RS256"})), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.signing.sign(signed.as_bytes()).to_bytes());
        format!("{signed}.{signature}")
    }

    /// The claims of a token that this key signed.
    fn claims(&self, token: &str) -> Result<Value, ApiError> {
        let invalid = || ApiError::not_authorized("Invalid Access Token");
        let decode = |part| URL_SAFE_NO_PAD.decode(part).map_err(|_| invalid());
        let (signed, signature) = token.rsplit_once('.').ok_or_else(invalid)?;
        let (header, claims) = signed.split_once('.').ok_or_else(invalid)?;
        let header: Value = serde_json::from_slice(&decode(header)?).map_err(|_| invalid())?;
        if header != json!({"kid": self.id, "alg": "RS256"}) {
            return Err(invalid());
        }
        let signature = Signature::try_from(decode(signature)?.as_slice()).map_err(|_| invalid())?;
        if self.verifying.verify(signed.as_bytes(), &signature).is_err() {
            return Err(ApiError::not_authorized("Could not verify signature for Access Token"));
        }
        serde_json::from_slice(&decode(claims)?).map_err(|_| invalid())
    }
}

/// All completed sign-ins, by refresh token.
#[derive(Default)]
pub(super) struct Grants(HashMap<String, Grant>);

/// One completed sign-in.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) user: Arc<User>,
    pub(super) client_id: String,
    event_id: String,
    origin_jti: String,
    auth_time: u64,
    revoked: bool,
}

impl Grants {
    /// `AuthenticationResult` of a sign-in.
    pub(super) fn issue(&mut self, keys: &Keys, config: &Config, client_id: &str, user: Arc<User>) -> Value {
        // One time for all tokens of a sign-in.
        let now = now();
        let grant = Grant {
            user,
            client_id: client_id.to_owned(),
            event_id: random::uuid(),
            origin_jti: random::uuid(),
            auth_time: now,
            revoked: false,
        };
        let mut result = grant.tokens_of(now, keys, config);
        let refresh_token = random::token::<128>();
        result["RefreshToken"] = json!(refresh_token);
        self.0.insert(refresh_token, grant);
        result
    }

    /// The live grant of a refresh token of this client.
    pub(super) fn of_refresh_token(&self, token: &str, client_id: &str) -> Result<Grant, ApiError> {
        let grant = self.0.get(token).filter(|grant| grant.client_id == client_id);
        let Some(grant) = grant else { return Err(ApiError::not_authorized("Invalid Refresh Token")) };
        if grant.revoked {
            return Err(ApiError::not_authorized("Refresh Token has been revoked"));
        }
        if now() >= grant.auth_time + REFRESH_TOKEN_SECONDS {
            return Err(ApiError::not_authorized("Refresh Token has expired"));
        }
        Ok(grant.clone())
    }

    /// The grant of an access token that is neither expired nor revoked.
    pub(super) fn of_access_token(&self, keys: &Keys, token: &str) -> Result<&Grant, ApiError> {
        let claims = keys.claims(token)?;
        if claims["token_use"] != "access" {
            return Err(ApiError::not_authorized("Invalid Access Token"));
        }
        if claims["exp"].as_u64().is_none_or(|expiry| now() >= expiry) {
            return Err(ApiError::not_authorized("Access Token has expired"));
        }
        match self.0.values().find(|grant| claims["origin_jti"] == grant.origin_jti.as_str()) {
            Some(grant) if !grant.revoked => Ok(grant),
            _ => Err(ApiError::not_authorized("Access Token has been revoked")),
        }
    }

    /// Revokes a refresh token and the tokens made with it. An unknown one counts as revoked (RFC 7009, section 2.2).
    pub(super) fn revoke(&mut self, token: &str, client_id: &str) -> Result<(), ApiError> {
        if token.split('.').count() == 3 {
            return Err(ApiError::unsupported_token_type());
        }
        if let Some(grant) = self.0.get_mut(token).filter(|grant| grant.client_id == client_id) {
            grant.revoked = true;
        }
        Ok(())
    }

    pub(super) fn revoke_all_of(&mut self, user: &User) {
        for grant in self.0.values_mut().filter(|grant| grant.user.sub == user.sub) {
            grant.revoked = true;
        }
    }
}

impl Grant {
    /// `AuthenticationResult` with a new id and access token.
    pub(super) fn tokens(&self, keys: &Keys, config: &Config) -> Value {
        self.tokens_of(now(), keys, config)
    }

    fn tokens_of(&self, now: u64, keys: &Keys, config: &Config) -> Value {
        json!({
            "AccessToken": keys.sign(&self.access_claims(now, config)),
            "IdToken": keys.sign(&self.id_claims(now, config)),
            "ExpiresIn": ACCESS_TOKEN_SECONDS,
            "TokenType": "Bearer",
        })
    }

    fn access_claims(&self, now: u64, config: &Config) -> Value {
        let mut claims = self.common_claims(now, config, "access");
        claims["client_id"] = json!(self.client_id);
        claims["scope"] = json!("aws.cognito.signin.user.admin");
        claims["username"] = json!(self.user.username);
        claims
    }

    fn id_claims(&self, now: u64, config: &Config) -> Value {
        let mut claims = self.common_claims(now, config, "id");
        claims["aud"] = json!(self.client_id);
        claims["cognito:username"] = json!(self.user.username);
        for (name, value) in &self.user.attributes {
            claims[name] = match name.as_str() {
                "email_verified" | "phone_number_verified" => json!(value == "true"),
                _ => json!(value),
            };
        }
        claims
    }

    fn common_claims(&self, now: u64, config: &Config, token_use: &str) -> Value {
        json!({
            "sub": self.user.sub,
            "iss": format!("https://cognito-idp.{}.amazonaws.com/{}", config.region, config.user_pool_id),
            "token_use": token_use,
            "auth_time": self.auth_time,
            "iat": now,
            "exp": now + ACCESS_TOKEN_SECONDS,
            "jti": random::uuid(),
            "origin_jti": self.origin_jti,
            "event_id": self.event_id,
        })
    }
}

fn now() -> u64 {
    // Before 1970 only with a clock that was never set.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

//! KMS, as far as Cognito and the functions see it: one key, which Cognito encrypts data keys with and `Decrypt` opens
//! them with. <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>
//!
//! A key of one ARN is always the same. Requests are signed, and each function may do what its role may.

mod key;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use self::key::{Failure, Key};
use crate::aws_error::{ApiError, kinds, not_allowed};
use crate::aws_json::{self, Asked, JsonService, SERIALIZATION, parse};
use crate::credentials::Credentials;
use crate::faults::{Catalogue, FaultInjection, Service};
use crate::lambda::Function;
use crate::region::{ACCOUNT, REGION};
use crate::routes::Endpoint;

static API: JsonService = JsonService {
    target: "TrentService.",
    content_type: "application/x-amz-json-1.1",
    name: "kms",
    operations: &["Decrypt"],
    max_body: 64 * 1024,
};
const DECRYPT: &str = "kms:Decrypt";
const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";
/// The longest ciphertext, in bytes.
const MAX_CIPHERTEXT: usize = 6144;

/// The key with which Cognito encrypts codes, unless the settings name another.
pub(crate) fn default_key_arn() -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/3d4e5f60-7a8b-4c9d-8e0f-2a3b4c5d6e7f")
}

/// The stand-in for KMS. Clones are the same.
#[derive(Clone)]
pub struct Kms(Arc<Inner>);

struct Inner {
    key: Key,
    /// The functions, and the operator.
    callers: Vec<Caller>,
    faults: FaultInjection,
}

/// A caller that signs requests.
pub(crate) struct Caller {
    arn: String,
    credentials: Credentials,
    /// What a role may decrypt is under the stack's key alone. An operator may ask for any.
    keys: Keys,
}

enum Keys {
    Any,
    /// And of these user pools alone: the role's condition on the encryption context.
    OfTheStack(&'static [&'static str]),
}

/// The member of the context that names the user pool.
const USER_POOL: &str = "userpool-id";

/// The encryption context: what a ciphertext is bound to.
pub(crate) type Context = BTreeMap<String, String>;

impl Caller {
    /// A function's role, which may decrypt what is of these user pools.
    pub(crate) fn function(function: Function, credentials: Credentials, user_pools: &'static [&'static str]) -> Self {
        Self { arn: function.session_arn(), credentials, keys: Keys::OfTheStack(user_pools) }
    }

    /// The operator, with the credentials that `GET /local/config` tells.
    pub(crate) fn operator() -> Self {
        Self { arn: Credentials::operator_arn(), credentials: Credentials::operator(), keys: Keys::Any }
    }
}

impl Kms {
    /// A KMS with the one key of this ARN.
    pub(crate) fn new(key_arn: &str, callers: Vec<Caller>, faults: FaultInjection) -> Self {
        Self(Arc::new(Inner { key: Key::new(key_arn), callers, faults }))
    }

    /// The key's ARN.
    pub(crate) fn key_arn(&self) -> &str {
        self.0.key.arn()
    }

    /// A new data key, in clear and encrypted, as Cognito gets it by its grant.
    pub(crate) fn generate_data_key(&self, context: &Context) -> ([u8; 32], Vec<u8>) {
        let data_key = rand::random();
        (data_key, self.0.key.encrypt(&data_key, context))
    }

    /// What Decrypt gives, for tests.
    #[cfg(test)]
    pub(crate) fn decrypt_data_key(&self, encrypted: &[u8], context: &Context) -> Vec<u8> {
        self.0.key.decrypt(encrypted, context).unwrap()
    }

    /// Whether a request is meant for KMS, of the services that share a path.
    pub(crate) fn is_addressed(headers: &HeaderMap) -> bool {
        API.is_addressed(headers)
    }

    /// Answers a request. It checks operation, signature and injected faults, and then carries the request out.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let known: Vec<_> = self.0.callers.iter().map(|caller| caller.credentials.clone()).collect();
        let asked = match API.read(request, &known).await {
            Ok(asked) => asked,
            Err(error) => return API.respond(Err(error)),
        };
        let effect = self.0.faults.take(Service::Kms, asked.operation);
        let kms = self.clone();
        let carried = async move { API.respond(kms.decrypt(&asked)) };
        effect.meet(carried, |kind| API.respond(Err(kind.into()))).await
    }

    fn decrypt(&self, asked: &Asked) -> Result<Value, ApiError> {
        let request: Decrypt = parse(&asked.body)?;
        let key = &self.0.key;
        let blob =
            STANDARD.decode(&request.ciphertext_blob).map_err(|error| SERIALIZATION.because(error.to_string()))?;
        if blob.is_empty() || blob.len() > MAX_CIPHERTEXT {
            let message = format!("CiphertextBlob must have a length of 1 to {MAX_CIPHERTEXT} bytes");
            return Err(VALIDATION.because(message));
        }
        if request.encryption_algorithm.is_some_and(|algorithm| algorithm != SYMMETRIC) {
            return Err((&INVALID_KEY_USAGE).into());
        }
        let arn = request.key_id.as_deref().map(arn_of);
        self.check_right(&asked.credentials, arn.as_deref(), &request.encryption_context)?;
        if let Some(arn) = arn.filter(|arn| arn != key.arn()) {
            return Err(NOT_FOUND.because(format!("Key '{arn}' does not exist")));
        }
        let has_named_key = request.key_id.is_some();
        let plaintext = key.decrypt(&blob, &request.encryption_context).map_err(|failure| match failure {
            Failure::OfAnotherKey if has_named_key => ApiError::from(&INCORRECT_KEY),
            Failure::OfAnotherKey => ACCESS_DENIED.because(UNKNOWN_KEY),
            Failure::Invalid => (&INVALID_CIPHERTEXT).into(),
        })?;
        Ok(json!({
            "KeyId": key.arn(),
            "Plaintext": STANDARD.encode(plaintext),
            "EncryptionAlgorithm": SYMMETRIC,
        }))
    }

    /// Refuses a caller that may not decrypt with this key and this context. Without a key it is that of the ciphertext.
    fn check_right(&self, credentials: &Credentials, arn: Option<&str>, context: &Context) -> Result<(), ApiError> {
        let arn = arn.unwrap_or(self.key_arn());
        let caller = self.0.callers.iter().find(|caller| caller.credentials == *credentials);
        let allowed = |caller: &&Caller| match caller.keys {
            Keys::Any => true,
            Keys::OfTheStack(pools) => {
                arn == self.key_arn() && context.get(USER_POOL).is_some_and(|pool| pools.contains(&pool.as_str()))
            }
        };
        if caller.as_ref().is_some_and(allowed) {
            return Ok(());
        }
        let caller = caller.map(|caller| caller.arn.as_str()).unwrap_or_default();
        Err(ACCESS_DENIED.because(not_allowed(caller, DECRYPT, arn)))
    }
}

/// The body of `Decrypt`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Decrypt {
    ciphertext_blob: String,
    #[serde(default)]
    encryption_context: Context,
    key_id: Option<String>,
    encryption_algorithm: Option<String>,
}

/// The ARN of a key that a request names by its ARN or its id. An alias is not known here.
fn arn_of(key_id: &str) -> String {
    if key_id.starts_with("arn:") { key_id.to_owned() } else { format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}") }
}

/// The API, which shares its path with Cognito's.
pub(crate) fn endpoint() -> Endpoint {
    let does = format!(
        "KMS, by `X-Amz-Target`: {}; signed, and each function may do what its role may",
        API.operations.join(", ")
    );
    Endpoint { method: "POST", path: "/", does }
}

/// The faults that can be injected.
pub(crate) fn catalogue() -> Catalogue {
    Catalogue { errors: [&aws_json::KINDS[..], &KINDS].concat(), operations: API.operations.to_vec() }
}

/// KMS's words for the key of a ciphertext that it doesn't know.
const UNKNOWN_KEY: &str = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, \
                           or you are not allowed to access.";

kinds! {
    ACCESS_DENIED = BAD_REQUEST "AccessDeniedException", "Access denied.";
    DEPENDENCY_TIMEOUT = INTERNAL_SERVER_ERROR "DependencyTimeoutException",
        "The system timed out while trying to fulfill the request.";
    DISABLED = BAD_REQUEST "DisabledException", "The key is disabled.";
    INCORRECT_KEY = BAD_REQUEST "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.";
    // KMS says nothing more about these.
    INVALID_CIPHERTEXT = BAD_REQUEST "InvalidCiphertextException", "";
    INVALID_KEY_USAGE = BAD_REQUEST "InvalidKeyUsageException", "The algorithm is not one of the key's.";
    INVALID_STATE = BAD_REQUEST "KMSInvalidStateException", "The key is pending deletion.";
    INTERNAL = INTERNAL_SERVER_ERROR "KMSInternalException", "";
    KEY_UNAVAILABLE = INTERNAL_SERVER_ERROR "KeyUnavailableException", "The key is not available.";
    NOT_FOUND = BAD_REQUEST "NotFoundException", "The key does not exist.";
    THROTTLING = BAD_REQUEST "ThrottlingException", "You have exceeded the rate at which you may call KMS.";
    VALIDATION = BAD_REQUEST "ValidationException", "The request is not valid.";
}

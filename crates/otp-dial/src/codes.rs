//! Opens the messages in which Cognito encrypts its own codes, with KMS.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sign_in::error::ServiceError;
use sign_in::message::Message;
use sign_in::settings::CodesSettings;

use crate::aws::{ATTEMPTS, credentials};
use crate::https::{Endpoint, Https};
use crate::wire::Service;

/// KMS answers within milliseconds, so it is better to repeat a slow request than to wait for it.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(800);

/// Opens messages that were encrypted with one KMS key.
#[derive(Debug)]
pub(crate) struct Codes {
    key_arn: String,
    kms: Service,
    endpoint: Endpoint,
}

impl Codes {
    pub(crate) fn new(settings: CodesSettings, https: &Https) -> Self {
        let CodesSettings { key, credentials: of_role, endpoint_url } = settings;
        let endpoint = https.endpoint("kms", &key.region, endpoint_url.as_deref());
        let kms = Service {
            name: "kms",
            target: "TrentService",
            json: "1.1",
            region: key.region,
            endpoint_url,
            credentials: credentials(&of_role),
            connector: endpoint.connector(),
            attempts: ATTEMPTS,
            attempt_timeout: ATTEMPT_TIMEOUT,
        };
        Self { key_arn: key.arn, kms, endpoint }
    }

    /// Opens the connection to KMS.
    pub(crate) async fn open_connection(&self) {
        self.endpoint.open().await;
    }

    pub(crate) fn key_arn(&self) -> &str {
        &self.key_arn
    }

    /// Decrypts a message. `None` if it is not as its sender wrote it, or was not encrypted with the key. Gives up at `until`.
    pub(crate) async fn open(&self, message: &Message<'_>, until: Instant) -> Result<Option<Vec<u8>>, ServiceError> {
        let request = json!({
            "KeyId": self.key_arn,
            "CiphertextBlob": STANDARD.encode(message.encrypted_key()),
            "EncryptionContext": message.context(),
        });
        let error = |code: &str, is_server_error| ServiceError::of_kms(code, is_server_error, &self.key_arn);
        let answer = match self.kms.call("Decrypt", &request, until, error).await {
            Err(error) if matches!(&*error.cause, "InvalidCiphertextException" | "IncorrectKeyException") => {
                return Ok(None);
            }
            answer => answer?,
        };
        let key = answer.get("Plaintext").and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok());
        let key = key.and_then(|key| <[u8; 32]>::try_from(key).ok());
        Ok(key.and_then(|key| message.open(&key)))
    }
}

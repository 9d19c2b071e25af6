//! Cognito's own codes: what belongs to send-code alone.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Found;

/// The pool's custom SMS sender, and the key of the codes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Codes {
    /// Whether another function than send-code is the sender that certainly does not exist.
    pub sender_is_gone: bool,
    /// How Lambda invokes send-code.
    pub invocation: Found<Invocations>,
    /// The key that the pool has for its custom senders, if send-code is one of them.
    pub key: Found<CodesKey>,
    /// Whether a grant on that key is Cognito's, as far as it shows.
    pub is_granted: Found<bool>,
}

/// How Lambda invokes a function whose caller does not wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocations {
    /// How often it tries again.
    pub retries: u64,
    /// How old an event may be, in seconds.
    pub max_age: u64,
    /// The ARN of what gets the events that it gives up.
    pub on_failure: Option<String>,
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodesKey {
    /// Its ARN.
    pub arn: String,
    /// Its state: `Enabled`, if it can be used.
    pub state: String,
    /// Its type and what it is for, as in `SYMMETRIC_DEFAULT ENCRYPT_DECRYPT`.
    pub kind: String,
}

impl Default for Codes {
    fn default() -> Self {
        Self { sender_is_gone: false, invocation: Found::Unnamed, key: Found::Unnamed, is_granted: Found::Unnamed }
    }
}

impl Invocations {
    /// Lambda's defaults.
    pub const DEFAULT: Self = Self { retries: 2, max_age: 21_600, on_failure: None };

    /// Reads the answer of `GetFunctionEventInvokeConfig`.
    #[must_use]
    pub fn from_json(answer: &Value) -> Self {
        let Self { retries, max_age, .. } = Self::DEFAULT;
        Self {
            retries: answer["MaximumRetryAttempts"].as_u64().unwrap_or(retries),
            max_age: answer["MaximumEventAgeInSeconds"].as_u64().unwrap_or(max_age),
            on_failure: answer["DestinationConfig"]["OnFailure"]["Destination"].as_str().map(str::to_owned),
        }
    }
}

impl CodesKey {
    /// The kind that Cognito encrypts codes with.
    pub const KIND: &str = "SYMMETRIC_DEFAULT ENCRYPT_DECRYPT";

    /// Reads `DescribeKey`'s `KeyMetadata`.
    #[must_use]
    pub fn from_json(key: &Value) -> Self {
        let text = |name: &str| key[name].as_str().unwrap_or_default();
        Self {
            arn: text("Arn").to_owned(),
            state: text("KeyState").to_owned(),
            kind: format!("{} {}", text("KeySpec"), text("KeyUsage")),
        }
    }

    /// Whether a grant lets Cognito encrypt the codes of a pool, as far as it shows. How Cognito's grant looks is not
    /// documented: its constraint names the pool, or its principal is Cognito's.
    #[must_use]
    pub fn is_for_codes(grant: &Value, pool: &str) -> bool {
        let constraints = &grant["Constraints"];
        let of_pool = |kind: &str| constraints[kind]["userpool-id"] == pool;
        let is_cognitos = |name: &str| {
            let principal = grant[name].as_str().unwrap_or_default();
            principal.starts_with("cognito-idp.") && principal.ends_with("amazonaws.com")
        };
        let encrypts = ["GenerateDataKey", "Encrypt"]
            .into_iter()
            .any(|name| grant["Operations"].as_array().is_some_and(|operations| operations.contains(&name.into())));
        let is_for_pool = of_pool("EncryptionContextEquals")
            || of_pool("EncryptionContextSubset")
            || constraints.is_null() && ["GranteePrincipal", "GranteeServicePrincipal"].into_iter().any(is_cognitos);
        encrypts && is_for_pool
    }
}

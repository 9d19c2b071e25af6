//! A user pool.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A user pool, as far as the checks need it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The functions by trigger: the members of `LambdaConfig` that are plain ARNs.
    pub triggers: BTreeMap<String, String>,
    /// The function of Pre Token Generation.
    pub token_trigger: Option<TokenTrigger>,
    /// The custom SMS sender.
    pub sms_sender: Option<SmsSender>,
    /// The ARN of the KMS key of the custom senders.
    pub codes_key: Option<String>,
    /// Whether Cognito can send text messages: `SmsConfiguration`. Without it, no SMS sender is asked either.
    pub sends_texts: bool,
    /// `MfaConfiguration`.
    pub mfa: String,
    /// Attributes that must be verified before an update.
    pub verified_before_update: Vec<String>,
    /// How accounts are recovered. `None` means the default of old pools, which is by phone first.
    pub recovery: Option<Vec<String>>,
    /// Names of the attributes that can be changed.
    pub mutable_attributes: Vec<String>,
    /// Names of all attributes.
    pub attributes: Vec<String>,
    /// The managed-login domains.
    pub domains: Vec<String>,
    /// Whether users may sign up by themselves.
    pub open_sign_up: bool,
    /// The attributes that users can sign in with: `UsernameAttributes` and `AliasAttributes`.
    pub sign_in_names: Vec<String>,
    /// Whether apps may register app clients.
    pub registration: Registration,
    /// Why Cognito can't send text messages, if it says so.
    pub sms_failure: Option<String>,
}

/// The function of Pre Token Generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenTrigger {
    /// Its ARN.
    pub function: String,
    /// The version of the events that it gets: `V1_0`, `V2_0` or `V3_0`.
    pub version: String,
}

/// The custom SMS sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsSender {
    /// Its ARN.
    pub function: String,
    /// The version of the events that it gets.
    pub version: String,
}

/// Dynamic client registration (RFC 7591).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Registration {
    /// Off: nobody can register clients.
    #[default]
    Off,
    /// Registering takes an access token with the scope `aws.cognito/dcr/register`.
    Authenticated,
    /// Anybody can register clients.
    Open,
}

/// The triggers of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Trigger {
    /// Define Auth Challenge.
    Define,
    /// Create Auth Challenge.
    Create,
    /// Verify Auth Challenge Response.
    Verify,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Define, Self::Create, Self::Verify];

    /// The key in `LambdaConfig`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Define => "DefineAuthChallenge",
            Self::Create => "CreateAuthChallenge",
            Self::Verify => "VerifyAuthChallengeResponse",
        }
    }

    /// The name of its option on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Define => "define",
            Self::Create => "create",
            Self::Verify => "verify",
        }
    }

    /// The name of the stack's output with the function's ARN.
    #[must_use]
    pub fn output(self) -> &'static str {
        match self {
            Self::Define => "DefineChallengeArn",
            Self::Create => "CreateChallengeArn",
            Self::Verify => "VerifyChallengeArn",
        }
    }
}

impl Pool {
    /// Reads `DescribeUserPool`'s `UserPool`.
    #[must_use]
    pub fn from_json(pool: &Value) -> Self {
        let text = |name: &str| pool[name].as_str().unwrap_or_default().to_owned();
        let schema = || pool["SchemaAttributes"].as_array().into_iter().flatten();
        let name = |attribute: &Value| attribute["Name"].as_str().unwrap_or_default().to_owned();
        let triggers = pool["LambdaConfig"].as_object().into_iter().flatten();
        let recovery = pool["AccountRecoverySetting"]["RecoveryMechanisms"].as_array();
        Self {
            id: text("Id"),
            arn: text("Arn"),
            triggers: triggers.filter_map(|(key, arn)| Some((key.clone(), arn.as_str()?.to_owned()))).collect(),
            token_trigger: TokenTrigger::from_json(&pool["LambdaConfig"]),
            sms_sender: SmsSender::from_json(&pool["LambdaConfig"]),
            codes_key: pool["LambdaConfig"][SmsSender::KMS_KEY].as_str().map(str::to_owned),
            sends_texts: pool["SmsConfiguration"].is_object(),
            mfa: Some(text("MfaConfiguration")).filter(|mfa| !mfa.is_empty()).unwrap_or_else(|| "OFF".to_owned()),
            verified_before_update: texts(
                &pool["UserAttributeUpdateSettings"]["AttributesRequireVerificationBeforeUpdate"],
            ),
            recovery: recovery.map(|mechanisms| mechanisms.iter().map(name).collect()),
            mutable_attributes: schema().filter(|attribute| attribute["Mutable"] != false).map(name).collect(),
            attributes: schema().map(name).collect(),
            domains: ["Domain", "CustomDomain"].map(text).into_iter().filter(|domain| !domain.is_empty()).collect(),
            open_sign_up: pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] != true,
            sign_in_names: [texts(&pool["UsernameAttributes"]), texts(&pool["AliasAttributes"])].concat(),
            registration: Registration::from_json(&pool["DcrConfiguration"]),
            sms_failure: Some(text("SmsConfigurationFailure")).filter(|failure| !failure.is_empty()),
        }
    }
}

impl TokenTrigger {
    /// The key in `LambdaConfig` with its ARN alone. That form has no version, and stands for `V1_0`.
    pub const KEY: &str = "PreTokenGeneration";
    /// The key with its ARN and the version. Cognito may return both.
    pub const VERSIONED_KEY: &str = "PreTokenGenerationConfig";
    /// The version that every plan of Cognito has.
    pub const FIRST_VERSION: &str = "V1_0";

    /// Reads `LambdaConfig`.
    #[must_use]
    pub fn from_json(triggers: &Value) -> Option<Self> {
        let versioned = &triggers[Self::VERSIONED_KEY];
        Some(Self {
            function: triggers[Self::KEY].as_str().or(versioned["LambdaArn"].as_str())?.to_owned(),
            version: versioned["LambdaVersion"].as_str().unwrap_or(Self::FIRST_VERSION).to_owned(),
        })
    }
}

impl SmsSender {
    /// The key in `LambdaConfig`.
    pub const KEY: &str = "CustomSMSSender";
    /// The key with the other custom sender.
    pub const OF_EMAIL: &str = "CustomEmailSender";
    /// The key with the ARN of the KMS key of both.
    pub const KMS_KEY: &str = "KMSKeyID";
    /// The only version of its events.
    pub const VERSION: &str = "V1_0";

    /// Reads `LambdaConfig`.
    #[must_use]
    pub fn from_json(triggers: &Value) -> Option<Self> {
        let sender = &triggers[Self::KEY];
        Some(Self {
            function: sender["LambdaArn"].as_str()?.to_owned(),
            version: sender["LambdaVersion"].as_str().unwrap_or(Self::VERSION).to_owned(),
        })
    }
}

impl Registration {
    /// Reads `DcrConfiguration`. A status that is not known here counts as on.
    fn from_json(configuration: &Value) -> Self {
        match (configuration["EnableStatus"].as_str(), &configuration["OpenDcrEnabled"]) {
            (None | Some("DISABLED"), _) => Self::Off,
            (Some(_), Value::Bool(true)) => Self::Open,
            (Some(_), _) => Self::Authenticated,
        }
    }
}

/// The texts of an array.
pub(super) fn texts(array: &Value) -> Vec<String> {
    array.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_trigger_of_tokens_has_two_forms() {
        for (triggers, found) in [
            (json!({}), None),
            (json!({ "PreTokenGeneration": "arn:t" }), Some(("arn:t", "V1_0"))),
            (
                json!({ "PreTokenGenerationConfig": { "LambdaArn": "arn:t", "LambdaVersion": "V3_0" } }),
                Some(("arn:t", "V3_0")),
            ),
            (
                json!({ "PreTokenGeneration": "arn:t", "PreTokenGenerationConfig": { "LambdaArn": "arn:t", "LambdaVersion": "V2_0" } }),
                Some(("arn:t", "V2_0")),
            ),
        ] {
            let trigger = TokenTrigger::from_json(&triggers);
            let trigger = trigger.as_ref().map(|trigger| (trigger.function.as_str(), trigger.version.as_str()));
            assert_eq!(trigger, found, "{triggers}");
        }
    }

    #[test]
    fn registration_is_off_authenticated_or_open() {
        for (configuration, registration) in [
            (Value::Null, Registration::Off),
            (json!({ "EnableStatus": "DISABLED", "OpenDcrEnabled": true }), Registration::Off),
            (json!({ "EnableStatus": "ENABLED", "OpenDcrEnabled": false }), Registration::Authenticated),
            (json!({ "EnableStatus": "ENABLED", "OpenDcrEnabled": true }), Registration::Open),
            (json!({ "EnableStatus": "ENABLED_IN_SOME_NEW_WAY", "OpenDcrEnabled": true }), Registration::Open),
        ] {
            let pool = Pool::from_json(&json!({ "DcrConfiguration": configuration }));
            assert_eq!(pool.registration, registration, "{configuration}");
        }
    }

    #[test]
    fn sign_up_is_open_unless_the_pool_says_otherwise() {
        assert!(Pool::from_json(&json!({})).open_sign_up);
        let closed =
            json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true }, "AliasAttributes": ["email"] });
        let pool = Pool::from_json(&closed);
        assert!(!pool.open_sign_up && pool.sign_in_names == ["email"]);
    }
}

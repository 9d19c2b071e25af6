//! Cognito's own codes: whether calls speak them, and the KMS key that Cognito encrypts them with.

use super::aws::{Credentials, credentials, endpoint, is_name, parts_of_arn};
use super::connect::{ConnectSettings, connect};
use super::https::{HttpsSettings, https};
use super::ledger::{CallPolicy, LedgerSettings, call_policy, failure_limits, ledger};
use super::speech::{SpeechSettings, speech};
use super::variable::{Reader, Variable};
use super::{SettingsError, key, log_level, validity};
use crate::code::{Digits, Key};
use crate::ledger::{ChallengeForm, Hearing, Rules};

/// Settings of the function that sends Cognito's own codes.
#[derive(Debug)]
pub struct SendSettings {
    /// The key that handles are sealed with.
    pub key: Key,
    /// The ledger's rules. The validity of a challenge is how long a call may speak the code.
    pub rules: Rules,
    /// What the call says: brand, gate and default language.
    pub speech: SpeechSettings,
    /// The Connect instance that calls, and how.
    pub connect: ConnectSettings,
    /// Which numbers may be called, and how often.
    pub policy: CallPolicy,
    /// Where calls are counted.
    pub ledger: LedgerSettings,
    /// The KMS key of Cognito's codes.
    pub codes: CodesSettings,
    /// Where text messages come from. `None`: none is sent.
    pub texts: Option<TextSettings>,
    /// How AWS's services are reached.
    pub https: HttpsSettings,
}

/// The settings of Cognito's own codes.
#[derive(Clone, Debug)]
pub struct CodesSettings {
    /// The KMS key of the user pool.
    pub key: KmsKey,
    /// The role's credentials.
    pub credentials: Credentials,
    /// An endpoint other than that of KMS.
    pub endpoint_url: Option<String>,
}

/// A KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsKey {
    /// Its whole ARN.
    pub arn: String,
    /// The key's Region.
    pub region: String,
}

/// Where text messages come from, for what no call speaks.
#[derive(Clone, Debug)]
pub struct TextSettings {
    /// A number, a sender id or a pool of AWS End User Messaging, or its ARN.
    pub origination_identity: String,
    /// An endpoint other than that of End User Messaging.
    pub endpoint_url: Option<String>,
}

const CODES: Variable =
    Variable::new("OTP_COGNITO_CODES", "`off`, or `all` if calls speak Cognito's own codes").or("off");
const KEY_ARN: Variable = Variable::new(
    "OTP_COGNITO_CODES_KEY_ARN",
    "the ARN of the key that the user pool has as LambdaConfig.KMSKeyID, arn:aws:kms:REGION:ACCOUNT:key/ID",
);
const ENDPOINT: Variable = Variable::new("AWS_ENDPOINT_URL_KMS", "a URL");
const ORIGINATION: Variable = Variable::new(
    "OTP_SMS_ORIGINATION_IDENTITY",
    "a number, a sender id or a pool of AWS End User Messaging, or its ARN: 1 to 256 letters, digits and + _ - : /",
)
.redacted();
const TEXT_ENDPOINT: Variable = Variable::new("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", "a URL");

pub(super) const VARIABLES: [Variable; 5] = [CODES, KEY_ARN, ENDPOINT, ORIGINATION, TEXT_ENDPOINT];

/// Reads them. `None`: Cognito's codes are not spoken, or an error is noted.
pub(super) fn codes(reader: &mut Reader<'_>, credentials: Option<&Credentials>) -> Option<CodesSettings> {
    if is_on(reader)? { of_key(reader, credentials) } else { None }
}

fn of_key(reader: &mut Reader<'_>, credentials: Option<&Credentials>) -> Option<CodesSettings> {
    let key = reader.value(&KEY_ARN, KmsKey::parse);
    let endpoint_url = endpoint(reader, &ENDPOINT);
    Some(CodesSettings { key: key?, credentials: credentials?.clone(), endpoint_url })
}

fn is_on(reader: &mut Reader<'_>) -> Option<bool> {
    reader.value(&CODES, |text| match text {
        "off" => Some(false),
        "all" => Some(true),
        _ => None,
    })
}

impl SendSettings {
    /// Reads them from `environment`, which gives the value of a variable by its name.
    pub fn read(environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(environment);
        log_level(&mut reader);
        let (key, validity_seconds) = (key(&mut reader), validity(&mut reader));
        let speech = speech(&mut reader);
        let credentials = credentials(&mut reader);
        let connect = connect(&mut reader, credentials.as_ref());
        let policy = call_policy(&mut reader, connect.as_ref().map(|connect| &connect.caller));
        let failures = failure_limits(&mut reader);
        let ledger = ledger(&mut reader, credentials.as_ref());
        if is_on(&mut reader) == Some(false) {
            reader
                .error(format!("{} must be `all`: a user pool has this function as its custom SMS sender", CODES.name));
        }
        let codes = codes(&mut reader, credentials.as_ref());
        let texts = texts(&mut reader);
        let https = https(&mut reader);
        reader.finish(|| {
            let (policy, ledger) = (policy?, ledger?);
            // The digits are not ours, and nobody answers to us: there is one answer to count, that the code is spoken.
            let challenge = ChallengeForm {
                attempts: 1,
                digits: Digits::SIX,
                validity_seconds: validity_seconds?,
                hearing: Hearing::Awaited,
            };
            let rules = Rules { challenge, calls: policy.calls, failures: failures?, pass_life: ledger.pass_life };
            let (key, speech, connect, codes) = (key?, speech?, connect?, codes?);
            Some(Self { key, rules, speech, connect, policy, ledger, codes, texts, https: https? })
        })
    }
}

/// Reads where text messages come from.
fn texts(reader: &mut Reader<'_>) -> Option<TextSettings> {
    let origination_identity = reader.optional(&ORIGINATION, |text| is_identity(text).then(|| text.to_owned()));
    let endpoint_url = endpoint(reader, &TEXT_ENDPOINT);
    Some(TextSettings { origination_identity: origination_identity?, endpoint_url })
}

impl KmsKey {
    fn parse(arn: &str) -> Option<Self> {
        let (region, resource) = parts_of_arn(arn, "kms")?;
        resource.strip_prefix("key/").filter(|id| is_name(id))?;
        Some(Self { arn: arn.to_owned(), region: region.to_owned() })
    }
}

fn is_identity(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+_-:/".contains(&byte))
}

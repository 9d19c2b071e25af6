//! The requests of users about their own account: sign-up, attributes, MFA.

use serde::Deserialize;

use super::violations::Violations;
use super::{Attribute, Request, Strings};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::pool) struct SignUp {
    pub(in crate::pool) client_id: Option<String>,
    pub(in crate::pool) secret_hash: Option<String>,
    pub(in crate::pool) username: Option<String>,
    pub(in crate::pool) password: Option<String>,
    pub(in crate::pool) user_attributes: Option<Vec<Attribute>>,
    pub(in crate::pool) client_metadata: Option<Strings>,
}

impl Request for SignUp {
    fn check(&self, violations: &mut Violations) {
        violations.client_id(self.client_id.as_deref());
        violations.length("secretHash", self.secret_hash.as_deref(), 1, 128);
        violations.username(self.username.as_deref());
        violations.password(self.password.as_deref());
        violations.attributes(self.user_attributes.as_deref().unwrap_or_default());
        violations.strings("clientMetadata", self.client_metadata.as_ref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::pool) struct ConfirmSignUp {
    pub(in crate::pool) client_id: Option<String>,
    pub(in crate::pool) secret_hash: Option<String>,
    pub(in crate::pool) username: Option<String>,
    pub(in crate::pool) confirmation_code: Option<String>,
    pub(in crate::pool) force_alias_creation: Option<bool>,
    pub(in crate::pool) client_metadata: Option<Strings>,
}

impl Request for ConfirmSignUp {
    fn check(&self, violations: &mut Violations) {
        violations.client_id(self.client_id.as_deref());
        violations.length("secretHash", self.secret_hash.as_deref(), 1, 128);
        violations.username(self.username.as_deref());
        violations.code("confirmationCode", self.confirmation_code.as_deref());
        violations.strings("clientMetadata", self.client_metadata.as_ref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::pool) struct ResendConfirmationCode {
    pub(in crate::pool) client_id: Option<String>,
    pub(in crate::pool) secret_hash: Option<String>,
    pub(in crate::pool) username: Option<String>,
    pub(in crate::pool) client_metadata: Option<Strings>,
}

impl Request for ResendConfirmationCode {
    fn check(&self, violations: &mut Violations) {
        violations.client_id(self.client_id.as_deref());
        violations.length("secretHash", self.secret_hash.as_deref(), 1, 128);
        violations.username(self.username.as_deref());
        violations.strings("clientMetadata", self.client_metadata.as_ref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::pool) struct GetUserAttributeVerificationCode {
    pub(in crate::pool) access_token: Option<String>,
    pub(in crate::pool) attribute_name: Option<String>,
    pub(in crate::pool) client_metadata: Option<Strings>,
}

impl Request for GetUserAttributeVerificationCode {
    fn check(&self, violations: &mut Violations) {
        violations.token("accessToken", self.access_token.as_deref());
        violations.required("attributeName", self.attribute_name.as_deref());
        violations.length("attributeName", self.attribute_name.as_deref(), 1, 32);
        violations.strings("clientMetadata", self.client_metadata.as_ref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::pool) struct VerifyUserAttribute {
    pub(in crate::pool) access_token: Option<String>,
    pub(in crate::pool) attribute_name: Option<String>,
    pub(in crate::pool) code: Option<String>,
}

impl Request for VerifyUserAttribute {
    fn check(&self, violations: &mut Violations) {
        violations.token("accessToken", self.access_token.as_deref());
        violations.required("attributeName", self.attribute_name.as_deref());
        violations.length("attributeName", self.attribute_name.as_deref(), 1, 32);
        violations.code("code", self.code.as_deref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::pool) struct UpdateUserAttributes {
    pub(in crate::pool) access_token: Option<String>,
    pub(in crate::pool) user_attributes: Option<Vec<Attribute>>,
    pub(in crate::pool) client_metadata: Option<Strings>,
}

impl Request for UpdateUserAttributes {
    fn check(&self, violations: &mut Violations) {
        violations.token("accessToken", self.access_token.as_deref());
        violations.required("userAttributes", self.user_attributes.as_ref().map(|_| ""));
        violations.attributes(self.user_attributes.as_deref().unwrap_or_default());
        violations.strings("clientMetadata", self.client_metadata.as_ref());
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::pool) struct SetUserMfaPreference {
    pub(in crate::pool) access_token: Option<String>,
    #[serde(rename = "SMSMfaSettings")]
    pub(in crate::pool) sms: Option<MfaSettings>,
    #[serde(rename = "SoftwareTokenMfaSettings")]
    pub(in crate::pool) software_token: Option<MfaSettings>,
    #[serde(rename = "EmailMfaSettings")]
    pub(in crate::pool) email: Option<MfaSettings>,
}

/// Of one kind of MFA.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(in crate::pool) struct MfaSettings {
    pub(in crate::pool) enabled: bool,
    pub(in crate::pool) preferred_mfa: bool,
}

impl Request for SetUserMfaPreference {
    fn check(&self, violations: &mut Violations) {
        violations.token("accessToken", self.access_token.as_deref());
    }
}

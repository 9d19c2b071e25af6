//! `DescribeUserPool`, for the operator: the settings that hold here, most of them the template's.

use serde_json::{Value, json};

use crate::lambda::Function;
use crate::pool::error::ApiError;
use crate::pool::request::DescribeUserPool;
use crate::pool::{UserPool, policy};
use crate::region::ACCOUNT;

impl UserPool {
    /// The pool, with the functions that are its triggers.
    pub(super) fn describe_to_operator(&self, request: DescribeUserPool) -> Result<Value, ApiError> {
        self.check_pool(request.user_pool_id.as_deref())?;
        let config = self.config();
        let id = &config.user_pool_id;
        let mut triggers = json!({
            "DefineAuthChallenge": Function::DefineChallenge.arn(),
            "CreateAuthChallenge": Function::CreateChallenge.arn(),
            "VerifyAuthChallengeResponse": Function::VerifyChallenge.arn(),
            "PostConfirmation": Function::VerifyChallenge.arn(),
        });
        if config.token_gate {
            let arn = Function::GateTokens.arn();
            triggers["PreTokenGenerationConfig"] = json!({ "LambdaArn": arn, "LambdaVersion": "V1_0" });
            triggers["PreTokenGeneration"] = arn.into();
        }
        if let Some(kms) = &config.sms_sender_kms {
            triggers["CustomSMSSender"] = json!({ "LambdaArn": Function::SendCode.arn(), "LambdaVersion": "V1_0" });
            triggers["KMSKeyID"] = kms.key_arn().into();
        }
        Ok(json!({ "UserPool": {
            "Id": id,
            "Arn": format!("arn:aws:cognito-idp:{}:{ACCOUNT}:userpool/{id}", config.region),
            "Name": "local",
            "MfaConfiguration": self.mfa_configuration(),
            "AutoVerifiedAttributes": ["phone_number", "email"],
            "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["phone_number", "email"] },
            "AccountRecoverySetting": { "RecoveryMechanisms": [
                { "Name": "verified_email", "Priority": 1 },
                { "Name": "verified_phone_number", "Priority": 2 },
            ] },
            "SmsConfiguration": { "SnsCallerArn": format!("arn:aws:iam::{ACCOUNT}:role/sms"), "ExternalId": "local" },
            "Policies": policy::describe(),
            "LambdaConfig": triggers,
        } }))
    }
}

//! `DescribeUserPool`, for the operator: the settings of the template's pool that hold here too.

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
        Ok(json!({ "UserPool": {
            "Id": id,
            "Arn": format!("arn:aws:cognito-idp:{}:{ACCOUNT}:userpool/{id}", config.region),
            "Name": "local",
            "MfaConfiguration": "OFF",
            "Policies": policy::describe(),
            "LambdaConfig": triggers,
        } }))
    }
}

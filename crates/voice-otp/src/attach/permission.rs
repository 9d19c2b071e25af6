//! Who may invoke the functions.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::{Attachment, statement_id};
use crate::aws::{AwsError, Operation};
use crate::deployment::tags;
use crate::snapshot::reader::{path, permissions};
use crate::snapshot::{Invoker, Permission};

impl Attachment<'_> {
    /// The functions that Cognito may not invoke for the pool yet.
    pub(super) async fn unpermitted(&self, pool: &Value) -> Result<Vec<&str>> {
        let pool = Invoker::pool(pool["Arn"].as_str().unwrap_or_default());
        self.which(|permissions| !permissions.iter().any(|permission| permission.admits(pool))).await
    }

    /// The functions with one of our statements.
    pub(super) async fn permitted(&self) -> Result<Vec<&str>> {
        let id = statement_id(self.pool);
        self.which(|permissions| permissions.iter().any(|permission| permission.id == id)).await
    }

    /// Why Cognito may not invoke another owner's function for the pool, as far as its policy shows.
    pub(super) async fn hindrance(&self, function: &str, pool: &Value) -> Option<String> {
        let pool_arn = pool["Arn"].as_str().unwrap_or_default();
        match self.permissions(function).await {
            Ok(permissions) if permissions.iter().any(|permission| permission.admits(Invoker::pool(pool_arn))) => None,
            Ok(_) => Some(format!(
                "Cognito may not invoke {function} for this pool. This lets it: aws lambda add-permission --region {} --function-name \
                 {function} --statement-id cognito-{} --action lambda:InvokeFunction --principal cognito-idp.amazonaws.com \
                 --source-arn {pool_arn} --source-account {}",
                self.aws.region(),
                self.pool,
                pool_arn.split(':').nth(4).unwrap_or_default()
            )),
            Err(error) => Some(format!("whether Cognito may invoke {function} could not be looked at: {error}")),
        }
    }

    /// Whether another owner's function certainly no longer exists.
    pub(super) async fn is_gone(&self, function: &str) -> bool {
        tags(function, self.aws).await.is_err_and(|error| error.is_missing())
    }

    async fn which(&self, fits: impl Fn(&[Permission]) -> bool) -> Result<Vec<&str>> {
        let mut functions = Vec::new();
        for function in self.functions.arns() {
            if fits(&self.permissions(function).await?) {
                functions.push(function);
            }
        }
        Ok(functions)
    }

    async fn permissions(&self, function: &str) -> Result<Vec<Permission>, AwsError> {
        match self.aws.rest(Operation::GET_POLICY, "GET", &path(function, &["policy"]), None).await {
            Ok(answer) => Ok(permissions(&answer)),
            // There is no policy yet. If the function does not exist, adding to its policy reports that.
            Err(error) if error.is_missing() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn permit(&self, function: &str, pool: &Value) -> Result<()> {
        let pool_arn = pool["Arn"].as_str().context("Cognito returned no ARN of the pool")?;
        let account = pool_arn.split(':').nth(4).context("the pool's ARN names no account")?;
        let statement = json!({
            "StatementId": statement_id(self.pool),
            "Action": "lambda:InvokeFunction",
            "Principal": "cognito-idp.amazonaws.com",
            "SourceArn": pool_arn,
            "SourceAccount": account,
        });
        match self.aws.rest(Operation::ADD_PERMISSION, "POST", &path(function, &["policy"]), Some(statement)).await {
            // An earlier attempt whose answer was lost may have added it.
            Err(error) if error.is_conflict() && !self.unpermitted(pool).await?.contains(&function) => Ok(()),
            Err(error) if error.is_conflict() => {
                let id = statement_id(self.pool);
                bail!("{function} has a statement {id} that does not let this pool in: remove it, and run this again")
            }
            answer => Ok(answer.map(drop)?),
        }
    }

    pub(super) async fn forbid(&self, function: &str) -> Result<()> {
        let id = statement_id(self.pool);
        self.aws.rest(Operation::REMOVE_PERMISSION, "DELETE", &path(function, &["policy", &id]), None).await?;
        Ok(())
    }
}

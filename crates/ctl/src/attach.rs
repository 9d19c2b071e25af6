//! `voice-otp attach` and `detach`: the triggers of a pool, with all its other settings left as they are.

mod difference;
mod permission;
mod plan;
mod request;
#[cfg(test)]
mod tests;

pub use self::difference::Difference;
pub use self::plan::{Functions, statement_id};
pub use self::request::{READ_ONLY, request, settled};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::aws::{Aws, Operation};
use crate::snapshot::reader::DESCRIBE_POOL;

const UPDATE_POOL: Operation = Operation::new("cognito-idp", "UpdateUserPool");
const GET_MFA: Operation = Operation::new("cognito-idp", "GetUserPoolMfaConfig");
const SET_MFA: Operation = Operation::new("cognito-idp", "SetUserPoolMfaConfig");

/// What is to be done with a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Attach the functions.
    Attach {
        /// Make verify the Post Confirmation trigger too.
        post_confirmation: bool,
    },
    /// Detach them.
    Detach,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was written, and read again.
    Done,
    /// There was nothing to do.
    Nothing,
    /// It was only shown.
    Shown,
}

/// Who is told of a change, and asked whether it is wanted.
pub trait Asker {
    /// Is told a line.
    fn say(&mut self, line: &str);
    /// Whether to go on. Nothing was written before it is asked.
    fn confirms(&mut self) -> Result<bool>;
}

/// A pool whose triggers change.
pub struct Attachment<'a> {
    /// Where the pool and the functions are.
    pub aws: &'a Aws,
    /// The pool's id.
    pub pool: &'a str,
    /// The functions.
    pub functions: &'a Functions,
}

impl Attachment<'_> {
    /// Shows a change, asks, makes it, and sees that it is all that has changed.
    pub async fn change(&self, change: Change, asker: &mut dyn Asker) -> Result<Outcome> {
        let before = self.describe().await?;
        let config = match change {
            Change::Attach { post_confirmation } => {
                self.functions.attached_to(&before["LambdaConfig"], post_confirmation)
            }
            Change::Detach => self.functions.detached_from(&before["LambdaConfig"]),
        };
        let differences =
            Difference::all(&json!({ "LambdaConfig": before["LambdaConfig"] }), &json!({ "LambdaConfig": config }));
        let statements = match change {
            Change::Attach { .. } => self.unpermitted(&before).await?,
            Change::Detach => self.permitted().await?,
        };
        self.show(change, &before, &differences, &statements, asker);
        if differences.is_empty() && statements.is_empty() {
            return Ok(Outcome::Nothing);
        }
        if !asker.confirms()? {
            return Ok(Outcome::Shown);
        }
        // First, or Cognito would for a moment ask functions that it may not.
        if matches!(change, Change::Attach { .. }) {
            for function in &statements {
                self.permit(function, &before).await?;
            }
        }
        if !differences.is_empty() {
            self.write(&before, &config).await?;
        }
        if change == Change::Detach {
            for function in &statements {
                self.forbid(function).await?;
            }
        }
        asker.say("Written, read again, and nothing else has changed.");
        Ok(Outcome::Done)
    }

    fn show(
        &self,
        change: Change,
        before: &Value,
        differences: &[Difference],
        statements: &[&str],
        asker: &mut dyn Asker,
    ) {
        asker.say(&format!("User pool {}", self.pool));
        for difference in differences {
            asker.say(&format!("  {difference}"));
        }
        let sign = if change == Change::Detach { "-" } else { "+" };
        for function in statements {
            asker.say(&format!("  {sign} permission of {function} for this pool ({})", statement_id(self.pool)));
        }
        if differences.is_empty() && statements.is_empty() {
            asker.say("  nothing to change");
        }
        if let Some(stack) = before["UserPoolTags"]["aws:cloudformation:stack-name"].as_str() {
            asker.say(&format!(
                "  note: the stack {stack} made this pool. Its next update takes such a change back: better make it there."
            ));
        }
        let mfa = before["MfaConfiguration"].as_str().unwrap_or("OFF");
        if mfa != "OFF" && change != Change::Detach {
            asker.say(&format!(
                "  note: MFA is {mfa}, and stays so. With it, users get in without the call: see `voice-otp doctor`."
            ));
        }
    }

    /// `UpdateUserPool`, and what shows that it did what it should.
    async fn write(&self, before: &Value, config: &Value) -> Result<()> {
        let mfa = self.mfa().await?;
        // Between the first look and the answer, somebody may have changed the pool.
        let now = self.describe().await?;
        let meanwhile = Difference::all(&settled(before), &settled(&now));
        ensure!(
            meanwhile.is_empty(),
            "the pool was changed meanwhile, and was left as it is now; run this again: {}",
            list(&meanwhile)
        );
        self.aws.json(UPDATE_POOL, request(&now, config)).await.context("the user pool was left as it was")?;

        let mut wanted = settled(&now);
        wanted["LambdaConfig"] = config.clone();
        let after = settled(&self.describe().await?);
        let mut lost = Difference::all(&wanted, &after);
        // What kinds of MFA there are is no part of the pool's description, and has an operation of its own.
        if self.mfa().await? != mfa {
            let mut restore = mfa.clone();
            restore["UserPoolId"] = json!(self.pool);
            self.aws
                .json(SET_MFA, restore)
                .await
                .context("UpdateUserPool changed the MFA settings, and they can't be set back")?;
            lost.extend(Difference::all(&mfa, &self.mfa().await?));
        }
        if !lost.is_empty() {
            bail!(
                "the triggers were written, but Cognito has changed other settings with them; set them back: {}",
                list(&lost)
            );
        }
        Ok(())
    }

    async fn describe(&self) -> Result<Value> {
        let mut answer = self.aws.json(DESCRIBE_POOL, json!({ "UserPoolId": self.pool })).await?;
        let pool = answer["UserPool"].take();
        ensure!(pool["Id"] == self.pool, "Cognito told nothing of the pool {}", self.pool);
        Ok(pool)
    }

    async fn mfa(&self) -> Result<Value> {
        Ok(self.aws.json(GET_MFA, json!({ "UserPoolId": self.pool })).await?)
    }
}

fn list(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

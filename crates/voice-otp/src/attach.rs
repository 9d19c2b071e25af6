//! `voice-otp attach` and `detach`: change the triggers of a pool, and leave all its other settings as they are.

mod codes;
mod difference;
mod gate;
mod mfa;
mod permission;
mod plan;
mod request;
#[cfg(test)]
mod tests;

use anyhow::{Context, Error, Result, bail, ensure};
use serde_json::{Value, json};

pub use self::difference::Difference;
pub use self::gate::WantedGate;
pub use self::plan::{Functions, Plan, Sender, statement_id};
pub use self::request::{READ_ONLY, request, settled};

use crate::aws::{Aws, Operation};

/// A change to a pool's triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Attach the functions.
    Attach {
        /// Make verify the Post Confirmation trigger too.
        post_confirmation: bool,
        /// Attach gate-tokens too.
        gate: Option<WantedGate>,
    },
    /// Attach send-code alone.
    AttachCodes,
    /// Detach them, gate-tokens and send-code.
    Detach,
    /// Detach gate-tokens alone.
    DetachGate,
    /// Detach send-code alone.
    DetachCodes,
}

impl Change {
    fn attaches(self) -> bool {
        matches!(self, Self::Attach { .. } | Self::AttachCodes)
    }
}

/// The outcome of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The change was written, and read again.
    Done,
    /// There was nothing to change.
    Nothing,
    /// The change was only shown.
    Shown,
}

/// Shows a change to the operator, and asks whether to make it.
pub trait Asker {
    /// Shows a line.
    fn say(&mut self, line: &str);
    /// Asks whether to go on. `replaces`: functions of other owners are replaced. Nothing has been written at this
    /// point.
    fn confirms(&mut self, replaces: bool) -> Result<bool>;
}

/// A pool whose triggers change.
#[derive(Clone, Copy)]
pub struct Attachment<'a> {
    /// Where the pool and the functions are.
    pub aws: &'a Aws,
    /// The pool's id.
    pub pool: &'a str,
    /// The functions.
    pub functions: &'a Functions,
    /// The stack that made them, if it was named.
    pub stack: Option<&'a str>,
}

impl Attachment<'_> {
    /// Shows a change, asks for consent, makes it, and checks that nothing else has changed.
    pub async fn change(&self, change: Change, asker: &mut dyn Asker) -> Result<Outcome> {
        let before = self.describe().await?;
        let mut notes = Vec::new();
        let functions = match change {
            Change::Attach { gate: Some(wanted), .. } => {
                notes = self.check_gate(wanted, &before, asker).await?;
                self.functions.with_sender(None)
            }
            // Without the flag, Pre Token Generation is left as it is.
            Change::Attach { gate: None, .. } => self.functions.with_gate(None).with_sender(None),
            Change::AttachCodes => {
                notes = self.check_codes(&before).await?;
                Functions::of_sender(self.functions.sender().cloned())
            }
            Change::Detach => {
                let sender = self.sender_taken_off(false, &before).await?;
                self.taken_off(false, &before).await?.with_sender(sender)
            }
            Change::DetachGate => self.taken_off(true, &before).await?.with_sender(None),
            Change::DetachCodes => Functions::of_sender(self.sender_taken_off(true, &before).await?),
        };
        Attachment { functions: &functions, ..*self }.make(change, &before, notes, asker).await
    }

    /// Shows a change of these functions, asks for consent, and makes it. `notes` are shown with it.
    async fn make(
        &self,
        change: Change,
        before: &Value,
        mut notes: Vec<String>,
        asker: &mut dyn Asker,
    ) -> Result<Outcome> {
        let plan = match change {
            Change::Attach { post_confirmation, .. } => self.functions.attached_to(before, post_confirmation),
            Change::AttachCodes => self.functions.attached_to(before, false),
            Change::Detach | Change::DetachGate | Change::DetachCodes => {
                let (plan, gone) = self.without_gone(self.functions.detached_from(before)).await;
                notes.extend(gone);
                notes.extend(self.functions.note_on_key(&plan));
                plan
            }
        };
        let differences = Difference::all(&settled(before), &planned(before, &plan));
        let statements = if change.attaches() { self.unpermitted(before).await? } else { self.permitted().await? };
        self.show(change, before, &differences, &statements, asker);
        for note in &notes {
            asker.say(note);
        }
        self.show_others(change, before, &plan, asker).await;
        if differences.is_empty() && statements.is_empty() {
            return Ok(Outcome::Nothing);
        }
        if !asker.confirms(change.attaches() && !plan.others.is_empty())? {
            return Ok(Outcome::Shown);
        }
        let written = if differences.is_empty() { None } else { Some(self.again(before).await?) };
        let mut added = Vec::new();
        // This comes before the triggers. Otherwise Cognito would, for a moment, try to invoke functions without
        // permission.
        if change.attaches() {
            for function in &statements {
                self.permit(function, before).await.map_err(|error| self.left(&added, error))?;
                added.push(*function);
            }
        }
        if let Some((now, mfa)) = written {
            self.write(&now, &mfa, &plan).await.map_err(|error| self.left(&added, error))?;
        }
        if !change.attaches() {
            for function in &statements {
                self.forbid(function).await.context("the triggers were taken away, and not all permissions")?;
            }
        }
        asker.say("Written, read again, and nothing else has changed.");
        Ok(Outcome::Done)
    }

    /// The plan without functions that no longer exist, and a note for each. A trigger with such a function would fail
    /// every request.
    async fn without_gone(&self, mut plan: Plan) -> (Plan, Vec<String>) {
        let mut notes = Vec::new();
        for (trigger, function) in plan.others.clone() {
            if self.is_gone(&function).await {
                plan.forget(trigger);
                notes.push(format!(
                    "  note: {function} was at {trigger} before, and does not exist any more. The trigger stays empty."
                ));
            }
        }
        (plan, notes)
    }

    /// An error, with what was written before it.
    fn left(&self, added: &[&str], error: Error) -> Error {
        if added.is_empty() {
            return error;
        }
        error.context(format!("permissions were added and stay ({}): {}", statement_id(self.pool), added.join(", ")))
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
        let sign = if change.attaches() { "+" } else { "-" };
        for function in statements {
            asker.say(&format!("  {sign} permission of {function} for this pool ({})", statement_id(self.pool)));
        }
        if differences.is_empty() && statements.is_empty() {
            asker.say("  nothing to change");
        }
        if change.attaches() && !differences.is_empty() {
            asker.say(
                "  note: if Terraform, CDK or Pulumi manages this pool, set the triggers there: its next apply takes these off.",
            );
        }
        if let Some(stack) = before["UserPoolTags"]["aws:cloudformation:stack-name"].as_str() {
            asker.say(&format!(
                "  note: the stack {stack} made this pool. Its next update takes such a change back: better make it there."
            ));
        }
        let mfa = before["MfaConfiguration"].as_str().unwrap_or("OFF");
        if mfa != "OFF" && matches!(change, Change::Attach { .. }) {
            asker.say(&format!(
                "  note: MFA is {mfa}, and stays so. With it, users get in without the call: see `voice-otp doctor`."
            ));
        }
    }

    /// Names the other owners' functions that are replaced or put back. For those that are put back, it names the
    /// permissions that they lack.
    async fn show_others(&self, change: Change, before: &Value, plan: &Plan, asker: &mut dyn Asker) {
        for (trigger, function) in &plan.others {
            if change.attaches() {
                let back = match plan.kept(trigger) {
                    Some(first) if first != function => format!("{first}, which was there first"),
                    _ => "it".to_owned(),
                };
                asker.say(&format!(
                    "  note: {function} is at {trigger} now, and is replaced. `voice-otp detach` puts {back} back."
                ));
            } else {
                asker.say(&format!("  note: {function} was at {trigger} before, and is put back."));
                if let Some(hindrance) = self.hindrance(function, before).await {
                    asker.say(&format!("  note: {hindrance}"));
                }
            }
        }
    }

    /// Reads the pool again, and its kinds of MFA: everything that must be read before a write.
    async fn again(&self, before: &Value) -> Result<(Value, Value)> {
        let mfa = self.mfa().await?;
        // Somebody may have changed the pool while the operator was asked.
        let now = self.describe().await?;
        let meanwhile = Difference::all(&settled(before), &settled(&now));
        ensure!(
            meanwhile.is_empty(),
            "the pool was changed in the meantime, so nothing was written; run this again: {}",
            list(&meanwhile)
        );
        Ok((now, mfa))
    }

    /// Calls `UpdateUserPool`, and checks that it changed what it should and nothing else.
    async fn write(&self, now: &Value, mfa: &Value, plan: &Plan) -> Result<()> {
        let wanted = planned(now, plan);
        if let Err(error) = self.aws.json(Operation::UPDATE_USER_POOL, request(now, plan)).await {
            if !error.may_be_done() {
                return Err(Error::new(error).context("the user pool was left as it was"));
            }
            let found =
                self.describe().await.with_context(|| format!("the triggers may have been written: {error}"))?;
            if settled(&found)["LambdaConfig"] != wanted["LambdaConfig"] {
                return Err(Error::new(error).context("the triggers are as they were, so far"));
            }
        }
        let unseen = "the triggers were written, and whether Cognito has changed other settings with them is not known";
        // MFA comes before the description is read again: a part of the MFA settings is in the description.
        let mut lost = self.restore_mfa(mfa).await.context(unseen)?;
        lost.extend(Difference::all(&wanted, &settled(&self.describe().await.context(unseen)?)));
        if !lost.is_empty() {
            bail!(
                "the triggers were written, but Cognito has changed other settings with them; set them back: {}",
                list(&lost)
            );
        }
        Ok(())
    }

    async fn describe(&self) -> Result<Value> {
        let mut answer = self.aws.json(Operation::DESCRIBE_USER_POOL, json!({ "UserPoolId": self.pool })).await?;
        let pool = answer["UserPool"].take();
        ensure!(pool["Id"] == self.pool, "Cognito returned no pool {}", self.pool);
        Ok(pool)
    }
}

/// A pool's settings once the plan is carried out.
fn planned(pool: &Value, plan: &Plan) -> Value {
    let mut pool = pool.clone();
    plan.apply(&mut pool);
    settled(&pool)
}

fn list(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

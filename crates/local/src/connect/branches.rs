//! The transitions of an action: where the flow goes on after it.

use std::collections::HashMap;

use serde::Deserialize;

use super::flow::Step;

/// The transitions of an action as the document has them.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Transitions {
    next_action: Option<String>,
    #[serde(default)]
    errors: Vec<ErrorBranch>,
    #[serde(default)]
    conditions: Vec<ConditionBranch>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ErrorBranch {
    error_type: String,
    next_action: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ConditionBranch {
    condition: Condition,
    next_action: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Condition {
    operator: String,
    operands: Vec<String>,
}

/// The transitions of one action that were not taken yet.
pub(super) struct Branches<'a> {
    left: Transitions,
    steps: &'a HashMap<String, Step>,
}

impl<'a> Branches<'a> {
    /// The transitions of an action, whose targets are among `steps`.
    pub(super) fn new(transitions: Transitions, steps: &'a HashMap<String, Step>) -> Self {
        Self { left: transitions, steps }
    }

    /// Takes the `NextAction`, which must be there.
    pub(super) fn next(&mut self) -> Result<Step, String> {
        self.next_if_any()?.ok_or_else(|| "Transitions must have a NextAction".to_owned())
    }

    /// Takes the `NextAction`.
    pub(super) fn next_if_any(&mut self) -> Result<Option<Step>, String> {
        self.left.next_action.take().map(|target| self.step(&target)).transpose()
    }

    /// Takes the branch for an error, which must be there.
    pub(super) fn required_error(&mut self, error_type: &str) -> Result<Step, String> {
        self.error(error_type)?.ok_or_else(|| format!("Transitions must have a branch for {error_type}"))
    }

    /// Takes the branch for an error.
    pub(super) fn error(&mut self, error_type: &str) -> Result<Option<Step>, String> {
        let Some(index) = self.left.errors.iter().position(|branch| branch.error_type == error_type) else {
            return Ok(None);
        };
        let branch = self.left.errors.remove(index);
        self.step(&branch.next_action).map(Some)
    }

    /// Takes the operand and target of each condition, all of them `Equals`.
    pub(super) fn conditions(&mut self) -> Result<Vec<(String, Step)>, String> {
        let mut conditions = Vec::new();
        for branch in std::mem::take(&mut self.left.conditions) {
            one_of("Operator", &branch.condition.operator, &["Equals"])?;
            let [operand] = <[String; 1]>::try_from(branch.condition.operands)
                .map_err(|_| "a condition must have exactly one operand".to_owned())?;
            conditions.push((operand, self.step(&branch.next_action)?));
        }
        Ok(conditions)
    }

    /// A branch that this type of action can't take is an error.
    pub(super) fn none_left(&self) -> Result<(), String> {
        if let Some(branch) = self.left.errors.first() {
            return Err(format!("there must be no branch, or no second one, for {}", branch.error_type));
        }
        if self.left.next_action.is_some() || !self.left.conditions.is_empty() {
            return Err("Transitions has a NextAction or Conditions that this type of action can't take".to_owned());
        }
        Ok(())
    }

    fn step(&self, identifier: &str) -> Result<Step, String> {
        self.steps.get(identifier).copied().ok_or_else(|| format!("there is no action {identifier} to go on with"))
    }
}

/// Checks that a value is one of those allowed.
pub(super) fn one_of(name: &str, value: &str, allowed: &[&str]) -> Result<(), String> {
    if allowed.contains(&value) { Ok(()) } else { Err(format!("{name} must be {}", allowed.join(" or "))) }
}

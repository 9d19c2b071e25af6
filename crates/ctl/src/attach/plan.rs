//! What attaching and detaching change. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::snapshot::Trigger;

/// The trigger that verify answers too: after a password reset, it unlocks the user.
const POST_CONFIRMATION: &str = "PostConfirmation";

/// The functions that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Functions(BTreeMap<Trigger, String>);

impl Functions {
    /// The functions, if there is one for each trigger.
    #[must_use]
    pub fn new(functions: BTreeMap<Trigger, String>) -> Option<Self> {
        (functions.len() == Trigger::ALL.len()).then_some(Self(functions))
    }

    /// Their ARNs.
    pub fn arns(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(String::as_str)
    }

    fn verify(&self) -> Option<&str> {
        self.0.get(&Trigger::Verify).map(String::as_str)
    }

    /// `LambdaConfig` with them, and everything else that is in it.
    #[must_use]
    pub fn attached_to(&self, lambda_config: &Value, post_confirmation: bool) -> Value {
        let mut config = object(lambda_config);
        for (trigger, arn) in &self.0 {
            config.insert(trigger.key().to_owned(), json!(arn));
        }
        if post_confirmation {
            config.insert(POST_CONFIRMATION.to_owned(), json!(self.verify()));
        }
        Value::Object(config)
    }

    /// `LambdaConfig` without them. Another function at one of the triggers stays.
    #[must_use]
    pub fn detached_from(&self, lambda_config: &Value) -> Value {
        let mut config = object(lambda_config);
        let own = self.0.iter().map(|(trigger, arn)| (trigger.key(), arn.as_str()));
        for (key, arn) in own.chain(self.verify().map(|arn| (POST_CONFIRMATION, arn))) {
            if config.get(key).and_then(Value::as_str) == Some(arn) {
                config.remove(key);
            }
        }
        Value::Object(config)
    }
}

/// The name of the statements that let a pool invoke a function, and that this program adds and takes away.
#[must_use]
pub fn statement_id(pool_id: &str) -> String {
    format!("voice-otp-{pool_id}")
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions() -> Functions {
        let arns = Trigger::ALL.map(|trigger| (trigger, format!("arn:{}", trigger.key())));
        Functions::new(arns.into()).unwrap()
    }

    #[test]
    fn attaching_leaves_all_other_triggers_alone() {
        let before = json!({ "PreSignUp": "arn:other", "PostConfirmation": "arn:other", "KMSKeyID": "k",
            "CustomSMSSender": { "LambdaArn": "arn:sms", "LambdaVersion": "V1_0" } });
        let after = functions().attached_to(&before, false);
        for name in ["PreSignUp", "PostConfirmation", "KMSKeyID", "CustomSMSSender"] {
            assert_eq!(after[name], before[name]);
        }
        assert_eq!(after["CreateAuthChallenge"], "arn:CreateAuthChallenge");
        assert_eq!(functions().attached_to(&before, true)["PostConfirmation"], "arn:VerifyAuthChallengeResponse");
        assert_eq!(functions().attached_to(&Value::Null, false).as_object().unwrap().len(), 3);
    }

    #[test]
    fn detaching_takes_away_ours_and_nothing_else() {
        let others = json!({ "PreSignUp": "arn:other" });
        let attached = functions().attached_to(&others, true);
        assert_eq!(functions().detached_from(&attached), others);
        let mut changed = attached.clone();
        changed["CreateAuthChallenge"] = json!("arn:theirs");
        let left = functions().detached_from(&changed);
        assert_eq!(left, json!({ "PreSignUp": "arn:other", "CreateAuthChallenge": "arn:theirs" }));
    }

    #[test]
    fn two_functions_are_not_enough() {
        let two = [(Trigger::Define, String::new()), (Trigger::Create, String::new())];
        assert_eq!(Functions::new(two.into()), None);
    }
}

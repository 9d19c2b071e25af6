//! Plans what attaching and detaching change. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::snapshot::{SmsSender, TokenTrigger, Trigger};

/// The trigger that verify answers too: after a password reset, it unlocks the user.
const POST_CONFIRMATION: &str = "PostConfirmation";

/// The functions to attach or detach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Functions {
    pub(super) triggers: BTreeMap<Trigger, String>,
    gate: Option<String>,
    pub(super) sender: Option<Sender>,
}

/// send-code, the custom SMS sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Its ARN.
    pub function: String,
    /// The ARN of the KMS key that it takes codes with. Only attaching needs it.
    pub key: Option<String>,
    /// Whether that key was made for it, by its stack. Such a key goes with it.
    pub made_key: bool,
}

/// The values that a change gives a pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// `LambdaConfig`.
    pub triggers: Map<String, Value>,
    /// `UserPoolTags`. Where another function was replaced at a trigger, a tag keeps that function's ARN. The same
    /// request writes the tag and the trigger. The tag is visible to everybody who can read the pool, and lasts as
    /// long as the pool.
    pub tags: Map<String, Value>,
    /// Functions of other owners, by trigger: those that attaching replaces, or that detaching puts back.
    pub others: BTreeMap<&'static str, String>,
}

impl Functions {
    /// The functions. `None` unless there is one for each trigger. `gate` is gate-tokens, which a pool can do without.
    #[must_use]
    pub fn new(triggers: BTreeMap<Trigger, String>, gate: Option<String>) -> Option<Self> {
        (triggers.len() == Trigger::ALL.len()).then_some(Self { triggers, gate, sender: None })
    }

    /// gate-tokens alone, or no function.
    #[must_use]
    pub fn of_gate(gate: Option<String>) -> Self {
        Self { triggers: BTreeMap::new(), gate, sender: None }
    }

    /// The same with another gate-tokens, or with none.
    #[must_use]
    pub fn with_gate(&self, gate: Option<String>) -> Self {
        Self { gate, ..self.clone() }
    }

    /// The same with another send-code, or with none.
    #[must_use]
    pub fn with_sender(&self, sender: Option<Sender>) -> Self {
        Self { sender, ..self.clone() }
    }

    /// send-code, which a pool can do without.
    #[must_use]
    pub fn sender(&self) -> Option<&Sender> {
        self.sender.as_ref()
    }

    /// gate-tokens.
    #[must_use]
    pub fn gate(&self) -> Option<&str> {
        self.gate.as_deref()
    }

    /// Their ARNs.
    pub fn arns(&self) -> impl Iterator<Item = &str> {
        let sender = self.sender.as_ref().map(|sender| &sender.function);
        self.triggers.values().chain(&self.gate).chain(sender).map(String::as_str)
    }

    /// The functions of the sign-in's triggers, and of Post Confirmation if `post_confirmation` is set, by their keys
    /// in `LambdaConfig`.
    fn by_key(&self, post_confirmation: bool) -> impl Iterator<Item = (&'static str, &str)> {
        let own = self.triggers.iter().map(|(trigger, arn)| (trigger.key(), arn.as_str()));
        let verify = self.triggers.get(&Trigger::Verify).filter(|_| post_confirmation);
        own.chain(verify.map(|arn| (POST_CONFIRMATION, arn.as_str())))
    }

    /// The plan to attach them to a pool. Everything else in the pool stays.
    #[must_use]
    pub fn attached_to(&self, pool: &Value, post_confirmation: bool) -> Plan {
        let mut plan = Plan::of(pool);
        for (key, arn) in self.by_key(post_confirmation) {
            match plan.triggers.insert(key.to_owned(), json!(arn)).as_ref().and_then(Value::as_str) {
                Some(same) if same == arn => (),
                Some(other) if self.arns().all(|own| own != other) => {
                    // If several were replaced one after another, the first is kept and put back later: it is not
                    // ours.
                    plan.tags.entry(tag(key)).or_insert(json!(other));
                    plan.others.insert(key, other.to_owned());
                }
                // There was no function of another owner: one of ours was at the wrong trigger, or the trigger was
                // empty because the function was removed.
                _ => drop(plan.tags.remove(&tag(key))),
            }
        }
        if let Some(gate) = &self.gate {
            // No function of another owner is there: `attach` has looked.
            plan.triggers.insert(TokenTrigger::KEY.to_owned(), json!(gate));
            if let Some(versioned) = plan.triggers.get_mut(TokenTrigger::VERSIONED_KEY) {
                *versioned = json!({ "LambdaArn": gate, "LambdaVersion": TokenTrigger::FIRST_VERSION });
            }
        }
        if let Some(Sender { function, key, .. }) = &self.sender {
            // No sender of another owner is there, nor another key for one: `attach` has looked.
            let own = json!({ "LambdaArn": function, "LambdaVersion": SmsSender::VERSION });
            plan.triggers.insert(SmsSender::KEY.to_owned(), own);
            plan.triggers.extend(key.as_ref().map(|key| (SmsSender::KMS_KEY.to_owned(), json!(key))));
        }
        plan
    }

    /// The plan to detach them from a pool, and to put back the functions that they replaced. Another function at one
    /// of the triggers stays.
    #[must_use]
    pub fn detached_from(&self, pool: &Value) -> Plan {
        let mut plan = Plan::of(pool);
        for (key, arn) in self.by_key(true) {
            if plan.triggers.get(key).and_then(Value::as_str) != Some(arn) {
                continue;
            }
            plan.triggers.remove(key);
            if let Some(Value::String(other)) = plan.tags.remove(&tag(key)) {
                plan.triggers.insert(key.to_owned(), json!(other));
                plan.others.insert(key, other);
            }
        }
        if let Some(gate) = &self.gate {
            let is_gate = |arn: &Value| arn == gate;
            plan.triggers.retain(|key, function| match key.as_str() {
                TokenTrigger::KEY => !is_gate(function),
                TokenTrigger::VERSIONED_KEY => !is_gate(&function["LambdaArn"]),
                _ => true,
            });
        }
        let is_sender =
            |sender: &Sender| plan.triggers.get(SmsSender::KEY).is_some_and(|own| own["LambdaArn"] == *sender.function);
        if let Some(sender) = self.sender.as_ref().filter(|sender| is_sender(sender)) {
            plan.triggers.remove(SmsSender::KEY);
            // It is the key of both custom senders, and the pool may have had it before.
            let is_made = plan.triggers.get(SmsSender::KMS_KEY).is_some_and(|key| key.as_str() == sender.made_key());
            if is_made && !plan.triggers.contains_key(SmsSender::OF_EMAIL) {
                plan.triggers.remove(SmsSender::KMS_KEY);
            }
        }
        plan
    }
}

impl Sender {
    /// Its key, if its stack made it.
    pub(super) fn made_key(&self) -> Option<&str> {
        self.key.as_deref().filter(|_| self.made_key)
    }
}

impl Plan {
    /// The plan that changes nothing.
    #[must_use]
    pub fn of(pool: &Value) -> Self {
        let object = |name: &str| pool[name].as_object().cloned().unwrap_or_default();
        Self { triggers: object("LambdaConfig"), tags: object("UserPoolTags"), others: BTreeMap::new() }
    }

    /// The function that detaching puts back at a trigger.
    pub fn kept(&self, key: &str) -> Option<&str> {
        self.tags.get(&tag(key)).and_then(Value::as_str)
    }

    /// Leaves a trigger empty: the function that was there before no longer exists.
    pub fn forget(&mut self, key: &str) {
        self.triggers.remove(key);
        self.others.remove(key);
    }

    /// Writes the planned values into a pool's description, or into the request for an update.
    pub fn apply(&self, pool: &mut Value) {
        pool["LambdaConfig"] = json!(self.triggers);
        pool["UserPoolTags"] = json!(self.tags);
    }
}

/// The tag that keeps the ARN of the function that was replaced at a trigger.
fn tag(key: &str) -> String {
    format!("voice-otp:replaced:{key}")
}

/// The name of the statements that let a pool invoke a function. This program adds and removes them.
#[must_use]
pub fn statement_id(pool_id: &str) -> String {
    format!("voice-otp-{pool_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn functions() -> Functions {
        let arns = Trigger::ALL.map(|trigger| (trigger, format!("arn:{}", trigger.key())));
        Functions::new(arns.into(), None).unwrap()
    }

    /// A pool with these triggers and tags.
    fn pool(triggers: Value, tags: Value) -> Value {
        json!({ "Id": "p", "LambdaConfig": triggers, "UserPoolTags": tags })
    }

    fn changed(pool: &Value, plan: &Plan) -> Value {
        let mut pool = pool.clone();
        plan.apply(&mut pool);
        pool
    }

    #[test]
    fn attaching_leaves_all_other_triggers_alone() {
        let before = json!({ "PreSignUp": "arn:other", "PostConfirmation": "arn:other", "KMSKeyID": "k",
            "CustomSMSSender": { "LambdaArn": "arn:sms", "LambdaVersion": "V1_0" } });
        let plan = functions().attached_to(&pool(before.clone(), json!({})), false);
        for name in ["PreSignUp", "PostConfirmation", "KMSKeyID", "CustomSMSSender"] {
            assert_eq!(plan.triggers[name], before[name]);
        }
        assert_eq!(plan.triggers["CreateAuthChallenge"], "arn:CreateAuthChallenge");
        assert_eq!((plan.tags.len(), plan.others.len()), (0, 0));
        let bare = functions().attached_to(&Value::Null, false);
        assert_eq!((bare.triggers.len(), bare.tags.len()), (3, 0));
    }

    #[test]
    fn detaching_takes_away_ours_and_nothing_else() {
        let others = pool(json!({ "PreSignUp": "arn:other" }), json!({ "team": "t" }));
        let attached = changed(&others, &functions().attached_to(&others, true));
        assert_eq!(attached["LambdaConfig"]["PostConfirmation"], "arn:VerifyAuthChallengeResponse");
        assert_eq!(changed(&attached, &functions().detached_from(&attached)), others);
        let mut theirs = attached.clone();
        theirs["LambdaConfig"]["CreateAuthChallenge"] = json!("arn:theirs");
        let left = functions().detached_from(&theirs);
        assert_eq!(json!(left.triggers), json!({ "PreSignUp": "arn:other", "CreateAuthChallenge": "arn:theirs" }));
    }

    #[test]
    fn what_was_replaced_is_kept_in_tags_and_put_back() {
        let triggers = json!({ "DefineAuthChallenge": "arn:old", "PostConfirmation": "arn:welcome" });
        let before = pool(triggers, json!({ "team": "t" }));
        let plan = functions().attached_to(&before, true);
        let replaced = [("DefineAuthChallenge", "arn:old"), ("PostConfirmation", "arn:welcome")];
        let others: BTreeMap<_, _> = replaced.map(|(key, arn)| (key, arn.to_owned())).into();
        assert_eq!(plan.others, others);
        let attached = changed(&before, &plan);
        assert_eq!(attached["UserPoolTags"]["voice-otp:replaced:PostConfirmation"], "arn:welcome");
        // A second time changes nothing, and forgets nothing.
        let again = functions().attached_to(&attached, true);
        assert_eq!((changed(&attached, &again), again.others.len()), (attached.clone(), 0));
        let back = functions().detached_from(&attached);
        assert_eq!((changed(&attached, &back), &back.others), (before, &others));
        // If another function is attached in the meantime, none is put back.
        let mut theirs = attached.clone();
        theirs["LambdaConfig"]["PostConfirmation"] = json!("arn:theirs");
        let back = functions().detached_from(&theirs);
        assert_eq!((&back.triggers["PostConfirmation"], back.others.len()), (&json!("arn:theirs"), 1));
    }

    #[test]
    fn what_was_replaced_first_is_kept_where_another_stack_is_attached() {
        let first = json!({ "voice-otp:replaced:PostConfirmation": "arn:welcome" });
        let plan = functions().attached_to(&pool(json!({ "PostConfirmation": "arn:other-stack" }), first), true);
        assert_eq!(plan.kept("PostConfirmation"), Some("arn:welcome"));
        assert_eq!(plan.others["PostConfirmation"], "arn:other-stack");
    }

    #[test]
    fn what_was_replaced_before_the_triggers_were_emptied_is_forgotten() {
        let stale = pool(json!({}), json!({ "voice-otp:replaced:DefineAuthChallenge": "arn:old" }));
        assert_eq!(functions().attached_to(&stale, false).tags, Map::new());
    }

    #[test]
    fn our_own_function_at_the_wrong_trigger_is_not_put_back() {
        let mixed_up = pool(json!({ "DefineAuthChallenge": "arn:CreateAuthChallenge" }), json!({}));
        let plan = functions().attached_to(&mixed_up, false);
        assert_eq!(plan.triggers["DefineAuthChallenge"], "arn:DefineAuthChallenge");
        assert_eq!((plan.tags.len(), plan.others.len()), (0, 0));
    }

    #[test]
    fn the_gate_is_attached_to_both_forms_of_its_trigger_and_taken_off_both() {
        let functions = functions().with_gate(Some("arn:gate".to_owned()));
        let bare = pool(json!({ "PreSignUp": "arn:other" }), json!({}));
        let attached = changed(&bare, &functions.attached_to(&bare, false));
        assert_eq!(attached["LambdaConfig"]["PreTokenGeneration"], "arn:gate");
        assert_eq!(attached["LambdaConfig"].get("PreTokenGenerationConfig"), None);
        assert_eq!(changed(&attached, &functions.detached_from(&attached)), bare);
        // Cognito returns both forms. An event of a later version has nothing for the gate.
        let mut both = attached.clone();
        both["LambdaConfig"]["PreTokenGenerationConfig"] = json!({ "LambdaArn": "arn:gate", "LambdaVersion": "V2_0" });
        let first = json!({ "LambdaArn": "arn:gate", "LambdaVersion": "V1_0" });
        assert_eq!(functions.attached_to(&both, false).triggers["PreTokenGenerationConfig"], first);
        assert_eq!(changed(&both, &functions.detached_from(&both)), bare);
        let left = Functions::of_gate(Some("arn:gate".to_owned())).detached_from(&both).triggers;
        assert_eq!((left.len(), &left["CreateAuthChallenge"]), (4, &json!("arn:CreateAuthChallenge")));
    }

    #[test]
    fn the_trigger_of_another_function_for_tokens_stays() {
        let config = json!({ "LambdaArn": "arn:theirs", "LambdaVersion": "V2_0" });
        let theirs = json!({ "PreTokenGeneration": "arn:theirs", "PreTokenGenerationConfig": config });
        let before = pool(theirs.clone(), json!({}));
        let gate = Functions::of_gate(Some("arn:gate".to_owned()));
        assert_eq!(json!(gate.detached_from(&before).triggers), theirs);
        let attached = functions().attached_to(&before, true);
        assert_eq!(attached.triggers["PreTokenGenerationConfig"], theirs["PreTokenGenerationConfig"]);
        assert_eq!(functions().detached_from(&before).triggers["PreTokenGeneration"], "arn:theirs");
    }

    #[test]
    fn two_functions_are_not_enough() {
        let two = [(Trigger::Define, String::new()), (Trigger::Create, String::new())];
        assert_eq!(Functions::new(two.into(), None), None);
    }
}

//! Cognito's own codes: what must be right before send-code becomes the pool's custom SMS sender.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::gate::token_trigger;
use super::{Attachment, Functions, Plan, Sender};
use crate::snapshot::{SmsSender, TokenTrigger, Trigger};

impl Attachment<'_> {
    /// Checks that the pool is ready for the sender. Returns what the operator has to know before a yes.
    pub(super) async fn check_codes(&self, before: &Value) -> Result<Vec<String>> {
        let unnamed = || format!("the stack's outputs name no send-code: first {}", self.deploy("CognitoCodes", "all"));
        let Sender { function, key, .. } = self.functions.sender().with_context(unnamed)?;
        let key = key.as_deref().context("the stack's outputs name no key for the codes: is it of this version?")?;
        let triggers = &before["LambdaConfig"];
        let mut notes = vec![
            "  note: from then on Cognito sends no text message itself. Temporary passwords are not spoken: they are sent only where \
             the stack has SmsOriginationIdentity."
                .to_owned(),
        ];
        if let Some(other) = SmsSender::from_json(triggers).filter(|other| other.function != *function) {
            ensure!(
                self.is_gone(&other.function).await,
                "{} is the pool's custom SMS sender, with events of {}: a pool has one, and it is never replaced. Take it off \
                 first, by what attached it",
                other.function,
                other.version
            );
            notes.push(format!("  note: {} does not exist any more, and is replaced.", other.function));
        }
        // Where our sender is attached alone, the key was given to it, and the stack has another one since.
        let is_senders = SmsSender::from_json(triggers).is_some_and(|sender| sender.function == *function)
            && !triggers[SmsSender::OF_EMAIL].is_object();
        if let Some(there) = triggers[SmsSender::KMS_KEY].as_str().filter(|there| *there != key && !is_senders) {
            bail!(
                "a pool has one key for both custom senders, and it is never replaced: the pool has {there}, and the stack {key}. \
                 First {}",
                self.deploy("CognitoCodesKeyArn", there)
            );
        }
        ensure!(
            before["SmsConfiguration"].is_object(),
            "the pool has no SmsConfiguration, and without one Cognito sends no code by phone and asks no sender. In the Cognito \
             console: User pools > {} > Authentication methods > SMS > Edit: choose or make an IAM role",
            self.pool
        );
        let mfa = before["MfaConfiguration"].as_str().unwrap_or("OFF");
        ensure!(
            mfa == "OFF" || !self.functions.is_at(before, Trigger::Define),
            "MFA is {mfa}, and the pool has the sign-in by call: in one pool they exclude each other. Turn MFA off in the pool, or \
             first `voice-otp detach --region {} --stack {} --user-pool {}`",
            self.aws.region(),
            self.stack.unwrap_or("STACK"),
            self.pool
        );
        notes.extend(self.check_gate_alone(before).await?);
        Ok(notes)
    }

    /// Checks that the token gate is not at a pool that has no sign-in by call. Returns a note on a function that is gone.
    async fn check_gate_alone(&self, before: &Value) -> Result<Option<String>> {
        let trigger = token_trigger(before).filter(|_| !self.functions.is_at(before, Trigger::Define));
        let Some(TokenTrigger { function, .. }) = trigger else { return Ok(None) };
        let detach = format!(
            "`voice-otp detach --token-gate --region {} --stack {} --user-pool {}`",
            self.aws.region(),
            self.stack.unwrap_or("STACK"),
            self.pool
        );
        ensure!(
            self.functions.gate() != Some(function.as_str()),
            "{function} is at Pre Token Generation, and the pool has no sign-in by call: the token gate knows no other. First {detach}"
        );
        Ok(self.is_gone(&function).await.then(|| {
            format!("  note: {function} is at Pre Token Generation and does not exist: nobody gets tokens. {detach} takes it off.")
        }))
    }

    /// The sender that a change takes off. `alone`: nothing but the sender is taken off.
    pub(super) async fn sender_taken_off(&self, alone: bool, before: &Value) -> Result<Option<Sender>> {
        let named = self.functions.sender().cloned();
        let Some(SmsSender { function, .. }) = SmsSender::from_json(&before["LambdaConfig"]) else { return Ok(named) };
        let is_named = named.as_ref().is_some_and(|sender| sender.function == function);
        if is_named && named.as_ref().is_some_and(|sender| sender.key.is_some()) {
            return Ok(named);
        }
        // A stack that was deployed without the codes, or anew, does not name the function that it had before.
        if self.is_gone(&function).await {
            // Nothing else uses the key that it had, which may be gone too.
            let key = before["LambdaConfig"][SmsSender::KMS_KEY].as_str().map(str::to_owned);
            return Ok(Some(Sender { function, key, made_key: true }));
        }
        if is_named {
            return Ok(named);
        }
        ensure!(
            !alone,
            "{function} is the pool's custom SMS sender, and it is not the send-code of the stack; if it is that of another, \
             `voice-otp detach --cognito-codes --region {} --user-pool {} --send-code {function}` takes it off",
            self.aws.region(),
            self.pool
        );
        Ok(named)
    }
}

impl Functions {
    /// The sender alone, or no function.
    #[must_use]
    pub fn of_sender(sender: Option<Sender>) -> Self {
        Self::of_gate(None).with_sender(sender)
    }

    /// What the operator has to know where a pool keeps the stack's key once the sender is taken off.
    pub(super) fn note_on_key(&self, plan: &Plan) -> Option<String> {
        let key = self.sender.as_ref()?.made_key()?;
        let stays = plan.triggers.contains_key(SmsSender::OF_EMAIL) && plan.triggers.get(SmsSender::KMS_KEY)? == key;
        stays.then(|| {
            format!(
                "  note: the pool keeps the key {key}, for its CustomEmailSender. If the stack made this key, give the pool another one \
                 before you deploy CognitoCodes=off or delete the stack: that schedules the key for deletion, and from then on \
                 Cognito can't send a code by e-mail."
            )
        })
    }

    /// Whether our function is at this trigger of a pool.
    fn is_at(&self, pool: &Value, trigger: Trigger) -> bool {
        self.triggers.get(&trigger).is_some_and(|own| pool["LambdaConfig"][trigger.key()] == own.as_str())
    }
}

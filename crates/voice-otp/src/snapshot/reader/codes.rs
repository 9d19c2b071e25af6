//! Reads what Cognito's own codes need: the pool's custom SMS sender, and the KMS key.

use serde_json::{Value, json};

use super::lambda::environment;
use super::{Found, Names, Reader, found};
use crate::aws::{AwsError, Operation};
use crate::snapshot::{Codes, CodesKey, Function, Invocations, Pool};

/// The variable that send-code and speak-code alone have.
const CODES: &str = "OTP_COGNITO_CODES";

impl Reader<'_> {
    /// The ARN of send-code: the stack's, or without a stack that of the pool's custom SMS sender. Also whether another
    /// function is the sender that does not exist.
    pub(super) async fn send_code(&self, names: &Names, pool: &Found<Pool>) -> (Option<String>, bool) {
        let attached = pool.here().and_then(|pool| pool.sms_sender.as_ref()).map(|sender| &sender.function);
        let Some(attached) = attached.filter(|attached| names.send.as_ref() != Some(attached)) else {
            return (names.send.clone(), false);
        };
        // It may be anybody's: nothing of its configuration is kept.
        let configuration = self.configuration(attached).await;
        let is_gone = configuration.as_ref().is_err_and(AwsError::is_missing);
        let environment = configuration.and_then(|configuration| environment(&configuration));
        let is_ours = environment.is_ok_and(|(environment, _)| environment.contains_key(CODES));
        let own = (is_ours && names.stack.is_none()).then(|| attached.clone());
        (names.send.clone().or(own), is_gone)
    }

    /// How send-code is invoked, and the pool's key if it is attached there.
    pub(super) async fn codes(&self, send: &Found<Function>, pool: &Found<Pool>, sender_is_gone: bool) -> Codes {
        let mut codes = Codes { sender_is_gone, ..Codes::default() };
        let Some(Function { arn, .. }) = send.here() else { return codes };
        codes.invocation = self.invocations(arn).await;
        let Some(pool) = pool.here() else { return codes };
        let is_attached = pool.sms_sender.as_ref().is_some_and(|sender| sender.function == *arn);
        // A key of another Region can't be asked for here, nor used by Cognito.
        let is_here = |key: &&String| key.split(':').nth(3) == Some(self.aws.region());
        let Some(key) = pool.codes_key.as_ref().filter(|_| is_attached).filter(is_here) else { return codes };
        let answer = self.aws.json(Operation::DESCRIBE_KEY, json!({ "KeyId": key })).await;
        codes.key = found(key, answer.map(|answer| CodesKey::from_json(&answer["KeyMetadata"])));
        if codes.key.here().is_some() {
            codes.is_granted = found(key, self.is_granted(key, &pool.id).await);
        }
        codes
    }

    async fn invocations(&self, function: &str) -> Found<Invocations> {
        let path = ["2019-09-25", "functions", function, "event-invoke-config"];
        match self.aws.rest(Operation::GET_FUNCTION_EVENT_INVOKE_CONFIG, "GET", &path, None).await {
            Ok(answer) => Found::Here(Invocations::from_json(&answer)),
            // The function exists, and nobody has configured this.
            Err(error) if error.is_missing() => Found::Here(Invocations::DEFAULT),
            Err(error) => found(function, Err(error)),
        }
    }

    async fn is_granted(&self, key: &str, pool: &str) -> Result<bool, AwsError> {
        let mut page = json!({ "KeyId": key, "Limit": 100 });
        loop {
            let answer = self.aws.json(Operation::LIST_GRANTS, page.clone()).await?;
            let mut grants = answer["Grants"].as_array().into_iter().flatten();
            if grants.any(|grant| CodesKey::is_for_codes(grant, pool)) {
                return Ok(true);
            }
            match (&answer["Truncated"], &answer["NextMarker"]) {
                (Value::Bool(true), Value::String(marker)) => page["Marker"] = json!(marker),
                _ => return Ok(false),
            }
        }
    }
}

//! The kinds of MFA that a pool has. They are not part of its description, and have their own operations.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{Attachment, Difference, list};
use crate::aws::Operation;

/// Settings that must not be sent while MFA is off, although Cognito may return them then.
const FACTORS: [&str; 3] = ["EmailMfaConfiguration", "SmsMfaConfiguration", "SoftwareTokenMfaConfiguration"];

impl Attachment<'_> {
    pub(super) async fn mfa(&self) -> Result<Value> {
        Ok(self.aws.json(Operation::GET_USER_POOL_MFA_CONFIG, json!({ "UserPoolId": self.pool })).await?)
    }

    /// Restores the MFA settings if they differ. Returns what still differs.
    pub(super) async fn restore_mfa(&self, before: &Value) -> Result<Vec<Difference>> {
        let changed = Difference::all(before, &self.mfa().await?);
        if changed.is_empty() {
            return Ok(changed);
        }
        let set = self.aws.json(Operation::SET_USER_POOL_MFA_CONFIG, request(self.pool, before)).await;
        set.with_context(|| format!("the MFA settings have changed, and can't be restored: {}", list(&changed)))?;
        Ok(Difference::all(before, &self.mfa().await?))
    }
}

/// Sends all MFA settings, since Cognito turns off what is not sent. While MFA is `OFF`, no kind of MFA is sent:
/// Cognito would refuse it with "Can't turn off MFA and configure an MFA together"
/// (<https://github.com/go-to-k/cdkd/issues/1923>).
fn request(pool: &str, mfa: &Value) -> Value {
    let mut request = mfa.clone();
    if mfa["MfaConfiguration"] == "OFF"
        && let Some(settings) = request.as_object_mut()
    {
        settings.retain(|name, _| !FACTORS.contains(&name.as_str()));
    }
    request["UserPoolId"] = json!(pool);
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_is_sent_while_mfa_is_off() {
        let mfa = |state: &str| json!({ "MfaConfiguration": state, "SoftwareTokenMfaConfiguration": { "Enabled": true }, "WebAuthnConfiguration": { "UserVerification": "required" } });
        assert_eq!(
            request("p", &mfa("OFF")),
            json!({ "UserPoolId": "p", "MfaConfiguration": "OFF", "WebAuthnConfiguration": { "UserVerification": "required" } })
        );
        assert_eq!(request("p", &mfa("ON"))["SoftwareTokenMfaConfiguration"]["Enabled"], true);
    }
}

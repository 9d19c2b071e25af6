//! The request to `UpdateUserPool`. Pure.
//!
//! `UpdateUserPool` resets every setting that it is not sent. So the request contains everything that
//! `DescribeUserPool` returns. It is plain JSON, so it also contains settings that are newer than this program.

use serde_json::{Map, Value, json};

use super::Plan;
use crate::snapshot::TokenTrigger;

/// Settings that `DescribeUserPool` returns and `UpdateUserPool` doesn't accept. They are fixed when the pool is
/// created, computed by Cognito, or set by other operations.
pub const READ_ONLY: [&str; 14] = [
    "AliasAttributes",
    "Arn",
    "CreationDate",
    "CustomDomain",
    "Domain",
    "EmailConfigurationFailure",
    "EstimatedNumberOfUsers",
    "Id",
    "LastModifiedDate",
    "SchemaAttributes",
    "SmsConfigurationFailure",
    "Status",
    "UsernameAttributes",
    "UsernameConfiguration",
];

/// Values that Cognito changes by itself, or because of our update.
const MOVING: [&str; 2] = ["EstimatedNumberOfUsers", "LastModifiedDate"];

/// Members that have different names in the two operations.
const RENAMED: (&str, &str) = ("Name", "PoolName");

/// The request that changes what is planned, and leaves the rest of the pool as it is.
#[must_use]
pub fn request(pool: &Value, plan: &Plan) -> Value {
    let mut request = Map::new();
    for (name, value) in pool.as_object().into_iter().flatten() {
        let name = if name == RENAMED.0 { RENAMED.1 } else { name };
        if !READ_ONLY.contains(&name) && !value.is_null() {
            request.insert(name.to_owned(), value.clone());
        }
    }
    request.insert("UserPoolId".to_owned(), pool["Id"].clone());
    drop_older_form(&mut request);
    let mut request = Value::Object(request);
    plan.apply(&mut request);
    // AWS puts these tags on a stack's resources, keeps them, and accepts them from nobody else.
    if let Some(tags) = request["UserPoolTags"].as_object_mut() {
        tags.retain(|name, _| !name.starts_with("aws:"));
    }
    request
}

/// The settings of a pool that a write must not change.
#[must_use]
pub fn settled(pool: &Value) -> Value {
    let mut settled = pool.clone();
    if let Some(settings) = settled.as_object_mut() {
        settings.retain(|name, value| !MOVING.contains(&name.as_str()) && !value.is_null());
        drop_older_form(settings);
        drop_first_version(settings);
        // Without any triggers, Cognito may return an empty object, or none.
        settings
            .retain(|name, value| !["LambdaConfig", "UserPoolTags"].contains(&name.as_str()) || *value != json!({}));
    }
    settled
}

/// Cognito returns both forms of a temporary password's validity, and refuses both together
/// (<https://github.com/aws/aws-sdk-js/issues/3817>). The older one says the same.
fn drop_older_form(settings: &mut Map<String, Value>) {
    let days = settings.get("Policies").map(|policies| &policies["PasswordPolicy"]["TemporaryPasswordValidityDays"]);
    if days.is_some_and(|days| !days.is_null())
        && let Some(config) = settings.get_mut("AdminCreateUserConfig").and_then(Value::as_object_mut)
    {
        config.remove("UnusedAccountValidityDays");
    }
}

/// Cognito returns both forms of the function at Pre Token Generation, whichever it was sent. With the first version, the
/// form that has it says no more than the other.
fn drop_first_version(settings: &mut Map<String, Value>) {
    let Some(triggers) = settings.get_mut("LambdaConfig").and_then(Value::as_object_mut) else { return };
    let Some(versioned) = triggers.get(TokenTrigger::VERSIONED_KEY) else { return };
    if versioned["LambdaVersion"] == TokenTrigger::FIRST_VERSION {
        let function = versioned["LambdaArn"].clone();
        triggers.remove(TokenTrigger::VERSIONED_KEY);
        triggers.entry(TokenTrigger::KEY).or_insert(function);
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool::UpdateUserPoolInput;
    use aws_sdk_cognitoidentityprovider::types::UserPoolType;

    use super::*;

    /// The members of a structure of the SDK, by their names on the wire. `Debug` names them all, including those of
    /// later versions.
    fn members(debug: &str) -> Vec<String> {
        let (_, fields) = debug.split_once('{').unwrap();
        let names = fields.split(", ").filter_map(|field| Some(field.split_once(':')?.0.trim().to_owned()));
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        names.map(|name| name.split('_').map(capital).collect()).collect()
    }

    /// The request that changes nothing.
    fn request_of(pool: &Value) -> Value {
        request(pool, &Plan::of(pool))
    }

    #[test]
    fn every_setting_that_the_sdk_knows_is_sent_or_is_known_to_be_fixed() {
        let described = members(&format!("{:?}", UserPoolType::builder().build()));
        let mut taken = members(&format!("{:?}", UpdateUserPoolInput::builder().build().unwrap()));
        assert!(described.len() > 30 && taken.len() > 20, "{described:?} {taken:?}");
        let pool: Map<_, _> = described.iter().map(|name| (name.clone(), json!("set"))).collect();
        let request = request_of(&Value::Object(pool));
        let mut sent: Vec<_> = request.as_object().unwrap().keys().cloned().collect();
        sent.sort();
        taken.sort();
        assert_eq!(sent, taken);
        for name in READ_ONLY {
            assert!(described.iter().any(|own| own == name), "{name}");
        }
    }

    #[test]
    fn both_forms_of_the_function_for_tokens_are_the_same_setting() {
        let of = |triggers: Value| settled(&json!({ "LambdaConfig": triggers }));
        let versioned = |version: &str| json!({ "LambdaArn": "arn:t", "LambdaVersion": version });
        let one = of(json!({ "PreTokenGeneration": "arn:t" }));
        assert_eq!(of(json!({ "PreTokenGenerationConfig": versioned("V1_0") })), one);
        let both = |version| json!({ "PreTokenGeneration": "arn:t", "PreTokenGenerationConfig": versioned(version) });
        assert_eq!(of(both("V1_0")), one);
        assert_ne!(of(both("V2_0")), one);
        // What is sent is what was returned.
        let pool = json!({ "Id": "a", "LambdaConfig": both("V1_0") });
        assert_eq!(request_of(&pool)["LambdaConfig"], both("V1_0"));
    }

    #[test]
    fn a_setting_that_is_newer_than_this_program_is_sent() {
        let pool = json!({ "Id": "a", "QuantumConfiguration": { "Spin": "UP" } });
        assert_eq!(request_of(&pool)["QuantumConfiguration"]["Spin"], "UP");
    }

    #[test]
    fn what_can_not_be_sent_back_as_it_was_told_is_left_out() {
        let mut pool = json!({
            "Id": "a", "SmsVerificationMessage": null,
            "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true, "UnusedAccountValidityDays": 7 },
            "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 7 } },
            "UserPoolTags": { "aws:cloudformation:stack-name": "s", "team": "t" },
        });
        let sent = request_of(&pool);
        assert_eq!(sent["AdminCreateUserConfig"], json!({ "AllowAdminCreateUserOnly": true }));
        assert_eq!(sent["UserPoolTags"], json!({ "team": "t" }));
        assert!(sent.get("SmsVerificationMessage").is_none());
        // If Cognito drops it, that is no difference.
        let mut forgotten = pool.clone();
        forgotten["AdminCreateUserConfig"] = json!({ "AllowAdminCreateUserOnly": true });
        assert_eq!(settled(&forgotten), settled(&pool));
        // In an old pool there is only the older form.
        pool["Policies"]["PasswordPolicy"] = json!({});
        assert_eq!(request_of(&pool)["AdminCreateUserConfig"]["UnusedAccountValidityDays"], 7);
    }
}

//! The password policy: the template's.

use serde_json::{Value, json};

use crate::pool::error::ApiError;

const MINIMUM_LENGTH: usize = 12;

/// `Policies` of `DescribeUserPool`.
pub(super) fn describe() -> Value {
    json!({ "PasswordPolicy": {
        "MinimumLength": MINIMUM_LENGTH,
        "RequireLowercase": true,
        "RequireNumbers": true,
        "RequireSymbols": false,
        "RequireUppercase": true,
        "TemporaryPasswordValidityDays": 3,
    } })
}

/// Refuses a password that the policy doesn't allow.
pub(super) fn check(password: &str) -> Result<(), ApiError> {
    let refuse = |reason| Err(ApiError::invalid_password(reason));
    if password.chars().count() < MINIMUM_LENGTH {
        return refuse("Password not long enough");
    }
    if !password.contains(|c: char| c.is_ascii_lowercase()) {
        return refuse("Password must have lowercase characters");
    }
    if !password.contains(|c: char| c.is_ascii_uppercase()) {
        return refuse("Password must have uppercase characters");
    }
    if !password.contains(|c: char| c.is_ascii_digit()) {
        return refuse("Password must have numeric characters");
    }
    Ok(())
}

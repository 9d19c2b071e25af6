//! The user pool itself.

use super::phone_attribute;
use crate::doctor::Finding;
use crate::snapshot::{Pool, Snapshot};

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let unnamed = ["nothing says which pool it is", "give --user-pool, or a stack of this project's template"];
    findings.extend(Finding::of_absence(&snapshot.pool, "User pool", unnamed, "check --user-pool and --region"));
    let Some(pool) = snapshot.pool.here() else { return };
    findings.push(Finding::of(
        pool.mfa == "OFF",
        "mfa-on",
        "MFA",
        [
            "Cognito's own MFA is off",
            "Cognito's own MFA is on: after the password, a user with it gets tokens without the call",
            "turn it off: aws cognito-idp set-user-pool-mfa-config --user-pool-id ID --mfa-configuration OFF; with passkeys, send \
             --web-authn-configuration too, which it resets",
        ],
    ));
    match phone_attribute(snapshot) {
        "phone_number" => findings.push(Finding::of(
            pool.verified_before_update.iter().any(|attribute| attribute == "phone_number"),
            "update-unverified",
            "Phone number",
            [
                "a new number counts once it is verified",
                "a changed number counts before it is verified, so that a stolen access token can move the call",
                "set UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate to phone_number",
            ],
        )),
        attribute => findings.push(attribute_exists(pool, attribute)),
    }
    let by_phone = pool
        .recovery
        .as_ref()
        .is_none_or(|mechanisms| mechanisms.iter().any(|mechanism| mechanism == "verified_phone_number"));
    findings.push(Finding::of(
        !by_phone,
        "recovery-by-phone",
        "Account recovery",
        [
            "it does not go by phone",
            "whoever holds the phone can set a new password, so that both factors are one",
            "set AccountRecoverySetting to verified_email alone, or to admin_only",
        ],
    ));
}

fn attribute_exists(pool: &Pool, attribute: &str) -> Finding {
    Finding::of(
        pool.attributes.iter().any(|own| own == attribute),
        "attribute-missing",
        "Phone number",
        [
            &format!("the pool has the attribute {attribute}"),
            &format!("the pool has no attribute {attribute}, so that nobody can be called"),
            "set the parameter OtpPhoneAttribute to the attribute that holds the number",
        ],
    )
}

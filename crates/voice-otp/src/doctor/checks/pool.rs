//! The user pool itself.

use super::{attached_gate, attached_sender, phone_attribute};
use crate::doctor::Finding;
use crate::doctor::fix::aws_in;
use crate::snapshot::{Client, Pool, Registration, SetUp, Snapshot};

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let unnamed = ["nothing says which pool it is", "give --user-pool, or a stack of this project's template"];
    findings.extend(Finding::of_absence(&snapshot.pool, "User pool", unnamed, &snapshot.set_up.looked_in()));
    let Some(pool) = snapshot.pool.here() else { return };
    let set_up = &snapshot.set_up;
    let codes = if attached_sender(snapshot).is_some() {
        let detach = set_up.detach("");
        format!(
            "\nor, to have Cognito's own MFA by call instead of this sign-in: {detach}\n{}",
            set_up.attach(" --cognito-codes")
        )
    } else {
        String::new()
    };
    let off =
        set_up.aws(&format!("cognito-idp set-user-pool-mfa-config --user-pool-id {} --mfa-configuration OFF", pool.id));
    findings.push(Finding::of(
        pool.mfa == "OFF",
        "mfa-on",
        "MFA",
        [
            "Cognito's own MFA is off",
            "Cognito's own MFA is on: after the password, a user with it gets tokens without the call",
            &format!("{off}; with passkeys, send --web-authn-configuration too, which it resets{codes}"),
        ],
    ));
    findings.extend(number(snapshot, pool));
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
            "anyone who holds the phone can set a new password, so the phone alone is enough to sign in",
            &set_up.in_console("Sign-in > User account recovery > Edit: email only, or none"),
        ],
    ));
    // New app clients get no tokens by a gate that is on.
    if !attached_gate(snapshot).is_some_and(|gate| gate.is_on() && !gate.allows_federated()) {
        findings.extend(registration(set_up, pool));
    }
    findings.extend(text_messages(set_up, pool));
}

/// What happens when a user changes the number.
fn number(snapshot: &Snapshot, pool: &Pool) -> Option<Finding> {
    let subject = "Phone number";
    let attribute = phone_attribute(snapshot);
    if attribute != "phone_number" {
        return Some(attribute_exists(&snapshot.set_up, pool, attribute));
    }
    if pool.verified_before_update.iter().any(|own| own == attribute) {
        return Some(Finding::right(subject, "a new number takes the place of the old one once it is verified"));
    }
    let mut clients = snapshot.clients.here()?.iter();
    Some(if clients.any(|client: &Client| client.writes(attribute)) {
        Finding::note(
            "update-unverified",
            subject,
            "a new number takes the place of the old one at once, and its user can't be called until it is verified. \
             (Whether users may change it, their app client says.)",
            snapshot.set_up.in_console(
                "Sign-up > Attribute verification and user account confirmation > Edit: keep the original value active \
                 when an update is pending",
            ),
        )
    } else {
        Finding::right(subject, "no app client lets its users change it")
    })
}

fn attribute_exists(set_up: &SetUp, pool: &Pool, attribute: &str) -> Finding {
    let fix = set_up.deploy("OtpPhoneAttribute=ATTRIBUTE");
    Finding::of(
        pool.attributes.iter().any(|own| own == attribute),
        "attribute-missing",
        "Phone number",
        [
            &format!("the pool has the attribute {attribute}"),
            &format!("the pool has no attribute {attribute}, so no user can be called"),
            &format!("name the attribute that holds the number: {fix}"),
        ],
    )
}

fn registration(set_up: &SetUp, pool: &Pool) -> Option<Finding> {
    let subject = "Dynamic client registration";
    let fix = || set_up.in_console("turn dynamic client registration off");
    match pool.registration {
        Registration::Off => None,
        Registration::Authenticated => Some(Finding::note(
            "client-registration",
            subject,
            "whoever has an access token with the scope aws.cognito/dcr/register makes app clients, through which users \
             sign in without the call",
            fix(),
        )),
        Registration::Open => Some(Finding::wrong(
            "client-registration-open",
            subject,
            "anybody can make app clients, through which users sign in by managed login without the call",
            fix(),
        )),
    }
}

/// Why Cognito can't send text messages. They verify a changed number; a sign-in needs none.
fn text_messages(set_up: &SetUp, pool: &Pool) -> Option<Finding> {
    let failure = pool.sms_failure.as_deref()?;
    let (mut texts, mut fixes) = (Vec::new(), Vec::new());
    if failure.contains("SNSSandbox") {
        texts.push("the account is in the SMS sandbox, so they reach only registered numbers".to_owned());
        // Cognito chooses the Region that it sends from, and each Region has its own sandbox.
        let status = aws_in("REGION", "sns get-sms-sandbox-account-status");
        fixes.push(format!(
            "in the Amazon SNS console, in the Region from which Cognito sends: Text messaging (SMS) > Exit SMS sandbox; \
             this shows whether it is one: {status}"
        ));
    }
    if failure.contains("InvalidSmsRoleAccessPolicyException") {
        texts.push("the pool's role may not send them".to_owned());
        let role = "UserPool.SmsConfiguration.SnsCallerArn --output text";
        let role = set_up.aws(&format!("cognito-idp describe-user-pool --user-pool-id {} --query {role}", pool.id));
        fixes.push(format!("allow sns:Publish on any resource to the role that this names: {role}"));
    }
    if texts.is_empty() {
        texts.push(failure.to_owned());
        fixes.push("look the reason up at SmsConfigurationFailure in Cognito's API reference".to_owned());
    }
    let text = format!("a number that changes can't be verified by Cognito's text messages: {}", texts.join("; "));
    Some(Finding::note("sms-failure", "Text messages", text, fixes.join("; ")))
}

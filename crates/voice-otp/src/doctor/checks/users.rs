//! The users: how many get in without the call, and how many can't sign in with it. It counts users and never names
//! them.

use super::{attached_gate, phone_attribute};
use crate::doctor::Finding;
use crate::snapshot::{Obstacle, SetUp, Snapshot, Users};

pub(in super::super) fn check(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    let subject = "Users with a temporary password";
    // Reports nothing without a pool: another finding does.
    if snapshot.pool.here().is_some() {
        findings.extend(Finding::of_absence(&snapshot.temporary_passwords, subject, ["", ""], "check --user-pool"));
    }
    findings.extend(snapshot.temporary_passwords.here().map(|count| match count {
        0 => Finding::right(subject, "there are none"),
        count if attached_gate(snapshot).is_some_and(|gate| gate.is_on()) => Finding::note(
            "temporary-passwords",
            subject,
            format!("{} FORCE_CHANGE_PASSWORD: the token gate gives no tokens for the new password", of_status(*count)),
            snapshot.set_up.temporary(),
        ),
        count => Finding::wrong(
            "temporary-passwords",
            subject,
            format!(
                "{} FORCE_CHANGE_PASSWORD: Cognito may give tokens for the new password, without the call",
                of_status(*count)
            ),
            snapshot.set_up.temporary(),
        ),
    }));
    if let Some(users) = &snapshot.users {
        findings.extend(Finding::of_absence(
            users,
            "Users",
            ["no pool is named", "give --user-pool"],
            "check --user-pool",
        ));
        findings.extend(users.here().into_iter().flat_map(|users| of_all(snapshot, users)));
    }
}

fn of_all(snapshot: &Snapshot, users: &Users) -> Vec<Finding> {
    let Users { all, ready, obstacles } = users;
    let mut findings = vec![Finding::right("Users", format!("{ready} of {all} could sign in by call"))];
    findings.extend(obstacles.iter().map(|(obstacle, count)| {
        let (text, fix) = explained(snapshot, *obstacle, *count);
        Finding::note("users", "Users", text, fix)
    }));
    findings
}

fn explained(snapshot: &Snapshot, obstacle: Obstacle, count: u64) -> (String, String) {
    let (set_up, pool) = (&snapshot.set_up, &snapshot.set_up.user_pool);
    let update = |what: &str| {
        let command = "cognito-idp admin-update-user-attributes";
        set_up.aws(&format!("{command} --user-pool-id {pool} --username NAME --user-attributes {what}"))
    };
    let number = || match phone_attribute(snapshot) {
        "phone_number" => update("Name=phone_number,Value=NUMBER Name=phone_number_verified,Value=true"),
        attribute => update(&format!("Name={attribute},Value=NUMBER")),
    };
    let admin = |command: &str| set_up.aws(&format!("cognito-idp {command} --user-pool-id {pool} --username NAME"));
    match obstacle {
        Obstacle::NoNumber => (format!("{count} without a number"), number()),
        Obstacle::NumberUnverified => (
            format!("{count} with a number that is not verified"),
            format!("for each whose number you know to be theirs: {}", update("Name=phone_number_verified,Value=true")),
        ),
        Obstacle::NumberInvalid => (
            format!(
                "{count} with a number that is not in E.164 form, or in a range that its country has not given out"
            ),
            number(),
        ),
        Obstacle::CountryNotAllowed => (
            format!("{count} with a number of a country that is not in OTP_COUNTRIES"),
            format!("if you want to call there: {}", set_up.deploy("OtpCountries=CODES")),
        ),
        Obstacle::TypeNotAllowed => (
            format!("{count} with a number of a type that is not called, such as premium-rate"),
            "have these users give another number: such types can't be allowed".to_owned(),
        ),
        Obstacle::TemporaryPassword => (of_status(count) + " FORCE_CHANGE_PASSWORD", set_up.temporary()),
        Obstacle::ResetRequired => (
            of_status(count) + " RESET_REQUIRED: they must reset the password before they sign in",
            "have the app offer Cognito's ForgotPassword".to_owned(),
        ),
        Obstacle::Unconfirmed => (
            of_status(count) + " UNCONFIRMED: they have not finished their sign-up",
            format!("for each user you know: {}", admin("admin-confirm-sign-up")),
        ),
        Obstacle::External => (
            of_status(count) + " EXTERNAL_PROVIDER: another identity provider signs them in, and never by call",
            "see that you want them in without a call; if not, delete the provider".to_owned(),
        ),
        Obstacle::OtherStatus => (
            of_status(count) + " UNKNOWN, ARCHIVED or COMPROMISED",
            format!("look at each: {}", admin("admin-get-user")),
        ),
        Obstacle::Mfa => (
            format!("{count} with Cognito's own MFA by SMS (ListUsers tells of no other kind)"),
            "keep MFA off in the pool: after the password, Cognito's takes the place of the call".to_owned(),
        ),
        Obstacle::Disabled => {
            (format!("{count} disabled"), format!("if they are to sign in: {}", admin("admin-enable-user")))
        }
    }
}

fn of_status(count: u64) -> String {
    format!("{count} of the status")
}

impl SetUp {
    /// The command that makes a temporary password permanent.
    fn temporary(&self) -> String {
        let command = "cognito-idp admin-set-user-password --permanent --username NAME --password PASSWORD";
        let command = self.aws(&format!("{command} --user-pool-id {}", self.user_pool));
        format!("for each user, with a password that you give them or that they reset: {command}")
    }
}

//! Users who get in without the call, and users who can't sign in with it.

use serde_json::{Value, json};

use super::set_up::*;
use crate::doctor::{Verdict, as_json, as_text, examine};
use crate::environment::settings_of_calls;
use crate::snapshot::{Found, Obstacle, Users};

const NUMBER: &str = "+12065550142";

#[test]
fn users_with_a_temporary_password() {
    let finding = the_one(|it| it.temporary_passwords = Found::Here(3));
    assert_eq!((finding.verdict, finding.word), (Verdict::Note, "temporary-passwords"));
    assert!(finding.text.contains("the token gate gives no tokens"), "{finding:?}");
    let findings = findings(|it| {
        it.temporary_passwords = Found::Here(3);
        set(&mut it.gate, "OTP_TOKEN_GATE", "observe");
    });
    let finding = findings.into_iter().find(|finding| finding.verdict == Verdict::Wrong).unwrap();
    assert_eq!(finding.word, "temporary-passwords");
    assert!(finding.text.starts_with("3 of the status FORCE_CHANGE_PASSWORD"), "{finding:?}");
    let fix = finding.fix.unwrap();
    assert!(fix.contains("aws cognito-idp admin-set-user-password --region us-east-1 --permanent"), "{fix}");
    assert_eq!(broken(|it| it.temporary_passwords = unread()), ["unread"]);
}

fn user(status: &str, number: &str, verified: &str) -> Value {
    json!({
        "Username": "ann", "Enabled": true, "UserStatus": status,
        "Attributes": [
            { "Name": "sub", "Value": "1" }, { "Name": "phone_number", "Value": number },
            { "Name": "phone_number_verified", "Value": verified },
        ],
    })
}

fn counted(users: &[Value]) -> Users {
    let settings = settings_of_calls(right().settings().unwrap()).unwrap();
    let mut counted = Users::default();
    for user in users {
        counted.count(user, &settings);
    }
    counted
}

#[test]
fn each_user_is_counted_by_what_keeps_them_from_signing_in() {
    let mut disabled = user("CONFIRMED", NUMBER, "true");
    disabled["Enabled"] = json!(false);
    let mut with_mfa = user("CONFIRMED", NUMBER, "True");
    with_mfa["MFAOptions"] = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
    for (user, obstacle) in [
        (user("CONFIRMED", "", "true"), Obstacle::NoNumber),
        (json!({ "UserStatus": "CONFIRMED", "Enabled": true }), Obstacle::NoNumber),
        (user("CONFIRMED", NUMBER, "false"), Obstacle::NumberUnverified),
        (user("CONFIRMED", "2065550142", "true"), Obstacle::NumberInvalid),
        (user("CONFIRMED", "+4930123456", "true"), Obstacle::CountryNotAllowed),
        (user("CONFIRMED", "+19002345678", "true"), Obstacle::TypeNotAllowed),
        (user("FORCE_CHANGE_PASSWORD", NUMBER, "true"), Obstacle::TemporaryPassword),
        (user("RESET_REQUIRED", NUMBER, "true"), Obstacle::ResetRequired),
        (user("UNCONFIRMED", NUMBER, "true"), Obstacle::Unconfirmed),
        (user("EXTERNAL_PROVIDER", NUMBER, "true"), Obstacle::External),
        (user("ARCHIVED", NUMBER, "true"), Obstacle::OtherStatus),
        (with_mfa, Obstacle::Mfa),
        (disabled, Obstacle::Disabled),
    ] {
        let users = counted(std::slice::from_ref(&user));
        assert_eq!(users, Users { all: 1, ready: 0, obstacles: [(obstacle, 1)].into() }, "{user}");
    }
    let users = counted(&[
        user("CONFIRMED", NUMBER, "true"),
        user("UNCONFIRMED", NUMBER, "false"),
        user("CONFIRMED", NUMBER, "false"),
    ]);
    let obstacles = [(Obstacle::NumberUnverified, 2), (Obstacle::Unconfirmed, 1)].into();
    assert_eq!(users, Users { all: 3, ready: 1, obstacles });
}

#[test]
fn a_number_in_an_attribute_of_the_teams_own_is_looked_at() {
    let mut settings = right().settings().unwrap().clone();
    settings.insert("OTP_PHONE_ATTRIBUTE".to_owned(), "custom:tel".to_owned());
    let mut users = Users::default();
    let user = json!({ "UserStatus": "CONFIRMED", "Attributes": [{ "Name": "custom:tel", "Value": NUMBER }] });
    users.count(&user, &settings_of_calls(&settings).unwrap());
    assert_eq!(users.ready, 1);
}

#[test]
fn counts_are_said_with_what_to_do_and_never_who() {
    let obstacles = [(Obstacle::NoNumber, 7), (Obstacle::Mfa, 2)].into();
    let mut snapshot = right();
    snapshot.users = Some(Found::Here(Users { all: 50, ready: 41, obstacles }));
    let findings = examine(&snapshot, FLOW);
    let text = as_text(&snapshot.set_up, &findings);
    for line in [
        "ok     Users: 41 of 50 could sign in by call",
        "note   Users: 7 without a number",
        "       -> aws cognito-idp admin-update-user-attributes --region us-east-1 --user-pool-id us-east-1_Example01 ",
        "note   Users: 2 with Cognito's own MFA by SMS",
    ] {
        assert!(text.contains(line), "{line} is not in {text}");
    }
    assert!(!as_json(Some(&snapshot.set_up), &findings).contains("ann"));
    snapshot.users = Some(unread());
    assert_eq!(super::exit_code(&examine(&snapshot, FLOW)), 2);
}

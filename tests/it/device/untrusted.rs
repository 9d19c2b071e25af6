//! Devices that are not trusted: the sign-in is an ordinary one, and all of them look alike.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Device, called, enrolled, shared, start_on, unlimited};
use crate::stack::{Stack, now};
use crate::table::Row;
use crate::user::{User, challenge, id_token};

/// The parameters that each round with a call has.
const PARAMETERS: [&str; 9] = [
    "attemptsLeft",
    "callAgainInSeconds",
    "callsLeft",
    "codeLength",
    "delivery",
    "destination",
    "deviceDays",
    "expiresAt",
    "expiresInSeconds",
];

/// The first round on a device, without Cognito: its public parameters, but for those that differ by user and time.
async fn first_round(user: &User, id: &str) -> BTreeMap<String, Value> {
    let mut event = user.create_event();
    event["request"]["clientMetadata"] = json!({ "trustedDevice": id });
    let created = user.stack.invoke("create-challenge", &event).await.answer();
    let parameters = created["response"]["publicChallengeParameters"].clone();
    let mut parameters: BTreeMap<_, _> = serde_json::from_value(parameters).unwrap();
    for name in ["destination", "expiresAt"] {
        assert!(parameters.insert(name.to_owned(), json!("any")).is_some(), "{name}: {parameters:?}");
    }
    parameters
}

/// A change of a user's row.
type Change = fn(Row) -> Row;

#[tokio::test]
async fn invariant_1_expired_forgotten_and_unknown_devices_look_alike_and_lead_to_the_call() {
    let stack = shared();
    let changes: [(&str, Change); 4] = [
        ("expired", |row| row.with_part_of_devices(2, "1700000000")),
        ("of another number", |row| row.with_part_of_devices(1, "0123456789abcdef")),
        ("forgotten", |row| row.with_devices(Vec::new())),
        ("unknown", |row| row),
    ];
    let mut seen = Vec::new();
    for (what, change) in changes {
        let (user, device) = enrolled(&stack).await;
        let table = stack.table().await;
        table.put(change(table.row(&user.key()).await)).await;
        let id = if what == "unknown" { Device::new().id() } else { device.id() };
        let parameters = first_round(&user, &id).await;
        assert_eq!(parameters.keys().collect::<Vec<_>>(), PARAMETERS, "{what}");
        assert_eq!(user.calls().await.len(), 2, "{what}");
        seen.push(parameters);
        let code = user.code_of_call(2).await;
        let asked = start_on(&user, &id).await;
        assert_eq!(user.calls().await.len(), 2, "{what}: the phone rings already");
        id_token(user.client.answer(&asked, &code).await);
    }
    // And a user without a device, and one who does not exist.
    let user = User::new(&stack).await;
    seen.push(first_round(&user, &Device::new().id()).await);
    assert!(seen.iter().all(|parameters| *parameters == seen[0]), "{seen:#?}");
}

/// Whoever may write to the table, as to unlock users, has no key to seal a device with.
#[tokio::test]
async fn invariant_1_a_device_that_was_written_into_the_row_signs_nobody_in() {
    let stack = shared();
    let ((user, own), (other, device)) = (enrolled(&stack).await, enrolled(&stack).await);
    let table = stack.table().await;
    let (row, of_other) = (table.row(&user.key()).await, table.row(&other.key()).await.devices().remove(0));
    let moved = row.clone().with_devices(vec![of_other]).with_part_of_devices(1, row.text("calledNumber"));
    let expires_at: u64 = row.devices()[0].split('.').nth(2).unwrap().parse().unwrap();
    let longer = row.clone().with_part_of_devices(2, &(expires_at + 30).to_string());
    let unsealed = row.clone().with_part_of_devices(3, &"0".repeat(32));
    for (index, (row, device)) in [(moved, &device), (longer, &own), (unsealed, &own)].into_iter().enumerate() {
        table.put(row).await;
        let asked = start_on(&user, &device.id()).await;
        assert_eq!(asked.parameter("delivery"), Some("DEVICE"));
        let next = challenge(user.client.answer(&asked, &device.answer(&user, &asked).await).await);
        called(&user, next, index + 2).await;
    }
}

/// Invariant 6.
#[tokio::test]
async fn invariant_6_an_unknown_user_on_a_device_looks_like_a_known_one() {
    let stack = shared();
    let (user, device) = enrolled(&stack).await;
    let nobody = json!({
        "triggerSource": "CreateAuthChallenge_Authentication", "userName": "nobody",
        "userPoolId": stack.config().await.user_pool_id,
        "request": { "userNotFound": true, "session": [], "clientMetadata": { "trustedDevice": device.id() } },
    });
    let created = stack.invoke("create-challenge", &nobody).await.answer();
    let parameters = created["response"]["publicChallengeParameters"].as_object().unwrap();
    assert_eq!(parameters.keys().collect::<Vec<_>>(), PARAMETERS);
    assert_eq!(parameters["deviceDays"], "30");
    assert_eq!(user.calls().await.len(), 1);
}

#[tokio::test]
async fn invariant_8_what_is_no_id_is_ignored() {
    let (user, device) = enrolled(&shared()).await;
    let id = device.id();
    let ids =
        [String::new(), "A".repeat(43), "A".repeat(10_000), format!("{id}="), format!(" {id}"), id[..42].to_owned()];
    for (index, id) in ids.iter().enumerate() {
        called(&user, start_on(&user, id).await, index + 2).await;
    }
}

/// A device is asked at the beginning of a sign-in, or not at all.
#[tokio::test]
async fn a_device_that_is_named_later_is_not_asked() {
    let (user, device) = enrolled(&shared()).await;
    let named = ("trustedDevice", &*device.id());
    let first = user.start().await;
    let code = user.code_of_call(2).await;
    let second = challenge(user.client.answer_with(&first, "000000x", &[named]).await);
    assert_eq!(second.parameter("delivery"), Some("VOICE"));
    let third = challenge(user.client.answer_with(&second, "again", &[named, ("callAgain", "true")]).await);
    assert_eq!(third.parameter("delivery"), Some("VOICE"));
    id_token(user.client.answer(&third, &code).await);
}

#[tokio::test]
async fn where_devices_are_off_none_is_enrolled_and_none_is_asked() {
    let stack = unlimited(&["OTP_DEVICE_DAYS=0"]);
    let (user, device) = (User::new(&stack).await, Device::new());
    let asked = start_on(&user, &device.id()).await;
    assert_eq!(asked.parameter("deviceDays"), None);
    let code = user.code().await;
    id_token(user.client.answer_with(&asked, &code, &[("rememberDevice", &device.key())]).await);
    let table = stack.table().await;
    let row = table.row(&user.key()).await;
    assert!(!row.has("devices"), "{row:?}");
    // One that was enrolled before the setting changed.
    let kept = format!("{}.{}.4102444800.{:032x}", device.point(), row.text("calledNumber"), 7);
    table.put(row.with_devices(vec![kept])).await;
    let asked = start_on(&user, &device.id()).await;
    assert_eq!((asked.parameter("delivery"), user.calls().await.len()), (Some("VOICE"), 2));
}

/// Without the password, no metadata reach the first round.
#[tokio::test]
async fn in_call_only_devices_are_off() {
    let stack = Stack::shared(&["OTP_MODE=call-only", "OTP_DEVICE_DAYS=30"]);
    let (user, device) = (User::new(&stack).await, Device::new());
    let asked = challenge(user.client.start().await);
    assert_eq!(asked.parameter("deviceDays"), None);
    let code = user.code().await;
    id_token(user.client.answer_with(&asked, &code, &[("rememberDevice", &device.key())]).await);
    assert!(!stack.table().await.row(&user.key()).await.has("devices"));
}

#[tokio::test]
async fn a_device_is_trusted_for_as_many_days_as_is_set() {
    let stack = unlimited(&["OTP_DEVICE_DAYS=2"]);
    let (user, device) = (User::new(&stack).await, Device::new());
    let asked = user.start().await;
    assert_eq!(asked.parameter("deviceDays"), Some("2"));
    let code = user.code().await;
    id_token(user.client.answer_with(&asked, &code, &[("rememberDevice", &device.key())]).await);
    let table = stack.table().await;
    let row = table.row(&user.key()).await;
    let ends: u64 = row.devices()[0].split('.').nth(2).unwrap().parse().unwrap();
    let days = 2 * 24 * 60 * 60;
    assert!((now() + days - 300..=now() + days).contains(&ends), "{row:?}");
    super::sign_in(&user, &device).await;
    table.put(row.with_part_of_devices(2, &now().to_string())).await;
    let asked = start_on(&user, &device.id()).await;
    assert_eq!(asked.parameter("delivery"), Some("VOICE"));
}

//! What ends the trust in a device, and what does not.

use super::{Device, called, enrol, enrolled, shared, sign_in, start_on};
use crate::denial::deny;
use crate::password_reset::with_new_password;
use crate::phone::Phone;
use crate::stack::{clock_at, now};
use crate::table::number;
use crate::user::{User, another, challenge, refusal};
use crate::voice_otp::run_set;

#[tokio::test]
async fn a_new_password_forgets_all_devices() {
    let stack = shared();
    let (user, device) = enrolled(&stack).await;
    let client = with_new_password(&stack, &user).await;
    let row = stack.table().await.row(&user.key()).await;
    assert!(!row.has("devices"), "{row:?}");
    let asked = challenge(client.start_with_password_and(&[("trustedDevice", &device.id())]).await);
    called(&user.with_client(client), asked, 2).await;
}

/// A signature that was asked for before the reset.
#[tokio::test]
async fn invariant_1_a_device_that_was_forgotten_since_it_was_asked_leads_to_the_call() {
    let stack = shared();
    let (user, device) = enrolled(&stack).await;
    let asked = start_on(&user, &device.id()).await;
    let signature = device.answer(&user, &asked).await;
    let table = stack.table().await;
    table.put(table.row(&user.key()).await.with_devices(Vec::new())).await;
    called(&user, challenge(user.client.answer(&asked, &signature).await), 2).await;
    let line = stack.log_of("answered").await;
    assert!(line.iter().any(|line| line["outcome"] == "device-forgotten"));
}

/// Locks bound guesses, and a signature can't be guessed. Whom somebody else has locked out gets in.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_user_signs_in_by_the_device_and_stays_locked() {
    let stack = shared();
    let (user, device) = enrolled(&stack).await;
    let table = stack.table().await;
    let locked = table.row(&user.key()).await.with("failures", number(100)).with("failedAt", number(now()));
    table.put(locked.without("deleteAfter")).await;
    sign_in(&user, &device).await;
    let row = table.row(&user.key()).await;
    assert_eq!(row.number("failures"), 100);
    assert!(!row.has("deleteAfter"), "the lock ends with the row: {row:?}");
    let refused = refusal(user.client.start_with_password().await);
    assert!(refused.contains("[SIGN_IN_LOCKED]"), "{refused}");
    // The devices are the user's, and the operator unlocks the user.
    let (status, said) = run_set(&stack, &["unlock", &user.name], &[]).await;
    assert_eq!(status, Some(0), "{said}");
    let row = table.row(&user.key()).await;
    assert!(row.number("failures") == 0 && row.devices().len() == 1, "{row:?}");
    assert!(row.number("deleteAfter") > now() + 30 * 24 * 60 * 60, "the device ends with the row: {row:?}");
    clock_at(now() + 1).await;
    sign_in(&user, &device).await;
}

#[tokio::test]
async fn a_denial_leaves_devices_alone() {
    let (user, device) = enrolled(&shared()).await;
    let phone = Phone::of(&user).await;
    user.start().await;
    deny(&phone, 2).await;
    let refused = refusal(user.client.start_with_password().await);
    assert!(refused.contains("[SIGN_IN_DENIED "), "{refused}");
    sign_in(&user, &device).await;
    assert!(user.stack.table().await.row(&user.key()).await.has("deniedAt"));
}

/// Wrong codes and calls leave devices as they are.
#[tokio::test]
async fn a_device_stays_while_its_user_is_called() {
    let (user, device) = enrolled(&shared()).await;
    let before = user.stack.table().await.row(&user.key()).await.devices();
    let asked = user.start().await;
    let code = user.code_of_call(2).await;
    challenge(user.client.answer(&asked, &another(&code)).await);
    let row = user.stack.table().await.row(&user.key()).await;
    assert_eq!(row.devices(), before);
    sign_in(&user, &device).await;
    assert!(!user.stack.table().await.row(&user.key()).await.has("deleteAfter"), "wrong codes are kept");
}

#[tokio::test]
async fn the_same_device_again_is_renewed() {
    let (user, device) = enrolled(&shared()).await;
    let table = user.stack.table().await;
    // As good as over.
    table.put(table.row(&user.key()).await.with_part_of_devices(2, &(now() + 600).to_string())).await;
    enrol(&user, &device, 2).await;
    assert_eq!(table.row(&user.key()).await.devices().len(), 2);
    sign_in(&user, &device).await;
    // The next call forgets what is of no use any more.
    user.start().await;
    assert_eq!(table.row(&user.key()).await.devices().len(), 1);
    clock_at(now() + 1).await;
    sign_in(&user, &device).await;
}

#[tokio::test]
async fn an_eleventh_device_takes_the_place_of_the_one_that_ends_first() {
    let stack = shared();
    let (user, first) = enrolled(&stack).await;
    let table = stack.table().await;
    let row = table.row(&user.key()).await;
    let mut devices = row.devices();
    let parts: Vec<_> = devices[0].split('.').map(str::to_owned).collect();
    let [_, number, ends, seal] = &parts[..] else { panic!("{devices:?}") };
    let ends: u64 = ends.parse().unwrap();
    let later = (1..10).map(|index| format!("{}.{number}.{}.{seal}", Device::new().point(), ends + index));
    devices.extend(later);
    table.put(row.with_devices(devices)).await;
    sign_in(&user, &first).await;

    // It ends later than the first.
    clock_at(ends + 1 - 30 * 24 * 60 * 60).await;
    let eleventh = Device::new();
    enrol(&user, &eleventh, 2).await;
    called(&user, start_on(&user, &first.id()).await, 3).await;
    sign_in(&user, &eleventh).await;
    user.start().await;
    let devices = table.row(&user.key()).await.devices();
    assert_eq!(devices.len(), 10, "{devices:?}");
    assert!(!devices.iter().any(|device| device.starts_with(&first.point())), "{devices:?}");
}

/// The code was spoken to the old number. It is as good as without the wish.
#[tokio::test]
async fn a_number_that_changes_during_a_sign_in_gets_no_device_of_the_old_one() {
    let stack = shared();
    let (user, device) = (User::new(&stack).await, Device::new());
    let created = user.create().await;
    let code = user.code().await;
    let mut event = user.create_event();
    let steps = ["SRP_A", "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE"].map(|name| {
        let metadata =
            if name == "CUSTOM_CHALLENGE" { created["challengeMetadata"].clone() } else { serde_json::Value::Null };
        serde_json::json!({
            "challengeName": name, "challengeResult": name != "CUSTOM_CHALLENGE", "challengeMetadata": metadata,
        })
    });
    event["request"]["session"] = serde_json::json!(steps);
    event["request"]["userAttributes"]["phone_number"] = "+12065550177".into();
    let second = stack.invoke("create-challenge", &event).await.answer()["response"].take();
    assert_eq!(second["challengeMetadata"], created["challengeMetadata"], "the code is the same");
    let mut answer = user.answer_event(&second, code);
    answer["callerContext"] = serde_json::json!({ "clientId": stack.config().await.client_id });
    answer["request"]["clientMetadata"] = serde_json::json!({ "rememberDevice": device.key() });
    let judged = stack.invoke("verify-challenge", &answer).await.answer();
    assert_eq!(judged["response"]["answerCorrect"], true, "the code is right all the same");
    let row = stack.table().await.row(&user.key()).await;
    let of_new = row.devices().into_iter().find(|device| !device.contains(row.text("calledNumber")));
    assert_eq!(of_new, None);
}

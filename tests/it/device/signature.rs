//! Answers that are not the signature that was asked for: they lead to the call, and count as nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Device, Signed, called, enrol, enrolled, shared, sign_in, start_on, unlimited};
use crate::stack::{clock_at, now};
use crate::user::{User, challenge, id_token, parameter};

/// An answer by its device, for a round that asks for this.
type Answer = fn(&Device, Signed) -> String;

const MOVED: [(&str, Answer); 12] = [
    ("of another nonce", |device, asked| device.sign(&Signed { nonce: "A".repeat(22), ..asked }.by(&device.id()))),
    ("of another pool", |device, asked| {
        device.sign(&Signed { user_pool: "us-east-1_Another01".to_owned(), ..asked }.by(&device.id()))
    }),
    ("of another app client", |device, asked| {
        device.sign(&Signed { client: "3localclientwithpasswords0".to_owned(), ..asked }.by(&device.id()))
    }),
    ("of another user", |device, asked| {
        device.sign(&Signed { user_name: format!("{}0", asked.user_name), ..asked }.by(&device.id()))
    }),
    ("of another id", |device, asked| device.sign(&asked.by(&Device::new().id()))),
    ("of another device", |device, asked| Device::new().sign(&asked.by(&device.id()))),
    ("of another purpose", |device, asked| device.sign(&asked.by(&device.id()).replace(" v1|", " v2|"))),
    ("of more", |device, asked| device.sign(&format!("{}\n", asked.by(&device.id())))),
    ("with r and s exchanged", |device, asked| {
        let signature = URL_SAFE_NO_PAD.decode(device.sign(&asked.by(&device.id()))).unwrap();
        URL_SAFE_NO_PAD.encode([&signature[32..], &signature[..32]].concat())
    }),
    ("of zeros", |_, _| URL_SAFE_NO_PAD.encode([0; 64])),
    ("with padding", |device, asked| device.sign(&asked.by(&device.id())) + "=="),
    ("that is too long", |device, asked| device.sign(&asked.by(&device.id())).repeat(100)),
];

#[tokio::test]
async fn invariant_1_a_moved_or_forged_signature_leads_to_the_call_with_all_attempts() {
    let (user, device) = enrolled(&shared()).await;
    let before = user.stack.table().await.row(&user.key()).await;
    for (index, (what, answer)) in MOVED.into_iter().enumerate() {
        let asked = start_on(&user, &device.id()).await;
        let answer = answer(&device, Signed::asked(&user, &asked).await);
        let next = challenge(user.client.answer(&asked, &answer).await);
        assert_eq!(parameter(&next, "delivery"), "VOICE", "a signature {what}");
        called(&user, next, index + 2).await;
    }
    let row = user.stack.table().await.row(&user.key()).await;
    assert!(!row.has("deviceNonce") && row.devices() == before.devices(), "{row:?}");
    sign_in(&user, &device).await;
}

#[tokio::test]
async fn invariant_1_a_code_and_a_call_again_are_no_signature() {
    let (user, device) = enrolled(&shared()).await;
    let asked = start_on(&user, &device.id()).await;
    called(&user, challenge(user.client.call_again(&asked).await), 2).await;
    let asked = start_on(&user, &device.id()).await;
    called(&user, challenge(user.client.answer(&asked, "123456").await), 3).await;
    // The answer is right, but the user would rather be called.
    let asked = start_on(&user, &device.id()).await;
    let signature = device.answer(&user, &asked).await;
    let again = user.client.answer_with(&asked, &signature, &[("callAgain", "true")]).await;
    called(&user, challenge(again), 4).await;
    sign_in(&user, &device).await;
}

/// The answer to the round of a device enrols nothing.
#[tokio::test]
async fn invariant_1_a_device_enrols_no_other() {
    let (user, device) = enrolled(&shared()).await;
    let table = user.stack.table().await;
    let before = table.row(&user.key()).await.devices();
    for valid in [false, true] {
        let asked = start_on(&user, &device.id()).await;
        let answer = if valid { device.answer(&user, &asked).await } else { "x".repeat(86) };
        let other = Device::new().key();
        let step = user.client.answer_with(&asked, &answer, &[("rememberDevice", &other)]).await;
        if valid {
            id_token(step);
        } else {
            challenge(step);
        }
        assert_eq!(table.row(&user.key()).await.devices(), before);
    }
}

#[tokio::test]
async fn invariant_3_a_signature_works_in_one_sign_in() {
    let (user, device) = enrolled(&shared()).await;
    let (first, second) = (start_on(&user, &device.id()).await, start_on(&user, &device.id()).await);
    let signature = device.answer(&user, &first).await;
    // Another sign-in that is under way has another nonce.
    called(&user, challenge(user.client.answer(&second, &signature).await), 2).await;
    id_token(user.client.answer(&first, &signature).await);
    clock_at(now() + 1).await;
    let third = start_on(&user, &device.id()).await;
    called(&user, challenge(user.client.answer(&third, &signature).await), 3).await;
}

/// A nonce that is older than the one that was used is good no more, so that the ledger need not know all of them.
#[tokio::test]
async fn invariant_3_an_older_nonce_leads_to_the_call() {
    let (user, device) = enrolled(&shared()).await;
    let older = start_on(&user, &device.id()).await;
    clock_at(now() + 1).await;
    sign_in(&user, &device).await;
    let signature = device.answer(&user, &older).await;
    called(&user, challenge(user.client.answer(&older, &signature).await), 2).await;
}

#[tokio::test]
async fn invariant_3_a_signature_comes_too_late() {
    let (user, device) = enrolled(&unlimited(&["OTP_VALIDITY_SECONDS=60"])).await;
    let asked = start_on(&user, &device.id()).await;
    assert_eq!(parameter(&asked, "expiresInSeconds"), "60");
    // The same event, as if a minute had passed.
    let created = {
        let mut event = user.create_event();
        event["request"]["clientMetadata"] = serde_json::json!({ "trustedDevice": device.id() });
        user.stack.invoke("create-challenge", &event).await.answer()["response"].take()
    };
    let config = user.stack.config().await;
    let signed = Signed {
        nonce: created["publicChallengeParameters"]["nonce"].as_str().unwrap().to_owned(),
        user_pool: config.user_pool_id,
        client: config.client_id.clone(),
        user_name: user.name.clone(),
    };
    let signature = device.sign(&signed.by(&device.id()));
    let mut event = user.answer_event(&created, signature);
    event["callerContext"] = serde_json::json!({ "clientId": config.client_id });
    let round = created["challengeMetadata"].as_str().unwrap().to_owned();
    let [version, nonce, issued, expires] = round.split('.').collect::<Vec<_>>()[..] else { panic!("{round}") };
    let early = |time: &str| time.parse::<u64>().unwrap() - 60;
    let late = format!("{version}.{nonce}.{}.{}", early(issued), early(expires));
    event["request"]["privateChallengeParameters"]["challenge"] = late.into();
    let verify = async |event: &serde_json::Value| {
        let answer = user.stack.invoke("verify-challenge", event).await.answer();
        answer["response"]["answerCorrect"].clone()
    };
    assert_eq!(verify(&event).await, false);
    event["request"]["privateChallengeParameters"]["challenge"] = round.into();
    assert_eq!(verify(&event).await, true);
}

/// A browser has one key for all users of a pool at worst.
#[tokio::test]
async fn invariant_1_the_same_key_is_another_device_for_another_user() {
    let stack = shared();
    let (user, device) = enrolled(&stack).await;
    let other = User::new(&stack).await;
    called(&other, start_on(&other, &device.id()).await, 1).await;
    enrol(&other, &device, 2).await;
    let (asked, of_other) = (start_on(&user, &device.id()).await, start_on(&other, &device.id()).await);
    let signature = device.answer(&user, &asked).await;
    // Moved to the other user, who trusts the same key.
    called(&other, challenge(other.client.answer(&of_other, &signature).await), 3).await;
    id_token(user.client.answer(&asked, &signature).await);
    sign_in(&other, &device).await;
}

//! Trusted devices: a signature in place of the call. The device is made here, by the documented wire alone.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use client::cognito::Challenge;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use crate::stack::Stack;
use crate::user::{User, another, challenge, id_token, parameter, with_password};

mod delivery;
mod end;
mod signature;
mod untrusted;

/// A browser with a key of its own.
pub(crate) struct Device(EcdsaKeyPair);

/// What a device signs, beside its own id.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) nonce: String,
    pub(crate) user_pool: String,
    pub(crate) client: String,
    pub(crate) user_name: String,
}

impl Device {
    pub(crate) fn new() -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &SystemRandom::new());
        Self(key.unwrap())
    }

    /// The public key as `WebCrypto` exports it: RFC 5480's algorithm and curve, and the uncompressed point.
    pub(crate) fn spki(&self) -> Vec<u8> {
        let algorithm = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
            0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
        ];
        [&algorithm, self.0.public_key().as_ref()].concat()
    }

    /// What the client sends to enrol it.
    pub(crate) fn key(&self) -> String {
        base64url(&self.spki())
    }

    pub(crate) fn id(&self) -> String {
        base64url(digest(&SHA256, &self.spki()).as_ref())
    }

    /// The public key as the ledger keeps it.
    pub(crate) fn point(&self) -> String {
        base64url(self.0.public_key().as_ref())
    }

    pub(crate) fn sign(&self, text: &str) -> String {
        base64url(self.0.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref())
    }

    /// The answer to a round that asks this device.
    pub(crate) async fn answer(&self, user: &User, asked: &Challenge) -> String {
        self.sign(&Signed::asked(user, asked).await.by(&self.id()))
    }
}

impl Signed {
    /// What a round asks for.
    pub(crate) async fn asked(user: &User, asked: &Challenge) -> Self {
        let config = user.stack.config().await;
        Self {
            nonce: parameter(asked, "nonce").to_owned(),
            user_pool: config.user_pool_id,
            client: config.client_id,
            user_name: parameter(asked, "USERNAME").to_owned(),
        }
    }

    /// The text for the device of this id.
    pub(crate) fn by(&self, id: &str) -> String {
        let Self { nonce, user_pool, client, user_name } = self;
        format!("cognito-voice-otp trusted device v1|{nonce}|{user_pool}|{client}|{user_name}|{id}")
    }
}

/// A stack without limits on calls, shared by tests that are about their own users alone.
pub(crate) fn shared() -> Arc<Stack> {
    Stack::shared(&[
        "OTP_SECONDS_BETWEEN_CALLS=0",
        "OTP_MAX_CALLS_QUARTER_HOUR=0",
        "OTP_MAX_CALLS_HOUR=0",
        "OTP_MAX_CALLS_DAY=0",
        "OTP_MAX_CALLS_COUNTRY_HOUR=0",
        "OTP_MAX_CALLS_ALL_HOUR=0",
        "OTP_MAX_CALLS_ALL_DAY=0",
    ])
}

/// The same of its own.
pub(crate) fn unlimited(settings: &[&str]) -> Arc<Stack> {
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    Arc::new(Stack::with_arguments(&settings.collect::<Vec<_>>()))
}

/// Signs in by the user's call of this number, and enrols the device.
pub(crate) async fn enrol(user: &User, device: &Device, call: usize) {
    let asked = user.start().await;
    assert_eq!(parameter(&asked, "deviceDays"), "30");
    let code = user.code_of_call(call).await;
    id_token(user.client.answer_with(&asked, &code, &[("rememberDevice", &device.key())]).await);
}

/// A user who has a trusted device.
pub(crate) async fn enrolled(stack: &Arc<Stack>) -> (User, Device) {
    let (user, device) = (User::new(stack).await, Device::new());
    enrol(&user, &device, 1).await;
    (user, device)
}

/// Starts with the password and names a device.
pub(crate) async fn start_on(user: &User, id: &str) -> Challenge {
    challenge(user.client.start_with_password_and(&[("trustedDevice", id)]).await)
}

/// Signs in by the device.
pub(crate) async fn sign_in(user: &User, device: &Device) {
    let asked = start_on(user, &device.id()).await;
    assert_eq!(parameter(&asked, "delivery"), "DEVICE");
    id_token(user.client.answer(&asked, &device.answer(user, &asked).await).await);
}

/// The sign-in goes on with an ordinary call, and with all its attempts: its code gives tokens.
pub(crate) async fn called(user: &User, asked: Challenge, call: usize) {
    let expected = [("delivery", "VOICE"), ("attemptsLeft", "3"), ("callsLeft", "2"), ("deviceDays", "30")];
    for (name, value) in expected {
        assert_eq!(parameter(&asked, name), value, "{name}");
    }
    assert_eq!(user.calls().await.len(), call);
    let code = user.code_of_call(call).await;
    let second = challenge(user.client.answer(&asked, &another(&code)).await);
    assert_eq!(parameter(&second, "attemptsLeft"), "2");
    id_token(user.client.answer(&second, &code).await);
}

/// What the functions have logged of this user, oldest first: trigger, outcome and device.
pub(crate) async fn logged(user: &User) -> Vec<Value> {
    let lines = user.stack.log_of("answered").await;
    let lines = lines.iter().filter(|line| line["sub"] == user.sub() && line["trigger"] != "speak");
    lines.map(|line| json!([line["trigger"], line["outcome"], line["device"]])).collect()
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test]
async fn a_device_that_a_right_code_has_enrolled_signs_in_without_a_call() {
    let stack = shared();
    let (user, device) = enrolled(&stack).await;
    for _ in 0..2 {
        // Nonces are issued by the second.
        crate::stack::clock_at(crate::stack::now() + 1).await;
        sign_in(&user, &device).await;
    }
    assert_eq!(user.calls().await.len(), 1);
    let id = device.id();
    let expected = [
        json!(["define", "password", null]),
        json!(["define", "round", null]),
        json!(["create", "called", null]),
        json!(["verify", "right", id]),
        json!(["define", "tokens", null]),
        json!(["gate", "pass", null]),
        json!(["define", "password", null]),
        json!(["define", "round", null]),
        json!(["create", "device", id]),
        json!(["verify", "device", id]),
        json!(["define", "tokens", null]),
        json!(["gate", "pass", null]),
    ];
    assert_eq!(logged(&user).await[..12], expected);
    let lines = stack.log_of("answered").await;
    let counted = |name: &str| lines.iter().filter(|line| line[name] == 1 && line["sub"] == user.sub()).count();
    assert_eq!((counted("SignInsByDevice"), counted("SignInsCompleted"), counted("Answers")), (2, 3, 1));
}

/// The round tells the client nothing that it does not need.
#[tokio::test]
async fn the_round_of_a_device_has_three_parameters() {
    let (user, device) = enrolled(&shared()).await;
    let mut event = user.create_event();
    event["request"]["clientMetadata"] = json!({ "trustedDevice": device.id() });
    let created = user.stack.invoke("create-challenge", &event).await.answer()["response"].take();
    let parameters = &created["publicChallengeParameters"];
    let nonce = parameters["nonce"].as_str().unwrap();
    assert_eq!(*parameters, json!({ "delivery": "DEVICE", "nonce": nonce, "expiresInSeconds": "300" }));
    assert_eq!((nonce.len(), URL_SAFE_NO_PAD.decode(nonce).unwrap().len()), (22, 16));
}

#[tokio::test]
async fn a_device_is_kept_as_its_point_the_number_the_end_of_the_trust_and_a_seal() {
    let (user, device) = enrolled(&shared()).await;
    let row = user.stack.table().await.row(&user.key()).await;
    let number = row.text("calledNumber");
    let (kept, now) = (row.devices(), crate::stack::now());
    let [kept] = &kept[..] else { panic!("{kept:?}") };
    let rest = kept.strip_prefix(&format!("{}.{number}.", device.point())).unwrap();
    let (until, seal) = rest.split_once('.').unwrap();
    assert_eq!(seal.len(), 32);
    let until: u64 = until.parse().unwrap();
    let days = 30 * 24 * 60 * 60;
    assert!((now + days - 300..=now + days).contains(&until), "{until}");
    // The pass that it may note on its last day counts too.
    assert!(row.number("deleteAfter") >= until + days, "{row:?}");
}

/// Invariant 1: for the user the pass stands in for a call, on this app client alone.
#[tokio::test]
async fn invariant_1_the_signature_notes_a_pass() {
    let (user, device) = enrolled(&shared()).await;
    let (table, pass) = (user.stack.table().await, format!("pass:{}", user.stack.config().await.client_id));
    table.put(table.row(&user.key()).await.without(&pass)).await;
    sign_in(&user, &device).await;
    assert!(table.row(&user.key()).await.has(&pass));
}

/// Cognito says the name in each challenge, and the functions get the same.
#[tokio::test]
async fn a_user_who_types_an_alias_signs_the_name_in_the_pool() {
    let (user, device) = enrolled(&shared()).await;
    let alias = with_password(&format!("{}@example.com", user.name), "Correct-Horse-7");
    let client = user.stack.config().await.client(alias, None).await;
    let (name, user) = (user.name.clone(), user.with_client(client));
    let asked = start_on(&user, &device.id()).await;
    assert_eq!((user.client.username(), parameter(&asked, "USERNAME")), (&*format!("{name}@example.com"), &*name));
    id_token(user.client.answer(&asked, &device.answer(&user, &asked).await).await);
}

#[tokio::test]
async fn invariant_1_only_a_right_code_enrols() {
    let (user, device) = (User::new(&shared()).await, Device::new());
    let key = device.key();
    let remember = ("rememberDevice", &*key);
    let first = challenge(user.client.start_with_password_and(&[remember]).await);
    let code = user.code().await;
    let second = challenge(user.client.answer_with(&first, &another(&code), &[remember]).await);
    // Not compared, although it is right.
    let third = challenge(user.client.answer_with(&second, &code, &[remember, ("callAgain", "true")]).await);
    id_token(user.client.answer(&third, &code).await);
    assert_eq!(user.stack.table().await.row(&user.key()).await.devices(), Vec::<String>::new());
    called(&user, start_on(&user, &device.id()).await, 3).await;
}

/// Invariant 8: a right code stays right with any key beside it.
#[tokio::test]
async fn invariant_8_what_is_no_key_is_ignored() {
    let (user, device) = (User::new(&shared()).await, Device::new());
    let spki = device.spki();
    let changed = |index: usize, byte: u8| {
        let mut spki = spki.clone();
        spki[index] = byte;
        base64url(&spki)
    };
    let keys = [
        String::new(),
        "x".repeat(122),
        "A".repeat(2_000),
        format!("{}=", device.key()),
        device.key().replace(['-', '_'], "+") + " ",
        base64url(&spki[..90]),
        base64url(&[&spki[..], &[0]].concat()),
        device.point(),
        device.id(),
        // Another curve, another algorithm, a compressed point, the point at infinity.
        changed(22, 0x08),
        changed(12, 0x03),
        changed(26, 0x02),
        changed(26, 0x00),
    ];
    for (index, key) in keys.iter().enumerate() {
        let asked = user.start().await;
        let code = user.code_of_call(index + 1).await;
        id_token(user.client.answer_with(&asked, &code, &[("rememberDevice", key)]).await);
        assert!(!user.stack.table().await.row(&user.key()).await.has("devices"), "{key}");
    }
}

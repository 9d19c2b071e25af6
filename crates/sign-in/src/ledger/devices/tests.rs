use proptest::prelude::*;

use super::*;
use crate::code::{Challenge, Digits};
use crate::device::tests::TestDevice;
use crate::device::{DeviceTerms, Enrolment, PublicKey};
use crate::ledger::{CodeAttempt, Hearing, Issued, Listener, Passes, Verdict};

const NOW: u64 = 1_000;
const NUMBER: u64 = 5;
const LIMITS: FailureLimits = FailureLimits { lockout: 10, lockout_seconds: 900, max: 100, denied_seconds: 60 };

fn keys(count: usize) -> Vec<PublicKey> {
    (0..count).map(|_| TestDevice::new().key()).collect()
}

fn device(key: &PublicKey, expires_at: u64) -> Device {
    Device { expires_at, number: NUMBER, key: key.clone(), seal: 7 }
}

fn client() -> ClientId {
    ClientId::parse("app").unwrap()
}

fn row(devices: &[Device]) -> UserRow {
    UserRow { devices: devices.iter().cloned().collect(), ..UserRow::default() }
}

fn attempt(device: &Device, nonce: u128, issued_at: u64, now: u64) -> DeviceAttempt {
    DeviceAttempt { device: device.clone(), nonce, issued_at, client: client(), now }
}

#[test]
fn an_eleventh_device_pushes_out_the_one_that_expires_first() {
    let keys = keys(11);
    let mut devices: Devices = (2_000..).zip(&keys[..10]).map(|(at, key)| device(key, at)).collect();
    devices.enrol(device(&keys[10], 2_500));
    assert_eq!(devices.iter().count(), Devices::MAX);
    assert!(devices.iter().all(|device| device.key != keys[0]));
    assert_eq!(devices.latest_expiry(), Some(2_500));
}

#[test]
fn the_same_device_again_is_renewed_and_pushes_out_no_other() {
    let keys = keys(10);
    let mut devices: Devices = keys.iter().map(|key| device(key, 2_000)).collect();
    devices.enrol(device(&keys[0], 3_000));
    // As after a longer trust that was given before.
    devices.enrol(device(&keys[0], 2_500));
    assert_eq!(devices.iter().count(), Devices::MAX);
    assert!(devices.iter().any(|known| *known == device(&keys[0], 3_000)));
}

#[test]
fn a_device_is_trusted_until_it_expires_for_its_number_and_as_long_as_one_may_be() {
    let key = &keys(1)[0];
    let devices: Devices = [device(key, 2_000)].into_iter().collect();
    for (number, now, latest, expected) in [
        (NUMBER, 1_999, 2_000, true),
        (NUMBER, 2_000, 3_000, false),
        (NUMBER + 1, 1_999, 2_000, false),
        (NUMBER, 1_999, 1_999, false),
    ] {
        assert_eq!(devices.trusted(number, now, latest).count() == 1, expected, "{number} {now} {latest}");
    }
}

#[test]
fn a_use_is_a_pass_and_changes_nothing_else() {
    let device = device(&keys(1)[0], 2_000);
    let before = UserRow { failures: 3, failed_at: NOW, ..row(std::slice::from_ref(&device)) };
    let (verdict, after) = before.use_device(&attempt(&device, 7, NOW, NOW + 1));
    let device_used = Some(DeviceUse { nonce: 7, issued_at: NOW, at: NOW + 1 });
    let passes: Passes = [(client(), NOW + 1)].into_iter().collect();
    assert_eq!((verdict, after), (DeviceVerdict::Accepted, Some(UserRow { passes, device_used, ..before })));
}

/// Invariant 3: a nonce works once. Invariant 4: three deliveries of one answer are all right.
#[test]
fn invariants_3_and_4_a_nonce_works_once_and_for_every_delivery_of_its_answer() {
    let device = device(&keys(1)[0], 9_000);
    let used = row(std::slice::from_ref(&device)).use_device(&attempt(&device, 7, NOW, NOW)).1.unwrap();
    for (nonce, issued_at, now, expected) in [
        (7, NOW, NOW + 14, DeviceVerdict::Accepted),
        (7, NOW, NOW + 15, DeviceVerdict::Used),
        (8, NOW, NOW + 1, DeviceVerdict::Used),
        (8, NOW - 1, NOW + 1, DeviceVerdict::Used),
    ] {
        assert_eq!(used.use_device(&attempt(&device, nonce, issued_at, now)), (expected, None), "{nonce} {now}");
    }
    assert!(used.use_device(&attempt(&device, 8, NOW + 1, NOW + 1)).1.is_some());
}

#[test]
fn a_device_that_was_forgotten_or_renewed_since_is_not_used() {
    let device = device(&keys(1)[0], 2_000);
    for row in [UserRow::default(), row(&[Device { expires_at: 3_000, ..device.clone() }])] {
        assert_eq!(row.use_device(&attempt(&device, 7, NOW, NOW)), (DeviceVerdict::Forgotten, None));
    }
}

/// A device is the way in of a user whom somebody else has locked out.
#[test]
fn no_lock_stops_a_device() {
    let device = device(&keys(1)[0], 2_000);
    for locked in [
        UserRow { failures: 100, failed_at: NOW, ..row(std::slice::from_ref(&device)) },
        UserRow { denied_at: Some(NOW), ..row(std::slice::from_ref(&device)) },
    ] {
        assert!(locked.locked(&LIMITS, NOW).is_some());
        assert_eq!(locked.use_device(&attempt(&device, 7, NOW, NOW)).0, DeviceVerdict::Accepted);
    }
}

#[test]
fn only_a_right_code_enrols() {
    let key = keys(1).remove(0);
    let challenge = Challenge::issue(1, NOW, 300, Digits::SIX);
    let heard = Hearing::Heard(Listener { call: 1, contact: 7 });
    let row = UserRow { issued: Some(Issued::new(challenge, NUMBER, 3, heard)), ..UserRow::default() };
    let terms = DeviceTerms { number: NUMBER, expires_at: 2_000 };
    for (right, terms, enrolled) in [(true, Some(terms), true), (true, None, false), (false, Some(terms), false)] {
        let enrolment = Enrolment { device: terms.map(|_| device(&key, 2_000)), terms };
        let answer = CodeAttempt { challenge: 1, sign_in: 9, client: None, enrolment, right, now: NOW };
        let (verdict, after) = row.judge(&answer, &LIMITS);
        assert_eq!(verdict, if right { Verdict::Right } else { Verdict::Wrong });
        let expected: Devices = enrolled.then(|| device(&key, 2_000)).into_iter().collect();
        assert_eq!(after.unwrap().devices, expected);
    }
}

/// The code was spoken to a number that the user has no more.
#[test]
fn a_code_for_one_number_enrols_no_device_for_another() {
    let challenge = Challenge::issue(1, NOW, 300, Digits::SIX);
    let called = Issued { calls: 1, ..Issued::new(challenge, NUMBER, 3, Hearing::NotNeeded) };
    let row = UserRow { issued: Some(called), ..UserRow::default() };
    let device = Device { number: NUMBER + 1, ..device(&keys(1)[0], 2_000) };
    let terms = Some(DeviceTerms { number: NUMBER + 1, expires_at: 2_000 });
    let answer = |device, right| {
        let enrolment = Enrolment { device, terms };
        CodeAttempt { challenge: 1, sign_in: 9, client: None, enrolment, right, now: NOW }
    };
    for right in [true, false] {
        assert_eq!(row.judge(&answer(Some(device.clone()), right), &LIMITS), (Verdict::Replaced, None));
    }
    assert_eq!(row.judge(&answer(None, true), &LIMITS).0, Verdict::Right);
}

proptest! {
    /// However they were enrolled, the row has the same devices. So a set that is kept unordered, with more than there may
    /// be, is read as the rule says.
    #[test]
    fn the_order_of_enrolment_makes_no_difference(
        enrolled in prop::collection::vec((0..14_usize, 2_000..2_020_u64, 0..2_u64), 0..30), seed: u64,
    ) {
        let keys = keys(14);
        let mut all: Vec<_> =
            enrolled.iter().map(|&(key, expires_at, number)| Device { number, ..device(&keys[key], expires_at) }).collect();
        let devices: Devices = all.iter().cloned().collect();
        all.sort_by_key(|device| (device.expires_at ^ seed, device.number, device.key.id().as_str().to_owned()));
        prop_assert_eq!(&all.into_iter().collect::<Devices>(), &devices);
        prop_assert_eq!(&devices.iter().cloned().collect::<Devices>(), &devices);
        prop_assert!(devices.iter().count() <= Devices::MAX && devices.iter().is_sorted());
    }
}

use proptest::prelude::*;

use super::*;

const LIFE: PassLife = PassLife::of_days(30);

fn hearings() -> impl Strategy<Value = Hearing> {
    let heard = (1..u32::MAX, any::<u128>()).prop_map(|(call, contact)| Hearing::Heard(Listener { call, contact }));
    prop_oneof![Just(Hearing::NotNeeded), Just(Hearing::Awaited), heard]
}

fn rows() -> impl Strategy<Value = UserRow> {
    let issued = (
        any::<u128>(),
        0..u64::MAX / 2,
        0..600_u64,
        any::<[u32; 3]>(),
        any::<Option<(u64, u64)>>(),
        any::<u64>(),
        hearings(),
    );
    let issued =
        issued.prop_map(|(id, now, validity, [attempts_left, calls, refused], used, number, hearing)| Issued {
            challenge: Challenge::issue(id, now, validity, Digits::SIX),
            number,
            attempts_left,
            calls,
            refused,
            hearing,
            used: used.map(|(sign_in, at)| Used { sign_in, at }),
        });
    let times = (prop::collection::vec(any::<u64>(), 0..5), any::<Option<u64>>());
    let times = times.prop_map(|(counted, refused)| CallTimes::new(counted, refused));
    let denied_at = any::<Option<u64>>();
    let passes = prop::collection::vec(("[A-Za-z0-9_+]{1,128}", any::<u64>()), 0..3);
    let passes = passes.prop_map(|passes| {
        passes.into_iter().map(|(id, noted_at)| (ClientId::parse(&id).unwrap(), noted_at)).collect()
    });
    let failures = (any::<u32>(), any::<u64>());
    let devices = prop::collection::vec(devices(), 0..3).prop_map(Devices::from_iter);
    let used = any::<Option<(u128, u64, u64)>>();
    let used = used.prop_map(|used| used.map(|(nonce, issued_at, at)| DeviceUse { nonce, issued_at, at }));
    let messages = prop::collection::vec(any::<u128>(), 0..3).prop_map(Messages::from_iter);
    (prop::option::of(issued), times, failures, denied_at, passes, (devices, used, messages)).prop_map(
        |(issued, calls, (failures, at), denied_at, passes, (devices, device_used, messages))| UserRow {
            issued,
            calls,
            failures,
            failed_at: if failures > 0 { at } else { 0 },
            denied_at,
            passes,
            devices,
            device_used,
            messages,
        },
    )
}

fn devices() -> impl Strategy<Value = Device> {
    ("BA[A-P][A-Za-z0-9_-]{83}A", any::<u64>(), any::<u64>(), any::<u128>()).prop_map(
        |(point, number, expires_at, seal)| format!("{point}.{number:016x}.{expires_at}.{seal:032x}").parse().unwrap(),
    )
}

proptest! {
    #[test]
    fn a_row_survives_the_round_trip(row in rows(), revision: u64) {
        let key = UserKey::of("pool", "sub");
        let item = Item::of_user(&key, &row, LIFE, 1_000).with_revision(revision);
        let read = user(&item).unwrap();
        prop_assert_eq!((&read.row, read.revision), (&row, Some(revision)));
        // A missing field is never replaced by a guess.
        let without_meaning = ["pk", "deleteAfter", "usedBy", "challengeId", DENIED_AT, DEVICES, DEVICE_NONCE, MESSAGES];
        for name in item.keys().filter(|name| !without_meaning.contains(&name.as_str())) {
            let mut partial = item.clone();
            partial.remove(name);
            let of_earlier_versions = match name.as_str() {
                "callRefusedAt" | "challengeCallsRefused" => true,
                HEARD_CALL => !item.contains_key(HEARD_CONTACT),
                // Without its pass, an app client has none.
                name if name.starts_with(PASS) => true,
                _ => false,
            };
            prop_assert_eq!(user(&partial).is_ok(), of_earlier_versions, "{}", name);
            partial.insert(name.clone(), AttributeValue::Bool(true));
            // What is no device is left out.
            prop_assert_eq!(user(&partial).is_ok(), name == DEVICES, "{}", name);
        }
    }
}

#[test]
fn failures_are_kept_for_good_unless_they_are_nobodys() {
    let failed = UserRow { failures: 1, failed_at: 900, ..UserRow::default() };
    let unknown = UserKey::from_text("UNKNOWN#pool#x");
    for (key, row, kept) in [
        (&UserKey::of("pool", "sub"), &failed, true),
        (&UserKey::of("pool", "sub"), &UserRow::default(), false),
        (&unknown, &failed, false),
    ] {
        let item = Item::of_user(key, row, LIFE, 1_000).with_revision(1);
        assert_eq!(!item.contains_key("deleteAfter"), kept, "{key:?}");
    }
}

#[test]
fn a_row_is_kept_as_long_as_its_latest_pass() {
    let key = UserKey::of("pool", "sub");
    let kept_until = |passes: &[(&str, u64)], now| {
        let passes = passes.iter().map(|&(id, noted_at)| (ClientId::parse(id).unwrap(), noted_at)).collect();
        let row = UserRow { passes, ..UserRow::default() };
        let item = Item::of_user(&key, &row, LIFE, now).with_revision(1);
        item["deleteAfter"].as_n().unwrap().parse::<u64>().unwrap()
    };
    let two_days = 2 * 86_400;
    assert_eq!(kept_until(&[], 1_000), 1_000 + two_days);
    let life = 30 * 86_400 + 60;
    assert_eq!(kept_until(&[("a", 900), ("b", 800)], 1_000), 900 + life + two_days);
    // The life of refresh tokens was shortened.
    assert_eq!(kept_until(&[("a", 900)], 900 + 2 * life), 900 + 2 * life + two_days);
}

/// A device notes a pass on its last day too.
#[test]
fn a_row_is_kept_as_long_as_the_last_pass_of_a_device() {
    let device: Device = format!("{}.{:016x}.5000.{:032x}", point(5), 7, 8).parse().unwrap();
    let row = UserRow { devices: [device].into_iter().collect(), ..UserRow::default() };
    let item = Item::of_user(&UserKey::of("pool", "sub"), &row, LIFE, 1_000).with_revision(1);
    assert_eq!(item["deleteAfter"], number(5_000 + 30 * 86_400 + 60 + 2 * 86_400));
}

/// Enrolment adds to the set without reading it.
#[test]
fn a_set_with_too_many_devices_is_read_as_the_rule_says() {
    let texts: Vec<_> =
        (0..12).map(|index| format!("{}.{:016x}.{}.{:032x}", point(index % 11), 7, 2_000 + index, 8)).collect();
    let mut item = Item::of_user(&UserKey::of("pool", "sub"), &UserRow::default(), LIFE, 1_000).with_revision(1);
    item.insert(DEVICES.to_owned(), AttributeValue::Ss(texts.clone()));
    let expected: Vec<_> = texts[2..].iter().map(|text| text.parse::<Device>().unwrap()).collect();
    assert_eq!(user(&item).unwrap().row.devices.iter().cloned().collect::<Vec<_>>(), expected);
    item.insert(DEVICES.to_owned(), AttributeValue::Ss(vec!["x".to_owned(), texts[3].clone()]));
    assert_eq!(user(&item).unwrap().row.devices.iter().collect::<Vec<_>>(), [&texts[3].parse::<Device>().unwrap()]);
}

/// The text of a point, whether it is on the curve or not.
fn point(index: u64) -> String {
    let letter = char::from(b'A' + u8::try_from(index).unwrap());
    format!("BA{}A", letter.to_string().repeat(84))
}
